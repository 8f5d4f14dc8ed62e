"""`formerly`: a person keeps the id, whatever happens to names, and nobody is ever made twice."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.desk import Desk, People, crash, people


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def _moved(before: People, moves: dict[str, str]) -> People:
    """`moves` is new key -> old key; whoever moves takes over the new desk's address and extension."""
    after = {key: fields for key, fields in before.items() if key not in moves.values()}
    for new, old in moves.items():
        seat = people(4).get(new, {"email": "q@example.org", "extension": "900"})
        after[new] = {**seat, "name": before[old]["name"], "formerly": old}
    return dict(sorted(after.items()))


def _ends(desk: Desk, ids: dict[str, str], moves: dict[str, str]) -> None:
    """Everybody has the id of old under the name of now."""
    expected = {key: ids[moves.get(key, key)] for key in {*moves, *(ids.keys() - set(moves.values()))}}
    assert desk.ids() == expected


MOVES = {
    "chain": {"p0": "p1", "p1": "p2"},
    "chain into the open": {"q": "p1", "p1": "p2"},
    "swap": {"p0": "p1", "p1": "p0"},
    "ring": {"p0": "p1", "p1": "p2", "p2": "p0"},
    "two swaps": {"p0": "p1", "p1": "p0", "p2": "p3", "p3": "p2"},
}


def _before(moves: dict[str, str]) -> People:
    """Those who take part, and a bystander."""
    return {**{key: people(4)[key] for key in sorted(set(moves.values()))}, "x": {"name": "Bystander"}}


@pytest.mark.parametrize("moves", MOVES.values(), ids=MOVES)
def test_moves_keep_everybody(desk: Desk, moves: dict[str, str]) -> None:
    before = _before(moves)
    desk.declare(users=before).apply()
    ids = desk.ids()
    after = _moved(before, moves)
    desk.declare(users=after).apply()
    _ends(desk, ids, moves)
    for key, fields in after.items():
        assert desk.fields(f"user/{key}")["name"] == fields["name"]
        assert desk.fields(f"user/{key}").get("email") == fields.get("email")
    # formerly stays in the manifests for ever, through other changes, and may go at any time
    after["x"] = {"name": "Bystander", "position": "Guard"}
    desk.declare(users=after).apply()
    _ends(desk, ids, moves)
    for fields in after.values():
        fields.pop("formerly", None)
    desk.declare(users=after)
    assert desk.run("plan").code == 0
    desk.apply()
    _ends(desk, ids, moves)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("moves", MOVES.values(), ids=MOVES)
def test_a_crash_at_any_call_changes_nothing_in_the_end(tmp_path: Path, moves: dict[str, str], after: bool) -> None:
    before = _before(moves)
    wanted = _moved(before, moves)
    at, steps = 0, 1
    while at < steps:
        desk = Desk(tmp_path / str(at))
        desk.declare(users=before).apply()
        ids = desk.ids()
        desk.declare(users=wanted)
        steps = len(desk.plan().steps)
        crash(desk, at, after=after)
        desk.apply()
        _ends(desk, ids, moves)
        assert {key: desk.fields(f"user/{key}")["name"] for key in wanted} == {
            key: fields["name"] for key, fields in wanted.items()
        }
        desk.declare(users={key: {**fields, "position": "Later"} for key, fields in wanted.items()}).apply()
        _ends(desk, ids, moves)
        at += 1
    assert at >= len(moves)


@pytest.mark.parametrize("later", [{}, {"position": "Changed meanwhile"}], ids=["as wanted", "with changes"])
def test_two_crashes_in_one_ring(desk: Desk, later: dict[str, str]) -> None:
    moves = MOVES["ring"]
    before = _before(moves)
    desk.declare(users=before).apply()
    ids = desk.ids()
    desk.declare(users=_moved(before, moves))
    crash(desk, 1, after=True)
    crash(desk, 0, after=True)
    desk.declare(users={key: {**fields, **later} for key, fields in _moved(before, moves).items()}).apply()
    _ends(desk, ids, moves)


def test_the_old_name_may_be_given_to_somebody_new_at_the_console(desk: Desk) -> None:
    desk.declare(users={"ann.lee": {"name": "Ann"}}).apply()
    desk.declare(users={"ann.dahl": {"name": "Ann", "formerly": "ann.lee"}}).apply()
    desk.console_creates("user/ann.lee", name="Another Ann")
    desk.silent()
    desk.declare(users={"ann.dahl": {"name": "Ann D", "formerly": "ann.lee"}}).apply()
    assert desk.fields("user/ann.lee")["name"] == "Another Ann"


def test_swapping_back_is_a_swap_too(desk: Desk) -> None:
    before = people(2)
    desk.declare(users=before).apply()
    ids = desk.ids()
    there = {"p0": {**before["p0"], "formerly": "p1"}, "p1": {**before["p1"], "formerly": "p0"}}
    desk.declare(users=there).apply()
    assert desk.ids() == {"p0": ids["p1"], "p1": ids["p0"]}
    desk.declare(users=before).apply()  # the first swap is settled once its formerly is taken out
    desk.declare(users=there).apply()
    assert desk.ids() == ids


def test_turning_a_ring_the_other_way_needs_nothing_in_between(desk: Desk) -> None:
    before = people(3)
    desk.declare(users=before).apply()
    ids = desk.ids()
    keys = ["p0", "p1", "p2"]
    ahead = {key: {"name": "N", "formerly": keys[index - 1]} for index, key in enumerate(keys)}
    back = {key: {"name": "N", "formerly": keys[(index + 1) % 3]} for index, key in enumerate(keys)}
    desk.declare(users=ahead).apply()
    assert desk.ids() == {"p0": ids["p2"], "p1": ids["p0"], "p2": ids["p1"]}
    desk.declare(users=back).apply()
    assert desk.ids() == ids


def test_a_fresh_clone_with_a_spent_rename_sees_nothing_to_do(desk: Desk) -> None:
    desk.declare(users={"ann.lee": {"name": "Ann"}}).apply()
    ids = desk.ids()
    desk.declare(users={"ann.dahl": {"name": "Ann", "formerly": "ann.lee"}}).apply()
    desk.forget_everything()
    assert desk.plan().steps == ()
    desk.apply()
    assert desk.ids() == {"ann.dahl": ids["ann.lee"]}


def test_a_fresh_clone_can_rename_where_only_the_old_name_is_live(desk: Desk) -> None:
    desk.declare(users={"ann.lee": {"name": "Ann"}}).apply()
    ids = desk.ids()
    desk.forget_everything()
    desk.declare(users={"ann.dahl": {"name": "Ann", "formerly": "ann.lee"}}).apply()
    assert desk.ids() == {"ann.dahl": ids["ann.lee"]}


def test_a_fresh_clone_does_not_guess_at_a_swap(desk: Desk) -> None:
    before = people(2)
    desk.declare(users=before).apply()
    ids = desk.ids()
    desk.forget_everything()
    desk.declare(users={"p0": {**before["p0"], "formerly": "p1"}, "p1": {**before["p1"], "formerly": "p0"}})
    assert desk.codes() == (1, ["CC503"])
    assert desk.run("apply", "--yes").code == 1
    assert desk.ids() == ids


def test_references_follow_a_rename(desk: Desk) -> None:
    world: dict[str, Any] = {
        "groups": {"billing": {}, "sales": {}},
        "roles": {"agent": {"permissions": {"calls.take": True}}},
        "users": {"ann": {"name": "Ann", "groups": ["billing"], "roles": ["agent"]}},
    }
    desk.declare(**world).apply()
    world["groups"] = {"invoices": {"formerly": "billing"}, "sales": {}}
    world["roles"] = {"operator": {"formerly": "agent", "permissions": {"calls.take": True}}}
    world["users"] = {"ann": {"name": "Ann", "groups": ["invoices"], "roles": ["operator"]}}
    desk.declare(**world)
    assert [step.id for step in desk.plan().steps] == ["update role/operator", "update group/invoices"]
    desk.apply()
    assert desk.fields("user/ann")["groups"] == {"invoices": {}}


def test_groups_swap_names_under_their_members(desk: Desk) -> None:
    groups = {"day": {"description": "D"}, "night": {"description": "N"}}
    users = {"ann": {"name": "Ann", "groups": ["day"]}, "bo": {"name": "Bo", "groups": ["night"]}}
    desk.declare(groups=groups, users=users).apply()
    ids = desk.ids("group")
    groups = {"day": {"formerly": "night"}, "night": {"formerly": "day"}}
    users = {"ann": {"name": "Ann", "groups": ["night"]}, "bo": {"name": "Bo", "groups": ["day"]}}
    desk.declare(groups=groups, users=users)
    assert {step.ref.kind for step in desk.plan().steps} == {"group"}
    crash(desk, 0, after=True)
    desk.apply()
    assert desk.ids("group") == {"day": ids["night"], "night": ids["day"]}
    assert desk.fields("user/ann")["groups"] == {"night": {}}


def test_somebody_parked_who_then_leaves_loses_access(desk: Desk) -> None:
    """A run died while two people swapped names; before the next one, one of them left the firm."""
    before = people(2)
    desk.declare(users=before).apply()
    ids = desk.ids()
    desk.declare(users={"p0": {**before["p0"], "formerly": "p1"}, "p1": {**before["p1"], "formerly": "p0"}})
    crash(desk, 1, after=True)
    (parked,) = (key for key in desk.ids() if key.endswith("~parked"))
    gone = desk.ids()[parked]
    stays = "p1" if gone == ids["p1"] else "p0"
    desk.declare(users={stays: {"name": "Stays", "email": before[stays]["email"]}}).apply()
    (left,) = (live for live in desk.live().values() if live.native_id == gone)
    assert getattr(left.resource, "status", None) == "inactive"


def test_a_swap_interrupted_and_then_called_off(desk: Desk) -> None:
    before = people(2)
    desk.declare(users=before).apply()
    ids = desk.ids()
    desk.declare(users={"p0": {**before["p0"], "formerly": "p1"}, "p1": {**before["p1"], "formerly": "p0"}})
    crash(desk, 0, after=True)
    desk.declare(users=before).apply()
    assert desk.ids() == ids
    assert desk.fields("user/p0")["email"] == before["p0"]["email"]


def test_a_key_that_only_looks_parked_is_a_key(desk: Desk) -> None:
    desk.declare(users={"van~parked": {"name": "Van"}}).apply()
    ids = desk.ids()
    desk.declare(users={"van~parked": {"name": "Van", "position": "Driver"}}).apply()
    assert desk.ids() == ids == {"van~parked": ids["van~parked"]}


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_permutation_of_names_addresses_and_extensions(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 6), label="people")
    before = people(count)
    keys = sorted(before)
    news = data.draw(st.permutations([*keys, "q0", "q1"]).map(lambda names: names[:count]), label="new keys")
    emails = data.draw(st.permutations(keys), label="addresses")
    numbers = data.draw(st.permutations(keys), label="extensions")
    wanted: People = {}
    for old, new, email, number in zip(keys, news, emails, numbers, strict=True):
        wanted[new] = {
            "name": before[old]["name"],
            "email": before[email]["email"],
            "extension": before[number]["extension"],
            **({"formerly": old} if new != old else {}),
        }
    deaths = data.draw(st.lists(st.tuples(st.integers(0, count), st.booleans()), max_size=3), label="dies at, after")
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder)).declare(users=before)
        desk.apply()
        ids = desk.ids()
        desk.declare(users=wanted)
        for at, after in deaths:
            if len(desk.plan().steps) > at:
                crash(desk, at, after=after)
        desk.apply()
        assert desk.ids() == {new: ids[old] for old, new in zip(keys, news, strict=True)}
        for new, fields in wanted.items():
            live = desk.fields(f"user/{new}")
            assert {name: live[name] for name in ("name", "email", "extension")} == {
                name: fields[name] for name in ("name", "email", "extension")
            }
