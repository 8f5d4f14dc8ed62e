"""Text for a terminal or a log. Colours are only added here; click removes them where they do not belong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import click

from ccconf.codes import Severity
from ccconf.findings import Finding
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import FoundIn, Plan, Step
from ccconf.report.story import TITLES, Chapter, Line, at_rest, by_people, chapters, in_numbers, seen_by_people
from ccconf.report.words import opening, visible

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_SIGN_COLOUR = {"+": "green", "~": "yellow", "-": "red"}
_STATUS_COLOUR = {Status.DONE: "green", Status.WAITING: "yellow", Status.BLOCKED: "yellow"}


def findings(found: Iterable[Finding]) -> Iterator[str]:
    """One line for each finding, `path:line:column code message`, with the remedy below."""
    for finding in found:
        code = click.style(finding.code, fg=_COLOUR[finding.severity], bold=True)
        place = f"{finding.where} " if finding.where else ""
        yield f"{opening(place)}{code} {visible(finding.message)}"
        if finding.hint:
            yield f"    {opening(finding.hint)}"


def tally(found: Iterable[Finding]) -> str:
    """How many errors and warnings."""
    severities = [finding.severity for finding in found]
    return ", ".join(
        _plural(severities.count(severity), str(severity)) for severity in (Severity.ERROR, Severity.WARNING)
    )


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def plan(plan: Plan, now: datetime | None = None) -> Iterator[str]:
    """The whole plan, as a supervisor reads it; with `now`, how old it is what people saw."""
    yield click.style(f"Plan for {visible(plan.target)} ({visible(plan.platform)})", bold=True)
    yield from seen_by_people(plan, now)
    if plan.selection:
        yield f"only {visible(', '.join(plan.selection))}, and what that needs"
    for kind, told in chapters(plan).items():
        yield ""
        yield click.style(TITLES[kind], bold=True)
        for chapter in told:
            yield from _chapter(chapter)
    yield ""
    yield from _plan_findings(plan.findings)
    yield from _numbers(plan)


def _chapter(chapter: Chapter) -> Iterator[str]:
    sign = click.style(chapter.sign, fg=_SIGN_COLOUR[chapter.sign], bold=True)
    label = f"  {visible(chapter.label)}" if chapter.label and chapter.label != chapter.ref.key else ""
    note = click.style(f"  [{visible(chapter.said)}]", fg=_SIGN_COLOUR[chapter.sign]) if chapter.said else ""
    yield f"  {sign} {click.style(visible(str(chapter.ref)), bold=True)}{label}{note}"
    width = max((len(line.field) for line in chapter.lines), default=0)
    for line in chapter.lines:
        yield from _line(line, width)
    for effect in chapter.effects:
        yield f"      then {visible(effect)}"


def _line(line: Line, width: int) -> Iterator[str]:
    mark = click.style("!", fg="red", bold=True) if line.security else " "
    text = "; ".join(line.phrases)
    yield f"    {mark} {line.field:<{width}}  {text}"


def _plan_findings(found: Iterable[FoundIn]) -> Iterator[str]:
    told = False
    for finding in found:
        told = True
        code = click.style(finding.code, fg=_COLOUR[finding.severity], bold=True)
        place = f"{finding.where} " if finding.where else ""
        yield f"{opening(place)}{code} {visible(finding.message)}"
        if finding.hint:
            yield f"    {opening(finding.hint)}"
    if told:
        yield ""


def _numbers(plan: Plan) -> Iterator[str]:
    doing = ", ".join(in_numbers(plan.counts))
    resting = ", ".join(at_rest(plan.counts))
    if plan.steps:
        yield click.style(f"{doing}.", bold=True) + (f" {resting}." if resting else "")
        if any(line.security for told in chapters(plan).values() for chapter in told for line in chapter.lines):
            yield "! changes who may sign in, do, hear or reach what."
        yield f"Plan {plan.id[:12]}, {', '.join([_plural(plan.cost, 'call') + ' to the platform', *by_people(plan)])}."
    else:
        yield click.style("Nothing to do.", fg="green", bold=True) + (f" {resting}." if resting else "")
    if plan.counts.adopt:
        one = plan.counts.adopt == 1
        yield f"{plan.counts.adopt} of them {'is' if one else 'are'} noted as ours with the next apply."
    if plan.refused:
        yield click.style("This plan is refused; nothing of it will be applied.", fg="red", bold=True)


def outcome(step: Step, ended: Outcome) -> str:
    """One step's end in a line."""
    colour = _STATUS_COLOUR.get(ended.status, "red")
    status = click.style(f"{ended.status:<9}", fg=colour)
    detail = f"  {' '.join(part for part in (ended.code, ended.detail) if part)}" if ended.detail else ""
    return f"{status} {visible(step.id)}{visible(detail)}"


def report(report: Report) -> Iterator[str]:
    """The numbers of a run, with what went wrong and how to mend it."""
    for ended in report.outcomes:
        if ended.status not in (Status.DONE, Status.WAITING) and ended.hint:
            yield opening(f"{ended.code} {ended.step}: {ended.detail}".strip())
            yield f"    {opening(ended.hint)}"
    counted = [f"{report.count(status)} {status}" for status in Status if report.count(status)]
    adopted = f"{_plural(report.adopted, 'object')} noted as ours" if report.adopted else ""
    said = ", ".join([*counted, *([adopted] if adopted else [])]) or "nothing to do"
    colour = {0: "green", 6: "yellow"}.get(report.exit_code, "red")
    yield click.style(f"{said}.", fg=colour, bold=True)
