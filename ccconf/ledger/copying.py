"""The whole ledger as plain data: exported, and copied to another place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, func, select, text

from ccconf import __version__
from ccconf.errors import broken
from ccconf.ledger.database import FORM, SCHEMA
from ccconf.ledger.store import Ledger
from ccconf.ledger.tables import LOCKS, METADATA

TABLES: tuple[Table, ...] = tuple(sorted(METADATA.tables.values(), key=lambda table: table.name))

NOBODY = {"actor": "", "until": ""}
"""What a lock says that was given back."""

_AT_ONCE = 1000
"""So many rows go into one statement."""

Rows = list[dict[str, Any]]


def exported(ledger: Ledger) -> dict[str, Any]:
    """Everything that the ledger holds, sorted, so that equal content is equal data. Raises `Broken` (CC008)."""
    with ledger.reading() as connection:
        at_one_moment(connection)
        tables = {table.name: readable(rows(connection, table)) for table in TABLES}
    return {"ledger": {"form": FORM, "version": __version__}, "tables": tables}


def rows(connection: Connection, table: Table) -> Rows:
    """All rows of a table in the order of its key."""
    found = [dict(row._mapping) for row in connection.execute(select(table))]
    # not by the database: each sorts letters in its own way
    return sorted(found, key=lambda row: [row[column.name] for column in table.primary_key])


def readable(found: Rows) -> Rows:
    """The rows with nothing in them that JSON cannot say."""
    return [{name: _readable(value) for name, value in row.items()} for row in found]


def _readable(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:  # damaged; msgspec writes it as base64
        return {"base64": value}


def at_one_moment(connection: Connection) -> None:
    """Whatever the transaction reads from now on belongs together, also where others write meanwhile."""
    if connection.dialect.name == "postgresql":  # SQLite has no other way
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def copied(source: Ledger, to: Ledger) -> dict[str, int]:
    """Copy everything into an empty ledger, whole or not at all; how many rows each table has.

    Whoever calls holds the locks of all targets; in the copy nobody does. Raises `Broken`: CC009 where there is
    something in the other one, CC008.
    """
    with source.reading() as reading, to.writing() as writing:
        at_one_moment(reading)
        _alone(writing)
        _empty(writing, to)
        return {table.name: _copied(reading, writing, table, to) for table in TABLES}


def _alone(connection: Connection) -> None:
    """SQLite has let nobody else in since the transaction began."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'{SCHEMA}."{table.name}"' for table in TABLES)
        connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))


def _empty(connection: Connection, ledger: Ledger) -> None:
    for table in TABLES:
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            message = f"{ledger.name} holds a ledger already: there is something in its table {table.name}"
            raise broken("CC009", message, "name an empty place")


def _copied(reading: Connection, writing: Connection, table: Table, to: Ledger) -> int:
    wanted = rows(reading, table)
    if table is LOCKS:
        wanted = [{**row, **NOBODY} for row in wanted]
    add(writing, table, wanted)
    there = rows(writing, table)
    if _digest(there) != _digest(wanted):
        message = f"{to.name} gives back other rows of the table {table.name} than were written to it"
        raise broken("CC008", message, "nothing was kept of the copy; use another database")
    return len(there)


def add(connection: Connection, table: Table, new: Sequence[dict[str, Any]]) -> None:
    """Put rows into a table; later rows get numbers that follow theirs."""
    for some in _in_parts(new):
        connection.execute(table.insert(), some)
    counter = table.autoincrement_column
    if counter is not None and new and connection.dialect.name == "postgresql":
        last = max(row[counter.name] for row in new)
        named = {"table": f"{SCHEMA}.{table.name}", "column": counter.name, "last": last}
        connection.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"), named)


def _in_parts(new: Sequence[dict[str, Any]]) -> Iterator[Rows]:
    left = iter(new)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _digest(found: Rows) -> str:
    return hashlib.sha256(msgspec.json.encode(found, order="deterministic")).hexdigest()
