"""A runbook as Markdown with task lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccconf.report.markdown import safe
from ccconf.report.runbook.languages import sentence
from ccconf.report.runbook.values import Entry, Later, Place, Runbook, Sentence, Task
from ccconf.report.words import visible


def markdown(runbook: Runbook) -> Iterator[str]:
    """The lines of the runbook."""
    language = runbook.language
    yield f"# {line(runbook.title)}"
    yield from ("", f"{sentence('of_plan', language).format(plan=code(runbook.plan_id[:12]))}")
    yield from ("", f"## {sentence('before', language)}", "")
    yield from (f"- {line(told)}" for told in runbook.before)
    if runbook.entries:
        yield from ("", f"## {sentence('to_do', language)}")
    for entry in runbook.entries:
        yield from _entry(entry, language)
    if runbook.later:
        yield from ("", f"## {sentence('later', language)}", "", sentence("what_is_later", language), "")
        yield from (_later(later) for later in runbook.later)
    yield from ("", f"## {sentence('back', language)}", "")
    yield from (f"{number}. {line(told)}" for number, told in enumerate(runbook.back, 1))


def _entry(entry: Entry, language: str) -> Iterator[str]:
    yield from ("", f"### {entry.number}. {line(entry.heading)}")
    yield from ("", " ".join(f"<sub>{code(step)}</sub>" for step in entry.about))
    for note in entry.notes:
        yield from ("", f"> {line(note)}")
    for place in entry.places:
        yield from _place(place, language)


def _place(place: Place, language: str) -> Iterator[str]:
    mark = _mark(language) if place.unverified else ""
    if place.where or mark:
        yield from ("", f"{sentence('where', language)}: {line(place.where) or '—'}{mark}")
    if place.hint:
        yield from ("", f"> {line(place.hint)}")
    yield ""
    yield from (_task(task, place, language) for task in place.tasks)
    if place.expect:
        yield from ("", f"{sentence('expect', language)}: {line(place.expect)}")


def _task(task: Task, place: Place, language: str) -> str:
    mark = _mark(language) if task.unverified and not place.unverified else ""
    return f"- [ ] {line(task.said)}{mark}"


def _mark(language: str) -> str:
    return f" **({sentence('unverified', language)})**"


def _later(later: Later) -> str:
    return f"- {line(later.heading)} <sub>{code(later.step)}</sub> {line(later.reason)}".rstrip()


def line(told: Sentence) -> str:
    """A sentence; what people brought stands in code spans, where no markup and no mention is read."""
    shown = {"text": safe, "word": lambda text: f"**{safe(text)}**", "value": code, "command": code}
    return "".join(shown[piece.says](piece.text) for piece in told)


def code(text: str) -> str:
    """A code span around any text: its fence is longer than every run of backticks within."""
    shown = visible(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    at_the_edge = shown.startswith(("`", " ")) or shown.endswith(("`", " "))
    padded = f" {shown} " if at_the_edge and shown.strip() else shown  # blanks alone are never stripped
    return f"{fence}{padded}{fence}"
