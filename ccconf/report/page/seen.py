"""The figures of a drift report: how much of which kind, who changed it, how it went, the seats, what Git knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ccconf.reconcile.drifted import Difference, Drift, Moment, Sort, Weight
from ccconf.report.page.charts import Column, columns, share
from ccconf.report.page.nouns import moment, number, said
from ccconf.report.page.view import Bars, Chart, Table
from ccconf.report.story import TITLES
from ccconf.report.words import visible

_WEIGHTS = tuple(reversed(Weight))


def by_kind(drift: Drift) -> Bars | None:
    """How many differences of each kind there are; nothing where there are none."""
    sorts = ((Sort.DRIFT, Sort.CONFLICT), (Sort.PENDING, Sort.EXPIRED), (Sort.WAITING,))
    rows = []
    for kind, title in TITLES.items():
        mine = [row for row in drift.open() if row.ref.kind == kind]
        counts = tuple(sum(row.sort in chosen for row in mine) for chosen in sorts)
        if any(counts):
            rows.append((title, counts))
    words = ("outside Git", "not applied yet or ran out", "waits for a person")
    return Bars("Differences by kind", "Kind", words, tuple(rows)) if rows else None


def who_changed(drift: Drift) -> Iterator[tuple[str, Table]]:
    """Who changed how much outside Git, the busiest first."""
    by: dict[str, list[Difference]] = {}
    for row in drift.outside():
        by.setdefault(row.who, []).append(row)
    rows = tuple(
        (
            visible(who) if who else "(nobody knows)",
            number(len(mine)),
            number(sum(row.weight is Weight.SECURITY for row in mine)),
            moment(max(row.when for row in mine)).partition(" ")[0] or "—",
        )
        for who, mine in sorted(by.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    if rows:
        yield "Who changed it", Table(("Who", "Changes", "Security", "Last on"), rows)


def coverage(drift: Drift) -> Iterator[tuple[str, Table]]:
    """How much of what is on the platform Git knows."""
    rows = tuple(
        (TITLES[kind], number(share.managed), number(share.unmanaged), _percent(share.managed, share.unmanaged))
        for kind in TITLES
        if (share := drift.coverage.get(kind)) is not None and share.managed + share.unmanaged
    )
    if rows:
        yield "How much of the platform is in Git", Table(("Kind", "In Git", "Not in Git", "Share in Git"), rows)


def _percent(part: int, rest: int) -> str:
    """Rounded down: 100% is all of it."""
    return f"{100 * part // (part + rest)}%"


def over_time(drift: Drift) -> Iterator[Chart]:
    """The changes outside Git in each report, by weight; nothing where there was only one."""
    if len(drift.trend) < 2:
        return
    counted = [Column(_day(at), tuple(at.weights.get(weight, 0) for weight in _WEIGHTS)) for at in drift.trend]
    rows = tuple(
        (moment(at.at), *map(number, column.parts), number(sum(column.parts)))
        for at, column in zip(drift.trend, counted, strict=True)
    )
    table = Table(("Report", *_WEIGHTS, "Together"), rows)
    yield Chart("Changes outside Git over time", _trend(counted), columns(counted, _WEIGHTS), table)


def _trend(counted: Sequence[Column]) -> str:
    now, then, most = (sum(counted[-1].parts), sum(counted[-2].parts), max(sum(column.parts) for column in counted))
    move = "as many as" if now == then else "more than" if now > then else "fewer than"
    last = f"{number(now)} now, {move} in the report before ({number(then)})"
    return f"{last}; at most {number(most)} in {said(len(counted), 'report', 'reports')}."


def _day(at: Moment) -> str:
    """The day of a report; an SVG gets nothing else of it."""
    try:
        return f"{datetime.fromisoformat(at.at):%Y-%m-%d}"
    except ValueError:
        return ""


def licence(drift: Drift) -> Iterator[Chart]:
    """The seats that are taken; nothing where nobody knows of seats."""
    if not drift.seats and drift.seats_bought is None:
        return
    table = None
    if len(drift.trend) > 1 and any(at.seats for at in drift.trend):
        counted = [Column(_day(at), (at.seats,)) for at in drift.trend]
        drawing = columns(counted, ("taken",), drift.seats_bought)
        table = Table(("Report", "Seats taken"), tuple((moment(at.at), number(at.seats)) for at in drift.trend))
    else:
        drawing = share(drift.seats, drift.seats_bought) if drift.seats_bought is not None else ""
    line = " The dashed line is what was bought." if table is not None and drift.seats_bought is not None else ""
    yield Chart("Licence use", _seats(drift.seats, drift.seats_bought) + line, drawing, table)


def _seats(taken: int, bought: int | None) -> str:
    if bought is None:
        return f"{said(taken, 'seat is', 'seats are')} taken; nobody said how many were bought."
    if taken > bought:
        return f"{number(taken)} seats are taken, {number(taken - bought)} more than the {number(bought)} bought."
    return f"{number(taken)} of {said(bought, 'seat', 'seats')} taken, {number(bought - taken)} free."
