"""The contract and the laws over HTTP, against the emulator.

Departments go by API; everything else is done and looked at on the screens, by somebody who knows their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from ccconf.conformance.contract import Conformance
from ccconf.conformance.laws import Laws, Through
from ccconf.conformance.person import WithPerson
from ccconf.conformance.scene import Scene
from ccconf.conformance.worlds import World
from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.manifest.guide import guide_of
from ccconf.model.change import Change, Create
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand
from ccconf.platform.contract import Connection, Operation, Platform, Route, Support
from ccconf.platform.discovery import find
from ccconf.platform.record import Entry, Record, Snapshot
from ccconf.platforms.opasuite.connection import PACKAGE, OpaSuite, connect
from ccconf.platforms.opasuite.emulator import Emulator
from tests.opasuite import worlds
from tests.screens.person import Person

FACTS = find("opasuite", None).facts
SCREENS = ("user", "role", "schedule", "allowlist")
"""What somebody has to look at, because the API does not show it, or not whole."""
NEVER_EMPTY: Mapping[str, frozenset[str]] = {
    "user": frozenset({"email", "type", "status", "roles", "groups"}),
    "group": frozenset({"name"}),
    "role": frozenset({"name"}),
    "schedule": frozenset({"name"}),
    "allowlist": frozenset({"networks"}),  # without networks there is no list
}


class OnlyDepartments(Through):
    """The connection alone, without a person: other kinds are not asked of it."""

    def support(self, kind: str, operation: Operation) -> Support:
        row = self.platform.support(kind, operation)
        return row if kind == "group" else msgspec.structs.replace(row, route=Route.NO)


class Clerk:
    """Somebody in front of the screens."""

    def __init__(self, url: str) -> None:
        self.person = Person(url, FACTS, guide_of(PACKAGE))

    def perform(self, change: Change) -> None:
        """A list that is a part of a permission group is there or not; whoever shall make one that is there says so."""
        if change.kind in FACTS.within and isinstance(change, Create) and change.key in self._there(change.kind):
            raise Rejected(Finding(code="CC702", message=f"{change.ref} is there already", subject=str(change.ref)))
        self.person.perform(change)

    def _there(self, kind: str) -> Mapping[str, Entry]:
        return self.person.look([kind]).kinds[kind].objects

    def look(self, kind: str) -> Snapshot:
        return self.person.look({kind}.intersection(SCREENS))


class Fresh:
    """Hands out connections to new installations, each with what it cannot be without."""

    def setup_method(self) -> None:
        self.running = ExitStack()

    def teardown_method(self) -> None:
        self.running.close()

    def opened(self) -> OpaSuite:
        emulator = self.running.enter_context(Emulator())
        server = self.running.enter_context(emulator.serving())
        credentials = {"token": emulator.token}
        return connect(Connection(server.url, Path(), "kit", Licence(), None, credentials, lambda _: b""))

    def connect(self) -> Platform:
        return OnlyDepartments(self.opened())


class TestContract(Fresh, Conformance):
    """The contract of what goes by API, call by call."""

    examples = 5
    simplifies = False
    never_empty = NEVER_EMPTY
    recognised_by = FACTS.recognised_by

    def worlds(self) -> st.SearchStrategy[World]:
        return worlds.departments()

    def other_fields(self, scene: Scene, ref: Ref) -> dict[str, Any]:
        return {"name": ref.key, "description": scene.draw(st.sampled_from(["Outra", "Mais\numa"]), "description")}


class TestContractWithPerson(Fresh, Conformance):
    """The contract of everything, with a person at the screens."""

    examples = 1
    simplifies = False
    fields: Mapping[str, frozenset[str]] = {kind: frozenset(names) for kind, names in FACTS.fields.items()}
    never_empty = NEVER_EMPTY
    within = FACTS.within
    recognised_by = FACTS.recognised_by

    def connect(self) -> Platform:
        api = self.opened()
        return WithPerson(ByHand(FACTS, Record(Snapshot()), api), Clerk(api.client.http.url))

    def worlds(self) -> st.SearchStrategy[World]:
        return worlds.worlds()

    def other_fields(self, scene: Scene, ref: Ref) -> dict[str, Any]:
        return scene.draw(_other(ref, scene.world), f"other fields of {ref}")


@st.composite
def _other(draw: st.DrawFn, ref: Ref, world: World) -> dict[str, Any]:
    """Fields that the object could have instead, and has not."""
    kind, key = ref
    match kind:
        case "group":
            body: dict[str, Any] = {"name": key, "description": "Outra"}
        case "role":
            body = {**worlds.role(draw, key), "permissions": {"menu.backups": True}}
        case "schedule":
            body = {**worlds.schedule(draw, key), "weekly": {"sun": ("05:00-06:00",)}}
        case "allowlist":
            body = {"networks": {"192.0.2.0/24": "outra"}}
        case _:
            body = {**worlds.user(draw, key, sorted(world["group"]), sorted(world["role"])), "name": "Outro Nome"}
    return worlds.canonical(kind, body)


@st.composite
def _two(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and what it becomes."""
    return draw(worlds.departments()), draw(worlds.departments())


class TestLaws(Fresh, Laws):
    """The laws. What the installation has of its own is not taken away, so only `listed` is tried."""

    examples = 3
    simplifies = False
    descriptor = find("opasuite", None)
    ownerships = ("listed",)

    def two_worlds(self) -> st.SearchStrategy[tuple[World, World]]:
        return _two()
