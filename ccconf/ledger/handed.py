"""What people were asked to do and what they said they did; and the acts on single persons, for auditors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from ccconf.ledger.store import Ledger
from ccconf.model.change import Change
from ccconf.platform.record import Confirmed


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


class Act(NamedTuple):
    """Something that was done to one person at once. `at` is UTC, ISO 8601."""

    at: str
    actor: str
    act: str
    person: str
    outcome: str


class Desk:
    """The part of the ledger that is about people's own work on one target."""

    def __init__(self, ledger: Ledger, target: str) -> None:
        self.ledger = ledger
        self.target = target

    def asked(self) -> list[Asked]:
        """Everything that was handed out and is not settled, by number."""
        if not self.ledger.path.exists():
            return []
        query = (
            "SELECT step, number, plan_id, change, confirmed_by, confirmed_at FROM handed WHERE target = ?"
            " ORDER BY confirmed_at, number, step"
        )
        with self.ledger.plain_words():
            rows = self.ledger.open().execute(query, (self.target,)).fetchall()
        return [
            Asked(step, number, plan, _change(change), by, datetime.fromisoformat(at) if at else None)
            for step, number, plan, change, by, at in rows
        ]

    def confirmed(self) -> list[Confirmed]:
        """What people say they have done, in the order in which they said so."""
        return [
            Confirmed(row.step, row.plan_id, row.change, row.by, row.at) for row in self.asked() if row.at is not None
        ]

    def hand_out(self, asked: Iterable[Asked]) -> None:
        """A new runbook takes the place of the one before; what was confirmed stays, unless it is asked once more."""
        rows = [
            (self.target, row.step, row.number, row.plan_id, msgspec.json.encode(row.change).decode()) for row in asked
        ]
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.execute("DELETE FROM handed WHERE target = ? AND confirmed_at = ''", (self.target,))
            database.executemany(
                "INSERT OR REPLACE INTO handed (target, step, number, plan_id, change) VALUES (?, ?, ?, ?, ?)", rows
            )

    def confirm(self, steps: Iterable[str], by: str, at: datetime) -> None:
        """These steps were done."""
        moment = at.astimezone(UTC).isoformat(timespec="milliseconds")
        rows = [(by, moment, self.target, step) for step in steps]
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.executemany(
                "UPDATE handed SET confirmed_by = ?, confirmed_at = ? WHERE target = ? AND step = ?", rows
            )

    def settle(self, steps: Iterable[str]) -> None:
        """These steps were seen to be done: nobody needs to remember them."""
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.executemany(
                "DELETE FROM handed WHERE target = ? AND step = ?", [(self.target, step) for step in steps]
            )

    def note_act(self, actor: str, act: str, person: str, outcome: str) -> None:
        """Somebody did something to a person, or tried to."""
        with self.ledger.plain_words(), self.ledger.open() as database:
            database.execute(
                "INSERT INTO acts (target, actor, act, person, outcome) VALUES (?, ?, ?, ?, ?)",
                (self.target, actor, act, person, outcome),
            )

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
