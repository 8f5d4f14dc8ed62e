"""Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.reconcile.plan import Plan
from ccconf.report.story import TITLES, Chapter, at_rest, by_people, chapters, in_numbers, seen_by_people
from ccconf.report.words import visible

_SPECIAL = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>|#~!"})


def safe(text: str) -> str:
    """Text that a manifest or a platform brought, so that it cannot become markup."""
    return visible(text).translate(_SPECIAL)


def plan(plan: Plan) -> Iterator[str]:
    """The whole plan; objects that change access are marked."""
    yield f"## Plan for {safe(plan.target)} ({safe(plan.platform)})"
    yield ""
    doing = ", ".join(in_numbers(plan.counts)) or "Nothing to do"
    resting = ", ".join(at_rest(plan.counts))
    yield f"**{doing}.**" + (f" {resting}." if resting else "")
    for seen in seen_by_people(plan):
        yield ""
        yield f"{safe(seen)}."
    for finding in plan.findings:
        yield ""
        yield f"> **{finding.code}** ({finding.severity}) {safe(finding.message)}"
        if finding.hint:
            yield f"> {safe(finding.hint)}"
    for kind, told in chapters(plan).items():
        yield ""
        yield f"### {TITLES[kind]}"
        yield ""
        yield "| | Object | Field | Change |"
        yield "|---|---|---|---|"
        for chapter in told:
            yield from _rows(chapter)
    yield ""
    if plan.steps:
        ways = ", ".join([f"{plan.cost} call(s)", *by_people(plan)])
        yield f"Plan `{plan.id[:12]}`, {ways}. :warning: changes who may sign in, do, hear or reach what."
    if plan.refused:
        yield ""
        yield "**This plan is refused; nothing of it will be applied.**"


def _rows(chapter: Chapter) -> Iterator[str]:
    label = f" {safe(chapter.label)}" if chapter.label and chapter.label != chapter.ref.key else ""
    yield f"| {chapter.sign} | **{safe(str(chapter.ref))}**{label} | | {safe(chapter.said)} |"
    for line in chapter.lines:
        mark = ":warning:" if line.security else ""
        yield f"| {mark} | | {safe(line.field)} | {'<br>'.join(safe(phrase) for phrase in line.phrases)} |"
    for effect in chapter.effects:
        yield f"| | | | then {safe(effect)} |"
