"""Do plan and apply keep their promises on a platform? Subclass `Laws` beside `Conformance`, and run pytest.

    class TestOurLaws(Laws):
        def connect(self) -> Platform:
            return ...  # a new and empty platform each time, over the wire form of the vendor

Each law takes the whole way that a user's change takes: manifests written as YAML, read, composed, validated,
compared with what the platform delivers, planned, applied, noted in a real ledger.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from ccconf.conformance.contract import tried
from ccconf.conformance.worlds import PICTURES, World, resources, worlds
from ccconf.errors import Broken, Refused
from ccconf.findings import Finding, errors
from ccconf.ledger import objects
from ccconf.ledger.book import Runs
from ccconf.ledger.journal import Journal
from ccconf.ledger.lock import take
from ccconf.ledger.runs import Noted
from ccconf.ledger.spot import Spot
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.load import Loaded, load
from ccconf.manifest.project import open_project
from ccconf.manifest.write import manifests
from ccconf.model.change import Change
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, as_data, from_data, relinked_data
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Descriptor, Facts, Observed, Operation, Page, Performed, Platform, Support, Unheld
from ccconf.platform.names import Held
from ccconf.reconcile.apply import Past, apply, past_of
from ccconf.reconcile.observe import complete
from ccconf.reconcile.outcome import Report, Status
from ccconf.reconcile.plan import Plan, Step, encode, field_changes
from ccconf.reconcile.planner import Request, make_plan
from ccconf.reconcile.policy import Ownership, Policy
from ccconf.reconcile.turn import Crew
from ccconf.validate.checks import validate

_UNHURRIED = settings(
    max_examples=25,
    deadline=None,  # time limits say more about the machine than about the plug-in
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors, HealthCheck.data_too_large],
)

TARGET = "place"
_PROJECT = "version: 1\ntargets:\n  place: {platform: local, url: live.db, manifests: [manifests]}\n"

State = dict[Ref, tuple[str, dict[str, Any]]]


ANY = Descriptor(Facts(name="any", title="any"), None)
"""A platform of which nothing is known offline."""


class Crash(BaseException):
    """The process dies. Not an `Exception`, so that nothing may catch it on the way."""


def interleaved(plan: Plan) -> Plan:
    """The plan with its steps in another order that keeps to their needs, as many hands might take them.

    The same plan always gets the same order.
    """
    choose = random.Random(plan.id)  # noqa: S311 - guards nothing
    waiting, turn = list(plan.steps), list[Step]()
    while waiting:
        done = {step.id for step in turn}
        ready = [step for step in waiting if done.issuperset(step.needs)]
        turn.append(choose.choice(ready))
        waiting.remove(turn[-1])
    return msgspec.structs.replace(plan, steps=tuple(turn))


class Office:
    """A project in a folder, and a platform beside it."""

    def __init__(
        self,
        folder: Path,
        platform: Platform,
        owns: Ownership = "listed",
        leavers: Any = "deactivate",
        descriptor: Descriptor = ANY,
    ) -> None:
        self.folder = folder
        self.platform = platform
        self.descriptor = descriptor
        facts = descriptor.facts
        self.policy = Policy(
            invariants=facts.invariants,
            immutable=frozenset((row.kind, row.field) for row in facts.immutable),
            within=facts.within,
            mentions=facts.mentions,
            deactivates="status" in facts.fields.get("user", ("status",)),
            owns=dict.fromkeys(KINDS, owns),
            deletes=dict.fromkeys(KINDS, "100%"),
            leavers=leavers,
            accept_empty=frozenset(KINDS),
        )
        (folder / "ccconf.yaml").write_text(_PROJECT)

    def declare(self, world: World) -> None:
        """Write a world as manifests, in place of what was there. Manifests that declare nothing are refused anyway."""
        assume(any(world.values()))
        objects = {kind: {key: from_data(kind, data) for key, data in keyed.items()} for kind, keyed in world.items()}
        self.write(manifests(objects, PICTURES.get, split_users=False))

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """These files are the manifests from now on."""
        home = self.folder / "manifests"
        for old in home.rglob("*.yaml"):
            old.unlink()
        for name, content in {"empty.yaml": "", **files}.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def declared(self, shuffle: random.Random | None = None) -> Declarations:
        """What the manifests say; `shuffle` reads the files in another order."""
        loaded = load(open_project(self.folder / "ccconf.yaml").target(None))
        if shuffle is not None:
            pairs = list(zip(loaded.sources, loaded.rows, strict=True))
            shuffle.shuffle(pairs)
            loaded = Loaded(tuple(source for source, _ in pairs), tuple(rows for _, rows in pairs), loaded.base)
        return compose(loaded)

    def plan(self, platform: Platform | None = None, shuffle: random.Random | None = None) -> Plan:
        """The plan that `ccconf plan` would make."""
        declared = self.declared(shuffle)
        findings = validate(declared, self.descriptor.facts, Licence())
        assert not errors(findings), f"a valid world was found invalid: {[str(found) for found in errors(findings)]}"
        with Ledger(self.folder / "ledger.db") as ledger:
            return make_plan(
                Request(TARGET, "any"), Held(declared, self.descriptor.as_held), platform or self.platform,
                lambda kind: ledger.owned(TARGET, kind), self.policy,
            )  # fmt: skip

    def apply(self, plan: Plan, platform: Platform | None = None) -> Report:
        """What `ccconf apply` would do with it."""
        with Ledger(self.folder / "ledger.db") as ledger:
            return self._applied(plan, Crew(platform or self.platform, _Notes(ledger)), ledger, Past())

    def run(self, plan: Plan, platform: Platform | None = None, *, resume: bool = False) -> Report:
        """The same as a run of the ledger, under its lock, with a journal; or the rest of the run that was cut off."""
        with (
            Ledger(self.folder / "ledger.db") as ledger,
            take(ledger, Spot(TARGET, TARGET), "the laws", 0.0, _unheard) as lease,
        ):
            runs = Runs(ledger, TARGET)
            run = runs.unfinished() if resume else runs.begin(encode(plan), plan.id, actor="the laws", commit="")
            assert run is not None, "a run that was cut off is not in the ledger"
            past = past_of(runs.steps(run)) if resume else Past()
            with Journal(ledger, run, lease) as journal:
                return self._applied(plan, Crew(platform or self.platform, journal), ledger, past)

    def _applied(self, plan: Plan, crew: Crew, ledger: Ledger, past: Past) -> Report:
        return apply(interleaved(plan), crew, lambda ours: ledger.record_all(TARGET, ours), at_once=1, past=past)

    def settle(self, world: World) -> None:
        """Declare a world and apply it whole."""
        self.declare(world)
        plan = self.plan()
        assume(not plan.refused)
        self.done(plan, self.apply(plan))

    def done(self, plan: Plan, report: Report) -> None:
        """Every step was done, call for call as the plan said (law 5)."""
        failed = [(ended.step, ended.detail) for ended in report.outcomes if ended.status is not Status.DONE]
        assert not failed, f"steps of an accepted plan were not done: {failed}"
        announced = {step.id: step.calls for step in plan.steps}
        made = {ended.step: ended.calls for ended in report.outcomes}
        assert made == announced, "apply made other calls than the plan showed"

    def silent(self) -> None:
        """A second plan is empty (law 1)."""
        again = self.plan()
        assert not again.steps, f"after apply there is still something to do: {[step.id for step in again.steps]}"
        assert not again.adopts, "after apply there is still something to note"

    def live(self) -> dict[str, dict[str, Resource]]:
        """Everything that is live, by kind and key."""
        return {kind: {live.ref.key: live.resource for live in complete(self.platform, kind)} for kind in KINDS}

    def state(self) -> State:
        """Everything that is live, as plain data, with its id."""
        return {
            live.ref: (live.native_id, as_data(live.resource))
            for kind in KINDS
            for live in complete(self.platform, kind)
        }


class _Notes:
    """A journal without runs: what was done is noted as ours in the end, and that is all that most laws need."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.done = list[Noted]()

    def announce(self, step: str) -> None:
        """Nothing is prepared."""

    def intend(self, step: str) -> None:
        """Nobody dies here."""

    def ended(self, step: str, status: str, outcome: dict[str, Any], noted: Sequence[Noted] = ()) -> None:
        """The step has ended."""
        self.done.extend(noted)

    def close(self) -> None:
        """Note all of it."""
        with self.ledger.writing() as connection:
            objects.note(connection, TARGET, self.done)

    def unnoted(self) -> Mapping[str, Broken]:
        """Nothing."""
        return {}


def _unheard(line: str) -> None:
    """Nobody waits here."""


class Through:
    """A platform that passes everything on; laws override one call of it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def support(self, kind: str, operation: Operation) -> Support:
        return self.platform.support(kind, operation)

    def begin(self) -> None:
        self.platform.begin()

    def observe(self, kind: str) -> Iterator[Page]:
        return self.platform.observe(kind)

    def departed(self, kind: str) -> Iterator[Page]:
        return self.platform.departed(kind)

    def current(self, kind: str, native_id: str) -> Observed | None:
        return self.platform.current(kind, native_id)

    def lookup(self, ref: Ref) -> Observed | None:
        return self.platform.lookup(ref)

    def calls(self, change: Change) -> tuple[str, ...]:
        return self.platform.calls(change)

    def perform(self, change: Change) -> Performed:
        return self.platform.perform(change)

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        return self.platform.objections(changes)

    def confirm(self) -> Iterator[Unheld]:
        return self.platform.confirm()

    def file(self, digest: str) -> bytes | None:
        return self.platform.file(digest)

    def close(self) -> None:
        self.platform.close()


class Shuffled(Through):
    """Lists the same objects in another order and in smaller pages."""

    def __init__(self, platform: Platform, order: random.Random) -> None:
        super().__init__(platform)
        self.order = order

    def observe(self, kind: str) -> Iterator[Page]:
        items = [item for page in self.platform.observe(kind) for item in page.items]
        self.order.shuffle(items)
        for start in range(0, max(len(items), 1), 2):
            yield Page(tuple(items[start : start + 2]), len(items))


class Dying(Through):
    """The process dies at the nth write: just before it happens, or just after."""

    def __init__(self, platform: Platform, at: int, *, after: bool) -> None:
        super().__init__(platform)
        self.left = at
        self.after = after

    def perform(self, change: Change) -> Performed:
        self.left -= 1
        if self.left < 0 and not self.after:
            raise Crash
        performed = self.platform.perform(change)
        if self.left < 0:
            raise Crash
        return performed


class Short(Through):
    """Loses one object of one kind while it lists them."""

    def __init__(self, platform: Platform, kind: str) -> None:
        super().__init__(platform)
        self.kind = kind

    def observe(self, kind: str) -> Iterator[Page]:
        for page in self.platform.observe(kind):
            yield page._replace(items=page.items[1:]) if kind == self.kind else page


def complete_part(world: World) -> World:
    """What of a world refers only to what is in it; the rest is taken out until that is true."""
    part = {kind: dict(keyed) for kind, keyed in world.items()}
    changed = True
    while changed:
        changed = False
        for kind, keyed in part.items():
            for key, data in list(keyed.items()):
                links = KINDS[kind].links(from_data(kind, data))
                if any(link.key not in part.get(link.kind, {}) for _, link in links):
                    del keyed[key]
                    changed = True
    return part


@st.composite
def two_worlds(
    draw: st.DrawFn, fields: Mapping[str, frozenset[str]] | None = None, most: int = 3
) -> tuple[World, World]:
    """Two worlds that share some objects, some of which differ; some have new ones in the place of others."""
    first = draw(worlds(most, fields))
    second: World = {}
    for kind, keyed in first.items():
        allowed = fields.get(kind) if fields else None
        second[kind] = {
            key: draw(resources(kind, first, number, allowed)) if draw(st.booleans()) else data
            for number, (key, data) in enumerate(keyed.items())
        }
    pair = _some_of(draw, first), _some_of(draw, _with_successors(draw, second))
    assume(all(any(world.values()) for world in pair))  # manifests that declare nothing are refused
    return pair


def _with_successors(draw: st.DrawFn, world: World) -> World:
    """Some objects are others than before: they have another key, and what nobody else may have."""
    names = {Ref(kind, key): f"{key}2" for kind, keyed in world.items() for key in keyed if not draw(st.integers(0, 5))}

    def successor(kind: str, key: str) -> str:
        return names.get(Ref(kind, key), key)

    return {
        kind: {successor(kind, key): relinked_data(kind, data, successor) for key, data in keyed.items()}
        for kind, keyed in world.items()
    }


def _some_of(draw: st.DrawFn, world: World) -> World:
    kept = {
        kind: {key: data for key, data in keyed.items() if draw(st.integers(0, 3))} for kind, keyed in world.items()
    }
    return complete_part(kept)


def lawful(test: Callable[[Any, st.DataObject], None]) -> Callable[[Any], None]:
    """A law, tried on many worlds."""

    def story(self: Laws, data: st.DataObject) -> None:
        test(self, data)

    story.__name__, story.__qualname__, story.__doc__ = test.__name__, test.__qualname__, test.__doc__
    return tried(story, _UNHURRIED)


class Laws:
    """The laws of `docs/design.md`, section 10, as far as they concern one platform."""

    examples = 25
    """How many pairs of worlds each law tries: fewer where each call crosses a network."""
    simplifies = True
    """Whether a world that fails is made smaller first, which takes hundreds of tries."""
    fields: Mapping[str, frozenset[str]] | None = None
    """The fields that the platform can hold, by kind, where it is not all of them."""

    descriptor: Descriptor = ANY
    """What is known of the platform offline, and what it holds of a declared object."""
    ownerships: tuple[Ownership, ...] = ("listed", "all")
    """The ownerships that are tried; `all` takes away what the platform has of its own."""

    def connect(self) -> Platform:
        """A new platform at each call, with nothing on it but what it cannot be without."""
        raise NotImplementedError

    def two_worlds(self) -> st.SearchStrategy[tuple[World, World]]:
        """Pairs of worlds that the platform can hold."""
        return two_worlds(self.fields)

    @property
    def following(self) -> set[str]:
        """The fields that must be among the entries of another, and change with it."""
        return {rule.field for rule in self.descriptor.facts.invariants if rule.form == "among"}

    @contextmanager
    def office(self, owns: Ownership = "listed", leavers: str = "deactivate") -> Iterator[Office]:
        """A new project beside a new platform."""
        platform = self.connect()
        try:
            with tempfile.TemporaryDirectory() as folder:
                yield Office(Path(folder), platform, owns, leavers, self.descriptor)
        finally:
            platform.close()

    def _ways(self, data: st.DataObject) -> tuple[Ownership, str]:
        owns: Ownership = data.draw(st.sampled_from(self.ownerships), label="owns")
        return owns, data.draw(st.sampled_from(["deactivate", "delete"]), label="leavers")

    @lawful
    def test_after_apply_there_is_silence(self, data: st.DataObject) -> None:
        """Laws 1 and 5: from one world to another, call for call, and then nothing is left."""
        first, second = data.draw(self.two_worlds(), label="worlds")
        with self.office(*self._ways(data)) as office:
            office.settle(first)
            office.silent()
            office.settle(second)
            office.silent()

    @lawful
    def test_a_plan_does_not_depend_on_order(self, data: st.DataObject) -> None:
        """Law 2: neither the order of files nor that of listings changes a byte of the plan."""
        first, second = data.draw(self.two_worlds(), label="worlds")
        order = random.Random(data.draw(st.integers(0, 99), label="order"))  # noqa: S311 - shuffles, guards nothing
        with self.office(*self._ways(data)) as office:
            office.settle(first)
            office.declare(second)
            plan = office.plan()
            again = office.plan(Shuffled(office.platform, order), order)
            assert encode(again) == encode(plan), "the same world, listed in another order, gave another plan"

    @lawful
    def test_what_is_exported_needs_no_plan(self, data: st.DataObject) -> None:
        """Law 3: the live state as manifests, whole or split by group, gives an empty plan; its bytes are stable."""
        first, _ = data.draw(self.two_worlds(), label="worlds")
        split = data.draw(st.booleans(), label="split by group")
        with self.office(self.ownerships[-1]) as office:
            office.settle(first)
            exported = manifests(office.live(), office.platform.file, split_users=split)
            assert exported == manifests(office.live(), office.platform.file, split_users=split)
            office.write(exported)
            plan = office.plan()
            assert not plan.steps, f"the exported state differs from the live one: {[step.id for step in plan.steps]}"

    @lawful
    def test_what_is_not_declared_does_not_change(self, data: st.DataObject) -> None:
        """Law 4: of the objects that stay, every field that nobody declares is as it was."""
        first, second = data.draw(self.two_worlds(), label="worlds")
        with self.office() as office:
            office.settle(first)
            before = office.state()
            office.settle(second)
            after = office.state()
        for ref in before.keys() & after.keys():
            if ref.key in second[ref.kind]:
                said = second[ref.kind][ref.key].keys() | self.following
                kept = {name: value for name, value in before[ref][1].items() if name not in said}
                now = {name: after[ref][1].get(name) for name in kept}
                assert now == kept, f"{ref}: fields that nobody declared went from {kept} to {now}"

    @lawful
    def test_a_crash_and_a_new_run_equal_no_crash(self, data: st.DataObject) -> None:
        """Law 6: the process dies at any call, before or after it happened; whether the run is resumed or a new plan
        takes its place, it ends where one would have.
        """
        first, second = data.draw(self.two_worlds(), label="worlds")
        after = data.draw(st.booleans(), label="after it happened")
        ways = self._ways(data)
        with self.office(*ways) as office:
            office.settle(first)
            office.declare(second)
            plan = office.plan()
            assume(plan.steps)
            at = data.draw(st.integers(0, len(plan.steps) - 1), label="dies at call")
            with self.office(*ways) as calm:
                calm.settle(first)
                calm.settle(second)
                expected = {ref: resource for ref, (_, resource) in calm.state().items()}
            with pytest.raises(Crash):
                office.run(plan, Dying(office.platform, at, after=after))
            if data.draw(st.booleans(), label="is resumed"):
                ends = {ended.step: ended.status for ended in office.run(plan, resume=True).outcomes}
                assert ends == dict.fromkeys((step.id for step in plan.steps), Status.DONE)
            else:
                rest = office.plan()
                office.done(rest, office.apply(rest))
            assert {ref: resource for ref, (_, resource) in office.state().items()} == expected
            office.silent()

    @lawful
    def test_nothing_is_planned_from_half_a_read(self, data: st.DataObject) -> None:
        """Law 8: one object less than announced, and there is no plan."""
        first, _ = data.draw(self.two_worlds(), label="worlds")
        kind = data.draw(st.sampled_from(sorted(kind for kind, keyed in first.items() if keyed)), label="kind")
        with self.office() as office:
            office.settle(first)
            with pytest.raises(Refused, match="CC605"):
                office.plan(Short(office.platform, kind))

    @lawful
    def test_a_plan_says_the_truth_about_now(self, data: st.DataObject) -> None:
        """Law 5: what a plan gives as the value before is what the platform has."""
        first, second = data.draw(self.two_worlds(), label="worlds")
        with self.office(*self._ways(data)) as office:
            office.settle(first)
            office.declare(second)
            state = office.state()
            for step in office.plan().steps:
                for change in field_changes(step) if step.ref in state else ():
                    if change.field in KINDS[step.ref.kind].by_name:
                        assert state[step.ref][1].get(change.field) == change.before, f"{step.id}: {change}"
