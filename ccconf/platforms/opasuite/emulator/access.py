"""Who may come in: one living token, a user that is active, a network that its permission group allows.

Unverified: that an inactive user gets 401, and that an empty list of networks lets everybody in.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address, ip_network

from ccconf.emulation import Request
from ccconf.model.allowlist import Allowlist
from ccconf.model.refs import Ref
from ccconf.model.role import Role
from ccconf.model.user import User
from ccconf.platforms.opasuite.emulator.estate import Estate
from ccconf.platforms.opasuite.emulator.native import new_token
from ccconf.platforms.opasuite.emulator.refusals import Refusal

TOKEN, HOLDER = "token", "holder"


class Access:
    """The one user of the API, and its token."""

    def __init__(self, estate: Estate, token: str, address_header: str) -> None:
        self.estate = estate
        self.address_header = address_header.lower()
        if token or not self.token:
            estate.native.set_single(TOKEN, token or new_token())

    @property
    def token(self) -> str:
        """The living one."""
        return self.estate.native.single(TOKEN)

    @property
    def holder(self) -> str:
        """The id of the user whose token it is."""
        return self.estate.native.single(HOLDER)

    @property
    def group(self) -> str:
        """The permission group of that user; empty where there is none."""
        user = self._user()
        return next(iter(user.roles or ()), "") if user is not None else ""

    def _user(self) -> User | None:
        found = self.estate.current("user", self.holder)
        return found.resource if found is not None and isinstance(found.resource, User) else None

    def renew(self) -> str:
        """Another token; the one before is dead at once."""
        self.estate.native.set_single(TOKEN, new_token())
        return self.token

    def admitted(self, request: Request) -> Role:
        """The permission group under which the call is made. Raises `Refusal`."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        alive = hmac.compare_digest(token.encode(errors="replace"), self.token.encode())
        if kind != "Bearer" or not alive:
            raise Refusal(401, "Invalid token")
        user = self._user()
        if user is None or user.status != "active":
            raise Refusal(401, "Inactive user")
        group = self.group
        self._check_network(group, request)
        found = self.estate.lookup(Ref("role", group))
        return found.resource if found is not None and isinstance(found.resource, Role) else Role()

    def _check_network(self, group: str, request: Request) -> None:
        said = request.headers.get(self.address_header, "") if self.address_header else ""
        address = said.split(",")[0].strip() or request.address
        found = self.estate.lookup(Ref("allowlist", group))
        networks = found.resource.networks if found is not None and isinstance(found.resource, Allowlist) else None
        if networks and not any(ip_address(address) in ip_network(network, strict=False) for network in networks):
            raise Refusal(
                403, "Network not allowed", f"{address} is not in the allowed networks of the permission group"
            )


def allows(group: Role, permission: str) -> bool:
    """Whether the permission group has the permission."""
    return (group.permissions or {}).get(permission, False) not in (False, "no")
