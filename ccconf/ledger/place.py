"""Where a ledger is: a SQLite file, or a PostgreSQL database. This knows no database library, so it costs no time."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

from ccconf.errors import broken
from ccconf.findings import Location

Place = Path | str
"""A file, or the address of a PostgreSQL database as libpq reads it."""

SCHEMES = ("postgresql", "postgres")


def is_address(text: str) -> bool:
    """Whether that is an address of a database and no path."""
    return "://" in text


def place_of(text: str, base: Path, where: Location | None = None) -> Place:
    """The place that somebody wrote. Raises `Broken` (CC202) for an address of another kind of database."""
    if not is_address(text):
        return base / text
    if text.partition("://")[0] not in SCHEMES:
        hint = "write a path, or postgresql://user@host/database"
        raise broken("CC202", "the ledger is neither a file nor a PostgreSQL database", hint, where)
    return text


def has_password(text: str) -> bool:
    """Whether a password stands in the address."""
    if not is_address(text):
        return False
    named, _, _ = _authority(text).rpartition("@")
    return ":" in named or any(word == "password" for word, _ in parse_qsl(text.partition("?")[2]))


def shown(place: Place) -> str:
    """The place in a message: the file's name, or the address without who signs in and without any option."""
    if isinstance(place, Path):
        return place.name
    _, _, host = _authority(place).rpartition("@")
    path = place.partition("://")[2].partition("?")[0].partition("/")[2]
    return f"postgresql://{host}/{path}"


def _authority(text: str) -> str:
    # not urlsplit: it refuses some of what libpq takes, such as several hosts, and would repeat it in its words
    return text.partition("://")[2].partition("?")[0].partition("/")[0]
