"""The way back from what a run did, object by object: what is declared so that an ordinary plan undoes it.

What was changed again since is somebody's wish, and is left alone; what cannot be put back is said. Nothing is planned
here: the objects are declared, or are known as ours and no longer declared, and `make_plan` does what it always does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ccconf.errors import broken
from ccconf.findings import Finding, Location
from ccconf.model.change import KEY
from ccconf.model.declared import Declared
from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS, REFERENCE_ORDER, from_data, relinked_data
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Operation, Platform, Route
from ccconf.reconcile.diff import planned
from ccconf.reconcile.observe import complete
from ccconf.reconcile.policy import Policy
from ccconf.reconcile.settle import as_written, word
from ccconf.reconcile.touched import Touched, parked

CHANGED_SINCE = "CC514"
STAYS_DONE = "CC513"


class Live(NamedTuple):
    """What is on the platform now, as far as the way back needs it."""

    refs: frozenset[Ref]
    """Every object to which one of the touched kinds can refer, and every one of these kinds."""
    by_id: Mapping[tuple[str, str], Observed]
    by_ref: Mapping[Ref, Observed]
    """The objects that a run touched, and those that have their names now."""

    def of(self, one: Touched) -> Observed | None:
        """The very object that the run touched; None where it is not there."""
        return self.by_id.get((one.ref.kind, one.native_id)) if one.native_id else self.by_ref.get(one.ref)


def look(platform: Platform, objects: Sequence[Touched]) -> Live:
    """Read every kind that matters, whole. Raises `Refused` (CC605) where a read is not the whole truth."""
    touched_kinds = {one.ref.kind for one in objects}
    kinds = touched_kinds | {
        to for kind in touched_kinds for spec in KINDS[kind].stored for to in spec.shape.links_to()
    }
    ids = {(one.ref.kind, one.native_id) for one in objects}
    names = {Ref(one.ref.kind, key) for one in objects for key in (one.ref.key, one.former)}
    refs: set[Ref] = set()
    kept: list[Observed] = []
    for kind in filter(kinds.__contains__, REFERENCE_ORDER):
        for item in complete(platform, kind):
            refs.add(item.ref)
            if item.ref in names or (kind, item.native_id) in ids:
                kept.append(item)
    by_id = {(item.ref.kind, item.native_id): item for item in kept}
    return Live(frozenset(refs), by_id, {item.ref: item for item in kept})


class Terms(NamedTuple):
    """Under which the way back is sought."""

    run: int
    platform: Platform
    policy: Policy
    files: Mapping[str, str]
    """The files whose content is at hand, by digest."""
    ours: Mapping[str, Mapping[str, Owned]]
    """By kind, what the ledger knows."""


class WayBack:
    """What is to be declared, and what is to be known as ours; it fulfils `Wanted`."""

    closed: frozenset[str] = frozenset()

    def __init__(self, objects: Sequence[Touched], live: Live, terms: Terms) -> None:
        self.live = live
        self.terms = terms
        self.declared: dict[Ref, Declared] = {}
        self.former: dict[Ref, str] = {}
        self.owned: dict[str, dict[str, Owned]] = {kind: {} for kind in KINDS}
        self.findings: list[Finding] = []
        self.goals: dict[Ref, str] = {}
        """The key that an object will have, by the key with which the run left it."""
        self.keys_now: dict[Ref, str] = {}
        """The key that it has now, likewise."""
        self.leaving: list[Observed] = []
        """People whom the run made, and who are made inactive."""
        self.leaving_again: set[Ref] = set()
        """People who had left, whom the run brought back."""
        self.back = {one.ref for one in objects if one.was and not one.stays}
        for one in objects:
            if (there := live.of(one)) is not None:
                self.keys_now[one.ref] = there.ref.key
                self.goals[one.ref] = self._goal(one, there)
        for one in objects:
            self._way(one)

    def keys(self, kind: str) -> Iterable[str]:
        """The keys of what is declared."""
        return [ref.key for ref in self.declared if ref.kind == kind]

    def get(self, ref: Ref) -> Declared | None:
        """What is declared of an object."""
        return self.declared.get(ref)

    def where(self, ref: Ref, field: str | None = None) -> Location | None:
        """Nowhere: no manifest says it."""
        return None

    def releases(self) -> dict[Ref, tuple[str, ...]]:
        """What those who leave hold of what others get back: a number that a newcomer took over, say."""
        wanted = {
            (name, str(value).casefold())
            for ref, one in self.declared.items()
            for name in KINDS["user"].unique
            if ref.kind == "user" and isinstance(value := getattr(one.resource, name), str)
        }
        return {
            there.ref: tuple(name for name in KINDS["user"].unique if (name, _folded(there, name)) in wanted)
            for there in self.leaving
        }

    def _goal(self, one: Touched, there: Observed) -> str:
        """The key that the object is to have."""
        now = there.ref.key
        if not one.former or now == one.former or not one.stays:
            return now
        if now != one.ref.key and (KEY, now) not in one.passed:
            self._changed_since(there.ref, "key", one.ref.key, now, one.former)
            return now
        if self._can(one.ref.kind, Operation.RENAME):
            if parked(now) and Ref(one.ref.kind, one.former) in self.live.refs:
                message = f"an interrupted run left {there.ref} aside, and another object has its name by now"
                raise broken("CC503", message, "finish that run: ccconf apply --resume; then undo it")
            return one.former
        self._stays_done(there.ref, "the platform renames nothing of this kind")
        return now

    def _way(self, one: Touched) -> None:
        there = self.live.of(one)
        match one.was, one.stays:
            case True, True if there is None:
                message = f"{one.ref} is gone since run {self.terms.run} changed it; nothing of it is put back"
                self._say(CHANGED_SINCE, one.ref, message)
            case True, True if there is not None:
                self._put_back(one, there)
            case False, True if there is not None:
                self._take_away(one, there)
            case True, False if there is None:
                self._bring_back(one)
        for what in one.lasting:
            self._stays_done(one.ref, what)

    def _put_back(self, one: Touched, there: Observed) -> None:
        """Each field that still is as the run wrote it gets its value from before."""
        kind = one.ref.kind
        goal = Ref(kind, self.goals[one.ref])
        if parked(goal.key):
            return  # somebody else put it aside, and that was said
        if goal.key != there.ref.key and not parked(there.ref.key):
            self.former[goal] = there.ref.key
        values = dict(self._fields_back(one, there, goal))
        if values and not self._can(kind, Operation.UPDATE):
            self._stays_done(there.ref, f"the platform changes no {kind}")
            values = {}
        if one.returned and values.get("status", "active") != "active":
            self.leaving_again.add(goal)
        known = self._known(there)
        self.owned[kind][there.ref.key] = known._replace(has_left=known.has_left and "status" in values)
        self._declare(goal, values)

    def _fields_back(self, one: Touched, there: Observed, goal: Ref) -> Iterator[tuple[str, Any]]:
        kind = one.ref.kind
        wrote, was = (relinked_data(kind, values, self._key_now) for values in (one.wrote, one.before))
        wanted = relinked_data(kind, one.before, self._goal_key)
        for name, value in sorted(wrote.items()):
            now = planned(getattr(there.resource, name))
            if now == was[name]:
                continue
            if not as_written(kind, name, value, now) and (name, now) not in one.passed:
                self._changed_since(there.ref, name, value, now, was[name])
            elif (kind, name) in self.terms.policy.immutable and now is not None:
                self._stays_done(there.ref, f"the platform never changes the {name}")
            elif self._at_hand(goal, name, wanted[name]):
                yield name, wanted[name]

    def _take_away(self, one: Touched, there: Observed) -> None:
        """What the run made goes by the rules for what is ours and in no manifest."""
        kind = one.ref.kind
        deactivated = kind == "user" and self.terms.policy.leavers == "deactivate"
        if reason := self._kept(there, deactivated=deactivated):
            self._stays_done(there.ref, reason)
            return
        if not deactivated or not one.certain:
            wrote = relinked_data(kind, one.wrote, self._key_now)
            changed = [(name, value) for name, value in sorted(wrote.items()) if not self._as_made(there, name, value)]
            for name, value in changed:
                self._changed_since(there.ref, name, value, planned(getattr(there.resource, name)), None)
            if changed:
                return
        self.owned[kind][there.ref.key] = self._known(there)
        if deactivated:
            self.leaving.append(there)

    def _kept(self, there: Observed, *, deactivated: bool) -> str:
        """Why an object that the run made stays; empty where it can go."""
        policy, kind = self.terms.policy, there.ref.kind
        if policy.ownership(kind) == "never":
            return f"ccconf.yaml says that no {kind} is ever taken away (owns: never)"
        if there.kept:
            return there.kept
        if deactivated and not policy.deactivates:
            return "the platform has no people who are there and may not sign in"
        needed = Operation.UPDATE if deactivated else Operation.DELETE
        return "" if self._can(kind, needed) else f"the platform deletes no {kind}"

    def _bring_back(self, one: Touched) -> None:
        """What the run deleted, with all that it had."""
        kind = one.ref.kind
        there = self.live.by_ref.get(one.ref)
        if there is not None:
            if not all(self._as_made(there, name, value) for name, value in one.before.items()):
                message = f"{one.ref}: run {self.terms.run} deleted it, and there is another of that name by now"
                self._say(CHANGED_SINCE, one.ref, message)
            return
        if not self._can(kind, Operation.RESTORE) and not self._can(kind, Operation.CREATE):
            self._stays_done(one.ref, f"the platform has no way to bring a {kind} back")
            return
        stored = {spec.name for spec in KINDS[kind].stored}
        before = relinked_data(kind, one.before, self._goal_key)
        values = {
            name: value
            for name, value in before.items()
            if name in stored and value not in (None, [], {}) and self._at_hand(one.ref, name, value)
        }
        self._declare(one.ref, values)

    def _declare(self, ref: Ref, values: Mapping[str, Any]) -> None:
        known = from_data(ref.kind, {name: value for name, value in values.items() if value is not None})
        said = {name: None if value is None else getattr(known, name) for name, value in values.items()}
        self.declared[ref] = Declared(KINDS[ref.kind].make(said), self.former.get(ref, ""), exact=True)

    def _known(self, there: Observed) -> Owned:
        """What the ledger knows of a live object, without the renames that are now to be taken back."""
        known = self.terms.ours.get(there.ref.kind, {}).get(there.ref.key)
        left = known is not None and known.native_id == there.native_id and known.has_left
        return Owned(there.native_id, has_left=left)

    def _at_hand(self, ref: Ref, name: str, value: Any) -> bool:
        """Whether a value can be put back: its file is there, and so is everything that it names."""
        if value is not None and name in KINDS[ref.kind].filed and value not in self.terms.files:
            self._stays_done(ref, f"nobody has the file any more that {name} was before")
            return False
        for gone in self._missing(KINDS[ref.kind].by_name[name], value):
            self._stays_done(ref, f"{name} named {gone} before, which is no longer there; {name} is left alone")
            return False
        return True

    def _missing(self, spec: FieldSpec, value: Any) -> Iterator[Ref]:
        if value is None or not spec.shape.links_to():
            return
        goals = {Ref(ref.kind, key) for ref, key in self.goals.items()}
        for link in spec.shape.links(value):
            if (ref := Ref(*link)) not in self.live.refs and ref not in goals and ref not in self.back:
                yield ref

    def _as_made(self, there: Observed, name: str, value: Any) -> bool:
        now = planned(getattr(there.resource, name))
        return now == value or as_written(there.ref.kind, name, value, now, filled=True)

    def _can(self, kind: str, operation: Operation) -> bool:
        return self.terms.platform.support(kind, operation).route is not Route.NO

    def _key_now(self, kind: str, key: str) -> str:
        return self.keys_now.get(Ref(kind, key), key)

    def _goal_key(self, kind: str, key: str) -> str:
        return self.goals.get(Ref(kind, key), key)

    def _changed_since(self, ref: Ref, name: str, wrote: Any, now: Any, before: Any) -> None:
        values = f"{word(wrote)}, is {word(now)} now, was {word(before)} before"
        self._say(CHANGED_SINCE, ref, f"{ref}: {name}: run {self.terms.run} wrote {values}; it is left alone")

    def _stays_done(self, ref: Ref, what: str) -> None:
        self._say(STAYS_DONE, ref, f"{ref}: what run {self.terms.run} did stays: {what}")

    def _say(self, code: str, ref: Ref, message: str) -> None:
        self.findings.append(Finding(code=code, message=message, subject=str(ref)))


def _folded(there: Observed, name: str) -> str:
    value = getattr(there.resource, name)
    return value.casefold() if isinstance(value, str) else ""
