"""How kinds, numbers and moments are said on a page."""

from __future__ import annotations

from datetime import datetime

from ccconf.report.words import visible

_NOUNS = {"user": ("person", "people")}


def noun(kind: str, count: int) -> str:
    """The word for so many objects of a kind: `person`, `people`, `groups`."""
    one, many = _NOUNS.get(kind, (kind, f"{kind}s"))
    return one if count == 1 else many


def said(count: int, one: str, many: str) -> str:
    """The number with thousands apart, and the words that fit it."""
    return f"{number(count)} {one if count == 1 else many}"


def number(count: int) -> str:
    """A number with thousands apart."""
    return f"{count:,}"


def moment(at: str) -> str:
    """An ISO 8601 moment for a reader; whatever is none, as it is."""
    try:
        taken = datetime.fromisoformat(at)
    except ValueError:
        return visible(at)
    return f"{taken:%Y-%m-%d %H:%M} UTC" if taken.tzinfo is None or not taken.utcoffset() else visible(at)
