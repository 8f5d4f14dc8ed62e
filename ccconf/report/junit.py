"""JUnit XML as Jenkins (xUnit), GitLab and Azure read it: what is wrong is a failure, what waits is skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from ccconf.codes import Severity
from ccconf.reconcile.drifted import Sort
from ccconf.reconcile.outcome import Status
from ccconf.report.sheet import Row, Subject
from ccconf.report.words import counted, shortened, visible

_NAME = 300
"""So many letters of a message make the name of a case."""


class Case(NamedTuple):
    """One test case; `end` is failure, error, skipped or nothing."""

    name: str
    end: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def junit(subject: Subject) -> str:
    """One suite: a case for each row, and for each step of an apply."""
    cases = list(_cases(subject))
    name = f"ccconf {subject.command} {visible(subject.target)}"
    counts = " ".join(
        f'{word}="{sum(case.end == end for case in cases)}"'
        for word, end in (("failures", "failure"), ("errors", "error"))
    )
    skipped = sum(case.end == "skipped" for case in cases)
    head = f'name={quoteattr(name)} tests="{len(cases)}" {counts}'
    time = quoteattr(subject.at.removesuffix("Z"))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {head}>",
        f'<testsuite {head} skipped="{skipped}" timestamp={time}>',
        *(line for case in cases for line in _case(case, f"ccconf.{subject.command}")),
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _cases(subject: Subject) -> Iterator[Case]:
    yield _summary(subject)
    known = (row for row in subject.rows if not row.rule.startswith(Sort.UNMANAGED))
    yield from (_of_row(row) for row in known if not _is_step(row, subject))
    if subject.report is not None:
        for ended in subject.report.outcomes:
            said = visible(" ".join(filter(None, (ended.code, ended.detail))))
            end, kind = _ENDS[ended.status]
            yield Case(visible(ended.step), end, kind, said, visible(ended.hint))


def _is_step(row: Row, subject: Subject) -> bool:
    """Whether the row tells of a step, which has a case of its own."""
    return subject.report is not None and len(row.identity) == 2


_ENDS = {
    Status.DONE: ("", ""), Status.WAITING: ("skipped", "waiting"), Status.FAILED: ("failure", "failed"),
    Status.STALE: ("failure", "stale"), Status.BLOCKED: ("failure", "blocked"),
    Status.UNCERTAIN: ("error", "uncertain"),
}  # fmt: skip


def _summary(subject: Subject) -> Case:
    """A case that is always there, because a report without any is taken for one that failed."""
    target = visible(subject.target)
    if subject.drift is not None:
        return Case(f"{target} was compared with Git: {counted(len(subject.drift.differences), 'difference')}")
    if subject.plan is not None and subject.report is None:
        return Case(f"the plan for {target} was made: {counted(len(subject.plan.steps), 'step')}")
    if subject.report is not None:
        return Case(f"the plan was carried out on {target}")
    return Case(f"the manifests of {target} were checked: {counted(subject.objects, 'object')}")


def _of_row(row: Row) -> Case:
    message = visible(row.message)
    place = f"{row.spot.path}:{row.spot.region.line}:{row.spot.region.column}" if row.spot.region else row.spot.path
    text = "\n".join(visible(part) for part in (place, row.message, row.hint, row.ignored) if part)
    name = shortened(f"{row.rule} {message}", _NAME)
    return Case(name, _end(row), row.rule, message, text)


def _end(row: Row) -> str:
    sort = row.rule.partition("/")[0]
    if row.ignored or sort in (Sort.PENDING, Sort.WAITING, Sort.EXPIRED):
        return "skipped"
    if sort in (Sort.DRIFT, Sort.CONFLICT) or row.severity is Severity.ERROR:
        return "failure"
    return ""


def _case(case: Case, of: str) -> Sequence[str]:
    head = f"<testcase name={quoteattr(case.name)} classname={quoteattr(of)}"
    if case.end:
        said = f"type={quoteattr(case.kind)} message={quoteattr(case.message)}"
        return (f"{head}><{case.end} {said}>{escape(case.text)}</{case.end}></testcase>",)
    if case.text:
        return (f"{head}><system-out>{escape(case.text)}</system-out></testcase>",)
    return (f"{head}/>",)
