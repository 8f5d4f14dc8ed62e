"""What is not made by ccconf or has a fixed name: roles, queues as skills, the lists of addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET

from ccconf.model.addresses import network_text
from ccconf.model.allowlist import Allowlist
from ccconf.model.change import Change, Create, Delete
from ccconf.model.refs import Ref
from ccconf.model.role import Role
from ccconf.model.skill import Skill
from ccconf.platform.contract import Observed, Page
from ccconf.platform.facts import Facts
from ccconf.platform.once import once
from ccconf.platforms.threecx.client import Listing, Row
from ccconf.platforms.threecx.part import Call, Part, after, gone, page, seen, there_already
from ccconf.platforms.threecx.readback import Written
from ccconf.platforms.threecx.system import System

CONSOLE, BLOCKLIST = "console", "blocklist"
"""The keys of the two lists: who may use the console, and whom the system talks to at all."""

ENTRIES = Listing(path="/Blocklist", select="Id,IPAddrMask,BlockType,Description,AddedBy,ExpiresAt")
_TYPES = {"networks": "Allow", "blocked": "Block"}


class Roles(Part):
    """The seven roles: fixed, and listed by nobody but the vendor's pages."""

    kind = "role"

    def __init__(self, system: System, written: Written, facts: Facts) -> None:
        super().__init__(system, written)
        self.roles = facts.in_group_roles.items

    def observe(self) -> Iterator[Page]:
        yield page(
            seen(Ref("role", row.id), Role(name=row.labels["en"]), row.id, "the seven roles are fixed")
            for row in self.roles
        )

    def current(self, native_id: str) -> Observed | None:
        return self.lookup(native_id)


class Skills(Part):
    """Queues that look at their agents' skill groups: the queue is the skill."""

    kind = "skill"

    def observe(self) -> Iterator[Page]:
        queues = self.system.queues()
        yield page(
            seen(Ref("skill", name), Skill(name=name), row["Id"], "a queue is made on screen")
            for row in queues.rows
            for name in (queues.names[row["Id"]],)
        )

    def current(self, native_id: str) -> Observed | None:
        return next((item for found in self.observe() for item in found.items if item.native_id == native_id), None)


class Allowlists(Part):
    """The console's list, live while access is restricted by it, and the block list with its allowed entries."""

    kind = "allowlist"

    def observe(self) -> Iterator[Page]:
        console = self._console()
        yield page([*([console] if console else []), self._entries()])

    def current(self, native_id: str) -> Observed | None:
        return self._console() if native_id == CONSOLE else self._entries()

    def _console(self) -> Observed | None:
        row = self.client.get("/ConsoleRestrictions") or {}
        if not row.get("AccessRestricted"):
            return None
        networks = {network_text(network): "" for network in row.get("IpWhitelist") or ()}
        return seen(Ref("allowlist", CONSOLE), Allowlist(networks=dict(sorted(networks.items())) or UNSET), CONSOLE)

    def _entries(self) -> Observed:
        found: dict[str, dict[str, str]] = {"Allow": {}, "Block": {}}
        for row in self._by_hand():
            found[row["BlockType"]][network_text(row["IPAddrMask"])] = row.get("Description") or ""
        allowed, blocked = (dict(sorted(found[type_].items())) or UNSET for type_ in _TYPES.values())
        kept = "the system always has a block list"
        return seen(Ref("allowlist", BLOCKLIST), Allowlist(networks=allowed, blocked=blocked), BLOCKLIST, kept)

    def _by_hand(self) -> list[Row]:
        """The entries that a person made; the system makes others by itself and takes them away again."""
        return [
            row
            for row in self.client.rows(ENTRIES)
            if row.get("AddedBy") == "Manual" and row.get("BlockType") in _TYPES.values()
        ]

    def calls(self, change: Change) -> tuple[str, ...]:
        if change.key == CONSOLE:
            body = _console_body(change)
            return (str(Call("PATCH", "/ConsoleRestrictions", body)),) if body else ()
        return tuple(f"{method} /Blocklist {network} ({type_})" for method, network, type_, _ in _edits(change))

    def perform(self, change: Change) -> str | None:
        if change.key == CONSOLE:
            if (self._console() is not None) == isinstance(change, Create):
                raise there_already(change) if isinstance(change, Create) else gone(change)
            body = _console_body(change)
            if body:
                self.client.patch("/ConsoleRestrictions", body)
                self.written(change.ref, "console", CONSOLE, body)
            return None if isinstance(change, Delete) else CONSOLE
        ids = {(network_text(row["IPAddrMask"]), row["BlockType"]): row["Id"] for row in self._by_hand()}
        for method, network, type_, note in _edits(change):
            self._edit(change.ref, method, network, type_, note, ids.get((network, type_)))
        return BLOCKLIST

    def _edit(self, ref: Ref, method: str, network: str, type_: str, note: str, entry: int | None) -> None:
        if method == "POST":
            body = {"IPAddrMask": network, "BlockType": type_, "Description": note, "AddedBy": "Manual"}
            self.written(ref, "entry", self._added(body, entry), body)
        elif method == "PATCH" and entry is not None:
            self.client.patch(f"/Blocklist({entry})", {"Description": note})
            self.written(ref, "entry", str(entry), {"Description": note})
        elif entry is not None:
            self.client.delete(f"/Blocklist({entry})")

    def _added(self, body: Row, before: int | None) -> str:
        """An entry is known by its network and type. Whether 3CX refuses a second one is not known."""

        def look() -> Row | None:
            for row in self._by_hand():
                same = network_text(row["IPAddrMask"]) == body["IPAddrMask"] and row["BlockType"] == body["BlockType"]
                if same and row["Id"] != before:
                    return row
            return None

        made = once(
            self.client.http, lambda: self.client.post("/Blocklist", body), look, refuses_twins=False, was_open=True
        )
        return str(made["Id"])


def _console_body(change: Change) -> Row:
    """Who may use the console; without a list everybody may."""
    if isinstance(change, Delete):
        return {"AccessRestricted": False}
    fields = after(change)
    if isinstance(change, Create):
        return {"AccessRestricted": True, "IpWhitelist": sorted(fields.get("networks") or {})}
    return {"IpWhitelist": sorted(fields["networks"] or {})} if "networks" in fields else {}


def _edits(change: Change) -> Iterator[tuple[str, str, str, str]]:
    """The calls that bring the block list to what is wanted: method, network, type, note; additions first."""
    for row in () if isinstance(change, Delete) else _rows(change):
        before: Mapping[str, str] = row.before or {}
        wanted: Mapping[str, str] = row.after or {}
        type_ = _TYPES[row.field]
        yield from (("POST", name, type_, wanted[name] or "") for name in sorted(wanted.keys() - before.keys()))
        for name in sorted(wanted.keys() & before.keys()):
            if (wanted[name] or "") != (before[name] or ""):
                yield "PATCH", name, type_, wanted[name] or ""
        yield from (("DELETE", name, type_, "") for name in sorted(before.keys() - wanted.keys()))


def _rows(change: Change) -> Iterator[Any]:
    return (row for row in getattr(change, "changes", ()) if row.field in _TYPES)
