"""Refuses a plan that could do great harm, before its first step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ccconf.findings import Finding
from ccconf.model.change import KEY, PARKED_END, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.refs import Ref
from ccconf.reconcile.diff import Difference
from ccconf.reconcile.plan import Step, field_changes, parks
from ccconf.reconcile.policy import DELETES, Policy, allowed
from ccconf.reconcile.slots import freed_slots, taken_slots

LEAVES = "leaves"
"""The reason of a step that deactivates a person who left the manifests."""


def guard(steps: Sequence[Step], found: Difference, policy: Policy, seats_short: int = 0) -> Iterator[Finding]:
    """Everything that speaks against the plan (CC402, CC502, CC601 to CC603, CC606, CC607).

    `seats_short` is how many sit down for whom no order of the steps frees a seat.
    """
    yield from _too_many(steps, found, policy)
    yield from _protected(steps, policy)
    yield from _own_access(steps, policy)
    yield from _taken(steps, found)
    yield from _made_anew(steps, found)
    if policy.seats is not None and seats_short:
        yield _too_few_seats(max(policy.seats, found.seats_taken) + seats_short, policy.seats, found)


def removes(step: Step) -> bool:
    """Whether the object leaves: deleted, or deactivated because it left the manifests; not who has left already."""
    return isinstance(step.change, Delete) or (step.reason == LEAVES and bool(field_changes(step)))


def _too_many(steps: Sequence[Step], found: Difference, policy: Policy) -> Iterator[Finding]:
    for kind in REFERENCE_ORDER:
        plural, live = KINDS[kind].plural, found.live.get(kind, 0)
        if kind == "user":
            live -= found.left  # whoever left earlier must not widen the door for the rest
        leaving = len({step.ref for step in steps if step.ref.kind == kind and removes(step)})
        limit = policy.deletes.get(kind, DELETES)
        most = allowed(limit, live, policy.deletes_floor)
        if leaving > most:
            yield _excess("CC601", f"{leaving} of {live} {plural} would leave", most, f"deletes: {plural}")
        changing = {
            step.ref for step in steps if step.ref.kind == kind and isinstance(step.change, Update) and not parks(step)
        }
        changed = len(changing) - len({step.ref for step in steps if step.reason == LEAVES and step.ref in changing})
        if kind in policy.updates and changed > (most := allowed(policy.updates[kind], live, policy.updates_floor)):
            yield _excess("CC602", f"{changed} of {live} {plural} would change", most, f"updates: {plural}")


def _excess(code: str, what: str, most: int, field: str) -> Finding:
    hint = f"raise guards: {field} in a reviewed change, or go in parts with --only"
    return Finding(code=code, message=f"{what}; {most} are allowed", hint=hint)


def _touches(step: Step) -> str:
    """What a step does that protection forbids; empty for a harmless one."""
    if isinstance(step.change, Delete):
        return "delete"
    if step.reason == LEAVES:
        return "deactivate"
    for change in field_changes(step) if not isinstance(step.change, Create) else ():
        if change.field == KEY:
            return "rename"
        if change.field == "status" and change.after != "active":
            return "deactivate"
    return ""


def _strips(step: Step) -> str:
    """Which access a step takes from an object that stays; empty for none."""
    for change in field_changes(step) if isinstance(step.change, Update) else ():
        if change.field in _ACCESS and (lost := lost_entries(change)):
            return f"take {', '.join(lost)} from the {change.field} of"
    return ""


_ACCESS = ("groups", "roles", "permissions", "rights")
"""Fields whose entries are what an object may do."""


def lost_entries(change: FieldChange) -> list[str]:
    """The entries of a collection that a change takes away."""
    before, after = change.before or (), change.after or ()
    return sorted(str(entry) for entry in before if entry not in after)


def _protected(steps: Iterable[Step], policy: Policy) -> Iterator[Finding]:
    for step in steps:
        touched = _touches(step) or _strips(step)
        if touched and any(policy.protects(ref) for ref in _names(step)):
            hint = "leave it as it is, or take it from protect: in a reviewed change"
            message = f"{step.ref} is protected; the plan would {touched} it"
            yield Finding(code="CC603", message=message, subject=str(step.ref), hint=hint)


def _names(step: Step) -> set[Ref]:
    """The object under its new and its former name: a rename is no way out of protection."""
    former = {
        Ref(step.ref.kind, change.before)
        for change in field_changes(step)
        if change.field == KEY and change.before is not None
    }
    return {step.ref, *former}


def _live_key(step: Step) -> str:
    """The key that the object of a step has on the platform before the plan; empty for a new one."""
    if isinstance(step.change, Create | Restore):
        return ""
    before = next((change.before for change in field_changes(step) if change.field == KEY), step.ref.key)
    return str(before).removesuffix(PARKED_END)


def _own_access(steps: Iterable[Step], policy: Policy) -> Iterator[Finding]:
    """ccconf never saws off the branch it sits on: its own roles and groups are not touched either."""
    if policy.identity is None:
        return
    me = Ref("user", policy.identity)
    for step in steps:
        if me not in _names(step) or isinstance(step.change, Create):
            continue
        lost = _touches(step) or next(
            (f"change {change.field} of" for change in field_changes(step) if change.field in ("roles", "groups")), ""
        )
        if lost:
            message = f"ccconf acts as {me}; the plan would {lost} it"
            yield Finding(code="CC606", message=message, subject=str(me), hint="leave it to the platform's owner")


def _taken(steps: Sequence[Step], found: Difference) -> Iterator[Finding]:
    """A unique value that somebody holds who does not give it up in this plan."""
    freed = freed_slots(steps)
    returning = {ref: gone.resource for ref, gone in found.returning.items()}
    for step, (kind, field, value) in taken_slots(steps, returning=returning):
        if field == KEY or (kind, field, value) in freed:
            continue
        holder = found.holders.get((kind, field), {}).get(value)
        if holder is not None and holder != _live_key(step):
            message = f"{step.ref} cannot have the {field} {value}: {kind}/{holder} has it"
            hint = "use another one, or change it there first"
            yield Finding(code="CC502", message=message, subject=str(step.ref), hint=hint)


def _made_anew(steps: Sequence[Step], found: Difference) -> Iterator[Finding]:
    """The same person under a new key, without `formerly`: that would lose the history."""
    leaving = {step.ref.key: step for step in steps if step.ref.kind == "user" and removes(step)}
    for step in steps:
        if step.ref.kind != "user" or not isinstance(step.change, Create):
            continue
        for field in KINDS["user"].unique:
            value = step.change.fields.get(field)
            holder = found.holders.get(("user", field), {}).get(value.casefold()) if value else None
            if holder in leaving:
                message = f"user/{holder} leaves and {step.ref} comes with the same {field}: is it the same person?"
                hint = f"say formerly: {holder} at {step.ref}"
                yield Finding(code="CC607", message=message, subject=str(step.ref), hint=hint)
                break


def _too_few_seats(needed: int, seats: int, found: Difference) -> Finding:
    """More people would sit than there are seats, those outside Git among them: told now, not half way."""
    message = f"{needed} active users would need a seat, the licence has {seats}"
    hint = f"{found.seats_taken} are taken now, also by people outside Git: make some inactive or buy seats"
    return Finding(code="CC402", message=message, subject="seats", hint=hint)
