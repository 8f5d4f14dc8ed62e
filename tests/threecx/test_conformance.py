"""3CX keeps the contract and the laws over HTTP, against the emulator: the kit talks to a real server on loopback."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from ccconf.conformance.contract import Conformance
from ccconf.conformance.laws import Laws
from ccconf.conformance.scene import Scene
from ccconf.conformance.worlds import World
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Platform
from ccconf.platform.discovery import find
from ccconf.platforms.threecx.connection import connect
from ccconf.platforms.threecx.emulator import Emulator, Options, Seed
from tests.threecx.worlds import FACTS, group, held, schedule, two_worlds, user, worlds

LICENCE = Licence(edition="enterprise")
FIELDS: Mapping[str, frozenset[str]] = {kind: frozenset(names) for kind, names in FACTS.fields.items()}
NEVER_EMPTY: Mapping[str, frozenset[str]] = {
    "user": frozenset({"extension", "status", "two_factor", "groups", "primary_group", "language"}),
    "group": frozenset({"name", "number", "language", "timezone", "visible_to_all", "rights"}),
    "schedule": frozenset({"timezone"}),
    "allowlist": frozenset({"networks"}),  # an empty list on the console would lock us out
}
"""What a user or department of 3CX always has, whatever is asked."""


class Fresh:
    """Hands out connections to new systems, each with its owner and its default department and nothing else."""

    def setup_method(self) -> None:
        self.running = ExitStack()

    def teardown_method(self) -> None:
        self.running.close()

    def connect(self) -> Platform:
        emulator = self.running.enter_context(Emulator(Options(edition="enterprise", calls=64), seed=Seed(users=1)))
        server = self.running.enter_context(emulator.serving())
        credentials = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
        return connect(Connection(server.url, Path(), "kit", LICENCE, None, credentials, lambda _: b""))


class TestContract(Fresh, Conformance):
    """The contract, call by call."""

    examples = 6
    simplifies = False
    fields = FIELDS
    within = FACTS.within
    recognised_by = FACTS.recognised_by
    spare: Mapping[str, str] = MappingProxyType({"user": "299"})
    never_empty = NEVER_EMPTY

    def worlds(self) -> st.SearchStrategy[World]:
        return worlds()

    def other_fields(self, scene: Scene, ref: Ref) -> dict[str, Any]:
        """Rights of a department stay: they decide how its members' rights differ, which would be a change of them."""
        return scene.draw(_other(ref, scene.world), f"other fields of {ref}")


@st.composite
def _other(draw: st.DrawFn, ref: Ref, world: World) -> dict[str, Any]:
    kind, key = ref
    match kind:
        case "group":
            body = group(draw, key, world[kind][key].get("rights", {}))
            body.pop("rights", None)
            body["visible_to_all"] = not world[kind][key].get("visible_to_all", False)
        case "user":
            body = {**user(draw, key, world["group"]), "mobile": "+48 600 999 999"}
        case "schedule":
            body = {**schedule(draw), "weekly": {"sun": ("05:00-06:00",)}}
        case _:
            body = {"networks": {"127.0.0.0/8": "", "203.0.113.9": ""}}
    return held(kind, key, body)


class TestLaws(Fresh, Laws):
    """The laws. What the system has of its own (its owner) is not taken away, so only `listed` is tried."""

    examples = 5
    simplifies = False
    descriptor = find("threecx", None)
    ownerships = ("listed",)

    def two_worlds(self) -> st.SearchStrategy[tuple[World, World]]:
        return two_worlds()
