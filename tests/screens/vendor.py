"""A vendor that nobody knows, whose forms have a field of every shape: for tests of the frame itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ccconf.conformance.worlds import read_picture
from ccconf.embedded.screens import Screens
from ccconf.embedded.world import World
from ccconf.emulation import Server, serving
from ccconf.model.kinds import KINDS
from ccconf.platform.facts import (
    Catalogue,
    Facts,
    InGroupRole,
    InGroupRoles,
    Labelled,
    Operation,
    Permission,
    Route,
    Support,
)
from ccconf.platform.guide import FieldWord, Guide, KindWord, ValueWord, Way
from tests.screens.person import Person

KNOWN: dict[str, Any] = {"source": "made up", "certainty": "seed"}

_WITHOUT = {"group": {"rights", "allowlists", "members"}, "role": {"allowlists"}}
"""Fields that stand on no form of the vendors we know."""

FIELDS = {
    name: tuple(spec.name for spec in kind.specs if spec.name not in _WITHOUT.get(name, set()))
    for name, kind in KINDS.items()
}
FIELDS["allowlist"] = ("networks", "blocked")


def _support(kind: str, operation: Operation) -> Support:
    possible = operation is not Operation.RESTORE or kind == "user"
    return Support(
        kind=kind, operation=operation, route=Route.MANUAL if possible else Route.NO, reason="on the screens"
    )


def _permission(name: str, label: str, section: str, *levels: str) -> Permission:
    return Permission(id=name, labels={"en": label}, section={"en": section}, levels=levels or ("no", "yes"), **KNOWN)


FACTS = Facts(
    name="acme",
    title="Acme",
    catalogue=Catalogue(
        permissions=(
            _permission("users", "Users", "Settings", "no", "yes", "read", "admin"),
            _permission("calls.barge_in", "Barge in", "Calls", "no", "yes", "read", "admin"),
            _permission("calls.listen", "Listen", "Calls"),
        )
    ),
    in_group_roles=InGroupRoles(
        items=(
            InGroupRole(id="agent", labels={"en": "Agent"}, **KNOWN),
            InGroupRole(id="manager", labels={"en": "Manager", "pl": "Kierownik"}, **KNOWN),
        )
    ),
    support=tuple(_support(kind, operation) for kind in KINDS for operation in Operation),
    fields=FIELDS,
    recognised_by={kind: "name" for kind in KINDS if kind != "allowlist"},
    within={"allowlist": "role"},
    screens=(
        Labelled(id="people", labels={"en": "Settings → People", "pl": "Ustawienia → Ludzie"}, **KNOWN),
        Labelled(id="networks", labels={"en": "Allowed networks"}, **KNOWN),
    ),
)

GUIDE = Guide(
    languages=("en", "pl"),
    kinds=(
        KindWord(kind="user", labels={"en": "Colleague"}, **KNOWN),
        KindWord(kind="role", labels={"en": "Role"}, **KNOWN),
    ),
    fields=(
        FieldWord(kind="user", field="name", labels={"en": "Full name", "pl": "Imię i nazwisko"}, **KNOWN),
        FieldWord(kind="user", field="email", labels={"en": "E-mail"}, **KNOWN),
    ),
    values=(ValueWord(kind="user", field="status", value="inactive", labels={"en": "Locked"}, **KNOWN),),
    ways=(
        Way(
            kind="user",
            operations=("create", "update", "rename"),
            screen="people",
            begin=({"en": "Click **New colleague**."},),
            end=({"en": "Press **Keep**."},),
            expect={"en": "**Kept.** is shown."},
            **KNOWN,
        ),
        Way(kind="allowlist", operations=("create", "update", "delete"), screen="networks", **KNOWN),
    ),
)


class Place(NamedTuple):
    """The screens of the vendor, served, with the world behind them."""

    world: World
    url: str
    server: Server

    def person(self, language: str = "en") -> Person:
        """Somebody who opens a browser there."""
        return Person(self.url, FACTS, GUIDE, language, read_file=read_picture)


@contextmanager
def served(facts: Facts = FACTS, language: str = "en", **options: Any) -> Iterator[Place]:
    """An empty contact centre of the vendor."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "acme.db", facts)
        screens = Screens(world, facts, GUIDE, language, **options)
        try:
            with serving(Server(screens.answer)) as server:
                yield Place(world, server.url, server)
        finally:
            world.close()


def changed(**fields: Any) -> Facts:
    """The vendor with other facts."""
    return msgspec.structs.replace(FACTS, **fields)
