"""What two worlds differ in, as plain data, and the overlay that settles it.

A world is a platform as it is, as somebody saw it, or as Git says it should be. Objects are the same where they have
the same key. What a world leaves unsaid, or cannot hold at all, is no difference: the first is not managed there, the
second is told once as a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import compress
from operator import ne
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta
from msgspec.structs import astuple, replace

from ccconf.model.fields import FieldSpec, Resource
from ccconf.model.kinds import KINDS, as_data
from ccconf.model.refs import Ref
from ccconf.model.schema import struct_schema
from ccconf.model.shapes import PLAIN_MEMBERSHIP, Membership, Memberships, Rights
from ccconf.model.user import User
from ccconf.reconcile.diff import is_empty, planned, relation

FORM = 1

GROUPS = "groups"


class Source(StrEnum):
    """What a side of a comparison was read from."""

    LIVE = "live"
    """The platform."""
    GIT = "git"
    """The manifests as they lie in the folder."""
    REVISION = "revision"
    """The manifests of an earlier commit."""
    SNAPSHOT = "snapshot"
    """What people saw on the platform's screens."""


class There(StrEnum):
    """On which side an object is."""

    BOTH = "both"
    ONLY_A = "only_a"
    ONLY_B = "only_b"


class Side(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was compared."""

    word: Annotated[str, Meta(description="As it was typed: prod, prod:git, prod@v1, snapshots/prod.json.")]
    source: Source
    target: Annotated[str, Meta(description="The target of ccconf.yaml; of a snapshot, the target that it was of.")]
    platform: Annotated[str, Meta(description="The platform whose rules hold there.")]
    title: Annotated[str, Meta(description="That platform as people know it.")]
    at: Annotated[str, Meta(description="The commit of a revision, or when people first looked for a snapshot.")] = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A field of an object that is on both sides, or a whole object that is on one."""

    object: Annotated[str, Meta(description="Kind and key: user/ann.")]
    label: Annotated[str, Meta(description="The name of the object as people know it.")] = ""
    there: There
    field: Annotated[str, Meta(description="Empty where the whole object is on one side only.")] = ""
    a: Annotated[Any, Meta(description="What the first side has; null: nothing.")] = None
    b: Annotated[Any, Meta(description="What the second side has; null: nothing.")] = None
    security: Annotated[bool, Meta(description="Whether it is about who may sign in, do, hear or reach what.")] = False

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return self.object.partition("/")[0]


class Unheld(msgspec.Struct, frozen=True, kw_only=True):
    """What one side cannot tell, and so nobody can compare."""

    side: Annotated[Literal["a", "b"], Meta(description="The side that cannot tell it.")]
    kind: str
    field: Annotated[str, Meta(description="Empty where the side has no objects of the kind at all.")]
    objects: Annotated[int, Meta(description="How many objects of the other side have something there.")]
    unseen: Annotated[
        bool,
        Meta(description="The platform has it, but no API shows it and nobody has looked; else it has no such thing."),
    ]


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The objects of one kind."""

    alike: int
    differing: int
    only_a: int
    only_b: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in which two sides differ."""

    form: Annotated[int, Meta(description="The version of the report's form.")] = FORM
    a: Side
    b: Side
    only: Annotated[tuple[str, ...], Meta(description="The objects that were asked for; all where none is named.")] = ()
    kinds: Annotated[dict[str, Tally], Meta(description="By kind, as far as there is anything of it.")] = {}
    differences: tuple[Difference, ...] = ()
    unheld: tuple[Unheld, ...] = ()


def comparison_schema() -> dict[str, Any]:
    """The JSON Schema of a comparison."""
    return struct_schema(Comparison, "comparison", "ccconf compare --format json")


@dataclass(frozen=True, slots=True)
class World:
    """One side with all that is there."""

    side: Side
    objects: Mapping[str, Mapping[str, Resource]]
    """By kind and key."""
    fields: Mapping[str, frozenset[str]]
    """By kind, the fields that this side can tell."""
    unseen: frozenset[tuple[str, str]] = frozenset()
    """Kinds and fields that the platform has and nobody has looked at."""
    stated: bool = False
    """Whether what is absent is not managed, rather than not there."""
    closed: frozenset[str] = frozenset()
    """Groups that state their members."""
    member_of: Mapping[str, Mapping[str, Membership]] = field(default_factory=dict)
    """Memberships that groups state, by user and group."""
    bare: bool = False
    """Whether only the groups of somebody are known, and not what he is within them."""

    def of(self, kind: str) -> Mapping[str, Resource]:
        """The objects of a kind."""
        return self.objects.get(kind, {})

    def whole(self, ref: Ref) -> Resource:
        """An object with the memberships that groups state for it."""
        found = self.objects[ref.kind][ref.key]
        edges = self.member_of.get(ref.key) if isinstance(found, User) and found.groups is UNSET else None
        return replace(found, groups=dict(edges)) if edges else found


def chosen(ref: Ref, only: Sequence[str]) -> bool:
    """Whether an object was asked for."""
    return not only or any(ref.fits(pattern) for pattern in only)


def compare(a: World, b: World, only: Sequence[str] = ()) -> Comparison:
    """Everything in which two worlds differ: sorted by kind, object and field, alike for equal worlds."""
    kinds: dict[str, Tally] = {}
    rows: list[Difference] = []
    for kind in KINDS:
        if not (a.fields.get(kind) and b.fields.get(kind)):
            continue
        found, alike = _differences(a, b, kind, only)
        there = [{row.object for row in found if row.there is place} for place in There]
        tally = Tally(alike=alike, differing=len(there[0]), only_a=len(there[1]), only_b=len(there[2]))
        if alike or found:
            kinds[kind] = tally
        rows.extend(found)
    unheld = tuple(row for kind in KINDS for row in _unheld(a, b, kind, only))
    return Comparison(a=a.side, b=b.side, only=tuple(only), kinds=kinds, differences=tuple(rows), unheld=unheld)


def _differences(a: World, b: World, kind: str, only: Sequence[str]) -> tuple[list[Difference], int]:
    """The rows of a kind, and how many of its objects are alike."""
    mine, theirs, pair = a.of(kind), b.of(kind), Pair(a, b, kind)
    rows: list[Difference] = []
    alike = 0
    for key in sorted(mine.keys() | theirs.keys()):
        ref = Ref(kind, key)
        if not chosen(ref, only):
            continue
        if key not in theirs:
            rows.append(_alone(a, ref, There.ONLY_A))
        elif key not in mine:
            rows.append(_alone(b, ref, There.ONLY_B))
        elif found := list(pair.differing(key)):
            label = _label(mine[key]) or _label(theirs[key])
            rows.extend(_row(ref, label, one) for one in found)
        else:
            alike += 1
    return rows, alike


def _alone(world: World, ref: Ref, there: There) -> Difference:
    resource = world.whole(ref)
    values = {name: value for name, value in as_data(resource).items() if planned(value) is not None}
    a, b = (values, None) if there is There.ONLY_A else (None, values)
    security = ref.kind not in ("skill", "schedule")  # as in a drift report: who is there may do something
    return Difference(object=str(ref), label=_label(resource), there=there, a=a, b=b, security=security)


def _row(ref: Ref, label: str, found: Differing) -> Difference:
    spec = found.spec
    security = spec.marker.security or spec.name == "email"  # an address is where passwords are sent
    a, b = planned(found.a), planned(found.b)
    return Difference(object=str(ref), label=label, there=There.BOTH, field=spec.name, a=a, b=b, security=security)


def _label(resource: Resource) -> str:
    name = getattr(resource, "name", None)
    return name if isinstance(name, str) else ""


def _unheld(a: World, b: World, kind: str, only: Sequence[str]) -> Iterator[Unheld]:
    mine, theirs = a.fields.get(kind, frozenset()), b.fields.get(kind, frozenset())
    if not (mine and theirs):
        yield from _untold("b", b, a, kind, None, only) if mine else _untold("a", a, b, kind, None, only)
        return
    for spec in KINDS[kind].stored:
        if spec.name in mine - theirs:
            yield from _untold("b", b, a, kind, spec, only)
        elif spec.name in theirs - mine:
            yield from _untold("a", a, b, kind, spec, only)


def _untold(
    side: Literal["a", "b"], lacking: World, having: World, kind: str, spec: FieldSpec | None, only: Sequence[str]
) -> Iterator[Unheld]:
    name = spec.name if spec else ""
    told = (key for key, found in having.of(kind).items() if spec is None or _says(spec, getattr(found, name)))
    count = sum(chosen(Ref(kind, key), only) for key in told)
    if count:
        unseen = (kind, name) in lacking.unseen
        yield Unheld(side=side, kind=kind, field=name, objects=count, unseen=unseen)


def _says(spec: FieldSpec, value: Any) -> bool:
    """Whether there is more than what goes without saying."""
    return not is_empty(value) and value != spec.marker.initial


class Differing(NamedTuple):
    """A field with both values; each has what its own side leaves unsaid from the other one."""

    spec: FieldSpec
    a: Any
    b: Any


class Pair:
    """Two worlds and a kind, ready to compare many objects."""

    def __init__(self, a: World, b: World, kind: str) -> None:
        self.a, self.b = a, b
        self.mine, self.theirs = a.of(kind), b.of(kind)
        known = a.fields.get(kind, frozenset()) & b.fields.get(kind, frozenset())
        self.specs = KINDS[kind].specs
        self.places = [place for place, spec in enumerate(self.specs) if spec.stored and spec.name in known]
        self.by_groups = kind == "user" and GROUPS in known and bool(a.closed or b.closed)

    def differing(self, key: str) -> Iterator[Differing]:
        """The fields in which an object differs, in the order of the model."""
        mine, theirs = astuple(self.mine[key]), astuple(self.theirs[key])
        for place in self.places if self.by_groups else compress(self.places, self._unequal(mine, theirs)):
            spec = self.specs[place]
            ours, other = _known(self.a, spec, key, mine[place]), _known(self.b, spec, key, theirs[place])
            if _is_unsaid(self.a, spec, ours) or _is_unsaid(self.b, spec, other):
                continue
            one = settled(_filled(self.a, spec, key, ours, _stated(self.b, spec, key, other)))
            two = settled(_filled(self.b, spec, key, other, _stated(self.a, spec, key, ours)))
            if one != two:
                yield Differing(spec, one, two)

    def _unequal(self, mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> list[bool]:
        return [ne(mine[place], theirs[place]) for place in self.places]


def _known(world: World, spec: FieldSpec, key: str, value: Any) -> Any:
    """The value; on a platform, nothing is what the platform gives by itself."""
    if world.stated or not is_empty(value):
        return value
    return spec.marker.initial


def _is_unsaid(world: World, spec: FieldSpec, value: Any) -> bool:
    return value is UNSET and world.stated and not (spec.name == GROUPS and world.closed)


def _stated(world: World, spec: FieldSpec, key: str, value: Any) -> Any:
    """The value, or what groups say of somebody who says nothing."""
    return world.member_of.get(key, {}) if value is UNSET and spec.name == GROUPS else value


def _filled(world: World, spec: FieldSpec, key: str, own: Any, other: Any) -> Any:
    """The value with what its side leaves unsaid taken from the other one."""
    if own is UNSET and spec.name == GROUPS and world.stated:
        return relation(other or {}, world.member_of.get(key, {}), world.closed)
    if is_empty(own) or not (world.stated or (world.bare and spec.name == GROUPS)):
        return own
    return spec.shape.wanted(own, other)


def settled(value: Any) -> Any:
    """The one form of a value in which nothing is said of what is not there."""
    if is_empty(value):
        return None
    if not isinstance(value, dict):
        return value
    parts = {key: _edge(part) if isinstance(part, Membership) else part for key, part in value.items()}
    return {key: part for key, part in parts.items() if part != {}} or None


def _edge(edge: Membership) -> Membership:
    return Membership(role=edge.role or UNSET, permissions=edge.permissions or UNSET)


Body = dict[str, Any]
"""Canonical values by field; None clears."""


class Base(NamedTuple):
    """What an overlay is laid over."""

    git: World
    """What the manifests say."""
    live: World | None = None
    """What is there, where the platform was read."""
    defaults: Mapping[str, Mapping[str, Any]] = {}
    """By kind, what the manifests give to every object that does not say otherwise."""
    naming: Mapping[str, str] = {}
    """By kind, the field by which the platform knows an object."""
    leaving: Callable[[Ref], bool] = lambda ref: False
    """Whether an object that is live and that the manifests do not declare leaves with the next apply."""
    before: Mapping[Ref, frozenset[str]] = {}
    """The fields that the overlay of before said, which this one takes the place of."""


def overlay(a: World, base: Base, only: Sequence[str] = ()) -> dict[Ref, Body]:
    """What, laid over the manifests of `base` and applied, makes its platform like `a`, by object.

    Only what differs is said of an object that is there, all of one that is not. What is only there stays.
    """
    return _Overlay(a, base).made(only)


class _Overlay:
    def __init__(self, a: World, base: Base) -> None:
        self.a, self.base = a, base
        self.worlds = [base.git, base.live] if base.live is not None else [base.git]
        self.pairs = {kind: [Pair(a, world, kind) for world in self.worlds] for kind in KINDS}
        self.rows: dict[Ref, Body] = {}

    def made(self, only: Sequence[str]) -> dict[Ref, Body]:
        refs = [Ref(kind, key) for kind in KINDS for key in self.a.of(kind)]
        waiting = [ref for ref in refs if chosen(ref, only) and self._is_to_say(ref)]
        while waiting:
            for ref in waiting:
                self.rows[ref] = self._body(ref)
            waiting = sorted({link for ref in waiting for link in self._missing(ref)})
        self._restate_members()
        order = list(KINDS)
        return dict(sorted(self.rows.items(), key=lambda row: (order.index(row[0].kind), row[0].key)))

    def _is_to_say(self, ref: Ref) -> bool:
        if not self._fields(ref.kind):
            return False
        is_last_word = ref in self.base.before and ref.key not in self.base.git.of(ref.kind)
        return is_last_word or self._is_new(ref) or any(self._differing(ref)) or any(self._again(ref))

    def _fields(self, kind: str) -> frozenset[str]:
        """What both can hold."""
        return self.a.fields.get(kind, frozenset()) & self.base.git.fields.get(kind, frozenset())

    def _is_new(self, ref: Ref) -> bool:
        """Whether it is not there, or will not be."""
        if ref.key in self.base.git.of(ref.kind):
            return False
        is_live = self.base.live is not None and ref.key in self.base.live.of(ref.kind)
        return not is_live or self.base.leaving(ref)

    def _differing(self, ref: Ref) -> Iterator[Differing]:
        for world, pair in zip(self.worlds, self.pairs[ref.kind], strict=True):
            if ref.key in world.of(ref.kind):
                yield from pair.differing(ref.key)

    def _body(self, ref: Ref) -> Body:
        """What is to be said of an object, in the order of the model."""
        whole = self.a.whole(ref) if self._is_new(ref) else self.a.of(ref.kind)[ref.key]
        others: dict[str, list[Any]] = {}
        filled: Body = {}
        for found in self._differing(ref):
            others.setdefault(found.spec.name, []).append(found.b)
            filled[found.spec.name] = found.a
        for name in self._again(ref):
            others.setdefault(name, [])
        if ref.key not in self.base.git.of(ref.kind):
            for name in self._besides(ref, whole):
                others.setdefault(name, [self.base.defaults.get(ref.kind, {}).get(name)])
        body: Body = {}
        for spec in KINDS[ref.kind].stored:
            if spec.name in others:
                own = _known(self.a, spec, ref.key, getattr(whole, spec.name))
                body[spec.name] = self._said(spec, filled.get(spec.name) if own is UNSET else own, others[spec.name])
        return body

    def _again(self, ref: Ref) -> Iterator[str]:
        """Fields that only the overlay of before said: without a word they would be nobody's."""
        declared = self.base.git.of(ref.kind).get(ref.key)
        for name in sorted(self.base.before.get(ref, frozenset()) & self._fields(ref.kind)):
            is_told = not self.a.stated or getattr(self.a.whole(ref), name) is not UNSET
            if is_told and (declared is None or getattr(declared, name) is UNSET):
                yield name

    def _besides(self, ref: Ref, whole: Resource) -> Iterator[str]:
        """Fields that a new declaration needs, whether they differ or not."""
        for spec in KINDS[ref.kind].stored:
            value = getattr(whole, spec.name)
            if spec.name not in self._fields(ref.kind) or (value is UNSET and self.a.stated):
                continue
            by_default = spec.name in self.base.defaults.get(ref.kind, {})
            needed = spec.marker.needed_to_create or spec.name == self.base.naming.get(ref.kind)
            if by_default or (not is_empty(value) and (needed or self._is_new(ref))):
                yield spec.name

    def _said(self, spec: FieldSpec, own: Any, others: Sequence[Any]) -> Any:
        """The value that makes all others like `own`: what is not there has to be said, or it would stay."""
        if is_empty(own):
            sample = next((other for other in others if isinstance(other, dict | tuple)), None)
            return None if sample is None else type(sample)()
        if self.a.stated:
            return own
        if isinstance(spec.shape, Memberships) and not self.a.bare:
            return {
                group: _cleared(edge, [(other or {}).get(group) for other in others]) for group, edge in own.items()
            }
        if isinstance(spec.shape, Rights):
            return dict(sorted({**{role: {} for other in others for role in other or ()}, **own}.items()))
        return own

    def _missing(self, ref: Ref) -> Iterator[Ref]:
        """What the row refers to and the manifests do not declare yet."""
        specs = KINDS[ref.kind].by_name
        for name, value in self.rows[ref].items():
            for link in specs[name].shape.links(value) if value else ():
                other = Ref(link.kind, link.key)
                is_declared = other in self.rows or other.key in self.base.git.of(other.kind)
                if not is_declared and other.key in self.a.of(other.kind) and self._fields(other.kind):
                    yield other

    def _restate_members(self) -> None:
        """A member list of the manifests would bring back whom the overlay takes out of the group."""
        git = self.base.git
        for group in sorted(git.closed):
            before = {user: edges[group] for user, edges in sorted(git.member_of.items()) if group in edges}
            said = {user: self._as_member(user, group, edge) for user, edge in before.items()}
            after = {user: edge for user, edge in said.items() if edge is not None}
            if after != before:
                self.rows.setdefault(Ref("group", group), {})["members"] = after

    def _as_member(self, user: str, group: str, edge: Membership) -> Membership | None:
        """What the group says of a member from now on: nothing besides what the overlay says of the user."""
        body = self.rows.get(Ref("user", user), {})
        if GROUPS not in body:
            return edge
        return PLAIN_MEMBERSHIP if group in (body[GROUPS] or ()) else None


def _cleared(edge: Membership, others: Sequence[Membership | None]) -> Membership:
    """A membership that also clears what the others have within it."""
    there = [other for other in others if other is not None]
    role = None if not edge.role and any(other.role for other in there) else edge.role
    permissions = {} if not edge.permissions and any(other.permissions for other in there) else edge.permissions
    return Membership(role=role, permissions=permissions)
