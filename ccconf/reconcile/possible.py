"""What a platform cannot do, or would refuse, of one step: told in the plan, before anybody tries."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.findings import Finding
from ccconf.model.change import KEY, Create, Delete, Restore, Update
from ccconf.model.kinds import KINDS, from_data
from ccconf.model.licence import Invariant
from ccconf.platform.contract import Operation, Platform, Route
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.plan import Step
from ccconf.reconcile.policy import Policy


def impossible(step: Step, platform: Platform, policy: Policy) -> Iterator[Finding]:
    """What the platform cannot do (CC505), what creation needs (CC501), and broken invariants (CC403)."""
    support = platform.support(step.ref.kind, operation_of(step))
    if support.route is Route.NO:
        message = f"{step.ref}: the platform cannot {support.operation} a {step.ref.kind}: {support.reason}"
        yield Finding(code="CC505", message=message, subject=str(step.ref))
    yield from _unchangeable(step, policy)
    yield from _incomplete(step)
    yield from _against_rules(step, policy)


def operation_of(step: Step) -> Operation:
    """What a step does, as the capability table names it."""
    match step.change:
        case Create():
            return Operation.CREATE
        case Delete():
            return Operation.DELETE
        case Restore():
            return Operation.RESTORE
        case Update(changes=changes):
            return Operation.RENAME if any(change.field == KEY for change in changes) else Operation.UPDATE


def _unchangeable(step: Step, policy: Policy) -> Iterator[Finding]:
    if not isinstance(step.change, Update):
        return
    for change in step.change.changes:
        if (step.ref.kind, change.field) in policy.immutable and change.before is not None:
            message = f"{step.ref}: {change.field} cannot be changed from {change.before} to {change.after}"
            hint = "keep it; a new number means a new object on this platform"
            yield Finding(code="CC505", message=message, subject=str(step.ref), hint=hint)


def _incomplete(step: Step) -> Iterator[Finding]:
    if not isinstance(step.change, Create):
        return
    for spec in KINDS[step.ref.kind].specs:
        if spec.marker.needed_to_create and spec.name not in step.change.fields:
            message = f"{step.ref} is new and cannot be created without {spec.name}"
            yield Finding(code="CC501", message=message, subject=str(step.ref), hint=f"add {spec.name}:")


def _against_rules(step: Step, policy: Policy) -> Iterator[Finding]:
    """An invariant of every single object, judged on the fields that the step sets; a new object has no others."""
    for invariant in policy.invariants:
        if invariant.form == "each" and invariant.select.kind == step.ref.kind and _breaks(step, invariant):
            message = f"{step.ref}: {invariant.label}"
            yield Finding(code="CC403", message=message, subject=str(step.ref), hint=f"set {invariant.field}:")


def _breaks(step: Step, invariant: Invariant) -> bool:
    kind = KINDS[step.ref.kind]
    initial = {spec.name: spec.marker.initial for spec in kind.stored if spec.marker.initial is not None}
    match step.change:
        case Create(fields=fields):
            values = {**initial, invariant.field: None, **fields}
        case Update(changes=changes) if any(change.field == invariant.field for change in changes):
            values = {change.field: change.after for change in field_changes(step) if change.field != KEY}
            if not set(invariant.select.where) <= set(values):
                values = {**dict(invariant.select.where), **values}
        case _:
            return False
    resource = from_data(step.ref.kind, values)
    return invariant.select.fits(resource) and invariant.broken_by(resource)
