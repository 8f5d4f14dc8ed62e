"""What a platform cannot do, or would refuse, of one step: told in the plan, before anybody tries."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.findings import Finding
from ccconf.model.change import Create, Update
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, from_data, initially, with_changes
from ccconf.model.licence import Invariant, emptied
from ccconf.platform.byhand import operation_of
from ccconf.platform.contract import Platform, Route
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.plan import Step
from ccconf.reconcile.policy import Policy


def impossible(step: Step, platform: Platform, policy: Policy, live: Resource | None) -> Iterator[Finding]:
    """What the platform cannot do (CC505), what creation needs (CC501), and broken invariants (CC403).

    `live` is the object of an update as it is now.
    """
    support = platform.support(step.ref.kind, operation_of(step.change))
    if support.route is Route.NO:
        message = f"{step.ref}: the platform cannot {support.operation} a {step.ref.kind}: {support.reason}"
        yield Finding(code="CC505", message=message, subject=str(step.ref))
    if step.reason == LEAVES and not policy.deactivates:
        message = f"{step.ref} leaves, and the platform has no people who are there and may not sign in"
        yield Finding(code="CC505", message=message, subject=str(step.ref), hint="say leavers: delete in ccconf.yaml")
    yield from _unchangeable(step, policy)
    yield from _incomplete(step)
    yield from _against_rules(step, policy, live)


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


def _against_rules(step: Step, policy: Policy, live: Resource | None) -> Iterator[Finding]:
    """An invariant of every single object that the step would break; what was broken before is not its doing."""
    after = _after(step, live)
    for invariant in policy.invariants:
        if not invariant.of_one or invariant.select.kind != step.ref.kind or after is None:
            continue
        if _breaks(invariant, after) and (live is None or not _breaks(invariant, live)):
            message = f"{step.ref}: {invariant.label}"
            yield Finding(code="CC403", message=message, subject=str(step.ref), hint=f"set {invariant.field}:")


def _after(step: Step, live: Resource | None) -> Resource | None:
    """The object as the step leaves it; None where it is gone, or is not known well enough to be judged."""
    match step.change:
        case Create(kind=kind, fields=fields):
            return initially(kind, from_data(kind, fields))
        case Update(kind=kind, changes=changes) if live is not None:
            return with_changes(kind, live, changes)
        case _:
            return None


def _breaks(invariant: Invariant, resource: Resource) -> bool:
    """On a platform an unsaid field is an empty one."""
    if not invariant.select.fits(resource):
        return False
    return invariant.broken_by(emptied(resource, invariant))
