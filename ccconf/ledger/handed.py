"""What people were asked to do and what they said they did; and the acts on single persons, for auditors.

What was confirmed is never deleted: it is closed with what the platform showed of it later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from ccconf.ledger.store import Ledger
from ccconf.model.change import Change
from ccconf.platform.record import Confirmed

SEEN = "seen to be done"
NOT_THERE = "not seen to be done"


class Asked(NamedTuple):
    """A step of a plan that was handed to people. `change` is in the platform's own names."""

    step: str
    number: int
    """Of the entry in the runbook."""
    plan_id: str
    change: Change
    by: str = ""
    """Who did it; empty while nobody has."""
    at: datetime | None = None
    noted_by: str = ""
    """Who typed that it was done."""
    outcome: str = ""
    """What the platform showed of it later; empty while that is open."""
    line: int = 0


class Act(NamedTuple):
    """Something that was done to one person at once. `at` is UTC, ISO 8601."""

    at: str
    actor: str
    act: str
    person: str
    outcome: str


_COLUMNS = "step, number, plan_id, change, confirmed_by, confirmed_at, noted_by, outcome, line"


class Desk:
    """The part of the ledger that is about people's own work on one target."""

    def __init__(self, ledger: Ledger, target: str) -> None:
        self.ledger = ledger
        self.target = target

    def asked(self) -> list[Asked]:
        """What was handed out or confirmed and is not closed: the open steps by number, after what was confirmed."""
        return self._rows("outcome = ''")

    def history(self) -> list[Asked]:
        """Everything that was ever confirmed, in its order."""
        return self._rows("confirmed_at <> ''")

    def _rows(self, which: str) -> list[Asked]:
        if not self.ledger.path.exists():
            return []
        query = f"SELECT {_COLUMNS} FROM handed WHERE target = ? AND {which} ORDER BY confirmed_at = '', line"  # noqa: S608
        with self.ledger.plain_words():
            rows = self.ledger.open().execute(query, (self.target,)).fetchall()
        return [
            Asked(step, number, plan, _change(change), by, datetime.fromisoformat(at) if at else None, noted, end, line)
            for step, number, plan, change, by, at, noted, end, line in rows
        ]

    def confirmed(self) -> list[Confirmed]:
        """What people say they have done and nobody has judged yet, in the order in which it was asked for."""
        return [
            Confirmed(row.step, row.plan_id, row.change, row.by, row.at, row.line)
            for row in self.asked()
            if row.at is not None
        ]

    def hand_out(self, asked: Iterable[Asked]) -> None:
        """A new runbook takes the place of the one before; what was confirmed stays."""
        rows = [
            (self.target, row.step, row.number, row.plan_id, msgspec.json.encode(row.change).decode()) for row in asked
        ]
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.execute("DELETE FROM handed WHERE target = ? AND confirmed_at = ''", (self.target,))
            database.executemany(
                "INSERT INTO handed (target, step, number, plan_id, change) VALUES (?, ?, ?, ?, ?)", rows
            )

    def confirm(self, asked: Iterable[Asked], by: str, noted_by: str, at: datetime) -> None:
        """These steps were done."""
        moment = at.astimezone(UTC).isoformat(timespec="milliseconds")
        rows = [(by, moment, noted_by, self.target, row.line) for row in asked]
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.executemany(
                "UPDATE handed SET confirmed_by = ?, confirmed_at = ?, noted_by = ? WHERE target = ? AND line = ?", rows
            )

    def close(self, done: Iterable[Confirmed], outcome: str) -> None:
        """The platform has shown whether these steps were done."""
        rows = [(outcome, self.target, row.line) for row in done]
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.executemany("UPDATE handed SET outcome = ? WHERE target = ? AND line = ?", rows)

    def begin_act(self, actor: str, act: str, person: str) -> int:
        """Somebody begins to do something to a person; the line under which it is noted."""
        with self.ledger.plain_words(), self.ledger.open() as database:
            noted = database.execute(
                "INSERT INTO acts (target, actor, act, person, outcome) VALUES (?, ?, ?, ?, 'begun')",
                (self.target, actor, act, person),
            )
        assert noted.lastrowid is not None
        return noted.lastrowid

    def end_act(self, line: int, outcome: str) -> None:
        """What came of it."""
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.execute("UPDATE acts SET outcome = ? WHERE line = ?", (outcome, line))

    def acts(self) -> list[Act]:
        """Every act, oldest first."""
        if not self.ledger.path.exists():
            return []
        with self.ledger.plain_words():
            query = "SELECT at, actor, act, person, outcome FROM acts WHERE target = ? ORDER BY line"
            return [Act(*row) for row in self.ledger.open().execute(query, (self.target,))]


def _change(text: str) -> Change:
    change: Change = msgspec.json.decode(text, type=Change)
    return change
