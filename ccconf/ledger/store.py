"""The ledger: what was applied and asked, who did it and who is at it. A SQLite file beside the project, or PostgreSQL.

It answers one question safely: did ccconf once apply this very object? Only then may the object leave the platform
when it leaves the manifests. There is never a secret in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ccconf.errors import Broken, broken
from ccconf.findings import Location
from ccconf.ledger.place import Place, shown
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref

if TYPE_CHECKING:  # it takes a third of a second, and most commands open no ledger
    from sqlalchemy import Connection

    from ccconf.ledger.database import Database


class Ledger:
    """An open ledger. It is made with the first write, so that a plan leaves no trace. Threads may share it."""

    def __init__(self, place: Place, *, busy_seconds: float | None = None) -> None:
        self.place = place
        self.name = shown(place)
        """How messages call it; no password is in it."""
        self._busy_seconds = busy_seconds
        self._database: Database | None = None
        self._form = 0
        self._opening = threading.RLock()
        self._others: list[Ledger] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for other in self._others:
            other.__exit__()
        if self._database is not None:
            self._database.engine.dispose()
            self._database, self._form = None, 0

    def with_patience(self, busy_seconds: float) -> Ledger:
        """The same ledger, in which a writer waits only so long for another one. It is closed with this one."""
        other = Ledger(self.place, busy_seconds=busy_seconds)
        self._others.append(other)
        return other

    def exists(self) -> bool:
        """Whether there is a ledger yet. Raises `Broken` (CC008) where nobody can tell."""
        if isinstance(self.place, Path):
            return self.place.exists()
        with self.plain_words():
            return self._form > 0 or self._look() > 0

    def ready(self) -> None:
        """Whether it can be written, asked before anything is done that it must note. Raises `Broken` (CC008)."""
        with self.writing() as connection:
            from ccconf.ledger.tables import OWNED

            connection.execute(OWNED.update().where(OWNED.c.target != OWNED.c.target).values(key=OWNED.c.key))

    def owned(self, target: str, kind: str) -> dict[str, Owned]:
        """The objects of a kind that ccconf applied on a target, by key."""
        if not self.exists():
            return {}
        with self.reading() as connection:
            from ccconf.ledger import objects

            return objects.owned(connection, target, kind)

    def applied(self, target: str, kind: str, native_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """On which values both sides last agreed, field by field as plain data; unknown objects are left out."""
        if not self.exists():
            return {}
        with self.reading() as connection:
            from ccconf.ledger import objects

            return objects.applied(connection, target, kind, native_ids)

    def record(self, target: str, ref: Ref, owned: Owned) -> None:
        """This object was applied. A rename that was noted for it earlier stays noted."""
        self._own(target, [(ref, owned)], renames_stay=True)

    def record_all(
        self, target: str, objects: Iterable[tuple[Ref, Owned]], allowed: Callable[[Connection], None] | None = None
    ) -> None:
        """Exactly this is known of these objects from now on; all or none. `allowed` is asked within the transaction,
        and what it raises passes through.
        """
        self._own(target, objects, allowed, renames_stay=False)

    def _own(
        self,
        target: str,
        ours: Iterable[tuple[Ref, Owned]],
        allowed: Callable[[Connection], None] | None = None,
        *,
        renames_stay: bool,
    ) -> None:
        with self.writing() as connection:
            from ccconf.ledger import objects

            if allowed is not None:
                allowed(connection)
            objects.own(connection, target, ours, renames_stay=renames_stay)

    def forget(self, target: str, ref: Ref) -> None:
        """The object is gone."""
        with self.writing() as connection:
            from ccconf.ledger import objects

            objects.forget(connection, target, [ref])

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads. Only where the ledger `exists`. Raises `Broken` (CC008)."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Connection]:
        """A transaction that writes, whole or not at all. Raises `Broken` (CC008).

        When it has ended well, a `durable` one survives a power cut.
        """
        with self._transaction(writes=True, durable=durable) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, writes: bool, durable: bool = True) -> Iterator[Connection]:
        with self.plain_words():
            database = self._opened()
            from ccconf.ledger.database import transaction

            with transaction(database.engine, writes=writes, durable=durable) as connection:
                database.still_there()
                yield connection

    def _opened(self) -> Database:
        """The database with tables of the newest form."""
        from ccconf.ledger.database import FORM

        with self._opening:
            if self._form != FORM and self._look() < FORM:
                self._found().begin()
                self._form = FORM
            return self._found()

    def _look(self) -> int:
        """The form of the tables; 0 where there are none."""
        from ccconf.ledger.database import FORM, Unusable, transaction

        database = self._found()
        with transaction(database.engine, writes=False) as connection:
            form = database.form(connection)
        if form > FORM:
            raise Unusable("was written by a newer version of ccconf")
        self._form = form
        return form

    def _found(self) -> Database:
        with self._opening:
            if self._database is None:
                from ccconf.ledger.database import BUSY_SECONDS, PostgresSchema, SqliteFile

                kind = SqliteFile if isinstance(self.place, Path) else PostgresSchema
                seconds = BUSY_SECONDS if self._busy_seconds is None else self._busy_seconds
                self._database = kind(self.place, seconds)  # type: ignore[arg-type] # the kind was chosen by the place
            return self._database

    @contextmanager
    def plain_words(self) -> Iterator[None]:
        """No database error reaches a person as it is."""
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        from ccconf.ledger import words
        from ccconf.ledger.database import Unusable

        try:
            yield
        except DBAPIError as error:
            say = words.of_file if isinstance(self.place, Path) else words.of_server
            raise self.unusable(*say(error)) from error
        except SQLAlchemyError as error:
            raise self.unusable(f"cannot be used: {str(error).partition(chr(10))[0]}") from error
        except Unusable as error:
            raise self.unusable(str(error)) from error
        except OSError as error:
            raise self.unusable(f"cannot be opened: {(error.strerror or str(error)).lower()}") from error

    def unusable(self, reason: str, hint: str = "restore it, or name another ledger: in ccconf.yaml") -> Broken:
        """The words for a ledger that cannot be worked with (CC008)."""
        where = Location(str(self.place)) if isinstance(self.place, Path) else None
        return broken("CC008", f"{self.name} {reason}", hint, where)
