"""What becomes of people who leave, move or come back: what is done to them at once, and how a plan says it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from ccconf.findings import Finding
from ccconf.model.change import Delete, FieldChange, Restore, Update
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.contract import Acting, Observed, Route
from ccconf.reconcile.diff import RELEASED, Difference, is_empty
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.order import seat
from ccconf.reconcile.plan import PARKS, Step, field_changes
from ccconf.reconcile.policy import Policy
from ccconf.reconcile.split import COMPLETES

FAREWELL = {"logout": "signed out", "revoke-tokens": "access tokens revoked"}
"""What takes a way in from whoever leaves, by the ids of the facts, with the words for it once it is done."""

_SHOWN = 5


def able_to(acting: Acting | None) -> list[str]:
    """What takes a way in from whoever leaves, and goes by API here."""
    return [act for act in FAREWELL if acting is not None and act in acting.acts()]


def take_leave(found: Difference) -> None:
    """Whoever was deactivated, by other hands or by a run that came no further, is signed out all the same."""
    found.leavers.update((ref, (live, ())) for ref, live in found.parted.items())
    found.left -= len(found.parted)
    found.adopts = [(ref, ours) for ref, ours in found.adopts if ref not in found.parted]


def with_people(
    steps: Sequence[Step], found: Difference, policy: Policy, acting: Acting | None
) -> tuple[tuple[Step, ...], list[Finding]]:
    """The steps with what is done to people who leave, and with words for what becomes of people; and what no API
    does to them (CC512).
    """
    by_hand = {step.ref for step in steps if step.route is not Route.API and _shuts_out(step)}
    able = able_to(acting)
    told = tuple(
        step if step.ref.kind != "user" else _told(_parted(step, found, by_hand, able, acting), found, policy)
        for step in steps
    )
    handed = {step.ref for step in steps if step.route is not Route.API}  # the runbook has what is left to do to them
    left = [step.ref for step in told if _leaves(step) and step.ref not in handed]
    return told, list(_kept_ways_in(left, policy, able))


def _shuts_out(step: Step) -> bool:
    """Whether it is with this step that somebody may no longer sign in."""
    return _leaves(step) or any(row.field == "status" for row in field_changes(step))


def _parted(
    step: Step, found: Difference, by_hand: Collection[Ref], able: Sequence[str], acting: Acting | None
) -> Step:
    """The step with the acts that go with it. Where a person has to close the access, the rest is theirs, too."""
    live = _live(step, found)
    if acting is None or live is None or step.ref in by_hand or not able:
        return step
    if not _leaves(step) and not isinstance(step.change, Delete):
        return step
    calls = tuple(call for act in able for call in acting.act_calls(act, live))
    before, after = (calls, ()) if isinstance(step.change, Delete) else ((), calls)
    return msgspec.structs.replace(step, acts=tuple(able), calls=(*before, *step.calls, *after))


def _live(step: Step, found: Difference) -> Observed | None:
    leaver = found.leavers.get(step.ref)
    return leaver[0] if leaver else found.removals.get(step.ref)


def _leaves(step: Step) -> bool:
    return step.ref.kind == "user" and step.reason == LEAVES and not step.id.startswith(COMPLETES)


def _kept_ways_in(left: Sequence[Ref], policy: Policy, able: Sequence[str]) -> Iterator[Finding]:
    """What only a person can do to those who leave by API, once for all of them."""
    rows = [row for row in policy.acts if row.id in FAREWELL and row.id not in able and row.route is not Route.NO]
    if not left or not rows:
        return
    who = ", ".join(map(str, left[:_SHOWN])) + (f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else "")
    words = " and ".join(FAREWELL[row.id] for row in rows)
    message = f"{who} {'leaves' if len(left) == 1 else 'leave'}, and no API of the platform does the rest: {words}"
    ways = "; ".join(f"{next(iter(row.labels.values()))} ({row.reason})" for row in rows)
    yield Finding(code="CC512", message=message, subject=str(left[0]), hint=f"by hand, once this is applied: {ways}")


def _told(step: Step, found: Difference, policy: Policy) -> Step:
    says = "; ".join(filter(None, _words(step, found, policy)))
    return msgspec.structs.replace(step, says=says) if says else step


def _words(step: Step, found: Difference, policy: Policy) -> Iterator[str]:
    rows = {row.field: row for row in field_changes(step)}
    match step.change:
        case _ if step.id.startswith((COMPLETES, PARKS)):
            return
        case Delete():
            yield f"leaves: {', '.join([*_done(step), 'deleted'])}"
            yield "releases the seat" if seat(step) < 0 else ""
        case Restore():
            yield "comes back: restored with its history"
        case Update() if step.reason == LEAVES:
            done = [*(["deactivated"] if "status" in rows else []), *_done(step)]
            yield f"leaves: {', '.join(done)}" if done else "leaves"
            yield _releases(step, rows)
            live = _live(step, found)
            yield _keeps(live.resource, policy) if live else ""
        case Update():
            yield _returns(step, rows)
            yield _moves(rows.get("groups"))


def _done(step: Step) -> list[str]:
    return [FAREWELL[act] for act in step.acts]


def _releases(step: Step, rows: dict[str, FieldChange]) -> str:
    fields = [name for name in RELEASED if name in rows and name != "primary_group"]
    return f"releases {_listed([*fields, *(['the seat'] if seat(step) < 0 else [])])}" if fields or seat(step) else ""


def _keeps(person: Resource, policy: Policy) -> str:
    kept = [
        f"{ref.kind} {ref.key}"
        for name in RELEASED
        if name in policy.needed_by_all() and not is_empty(getattr(person, name))
        for ref in (Ref(*link) for link in KINDS["user"].by_name[name].shape.links(getattr(person, name)))
    ]
    return f"keeps {_listed(kept)} (the platform leaves nobody without)" if kept else ""


def _returns(step: Step, rows: dict[str, FieldChange]) -> str:
    if step.reason != "returns":
        return ""
    status = rows.get("status")
    return "returns: active again" if status is not None and status.after == "active" else "returns"


def _moves(groups: FieldChange | None) -> str:
    before, after = (set(groups.before or ()), set(groups.after or ())) if groups else (set(), set())
    gone, come = sorted(before - after), sorted(after - before)
    return f"moves from {_listed(gone)} to {_listed(come)}" if gone and come else ""


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
