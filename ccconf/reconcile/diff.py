"""Compares wanted with live, page by page.

Live pages are looked at as they arrive and then let go: only what differs is kept. Kinds come in reference order, so
that every rename is known before the first reference to it is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import ne
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from ccconf.findings import Finding
from ccconf.model.change import KEY, PARKED_END, FieldChange
from ccconf.model.declared import Declared, Wanted
from ccconf.model.fields import FieldSpec, Resource, plain
from ccconf.model.kinds import KINDS, Kind, relinked
from ccconf.model.licence import SEAT, Invariant
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.platform.contract import Observed
from ccconf.reconcile.policy import Policy
from ccconf.reconcile.renames import pending_renames

RENAMED_THERE = "renamed on the platform"
"""Why an object that Git still calls as before gets its name back."""


class Other(NamedTuple):
    """A live object that is not declared and that nobody asks to go."""

    ref: Ref
    native_id: str
    label: str


@dataclass(slots=True)
class Difference:
    """What comparing found, before it is put in order."""

    creates: dict[Ref, Declared] = field(default_factory=dict)
    updates: dict[Ref, tuple[Observed, tuple[FieldChange, ...]]] = field(default_factory=dict)
    reasons: dict[Ref, str] = field(default_factory=dict)
    removals: dict[Ref, Observed] = field(default_factory=dict)
    leavers: dict[Ref, tuple[Observed, tuple[FieldChange, ...]]] = field(default_factory=dict)
    adopts: list[tuple[Ref, Owned]] = field(default_factory=list)
    unmanaged: dict[str, int] = field(default_factory=dict)
    others: list[Other] = field(default_factory=list)
    """What stays on the platform without ever having been in Git."""
    unchanged: int = 0
    live: dict[str, int] = field(default_factory=dict)
    """How many live objects of each kind there are."""
    seats_taken: int = 0
    holders: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """Who holds a unique value now: by kind and field, the live key for each case-folded value."""
    parted: dict[Ref, Observed] = field(default_factory=dict)
    """Leavers of whom nobody has noted that they are gone for good: they may still be signed in."""
    left: int = 0
    """Leavers of earlier plans, who need nothing more."""
    former: dict[Ref, str] = field(default_factory=dict)
    """Pending renames: the object as Git names it, and the key it had before."""
    returning: dict[Ref, Observed] = field(default_factory=dict)
    """Soft-deleted objects that are to be created: they are restored instead."""
    findings: list[Finding] = field(default_factory=list)


def is_empty(value: Any) -> bool:
    """Absent, None and empty collections are one thing on a platform: nothing there."""
    return value is UNSET or value is None or value == () or value == {}


def planned(value: Any) -> Any:
    """A value as plain data for a plan; an empty one is None."""
    return None if is_empty(value) else plain(value)


Agreed = Callable[[Ref, Observed, Collection[str]], None]
"""Hears of every declared object that is live, and which of its fields are not as declared."""


class Comparison:
    """Takes kinds in reference order: `begin`, pages, `end`."""

    def __init__(self, wanted: Wanted, policy: Policy, agreed: Agreed | None = None) -> None:
        self.wanted = wanted
        self.policy = policy
        self.agreed = agreed
        self.found = Difference()
        self.renamed: dict[Ref, str] = {}
        """Live ref -> new key, for references to what is about to be renamed."""
        self.kind = KINDS["schedule"]
        self.owned: Mapping[str, Owned] = {}
        self.seen: set[str] = set()
        self.held: dict[str, Observed] = {}
        self.parked: dict[str, Observed] = {}
        self.known_as: dict[str, str] = {}
        """By the platform's id, the key under which ccconf applied an object that is wanted under it."""
        self.elsewhere: dict[str, Observed] = {}
        """Such an object under a name that Git does not know, by the key that it is wanted under."""
        self.holding: frozenset[str] = frozenset()
        self.places = range(0)
        self.moving = False
        """Whether names may mean other objects once the plan's renames are done."""
        self.holders: list[tuple[str, dict[str, str]]] = []
        self.formers: dict[str, str] = {}
        self.counts_seats = False
        self.among: list[Invariant] = []
        self.strangers: dict[str, list[str]] = {}

    def begin(self, kind: str, owned: Mapping[str, Owned]) -> None:
        """The next kind, with what the ledger knows of it."""
        self.kind = KINDS[kind]
        self.owned = owned
        self.seen = set()
        self.held = {}
        self.parked = {}
        self.elsewhere = {}
        self.formers = self._formers(kind)
        wanted = set(self.wanted.keys(kind))
        self.known_as = {known.native_id: key for key, known in owned.items() if key in wanted and not known.has_left}
        self.holding = frozenset({*self.formers, *self.formers.values()})
        self.places = range(len(self.kind.specs))
        self.moving = bool(self.renamed)
        self.holders = [(name, self.found.holders.setdefault((kind, name), {})) for name in self.kind.unique]
        self.among = [rule for rule in self.policy.invariants if rule.form == "among" and rule.select.kind == kind]
        self.counts_seats = kind == "user" and self.policy.seats is not None
        self.found.live[kind] = 0
        self.found.unmanaged[kind] = 0

    def _formers(self, kind: str) -> dict[str, str]:
        """New key -> former key, of the declared objects of the kind. A part is renamed with its whole."""
        whole = self.policy.within.get(kind)
        own = {ref.key: old for ref, old in self.wanted.former.items() if ref.kind == kind}
        with_whole = {
            ref.key: old
            for ref, old in self.wanted.former.items()
            if ref.kind == whole and self.wanted.get(Ref(kind, ref.key)) is not None
        }
        return {**with_whole, **own}

    def page(self, items: Iterable[Observed]) -> None:
        """Some live objects. What takes part in a rename waits until all of the kind is known."""
        count = 0
        for live in items:
            count += 1
            key = live.ref.key
            if key.endswith(PARKED_END):
                self.parked[key] = live
            elif self.holding and key in self.holding:
                self.held[key] = live
            elif (was := self.known_as.get(live.native_id, key)) != key and self.wanted.get(live.ref) is None:
                self.elsewhere[was] = live
            else:
                self._look_at(live, key)
        self.found.live[self.kind.name] += count

    def _before_parking(self, live: Observed) -> str:
        """The key of an object that a run parked and could not bring to its goal, because it was interrupted."""
        key = live.ref.key.removesuffix(PARKED_END)
        is_meant = self.wanted.get(live.ref) is not None or key in self.seen
        return key if self._is_ours(live) and not is_meant else live.ref.key

    def _is_ours(self, live: Observed) -> bool:
        """Whether ccconf once applied this very object; while it is parked, under the name it had before."""
        names = {live.ref.key, live.ref.key.removesuffix(PARKED_END)}
        return any(known.native_id == live.native_id for name in names if (known := self.owned.get(name)) is not None)

    def end(self) -> None:
        """All of the kind was seen: settle renames, and create what is missing."""
        there = {**self.held, **self.parked}
        renames, findings = pending_renames(self.kind.name, self.formers, there, self.owned, self.wanted)
        self.found.findings.extend(findings)
        new_key = {old: new for new, old in renames.items()}
        for key in sorted(self.held):
            self._look_at(self.held[key], new_key.get(key, key))
        for key, live in sorted(self.parked.items()):
            self._look_at(live, new_key.get(key) or self._before_parking(live))
        for new, old in renames.items():
            self.renamed[Ref(self.kind.name, old)] = new
        for key, live in sorted(self.elsewhere.items()):
            if key in self.seen:  # somebody else has the name by now
                self._look_at(live, live.ref.key)
            else:
                self.renamed[live.ref] = key
                self._look_at(live, key)
        for key in sorted(self.wanted.keys(self.kind.name)):
            if key not in self.seen:
                ref = Ref(self.kind.name, key)
                declared = self.wanted.get(ref)
                if declared is not None:
                    self.found.creates[ref] = self._whole(ref, declared)

    def _look_at(self, live: Observed, key: str) -> None:
        kind = self.kind.name
        ref = live.ref if key is live.ref.key else Ref(kind, key)
        for name, holders in self.holders:
            value = getattr(live.resource, name)
            if value is not UNSET and value is not None:
                holders[value.casefold()] = live.ref.key
        if self.counts_seats and SEAT.fits(live.resource):
            self.found.seats_taken += 1
        declared = self.wanted.get(ref)
        if declared is None:
            self._undeclared(live)
            return
        self.seen.add(key)
        changes = self._changes(ref, declared, live)
        if key != live.ref.key:
            if key in self.formers:
                self.found.former[ref] = self.formers[key]
            elif live.ref.key.endswith(PARKED_END):
                self.found.reasons[ref] = "an interrupted run left it parked"
            else:
                self.found.reasons[ref] = RENAMED_THERE
            changes = (FieldChange(field=KEY, before=live.ref.key, after=key), *changes)
        self._declared(ref, live, changes)

    def _declared(self, ref: Ref, live: Observed, changes: tuple[FieldChange, ...]) -> None:
        known = self.owned.get(ref.key)
        if known is not None and known.has_left and known.native_id == live.native_id:
            changes = self._returning(ref, live, changes)
        spent = self.formers.get(ref.key, "") if ref == live.ref else ""
        is_new = known is None or known.native_id != live.native_id
        if self.agreed is not None:
            self.agreed(ref, live, [change.field for change in changes])
        if changes:
            self.found.updates[ref] = live, changes
            outdated = is_new and bool(spent)
        else:
            self.found.unchanged += 1
            outdated = is_new or (known is not None and (known.has_left or bool(known.formerly and not spent)))
        if outdated:
            self.found.adopts.append((ref, Owned(live.native_id, spent)))

    def _returning(self, ref: Ref, live: Observed, changes: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
        """A leaver who is declared again is made active again, unless the manifests say otherwise."""
        self.found.reasons[ref] = "returns"
        user = live.resource
        if isinstance(user, User) and user.status == "inactive" and all(change.field != "status" for change in changes):
            declared = self.wanted.get(ref)
            if declared is not None and isinstance(declared.resource, User) and declared.resource.status is UNSET:
                return (*changes, FieldChange(field="status", before="inactive", after="active"))
        return changes

    def _undeclared(self, live: Observed) -> None:
        match self.policy.ownership(live.ref.kind):
            case "all":
                self._goes(live)
            case "listed" if self._is_ours(live):
                self._goes(live)
            case _:
                self._stays(live)

    def _is_kept(self, live: Observed) -> None:
        """The platform never lets it go, so nobody asks it to; where Git once had it, that is said (CC508)."""
        if self._is_ours(live):
            message = f"{live.ref} is no longer in Git and stays: {live.kept}"
            self.found.findings.append(Finding(code="CC508", message=message, subject=str(live.ref)))
        self._stays(live)

    def _stays(self, live: Observed) -> None:
        self.found.unmanaged[live.ref.kind] += 1
        name = getattr(live.resource, "name", None)
        self.found.others.append(Other(live.ref, live.native_id, name if isinstance(name, str) else ""))
        user = live.resource
        if self.wanted.closed and isinstance(user, User) and user.groups:
            for group in user.groups:
                if group in self.wanted.closed:
                    self.strangers.setdefault(group, []).append(live.ref.key)
        self._still_uses(live, live.resource)

    def _still_uses(self, live: Observed, after: Resource) -> None:
        """An object that stays and uses one that is to go keeps it from going (CC504)."""
        if not self.found.removals:
            return
        for field_name, link in self.kind.links(after):
            gone = Ref(*link)
            if gone in self.found.removals:
                message = f"{gone} cannot go: {live.ref} still has it under {field_name}"
                hint = f"release it there, or keep {gone} in Git"
                self.found.findings.append(Finding(code="CC504", message=message, subject=str(gone), hint=hint))

    def _goes(self, live: Observed) -> None:
        if live.kept:
            self._is_kept(live)
            return
        if live.ref.kind != "user" or self.policy.leavers == "delete":
            self.found.removals[live.ref] = live
            return
        needed = self.policy.needed_by_all()
        changes = leaving(self._renamed(live.resource), needed, self.policy.releases.get(live.ref, ()))
        keeps = [name for name in RELEASED if name in needed and not is_empty(getattr(live.resource, name))]
        if keeps and changes:
            message = f"{live.ref} leaves and keeps {' and '.join(keeps)}: the platform leaves nobody without"
            self.found.findings.append(Finding(code="CC507", message=message, subject=str(live.ref)))
        if changes:
            self.found.leavers[live.ref] = live, changes
        else:
            self.found.left += 1
            self._has_left(live)
        self._still_uses(live, self._after(live.resource, changes))

    def _has_left(self, live: Observed) -> None:
        """Somebody was deactivated by other hands; it is noted, so that they are active again when they return."""
        known = self.owned.get(live.ref.key)
        if known is not None and known.native_id == live.native_id and not known.has_left:
            self.found.parted[live.ref] = live
            self.found.adopts.append((live.ref, known._replace(has_left=True)))

    def _changes(self, ref: Ref, declared: Declared, live: Observed) -> tuple[FieldChange, ...]:
        """The declared fields that differ. What is not declared is not even looked at."""
        there = live.resource
        found: list[FieldChange] = []
        wants, haves = astuple(declared.resource), astuple(there)
        for place in self.places if self.moving else compress(self.places, map(ne, wants, haves)):
            want, have, spec = wants[place], haves[place], self.kind.specs[place]
            if want is UNSET or not spec.stored:
                continue
            have = self._under_new_names(spec, have) if self.moving else have
            want = want if declared.exact else spec.shape.wanted(want, None if have is UNSET else have)
            if want != have and not (is_empty(want) and is_empty(have)):
                found.append(FieldChange(field=spec.name, before=planned(have), after=planned(want)))
        if self.wanted.closed and self.kind.name == "user":
            found.extend(self._from_groups(declared, there))
        found.extend(self._following(self._renamed(there), found))
        if self.found.removals:
            self._still_uses(live, self._after(there, found))
        return tuple(found)

    def _following(self, there: Resource, found: Sequence[FieldChange]) -> Iterator[FieldChange]:
        """A field that nobody declares and that must be one of a field's entries follows when its entry goes."""
        changed = {change.field: change.after for change in found}
        for rule in self.among:
            value = getattr(there, rule.field)
            if rule.of in changed and rule.field not in changed and value not in (UNSET, None):
                left = sorted(changed[rule.of] or ())
                if value not in left:
                    yield FieldChange(field=rule.field, before=planned(value), after=left[0] if left else None)

    def _under_new_names(self, spec: FieldSpec, value: Any) -> Any:
        if not self.renamed or is_empty(value):
            return value
        return spec.shape.renamed(value, lambda kind, key: self.renamed.get(Ref(kind, key), key))

    def _renamed(self, there: Resource) -> Resource:
        """The object once the plan's renames are done."""
        if not self.moving:
            return there
        return relinked(self.kind.name, there, lambda kind, key: self.renamed.get(Ref(kind, key), key))

    def _after(self, there: Resource, changes: Iterable[FieldChange]) -> Resource:
        values = {change.field: _canonical(self.kind, change) for change in changes}
        return msgspec.structs.replace(there, **values) if values else there

    def _from_groups(self, declared: Declared, there: Resource) -> Iterable[FieldChange]:
        """Memberships that only groups state, for a user who does not state any."""
        if not isinstance(declared.resource, User) or declared.resource.groups is not UNSET or not self.wanted.closed:
            return
        have = self._under_new_names(self.kind.by_name["groups"], getattr(there, "groups", UNSET))
        have = {} if is_empty(have) else have
        want = relation(have, declared.member_of, self.wanted.closed)
        if want != have:
            yield FieldChange(field="groups", before=planned(have), after=planned(want))

    def _whole(self, ref: Ref, declared: Declared) -> Declared:
        """An object to be created gets the memberships that groups state."""
        user = declared.resource
        if isinstance(user, User) and user.groups is UNSET and declared.member_of:
            return declared._replace(resource=msgspec.structs.replace(user, groups=dict(declared.member_of)))
        return declared

    def result(self) -> Difference:
        """Everything that was found."""
        for group, users in sorted(self.strangers.items()):
            who = ", ".join(f"user/{key}" for key in sorted(users)[:5]) + (" …" if len(users) > 5 else "")
            self.found.findings.append(
                Finding(
                    code="CC506",
                    message=f"group/{group} also has {len(users)} member(s) whom Git does not know: {who}",
                    subject=f"group/{group}",
                    where=self.wanted.where(Ref("group", group), "members"),
                    hint="declare them, or remove them on the platform",
                )
            )
        return self.found


def relation(
    have: Mapping[str, Membership], member_of: Mapping[str, Membership], closed: frozenset[str]
) -> dict[str, Membership]:
    """The memberships of a user who states none: those that groups state, and those in groups that state none."""
    kept = {group: edge for group, edge in have.items() if group not in closed}
    stated = {group: edge.over(have.get(group)) for group, edge in member_of.items()}
    return dict(sorted({**kept, **stated}.items()))


RELEASED = ("groups", "primary_group", "roles", "skills", "schedule")
"""What a leaver gives up."""


def leaving(user: Resource, needed: frozenset[str], besides: tuple[str, ...] = ()) -> tuple[FieldChange, ...]:
    """What takes a person's access away: no sign-in, no roles, skills or groups; the seat is free.

    `needed` are fields that the platform leaves nobody without, `besides` are given up, too.
    """
    kept = needed | (
        {"primary_group"} if "groups" in needed else frozenset()
    )  # who keeps groups keeps one as the first
    released = [name for name in (*RELEASED, *besides) if name not in kept]
    changes = [
        FieldChange(field=name, before=planned(value), after=None)
        for name in released
        if not is_empty(value := getattr(user, name))
    ]
    if isinstance(user, User) and user.status != "inactive":
        changes.insert(0, FieldChange(field="status", before=planned(user.status), after="inactive"))
    return tuple(changes)


def _canonical(kind: Kind, change: FieldChange) -> Any:
    """A planned value back in its canonical form."""
    if change.after is None:
        return UNSET
    return getattr(msgspec.convert({change.field: change.after}, kind.model), change.field)
