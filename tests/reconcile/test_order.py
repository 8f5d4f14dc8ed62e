"""Whatever the plan: every step is possible when its turn comes, and the order is always the same."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Literal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ccconf.conformance.laws import two_worlds
from ccconf.conformance.worlds import World
from ccconf.model.change import Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import KINDS
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.reconcile.observe import observe
from ccconf.reconcile.order import Bonds, arranged, seats
from ccconf.reconcile.plan import Plan, Step, encode
from ccconf.reconcile.planner import Request, loose_steps, make_plan
from ccconf.reconcile.policy import Policy
from tests.reconcile.shelf import Sheet, Shelf

_UNHURRIED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
FIELDS = {
    "user": frozenset({"name", "email", "extension", "groups", "roles", "skills", "schedule", "status"})
    | {"type", "language"},
    "group": frozenset({"number", "roles", "allowlists", "schedule", "language"}),
    "role": frozenset({"allowlists"}),
    "skill": frozenset({"description"}),
    "schedule": frozenset({"timezone"}),
    "allowlist": frozenset({"networks"}),
}
Leavers = Literal["deactivate", "delete"]


@st.composite
def scenes(draw: st.DrawFn) -> tuple[World, World, Sheet, Policy]:
    """What is live, what left, what is wanted (with renames and values that change hands), and the rules."""
    first, second = draw(two_worlds(FIELDS))
    people = second["user"]
    for field in ("email", "extension"):
        holders = [key for key in people if field in people[key]]
        for key, value in zip(holders, draw(st.permutations([people[key][field] for key in holders])), strict=True):
            people[key] = {**people[key], field: value}
    former: dict[Ref, str] = {}
    for kind in KINDS:
        both = sorted(first[kind].keys() & second[kind].keys())
        former.update(
            {Ref(kind, new): old for new, old in zip(both, draw(st.permutations(both)), strict=True) if new != old}
        )
        fresh = sorted(second[kind].keys() - first[kind].keys())
        left = sorted(first[kind].keys() - second[kind].keys())
        is_renamed: bool = draw(st.booleans())
        if fresh and left and is_renamed:
            former[Ref(kind, fresh[0])] = left[0]
    gone: World = {}
    for key in sorted(people)[:1]:
        if key in first["user"] and not _moves(former, key) and draw(st.booleans()):
            left_with = first["user"].pop(key)
            gone["user"] = {key: {name: left_with[name] for name in ("name", "email", "status") if name in left_with}}
    leavers: Leavers = draw(st.sampled_from(["deactivate", "delete"]))
    policy = Policy(
        owns=dict.fromkeys(KINDS, "all"), deletes=dict.fromkeys(KINDS, "100%"), deletes_floor=9, leavers=leavers
    )
    return first, gone, Sheet(second, former), policy


def _moves(former: dict[Ref, str], key: str) -> bool:
    return any(key in (ref.key, old) for ref, old in former.items() if ref.kind == "user")


def _owned(shelf: Shelf) -> dict[str, dict[str, Owned]]:
    known: dict[str, dict[str, Owned]] = {kind: {} for kind in KINDS}
    for native_id, (ref, _) in shelf.live.items():
        known[ref.kind][ref.key] = Owned(native_id)
    return known


def _plan(shelf: Shelf, sheet: Sheet, policy: Policy) -> Plan:
    owned = _owned(shelf)
    return make_plan(Request("office", "shelf"), sheet, shelf, owned.__getitem__, policy)


def _ordered(steps: Iterable[Step], *, seats_left: int = 99, **bonds: Any) -> tuple[Step, ...]:
    listed = list(steps)
    return arranged(listed, Bonds(**bonds), [seats(listed, seats_left)]).steps


@_UNHURRIED
@given(scene=scenes(), shuffle=st.integers(0, 99))
def test_every_step_is_possible_when_its_turn_comes(scene: tuple[World, World, Sheet, Policy], shuffle: int) -> None:
    first, gone, sheet, policy = scene
    shelf = Shelf(first, gone, shuffle)
    plan = _plan(shelf, sheet, policy)
    assume(not plan.refused)
    done: set[str] = set()
    for step in plan.steps:
        assert set(step.needs) <= done, f"{step.id} comes before what it needs"
        shelf.perform(step.change)  # the shelf refuses what is impossible at that moment
        done.add(step.id)
    assert not [ref for ref, _ in shelf.live.values() if ref.key.endswith("~parked")]
    assert not _plan(shelf, Sheet(sheet.world), policy).steps


@_UNHURRIED
@given(scene=scenes(), shuffle=st.integers(1, 99))
def test_the_order_does_not_depend_on_the_order_of_anything(
    scene: tuple[World, World, Sheet, Policy], shuffle: int
) -> None:
    first, gone, sheet, policy = scene
    plan = _plan(Shelf(first, gone), sheet, policy)
    assert encode(_plan(Shelf(first, gone, shuffle), sheet, policy)) == encode(plan)
    shelf = Shelf(first, gone)
    found = observe(sheet, shelf, _owned(shelf).__getitem__, policy)
    loose = loose_steps(found, shelf)
    shuffled = random.Random(shuffle).sample(loose, len(loose))
    assert _ordered(shuffled, seats_left=1) == _ordered(loose, seats_left=1)


@st.composite
def _seatings(draw: st.DrawFn) -> tuple[list[Step], int, int]:
    """Who sits down and who stands up, the seats taken before, and the seats there are: enough in the end."""
    steps: list[Step] = []
    change: Any
    taken = 0
    for number in range(draw(st.integers(1, 8))):
        key = f"p{number}"
        before, after = draw(
            st.sampled_from([("none", "active"), ("inactive", "active"), ("active", "inactive"), ("active", "gone")])
        )
        taken += before == "active"
        status = FieldChange(field="status", before=before, after=after)
        match before, after:
            case "none", _:
                said: dict[str, Any] = draw(st.sampled_from([{}, {"status": "active"}]))
                change = Create(kind="user", key=key, fields={"name": key, **said})
            case _, "gone":
                change = Delete(kind="user", key=key, native_id=key, revision="1", fields={"status": "active"})
            case _:
                change = Update(kind="user", key=key, native_id=key, revision="1", changes=(status,))
        steps.append(Step(id=f"{after} {key}", change=change))
    unmanaged = draw(st.integers(0, 2))
    growth = sum(_seat(step) for step in steps)
    seats = max(taken, taken + growth) + unmanaged + draw(st.integers(0, 1))
    return steps, taken + unmanaged, seats


def _seat(step: Step) -> int:
    match step.change:
        case Create() | Restore():
            return 1
        case Delete():
            return -1
        case Update(changes=changes):
            return 1 if changes[0].after == "active" else -1


@settings(max_examples=150, deadline=None)
@given(seating=_seatings())
def test_at_no_moment_more_people_sit_than_there_are_seats(seating: tuple[list[Step], int, int]) -> None:
    steps, taken, pool = seating
    turn = _ordered(steps, seats_left=pool - taken)
    assert sorted(step.id for step in turn) == sorted(step.id for step in steps)
    for step in turn:
        taken += _seat(step)
        assert taken <= pool, f"{step.id} sits down where no seat is free"


def test_the_full_pool_waits_for_whoever_leaves() -> None:
    joins = Step(id="create user/a", change=Create(kind="user", key="a", fields={"name": "A"}))
    left = (FieldChange(field="status", before="active", after="inactive"),)
    leaves = Step(id="update user/z", change=Update(kind="user", key="z", native_id="1", revision="1", changes=left))
    assert [step.id for step in _ordered([joins, leaves], seats_left=1)] == ["create user/a", "update user/z"]
    assert [step.id for step in _ordered([joins, leaves], seats_left=0)] == ["update user/z", "create user/a"]
    assert [step.id for step in _ordered([joins, leaves], seats_left=-2)] == ["update user/z", "create user/a"]


def test_somebody_who_returns_sits_down_too() -> None:
    returns = Step(id="restore user/a", change=Restore(kind="user", key="a", native_id="1", revision="1", changes=()))
    left = (FieldChange(field="status", before="active", after="inactive"),)
    leaves = Step(id="update user/z", change=Update(kind="user", key="z", native_id="2", revision="1", changes=left))
    assert [step.id for step in _ordered([returns, leaves], seats_left=0)] == ["update user/z", "restore user/a"]
    resting = Restore(kind="user", key="a", native_id="1", revision="1", changes=left)
    quiet = Step(id="restore user/a", change=resting)
    joins = Step(id="create user/b", change=Create(kind="user", key="b", fields={"name": "B"}))
    assert not next(step for step in _ordered([joins, quiet], seats_left=0) if step.id == "create user/b").needs


def test_somebody_gone_gives_up_nothing_that_others_wait_for() -> None:
    """Ann returns with Bo's address while Bo takes the one she had when she left: no circle, for she holds nothing."""
    first: World = {"user": {"bo": {"name": "Bo", "email": "two@example.org", "status": "active"}}}
    gone: World = {"user": {"ann": {"name": "Ann", "email": "one@example.org", "status": "active"}}}
    wanted: World = {
        "user": {"ann": {"name": "Ann", "email": "two@example.org"}, "bo": {"name": "Bo", "email": "one@example.org"}}
    }
    plan = _plan(Shelf(first, gone), Sheet(wanted), Policy())
    assert [step.id for step in plan.steps] == ["update user/bo", "restore user/ann"]


def test_what_is_mentioned_by_its_name_comes_first() -> None:
    role = Create(kind="role", key="lead", fields={"name": "Lead", "scope": "segment", "segment": "Cards"})
    group = Create(kind="group", key="cards", fields={"name": "Cards"})
    steps = [Step(id="create role/lead", change=role), Step(id="create group/cards", change=group)]
    turned = _ordered(steps, naming={"group": "name"}, mentions={"role": {"segment": "group"}})
    assert [step.id for step in turned] == ["create group/cards", "create role/lead"]
    assert [step.id for step in _ordered(steps)] == ["create role/lead", "create group/cards"]


def _change(kind: str, key: str, field: str, before: Any, after: Any) -> Step:
    rows = (FieldChange(field=field, before=before, after=after),)
    change = Update(kind=kind, key=key, native_id=key, revision="1", changes=rows)
    return Step(id=f"update {kind}/{key}", change=change)


def test_what_gets_another_name_on_the_platform_has_it_before_anybody_refers_to_it() -> None:
    steps = [
        _change("group", "cards", "name", "Cards", "Card Desk"),
        _change("user", "ann", "groups", {"cards": {}}, {"loans": {}}),
        _change("user", "bo", "name", "Bo", "Bob"),
        _change("schedule", "cards", "weekly", {}, {"mon": ["09:00-17:00"]}),
    ]
    turned = _ordered(steps, naming={"group": "name"}, within={"schedule": "group"})
    needs = {step.id: step.needs for step in turned}
    assert needs.pop("update user/ann") == needs.pop("update schedule/cards") == ("update group/cards",)
    assert set(needs.values()) == {()}
    assert all(not step.needs for step in _ordered(steps, within={"schedule": "group"}))


def test_names_that_wait_for_one_another_come_in_any_order() -> None:
    """Loans takes the name of Cards, which goes when Ann has moved to Loans."""
    gone = Delete(kind="group", key="cards", native_id="cards", revision="1", fields={"name": "Cards"})
    steps = [
        Step(id="delete group/cards", change=gone),
        _change("group", "loans", "name", "Loans", "Cards"),
        _change("user", "ann", "groups", {"cards": {}}, {"loans": {}}),
    ]
    turned = [step.id for step in _ordered(steps, naming={"group": "name"})]
    assert turned == ["update user/ann", "delete group/cards", "update group/loans"]


def test_people_move_over_to_a_group_that_takes_the_number_of_the_one_they_leave() -> None:
    """The new group waits for the number, the number for the old group, the old group for its people, and they for the
    new one: so the old group gives up its number first.
    """
    shelf = Shelf(
        {"group": {"old": {"number": "100"}}, "user": {"ann": {"name": "Ann", "groups": {"old": {}}}}},
    )
    sheet = Sheet({"group": {"new": {"number": "100"}}, "user": {"ann": {"name": "Ann", "groups": {"new": {}}}}})
    policy = Policy(owns=dict.fromkeys(KINDS, "all"), deletes=dict.fromkeys(KINDS, "100%"), deletes_floor=9)
    plan = _plan(shelf, sheet, policy)
    assert [step.id for step in plan.steps] == [
        "park group/old",
        "create group/new",
        "update user/ann",
        "delete group/old",
    ]
    assert (plan.counts.create, plan.counts.update, plan.counts.delete) == (1, 1, 1)
    for step in plan.steps:
        shelf.perform(step.change)
    assert not _plan(shelf, sheet, policy).steps
