"""What is different from an approved plan, for whoever is to approve the new one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from msgspec import UNSET

from ccconf.model.kinds import KINDS
from ccconf.model.refs import parse_ref
from ccconf.reconcile.plan import FoundIn
from ccconf.reconcile.rebase import Differing, Rebase, Values
from ccconf.report.markdown import safe
from ccconf.report.words import described, described_field, shown, visible

_SIGNS = {"came": "+", "went": "-", "changed": "~"}
_COLOURS = {"came": "green", "went": "red", "changed": "yellow"}
_NOTES = {"came": "new in the plan", "went": "no longer in the plan", "changed": ""}


def text(found: Rebase) -> Iterator[str]:
    """For a terminal or a log."""
    yield click.style(f"Approved plan {found.approved[:12]} for {found.target}, looked at again", bold=True)
    for step in found.steps:
        sign = click.style(_SIGNS[step.how], fg=_COLOURS[step.how], bold=True)
        note = click.style(f"  [{_note(step)}]", fg=_COLOURS[step.how]) if _note(step) else ""
        label = f"  {visible(step.label)}" if step.label else ""
        yield f"  {sign} {click.style(visible(step.step), bold=True)}{label}{note}"
        for row in step.fields:
            yield f"      {row.field}  {'; '.join(_told(step, row))}"
    for mark, finding in _findings(found):
        yield f"  {mark} {finding.code} {visible(finding.message)}"
    yield ""
    yield from _end(found)


def markdown(found: Rebase) -> Iterator[str]:
    """For a pull request."""
    yield f"## Approved plan `{found.approved[:12]}` for {safe(found.target)}, looked at again"
    yield ""
    if found.steps:
        yield "| | Step | Field | Change |"
        yield "|---|---|---|---|"
    for step in found.steps:
        yield f"| {_SIGNS[step.how]} | **{safe(step.step)}** {safe(step.label)} | | {safe(_note(step))} |"
        for row in step.fields:
            yield f"| | | {safe(row.field)} | {'<br>'.join(safe(phrase) for phrase in _told(step, row))} |"
    for mark, finding in _findings(found):
        yield ""
        yield f"> {mark} **{finding.code}** ({finding.severity}) {safe(finding.message)}"
    yield ""
    yield from _end(found)


def _note(step: Differing) -> str:
    return "; ".join(filter(None, (_NOTES[step.how], visible(step.why))))


def _told(step: Differing, row: Values) -> list[str]:
    """A field in phrases: a plain change where only one plan has it, else what it was, is, and shall be."""
    match step.how:
        case "came":
            return _change(step, row.field, row.now, row.wanted)
        case "went":
            return [f"was to become: {phrase}" for phrase in _change(step, row.field, row.seen, row.approved)]
        case "changed":
            return list(_three(row))


def _three(row: Values) -> Iterator[str]:
    if row.seen is not UNSET:
        yield f"the approved plan saw {_value(row.seen)}"
    if row.now is not UNSET:
        yield f"is {_value(row.now)} now"
    if row.wanted is UNSET:
        yield f"was to be {_value(row.approved)}; nothing is to be done about it any more"
    elif row.approved in (UNSET, row.wanted):
        yield f"shall be {_value(row.wanted)}"
    else:
        yield f"shall be {_value(row.wanted)}, was to be {_value(row.approved)}"


def _change(step: Differing, field: str, before: Any, after: Any) -> list[str]:
    spec = KINDS[parse_ref(step.step.partition(" ")[2]).kind].by_name.get(field)
    phrases = described(before, after) if spec is None else described_field(spec.shape, before, after)
    return [visible(phrase) for phrase in phrases]


def _value(value: Any) -> str:
    return visible(shown(value))


def _findings(found: Rebase) -> Iterator[tuple[str, FoundIn]]:
    yield from (("+", finding) for finding in found.findings_came)
    yield from (("-", finding) for finding in found.findings_went)


def _end(found: Rebase) -> Iterator[str]:
    """What that means for the approval."""
    if found.nothing:
        yield f"Nothing differs: the approved plan {found.approved[:12]} can still be applied."
        return
    counts = {how: sum(step.how == how for step in found.steps) for how in _SIGNS}
    words = (("came", "new"), ("went", "gone"), ("changed", "changed"))
    numbers = ", ".join(f"{counts[how]} {word}" for how, word in words if counts[how])
    yield f"Steps: {numbers or 'the same'}. New plan {found.plan[:12]}."
    if found.stale:
        yield "The approved plan no longer fits: `ccconf apply` would leave out its steps that are gone or changed."
    else:
        yield f"The approved plan {found.approved[:12]} can still be applied; it does not hold what is new."
