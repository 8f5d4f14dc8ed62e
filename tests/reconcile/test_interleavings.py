"""Steps are taken side by side, in any order that keeps to their needs: no rule is broken on the way in any of them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from ccconf.conformance.worlds import World
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Update
from ccconf.model.kinds import KINDS, from_data
from ccconf.model.licence import SEAT, Invariant, Rule, Selector
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.reconcile.diff import planned
from ccconf.reconcile.order import Bonds, arranged, seats
from ccconf.reconcile.plan import Plan, Step
from ccconf.reconcile.planner import Request, make_plan
from ccconf.reconcile.policy import Policy
from ccconf.reconcile.pools import Pool, reserve
from tests.reconcile.shelf import Sheet, Shelf
from tests.reconcile.test_order import scenes

COUNTED = (
    Selector(kind="user"),
    Selector(kind="user", where={"type": "human"}),
    Selector(kind="user", where={"language": "pl"}),
    Selector(kind="skill"),
    Selector(kind="group"),
    Selector(kind="group", where={"language": "pl"}),
    Selector(kind="role"),
)
"""What the rules of these worlds count."""


def interleaved(steps: Sequence[Step], choose: random.Random) -> Iterator[Step]:
    """The steps in one of the orders that keep to their needs."""
    waiting, done = list(steps), set[str]()
    while waiting:
        ready = [step for step in waiting if done.issuperset(step.needs)]
        assert ready, f"steps need one another in a circle: {[step.id for step in waiting]}"
        step = choose.choice(ready)
        waiting.remove(step)
        done.add(step.id)
        yield step


def count(shelf: Shelf, selector: Selector) -> int:
    """How many live objects a rule counts."""
    live = (from_data(ref.kind, fields) for ref, fields in shelf.live.values() if ref.kind == selector.kind)
    return sum(map(selector.fits, live))


def networks(shelf: Shelf) -> set[str]:
    """Every address from which somebody is let in."""
    return {name for ref, fields in shelf.live.values() for name in fields.get("networks", ()) if ref}


class Watched:
    """A shelf whose every change is judged by all the rules."""

    def __init__(self, shelf: Shelf, policy: Policy, kept: set[str]) -> None:
        self.shelf = shelf
        self.kept = kept
        seats = [] if policy.seats is None else [(SEAT, policy.seats)]
        most = [*((rule.select, rule.limit) for rule in policy.rules), *seats]
        self.most = [(select, max(limit, count(shelf, select))) for select, limit in most]
        least = [(row.select, row.least) for row in policy.invariants]
        self.least = [(select, min(limit, count(shelf, select))) for select, limit in least]

    def perform(self, change: Change) -> None:
        self._finds_what_the_plan_saw(change)
        self.shelf.perform(change)
        for select, limit in self.most:
            assert count(self.shelf, select) <= limit, f"{change.ref}: more than {limit} of {select}"
        for select, limit in self.least:
            assert count(self.shelf, select) >= limit, f"{change.ref}: less than {limit} of {select}"
        assert self.kept <= networks(self.shelf), f"{change.ref}: shut out {self.kept - networks(self.shelf)}"

    def _finds_what_the_plan_saw(self, change: Change) -> None:
        """Or the run would stop there, because the object is not as it was approved."""
        if not isinstance(change, Update):
            return
        ref, fields = self.shelf.live[change.native_id]
        resource = from_data(ref.kind, fields)
        for row in change.changes:
            now = ref.key if row.field == KEY else planned(getattr(resource, row.field))
            assert now == row.before, f"{change.ref}: {row.field} is {now}, the plan saw {row.before}"


def _plan(shelf: Shelf, sheet: Sheet, policy: Policy) -> Plan:
    owned: dict[str, dict[str, Owned]] = {kind: {} for kind in KINDS}
    for native_id, (ref, _) in shelf.live.items():
        owned[ref.kind][ref.key] = Owned(native_id)
    return make_plan(Request("office", "shelf"), sheet, shelf, owned.__getitem__, policy)


def _with_tight_rules(before: Shelf, after: Shelf, policy: Policy, slack: Sequence[int]) -> Policy:
    """At most as many as there are before or after, and at least as many, give or take one."""
    counts = [(count(before, select), count(after, select)) for select in COUNTED]
    known: dict[str, Any] = {"label": "them", "source": "test", "certainty": "seed"}
    return replace(
        policy,
        seats=max(count(before, SEAT), count(after, SEAT)) + slack[-1],
        rules=tuple(
            Rule(id=f"most {number}", select=select, limit=max(pair) + slack[number], **known)
            for number, (select, pair) in enumerate(zip(COUNTED, counts, strict=True))
        ),
        invariants=tuple(
            Invariant(id=f"least {number}", form="some", select=select, least=min(pair) - slack[number], **known)
            for number, (select, pair) in enumerate(zip(COUNTED, counts, strict=True))
        ),
    )


def _may_be_tied(steps: Iterable[Step]) -> bool:
    """Whether an allowlist that is narrowed by a step is also widened or renamed by it: where others have to wait for
    that, no order may be left in which nobody is shut out for a moment.
    """
    for step in steps:
        if step.ref.kind == "allowlist" and isinstance(step.change, Update):
            rows = {row.field: (set(row.before or ()), set(row.after or ())) for row in step.change.changes}
            before, after = rows.get("networks", (set(), set()))
            if before - after and (after - before or KEY in rows):
                return True
    return False


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    scene=scenes(),
    slack=st.lists(st.sampled_from([0, 0, 1]), min_size=len(COUNTED) + 1, max_size=len(COUNTED) + 1),
    order=st.integers(0, 999),
)
def test_no_rule_is_broken_in_any_order_that_keeps_to_the_needs(
    scene: tuple[World, World, Sheet, Policy], slack: list[int], order: int
) -> None:
    first, gone, sheet, policy = scene
    easy = _plan(Shelf(first, gone), sheet, policy)
    assume(not easy.refused)
    after = Shelf(deepcopy(first), deepcopy(gone))
    for step in easy.steps:
        after.perform(step.change)
    policy = _with_tight_rules(Shelf(first, gone), after, policy, slack)
    plan = _plan(Shelf(first, gone), sheet, policy)
    assume(not plan.refused)
    for choice in range(3):
        shelf = Shelf(deepcopy(first), deepcopy(gone))
        kept = set() if _may_be_tied(plan.steps) else networks(shelf) & networks(after)
        watched = Watched(shelf, policy, kept)
        for step in interleaved(plan.steps, random.Random(order + choice)):
            watched.perform(step.change)
        assert not _plan(shelf, Sheet(sheet.world), policy).steps


@st.composite
def _counted_steps(draw: st.DrawFn) -> tuple[list[Step], dict[str, set[str]], list[Pool]]:
    """Steps that need some of those before them, and take from pools or give back."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 9)))]
    steps = [Step(id=name, change=Create(kind="user", key=name, fields={})) for name in names]
    needs = {
        name: set(draw(st.lists(st.sampled_from(names[:place]), max_size=2))) if place else set()
        for place, name in enumerate(names)
    }
    moves = st.fixed_dictionaries(dict.fromkeys(names, st.sampled_from([1, -1, -1, 0])))
    pools = [Pool(draw(st.integers(-1, 3)), draw(moves)) for _ in range(draw(st.integers(1, 3)))]
    return steps, needs, pools


@settings(max_examples=300, deadline=None)
@given(counted=_counted_steps(), order=st.integers(0, 999))
def test_no_pool_is_overdrawn_by_more_than_is_told(
    counted: tuple[list[Step], dict[str, set[str]], list[Pool]], order: int
) -> None:
    steps, needs, pools = counted
    short = reserve(steps, needs, pools)
    listed = [msgspec.structs.replace(step, needs=tuple(needs[step.id])) for step in steps]
    for choice in range(4):
        taken = [0] * len(pools)
        for step in interleaved(listed, random.Random(order + choice)):
            for number, pool in enumerate(pools):
                taken[number] += pool.moves[step.id]
                assert taken[number] <= max(pool.room, 0) + short[number], f"pool {number} is overdrawn by {step.id}"


def test_whoever_gives_back_after_taking_elsewhere_comes_first() -> None:
    """The only free place goes to the one whose turn lets another give a place back."""
    steps = [Step(id=name, change=Create(kind="user", key=name, fields={})) for name in ("first", "second", "third")]
    needs: dict[str, set[str]] = {"first": set(), "second": set(), "third": {"second"}}
    assert reserve(steps, needs, [Pool(1, {"first": 1, "second": 1, "third": -1})]) == (0,)
    assert needs == {"first": {"third"}, "second": set(), "third": {"second"}}


def test_two_who_change_places_without_a_third_are_told() -> None:
    """Each can only go where the other is: no order is right, and one of them is said to be too many."""
    steps = [Step(id=name, change=Create(kind="user", key=name, fields={})) for name in ("there", "back")]
    needs: dict[str, set[str]] = {"there": set(), "back": set()}
    assert reserve(steps, needs, [Pool(0, {"there": 1, "back": -1}), Pool(0, {"there": -1, "back": 1})]) == (1, 0)


def test_a_full_plan_is_put_in_order_without_delay() -> None:
    """Twenty thousand steps, half of which wait for a seat."""
    left = (FieldChange(field="status", before="active", after="inactive"),)
    count = 10_000
    steps = [
        step
        for number in range(count)
        for step in (
            Step(id=f"create user/a{number}", change=Create(kind="user", key=f"a{number}", fields={"name": "A"})),
            Step(
                id=f"update user/z{number}",
                change=Update(kind="user", key=f"z{number}", native_id=str(number), revision="1", changes=left),
            ),
        )
    ]
    began = time.process_time()
    found = arranged(steps, pools=[seats(steps, 0)])
    assert found.short == (0,)
    assert sum(len(step.needs) for step in found.steps) == count
    assert time.process_time() - began < 15  # with a comparison of all pairs it takes hours


def _changes(key: str, kind: str = "allowlist", **fields: tuple[Any, Any]) -> Step:
    rows = tuple(FieldChange(field=name, before=before, after=after) for name, (before, after) in fields.items())
    change = Update(kind=kind, key=key, native_id=key, revision="1", changes=rows)
    return Step(id=f"update {kind}/{key}", change=change)


def _needs(*steps: Step) -> dict[str, tuple[str, ...]]:
    return {step.id: step.needs for step in arranged(steps).steps}


def test_an_address_is_let_in_elsewhere_before_it_is_taken_away() -> None:
    office, lobby = {"203.0.113.7": ""}, {"198.51.100.0/24": ""}
    loses = _changes("a", networks=({**office, **lobby}, lobby))
    for wider in ("203.0.113.7", "203.0.113.0/24", "::/0"):
        gains = _changes("b", networks=(lobby, {**lobby, wider: ""}))
        assert _needs(loses, gains) == {loses.id: (gains.id,) if ":" not in wider else (), gains.id: ()}
    both = _changes("b", networks=({"192.0.2.1": ""}, office))
    back = _changes("a", networks=(office, {"192.0.2.1": ""}))
    assert _needs(both, back) == {both.id: (), back.id: ()}, "tied in a circle"


def test_another_allowlist_is_wide_enough_before_a_group_has_it() -> None:
    widens = _changes("new", networks=({}, {"203.0.113.7": ""}))
    narrows = _changes("old", networks=({"198.51.100.7": ""}, {}))
    moves = _changes("team", "group", allowlists=(["old"], ["new"]))
    assert _needs(widens, narrows, moves) == {widens.id: (), moves.id: (widens.id,), narrows.id: (moves.id,)}


def test_who_returns_takes_again_what_they_had() -> None:
    """Ann left with an address that Bo has by now, and a key that Bo is yet to give up."""
    first: World = {"user": {"ann": {"name": "Bo", "email": "one@example.org", "status": "active"}}}
    gone: World = {"user": {"ann": {"name": "Ann", "email": "one@example.org", "status": "active"}}}
    wanted: World = {"user": {"ann": {"name": "Ann"}, "bo": {"name": "Bo", "email": "two@example.org"}}}
    sheet = Sheet(wanted, {Ref("user", "bo"): "ann"})
    plan = _plan(Shelf(first, gone), sheet, Policy())
    assert {step.id: step.needs for step in plan.steps} == {
        "update user/bo": (),
        "restore user/ann": ("update user/bo",),
    }
    keeps = Sheet({"user": {"ann": {"name": "Ann"}, "bo": {"name": "Bo"}}}, {Ref("user", "bo"): "ann"})
    assert [found.code for found in _plan(Shelf(first, gone), keeps, Policy()).findings] == ["CC502"]


@pytest.mark.parametrize("change", [Create, Update])
def test_what_is_mentioned_has_its_name_first_and_keeps_it_until_nobody_mentions_it(change: type) -> None:
    named: Change = Create(kind="group", key="cards", fields={"name": "Cards"})
    if change is Update:
        row = FieldChange(field="name", before="Cash", after="Cards")
        named = Update(kind="group", key="cards", native_id="1", revision="1", changes=(row,))
    old = Delete(kind="group", key="loans", native_id="2", revision="1", fields={"name": "Loans"})
    steps = [
        Step(id="names", change=named),
        Step(id="goes", change=old),
        _changes("lead", "role", segment=("Loans", "Cards")),
    ]
    bonds = Bonds(naming={"group": "name"}, mentions={"role": {"segment": "group"}})
    needs = {step.id: step.needs for step in arranged(steps, bonds).steps}
    assert needs == {"names": (), "update role/lead": ("names",), "goes": ("update role/lead",)}
