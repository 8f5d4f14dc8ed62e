"""A look at runs and locks from outside, for those who only want to know: what no run itself ever has to ask."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Row, func, select, union

from ccconf.ledger.clocks import Process, ticks, wall
from ccconf.ledger.spot import Spot
from ccconf.ledger.store import Ledger
from ccconf.ledger.tables import ACTS, HANDED, JOURNAL, LOCKS, OWNED, RUNS, TARGETS
from ccconf.ledger.times import written

IN_DOUBT = "uncertain"
"""A step that was begun, and nobody knows what came of it, counts as one whose answer was lost."""


def targets(ledger: Ledger) -> list[str]:
    """Every target of which anything is noted, also one that ccconf.yaml does not name any more."""
    if not ledger.exists():
        return []
    with ledger.reading() as connection:
        asked = union(*(select(table.c.target) for table in (OWNED, HANDED, ACTS, RUNS, TARGETS)))
        return sorted(connection.execute(asked).scalars())


def spots(ledger: Ledger) -> list[Spot]:
    """Every platform on which anything was applied, with the name under which it is locked."""
    if not ledger.exists():
        return []
    with ledger.reading() as connection:
        asked = union(*(select(table.c.address, table.c.target) for table in (TARGETS, LOCKS)))
        return sorted(Spot(*row) for row in connection.execute(asked))


def counts(ledger: Ledger, runs: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many steps of these runs ended how, by run and status; steps that were never begun are not among them."""
    found: dict[int, dict[str, int]] = {number: {} for number in runs}
    if not found or not ledger.exists():
        return found
    journal = JOURNAL.c
    asked = (
        select(journal.run, journal.status, func.count())
        .where(journal.run.in_(list(found)))
        .group_by(journal.run, journal.status)
    )
    with ledger.reading() as connection:
        for run, status, number in connection.execute(asked):
            known = found[run]
            known[status or IN_DOUBT] = known.get(status or IN_DOUBT, 0) + number
    return found


def holder(ledger: Ledger, target: str) -> str:
    """Who is at work on a target right now, and since when; empty where nobody is who may be alive."""
    if not ledger.exists():
        return ""
    with ledger.reading() as connection:
        row = connection.execute(select(LOCKS).where(LOCKS.c.target == target, LOCKS.c.actor != "")).first()
    return "" if row is None or is_gone(row) else words_of(row)


def words_of(row: Row[tuple[object, ...]]) -> str:
    """Who has or had a lock, and since when."""
    return f"{row.actor} since {row.since.replace('T', ' ').partition('.')[0]} UTC"


def is_gone(row: Row[tuple[object, ...]]) -> bool:
    """Whether the holder of a lock has ended, or its lease is over. Only to be told: a lock is taken by other rules."""
    process = Process(row.host, row.machine, row.process, row.started)
    if process.is_here:
        return process.gone or ticks() >= row.ticks
    return bool(row.until < written(wall()))
