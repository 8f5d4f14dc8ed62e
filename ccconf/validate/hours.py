"""What schedules can only get wrong between two fields."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations, value_at
from ccconf.manifest.shape import Mistake
from ccconf.model.hours import days_of, outside
from ccconf.model.refs import Ref
from ccconf.model.schedule import Schedule


def hours_findings(declared: Declarations) -> Iterator[Finding]:
    """Breaks outside the hours (CC315), and schedules by which nobody ever works (CC318)."""
    for key in sorted(declared.keys("schedule")):
        ref = Ref("schedule", key)
        found = declared.get(ref)
        if found is None or not isinstance(found.resource, Schedule):
            continue
        schedule = found.resource
        if schedule.breaks and schedule.weekly:
            yield from _breaks_outside(declared, ref, schedule.breaks, schedule.weekly)
        if schedule.weekly is not None and not schedule.weekly and not schedule.exceptions and _says_hours(schedule):
            where, hint = declared.where(ref), "add weekly:"
            yield Finding(code="CC318", message=f"{ref} has no hours", where=where, subject=str(ref), hint=hint)


def _says_hours(schedule: Schedule) -> bool:
    """A schedule that says nothing at all is only listed, not managed."""
    return schedule != Schedule()


def _breaks_outside(
    declared: Declarations, ref: Ref, breaks: dict[str, tuple[str, ...]], weekly: dict[str, tuple[str, ...]]
) -> Iterator[Finding]:
    origin = declared.origin(ref, "breaks")
    stray = list(outside(breaks, weekly))
    if origin is None or not stray:
        return
    source, pointer = origin
    written = value_at(declared.written(source), pointer)
    if not isinstance(written, dict):
        return
    told: dict[tuple[str | int, ...], Mistake] = {}
    for day, pause in stray:
        days = next(days for days in written if day in days_of(days) and pause in written[days])
        at = (*pointer, days, written[days].index(pause))
        message = f"the break {pause} is not within the hours of {day}"
        told.setdefault(at, Mistake("CC315", message, at, False, "move it or extend the hours", str(ref)))
    yield from declared.placed({source: list(told.values())})
