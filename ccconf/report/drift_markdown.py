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
from ccconf.report.fitting import COMMENT, Block, Section, fitted, marker
from ccconf.report.markdown import cell, code

_HEAD = ("| | Object | Field | Why | " + " | ".join(title.capitalize() for title in TITLES) + " | In Git |",
         "|---|---|---|---|---|---|---|---|")  # fmt: skip
_FEW = 25
"""Up to so many differences a section stands open."""


def drift(drift: Drift, *, most: int = COMMENT, link: str = "") -> list[str]:
    """The report, as far as it fits into `most` bytes, the gravest first."""
    top = [marker("drift", drift.target), f"## Drift of {cell(drift.target)}", "", f"**{cell(headline(drift))}**"]
    return fitted(top, [*_differences(drift), *_rest(drift)], list(_bottom(drift)), most=most, link=link)


def _differences(drift: Drift) -> Iterator[Section]:
    rows = told(drift)
    for weight, title in WEIGHTS.items():
        own = [row for row in rows if row.weight is weight]
        if own:
            blocks = tuple(_row(row, drift.at) for row in own)
            is_open = weight is Weight.SECURITY or len(own) <= _FEW
            yield Section(str(weight), f"{title} ({len(own):,})", _HEAD, blocks, "differences", is_open=is_open)


def _row(row: Difference, now: str) -> Block:
    mark = ":warning:" if row.weight is Weight.SECURITY else ""
    label = f"<br>{cell(row.label)}" if row.label and row.label != row.ref.key else ""
    says = f"<br>{cell(row.says)}" if row.says else ""
    place = cell(f"{row.file}:{row.line}:{row.column}") if row.file else ""
    cells = (
        mark, f"**{cell(row.object)}**{label}", cell(row.field), cell(why(row, now)) + says, *map(cell, values(row)),
        place,
    )  # fmt: skip
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
