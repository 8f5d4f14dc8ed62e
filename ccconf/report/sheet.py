"""What every format of a report takes: one subject with its rows. A format is a function of it and of nothing else, so
that equal subjects give equal bytes; the time comes with the subject.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ccconf import __version__
from ccconf.codes import CODES, Severity
from ccconf.findings import Finding, Location
from ccconf.reconcile.drifted import Difference, Drift, Sort, Weight
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import FoundIn, Plan
from ccconf.report.drift_words import sentence
from ccconf.report.entries import NOT_KNOWN, Sensitivities
from ccconf.report.region import Region


class Spot(NamedTuple):
    """A place as reports name it: the file from the top of the repository, and the region in it, where it is known."""

    path: str = ""
    region: Region | None = None


Spotted = Callable[[Location], Spot]
"""Finds the spot of a place; only whoever runs the command knows the folders and reads the files."""


def nowhere(where: Location) -> Spot:
    """For a place of which only the beginning is known."""
    columns = (where.column, where.column)
    return Spot(where.path, Region(where.line, where.column, where.line, where.column, columns))


class Row(NamedTuple):
    """One thing that a report tells: a finding, a difference, a step that did not end well. All text is as it came."""

    rule: str
    """The code of a finding, or sort and weight of a difference: `drift/security`; or how a step ended."""
    severity: Severity
    message: str
    identity: tuple[str, ...]
    """What makes it the same row in the next run, wherever its lines have moved meanwhile."""
    hint: str = ""
    spot: Spot = Spot()
    object: str = ""
    field: str = ""
    ignored: str = ""
    """The reason for which it is passed over."""


@dataclass(frozen=True)
class Subject:
    """What one run has to tell. Exactly one of `plan` (with or without `report`) and `drift` is there, or neither where
    only findings are told.
    """

    command: str
    """validate, plan, apply or drift."""
    targets: tuple[str, ...]
    at: str
    """UTC, ISO 8601, to the second."""
    exit_code: int
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    objects: int = 0
    """How many the manifests declare."""
    plan: Plan | None = None
    report: Report | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    """What else the JSON of an apply says: where the runbook is."""
    drift: Drift | None = None
    home: str = "ccconf.yaml"
    """The project file from the top of the repository: the place of what has no other."""
    link: str = ""
    """Where the whole report can be read."""
    version: str = __version__
    sensitivities: Sensitivities = field(default_factory=lambda: NOT_KNOWN)
    """How much the permissions of the platform matter, by its catalogue."""

    @property
    def target(self) -> str:
        """The targets in a line."""
        return ", ".join(self.targets)

    @property
    def told(self) -> tuple[Row, ...]:
        """The rows that call for somebody: neither passed over nor merely unknown to Git."""
        return tuple(row for row in self.rows if not row.ignored and not row.rule.startswith(Sort.UNMANAGED))


def found(
    findings: Sequence[Finding], spotted: Spotted, *, command: str, targets: Sequence[str], at: str, exit_code: int,
    objects: int = 0,
) -> Subject:  # fmt: skip
    """The findings of a command; there may be none."""
    rows = tuple(_finding(one, spotted) for one in findings)
    return Subject(command, tuple(targets), at, exit_code, rows, tuple(findings), objects)


def planned(
    plan: Plan, spotted: Spotted, *, at: str, exit_code: int, command: str = "plan",
    sensitivities: Sensitivities = NOT_KNOWN,
) -> Subject:  # fmt: skip
    """A plan, and what was found on the way."""
    findings = tuple(unpacked(one) for one in plan.findings)
    rows = tuple(_finding(one, spotted) for one in findings)
    return Subject(
        command, (plan.target,), at, exit_code, rows, findings, plan=plan, sensitivities=sensitivities
    )  # fmt: skip


def ran(
    plan: Plan | None, report: Report, spotted: Spotted, *, at: str, exit_code: int,
    said: Mapping[str, Any] | None = None,
) -> Subject:  # fmt: skip
    """What became of the steps of a plan."""
    findings = tuple(unpacked(one) for one in plan.findings) if plan else ()
    rows = (*(_finding(one, spotted) for one in findings), *_outcomes(report.outcomes))
    return Subject(
        "apply", (report.target,), at, exit_code, rows, findings, plan=plan, report=report, said=said or {}
    )  # fmt: skip


def drifted(
    drift: Drift, spotted: Spotted, *, exit_code: int, plan: Plan | None = None,
    sensitivities: Sensitivities = NOT_KNOWN,
) -> Subject:  # fmt: skip
    """A drift report; `plan` is the one that would bring the platform to what Git says."""
    spots = [_spot(row, spotted) for row in drift.differences]
    rows = differing(drift, spots, sensitivities)
    return Subject(
        "drift", (drift.target,), drift.at, exit_code, rows, plan=plan, drift=drift, sensitivities=sensitivities
    )  # fmt: skip


def fingerprints(rows: Sequence[Row]) -> Iterator[str]:
    """For each row a mark that it keeps while its lines move; rows that say the same are told apart by their order."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        nth = seen[row.identity] = seen.get(row.identity, 0) + 1
        whole = "\0".join((*row.identity, str(nth)))
        yield hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]


_PLACE = re.compile(r":\d+:\d+")


def _finding(one: Finding, spotted: Spotted) -> Row:
    spot = spotted(one.where) if one.where else Spot()
    identity = (one.code, spot.path, one.subject, _PLACE.sub("", one.message))
    return Row(one.code, one.severity, one.message, identity, one.hint, spot, one.subject)


def unpacked(one: FoundIn) -> Finding:
    """A finding of a plan with its place as a place."""
    return Finding(code=one.code, message=one.message, where=place(one.where), subject=one.subject, hint=one.hint)


def place(text: str) -> Location | None:
    """The inverse of `str(location)`; None where nothing is said."""
    path, line, column = (*text.rsplit(":", 2), "", "")[:3]
    if line.isdecimal() and column.isdecimal():
        return Location(path, int(line), int(column))
    return Location(text) if text else None


_GRAVITY = {Weight.SECURITY: Severity.ERROR, Weight.ROUTING: Severity.WARNING, Weight.COSMETIC: Severity.INFO}


def gravity(row: Difference) -> Severity:
    """How grave a difference is: what changed outside by its weight; what waits anyway is at most a warning."""
    if row.sort in (Sort.DRIFT, Sort.CONFLICT):
        return _GRAVITY[row.weight]
    expired = row.sort is Sort.EXPIRED and row.weight is Weight.SECURITY
    return Severity.WARNING if expired else Severity.INFO


def differing(drift: Drift, spots: Sequence[Spot], sensitivities: Sensitivities = NOT_KNOWN) -> tuple[Row, ...]:
    """A row for each difference, with its spot."""
    return tuple(_difference(row, spot, sensitivities) for row, spot in zip(drift.differences, spots, strict=True))


def _spot(row: Difference, spotted: Spotted) -> Spot:
    return spotted(Location(row.file, row.line or 1, row.column or 1)) if row.file else Spot()


def _difference(row: Difference, spot: Spot, sensitivities: Sensitivities) -> Row:
    said = sentence(row, sensitivities)
    return Row(
        f"{row.sort}/{row.weight}", gravity(row), said, (row.sort, row.object, row.field), row.says, spot,
        row.object, row.field, row.ignored,
    )  # fmt: skip


_BAD = {
    Status.FAILED: Severity.ERROR, Status.STALE: Severity.ERROR, Status.UNCERTAIN: Severity.ERROR,
    Status.BLOCKED: Severity.WARNING, Status.WAITING: Severity.INFO,
}  # fmt: skip


def _outcomes(outcomes: Sequence[Outcome]) -> Iterator[Row]:
    """The steps that are not done, each by its code where it has one."""
    for ended in outcomes:
        if ended.status in _BAD:
            rule = ended.code if ended.code in CODES else str(ended.status)
            message = f"{ended.step}: {ended.detail or ended.status}"
            subject = ended.step.partition(" ")[2]
            yield Row(rule, _BAD[ended.status], message, (rule, ended.step), ended.hint, Spot(), subject)
