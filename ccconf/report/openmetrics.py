"""OpenMetrics text for a monitoring system (node exporter's textfile collector, a push gateway): numbers, no names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from ccconf.codes import Severity
from ccconf.reconcile.drifted import Difference, Drift, Sort, Weight
from ccconf.reconcile.outcome import Report, Status
from ccconf.reconcile.plan import Plan
from ccconf.report.drift_words import age, outside_then
from ccconf.report.sheet import Subject
from ccconf.report.words import visible

Labels = Mapping[str, str]


class Family(NamedTuple):
    """One gauge with its samples; a unit is the end of the name."""

    name: str
    help: str
    samples: tuple[tuple[Labels, float], ...]
    unit: str = ""


def openmetrics(subject: Subject) -> str:
    """Every family that the subject knows something of, always in the same order."""
    lines = [line for family in _families(subject) if family.samples for line in _family(family)]
    return "\n".join([*lines, "# EOF", ""])


def _families(subject: Subject) -> Iterator[Family]:
    of = {"command": subject.command, "target": subject.target}
    at = _seconds(subject.at)
    moment = (({**of}, at),) if at is not None else ()
    yield Family("ccconf_last_run_timestamp_seconds", "When the run took place.", moment, "seconds")
    yield Family("ccconf_exit_code", "How the run ended.", ((of, subject.exit_code),))
    found = tuple(
        ({**of, "severity": str(severity)}, sum(one.severity is severity for one in subject.findings))
        for severity in Severity
    )
    yield Family("ccconf_findings", "What is wrong or worth knowing.", () if subject.drift else found)
    if subject.report is not None:
        yield from _run(subject.report)
    elif subject.plan is not None and subject.drift is None:
        yield from _plan(subject.plan)
    if subject.drift is not None:
        yield from _drift(subject.drift)


def _plan(plan: Plan) -> Iterator[Family]:
    acts = ("create", "update", "rename", "leave", "delete", "restore", "unchanged", "unmanaged")
    counts = tuple(({"target": plan.target, "action": act}, getattr(plan.counts, act)) for act in acts)
    yield Family("ccconf_plan_objects", "Objects by what the plan does with them.", counts)
    yield Family("ccconf_plan_refused", "1 where a guard forbids the plan.", (({"target": plan.target}, plan.refused),))


def _run(report: Report) -> Iterator[Family]:
    counts = tuple(({"target": report.target, "status": str(status)}, report.count(status)) for status in Status)
    yield Family("ccconf_apply_steps", "Steps by how they ended.", counts)


def _drift(drift: Drift) -> Iterator[Family]:
    of = {"target": drift.target}
    rows = drift.open()
    counts = tuple(
        ({**of, "sort": str(sort), "weight": str(weight)}, _count(rows, sort, weight))
        for sort in Sort
        if sort is not Sort.UNMANAGED
        for weight in Weight
    )
    yield Family("ccconf_drift_differences", "Differences between Git and the platform, by sort and weight.", counts)
    ignored = sum(bool(row.ignored) for row in drift.differences)
    yield Family("ccconf_drift_ignored", "Differences that ignore: passes over.", ((of, ignored),))
    ages = tuple(
        ({**of, "weight": str(weight)}, oldest)
        for weight in Weight
        if (oldest := _oldest(drift, weight)) is not None
    )  # fmt: skip
    help_ = "For how long the oldest change outside Git has been there, by the audit trail or earlier reports."
    yield Family("ccconf_drift_oldest_age_seconds", help_, ages, "seconds")
    objects = tuple(
        ({**of, "kind": kind, "managed": "yes" if managed else "no"}, share.managed if managed else share.unmanaged)
        for kind, share in sorted(drift.coverage.items())
        for managed in (True, False)
    )
    yield Family("ccconf_coverage_objects", "Objects on the platform, in Git or not.", objects)
    yield Family("ccconf_coverage_ratio", "The share of the platform that is in Git.", tuple(_shares(drift)), "ratio")
    bought = drift.seats_bought
    seats = (
        ({**of, "state": "taken"}, drift.seats),
        *([({**of, "state": "bought"}, bought)] if bought is not None else []),
    )
    yield Family("ccconf_licence_seats", "Seats of the licence.", seats)


def _count(rows: tuple[Difference, ...], sort: Sort, weight: Weight) -> int:
    return sum(row.sort is sort and row.weight is weight for row in rows)


def _shares(drift: Drift) -> Iterator[tuple[Labels, float]]:
    for kind, share in sorted(drift.coverage.items()):
        if whole := share.managed + share.unmanaged:
            yield {"target": drift.target, "kind": kind}, round(share.managed / whole, 4)


def _oldest(drift: Drift, weight: Weight) -> float | None:
    """Seconds since the first change outside of that weight; None where there is none now.

    Where nobody noted the moment, it is the first of the latest reports in a row that all counted such a change.
    """
    rows = [row for row in drift.outside() if row.weight is weight]
    ages = [seconds for row in rows if row.when and (seconds := age(row.when, drift.at)) is not None]
    if ages and all(row.when for row in rows):
        return max(ages)
    if not rows:
        return None
    since = drift.at
    for moment in reversed(drift.trend):
        if not moment.weights.get(weight, 0) or not outside_then(moment):
            break
        since = moment.at
    return max([*ages, age(since, drift.at) or 0.0])


def _seconds(moment: str) -> float | None:
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _family(family: Family) -> Iterator[str]:
    yield f"# TYPE {family.name} gauge"
    if family.unit:
        yield f"# UNIT {family.name} {family.unit}"
    yield f"# HELP {family.name} {_escaped(family.help)}"
    for labels, value in family.samples:
        said = ",".join(f'{name}="{_escaped(visible(text))}"' for name, text in labels.items())
        yield (
            f"{family.name}{{{said}}} {float(value):g}" if abs(value) < 1e5 else f"{family.name}{{{said}}} {value:.0f}"
        )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
