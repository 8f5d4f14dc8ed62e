"""iQChannels keeps the contract and the laws over HTTP, against the emulator, with the assumed paths."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from ccconf.conformance.contract import Conformance
from ccconf.conformance.laws import Laws
from ccconf.conformance.scene import Scene
from ccconf.conformance.worlds import World, read_picture
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Platform
from ccconf.platform.discovery import find
from ccconf.platforms.iqchannels.connection import connect
from ccconf.platforms.iqchannels.emulator import Emulator, Options
from tests.iqchannels.worlds import FACTS, SEGMENTS, place, plain, role, schedule, skill, two_worlds, user, worlds

NEVER_EMPTY: Mapping[str, frozenset[str]] = {
    "user": frozenset({"name", "email", "type", "status"}),
    "role": frozenset({"name", "scope", "segment"}),
    "skill": frozenset({"name"}),
    "schedule": frozenset({"name"}),
}
"""What an object of iQChannels always has, whatever is asked; a role stays in its namespace."""


class Fresh:
    """Hands out connections to new installations with two segments and nothing else."""

    def setup_method(self) -> None:
        self.running = ExitStack()

    def teardown_method(self) -> None:
        self.running.close()

    def connect(self) -> Platform:
        emulator = self.running.enter_context(Emulator(Options(modules=("iqpro", "bots"))))
        for name in SEGMENTS:
            emulator.estate.create("group", name, {"name": name})
        server = self.running.enter_context(emulator.serving())
        credentials, options = {"session": emulator.session}, {"paths": "assumed"}
        return connect(Connection(server.url, Path(), "kit", Licence(), None, credentials, read_picture, options))


class TestContract(Fresh, Conformance):
    """The contract, call by call."""

    examples = 4
    simplifies = False
    fields = MappingProxyType(
        {kind: frozenset(names) - {"groups"} for kind, names in FACTS.fields.items()}  # given within the segment
    )
    recognised_by = FACTS.recognised_by
    spare = MappingProxyType({"user": "somebody@example.org"})
    never_empty = NEVER_EMPTY

    def worlds(self) -> st.SearchStrategy[World]:
        return worlds()

    def other_fields(self, scene: Scene, ref: Ref) -> dict[str, Any]:
        return scene.draw(_other(ref, scene.world), f"other fields of {ref}")


@st.composite
def _other(draw: st.DrawFn, ref: Ref, world: World) -> dict[str, Any]:
    """Fields that the object could have instead; one of them always differs."""
    kind, key = ref
    match kind:
        case "role":
            body = {**role(draw, key, place(world[kind][key])), "description": "Another one."}
        case "skill":
            body = {**skill(draw, key), "description": "Another one."}
        case "schedule":
            body = {**schedule(draw, key), "description": "Another one."}
        case _:
            body = {**user(draw, key, world), "position": "Another one"}
    return plain(kind, body)


class TestLaws(Fresh, Laws):
    """The laws. Segments are the installation's own, so only `listed` is tried."""

    examples = 3
    simplifies = False
    descriptor = find("iqchannels", None)._replace(facts=replace(FACTS, rules=()))
    """Everything is bought."""
    ownerships = ("listed",)

    def two_worlds(self) -> st.SearchStrategy[tuple[World, World]]:
        return two_worlds()
