"""What an API makes in part: the plan shows both parts, and nobody is let in meanwhile who is not to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ccconf.model.change import KEY, Create, Delete, FieldChange, Restore, Update
from ccconf.platform.facts import Operation, Route, Support
from ccconf.reconcile.plan import Step
from ccconf.reconcile.split import split

FIELDS = ("name", "email", "status", "roles")


class Half:
    """An API that writes some fields of people and no others."""

    def __init__(self, *fields: str) -> None:
        self.fields = fields

    def support(self, kind: str, operation: Operation) -> Support:
        fields = self.fields if kind == "user" else ()
        return Support(kind=kind, operation=operation, route=Route.API, reason="a test", fields=fields)


def parts(*steps: Step, fields: tuple[str, ...] = FIELDS) -> list[Step]:
    api: Any = Half(*fields)
    return list(split(steps, api))


def new(key: str = "ann", needs: tuple[str, ...] = (), **fields: Any) -> Step:
    return Step(id=f"create user/{key}", change=Create(kind="user", key=key, fields=fields), needs=needs)


def changed(**fields: Any) -> Step:
    rows = tuple(FieldChange(field=name, before="was", after=value) for name, value in fields.items())
    change = Update(kind="user", key="ann", native_id="7", revision="3", changes=rows)
    return Step(id="update user/ann", change=change, needs=("create role/r",))


def group(key: str) -> Step:
    return Step(id=f"create group/{key}", change=Create(kind="group", key=key, fields={"name": key}))


def test_a_new_person_is_made_by_api_and_completed_by_hand() -> None:
    home, person = group("home"), new(name="Ann", groups={"home": {}}, needs=("create group/home", "create role/r"))
    _, made, rest = parts(home, person)
    assert made.change == Create(kind="user", key="ann", fields={"name": "Ann"})
    assert (made.route, made.needs) == (Route.API, ("create role/r",))  # the group is the other part's affair
    assert rest.change == Update(
        kind="user", key="ann", native_id="", revision="", changes=(FieldChange(field="groups", after={"home": {}}),)
    )
    assert (rest.id, rest.route) == ("complete user/ann", Route.MANUAL)
    assert rest.needs == ("create group/home", "create role/r", "create user/ann")


def test_a_change_is_parted_by_its_fields() -> None:
    made, rest = parts(changed(name="Ann", position="Lead"))
    assert isinstance(made.change, Update) and isinstance(rest.change, Update)
    assert [row.field for row in made.change.changes] == ["name"]
    assert [row.field for row in rest.change.changes] == ["position"]
    assert rest.change.native_id == "7"


@pytest.mark.parametrize("fields", [{"name": "Ann"}, {KEY: "anna"}, {"status": "inactive"}])
def test_what_goes_whole_stays_whole(fields: dict[str, Any]) -> None:
    step = changed(**fields)
    assert parts(step) == [step]


def test_what_no_path_sets_goes_by_hand_alone() -> None:
    (step,) = parts(changed(position="Lead"))
    assert (step.id, step.route) == ("update user/ann", Route.MANUAL)


def persons() -> Iterator[Step]:
    yield new(name="Ann", status="inactive")
    rows = (FieldChange(field="status", before="active", after="inactive"), FieldChange(field="name", after="Ann"))
    back = Restore(kind="user", key="ann", native_id="7", revision="3", changes=rows)
    yield Step(id="restore user/ann", change=back)


@pytest.mark.parametrize("step", [*persons()], ids=["new", "back"])
def test_nobody_is_let_in_until_a_person_shuts_the_door(step: Step) -> None:
    (whole,) = parts(step, fields=("name",))
    assert whole.route is Route.MANUAL and whole.change == step.change


def test_other_platforms_know_nothing_of_it() -> None:
    steps = [new(name="Ann", position="Lead"), changed(position="Lead")]
    assert parts(*steps, fields=()) == steps


def test_whoever_waits_for_what_a_person_does_waits_for_the_person() -> None:
    """Ann's groups and her address go by hand: only then may the group go, and only then may Bo have the address."""
    rows = (
        FieldChange(field="name", before="Ann", after="Ann Lee"),
        FieldChange(field="groups", before={"old": {}}, after=None),
        FieldChange(field="email", before="a@example.org", after=None),
    )
    ann = Step(id="update user/ann", change=Update(kind="user", key="ann", native_id="7", revision="3", changes=rows))
    goes = Delete(kind="group", key="old", native_id="1", revision="1", fields={"name": "Old"})
    gone = Step(id="delete group/old", change=goes, needs=(ann.id,))
    bo = new("bo", needs=(ann.id,), name="Bo", email="a@example.org")
    cy = Step(id="create role/cy", change=Create(kind="role", key="cy", fields={}), needs=(ann.id,))
    by_hand = {step.id: step.needs for step in parts(ann, gone, bo, cy, fields=("name",))}
    assert by_hand["delete group/old"] == (ann.id, "complete user/ann")
    assert by_hand["create user/bo"] == (ann.id, "complete user/ann")
    halves = {step.id: step.needs for step in parts(ann, gone, cy, fields=("name", "email"))}
    assert halves["delete group/old"] == (ann.id, "complete user/ann")
    assert halves["create role/cy"] == (ann.id,)
