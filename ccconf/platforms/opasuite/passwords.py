"""Initial passwords, for people to be told once: strong enough for the platform, and fit to be read from paper."""

from __future__ import annotations

import secrets

LENGTH = 16
"""The platform takes 8 (help centre, user import)."""
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_LOWER = "abcdefghijkmnopqrstuvwxyz"
_DIGITS = "23456789"
_SPECIAL = "!#$%&*?"
"""Nothing that a CSV file, a spreadsheet or a form could take for something else."""
CLASSES = (_UPPER, _LOWER, _DIGITS, _SPECIAL)


def new_password() -> str:
    """A password with every class of characters, without look-alikes (O 0 I l 1), beginning with a letter."""
    rest = [secrets.choice(part) for part in CLASSES]
    rest += [secrets.choice("".join(CLASSES)) for _ in range(LENGTH - len(rest) - 1)]
    secrets.SystemRandom().shuffle(rest)
    return secrets.choice(_UPPER + _LOWER) + "".join(rest)


def is_strong(password: str) -> bool:
    """Whether it is one of ours: long enough, of all classes and of nothing else, and beginning with a letter."""
    known = set("".join(CLASSES))
    return (
        len(password) >= LENGTH
        and set(password) <= known
        and all(set(password) & set(part) for part in CLASSES)
        and password[0] in _UPPER + _LOWER
    )
