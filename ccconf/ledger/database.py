"""An open ledger, over SQLite or PostgreSQL: connections, transactions and the form of the tables.

Only this module and its neighbours below import SQLAlchemy, and only when a ledger is really opened.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.exc import OperationalError

from ccconf.errors import broken
from ccconf.ledger.tables import make

APPLICATION_ID = 0x63636C67
"""`cclg`: marks the file as a ledger, so that another database is never taken for one."""

FORM = 5
"""The newest form; its migration has that number."""

BUSY_SECONDS = 5.0
"""How long a writer waits for another one."""

CONNECT_SECONDS = 10
"""How long a server may take to answer at all."""

FROZEN_SECONDS = 60
"""So long a server waits within a transaction for its next statement. No part of the ledger thinks that long."""

SCHEMA = "ccconf"
"""Where everything is, in PostgreSQL."""

_UNMIGRATED = 0x6C64_6773  # of the advisory lock: who holds it migrates


class Unusable(Exception):
    """Not a ledger, or one of a form that is not known here; the words follow the ledger's name."""


class Database(Protocol):
    """What the two have in common."""

    engine: Engine

    def form(self, connection: Connection) -> int:
        """The form of the tables; 0 where there are none. Raises `Unusable` where it is no ledger."""
        ...

    def begin(self) -> None:
        """Make the tables, or bring them up to date: whole or not at all, lest they be refused ever after."""
        ...

    def still_there(self) -> None:
        """Whether what is written now can be found again later. Raises `Unusable`."""
        ...


def transaction(engine: Engine, *, writes: bool, durable: bool = True) -> AbstractContextManager[Connection]:
    """A transaction; one that writes has the ledger for itself. A `durable` one survives a power cut."""
    return engine.execution_options(writes=writes, durable=durable).begin()


class SqliteFile:
    """A ledger in a file."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.busy_seconds = busy_seconds
        self._file: tuple[int, int] | None = None
        self.engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool, max_overflow=50)
        event.listen(self.engine, "begin", _begin_in_file)

    def _connect(self) -> sqlite3.Connection:
        # transactions are begun by `_begin_in_file`, never by the driver; SQLAlchemy hands a connection to one thread
        # at a time
        return sqlite3.connect(self.path, timeout=self.busy_seconds, isolation_level=None, check_same_thread=False)

    def form(self, connection: Connection) -> int:
        """The form that the file tells."""
        application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        form: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        if application != APPLICATION_ID and (tables or application):
            raise Unusable("is not a ledger of ccconf")
        return form

    def begin(self) -> None:
        """As the protocol says. Two that begin at the same moment come one after the other."""
        self._to_wal()
        with transaction(self.engine, writes=True) as connection:
            form = self.form(connection)  # another run may have been quicker
            if form < FORM:
                _to_newest(connection, form, None)
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.exec_driver_sql(f"PRAGMA user_version = {FORM}")

    def still_there(self) -> None:
        """Whether the path still leads to the open file: one that was removed can be written, and all of it is lost."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise Unusable("was removed while it was in use") from None
        file = (found.st_dev, found.st_ino)
        self._file = self._file or file
        if file != self._file:
            raise Unusable("was replaced while it was in use")

    def _to_wal(self) -> None:
        """SQLite does not wait while another connection changes the mode, so this does."""
        until = time.monotonic() + self.busy_seconds
        with self.engine.execution_options(outside=True).connect() as connection:
            while True:
                try:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                    return
                except OperationalError as error:
                    if "lock" not in str(error.orig) or time.monotonic() > until:
                        raise
                time.sleep(0.01)


def _begin_in_file(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("outside"):  # what SQLite does in no transaction
        return
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('durable', True) else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class PostgresSchema:
    """A ledger in a schema of its own on a PostgreSQL server."""

    def __init__(self, address: str, busy_seconds: float = BUSY_SECONDS) -> None:
        self.address = address
        self.busy_seconds = busy_seconds
        try:
            import psycopg
        except ImportError as error:
            raise broken(
                "CC008", "a ledger in PostgreSQL needs its driver", "pip install 'ccconf[postgres]'"
            ) from error
        self._driver = psycopg
        self.engine = create_engine(
            "postgresql+psycopg://", creator=self._connect, max_overflow=50, pool_pre_ping=True,
            execution_options={"schema_translate_map": {None: SCHEMA}},
        )  # fmt: skip
        event.listen(self.engine, "begin", self._begin)

    def _connect(self) -> Any:
        # what the address says goes before this; a connection that a firewall forgot is found out in seconds
        usual: dict[str, Any] = {
            "connect_timeout": CONNECT_SECONDS,
            "fallback_application_name": "ccconf",
            "keepalives_idle": 5,
            "tcp_user_timeout": 10_000,
        }
        try:
            said = self._driver.conninfo.conninfo_to_dict(self.address)
        except self._driver.ProgrammingError:  # its words would repeat the address
            raise Unusable("cannot be read as an address") from None
        return self._driver.connect(**{**usual, **said})

    def _begin(self, connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("writes"):
            said = [
                f"SET LOCAL lock_timeout = {int(self.busy_seconds * 1000)}",
                # a machine that freezes within a transaction must not hold for ever what others wait for
                f"SET LOCAL idle_in_transaction_session_timeout = {FROZEN_SECONDS * 1000}",
                f"SET LOCAL synchronous_commit = {'on' if options.get('durable', True) else 'off'}",
            ]
            connection.exec_driver_sql("; ".join(said))

    def still_there(self) -> None:
        """A server tells by itself when a table is gone."""

    def form(self, connection: Connection) -> int:
        """The form that the table of versions tells."""
        # not by to_regclass, which may answer from before a lock that was waited for
        there = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = :schema AND tablename = 'alembic_version'"
        if not connection.execute(text(there), {"schema": SCHEMA}).scalar_one():
            return 0
        return int(connection.execute(text("SELECT version_num FROM ccconf.alembic_version")).scalar_one_or_none() or 0)

    def begin(self) -> None:
        """As the protocol says. Two that begin at the same moment come one after the other."""
        with transaction(self.engine, writes=True) as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _UNMIGRATED})
            form = self.form(connection)
            if form < FORM:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                _to_newest(connection, form, SCHEMA)


def _to_newest(connection: Connection, form: int, schema: str | None) -> None:
    if not form:
        make(connection, FORM)
        return
    from ccconf.ledger.migrations.running import upgrade  # alembic: another quarter of a second, and rarely needed

    upgrade(connection, form, schema)
