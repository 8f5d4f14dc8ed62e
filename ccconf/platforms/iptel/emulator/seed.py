"""What the system holds at its start: the installation's roles, and people made up by number."""

from __future__ import annotations

from ccconf.embedded.world import World
from ccconf.model.change import Create
from ccconf.model.refs import Ref
from ccconf.platforms.iptel.emulator.options import Options

_TEAM = 8
"""So many employees share a group."""


def plant(world: World, options: Options) -> None:
    """Roles that are not there yet; groups and employees only where there is nobody."""
    for role in options.roles:
        if world.lookup(Ref("role", role)) is None:
            world.perform(Create(kind="role", key=role, fields={"name": role}))
    if any(page.total for kind in ("group", "user") for page in world.observe(kind)):
        return
    for number in range(-(-options.users // _TEAM)):
        name = f"Team {number + 1}"
        world.perform(Create(kind="group", key=name, fields={"name": name, "roles": _some(options.roles, number)}))
    for number in range(options.users):
        name = f"Employee {number + 1:03}"
        email = f"employee.{number + 1:03}@example.org"
        fields = {"name": name, "email": email, "groups": {f"Team {number // _TEAM + 1}": {}}}
        world.perform(Create(kind="user", key=name, fields=fields))


def _some(roles: tuple[str, ...], number: int) -> list[str]:
    """One role for each group in turn."""
    return [roles[number % len(roles)]] if roles else []
