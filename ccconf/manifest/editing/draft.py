"""Decides what each file has to say so that Git says what was accepted. No text is looked at here.

An edit is taken whole or not at all: whoever cannot be taken raises `Refusal` before anything of it is noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from ccconf.findings import Location
from ccconf.manifest.compose import Declarations, Statement, joined
from ccconf.manifest.editing.edits import AddObject, Edit, Into, Rename, SetField, TakeOut
from ccconf.manifest.editing.neighbours import Neighbours
from ccconf.manifest.editing.page import DEFAULTS
from ccconf.manifest.project import Target, shown
from ccconf.manifest.rows import Row
from ccconf.manifest.sources import SUFFIXES
from ccconf.model.fields import FieldSpec, Resource, said
from ccconf.model.kinds import BY_PLURAL, KINDS, Kind, from_data
from ccconf.model.refs import Ref
from ccconf.model.schema import FORMERLY
from ccconf.model.shapes import File, Membership, Rights
from ccconf.reconcile.diff import is_empty, planned, relation


class Home(NamedTuple):
    """An entry of a section in one file; the entries of `defaults` are kinds."""

    source: int
    section: str
    key: str


class Fresh(NamedTuple):
    """An object, or an override of one, that a file does not have yet."""

    path: Path
    source: int | None
    """None where the file is new, too."""
    layer: int
    ref: Ref
    fields: dict[str, Any]


Place = Home | tuple[Path, Ref]
"""An entry that is there, or one that is to be."""


class Refusal(Exception):
    """Why an edit is not taken. `at` is the object and field, or the place itself, that stand in the way."""

    def __init__(self, code: str, message: str, hint: str, at: tuple[Ref, str | None] | Location | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.at = at


_NOTHING: dict[str, Membership] = {}


class Draft:
    """What is to be written, entry by entry, and which edits asked for it."""

    def __init__(
        self, target: Target, declared: Declarations, into: Into, neighbours: Neighbours, coming: frozenset[Ref]
    ) -> None:
        self.target = target
        self.declared = declared
        self.into = into
        self.neighbours = neighbours
        self.coming = coming
        """Objects that edits add; they may refer to each other, in whatever order they come."""
        self.changes: dict[Home, dict[str, Any]] = {}
        """New canonical values by field; None is written as nothing."""
        self.keys: dict[Home, str] = {}
        self.gone: dict[Home, int] = {}
        self.fresh: dict[tuple[Path, Ref], Fresh] = {}
        self.causes: dict[tuple[Place, str], list[int]] = {}
        """Which edits asked for a field; for the entry as a whole the field is empty."""
        self.now: dict[tuple[Ref, str], Any] = {}
        """Composed values that edits have changed."""
        self.moved: dict[tuple[str, str], tuple[str, int]] = {}
        """Renames: the new key of a kind and old key, and the edit."""
        self.added: set[Ref] = set()
        self.leaving: dict[Ref, int] = {}
        self.asked: dict[tuple[Ref, str], Any] = {}
        self._rows: dict[tuple[int, str], dict[str, Row]] = {}

    # what Git says

    def _row(self, home: Home) -> Row | None:
        """What the file said of an object when it was loaded."""
        kind = BY_PLURAL[home.section].name
        index = self._rows.get((home.source, kind))
        if index is None:
            index = {row.key: row for row in self.declared.rows[home.source].objects.get(kind, [])}
            self._rows[home.source, kind] = index
        return index.get(home.key)

    def said_at(self, home: Home) -> tuple[Resource, str] | None:
        """The fields that one entry says, and what it was formerly."""
        if home.section == DEFAULTS:
            kind = BY_PLURAL[home.key]
            body = self.declared.rows[home.source].defaults.get(kind.name)
            return (kind.decoder.decode(body), "") if body is not None else None
        row = self._row(home)
        return (BY_PLURAL[home.section].decoder.decode(row.body), row.formerly) if row is not None else None

    def statements(self, ref: Ref) -> list[Statement]:
        """What each file says of an object, the overriding last."""
        layered = self.declared.layered.get(ref)
        if layered is not None:
            return layered
        source = self.declared.homes[ref.kind].get(ref.key)
        if source is None:
            return []
        found = self.said_at(Home(source, KINDS[ref.kind].plural, ref.key))
        return [Statement(source, found[0])] if found is not None else []

    def composed(self, ref: Ref, field: str) -> Any:
        """The value that holds for an object, without memberships that only groups state."""
        if (ref, field) in self.now:
            return self.now[ref, field]
        for statement in reversed(self.statements(ref)):
            if (value := getattr(statement.resource, field)) is not UNSET:
                return self._digest(ref, field, value)
        for statement in reversed(self.declared.defaults.get(ref.kind, [])):
            if (value := getattr(statement.resource, field)) is not UNSET:
                return value
        return UNSET

    def _digest(self, ref: Ref, field: str, value: Any) -> Any:
        return self.declared.digests.get(ref, {}).get(field, value)

    def in_git(self, ref: Ref) -> bool:
        """Whether an object is declared once everything is written."""
        if (ref.kind, ref.key) in {(kind, new) for (kind, _), (new, _) in self.moved.items()} or ref in self.coming:
            return True
        return ref in self.declared and (ref.kind, ref.key) not in self.moved and ref not in self.leaving

    def new_key(self, kind: str, key: str) -> str:
        """The key of an object after all renames."""
        return self.moved.get((kind, key), (key, 0))[0]

    # where it is said

    def shared(self, source: int) -> str:
        """The other target that reads a file, too; empty where there is none."""
        return self.neighbours.reader(self.declared.sources[source].path)

    def home(self, ref: Ref, field: str) -> Home | Fresh:
        """The entry into which a field of an object goes. Raises `Refusal` where somebody has to choose."""
        plural = KINDS[ref.kind].plural
        statements = self.statements(ref)
        last = statements[-1].source
        for statement in reversed(statements):
            if getattr(statement.resource, field) is not UNSET:
                if (other := self.shared(statement.source)) and self.into is not Into.THERE:
                    return self._beside(ref, field, other, last)
                return Home(statement.source, plural, ref.key)
        for statement in reversed(self.declared.defaults.get(ref.kind, [])):
            if getattr(statement.resource, field) is not UNSET:
                if self.into is Into.THERE:
                    return Home(statement.source, DEFAULTS, plural)
                if self.into is Into.ASK:
                    raise self._default(ref, field)
        if (other := self.shared(last)) and self.into is not Into.THERE:
            return self._beside(ref, field, other, last)
        return Home(last, plural, ref.key)

    def _default(self, ref: Ref, field: str) -> Refusal:
        plural = KINDS[ref.kind].plural
        message = f"{ref} {field}: a default says it for all {plural}"
        own = self.declared.sources[self.statements(ref)[-1].source].name
        hint = f"write it into {ref} in {own} (--into object), or change the default for everybody (--into there)"
        return Refusal("CC152", message, hint, (ref, field))

    def _beside(self, ref: Ref, field: str, other: str, last: int) -> Home | Fresh:
        """An override in a file that is this target's alone."""
        message = f"{ref} {field}: the target {other} reads this file, too"
        source = self.declared.sources[last]
        own = (
            self._own_file(ref.kind, source.layer) if self.shared(last) else (source.path, last, source.layer)
        )  # who overrides it already does so here, too
        if own is None:
            hint = "change it for all of them (--into there), or give this target a layer of its own"
            raise Refusal("CC153", message, hint, (ref, field))
        if self.into is Into.ASK:
            hint = f"override it in {shown(own[0])} (--into object), or change it for all of them (--into there)"
            raise Refusal("CC153", message, hint, (ref, field))
        return Fresh(*own, ref, {}) if self.shared(last) else Home(last, KINDS[ref.kind].plural, ref.key)

    def _own_file(self, kind: str, above: int) -> tuple[Path, int | None, int] | None:
        """The file for a new object of a kind, in a layer above another; None where other targets would hear of it.

        Where somebody wants it for all of them, a file that they read, too, is better than none.
        """
        for free in (True, False) if self.into is Into.THERE else (True,):
            if (found := self._file_for(kind, above, free=free)) is not None:
                return found
        return None

    def _file_for(self, kind: str, above: int, *, free: bool) -> tuple[Path, int | None, int] | None:
        """The file in which most of a kind stand, or one that has none yet; a `free` one is this target's alone."""
        sources = [(at, source) for at, source in enumerate(self.declared.sources) if source.layer > above]
        counted = [
            (len(self.declared.rows[at].objects.get(kind, ())), -at)
            for at, _ in sources
            if not (free and self.shared(at))
        ]
        if counted and max(counted)[0]:
            at = -max(counted)[1]
            return self.declared.sources[at].path, at, self.declared.sources[at].layer
        for layer in range(len(self.target.form.manifests) - 1, above, -1):
            if (found := self._file_in(layer, kind, free=free)) is not None:
                return found
        return None

    def _file_in(self, layer: int, kind: str, *, free: bool) -> tuple[Path, int | None, int] | None:
        """A file of a layer that has no object of the kind yet: its only one, or a new one in its folder."""
        folder = self.target.base / self.target.form.manifests[layer]
        there = [at for at, source in enumerate(self.declared.sources) if source.layer == layer]
        open_ = [at for at in there if not (free and self.shared(at))]
        if folder.is_dir() and not (len(there) == 1 and open_):
            path = folder / f"{KINDS[kind].plural}{SUFFIXES[0]}"
            at = next((at for at in open_ if self.declared.sources[at].path == path), None)
            if at is None and (path.exists() or (free and self.neighbours.would_read(path))):
                return None
            return path, at, layer
        return (self.declared.sources[open_[-1]].path, open_[-1], layer) if open_ else None

    # taking edits

    def take(self, at: int, edit: Edit) -> None:
        """Note one edit. Raises `Refusal`."""
        if edit.ref.kind not in KINDS:
            raise Refusal(
                "CC154", f"{edit.ref} names no object", f"begin with one of {', '.join(KINDS)}: user/agent.01"
            )
        match edit:
            case SetField():
                self._set(at, edit)
            case AddObject():
                self._add(at, edit)
            case TakeOut():
                self._take_out(at, edit)
            case Rename():
                self._rename(at, edit)

    def _assign(self, at: int, ref: Ref, field: str, value: Any, home: Home | Fresh | None = None) -> None:
        home = home or self.home(ref, field)
        self.now[ref, field] = value
        if isinstance(home, Fresh):
            self._fresh(at, home, {field: value})
            return
        before = self.changes.setdefault(home, {})
        if home.section == DEFAULTS and field in before and before[field] != value:
            message = f"{ref} {field}: another edit gives this default another value"
            hint = "accept one of them, and write the other into the object (--into object)"
            raise Refusal("CC152", message, hint, (ref, field))
        before[field] = value
        self.causes.setdefault((home, field), []).append(at)

    def _fresh(self, at: int, fresh: Fresh, fields: Mapping[str, Any]) -> None:
        kept = self.fresh.setdefault((fresh.path, fresh.ref), fresh)
        kept.fields.update(fields)
        self.causes.setdefault(((fresh.path, fresh.ref), ""), []).append(at)

    # one field

    def _set(self, at: int, edit: SetField) -> None:
        ref = self._declared(edit.ref)
        spec = self._spec(ref, edit.field)
        live = self._canonical(ref, edit.field, edit.value)
        self._once(ref, edit)
        if ref.kind == "user" and edit.field == "groups":
            self._memberships(at, ref, edit, {group: _bare(edge) for group, edge in (live or {}).items()})
            return
        old = self._renamed(spec, self.composed(ref, edit.field))
        want = self._wanted(spec, old, live)
        if old is not UNSET and (want == live or (is_empty(want) and is_empty(live))):
            return
        if isinstance(spec.shape, File) and live is not None:
            hint = "save the picture beside the manifest and name its file, or ccconf import"
            raise Refusal("CC155", f"{ref} {edit.field}: a picture is a file, not a value", hint, (ref, edit.field))
        self._unchanged(ref, edit, [planned(old), planned(want)])
        value = _smallest(spec, old, live)
        self._known_links(ref, spec, old, value)
        self._assign(at, ref, edit.field, value)

    def _declared(self, ref: Ref) -> Ref:
        """The object under the key that it has in Git now. Raises `Refusal` where it has none."""
        before = next((old for (kind, old), (new, _) in self.moved.items() if (kind, new) == ref), None)
        if before is not None and (ref.kind, ref.key) not in self.moved:
            ref = Ref(ref.kind, before)
        if ref not in self.declared:
            raise Refusal("CC154", f"{ref} is not in Git", "accept it as a whole first")
        if ref in self.leaving:
            raise Refusal("CC154", f"{ref} leaves Git with another edit", "accept one of the two", (ref, None))
        return ref

    @staticmethod
    def _spec(ref: Ref, field: str) -> FieldSpec:
        spec = KINDS[ref.kind].by_name.get(field)
        if spec is None:
            raise Refusal("CC155", f"{ref} has no field {field}", f"known: {', '.join(KINDS[ref.kind].by_name)}")
        if not spec.stored:
            kind, other = spec.marker.other_side_of or ("", "")
            hint = f"accept {other} of each {kind}: it is written on the side that says it"
            raise Refusal("CC155", f"{ref} {field} is the other side of {kind} {other}", hint, (ref, field))
        return spec

    @staticmethod
    def _canonical(ref: Ref, field: str, value: Any) -> Any:
        if is_empty(value) or value == []:
            return None
        try:
            return getattr(from_data(ref.kind, {field: value}), field)
        except msgspec.ValidationError as error:
            message = f"{ref} {field}: {_words(value)} is no value of it: {error}"
            raise Refusal("CC155", message, "check where the value comes from", (ref, field)) from error

    def _once(self, ref: Ref, edit: SetField) -> None:
        known = self.asked.setdefault((ref, edit.field), edit.value)
        if known != edit.value:
            message = f"{ref} {edit.field}: two edits give it two values, {_words(known)} and {_words(edit.value)}"
            raise Refusal("CC150", message, "accept one of them", (ref, edit.field))

    def _renamed(self, spec: FieldSpec, value: Any) -> Any:
        return value if not self.moved or is_empty(value) else spec.shape.renamed(value, self.new_key)

    @staticmethod
    def _wanted(spec: FieldSpec, old: Any, live: Any) -> Any:
        """What a plan would want there: what Git leaves unsaid comes from the platform."""
        return old if is_empty(old) else spec.shape.wanted(old, live)

    def _unchanged(self, ref: Ref, edit: SetField, says: list[Any]) -> None:
        """Git still says what the report saw. Raises `Refusal` with the three values."""
        if edit.seen is UNSET:
            return
        seen = self._canonical(ref, edit.field, edit.seen)
        seen = planned(self._renamed(self._spec(ref, edit.field), seen))
        if seen not in says:
            message = (
                f"{ref} {edit.field} was changed by hand: Git says {_words(says[0])}, the report saw {_words(seen)}, "
                f"and the platform has {_words(edit.value)}"
            )
            raise Refusal("CC150", message, "look for drift again, and decide anew", (ref, edit.field))

    def _known_links(self, ref: Ref, spec: FieldSpec, old: Any, value: Any) -> None:
        """Every object that a new value refers to is in Git. Raises `Refusal`."""
        if not spec.shape.links_to() or is_empty(value):
            return
        before = set() if is_empty(old) else set(spec.shape.links(old))
        for link in spec.shape.links(value):
            if link not in before and not self.in_git(Ref(*link)):
                message = f"{ref} {spec.name} would refer to {Ref(*link)}, which is not in Git"
                raise Refusal("CC156", message, f"accept {Ref(*link)} too", (ref, spec.name))

    # memberships

    def _memberships(self, at: int, ref: Ref, edit: SetField, live: dict[str, Membership]) -> None:
        """Each membership is edited on the side that says it."""
        spec = KINDS["user"].by_name["groups"]
        own = self._renamed(spec, self.composed(ref, "groups"))
        stated = self._stated(ref)
        if _settled(own, stated, live, self._closed()):
            return
        self._unchanged(ref, edit, self._seen_as(own, stated, live))
        mine = dict(own) if own is not UNSET and own else {}
        theirs: dict[str, Membership | None] = {}
        for group in sorted({*mine, *stated, *live}):
            there = live.get(group)
            if there is None:
                mine.pop(group, None)
                theirs |= {group: None} if group in stated else {}
            elif group in mine or group in stated:
                mine |= {group: _fitted(mine[group], there)} if group in mine else {}
                theirs |= {group: _fitted(stated[group], there)} if group in stated else {}
            elif own is not UNSET:
                mine[group] = there
            elif group in self._closed():
                theirs[group] = there
        value = mine or None if own is not UNSET else UNSET
        if value is not UNSET:
            self._known_links(ref, spec, own, value)
        changed = {group: edge for group, edge in theirs.items() if edge != stated.get(group)}
        homes = {group: self.home(Ref("group", self._old_key("group", group)), "members") for group in changed}
        if value is not UNSET and (mine != (own or {})):
            self._assign(at, ref, "groups", dict(sorted(mine.items())) or None)
        for group, edge in changed.items():
            self._member(at, ref, group, edge, homes[group])

    def _old_key(self, kind: str, key: str) -> str:
        return next((old for (of, old), (new, _) in self.moved.items() if (of, new) == (kind, key)), key)

    def _closed(self) -> frozenset[str]:
        return frozenset(self.new_key("group", key) for key in self.declared.closed)

    def _stated(self, ref: Ref) -> dict[str, Membership]:
        """The memberships that groups state for a user, with what edits have changed."""
        found: dict[str, Membership] = {}
        for group in self.declared.closed:
            members = self.composed(Ref("group", group), "members")
            key = ref.key if (Ref("group", group), "members") not in self.now else self.new_key("user", ref.key)
            if not is_empty(members) and (edge := members.get(key, members.get(ref.key))) is not None:
                found[self.new_key("group", group)] = edge
        return found

    def _seen_as(self, own: Any, stated: Mapping[str, Membership], live: dict[str, Membership]) -> list[Any]:
        """The forms in which a report may have seen a user's groups."""
        if own is UNSET:
            return [planned(relation(live, stated, self._closed())), planned(stated)]
        both = joined(own or {}, stated)
        return [planned(both), planned(KINDS["user"].by_name["groups"].shape.wanted(both, live)), planned(own)]

    def _member(self, at: int, user: Ref, group: str, edge: Membership | None, home: Home | Fresh) -> None:
        ref = Ref("group", self._old_key("group", group))
        members = dict(self.composed(ref, "members") or {})
        key = self.new_key("user", user.key)
        if edge is None:
            members.pop(key, None)
        else:
            members[key] = edge
        self._assign(at, ref, "members", dict(sorted(members.items())) or None, home)

    # whole objects

    def _add(self, at: int, edit: AddObject) -> None:
        ref, kind = edit.ref, KINDS[edit.ref.kind]
        for field in edit.fields:
            self._spec(ref, field)
        values = {field: self._canonical(ref, field, value) for field, value in edit.fields.items()}
        values = {field: value for field, value in values.items() if field not in kind.filed}
        if ref in self.declared:
            self._same_object(ref, kind, values)
            return
        if ref in self.added:
            raise Refusal("CC157", f"{ref} is added twice", "accept one of them")
        for field, value in values.items():
            self._known_links(ref, kind.by_name[field], UNSET, value)
        own = self._own_file(ref.kind, -1)
        if own is None:
            hint = "add it for all of them (--into there), or give this target a layer of its own"
            message = f"{ref} has no file to go to: other targets read every layer, too"
            raise Refusal("CC153", message, hint, self.target.where("manifests"))
        self.added.add(ref)
        self._fresh(at, Fresh(*own, ref, {}), self._beyond_defaults(kind, values))

    def _beyond_defaults(self, kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
        """What an object has to say itself: what is there, and what a default would give it and it has not."""
        defaults: dict[str, Any] = {}
        for statement in self.declared.defaults.get(kind.name, []):
            defaults.update(said(statement.resource))
        own = {
            name: value for name, value in values.items() if value is not None and defaults.get(name, UNSET) != value
        }
        cleared = {name: None for name, value in defaults.items() if values.get(name) is None and not is_empty(value)}
        return {
            spec.name: {**own, **cleared}[spec.name] for spec in kind.specs if spec.name in own or spec.name in cleared
        }

    def _same_object(self, ref: Ref, kind: Kind, values: Mapping[str, Any]) -> None:
        for spec in kind.stored:
            have = self._joined_groups(ref) if spec.name == "groups" else self.composed(ref, spec.name)
            if spec.name not in kind.filed and not is_empty(have) and have != values.get(spec.name):
                break
            if is_empty(have) and not is_empty(values.get(spec.name)):
                break
        else:
            return
        message = f"{ref} is in Git already, and {spec.name} differs"
        raise Refusal("CC157", message, "accept its fields instead", (ref, None))

    def _joined_groups(self, ref: Ref) -> Any:
        own = self.composed(ref, "groups")
        return joined({} if is_empty(own) else own, self._stated(ref))

    def _take_out(self, at: int, edit: TakeOut) -> None:
        ref = edit.ref
        if ref not in self.declared:
            return
        for statement in self.statements(ref):
            self._alone(ref, statement.source, "goes from all of them")
        groups = self._stated(ref) if ref.kind == "user" else _NOTHING
        homes = {group: self.home(Ref("group", self._old_key("group", group)), "members") for group in groups}
        for group in groups:
            self._member(at, ref, group, None, homes[group])
        self.leaving[ref] = at
        for statement in self.statements(ref):
            home = Home(statement.source, KINDS[ref.kind].plural, ref.key)
            self.gone[home] = at
            self.causes.setdefault((home, ""), []).append(at)

    def _alone(self, ref: Ref, source: int, what: str) -> None:
        if self.into is not Into.THERE and (other := self.shared(source)):
            name = self.declared.sources[source].name
            message = f"{ref} stands in {name}, which the target {other} reads, too"
            raise Refusal("CC153", message, f"say that it {what} (--into there), or do it by hand", (ref, None))

    def _rename(self, at: int, edit: Rename) -> None:
        ref, fresh = edit.ref, Ref(edit.ref.kind, edit.key)
        if ref not in self.declared and fresh in self.declared:
            return
        if ref not in self.declared:
            raise Refusal("CC154", f"{ref} is not in Git", "accept it as a whole first")
        claimed = next(
            (one for one, old in self.declared.former.items() if old == fresh.key and one.kind == ref.kind), ref
        )
        if claimed != ref:
            raise Refusal(
                "CC157", f"{claimed} was formerly {fresh.key}", "take its formerly: out first", (claimed, None)
            )
        for statement in self.statements(ref):
            self._alone(ref, statement.source, "is renamed for all of them")
        self.moved[ref.kind, ref.key] = (fresh.key, at)
        for statement in self.statements(ref):
            home = Home(statement.source, KINDS[ref.kind].plural, ref.key)
            self.keys[home] = fresh.key
            self.causes.setdefault((home, ""), []).append(at)
            was = self.said_at(home)
            if was is not None and was[1] == fresh.key:
                self.changes.setdefault(home, {})[FORMERLY] = None

    def follow_renames(self) -> Iterator[tuple[int, Refusal]]:
        """References to what is renamed say the new key. What cannot be done is yielded with its edit."""
        taken = {(kind, new): at for (kind, _), (new, at) in self.moved.items()}
        for (kind, new), at in taken.items():
            ref = Ref(kind, new)
            if (ref in self.declared and (kind, new) not in self.moved) or self._twice(kind, new):
                yield at, Refusal("CC157", f"{ref} is in Git already", "rename or take out that one first", (ref, None))
        for home, kind_name, resource in self._linking(frozenset(self.moved)):
            for spec in KINDS[kind_name].linking:
                value = getattr(resource, spec.name)
                if is_empty(value):
                    continue
                causes = {self.moved[link][1] for link in spec.shape.links(value) if link in self.moved}
                if causes:
                    yield from self._relink(home, kind_name, spec, value, sorted(causes))

    def _twice(self, kind: str, new: str) -> bool:
        return sum((of, to) == (kind, new) for (of, _), (to, _) in self.moved.items()) > 1

    def _relink(
        self, home: Home, kind: str, spec: FieldSpec, value: Any, causes: list[int]
    ) -> Iterator[tuple[int, Refusal]]:
        ref = Ref(kind, home.key)
        try:
            self._alone(ref, home.source, "is renamed for all of them")
        except Refusal as refusal:
            yield from ((at, refusal) for at in causes)
            return
        renamed = spec.shape.renamed(value, self.new_key)
        self.changes.setdefault(home, {})[spec.name] = renamed
        self.causes.setdefault((home, spec.name), []).extend(causes)
        if home.section != DEFAULTS and spec.name == "members":
            self.now[ref, spec.name] = renamed

    def _linking(self, links: frozenset[tuple[str, str]]) -> Iterator[tuple[Home, str, Resource]]:
        """Every entry of a file that refers to one of these objects."""
        for source, rows in enumerate(self.declared.rows):
            if not any(key in links_of for kind, key in links if (links_of := rows.links.get(kind))):
                continue
            for kind, objects in rows.objects.items():
                for row in objects:
                    yield Home(source, KINDS[kind].plural, row.key), kind, KINDS[kind].decoder.decode(row.body)
            for kind, body in rows.defaults.items():
                yield Home(source, DEFAULTS, KINDS[kind].plural), kind, KINDS[kind].decoder.decode(body)

    def still_used(self) -> Iterator[tuple[int, Refusal]]:
        """Objects that leave while somebody who stays refers to them."""
        gone = {(ref.kind, ref.key): at for ref, at in self.leaving.items()}
        for home, kind, resource in self._linking(frozenset(gone)):
            ref = Ref(kind, home.key)
            if ref in self.leaving:
                continue
            for spec in KINDS[kind].linking:
                value = getattr(resource, spec.name)
                if home.section != DEFAULTS and not is_empty(value):
                    value = self.composed(ref, spec.name)
                for link in () if is_empty(value) else spec.shape.links(value):
                    if link in gone:
                        who = f"a default of all {home.key}" if home.section == DEFAULTS else str(ref)
                        message = f"{Ref(*link)} cannot leave Git: {who} still has it under {spec.name}"
                        hint = f"accept {spec.name} of {who} too"
                        yield gone[link], Refusal("CC156", message, hint, (Ref(*link), None))


def _words(value: Any) -> str:
    """A value in a sentence."""
    if is_empty(value) or value == []:
        return "nothing"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _settled(own: Any, stated: Mapping[str, Membership], live: dict[str, Membership], closed: frozenset[str]) -> bool:
    """Whether a plan would want exactly what is there."""
    if own is UNSET:
        return relation(live, stated, closed) == live
    both = joined(own or {}, stated)
    wanted: dict[str, Membership] = KINDS["user"].by_name["groups"].shape.wanted(both, live)
    return wanted == live


def _bare(edge: Membership) -> Membership:
    """A live membership without what it says to be empty: on a platform that is not there."""
    return Membership(role=edge.role or UNSET, permissions=edge.permissions or UNSET)


def _fitted(said_: Membership, there: Membership) -> Membership:
    """A membership that says as much as before, and what is there."""
    return Membership(
        role=UNSET if said_.role is UNSET else (None if there.role is UNSET else there.role),
        permissions=UNSET if said_.permissions is UNSET else (there.permissions or {}),
    )


def _smallest(spec: FieldSpec, old: Any, live: Any) -> Any:
    """The value to write: of rights only the roles that Git names already, as the others are not ours."""
    if isinstance(spec.shape, Rights) and live and not is_empty(old):
        ours = {role: live[role] for role in old if role in live}
        return ours or live
    return live
