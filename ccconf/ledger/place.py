"""Where a ledger is: a SQLite file, or a PostgreSQL database. This knows no database library, so it costs no time."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl

from ccconf.errors import broken
from ccconf.findings import Location

Place = Path | str
"""A file, or the address of a PostgreSQL database as libpq reads it."""

SCHEMES = ("postgresql", "postgres")


_PLAIN = re.compile(
    r"postgres(ql)?://([^\s/?#@:]*(?P<password>:[^\s/?#@:]*)?@)?"
    r"(?P<host>[^\s/?#@]*)(/(?P<database>[^\s/?#@:&;=]*))?(\?[^\s?#@:;]*)?"
)
"""An address of which it is certain which part is a password."""
_WORDS = re.compile(r"\b(host|hostaddr|user|password|passfile|dbname|service)\s*=", re.IGNORECASE)
"""libpq's other form of an address."""


def is_address(text: str) -> bool:
    """Whether that is an address of a database and no path."""
    return "://" in text


def place_of(text: str, base: Path, where: Location | None = None) -> Place:
    """The place that somebody wrote. Raises `Broken` (CC202) for an address of another kind of database."""
    if _WORDS.search(text) and not is_address(text):  # as a path its password would be in the name of a file
        hint = "write a path, or postgresql://user@host/database"
        raise broken("CC202", "the ledger is written as words and not as an address", hint, where)
    if not is_address(text):
        return base / text
    if text.partition("://")[0] not in SCHEMES:
        hint = "write a path, or postgresql://user@host/database"
        raise broken("CC202", "the ledger is neither a file nor a PostgreSQL database", hint, where)
    return text


def has_password(text: str) -> bool:
    """Whether a password stands in the address, or may: one that is not of the plain form is not trusted."""
    if not is_address(text) or text.partition("://")[0] not in SCHEMES:
        return False
    plain = _PLAIN.fullmatch(text)
    said = parse_qsl(text.partition("?")[2])
    return plain is None or bool(plain["password"]) or any(word.lower() == "password" for word, _ in said)


def shown(place: Place) -> str:
    """The place in a message: the file's name, or the address without who signs in and without any option.

    Of an address that is not of the plain form nothing is repeated: any part of it could be of a password.
    """
    if isinstance(place, Path):
        return place.name
    plain = _PLAIN.fullmatch(place)
    return f"postgresql://{plain['host']}/{plain['database'] or ''}" if plain else "the ledger in PostgreSQL"
