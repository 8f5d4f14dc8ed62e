"""Whether the parts of a ledger fit one another, and what can be mended without guessing.

What is mended is never made up: a row that means nothing is taken out, and a step of which nothing sure is known goes
back to being in doubt, so that it is looked up on the platform. All of it within a transaction of the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, get_args

import msgspec
from sqlalchemy import Connection, Index, and_, func, inspect, select

from ccconf.ledger.copying import TABLES, Rows
from ccconf.ledger.database import SCHEMA
from ccconf.ledger.glance import is_gone, words_of
from ccconf.ledger.runs import State
from ccconf.ledger.tables import ACTS, APPLIED, HANDED, JOURNAL, LOCKS, OWNED, RUNS
from ccconf.ledger.times import written
from ccconf.model.change import Change
from ccconf.model.kinds import KINDS
from ccconf.model.shapes import KEY_PATTERN

CONTRADICTS = "CC015"

AHEAD = timedelta(minutes=5)
"""So far the clocks of two machines may be apart before anybody is told."""

_UNFINISHED = ("running", "interrupted")
_OUT = "takes them out"

Key = dict[str, Any]


class Mend(NamedTuple):
    """How rows of one table are put right: taken out, or given other values."""

    words: str
    table: Any
    keys: Sequence[Key]
    values: Key | None = None
    """None: the rows are taken out."""


class Rebuild(NamedTuple):
    """The file itself is damaged: every row that can be read goes into a new one."""

    words: str = "carries every row that can be read into a new file"


class Trouble(NamedTuple):
    """One thing that is wrong."""

    message: str
    mend: Mend | Rebuild | Index | None = None
    """None: nothing can be done without guessing. An index is made anew."""
    code: str = CONTRADICTS

    @property
    def remedy(self) -> str:
        """What --repair would do, in words; empty where it can do nothing."""
        match self.mend:
            case Mend() | Rebuild():
                return self.mend.words
            case Index():
                return "makes it anew"
            case _:
                return ""


class Judges(NamedTuple):
    """What this room cannot judge itself: each says what is wrong, or nothing."""

    plan: Callable[[bytes, str, str], str]
    """Of the plan of a run, with the id and the target that the run says it has."""
    outcome: Callable[[str, str], str]
    """Of a step's status, and its outcome as JSON."""


def troubles(connection: Connection, judges: Judges, now: datetime) -> Iterator[Trouble]:
    """Everything that contradicts itself, table by table."""
    yield from _indexes(connection)
    yield from _orphans(connection)
    yield from _plans(connection, judges)
    yield from _states(connection)
    yield from _journal(connection, judges, now)
    yield from _owned(connection)
    yield from _owned_twice(connection)
    yield from _applied(connection)
    yield from _handed(connection)


def mended(connection: Connection, found: Sequence[Trouble]) -> dict[str, Rows]:
    """Mend what can be; by table the rows as they were before."""
    before: dict[str, Rows] = {}
    for trouble in found:
        match trouble.mend:
            case Index() as index:
                index.create(connection)
            case Mend() as mend:
                before.setdefault(mend.table.name, []).extend(_put_right(connection, mend))
    return before


def _put_right(connection: Connection, mend: Mend) -> Iterator[dict[str, Any]]:
    for key in mend.keys:
        row = and_(*(mend.table.c[name] == value for name, value in key.items()))
        for old in connection.execute(select(mend.table).where(row)).fetchall():
            yield dict(old._mapping)
        change = mend.table.delete() if mend.values is None else mend.table.update().values(**mend.values)
        connection.execute(change.where(row))


def _indexes(connection: Connection) -> Iterator[Trouble]:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    known = inspect(connection)
    for table in TABLES:
        there = {index["name"] for index in known.get_indexes(table.name, schema)}
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.name not in there:
                yield Trouble(f"{table.name}: the index {index.name} is missing", index)


def _orphans(connection: Connection) -> Iterator[Trouble]:
    journal = JOURNAL.c
    without = journal.run.not_in(select(RUNS.c.number))
    rows = connection.execute(select(journal.run, func.count()).where(without).group_by(journal.run))
    for run, count in sorted(map(tuple, rows)):
        message = f"journal: {_so_many(count, 'row')} of run {run}, which there is not"
        yield Trouble(message, Mend(_OUT, JOURNAL, [{"run": run}]))


def _plans(connection: Connection, judges: Judges) -> Iterator[Trouble]:
    """One after the other: each may be large."""
    for number in connection.execute(select(RUNS.c.number).order_by(RUNS.c.number)).scalars().all():
        run = connection.execute(select(RUNS).where(RUNS.c.number == number)).one()
        wrong = judges.plan(run.plan, run.plan_id, run.target) if run.plan else ""
        if wrong:
            yield Trouble(f"runs: the plan of run {number} {wrong}", _without_plan(number, run.state))
        elif not run.plan and run.state in _UNFINISHED:
            yield Trouble(f"runs: run {number} is unfinished and has no plan", _without_plan(number, run.state))


def _without_plan(number: int, state: str) -> Mend:
    """Such a run stays for auditors, and is not offered to be resumed."""
    key: Key = {"number": number}
    if state in _UNFINISHED:
        return Mend("takes the plan out and closes the run", RUNS, [key], {"plan": b"", "state": "superseded"})
    return Mend("takes the plan out; the run stays", RUNS, [key], {"plan": b""})


def _states(connection: Connection) -> Iterator[Trouble]:
    unknown = RUNS.c.state.not_in(get_args(State))
    for row in connection.execute(select(RUNS.c.number, RUNS.c.state).where(unknown).order_by(RUNS.c.number)):
        mend = Mend("closes the run", RUNS, [{"number": row.number}], {"state": "superseded"})
        yield Trouble(f"runs: run {row.number} is in the state {row.state!r}, which is none", mend)


def _journal(connection: Connection, judges: Judges, now: datetime) -> Iterator[Trouble]:
    """A step whose outcome means nothing is in doubt again: whoever resumes looks at the platform."""
    doubt = {"status": "", "outcome": "", "ended": "", "intended": written(now)}
    for row in connection.execute(select(JOURNAL).order_by(JOURNAL.c.run, JOURNAL.c.step)).fetchall():
        wrong = judges.outcome(row.status, row.outcome)
        if not wrong and row.intended and not _is_moment(row.intended):
            wrong = "was begun at a time that is none"
        if wrong:
            mend = Mend("has it in doubt again", JOURNAL, [{"run": row.run, "step": row.step}], doubt)
            yield Trouble(f"journal: the step {row.step} of run {row.run} {wrong}", mend)


def _owned(connection: Connection) -> Iterator[Trouble]:
    owned = OWNED.c
    for row in connection.execute(select(OWNED).order_by(owned.target, owned.kind, owned.key)).fetchall():
        wrong = _of_owned(row)
        if wrong:
            mend = Mend("takes it out", OWNED, [{"target": row.target, "kind": row.kind, "key": row.key}])
            yield Trouble(f"owned: {row.kind}/{row.key} on {row.target} {wrong}", mend)


def _of_owned(row: Any) -> str:
    if row.kind not in KINDS:
        return "is of no kind"
    if not re.match(KEY_PATTERN, row.key):
        return "has a key that is none"
    return "" if row.native_id else "has no id on the platform"


def _owned_twice(connection: Connection) -> Iterator[Trouble]:
    """Which of them is right only the platform knows: what is declared is noted again with the next apply."""
    owned = (OWNED.c.target, OWNED.c.kind, OWNED.c.native_id)
    for target, kind, native in connection.execute(select(*owned).group_by(*owned).having(func.count() > 1)).fetchall():
        same = select(OWNED.c.key).where(owned[0] == target, owned[1] == kind, owned[2] == native)
        names = ", ".join(f"{kind}/{key}" for key in sorted(connection.execute(same).scalars()))
        mend = Mend(_OUT, OWNED, [{"target": target, "kind": kind, "native_id": native}])
        yield Trouble(f"owned: {names} on {target} are one and the same object there", mend)


def _applied(connection: Connection) -> Iterator[Trouble]:
    applied = APPLIED.c
    for row in connection.execute(select(APPLIED).order_by(applied.target, applied.kind, applied.native_id)).fetchall():
        try:
            msgspec.json.decode(row.fields, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError):
            key = {"target": row.target, "kind": row.kind, "native_id": row.native_id}
            message = f"applied: fields of the {row.kind} with the id {row.native_id} on {row.target} cannot be read"
            yield Trouble(message, Mend(_OUT, APPLIED, [key]))


def _handed(connection: Connection) -> Iterator[Trouble]:
    for row in connection.execute(select(HANDED).order_by(HANDED.c.line)).fetchall():
        wrong = ""
        if row.confirmed_at and not _is_moment(row.confirmed_at):
            wrong = "was confirmed at a time that is none"
        try:
            msgspec.json.decode(row.change, type=Change)
        except (msgspec.DecodeError, UnicodeError):
            wrong = "is a change that cannot be read"
        if wrong:
            mend = Mend("takes it out", HANDED, [{"line": row.line}])
            yield Trouble(f"handed: line {row.line} ({row.step} on {row.target}) {wrong}", mend)


def notes(connection: Connection, now: datetime) -> Iterator[str]:
    """What is worth knowing and no damage."""
    yield from _locks(connection)
    yield from _cut_off(connection)
    yield from _without_an_end(connection)
    yield from _ahead(connection, now)


def _locks(connection: Connection) -> Iterator[str]:
    for row in connection.execute(select(LOCKS).where(LOCKS.c.actor != "").order_by(LOCKS.c.target)):
        if is_gone(row):
            yield f"the lock of {row.target} was never given back by {words_of(row)}; the next run takes it"
        else:
            yield f"a run is at work on {row.target}: {words_of(row)}"


def _cut_off(connection: Connection) -> Iterator[str]:
    held = {row.target for row in connection.execute(select(LOCKS).where(LOCKS.c.actor != "")) if not is_gone(row)}
    run = RUNS.c
    asked = select(run.number, run.target, run.plan).where(run.state.in_(_UNFINISHED)).order_by(run.number)
    for row in connection.execute(asked).fetchall():
        if row.target not in held and row.plan:
            yield f"run {row.number} on {row.target} was cut off; to finish it: ccconf apply --resume -t {row.target}"


def _without_an_end(connection: Connection) -> Iterator[str]:
    begun = ACTS.c.outcome == "begun"
    for row in connection.execute(select(ACTS).where(begun).order_by(ACTS.c.line)):
        yield f"{row.actor} began {row.act} of {row.person} on {row.target}; nobody knows what came of it"


_MOMENTS = (
    (OWNED, "applied_at"), (HANDED, "confirmed_at"), (ACTS, "at"), (RUNS, "begun"), (RUNS, "ended"),
    (JOURNAL, "intended"), (JOURNAL, "ended"),
)  # fmt: skip


def _ahead(connection: Connection, now: datetime) -> Iterator[str]:
    latest = written(now + AHEAD)
    for table, name in _MOMENTS:
        at = table.c[name]
        count, last = connection.execute(select(func.count(), func.max(at)).where(at > latest)).one()
        if count:
            yield f"{_so_many(count, 'row')} of {table.name} lie in the future, up to {last}: a clock was or is wrong"


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _so_many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
