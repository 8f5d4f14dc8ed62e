"""The runs of a target: which plan was begun, by whom, and how far it came; whole, so that it can be resumed."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from ccconf.errors import broken
from ccconf.ledger.runs import Journalled, Purpose, Run, State
from ccconf.ledger.store import Ledger
from ccconf.ledger.tables import JOURNAL, RUNS, new_number
from ccconf.ledger.times import now

_UNFINISHED = ("running", "interrupted")
_RESUMED = ", resumed by "


class Runs:
    """The part of the ledger that is about the runs on one target. Every change of it survives a power cut."""

    def __init__(self, ledger: Ledger, target: str) -> None:
        self.ledger = ledger
        self.target = target

    def begin(
        self, plan: bytes, plan_id: str, *, actor: str, commit: str, purpose: Purpose = "apply", undoes: int = 0
    ) -> Run:
        """A new run. What an earlier one of the target left unfinished is superseded by it."""
        at = now()
        run = Run(0, self.target, plan_id, purpose, undoes, actor, commit, at, "", "running", None, plan)
        row = {name: value for name, value in run._asdict().items() if name != "number"}
        with self.ledger.writing() as connection:
            left = RUNS.update().where(RUNS.c.target == self.target, RUNS.c.state.in_(_UNFINISHED))
            connection.execute(left.values(state="superseded", ended=at))
            added = connection.execute(RUNS.insert(), row)
            number = new_number(added)
        return run._replace(number=number)

    def unfinished(self) -> Run | None:
        """The newest run, where something of it is left to do."""
        if not self.ledger.exists():
            return None
        with self.ledger.reading() as connection:
            newest = (
                select(RUNS)
                .where(RUNS.c.target == self.target, RUNS.c.state.in_(_UNFINISHED))
                .order_by(RUNS.c.number.desc())
            )
            row = connection.execute(newest.limit(1)).first()
        return None if row is None else _run(row)

    def run(self, number: int) -> Run:
        """The run of that number. Raises `Broken` (CC016)."""
        if self.ledger.exists():
            with self.ledger.reading() as connection:
                asked = select(RUNS).where(RUNS.c.target == self.target, RUNS.c.number == number)
                if row := connection.execute(asked).first():
                    return _run(row)
        raise broken("CC016", f"there is no run {number} on {self.target}", "say: ccconf history")

    def all(self) -> list[Run]:
        """Every run, newest first, without its plan."""
        if not self.ledger.exists():
            return []
        columns = [column for column in RUNS.c if column.name != "plan"]
        with self.ledger.reading() as connection:
            rows = connection.execute(
                select(*columns).where(RUNS.c.target == self.target).order_by(RUNS.c.number.desc())
            )
            return [Run(**row._mapping, plan=b"") for row in rows]

    def steps(self, run: Run) -> dict[str, Journalled]:
        """What the journal holds of a run's steps, by step."""
        if not self.ledger.exists():
            return {}
        with self.ledger.reading() as connection:
            rows = connection.execute(select(JOURNAL).where(JOURNAL.c.run == run.number)).fetchall()
        return {
            row.step: Journalled(
                row.step, row.intended, row.status, msgspec.json.decode(row.outcome) if row.outcome else {}, row.ended
            )
            for row in rows
        }

    def resumed(self, run: Run, actor: str) -> Run:
        """Somebody takes the run up again. Raises `Broken` (CC014) where it is not left unfinished any more."""
        with self.ledger.writing() as connection:
            state = self._locked(connection, run)
            if state not in _UNFINISHED:
                message = f"run {run.number} cannot be resumed: it is {state or 'not in the ledger'}"
                raise broken("CC014", message, "make a new plan: it shows what is left")
            who = run.actor if actor in run.actor.split(_RESUMED) else f"{run.actor}{_RESUMED}{actor}"
            self._set(connection, run, state="running", actor=who)
        return run._replace(state="running", actor=who)

    def end(self, run: Run, state: State, exit_code: int) -> None:
        """The run came to an end, or was interrupted. A run that another one has superseded stays superseded."""
        with self.ledger.writing() as connection:
            if self._locked(connection, run) != "superseded":
                self._set(connection, run, state=state, exit_code=exit_code, ended=now())

    def _locked(self, connection: Connection, run: Run) -> str:
        """The state of a run, which nobody else changes until the transaction ends; empty where there is none."""
        asked = select(RUNS.c.state).where(RUNS.c.number == run.number).with_for_update()
        return connection.execute(asked).scalar() or ""

    def _set(self, connection: Connection, run: Run, **values: Any) -> None:
        connection.execute(RUNS.update().where(RUNS.c.number == run.number).values(**values))


def _run(row: Row[Any]) -> Run:
    return Run(**row._mapping)
