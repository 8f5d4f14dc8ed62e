"""Whatever a world holds can be typed into the screens, and read off them again."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ccconf.conformance.worlds import World as Drawn
from ccconf.conformance.worlds import resources, worlds
from ccconf.embedded.fields import settled
from ccconf.model.change import Create, Delete, FieldChange, Update
from ccconf.model.kinds import KINDS, REFERENCE_ORDER, as_data, from_data
from ccconf.platform.record import Snapshot
from tests.screens.page import seen
from tests.screens.vendor import FIELDS, Place, served

UNHURRIED = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
ORDER = [*(kind for kind in REFERENCE_ORDER if kind != "allowlist"), "allowlist"]
_SAID = {kind: frozenset(names) for kind, names in FIELDS.items()}


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A world as these screens can hold it: named by its names, allowlists within roles."""
    world = draw(worlds(fields=_SAID))
    assume(all(len({seen(key) for key in keys}) == len(keys) for keys in world.values()))
    world["allowlist"] = dict(zip(world["role"], world["allowlist"].values(), strict=False))
    for kind, objects in world.items():
        for key, fields in objects.items():
            objects[key] = typed(kind, key, fields)
    return world


def typed(kind: str, key: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as a form has them: with the name, and no permissions within a membership."""
    plain = {name: _without_permissions(value) if name == "groups" else value for name, value in fields.items()}
    return plain if kind == "allowlist" else {**plain, "name": key}


def _without_permissions(groups: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {group: {"role": edge["role"]} if "role" in edge else {} for group, edge in groups.items()}


def peopled(place: Place, world: Drawn) -> None:
    person = place.person()
    for kind in ORDER:
        for key, fields in world[kind].items():
            person.perform(Create(kind=kind, key=key, fields=fields))


def held(place: Place) -> dict[str, dict[str, Any]]:
    """What the world holds; a tick that is not there says the same as one that was taken away."""
    return {
        kind: {
            item.ref.key: _ticked(as_data(item.resource)) for page in place.world.observe(kind) for item in page.items
        }
        for kind in KINDS
    }


def shown(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    return {
        kind: {key: _ticked(as_data(settled(entry.resource))) for key, entry in known.objects.items()}
        for kind, known in snapshot.kinds.items()
    }


def _ticked(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not False}


@UNHURRIED
@given(drawn())
def test_what_was_typed_is_there_and_can_be_read(world: Drawn) -> None:
    with served() as place:
        peopled(place, world)
        expected = {
            kind: {
                key: _ticked(as_data(settled(from_data(kind, {**_initial(kind), **fields}))))
                for key, fields in world[kind].items()
            }
            for kind in KINDS
        }
        expected["allowlist"] = {key: fields for key, fields in expected["allowlist"].items() if fields}
        assert held(place) == expected
        assert shown(place.person().look(KINDS)) == expected


def _initial(kind: str) -> dict[str, Any]:
    return {spec.name: spec.marker.initial for spec in KINDS[kind].stored if spec.marker.initial is not None}


@UNHURRIED
@given(drawn(), st.data())
def test_who_changes_one_object_changes_nothing_else(world: Drawn, data: st.DataObject) -> None:
    with served() as place:
        peopled(place, world)
        before = held(place)
        kind, key = data.draw(st.sampled_from([(kind, key) for kind in ORDER for key in before[kind]]), "object")
        number = list(world[kind]).index(key)
        other = data.draw(resources(kind, world, number, _SAID[kind]), "other fields")
        wanted = typed(kind, key, other)
        changes = tuple(FieldChange(field=name, after=value) for name, value in wanted.items())
        place.person().perform(Update(kind=kind, key=key, native_id=key, revision="", changes=changes))
        after = _ticked(as_data(settled(from_data(kind, {**before[kind][key], **wanted}))))
        expected = {**before, kind: {**before[kind], key: after}}
        if kind == "allowlist" and not after:
            del expected[kind][key]
        assert held(place) == expected


@UNHURRIED
@given(drawn())
def test_a_form_that_is_sent_untouched_changes_nothing(world: Drawn) -> None:
    with served() as place:
        peopled(place, world)
        before = held(place)
        trail = len(list(place.world.trail()))
        for kind in ORDER:
            for key in before[kind]:
                again = (FieldChange(field="name", after=key),) if kind != "allowlist" else ()
                place.person().perform(Update(kind=kind, key=key, native_id=key, revision="", changes=again))
        assert held(place) == before
        assert len(list(place.world.trail())) == trail


@UNHURRIED
@given(drawn())
def test_everything_can_go_again(world: Drawn) -> None:
    with served() as place:
        peopled(place, world)
        person = place.person()
        for kind in reversed(ORDER):
            for key in world[kind]:
                person.perform(Delete(kind=kind, key=key, native_id=key, revision="", fields={}))
        assert not any(held(place).values())
