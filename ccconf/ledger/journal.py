"""The journal of a run: every intent is durable before its call is made, every outcome soon after it.

Many steps are under way at once, so one thread writes for all: it takes everything that waits and commits it in one
transaction. An outcome wakes it only after a moment, because the next intent, which mostly follows at once, takes the
outcome along. What a step changed in what we own is committed with its outcome.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from types import TracebackType
from typing import Any, Self

import msgspec
from sqlalchemy.exc import DBAPIError

from ccconf.errors import Broken
from ccconf.ledger import objects
from ccconf.ledger.lock import Lease
from ccconf.ledger.runs import Noted, Run
from ccconf.ledger.store import Ledger
from ccconf.ledger.tables import JOURNAL, insert
from ccconf.ledger.times import now
from ccconf.ledger.words import may_pass

LINGER_SECONDS = 0.05
"""So long an outcome waits for the next intent."""

AGAIN_SECONDS = 0.25
"""So long after a server went away, or a file was in use, it is asked again; as long as the lease lasts."""


class _Entry:
    """One line that waits to be committed. Without a status it is an intent, and somebody waits for it."""

    def __init__(self, step: str, status: str = "", outcome: str = "", noted: Sequence[Noted] = ()) -> None:
        self.step = step
        self.status = status
        self.outcome = outcome
        self.noted = noted
        self.at = now()
        self.over = threading.Event()
        self.failure: Broken | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The line, without the run."""
        if self.status:
            return {"step": self.step, "status": self.status, "outcome": self.outcome, "ended": self.at}
        return {"step": self.step, "intended": self.at, "status": "", "outcome": "", "ended": ""}


class Journal:
    """The open journal of one run. Threads share it; `close` ends it."""

    def __init__(self, ledger: Ledger, run: Run, lease: Lease, *, linger_seconds: float = LINGER_SECONDS) -> None:
        self._ledger = ledger
        self._run = run
        self._lease = lease
        self._linger = linger_seconds
        self._entries: list[_Entry] = []
        self._announced: dict[str, _Entry] = {}
        self._missed: list[_Entry] = []
        self._unnoted: dict[str, Broken] = {}
        self._failure: Broken | None = None
        self._closing = False
        self._change = threading.Condition()
        self._writer = threading.Thread(target=self._write_on, daemon=True, name=f"journal {run.target}")
        self._writer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def announce(self, step: str) -> None:
        """The step may be taken soon: its intent is written meanwhile, and `intend` will hardly have to wait.

        A step that was announced and never taken is in doubt after a crash, as any other that was intended.
        """
        entry = _Entry(step)
        self._announced[step] = entry
        self._add(entry)

    def intend(self, step: str) -> None:
        """The step is about to be taken. Returns when that would survive a power cut.

        Raises `Broken`: CC013 where the run lost its right to write, CC008 where the ledger cannot be written. After
        one that failed every later one fails: nothing is done that cannot be noted.
        """
        self._lease.check()
        entry = self._announced.pop(step, None)
        if entry is None:
            entry = _Entry(step)
            self._add(entry)
        entry.over.wait()
        if entry.failure is not None:
            raise entry.failure
        self._lease.check()  # the commit may have taken longer than the lease

    def ended(self, step: str, status: str, outcome: dict[str, Any], noted: Sequence[Noted] = ()) -> None:
        """What came of the step, and what the ledger is to know of its objects. Does not wait for the disk."""
        self._add(_Entry(step, status, msgspec.json.encode(outcome).decode(), tuple(noted)))

    def close(self) -> None:
        """Commit what waits; what could not be committed before is tried once more, each by itself."""
        with self._change:
            if self._closing:
                return
            self._closing = True
            self._change.notify_all()
        self._writer.join()
        for entry in self._missed:
            try:
                self._commit([entry])
            except Broken as error:
                self._unnoted[entry.step] = error

    def unnoted(self) -> dict[str, Broken]:
        """The steps whose outcome the ledger does not know, each with the reason. Complete after `close`."""
        return dict(self._unnoted)

    def _add(self, entry: _Entry) -> None:
        with self._change:
            if self._closing:
                raise RuntimeError("the journal is closed")
            self._entries.append(entry)
            self._change.notify_all()

    def _write_on(self) -> None:
        while batch := self._taken():
            if self._failure is None:
                self._failure = self._written(batch)
            for entry in batch:
                entry.failure = self._failure
                if self._failure is not None and entry.status:
                    self._missed.append(entry)
                entry.over.set()

    def _taken(self) -> list[_Entry]:
        """Everything that waits, as soon as that is worth a commit; nothing once the journal is closed and empty."""
        with self._change:
            self._change.wait_for(lambda: self._entries or self._closing)
            self._change.wait_for(self._pressing, timeout=self._linger)
            batch, self._entries = self._entries, []
        return batch

    def _pressing(self) -> bool:
        return self._closing or any(not entry.status for entry in self._entries)

    def _written(self, batch: Sequence[_Entry]) -> Broken | None:
        """Why it could not be committed. What may pass is waited for as long as the lease lasts."""
        while True:
            try:
                self._commit(batch)
            except Broken as error:
                if not isinstance(error.__cause__, DBAPIError) or not may_pass(error.__cause__) or self._is_over():
                    return error
            except Exception as error:  # whoever waits for this thread must not wait for ever
                return self._ledger.unusable(f"cannot be used: {type(error).__name__}")
            else:
                return None
            time.sleep(AGAIN_SECONDS)

    def _is_over(self) -> bool:
        try:
            self._lease.check()
        except Broken:
            return True
        return False

    def _commit(self, batch: Sequence[_Entry]) -> None:
        """One transaction. It can be repeated where nobody knows whether it was committed."""
        with self._ledger.writing() as connection:
            self._lease.fenced(connection)
            for ends, entries in groupby(batch, key=lambda entry: bool(entry.status)):
                lines = [{"run": self._run.number, **entry.row} for entry in entries]
                connection.execute(_adding(connection.dialect.name, ends=ends), lines)
            objects.note(connection, self._run.target, [noted for entry in batch for noted in entry.noted])


@cache
def _adding(dialect: str, *, ends: bool) -> Any:
    adding = insert(dialect, JOURNAL)
    names = ("status", "outcome", "ended") if ends else ("intended", "status", "outcome", "ended")
    return adding.on_conflict_do_update(
        index_elements=["run", "step"], set_={name: adding.excluded[name] for name in names}
    )
