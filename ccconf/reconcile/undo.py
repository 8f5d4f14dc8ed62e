"""The plan that undoes a run: made as any other plan is made, from what the run changed and what is live now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import msgspec

from ccconf.errors import Refused
from ccconf.findings import Finding
from ccconf.ledger.runs import Run
from ccconf.model.change import Create, Delete, Update
from ccconf.model.kinds import KINDS, as_data
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Platform
from ccconf.platform.names import SaidEdges, edges_of
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.observe import Seen
from ccconf.reconcile.plan import FoundIn, Plan, Step, found_in, signed
from ccconf.reconcile.planner import Request, make_plan
from ccconf.reconcile.policy import Policy
from ccconf.reconcile.touched import Came, Touched, edges_written, touched
from ccconf.reconcile.wayback import STAYS_DONE, Live, Terms, WayBack, look

ABOUT = "CC515"
"""The code of what everybody should know of an undo."""

Under = Callable[[SaidEdges], Platform]
"""The platform under the names of Git, with what is said of memberships."""


def undo_plan(
    run: Run,
    plan: Plan,
    came: Mapping[str, Came],
    request: Request,
    under: Under,
    owned: Callable[[str], Mapping[str, Owned]],
    policy: Policy,
    seen: Seen = lambda kind, read, total: None,
) -> Plan:
    """What puts every managed field back that the run changed. Changes nothing.

    `came` is what came of the run's steps, `request.files` are files whose content is at hand. Raises `Refused` where
    the platform could not be read whole, `Broken` (CC503) where names hang in the air.
    """
    objects = touched(plan, came)
    platform = under(edges_written(objects))
    live = look(platform, objects)
    ours = {kind: owned(kind) for kind in {one.ref.kind for one in objects}}
    way = WayBack(objects, live, Terms(run.number, platform, policy, request.files, ours))
    findings = (*request.findings, *_about(run), *_uncertain(run, objects), *way.findings)
    made = make_plan(
        request._replace(findings=findings),
        way,
        under(edges_of({ref.key: as_data(one.resource) for ref, one in way.declared.items() if ref.kind == "user"})),
        way.owned.__getitem__,
        _only_these(policy, way),
        seen,
    )
    _held_still(made, live)
    return _in_its_own_words(made, run, way)


def _only_these(policy: Policy, way: WayBack) -> Policy:
    """What the way back does not know as ours is nobody's business here, whatever else the target owns."""
    return replace(policy, owns=dict.fromkeys(KINDS, "listed"), releases=way.releases())


def _about(run: Run) -> Iterator[Finding]:
    """What an undo does not reach: the manifests."""
    if run.purpose == "undo":
        message = f"this plan takes back run {run.number}, which undid run {run.undoes}; Git is to say the same"
        yield Finding(code=ABOUT, message=message, hint="or the next apply changes it again")
        return
    which = f"revert the commit {run.commit}" if run.commit else "change the manifests back"
    message = f"this plan undoes run {run.number}; Git still says what that run did"
    yield Finding(code=ABOUT, message=message, hint=f"{which}, or the next apply does it again")


def _uncertain(run: Run, objects: Iterable[Touched]) -> Iterator[Finding]:
    for one in objects:
        if not one.certain:
            message = f"{one.ref}: run {run.number} may have come half way; the plan goes by what is live now"
            yield Finding(code=ABOUT, message=message, subject=str(one.ref))


def _held_still(plan: Plan, live: Live) -> None:
    """Between the two readings nobody may have changed what the plan changes. Raises `Refused` (CC605)."""
    for step in plan.steps:
        if not isinstance(step.change, Update | Delete):
            continue
        before = live.by_id.get((step.ref.kind, step.change.native_id))
        if before is None or before.revision != step.change.revision:
            message = f"{step.ref} was changed while the platform was read"
            raise Refused(Finding(code="CC605", message=message, subject=str(step.ref), hint="try again"))


def _in_its_own_words(plan: Plan, run: Run, way: WayBack) -> Plan:
    """The same plan, without words that are only true of manifests."""
    steps = tuple(_worded(step, run, way) for step in plan.steps)
    anew = [_anew(step.ref) for step in steps if isinstance(step.change, Create)]
    findings = (*plan.findings, *(found_in(finding, str) for finding in anew))
    counts = msgspec.structs.replace(plan.counts, unmanaged=0)
    told = msgspec.structs.replace(plan, steps=steps, undoes=run.number, counts=counts, findings=_sorted(findings))
    return signed(told)


def _worded(step: Step, run: Run, way: WayBack) -> Step:
    if isinstance(step.change, Delete):
        return msgspec.structs.replace(step, reason=f"made by run {run.number}")
    if isinstance(step.change, Update) and step.ref in way.leaving_again:
        return msgspec.structs.replace(step, reason=LEAVES)  # noted, so that they can return once more
    return step


def _anew(ref: Ref) -> Finding:
    lost = "its id is new, and its password, history and sessions are gone" if ref.kind == "user" else "its id is new"
    message = f"{ref} is made anew: {lost}"
    return Finding(code=STAYS_DONE, message=message, subject=str(ref))


def _sorted(findings: Iterable[FoundIn]) -> tuple[FoundIn, ...]:
    return tuple(sorted(findings, key=lambda found: (found.where, found.code, found.subject, found.message)))
