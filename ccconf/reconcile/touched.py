"""What a run did, told by object: several steps of one object (parked, completed by hand) are one story.

A plan speaks of an object under the key that it has when the plan is done, and a run may have ended before. Here every
object and every reference has the key under which the run really left it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ccconf.ledger.runs import Journalled
from ccconf.model.change import KEY, PARKED_END, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import relinked_data
from ccconf.model.refs import Ref
from ccconf.platform.names import SaidEdges, edges_of
from ccconf.reconcile.outcome import Status
from ccconf.reconcile.plan import Plan, Step, field_changes

RETURNS = "returns"
"""The reason of a step that makes somebody who had left active again."""


Identity = tuple[str, str, bool]
"""Of which object a step is: its kind, its id or its key, and whether that is an id."""


class Came(NamedTuple):
    """What came of a step that was done, or may have been."""

    certain: bool
    native_id: str = ""
    """The platform's id of the object; empty where nobody has told it."""


class Touched(NamedTuple):
    """What a run did to one object, all its steps together. Values are plain data, as plans write them."""

    ref: Ref
    """Under the key with which the run left it."""
    native_id: str
    """The platform's id; empty where only the key leads to the object."""
    was: bool
    """Whether it was live before the run."""
    stays: bool
    """Whether it is live after it."""
    before: Mapping[str, Any] = {}
    """What its fields were."""
    wrote: Mapping[str, Any] = {}
    """What the run gave them last."""
    former: str = ""
    """The key before, where the run renamed it."""
    passed: tuple[tuple[str, Any], ...] = ()
    """What fields were given on the way: an object that was put aside for a moment may have been left so."""
    returned: bool = False
    """Somebody who had left was made active again."""
    certain: bool = True
    """Whether it is known that the run did all of this."""
    lasting: tuple[str, ...] = ()
    """What was done besides, in words, and no plan can undo."""


def what_came(plan: Plan, journal: Mapping[str, Journalled], by_people: Container[str]) -> dict[str, Came]:
    """The steps of a run that were done, or may have been. `by_people` are those that somebody confirmed."""
    told = ((step.id, journal.get(step.id)) for step in plan.steps)
    came = {id_: Came(certain=True) if id_ in by_people else _came(entry) for id_, entry in told}
    return {id_: one for id_, one in came.items() if one is not None}


def _came(entry: Journalled | None) -> Came | None:
    if entry is None:
        return None
    native_id = str(entry.outcome.get("native_id", ""))
    match entry.status:
        case Status.DONE:
            return Came(certain=True, native_id=native_id)
        case "" | Status.UNCERTAIN:
            return Came(certain=False, native_id=native_id)
        case Status.FAILED if entry.intended:  # the first of several calls may have been made
            return Came(certain=False, native_id=native_id)
        case _:
            return None


def touched(plan: Plan, came: Mapping[str, Came]) -> tuple[Touched, ...]:
    """Everything that the run touched, in the order of its plan."""
    return tuple(by_object(plan, came).values())


def by_object(plan: Plan, came: Mapping[str, Came]) -> dict[Identity, Touched]:
    """The same, by the `identity` that the steps of one object share."""
    names = _Names(plan.steps, came)
    found: dict[Identity, Touched] = {}
    for step in plan.steps:
        if step.id in came:
            who = identity(step)
            found[who] = _joined(found.get(who), _alone(step, came[step.id], names))
    return found


def edges_written(objects: Iterable[Touched]) -> SaidEdges:
    """What the run said of people's memberships."""
    return edges_of({one.ref.key: one.wrote for one in objects if one.ref.kind == "user"})


def identity(step: Step) -> Identity:
    """Of which object a step is: by its id, or by the key of one that the plan makes."""
    native_id = "" if isinstance(step.change, Create) else step.change.native_id
    return step.ref.kind, native_id or step.ref.key, bool(native_id)


def _alone(step: Step, came: Came, names: _Names) -> Touched:
    """What one step did."""
    lasting = (*(f"{act} was done" for act in step.acts), *step.effects)
    match step.change:
        case Create(fields=fields):
            wrote = relinked_data(step.ref.kind, fields, names.of_planned)
            one = Touched(step.ref, came.native_id, was=False, stays=True, wrote=wrote)
        case Restore(native_id=native_id, changes=changes):
            wrote = _values(step.ref.kind, {row.field: row.after for row in changes}, names.of_planned)
            one = Touched(step.ref, native_id, was=False, stays=True, wrote=wrote)
        case Delete(native_id=native_id, fields=fields):
            before = relinked_data(step.ref.kind, fields, names.of_old)
            one = Touched(step.ref, native_id, was=True, stays=False, before=before)
        case Update(native_id=native_id, changes=changes):
            one = _changed(step, native_id, changes, names)
    return one._replace(certain=came.certain, lasting=lasting)


def _changed(step: Step, native_id: str, changes: Sequence[FieldChange], names: _Names) -> Touched:
    kind = step.ref.kind
    renamed = next((row for row in changes if row.field == KEY), None)
    return Touched(
        ref=step.ref if renamed is None else Ref(kind, renamed.after),
        native_id=native_id,
        was=True,
        stays=True,
        before=_values(kind, {row.field: row.before for row in changes}, names.of_planned),
        wrote=_values(kind, {row.field: row.after for row in changes}, names.of_planned),
        former="" if renamed is None else str(renamed.before),
        returned=step.reason == RETURNS,
    )


def _values(kind: str, values: Mapping[str, Any], new_key: Callable[[str, str], str]) -> dict[str, Any]:
    return relinked_data(kind, {name: value for name, value in values.items() if name != KEY}, new_key)


def _joined(first: Touched | None, then: Touched) -> Touched:
    """Two stories of one object as one."""
    if first is None:
        return then
    return Touched(
        ref=then.ref,
        native_id=first.native_id or then.native_id,
        was=first.was,
        stays=then.stays,
        before={**then.before, **first.before},
        wrote={**first.wrote, **then.wrote},
        former=first.former or then.former,
        passed=(*first.passed, *((KEY, first.ref.key),) * (first.ref != then.ref), *first.wrote.items()),
        returned=first.returned or then.returned,
        certain=first.certain and then.certain,
        lasting=tuple(dict.fromkeys((*first.lasting, *then.lasting))),
    )


class _Names:
    """The key under which the run left an object, for the key that it has in its plan, or had before."""

    def __init__(self, steps: Sequence[Step], came: Mapping[str, Came]) -> None:
        self.planned: dict[Ref, str] = {}
        self.old: dict[Ref, str] = {}
        for planned, old, end in _ends(steps, came):
            self.planned[Ref(planned.kind, planned.key)] = end
            self.old[Ref(planned.kind, old)] = end

    def of_planned(self, kind: str, key: str) -> str:
        """For a key of the plan."""
        return self.planned.get(Ref(kind, key), key)

    def of_old(self, kind: str, key: str) -> str:
        """For a key from before the run."""
        return self.old.get(Ref(kind, key), key)


def _ends(steps: Sequence[Step], came: Mapping[str, Came]) -> Iterator[tuple[Ref, str, str]]:
    """Every planned rename: the key in the plan, the key before, and the key in the end."""
    renames: dict[Ref, tuple[str, str]] = {}
    for step in steps:
        for row in field_changes(step) if isinstance(step.change, Update) else ():
            if row.field == KEY:
                old, end = renames.get(step.ref, (str(row.before), str(row.before)))
                renames[step.ref] = old, str(row.after) if step.id in came else end
    for ref, (old, end) in renames.items():
        yield ref, old, end


def parked(key: str) -> bool:
    """Whether a run put the object aside under this key and came no further."""
    return key.endswith(PARKED_END)
