"""What a run did and still is so, found out by looking: a job that is repeated does nothing twice, and nobody is told
of a success that somebody has taken back since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from ccconf.errors import Stale
from ccconf.findings import Finding
from ccconf.model.change import Change
from ccconf.model.kinds import KINDS, initially
from ccconf.platform.contract import Observed, Platform
from ccconf.platform.names import SaidEdges
from ccconf.reconcile.diff import is_empty
from ccconf.reconcile.observe import complete
from ccconf.reconcile.outcome import Outcome
from ccconf.reconcile.plan import Plan
from ccconf.reconcile.settle import as_written, value_of
from ccconf.reconcile.touched import Came, Identity, Touched, by_object, edges_written, identity

FEW = 25
"""So many objects of a kind are asked for one by one; of more the kind is read whole, which is quicker."""

Under = Callable[[list[Change], SaidEdges], Platform]
"""The platform under the names of the plan, once these changes are made and that is said of memberships."""


def still_done(plan: Plan, done: Mapping[str, Outcome], under: Under) -> dict[str, Outcome]:
    """The steps of those that were done whose objects are as they were left, in every field that was written.

    Raises `Stale` (CC701) where one that was made has another name by now: made once more, it would be there twice.
    """
    objects = by_object(plan, {id_: Came(certain=True, native_id=one.native_id) for id_, one in done.items()})
    platform = under([step.change for step in plan.steps if step.id in done], edges_written(objects.values()))
    eye = _Eye(objects, platform)
    standing = {who for who, one in objects.items() if eye.stands(one)}
    return {step.id: done[step.id] for step in plan.steps if step.id in done and identity(step) in standing}


class _Eye:
    """Looks at each object once."""

    def __init__(self, objects: Mapping[Identity, Touched], platform: Platform) -> None:
        self.platform = platform
        self.kept = {one.ref for one in objects.values() if one.stays}
        counted = Counter(one.ref.kind for one in objects.values())
        self.read = {
            kind: {item.native_id: item for item in complete(platform, kind)}
            for kind, count in counted.items()
            if count > FEW
        }

    def stands(self, one: Touched) -> bool:
        """Whether the object is as the run left it. Raises `Stale`."""
        live = self._found(one)
        if live is None or not one.stays:
            return live is None and not one.stays
        if live.ref != one.ref and not one.was:
            message = f"{one.ref} is called {live.ref.key} by now"
            raise Stale(Finding(code="CC701", message=message, subject=str(one.ref), hint="make a new plan"))
        named = live.ref == one.ref or not one.former
        return named and all(_as_left(one, name, live) for name in one.wrote) and (one.was or _as_made(one, live))

    def _found(self, one: Touched) -> Observed | None:
        """The object; or the one that somebody has made in its place since."""
        if one.native_id and (live := self._of_id(one.ref.kind, one.native_id)) is not None:
            return live
        if one.native_id and (one.was if one.stays else one.ref in self.kept):
            return None
        return self.platform.lookup(one.ref)

    def _of_id(self, kind: str, native_id: str) -> Observed | None:
        if kind in self.read:
            return self.read[kind].get(native_id)
        return self.platform.current(kind, native_id)


def _as_made(one: Touched, live: Observed) -> bool:
    """Whether a new object still is as the platform makes them, in what nobody said: a new person may sign in."""
    kind = KINDS[one.ref.kind]
    initial = initially(one.ref.kind, kind.make({}))
    unsaid = [spec.name for spec in kind.stored if spec.name not in one.wrote]
    return all(
        is_empty(made := getattr(initial, name)) or is_empty(now := getattr(live.resource, name)) or made == now
        for name in unsaid
    )


def _as_left(one: Touched, name: str, live: Observed) -> bool:
    """Whether a field is as the run wrote it; what the platform shows to nobody is taken for so."""
    kind = one.ref.kind
    now = value_of(live, name)
    return not KINDS[kind].by_name[name].stored or as_written(kind, name, one.wrote[name], now, filled=not one.was)
