"""Does a plug-in keep the contract? Subclass `Conformance` in a test module, say how to connect, and run pytest.

    class TestOurs(Conformance):
        def connect(self) -> Platform:
            return ...  # a new and empty platform each time, over the wire form of the vendor

Each test tells the author of the plug-in what was done, what was expected and what came back. What a platform does
not support by API is not asked of it. `fields` narrows what may be said, for vendors that hold less than the model;
`worlds` may be replaced altogether, and `other_fields` with it. A platform that is never quite empty keeps its own
objects: they are left alone here. `never_empty` names fields that it does not leave empty, `within` the kinds that are
parts of another kind, `spare` keys that are well formed and nobody's. The worlds' pictures come from `read_picture`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ccconf.conformance.scene import Scene, differing, filled, read, same, whole
from ccconf.conformance.worlds import World, read_picture, resources, worlds
from ccconf.model.change import KEY, Create
from ccconf.model.fields import FieldSpec, Resource
from ccconf.model.kinds import KINDS, REFERENCE_ORDER, as_data, from_data
from ccconf.model.refs import Ref
from ccconf.platform.contract import Operation, Platform

# Time limits say more about the machine than about the plug-in, and several vendors' classes share these tests.
_UNHURRIED = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors, HealthCheck.data_too_large],
)


def told(test: Callable[[Any, Scene], None]) -> Callable[[Any], None]:
    """A test over a scene: a platform that holds a world of people, groups and all the rest."""

    def story(self: Conformance, data: st.DataObject) -> None:
        with self.scene(data) as scene:
            test(self, scene)

    story.__name__, story.__qualname__, story.__doc__ = test.__name__, test.__qualname__, test.__doc__
    return tried(story, _UNHURRIED)


def tried(story: Callable[..., None], unhurried: settings) -> Callable[[Any], None]:
    """The story as a test that is tried as often as its class says."""

    def test(self: Any) -> None:
        hurry: dict[str, Any] = {} if self.simplifies else {"phases": [Phase.generate]}
        settings(unhurried, max_examples=self.examples, **hurry)(given(data=st.data())(story))(self)

    test.__name__, test.__qualname__, test.__doc__ = story.__name__, story.__qualname__, story.__doc__
    test.__dict__["story"] = story
    return test


class Conformance:
    """The tests that every platform passes."""

    examples = 25
    """How many worlds each test tries: fewer where each call crosses a network."""
    simplifies = True
    """Whether a world that fails is made smaller first, which takes hundreds of tries."""
    fields: Mapping[str, frozenset[str]] | None = None
    """The fields that the platform can hold, by kind, where it is not all of them."""

    never_empty: Mapping[str, frozenset[str]] = {}
    """By kind the fields that always have a value, whatever is asked."""
    released: frozenset[str] = frozenset()
    """Kinds whose objects may go while others refer to them, which are then without."""
    has_ids = True
    """Whether objects have ids of their own, and not only names that stand for them."""
    within: Mapping[str, str] = {}
    """Kinds whose objects are parts of another kind's, under the same key."""
    recognised_by: Mapping[str, str] = {}
    """By kind the field that is the key, and changes with it."""
    spare: Mapping[str, str] = {}
    """By kind a key that no object of a world has, where `double` is not one."""

    def connect(self) -> Platform:
        """A new platform at each call, with nothing on it but what it cannot be without."""
        raise NotImplementedError

    def worlds(self) -> st.SearchStrategy[World]:
        """Worlds that the platform can hold; to be replaced where the vendor's objects come ready-made."""
        return worlds(fields=self.fields)

    @contextmanager
    def scene(self, data: st.DataObject) -> Iterator[Scene]:
        """A platform in which a world has been created, kind by kind in the order of references."""
        scene = Scene(self.connect(), data.draw(self.worlds(), label="world"), data)
        try:
            for kind in sorted(REFERENCE_ORDER, key=lambda kind: kind in self.within):  # a part after its whole
                if scene.can(kind, Operation.CREATE):
                    for key, fields in scene.world.get(kind, {}).items():
                        scene.perform(Create(kind=kind, key=key, fields=fields))
                else:
                    scene.world.pop(kind, None)
            yield scene
        finally:
            scene.platform.close()

    def other_fields(self, scene: Scene, ref: Ref) -> dict[str, Any]:
        """Fields that the object could have instead."""
        number = list(scene.world[ref.kind]).index(ref.key)
        allowed = self.fields.get(ref.kind) if self.fields else None
        return scene.draw(resources(ref.kind, scene.world, number, allowed), f"other fields of {ref}")

    @told
    def test_pages_are_complete_and_say_so(self, scene: Scene) -> None:
        """Every object is delivered once, in a stable order, under one total."""
        for kind, keys in scene.world.items():
            first = read(scene.platform.observe(kind), kind)
            made = {item.ref.key for item in first} - {ref.key for ref in scene.stood if ref.kind == kind}
            assert made == set(keys), f"created {sorted(keys)}, but observe({kind!r}) differs"
            assert first == read(scene.platform.observe(kind), kind), f"observe({kind!r}) changes from read to read"

    @told
    def test_what_was_created_is_found(self, scene: Scene) -> None:
        """Looking up by key and by id gives what observing gives."""
        for ref, item in scene.state().items():
            assert scene.live(ref) == item, f"lookup({ref}) and observe disagree"
            current = scene.platform.current(ref.kind, item.native_id)
            assert current == item, f"current({ref.kind!r}, {item.native_id!r}) and observe disagree"
            nobody = scene.platform.lookup(Ref(ref.kind, f"{ref.key}-not-there"))
            assert nobody is None, f"lookup finds {nobody} under a key that nobody has"

    @told
    def test_every_field_comes_back_as_it_was_written(self, scene: Scene) -> None:
        """Law 11: from_native(to_native(x)) == x."""
        for ref, item in scene.made().items():
            same(ref, scene.world[ref.kind][ref.key], item.resource)

    @told
    def test_a_picture_is_kept(self, scene: Scene) -> None:
        """The content of a file can be had back for export, under the value that the object shows."""
        for ref, item in scene.state().items():
            for field in KINDS[ref.kind].filed:
                if digest := getattr(item.resource, field):
                    content = scene.platform.file(digest)
                    assert content == read_picture(digest), f"file({digest!r}) is not the {field} of {ref}"

    @told
    def test_an_update_changes_what_it_names_and_nothing_else(self, scene: Scene) -> None:
        """Law 4, and the revision tells that something changed."""
        before = scene.state()
        for ref in scene.any_one(Operation.UPDATE):
            wanted = self.other_fields(scene, ref)
            after = scene.perform(scene.update(before[ref], wanted)).observed
            assert after is not None and after == scene.live(ref), (
                f"what perform returned for {ref} is not what is there"
            )
            assert after.native_id == before[ref].native_id, f"an update gave {ref} another id"
            assert after.revision != before[ref].revision, f"{ref} changed, but its revision did not"
            whole(ref, {**as_data(before[ref].resource), **wanted}, after.resource)
            expected = {**before, ref: after}
            assert scene.state() == expected, f"updating {ref} also changed {differing(expected, scene.state())}"

    @told
    def test_a_cleared_field_is_empty(self, scene: Scene) -> None:
        """None clears any field that is not needed; the others stay."""
        for ref in scene.any_one(Operation.UPDATE):
            before = scene.live(ref)
            kept = self.never_empty.get(ref.kind, frozenset())
            there = [
                spec for spec in KINDS[ref.kind].stored if spec.name not in kept and _clearable(spec, before.resource)
            ]
            cleared = dict.fromkeys((spec.name for spec in there[::2]), None)
            if not cleared:
                continue
            after = scene.perform(scene.update(before, cleared)).observed
            assert after is not None, f"clearing fields of {ref} returned nothing"
            whole(ref, {**as_data(before.resource), **cleared}, after.resource)

    @told
    def test_a_unique_value_belongs_to_one(self, scene: Scene) -> None:
        """A second object with the same key, e-mail address or extension is refused, whatever the capitals."""
        for ref, item in scene.made().items():
            fields = {spec.name: "Somebody" for spec in KINDS[ref.kind].stored if spec.marker.needed_to_create}
            scene.refuse(Create(kind=ref.kind, key=ref.key, fields=fields), f"{ref} exists already")
            for field in KINDS[ref.kind].unique:
                if value := getattr(item.resource, field):
                    key = self.spare.get(ref.kind, "double")
                    double = Create(kind=ref.kind, key=key, fields={**fields, field: value.upper()})
                    scene.refuse(double, f"the {field} {value} belongs to {ref}")

    @told
    def test_a_reference_into_the_void_is_refused(self, scene: Scene) -> None:
        """Nobody can be given a group, role, skill, schedule or allowlist that is not there."""
        for ref, item in scene.made().items():
            for spec in KINDS[ref.kind].linking:
                if spec.stored and self._holds(ref.kind, spec.name) and (value := getattr(item.resource, spec.name)):
                    lost = spec.shape.renamed(value, lambda _, key: f"{key}-not-there")
                    data = as_data(KINDS[ref.kind].make({spec.name: lost}))
                    scene.refuse(scene.update(item, data), f"{spec.name} of {ref} names what is not there")

    @told
    def test_what_is_in_use_cannot_be_deleted(self, scene: Scene) -> None:
        """An object to which live ones refer stays; one to which nobody refers goes."""
        for ref in scene.any_one(Operation.DELETE):
            live = scene.live(ref)
            used_by = scene.referrers(ref)
            if used_by and ref.kind in self.released:
                return
            if used_by:
                scene.refuse(scene.delete(live), f"{ref} is used by {', '.join(map(str, used_by))}")
                return
            gone = scene.perform(scene.delete(live)).observed
            assert gone is None, f"{ref} was deleted, but perform returned {gone}"
            assert scene.platform.lookup(ref) is None, f"{ref} was deleted, but lookup still finds it"
            assert scene.platform.current(ref.kind, live.native_id) is None, f"{ref} was deleted, but current finds it"
            again = f"{ref} is deleted already"
            scene.refuse(scene.delete(live), again)
            scene.refuse(scene.update(live, {}), again)

    @told
    def test_a_rename_carries_references_along(self, scene: Scene) -> None:
        """The object keeps its id and fields; whoever referred to it refers to its new name."""
        before = scene.state()
        for old in scene.any_one(Operation.RENAME, besides=self.within):
            new = Ref(old.kind, f"{old.key}-renamed")
            renamed = scene.perform(scene.update(before[old], {KEY: new.key})).observed
            assert renamed is not None and renamed.ref == new, (
                f"{old} was renamed to {new}, but perform returned {renamed}"
            )
            if self.has_ids:
                assert renamed.native_id == before[old].native_id, f"renaming {old} gave it another id"
            assert scene.platform.lookup(old) is None, f"{old} was renamed, but lookup still finds the old name"
            expected = {
                self._called(ref, old, new): self._renamed(item.resource, ref, old, new) for ref, item in before.items()
            }
            found = {ref: item.resource for ref, item in scene.state().items()}
            assert found == expected, f"after the renaming of {old}, wrong: {differing(expected, found)}"

    @told
    def test_a_departed_person_comes_back_whole(self, scene: Scene) -> None:
        """Where deletion is soft, the same id returns with every field, and changes made on the way in."""
        for ref in scene.refs(Operation.RESTORE):
            live = scene.live(ref)
            if scene.referrers(ref):  # what is in use cannot be deleted
                continue
            scene.perform(scene.delete(live))
            assert ref not in scene.state(), f"{ref} was deleted, but observe still delivers it"
            left = scene.departed(ref.kind).get(ref)
            assert left is not None and left.native_id == live.native_id, (
                f"{ref} was deleted, but is not among departed()"
            )
            back = scene.perform(scene.restore(left, {})).observed
            assert back is not None and back.native_id == live.native_id, f"{ref} came back under another id"
            whole(ref, as_data(live.resource), back.resource)
            assert ref not in scene.departed(ref.kind), f"{ref} is back, but departed() still lists it"
            scene.refuse(scene.restore(left, {}), f"{ref} is back already")

    @told
    def test_a_person_may_come_back_changed(self, scene: Scene) -> None:
        """Changes of a restoration are made with it."""
        for ref in scene.refs(Operation.RESTORE):
            if scene.referrers(ref):
                continue
            scene.perform(scene.delete(scene.live(ref)))
            left = scene.departed(ref.kind)[ref]
            wanted = self.other_fields(scene, ref)
            back = scene.perform(scene.restore(left, wanted)).observed
            assert back is not None and back == scene.live(ref), f"what perform returned for {ref} is not what is there"
            whole(ref, {**as_data(left.resource), **wanted}, back.resource)

    def _renamed(self, resource: Resource, ref: Ref, old: Ref, new: Ref) -> Resource:
        """The resource as it should be after the renaming of one object."""
        field = self.recognised_by.get(ref.kind)
        if ref == old and field:
            resource = from_data(ref.kind, {**as_data(resource), field: new.key})
        return _relinked(resource, ref, old, new)

    def _called(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """What an object is called after the renaming: a part has the name of its whole."""
        if ref == old:
            return new
        is_part = self.within.get(ref.kind) == old.kind and ref.key == old.key
        return Ref(ref.kind, new.key) if is_part else ref

    def _holds(self, kind: str, field: str) -> bool:
        return self.fields is None or kind not in self.fields or field in self.fields[kind]


def _clearable(spec: FieldSpec, resource: Resource) -> bool:
    return not spec.marker.needed_to_create and filled(getattr(resource, spec.name)) is not None


def _relinked(resource: Resource, ref: Ref, old: Ref, new: Ref) -> Resource:
    """The resource as it should be after a renaming elsewhere."""
    values = as_data(resource)
    model = KINDS[ref.kind]
    for spec in model.linking:
        if value := getattr(resource, spec.name):
            moved = spec.shape.renamed(value, lambda kind, key: new.key if (kind, key) == old else key)
            values[spec.name] = as_data(model.make({spec.name: moved})).get(spec.name)
    return from_data(ref.kind, values)
