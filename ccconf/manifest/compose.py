"""Layers, defaults and both sides of membership become one statement per object: what is wanted.

Objects stay encoded until somebody asks for them; a hundred thousand people therefore fit into little memory, and
only those who differ are ever looked at closely.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from ccconf.findings import Finding, Location
from ccconf.manifest.load import Loaded
from ccconf.manifest.places import marks_of, place
from ccconf.manifest.shape import Mistake
from ccconf.manifest.yaml12 import Pointer, decode, read
from ccconf.model.declared import Declared
from ccconf.model.fields import Resource, said
from ccconf.model.group import Group
from ccconf.model.kinds import KINDS, Kind
from ccconf.model.refs import Ref
from ccconf.model.shapes import Membership
from ccconf.model.user import User


class Statement(NamedTuple):
    """What one file says of one object."""

    source: int
    resource: Resource


class Declarations:
    """Everything that is wanted of a target, by kind and key, with the way back to every place."""

    def __init__(self, loaded: Loaded) -> None:
        self.base = loaded.base
        self.sources = loaded.sources
        self.rows = loaded.rows
        self.texts = loaded.texts
        self.bodies: dict[str, dict[str, bytes]] = {kind: {} for kind in KINDS}
        self.homes: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self.layered: dict[Ref, list[Statement]] = {}
        self.former: dict[Ref, str] = {}
        self.defaults: dict[str, list[Statement]] = {}
        self.edges: dict[str, dict[str, Membership]] = {}
        """Memberships that groups state, by user and group."""
        self.closed: frozenset[str] = frozenset()
        """Groups that state their members, so that the relation is ours from their side."""
        self.digests: dict[Ref, dict[str, str]] = {}
        """Canonical values of fields that name a file."""
        self.findings: list[Finding] = []

    def __len__(self) -> int:
        return sum(map(len, self.bodies.values()))

    def __contains__(self, ref: Ref) -> bool:
        return ref.key in self.bodies[ref.kind]

    def keys(self, kind: str) -> Iterable[str]:
        """The keys of a kind, unsorted."""
        return self.bodies[kind]

    def refs(self) -> Iterator[Ref]:
        """Every declared object, in reference order of kinds and order of keys."""
        return (Ref(kind, key) for kind in KINDS for key in sorted(self.bodies[kind]))

    def get(self, ref: Ref) -> Declared | None:
        """What is wanted of an object."""
        body = self.bodies[ref.kind].get(ref.key)
        if body is None:
            return None
        kind = KINDS[ref.kind]
        resource = kind.decoder.decode(body)
        if ref.kind in self.defaults:
            resource = _filled(resource, self._default(kind))
        if self.digests and ref in self.digests:
            resource = msgspec.structs.replace(resource, **self.digests[ref])
        if not self.edges and not self.former:
            return Declared(resource)
        member_of = self.edges.get(ref.key, _NO_EDGES) if ref.kind == "user" else _NO_EDGES
        if member_of and isinstance(resource, User) and resource.groups is not UNSET:
            resource = msgspec.structs.replace(resource, groups=joined(resource.groups or {}, member_of))
        return Declared(resource, self.former.get(ref, "") if self.former else "", member_of)

    def _default(self, kind: Kind) -> Resource:
        return _merged(kind, [statement.resource for statement in self.defaults[kind.name]])

    def statements(self, ref: Ref) -> list[Statement]:
        """What each file says of an object, the overriding last. Defaults come first, with their own source."""
        own = self.layered.get(ref)
        if own is None:
            home = self.homes[ref.kind].get(ref.key)
            own = [] if home is None else [Statement(home, self._stated(ref, home))]
        return own

    def _stated(self, ref: Ref, source: int) -> Resource:
        row = next(row for row in self.rows[source].objects[ref.kind] if row.key == ref.key)
        return KINDS[ref.kind].decoder.decode(row.body)

    def origin(self, ref: Ref, field: str) -> tuple[int, Pointer] | None:
        """The file and pointer that decide a field of an object; None where nothing declares it."""
        for statement in reversed(self.statements(ref)):
            if getattr(statement.resource, field, UNSET) is not UNSET:
                return statement.source, (KINDS[ref.kind].plural, ref.key, field)
        for statement in reversed(self.defaults.get(ref.kind, [])):
            if getattr(statement.resource, field, UNSET) is not UNSET:
                return statement.source, ("defaults", KINDS[ref.kind].plural, field)
        return None

    def where(self, ref: Ref, field: str | None = None, *path: str) -> Location | None:
        """The place of a field (or of a key on the `path` in it), or of the object; None for what is not declared."""
        found = self.origin(ref, field) if field else None
        if found is None:
            home = self.homes[ref.kind].get(ref.key)
            if home is None:
                return None
            found = home, (KINDS[ref.kind].plural, ref.key)
        source, pointer = found[0], (*found[1], *path)
        name = self.sources[source].name
        on_key = len(pointer) == 2 or bool(path)
        return place(marks_of(self.text(source), name, [pointer]), pointer, name, on_key=on_key)

    def text(self, source: int) -> str:
        """The text of a file."""
        if (unwritten := self.texts.get(self.sources[source].path)) is not None:
            return unwritten
        return decode(self.sources[source].path.read_bytes(), self.sources[source].name)

    def written(self, source: int) -> Any:
        """The plain data of a file, as written."""
        return read(self.text(source), self.sources[source].name).data

    def places(self, asked: Iterable[tuple[Ref, str | None]]) -> dict[tuple[Ref, str | None], Location]:
        """What `where` says of many objects at once; each file is read once."""
        by_source: dict[int, dict[tuple[Ref, str | None], Pointer]] = {}
        for ref, field in asked:
            home = self.homes[ref.kind].get(ref.key)
            found = self.origin(ref, field) if field else None
            if found is None and home is not None:
                found = home, (KINDS[ref.kind].plural, ref.key)
            if found is not None:
                by_source.setdefault(found[0], {})[ref, field] = found[1]
        places: dict[tuple[Ref, str | None], Location] = {}
        for source, pointers in by_source.items():
            name = self.sources[source].name
            marks = marks_of(self.text(source), name, pointers.values())
            for one, pointer in pointers.items():
                places[one] = place(marks, pointer, name, on_key=len(pointer) == 2)
        return places

    @property
    def incomplete(self) -> bool:
        """Whether a file could not be read to its end, or a whole section of one, so that objects are unknown."""
        return any(
            finding.code in _LOSSY or (finding.code in ("CC201", "CC202") and not finding.subject)
            for rows in self.rows
            for finding in rows.findings
        )

    def placed(self, mistakes: Mapping[int, list[Mistake]]) -> Iterator[Finding]:
        """Mistakes by file as findings with places; each file is read once."""
        for source, found in mistakes.items():
            name = self.sources[source].name
            marks = marks_of(self.text(source), name, [mistake.pointer for mistake in found])
            for mistake in found:
                yield Finding(
                    code=mistake.code,
                    message=mistake.message,
                    where=place(marks, mistake.pointer, name, on_key=mistake.on_key),
                    subject=mistake.subject,
                    hint=mistake.hint,
                )


_NO_EDGES: dict[str, Membership] = {}
_LOSSY = frozenset(["CC101", "CC103", "CC104", "CC105", "CC106", "CC108", "CC109", "CC112"])
"""What keeps objects of a file from being known."""


def value_at(written: Any, pointer: Pointer) -> Any:
    """The value at a pointer; None where a section is written twice and so is not read as a whole."""
    try:
        for step in pointer:
            written = written[step]
    except (KeyError, IndexError, TypeError):
        return None
    return written


def compose(loaded: Loaded) -> Declarations:
    """One statement per object. What contradicts itself is in `findings` of the result."""
    declared = Declarations(loaded)
    for index, (source, rows) in enumerate(zip(loaded.sources, loaded.rows, strict=True)):
        for kind, body in rows.defaults.items():
            statement = Statement(index, KINDS[kind].decoder.decode(body))
            _one_default_a_layer(declared, KINDS[kind], statement)
            declared.defaults.setdefault(kind, []).append(statement)
        for kind, objects in rows.objects.items():
            _take(declared, kind, objects, index, source.layer)
    for ref, statements in declared.layered.items():
        merged = _merged(KINDS[ref.kind], [statement.resource for statement in statements])
        declared.bodies[ref.kind][ref.key] = msgspec.msgpack.encode(merged)
    _resolve_files(declared)
    _relate(declared)
    return declared


def _take(declared: Declarations, kind: str, objects: Iterable[Any], source: int, layer: int) -> None:
    bodies, homes = declared.bodies[kind], declared.homes[kind]
    for row in objects:
        key = row.key
        if key in homes:
            _again(declared, Ref(kind, key), row, source, layer)
        else:
            bodies[key] = row.body
        homes[key] = source
        if row.formerly:
            declared.former[Ref(kind, key)] = row.formerly


def _one_default_a_layer(declared: Declarations, kind: Kind, fresh: Statement) -> None:
    """Two files of one layer with different defaults for a field: which one wins would be a matter of file names."""
    layer = declared.sources[fresh.source].layer
    for earlier in declared.defaults.get(kind.name, []):
        if declared.sources[earlier.source].layer != layer:
            continue
        for name, value in said(fresh.resource).items():
            if getattr(earlier.resource, name) not in (UNSET, value):
                pointer = ("defaults", kind.plural, name)
                hint = f"{declared.sources[earlier.source].name} says another one; keep one"
                mistake = Mistake("CC204", f"the default {name} of {kind.plural} is said twice", pointer, True, hint)
                declared.findings.extend(declared.placed({fresh.source: [mistake]}))


def _again(declared: Declarations, ref: Ref, row: Any, source: int, layer: int) -> None:
    """A second statement: an override from a later layer, or a contradiction within one."""
    before = declared.homes[ref.kind][ref.key]
    if declared.sources[before].layer == layer:
        pointer = (KINDS[ref.kind].plural, ref.key)
        first = declared.where(ref)
        mistake = Mistake(
            "CC204", f"{ref} is declared twice in one layer", pointer, True, f"the first is at {first}", str(ref)
        )
        declared.findings.extend(declared.placed({source: [mistake]}))
    decoder = KINDS[ref.kind].decoder
    statements = declared.layered.setdefault(
        ref, [Statement(before, decoder.decode(declared.bodies[ref.kind][ref.key]))]
    )
    statements.append(Statement(source, decoder.decode(row.body)))


def _merged(kind: Kind, resources: Iterable[Resource]) -> Resource:
    """Field by field, the later statement wins."""
    values: dict[str, Any] = {}
    for resource in resources:
        values.update(said(resource))
    return kind.make(values)


def _filled(resource: Resource, default: Resource) -> Resource:
    """An object with the defaults for what it does not say."""
    missing = {name: value for name, value in said(default).items() if getattr(resource, name) is UNSET}
    return msgspec.structs.replace(resource, **missing) if missing else resource


def joined(own: Mapping[str, Membership], from_groups: Mapping[str, Membership]) -> dict[str, Membership]:
    """Both sides of a user's memberships as one relation."""
    edges = dict(own)
    for group, edge in from_groups.items():
        edges[group] = edge.over(edges.get(group))
    return dict(sorted(edges.items()))


def _relate(declared: Declarations) -> None:
    """Bring what groups say of their members to the users' side."""
    closed: list[str] = []
    for key in sorted(declared.bodies["group"]):
        found = declared.get(Ref("group", key))
        if found is None or not isinstance(found.resource, Group) or found.resource.members is UNSET:
            continue
        closed.append(key)
        for user, edge in (found.resource.members or {}).items():
            declared.edges.setdefault(user, {})[key] = edge
            _agree(declared, user, key, edge)
    declared.closed = frozenset(closed)


def _agree(declared: Declarations, user: str, group: str, edge: Membership) -> None:
    """A membership that both sides state is stated alike, or it is a mistake."""
    ref = Ref("user", user)
    body = declared.bodies["user"].get(user)
    if body is None:
        return
    own = KINDS["user"].decoder.decode(body)
    mine = own.groups.get(group) if isinstance(own, User) and own.groups else None
    if mine is None or not _contradict(mine, edge):
        return
    origin = declared.origin(ref, "groups")
    hint = f"the group says it at {declared.where(Ref('group', group), 'members')}"
    if origin is not None:
        source, pointer = origin
        message = f"{ref} and group/{group} state the membership differently"
        mistake = Mistake("CC205", message, (*pointer, group), True, hint, str(ref))
        declared.findings.extend(declared.placed({source: [mistake]}))


def _contradict(one: Membership, other: Membership) -> bool:
    return any(
        UNSET not in (mine := getattr(one, name), theirs := getattr(other, name)) and mine != theirs
        for name in ("role", "permissions")
    )


def _resolve_files(declared: Declarations) -> None:
    """Fields that name a file get the digest of its content as their value."""
    mistakes: dict[int, list[Mistake]] = {}
    for index, rows in enumerate(declared.rows):
        folder = declared.sources[index].path.parent
        for kind, key, field, path in rows.files:
            ref = Ref(kind, key)
            origin = declared.origin(ref, field)
            if origin is None or origin[0] != index:
                continue
            try:
                digest = hashlib.sha256(_content(folder / path, declared.base)).hexdigest()
            except (OSError, ValueError) as error:  # ValueError: a NUL in the path
                reason = (getattr(error, "strerror", "") or str(error)).lower()
                message = f"{field}: {path} cannot be read: {reason}"
                hint = "the path starts at the manifest's folder and stays within the project"
                mistakes.setdefault(index, []).append(Mistake("CC208", message, origin[1], False, hint, str(ref)))
                digest = ""
            declared.digests.setdefault(ref, {})[field] = f"sha256:{digest}"
    declared.findings.extend(declared.placed(mistakes))


def _content(path: Path, base: Path) -> bytes:
    """A file of the project. A manifest must not carry any other file of the machine to a platform."""
    if not path.resolve().is_relative_to(base.resolve()):
        raise ValueError("it lies outside the project's folder")
    return path.read_bytes()


def files_of(declared: Declarations, base: Path) -> dict[str, str]:
    """The paths of declared files by canonical value, from the project's folder, so that a plan fits any clone."""
    paths: dict[str, str] = {}
    for index, rows in enumerate(declared.rows):
        folder = declared.sources[index].path.parent
        for kind, key, field, path in rows.files:
            value = declared.digests.get(Ref(kind, key), {}).get(field)
            if value is not None:
                paths[value] = Path(os.path.relpath(folder / path, base)).as_posix()
    return paths
