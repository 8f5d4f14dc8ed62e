"""The contract and the laws on IPTEL, where everything goes by hand: somebody is at the screens, and looks again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from hypothesis import strategies as st

from ccconf.conformance.contract import Conformance
from ccconf.conformance.laws import Laws
from ccconf.conformance.person import WithPerson
from ccconf.conformance.scene import Scene
from ccconf.conformance.worlds import World
from ccconf.manifest.guide import guide_of
from ccconf.model.change import Change
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand
from ccconf.platform.contract import Platform
from ccconf.platform.discovery import find
from ccconf.platform.record import Record, Snapshot
from ccconf.platforms.iptel.emulator import Emulator, Options
from tests.screens.person import Person

PLATFORM = find("iptel", None)
ROLES = ("dialler", "reports", "Campaigns & lists")
GROUPS = ("Billing", "Łódź 2", "O'Brien <b>", "Night 100%")
PEOPLE = ("Ann Lee", 'Bo "B" Ray', "Çy & Co")


class Clerk:
    """Somebody in front of the screens."""

    def __init__(self, url: str) -> None:
        self.person = Person(url, PLATFORM.facts, guide_of("ccconf.platforms.iptel"))

    def perform(self, change: Change) -> None:
        self.person.perform(change)

    def look(self, kind: str) -> Snapshot:
        return self.person.look({"role", "group", "user"} & {kind})


class Fresh:
    """Hands out new installations, each with its own roles and nothing else."""

    def setup_method(self) -> None:
        self.running = ExitStack()

    def teardown_method(self) -> None:
        self.running.close()

    def connect(self) -> Platform:
        emulator = self.running.enter_context(Emulator(Options(roles=ROLES)))
        server = self.running.enter_context(emulator.serving())
        return WithPerson(ByHand(PLATFORM.facts, Record(Snapshot())), Clerk(server.url))


@st.composite
def group(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A user group with some of the installation's roles."""
    roles = draw(st.lists(st.sampled_from(ROLES), unique=True, max_size=2))
    return {"name": name, **({"roles": sorted(roles)} if roles else {})}


@st.composite
def person(draw: st.DrawFn, name: str, groups: list[str]) -> dict[str, Any]:
    """Somebody with at least one group."""
    homes = draw(st.lists(st.sampled_from(groups), min_size=1, max_size=2, unique=True))
    email = {"email": f"p{PEOPLE.index(name)}@example.org"} if draw(st.booleans()) else {}
    return {"name": name, **email, "groups": {home: {} for home in sorted(homes)}}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A few groups and people; the roles are the installation's own."""
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True))
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    empty: World = {kind: {} for kind in KINDS}
    return {
        **empty,
        "role": {name: {"name": name} for name in ROLES},
        "group": {name: draw(group(name)) for name in groups},
        "user": {name: draw(person(name, groups)) for name in people},
    }


class TestContract(Fresh, Conformance):
    """Call by call, with a person in place of the calls."""

    examples = 2
    simplifies = False
    fields: Mapping[str, frozenset[str]] = {kind: frozenset(names) for kind, names in PLATFORM.facts.fields.items()}
    never_empty: Mapping[str, frozenset[str]] = {
        "user": frozenset({"name", "groups", "type", "status"}),
        "group": frozenset({"name"}),
        "role": frozenset({"name"}),
    }
    recognised_by = PLATFORM.facts.recognised_by
    has_ids = False
    released = frozenset({"group"})  # unless it is somebody's only one

    def worlds(self) -> st.SearchStrategy[World]:
        return worlds()

    def other_fields(self, scene: Scene, ref: Ref) -> dict[str, Any]:
        made = group(ref.key) if ref.kind == "group" else person(ref.key, sorted(scene.world["group"]))
        other = scene.draw(made, f"other fields of {ref}")
        return {**other, **({"roles": ["reports"]} if ref.kind == "group" else {"email": "other@example.org"})}


@st.composite
def _two(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and what it becomes."""
    return draw(worlds()), draw(worlds())


class TestLaws(Fresh, Laws):
    """Plan and apply keep their promises by hand, too."""

    examples = 2
    simplifies = False
    descriptor = PLATFORM
    ownerships = ("listed",)

    def two_worlds(self) -> st.SearchStrategy[tuple[World, World]]:
        return _two()
