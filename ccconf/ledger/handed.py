"""What people were asked to do and what they said they did; and the acts on single persons, for auditors.

What was confirmed is never deleted: it is closed with what the platform showed of it later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from ccconf.ledger.store import Ledger
from ccconf.ledger.times import now
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


class Desk:
    """The part of the ledger that is about people's own work on one target."""

    def __init__(self, ledger: Ledger, target: str) -> None:
        self.ledger = ledger
        self.target = target

    def asked(self) -> list[Asked]:
        """What was handed out or confirmed and is not closed: the open steps by number, after what was confirmed."""
        return self._rows(lambda handed: handed.outcome == "")

    def history(self) -> list[Asked]:
        """Everything that was ever confirmed, in its order."""
        return self._rows(lambda handed: handed.confirmed_at != "")

    def _rows(self, which: Callable[[Any], Any]) -> list[Asked]:
        if not self.ledger.exists():
            return []
        with self.ledger.reading() as connection:
            from ccconf.ledger.tables import HANDED

            handed = HANDED.c
            rows = connection.execute(
                HANDED.select()
                .where(handed.target == self.target, which(handed))
                .order_by(handed.confirmed_at == "", handed.line)
            ).fetchall()
        return [
            Asked(
                step=row.step,
                number=row.number,
                plan_id=row.plan_id,
                change=_change(row.change),
                by=row.confirmed_by,
                at=datetime.fromisoformat(row.confirmed_at) if row.confirmed_at else None,
                noted_by=row.noted_by,
                outcome=row.outcome,
                line=row.line,
            )
            for row in rows
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
            {
                "target": self.target,
                "step": row.step,
                "number": row.number,
                "plan_id": row.plan_id,
                "change": msgspec.json.encode(row.change).decode(),
            }
            for row in asked
        ]
        with self.ledger.writing() as connection:
            from ccconf.ledger.tables import HANDED

            open_still = (HANDED.c.target == self.target, HANDED.c.confirmed_at == "")
            connection.execute(HANDED.delete().where(*open_still))
            if rows:
                connection.execute(HANDED.insert(), rows)

    def confirm(self, asked: Iterable[Asked], by: str, noted_by: str, at: datetime) -> None:
        """These steps were done."""
        moment = at.astimezone(UTC).isoformat(timespec="milliseconds")
        said = {"confirmed_by": by, "confirmed_at": moment, "noted_by": noted_by}
        self._update([row.line for row in asked], said)

    def close(self, done: Iterable[Confirmed], outcome: str) -> None:
        """The platform has shown whether these steps were done."""
        self._update([row.line for row in done], {"outcome": outcome})

    def _update(self, lines: Sequence[int], said: Mapping[str, str]) -> None:
        with self.ledger.writing() as connection:
            from ccconf.ledger.tables import HANDED

            for line in lines:
                row = (HANDED.c.target == self.target, HANDED.c.line == line)
                connection.execute(HANDED.update().where(*row).values(**said))

    def begin_act(self, actor: str, act: str, person: str) -> int:
        """Somebody begins to do something to a person; the line under which it is noted."""
        with self.ledger.writing() as connection:
            from ccconf.ledger.tables import ACTS, new_number

            row = {"at": now(), "target": self.target, "actor": actor, "act": act, "person": person}
            noted = connection.execute(ACTS.insert(), {**row, "outcome": "begun"})
            return new_number(noted)

    def end_act(self, line: int, outcome: str) -> None:
        """What came of it."""
        with self.ledger.writing() as connection:
            from ccconf.ledger.tables import ACTS

            connection.execute(ACTS.update().where(ACTS.c.line == line).values(outcome=outcome))

    def acts(self) -> list[Act]:
        """Every act, oldest first."""
        if not self.ledger.exists():
            return []
        with self.ledger.reading() as connection:
            from ccconf.ledger.tables import ACTS

            rows = connection.execute(ACTS.select().where(ACTS.c.target == self.target).order_by(ACTS.c.line))
            return [Act(row.at, row.actor, row.act, row.person, row.outcome) for row in rows]


def _change(text: str) -> Change:
    change: Change = msgspec.json.decode(text, type=Change)
    return change
