"""The tables of the ledger, as queries name them and as a new ledger gets them, in one go.

How they came to be is told by `migrations/versions`, which older ledgers walk through; a test holds both ends equal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import sqlite

METADATA = MetaData()

VERSIONS = Table(
    "alembic_version",  # named and shaped by alembic, which is not needed to write its one row
    MetaData(),  # no part of what is exported and copied
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _key(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, primary_key=True)


OWNED = Table(
    "owned",
    METADATA,
    _key("target"),
    _key("kind"),
    _key("key"),
    Column("native_id", Text, nullable=False),
    _text("formerly"),  # the rename that brought the object to this key, once done
    Column("has_left", Integer, nullable=False, server_default="0"),  # deactivated because it left the manifests
    Column("applied_at", Text, nullable=False),
    Index("owned_by_native_id", "target", "kind", "native_id"),
    sqlite_with_rowid=False,
)

APPLIED = Table(
    "applied",  # apart from `owned`, which every plan reads whole; by native id, so that a rename changes nothing here
    METADATA,
    _key("target"),
    _key("kind"),
    _key("native_id"),
    Column("fields", Text, nullable=False),  # JSON
)

HANDED = Table(
    "handed",
    METADATA,
    Column("line", Integer, primary_key=True),
    Column("target", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("number", Integer, nullable=False),  # of the entry in the runbook
    Column("plan_id", Text, nullable=False),
    Column("change", Text, nullable=False),  # in the platform's own names
    _text("confirmed_by"),
    _text("confirmed_at"),
    _text("noted_by"),  # who typed the confirmation
    _text("outcome"),  # what the platform showed of it later
)

ACTS = Table(
    "acts",
    METADATA,
    Column("line", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("target", Text, nullable=False),
    Column("plan_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("undoes", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("begun", Text, nullable=False),
    _text("ended"),
    Column("state", Text, nullable=False),
    Column("exit_code", Integer),
    Column("plan", LargeBinary, nullable=False),
    Index("runs_of_target", "target", "number"),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    _key("step"),
    _text("intended"),
    _text("status"),
    _text("outcome"),  # JSON
    _text("ended"),
    sqlite_with_rowid=False,
)

TARGETS = Table(
    "targets",
    METADATA,
    _key("target"),
    Column("address", Text, nullable=False),  # of the platform that the name stands for
    sqlite_with_rowid=False,
)

LOCKS = Table(
    "locks",
    METADATA,
    _key("address"),  # one platform may be known under two names
    Column("target", Text, nullable=False),  # the name under which it was last taken
    Column("fence", Integer, nullable=False),  # rises with every hold; never falls
    _text("actor"),  # empty: nobody holds it
    _text("host"),
    _text("machine"),  # one start of one machine
    Column("process", Integer, nullable=False, server_default="0"),
    _text("started"),  # the process, in the machine's own ticks
    _text("since"),
    Column("beats", Integer, nullable=False, server_default="0"),
    _text("until"),
    Column("ticks", Double, nullable=False, server_default="0"),  # the end of the lease by the machine's own clock
)

REPORTS = Table(
    "reports",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("target", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("counts", Text, nullable=False),  # JSON
    Index("reports_of_target", "target", "number"),
)

BUDGETS = Table(
    "budgets",
    METADATA,
    _key("address"),
    Column("next_at", Double, nullable=False),  # seconds of the epoch: the next free place
    Column("noted_at", Double, nullable=False),  # the clock when that was written
    Column("rate", Double),  # requests a second
    _text("learnt"),
)


def make(connection: Connection, form: int) -> None:
    """Make all of them where there are none, and note their form. The connection has to be in a transaction."""
    for tables in (METADATA, VERSIONS.metadata):
        tables.create_all(connection, checkfirst=False)
    connection.execute(VERSIONS.insert(), {"version_num": str(form)})


def insert(dialect: str, table: Table) -> Any:
    """An insert that may become an update; both databases have one, each under its own name."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # a twentieth of a second that a ledger in a file need not wait

        return postgresql.insert(table)
    return sqlite.insert(table)


def new_number(added: CursorResult[Any]) -> int:
    """The number that the database gave to the row that was added."""
    key = added.inserted_primary_key
    assert key is not None
    number: int = key[0]
    return number
