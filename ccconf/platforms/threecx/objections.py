"""What only the running system knows against a plan: its licence, its quotas, and who would be locked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from ccconf.findings import Finding, did_you_mean
from ccconf.model.change import Change, Create, Delete, Update
from ccconf.model.licence import Licence
from ccconf.platforms.threecx.client import Listing, Row
from ccconf.platforms.threecx.lists import CONSOLE
from ccconf.platforms.threecx.part import after
from ccconf.platforms.threecx.rights import ROLE
from ccconf.platforms.threecx.system import System

OWNER = "system_owners"
_OWNERS = Listing(path="/Users", select="Id,Number,Enabled", expand="Groups($expand=Rights)")
_SIZES = {"free": 0, "pro": 1, "enterprise": 2, "enterprise-plus": 2}


class Objections:
    """Asks the system what a plan cannot know."""

    def __init__(self, system: System, licence: Licence) -> None:
        self.system = system
        self.client = system.client
        self.licence = licence

    def findings(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """Everything that speaks against these changes, or against what is declared of the licence."""
        yield from self._licence()
        yield from self._zones(changes)
        yield from self._room(changes)
        yield from self._console(changes)
        yield from self._quotas(changes)
        yield from self._last_owner(changes)

    def _licence(self) -> Iterator[Finding]:
        known = (self.client.get("/Defs/Pbx.GetSystemParameters()") or {}).get("License") or {}
        size = 2 if known.get("IsEnterprise") else 1 if known.get("IsProfessional") else 0
        edition = self.licence.edition
        if edition and _SIZES.get(edition, size) != size:
            has = ("Free", "Professional", "Enterprise")[size]
            yield _warned(f"3CX has the edition {has}, ccconf.yaml says {edition}")
        calls = known.get("MaxSimCalls")
        if self.licence.calls and calls and calls != self.licence.calls:
            yield _warned(f"3CX has {calls} simultaneous calls, ccconf.yaml says {self.licence.calls}")

    def _zones(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """Time zones that the system does not list."""
        for change in changes:
            zone = after(change).get("timezone") if change.kind in ("group", "schedule") else None
            if zone is not None and zone not in self.system.zone_ids:
                message = f"{change.ref}: this 3CX has no time zone {zone}"
                hint = did_you_mean(zone, self.system.zone_ids) or "choose one that its console lists"
                yield Finding(code="CC412", message=message, subject=str(change.ref), hint=hint)

    def _room(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """More users than the system has room for."""
        people = [change for change in changes if change.kind == "user"]
        more = sum(isinstance(change, Create) for change in people) - sum(isinstance(one, Delete) for one in people)
        if more <= 0:
            return
        status = self.client.get("/SystemStatus") or {}
        most, there = status.get("MaxUserExtensions") or 0, status.get("UserExtensions") or 0
        if most and there + more > most:
            message = f"{there + more} extensions: the licence of this 3CX allows {most}"
            yield Finding(code="CC401", message=message, hint="remove some users, or buy more simultaneous calls")

    def _console(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """A list for the console without the address from which ccconf itself comes."""
        for change in changes:
            if (change.kind, change.key) == ("allowlist", CONSOLE) and isinstance(change, Delete):
                message = f"{change.ref} goes: the console may then be used from everywhere"
                hint = "keep the list, or let it say less"
                yield Finding(code="CC510", message=message, subject=str(change.ref), hint=hint)
            elif (change.kind, change.key) == ("allowlist", CONSOLE):
                networks = after(change).get("networks", {}) or {}
                mine = (self.client.get("/ConsoleRestrictions") or {}).get("MyIpAddress")
                if "networks" in after(change) and mine and not _inside(mine, networks):
                    message = f"{change.ref} would lock ccconf out: it comes from {mine}"
                    hint = f"add {mine}, or a network that holds it"
                    yield Finding(code="CC606", message=message, subject=str(change.ref), hint=hint)

    def _quotas(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """More members than a department may have, where several companies share the system."""
        gains: dict[str, int] = {}
        for change in changes:
            for name, gain in _moves(change):
                gains[name] = gains.get(name, 0) + gain
        ids = self.system.departments().ids if any(gain > 0 for gain in gains.values()) else {}
        for name in sorted(name for name, gain in gains.items() if gain > 0 and name in ids):
            answer = self.client.get(f"/Groups({ids[name]})/Pbx.GetRestrictions()") or {}
            users = answer.get("Users") or {}
            allowed, used = users.get("Allowed") or 0, users.get("Used") or 0
            if not users.get("Unlimited", True) and used + gains[name] > allowed:
                message = f"group/{name} would have {used + gains[name]} users: its quota is {allowed}"
                yield Finding(code="CC401", message=message, subject=f"group/{name}", hint="remove some, or raise it")

    def _last_owner(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """Nobody left who may do everything."""
        touched = {
            change.native_id: change
            for change in changes
            if isinstance(change, Update | Delete) and change.kind == "user" and _loosens(change)
        }
        if not touched:
            return
        owners = {str(row["Id"]) for row in self.client.rows(_OWNERS) if row.get("Enabled") and _owns(row)}
        new = [change for change in changes if change.kind == "user" and _makes_owner(change)]
        if owners and not new and all(owner in touched for owner in owners):
            message = "after the plan nobody would be system owner any more"
            change = touched[min(owners)]
            hint = "give somebody else the role system_owners first"
            yield Finding(code="CC403", message=message, subject=str(change.ref), hint=hint)


def _warned(message: str) -> Finding:
    return Finding(code="CC509", message=message, hint="correct licence: of the target")


def _inside(address: str, networks: Iterable[str]) -> bool:
    return any(ip_address(address) in ip_network(network, strict=False) for network in networks)


def _moves(change: Change) -> Iterator[tuple[str, int]]:
    """The departments that gain a user (1) or lose one (-1)."""
    if change.kind != "user":
        return
    before: Any = {}
    wanted: Any = {}
    match change:
        case Delete(fields=fields):
            before, wanted = fields.get("groups") or {}, {}
        case Create(fields=fields):
            wanted = fields.get("groups") or {}
        case _:
            rows = [row for row in change.changes if row.field == "groups"]
            before, wanted = (rows[0].before or {}, rows[0].after or {}) if rows else ({}, {})
    yield from ((name, 1) for name in wanted if name not in before)
    yield from ((name, -1) for name in before if name not in wanted)


def _roles(groups: Any) -> set[str]:
    return {edge.get("role", "") for edge in (groups or {}).values()}


def _loosens(change: Change) -> bool:
    """Whether the change may take the owner's role away from somebody; only then is anybody asked who has it."""
    match change:
        case Delete(fields=fields):
            return OWNER in _roles(fields.get("groups"))
        case Update(changes=changes):
            return any(
                (row.field == "status" and row.after == "inactive")
                or (row.field == "groups" and OWNER in _roles(row.before) - _roles(row.after))
                for row in changes
            )
        case _:
            return False


def _makes_owner(change: Change) -> bool:
    fields = {} if isinstance(change, Delete) else after(change)
    return OWNER in _roles(fields.get("groups")) and fields.get("status") != "inactive"


def _owns(row: Row) -> bool:
    return any((edge.get("Rights") or {}).get(ROLE) == OWNER for edge in row.get("Groups") or ())
