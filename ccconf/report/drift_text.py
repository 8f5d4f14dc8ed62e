"""A drift report for a terminal, a log or a mail: the first line is enough for whoever reads no further."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

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
from ccconf.report.words import opening, shortened, visible

_COLOUR = {Weight.SECURITY: "red", Weight.ROUTING: "yellow", Weight.COSMETIC: "blue"}


def drift(drift: Drift, sensitivities: Sensitivities = NOT_KNOWN) -> Iterator[str]:
    """The whole report; a single line where there is nothing to tell."""
    outside, rows = drift.outside(), told(drift)
    colour = "red" if any(row.weight is Weight.SECURITY for row in outside) else "yellow" if outside else "green"
    yield click.style(headline(drift), fg=colour, bold=True)
    for weight, title in WEIGHTS.items():
        own = [row for row in rows if row.weight is weight]
        if own:
            yield ""
            yield click.style(f"{title} ({len(own):,})", fg=_COLOUR[weight], bold=True)
            for number, row in enumerate(own):
                named = not number or own[number - 1].object != row.object
                yield from _difference(row, drift.at, sensitivities, named=named)
    yield from _part("On the platform and never in Git", unmanaged(drift))
    yield from _part("Passed over by ignore: in ccconf.yaml", passed_over(drift))
    if rows or drift.trend[1:] or any(drift.unmanaged.values()):
        yield from _part("In Git", covered(drift))
        yield from _part("Licence", filter(None, [seats(drift)]))
        yield from _part("Changed outside Git, report by report", filter(None, [trend(drift)]))
    yield from _next(drift)


def _difference(row: Difference, now: str, sensitivities: Sensitivities, *, named: bool) -> Iterator[str]:
    if named:
        mark = click.style("!", fg="red", bold=True) if row.weight is Weight.SECURITY else "~"
        label = f"  {shortened(visible(row.label), 200)}" if row.label and row.label != row.ref.key else ""
        yield f"  {mark} {click.style(visible(row.object), bold=True)}{label}"
    yield f"      {opening(row.field) or 'the whole of it'}: {why(row, now)}"
    for title, value in zip(TITLES, values(row, sensitivities), strict=True):
        yield f"        {title + ':':<14} {value}"
    if row.says:
        yield f"        {shortened(opening(row.says), 1000)}"
    if row.file:
        yield f"        {opening(f'{row.file}:{row.line}:{row.column}')}"


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield ""
        yield click.style(title, bold=True)
        yield from (f"  {line}" for line in lines)


def _next(drift: Drift) -> Iterator[str]:
    steps = list(next_steps(drift))
    width = max((len(what) for what, _ in steps), default=0)
    yield from _part("What to do", (f"{what + ':':<{width + 1}}  {command}" for what, command in steps))
