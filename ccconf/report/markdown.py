"""Markdown for a pull request: it fits into a comment, and begins with a hidden line by which the comment of an earlier
run is found again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ccconf.findings import Finding
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Plan
from ccconf.report.entries import NOT_KNOWN, Sensitivities, gravest_first, is_gravest, left_out, of_field
from ccconf.report.fitting import COMMENT, Block, Section, elsewhere, fits, fitted, marker
from ccconf.report.sheet import Subject
from ccconf.report.story import TITLES, Chapter, Line, at_rest, by_people, chapters, in_numbers, seen_by_people
from ccconf.report.words import counted, shortened, visible

_SPECIAL = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>|#~!"})
_CALLS = re.compile(r"(?<![A-Za-z0-9_])@(?=\w)|\\#(?=\w)|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
"""Where a renderer would call a person, name an issue, or make a link by itself."""
_BEGINS = re.compile(r"^(\d*)([=+.)-])")
"""At the beginning of a line it would underline the one above as a heading, or begin a list."""
_CELL = 1_000
"""So many letters of a value tell enough in a table."""
_FEW = 25
"""Up to so many objects a section stands open, and so many entries of a value are always shown."""
_ROOMS = (1_000, 250, 100, _FEW)
"""So many entries of a value are shown, the first number with which nothing else is left out."""
_ROW = 250
"""So many of the gravest entries are shown however little room there is."""


def safe(text: str) -> str:
    """Text that a manifest or a platform brought, so that it cannot become markup, call anybody or be clicked."""
    escaped = visible(text).replace("&", "&amp;").translate(_SPECIAL)
    return _CALLS.sub(lambda found: f"{found[0]}&#8203;", escaped)


def cell(text: str) -> str:
    """The same for a table, with only the beginning of what is very long."""
    return safe(shortened(text, _CELL))


def code(text: str) -> str:
    """Something to type, in as many backticks as keep it whole."""
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if runs else ""
    return f"{fence}{pad}{visible(text)}{pad}{fence}"


def plan(plan: Plan, *, most: int = COMMENT, link: str = "", sensitivities: Sensitivities = NOT_KNOWN) -> list[str]:
    """The whole plan, as far as it fits into `most` bytes; objects that change access are marked.

    Of the entries of a value all are shown where there is room, else the gravest by `sensitivities`.
    """
    top, bottom, told = list(_top(plan)), list(_bottom(plan)), chapters(plan)
    longest = max((len(line.told) for rows in told.values() for row in rows for line in row.lines), default=0)
    for room in (longest, *(few for few in _ROOMS if few < longest)):
        sections = list(_sections(plan, told, _Cut(room, link, sensitivities)))
        if fits(top, sections, bottom, most=most):
            break
    return fitted(top, sections, bottom, most=most, link=link)


class _Cut(NamedTuple):
    """How many entries of a value are shown, and where the others stand."""

    room: int
    link: str
    sensitivities: Sensitivities


def _top(plan: Plan) -> Iterator[str]:
    yield marker("plan", plan.target)
    yield f"## Plan for {cell(plan.target)} ({cell(plan.platform)})"
    yield ""
    doing = ", ".join(in_numbers(plan.counts)) or "Nothing to do"
    resting = ", ".join(at_rest(plan.counts))
    yield f"**{doing}.**" + (f" {resting}." if resting else "")
    for seen in seen_by_people(plan):
        yield ""
        yield f"{safe(seen)}."


def _sections(plan: Plan, told: Mapping[str, Sequence[Chapter]], cut: _Cut) -> Iterator[Section]:
    if plan.findings:
        blocks = tuple(
            ("", f"> **{found.code}** ({found.severity}) {cell(found.message)}", *_hint(found.hint))
            for found in plan.findings
        )
        yield Section("findings", "", (), blocks, "findings")
    for kind, rows in told.items():
        head = ("| | Object | Field | Change |", "|---|---|---|---|")
        blocks = tuple(tuple(_rows(chapter, cut)) for chapter in rows)
        secure = frozenset(n for n, chapter in enumerate(rows) if any(line.security for line in chapter.lines))
        title = f"{TITLES[kind]}: {len(rows):,}" + (f" ({len(secure):,} with changes of access)" if secure else "")
        yield Section(kind, title, head, blocks, "objects", is_open=len(rows) <= _FEW, grave=secure)


def _hint(hint: str) -> Block:
    begun = _BEGINS.sub(lambda found: f"{found[1]}\\{found[2]}", cell(hint).lstrip())
    return (f"> {begun}",) if begun else ()


def _bottom(plan: Plan) -> Iterator[str]:
    yield ""
    if plan.steps:
        ways = ", ".join([f"{plan.cost} call(s)", *by_people(plan)])
        yield f"Plan `{plan.id[:12]}`, {ways}. :warning: changes who may sign in, do, hear or reach what."
    if plan.refused:
        yield ""
        yield "**This plan is refused; nothing of it will be applied.**"


def _rows(chapter: Chapter, cut: _Cut) -> Iterator[str]:
    label = f" {cell(chapter.label)}" if chapter.label and chapter.label != chapter.ref.key else ""
    yield f"| {chapter.sign} | **{cell(str(chapter.ref))}**{label} | | {cell(chapter.said)} |"
    for line in chapter.lines:
        mark = ":warning:" if line.security else ""
        yield f"| {mark} | | {cell(line.field)} | {'<br>'.join(_entries(line, cut))} |"
    for effect in chapter.effects:
        yield f"| | | | then {cell(effect)} |"


def _entries(line: Line, cut: _Cut) -> Iterator[str]:
    """Each short enough; of more than there is room for the gravest, which are all shown as far as one row can."""
    if len(line.told) <= _FEW:
        yield from (cell(text) for text in line.phrases)
        return
    known = of_field(cut.sensitivities, line.field)
    told = gravest_first(line.told, known)
    grave = sum(is_gravest(phrase, known) for phrase in told)
    shown = max(cut.room, min(grave, _ROW))
    yield from (cell(phrase.text) for phrase in told[:shown])
    if told[shown:]:
        yield f"… and {left_out(told[shown:], known)}: see {elsewhere(cut.link)}"


def findings(subject: Subject, *, most: int = COMMENT) -> list[str]:
    """What is wrong in the manifests, or kept a plan from being made."""
    errors = [found for found in subject.findings if found.severity == "error"]
    rest = [found for found in subject.findings if found.severity != "error"]
    verdict = f"**{counted(len(errors), 'error')}**, {counted(len(rest), 'warning or note', 'warnings and notes')}."
    top = [marker(subject.command, *subject.targets), f"## {_HEADS[subject.command]} of {cell(subject.target)}", ""]
    top.append(verdict if subject.findings else ":white_check_mark: **Nothing is wrong.**")
    if subject.objects:
        top.append(f"{counted(subject.objects, 'object')} looked at.")
    head = ("| Place | | What is wrong | How to mend it |", "|---|---|---|---|")
    sections = [
        Section(anchor, f"{title}: {len(rows):,}", head, tuple(map(_finding, rows)), "findings", is_open=is_open)
        for anchor, title, rows, is_open in (
            ("errors", "Errors", errors, True),
            ("rest", "Warnings and notes", rest, False),
        )
        if rows
    ]
    return fitted(top, sections, [], most=most, link=subject.link)


_HEADS = {"validate": "Check", "plan": "Plan", "apply": "Apply", "drift": "Drift report"}


def _finding(found: Finding) -> Block:
    place = cell(str(found.where)) if found.where else ""
    return (f"| {place} | **{found.code}** | {cell(found.message)} | {cell(found.hint)} |",)


def run(report: Report, *, most: int = COMMENT, link: str = "") -> list[str]:
    """What became of each step, what went wrong first."""
    counts = [f"{report.count(status)} {status}" for status in Status if report.count(status)]
    adopted = f", {counted(report.adopted, 'object')} noted as ours" if report.adopted else ""
    top = [
        marker("apply", report.target),
        f"## Apply to {cell(report.target)}",
        "",
        f"**{', '.join(counts) or 'Nothing to do'}{adopted}.** Plan `{report.plan_id[:12]}`.",
    ]
    if report.interrupted:
        top += ["", "**The run was cut off.** `ccconf apply --resume` finishes what is left."]
    sections = []
    for anchor, title, statuses in _ENDS:
        ended = [row for row in report.outcomes if row.status in statuses]
        if ended:
            head = ("| | Step | What happened |", "|---|---|---|")
            blocks = tuple(map(_outcome, ended))
            section = Section(anchor, f"{title}: {len(ended):,}", head, blocks, "steps", is_open=anchor != "done")
            sections.append(section)
    return fitted(top, sections, [], most=most, link=link)


_ENDS = (
    ("wrong", "Not done", (Status.FAILED, Status.STALE, Status.UNCERTAIN, Status.BLOCKED)),
    ("waiting", "Waiting for people", (Status.WAITING,)),
    ("done", "Done", (Status.DONE,)),
)


def _outcome(ended: Outcome) -> Block:
    said = ". ".join(filter(None, (" ".join(filter(None, (ended.code, ended.detail))), ended.hint)))
    return (f"| {ended.status} | {cell(ended.step)} | {cell(said)} |",)
