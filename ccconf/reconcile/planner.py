"""The one way to make a plan: observe, diff, order, guard."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from ccconf.errors import broken
from ccconf.findings import Finding, Location, in_order
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.declared import Declared, Wanted
from ccconf.model.fields import Resource, said
from ccconf.model.kinds import KINDS, as_data
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref, parse_ref
from ccconf.platform.byhand import operation_of
from ccconf.platform.contract import Acting, Observed, Operation, Platform, Route
from ccconf.reconcile.diff import Difference, is_empty, planned
from ccconf.reconcile.guard import LEAVES, guard, removes
from ccconf.reconcile.observe import Seen, observe
from ccconf.reconcile.order import Arranged, Bonds, arranged, seats, with_needs
from ccconf.reconcile.people import able_to, take_leave, with_people
from ccconf.reconcile.plan import Adoption, Counts, Plan, Risk, Step, field_changes, found_in, parks, signed
from ccconf.reconcile.policy import Policy
from ccconf.reconcile.possible import impossible
from ccconf.reconcile.split import split
from ccconf.reconcile.tally import Bounds, bounds_of, licence_findings


class Request(NamedTuple):
    """What a plan is to be made for."""

    target: str
    platform_name: str
    url: str = ""
    files: Mapping[str, str] = {}
    only: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What `validate` found; warnings stand in the plan too."""
    place: Callable[[Location], str] = str
    """How places in files are written; the same wherever the command is typed."""
    names: Callable[[Sequence[Change]], Mapping[str, Mapping[str, str]]] = lambda changes: {}
    """By kind, what the platform calls the objects of these changes, where Git calls them otherwise."""
    rules: Mapping[str, str] = {}
    """Digests of what the target owns, protects and allows."""
    seen: Mapping[str, str] = {}
    """By kind, when a person last looked at what no API shows."""
    acting: Acting | None = None
    """Where things are done to single persons by API."""


def make_plan(
    request: Request,
    wanted: Wanted,
    platform: Platform,
    owned: Callable[[str], Mapping[str, Owned]],
    policy: Policy,
    seen: Seen = lambda kind, read, total: None,
) -> Plan:
    """Everything that is needed to bring the platform to what is wanted. Changes nothing.

    Raises `Refused` where the platform could not be read whole, `Broken` (CC011) where a selection fits nothing.
    """
    return plan_of(request, observe(wanted, platform, owned, policy, seen), wanted, platform, policy)


def plan_of(request: Request, found: Difference, wanted: Wanted, platform: Platform, policy: Policy) -> Plan:
    """The plan that follows from what comparing found. Raises `Broken` (CC011) where a selection fits nothing."""
    if platform.support("user", Operation.UPDATE).route is Route.API and able_to(request.acting):
        take_leave(found)
    order, bounds = _in_order(loose_steps(found, platform), found, platform, policy)
    if request.only:
        chosen = {step.ref for step in _selected(order.steps, request.only, wanted)}
        loose = [step for step in loose_steps(found, platform) if step.ref in chosen]
        order, bounds = _in_order(loose, found, platform, policy)
    steps = order.steps
    judged = [
        *found.findings,
        *(finding for step in steps for finding in impossible(step, platform, policy, _live(found, step))),
        *licence_findings(bounds, order.short, policy.licence),
        *guard(steps, found, policy, seats_short=order.short[-1]),
    ]
    counts = partial(_counts, steps, found)
    steps = tuple(
        msgspec.structs.replace(step, calls=platform.calls(step.change), effects=_effects(step, policy))
        for step in split(steps, platform, policy.counted())
    )
    steps, kept_ways_in = with_people(steps, found, policy, request.acting)
    judged.extend(kept_ways_in)
    judged.extend(platform.objections([step.change for step in steps]))
    findings = [*request.findings, *(_with_place(finding, wanted) for finding in judged)]
    adopts = tuple(
        Adoption(kind=ref.kind, key=ref.key, native_id=ours.native_id, formerly=ours.formerly, has_left=ours.has_left)
        for ref, ours in sorted(found.adopts)
        if not request.only or any(ref.fits(pattern) for pattern in request.only)
    )
    plan = Plan(
        target=request.target,
        platform=request.platform_name,
        url=request.url,
        steps=steps,
        adopts=adopts,
        files=_files(steps, request.files),
        names={kind: dict(pairs) for kind, pairs in request.names([step.change for step in steps]).items()},
        seen=dict(request.seen),
        rules=dict(request.rules),
        counts=counts(adopts),
        selection=request.only,
        findings=tuple(found_in(finding, request.place) for finding in in_order(findings)),
    )
    return signed(plan)


def _in_order(loose: Sequence[Step], found: Difference, platform: Platform, policy: Policy) -> tuple[Arranged, Bounds]:
    """The steps in order, and the rules that bind them. The last of the pools are the seats."""
    returning = {ref: gone.resource for ref, gone in found.returning.items()}
    bounds = bounds_of(platform, loose, policy, returning)
    seats_left = sys.maxsize if policy.seats is None else policy.seats - found.seats_taken
    bonds = Bonds(policy.within, policy.naming, policy.mentions, returning)
    order = arranged(loose, bonds, [*bounds.pools(), seats(loose, seats_left)])
    # who is deleted in one way may be put aside, which is a change, in another
    steps = tuple(_routed(step, platform) if parks(step) else step for step in order.steps)
    return order._replace(steps=steps), bounds


def loose_steps(found: Difference, platform: Platform) -> list[Step]:
    """A step for each difference, not yet in any order."""
    return [_routed(step, platform) for step in (*_new_ones(found), *_updates(found), *_removals(found))]


def _live(found: Difference, step: Step) -> Resource | None:
    """The object of an update as it is now."""
    seen = found.updates.get(step.ref) or found.leavers.get(step.ref)
    return seen[0].resource if seen else None


def _with_place(finding: Finding, wanted: Wanted) -> Finding:
    """The place in the manifests of the object that a finding is about."""
    ref = parse_ref(finding.subject)
    if finding.where is not None or ref.kind not in KINDS:
        return finding
    return msgspec.structs.replace(finding, where=wanted.where(ref))


def _effects(step: Step, policy: Policy) -> tuple[str, ...]:
    """What the platform does by itself when a field takes a value."""
    changes = field_changes(step) if isinstance(step.change, Update | Restore) else ()
    return tuple(
        effect.says
        for effect in policy.effects
        if effect.select.kind == step.ref.kind
        and any(change.field == effect.field and change.after == effect.becomes for change in changes)
    )


def _new_ones(found: Difference) -> Iterator[Step]:
    """Creations, or restorations where the platform still has the object."""
    for ref, declared in found.creates.items():
        gone = found.returning.get(ref)
        label = _label(declared.resource)
        if gone is None:
            yield _step(_create(ref, declared), label)
        else:
            yield _step(_restore(ref, declared, gone), label, "comes back")


def _label(resource: Resource) -> str:
    """The name by which people know the object."""
    name = getattr(resource, "name", None)
    return name if isinstance(name, str) else ""


def _create(ref: Ref, declared: Declared) -> Create:
    kind = KINDS[ref.kind]
    fields = {
        name: value
        for name, value in as_data(declared.resource).items()
        if kind.by_name[name].stored and not is_empty(getattr(declared.resource, name))
    }
    return Create(kind=ref.kind, key=ref.key, fields=fields)


def _restore(ref: Ref, declared: Declared, gone: Observed) -> Restore:
    """A restored object is what it was, with the declared fields as they are declared."""
    kind = KINDS[ref.kind]
    changes = []
    for name, want in said(declared.resource).items():
        spec, have = kind.by_name[name], getattr(gone.resource, name)
        want = want if declared.exact else spec.shape.wanted(want, None if is_empty(have) else have)
        if spec.stored and want != have and not (is_empty(want) and is_empty(have)):
            changes.append(FieldChange(field=name, before=planned(have), after=planned(want)))
    return Restore(kind=ref.kind, key=ref.key, native_id=gone.native_id, revision=gone.revision, changes=tuple(changes))


def _updates(found: Difference) -> Iterator[Step]:
    for ref, (live, changes) in found.updates.items():
        former = found.former.get(ref)
        reason = found.reasons.get(ref, f"renamed from {former}" if former else "")
        yield _step(_update(ref, live, changes), _label(live.resource), reason)


def _update(ref: Ref, live: Observed, changes: tuple[FieldChange, ...]) -> Update:
    return Update(kind=ref.kind, key=ref.key, native_id=live.native_id, revision=live.revision, changes=changes)


def _removals(found: Difference) -> Iterator[Step]:
    for ref, (live, changes) in found.leavers.items():
        yield _step(_update(ref, live, changes), _label(live.resource), LEAVES)
    for ref, live in found.removals.items():
        data = as_data(live.resource)
        change = Delete(kind=ref.kind, key=ref.key, native_id=live.native_id, revision=live.revision, fields=data)
        yield _step(change, _label(live.resource), "left the manifests")


_VERBS = {"Create": "create", "Update": "update", "Delete": "delete", "Restore": "restore"}


def _step(change: Change, label: str, reason: str = "") -> Step:
    step = Step(id=f"{_VERBS[type(change).__name__]} {change.ref}", change=change, label=label, reason=reason)
    return msgspec.structs.replace(step, risk=_risk(step))


def _risk(step: Step) -> Risk:
    by_name = KINDS[step.ref.kind].by_name
    secure = any(change.field in by_name and by_name[change.field].marker.security for change in field_changes(step))
    return "high" if secure or isinstance(step.change, Delete) else "low"


def _routed(step: Step, platform: Platform) -> Step:
    route = platform.support(step.ref.kind, operation_of(step.change)).route
    return step if route is step.route else msgspec.structs.replace(step, route=route)


def _selected(steps: Sequence[Step], only: tuple[str, ...], wanted: Wanted) -> tuple[Step, ...]:
    """The steps of the selected objects, with every step that they need."""
    chosen = [step.id for step in steps if any(step.ref.fits(pattern) for pattern in only)]
    for pattern in only:
        if not any(step.ref.fits(pattern) for step in steps) and not _declares(wanted, pattern):
            raise broken("CC011", f"--only {pattern} fits nothing", "patterns look like user/agent.*")
    kept = with_needs(steps, chosen)
    return tuple(step for step in steps if step.id in kept)


def _declares(wanted: Wanted, pattern: str) -> bool:
    return any(Ref(kind, key).fits(pattern) for kind in KINDS for key in wanted.keys(kind))


def _files(steps: Iterable[Step], known: Mapping[str, str]) -> dict[str, str]:
    """The paths of the files that steps write."""
    used = {change.after for step in steps for change in field_changes(step) if isinstance(change.after, str)}
    return {value: path for value, path in sorted(known.items()) if value in used}


def _counts(steps: Sequence[Step], found: Difference, adopts: Sequence[Adoption]) -> Counts:
    whole = [step for step in steps if not parks(step)]
    leaving = [step for step in whole if step.reason == LEAVES]
    updates = [step for step in whole if isinstance(step.change, Update) and step.reason != LEAVES]
    renames = [step for step in updates if any(change.field == KEY for change in field_changes(step))]
    return Counts(
        create=sum(isinstance(step.change, Create) for step in whole),
        update=len(updates) - len(renames),
        rename=len(renames),
        leave=len(leaving),
        delete=sum(removes(step) for step in whole) - len(leaving),
        restore=sum(isinstance(step.change, Restore) for step in whole),
        unchanged=found.unchanged,
        adopt=len(adopts),
        unmanaged=sum(found.unmanaged.values()),
        left=found.left,
    )
