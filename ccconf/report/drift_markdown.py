"""A drift report for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ccconf.reconcile.drifted import Difference, Drift, Weight
from ccconf.report.drift_words import (
    TITLES,
    WEIGHTS,
    covered,
    headline,
    next_steps,
    passed_over,
    seats,
    told,
    trend,
    unmanaged,
    values,
    why,
)
from ccconf.report.entries import NOT_KNOWN, Sensitivities
from ccconf.report.fitting import COMMENT, Block, Section, fits, fitted, marker
from ccconf.report.markdown import cell, code, safe

_HEAD = ("| | Object | Field | Why | " + " | ".join(title.capitalize() for title in TITLES) + " | In Git |",
         "|---|---|---|---|---|---|---|---|")  # fmt: skip
_FEW = 25
"""Up to so many differences a section stands open."""
_ROOMS = (16_000, 4_000, 1_000)
"""So many letters of what differs in a value, the first number with which nothing else is left out."""
_LONG = 2_000
"""Where no row has more letters, nothing is won by showing less of a value."""


def drift(drift: Drift, *, most: int = COMMENT, link: str = "", sensitivities: Sensitivities = NOT_KNOWN) -> list[str]:
    """The report, as far as it fits into `most` bytes, the gravest first."""
    top = [marker("drift", drift.target), f"## Drift of {cell(drift.target)}", "", f"**{cell(headline(drift))}**"]
    rest, bottom = list(_rest(drift)), list(_bottom(drift))
    for room in _ROOMS:
        sections = [*_differences(drift, sensitivities, room), *rest]
        longest = max((len(line) for section in sections for block in section.blocks for line in block), default=0)
        if longest <= _LONG or fits(top, sections, bottom, most=most):
            break
    return fitted(top, sections, bottom, most=most, link=link)


def _differences(drift: Drift, sensitivities: Sensitivities, room: int) -> Iterator[Section]:
    rows = told(drift)
    for weight, title in WEIGHTS.items():
        own = [row for row in rows if row.weight is weight]
        if own:
            blocks = tuple(_row(row, drift.at, sensitivities, room) for row in own)
            is_open = weight is Weight.SECURITY or len(own) <= _FEW
            yield Section(str(weight), f"{title} ({len(own):,})", _HEAD, blocks, "differences", is_open=is_open)


def _row(row: Difference, now: str, sensitivities: Sensitivities, room: int) -> Block:
    mark = ":warning:" if row.weight is Weight.SECURITY else ""
    label = f"<br>{cell(row.label)}" if row.label and row.label != row.ref.key else ""
    says = f"<br>{cell(row.says)}" if row.says else ""
    place = cell(f"{row.file}:{row.line}:{row.column}") if row.file else ""
    three = map(safe, values(row, sensitivities, room))
    cells = (mark, f"**{cell(row.object)}**{label}", cell(row.field), cell(why(row, now)) + says, *three, place)
    return (f"| {' | '.join(cells)} |",)


def _rest(drift: Drift) -> Iterator[Section]:
    for anchor, title, lines in (
        ("unmanaged", "On the platform and never in Git", unmanaged(drift)),
        ("ignored", "Passed over by ignore: in ccconf.yaml", passed_over(drift)),
        ("numbers", "Coverage, licence and trend", _numbers(drift)),
    ):
        blocks: tuple[Block, ...] = tuple((f"- {cell(line)}",) for line in lines)
        if blocks:
            yield Section(anchor, title, (), blocks, "lines", is_open=False)


def _numbers(drift: Drift) -> Iterator[str]:
    yield from _said("In Git", covered(drift))
    yield from _said("Licence", [seats(drift)])
    yield from _said("Changed outside Git, report by report", [trend(drift)])


def _said(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from (f"{title}: {line}" for line in lines if line)


def _bottom(drift: Drift) -> Iterator[str]:
    steps = list(next_steps(drift))
    if steps:
        yield ""
        yield "What to do:"
        yield ""
        for what, command in steps:
            yield f"- {what}: {code(command)}"
