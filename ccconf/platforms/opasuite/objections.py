"""What would lock ccconf out: Redes permitidas of its own permission group bounds its token, too.

The API tells neither the group of the token nor the address from which it sees a call, so both are said in ccconf.yaml:
`credentials: {group: …}` and `options: {address: …}`. That an empty list lets everybody in is unverified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Create, Delete, Update

OWN_GROUP = "group"
"""The name among the credentials; it is no secret."""
UNCHECKED = "CC511"
NEEDED = ("api.departments", "api.users", "api.service_periods")
"""The permissions without which ccconf sees nothing."""


class Objections:
    """Judges changes by what was said of ccconf's own access."""

    def __init__(self, group: str, address: str) -> None:
        self.group = group
        self.address = address

    def findings(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """Everything that speaks against these changes."""
        for change in changes:
            match change.kind:
                case "allowlist":
                    yield from self._networks(change)
                case "role" if change.key == self.group:
                    yield from _own_group(change)

    def _networks(self, change: Change) -> Iterator[Finding]:
        values = _after(change)
        if isinstance(change, Delete) or ("networks" in values and not values["networks"]):
            message = f"{change.ref} goes: whoever has this permission group may then sign in from everywhere"
            yield Finding(
                code="CC510", message=message, subject=str(change.ref), hint="keep the list, or let it say less"
            )
        elif "networks" in values and self.group in ("", change.key):
            yield from self._within(change, values["networks"])

    def _within(self, change: Change, networks: Mapping[str, str]) -> Iterator[Finding]:
        """Whether the list keeps the address from which ccconf calls, as far as that is known."""
        subject = str(change.ref)
        inside = bool(self.address) and any(
            ip_address(self.address) in ip_network(network, strict=False) for network in networks
        )
        if inside:
            return
        if self.address and self.group:
            message = f"{subject} would lock ccconf out: it comes from {self.address}"
            hint = f"add {self.address}, or a network that holds it"
            yield Finding(code="CC606", message=message, subject=subject, hint=hint)
            return
        missing = [
            *(() if self.group else ("credentials: {group: …} (the permission group of the token)",)),
            *(() if self.address else ("options: {address: …} (from where ccconf calls)",)),
        ]
        message = f"{subject} may lock ccconf out: nobody has said enough to check it"
        yield Finding(code=UNCHECKED, message=message, subject=subject, hint=f"say {' and '.join(missing)}")


def _own_group(change: Change) -> Iterator[Finding]:
    """The permission group of the token goes, or loses what ccconf needs."""
    subject = str(change.ref)
    if isinstance(change, Delete):
        message = f"{subject} goes, and ccconf's own token with it"
        yield Finding(code="CC606", message=message, subject=subject, hint="keep it")
        return
    values = _after(change)
    if isinstance(change, Update) and values.keys() & {"name", KEY}:
        message = f"{subject} is the permission group of ccconf's own token and gets another name"
        hint = "change credentials: {group: …} in the same commit, or its networks are judged no longer"
        yield Finding(code=UNCHECKED, message=message, subject=subject, hint=hint)
    if isinstance(change, Create) or "permissions" not in values:
        return
    before: Any = next(row.before for row in change.changes if row.field == "permissions")
    lost = [name for name in NEEDED if name in (before or {}) and name not in (values["permissions"] or {})]
    if lost:
        message = f"{subject} would lock ccconf out: it loses {', '.join(lost)}"
        yield Finding(code="CC606", message=message, subject=subject, hint="keep these permissions")


def _after(change: Change) -> dict[str, Any]:
    """The fields that the change writes, with the values that they shall have."""
    match change:
        case Create(fields=fields):
            return dict(fields)
        case Delete():
            return {}
        case _:
            return {row.field: row.after for row in change.changes}
