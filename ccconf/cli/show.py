"""`ccconf show`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import click
from msgspec import UNSET

from ccconf.cli.byhand import not_looked_at, whole
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import checked, connected, facts_of, format_option, in_gits_words, project_of, target_option
from ccconf.cli.worlds import composed
from ccconf.errors import Rejected, broken
from ccconf.findings import Finding, did_you_mean
from ccconf.ledger.store import Ledger
from ccconf.manifest.load import collector_paused
from ccconf.manifest.project import Target
from ccconf.model.fields import Resource
from ccconf.model.group import Group
from ccconf.model.kinds import KINDS, as_data
from ccconf.model.refs import Ref
from ccconf.model.role import Role
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.platform.contract import Platform, Present
from ccconf.platform.discovery import find
from ccconf.reconcile.diff import is_empty
from ccconf.reconcile.observe import complete
from ccconf.report.answers import Detail
from ccconf.report.words import shown, visible

World = dict[str, dict[str, Resource]]

_COLUMNS = {
    "user": ("name", "email", "extension", "position", "groups", "roles", "skills", "status"),
    "group": ("name", "roles", "allowlists", "schedule", "description"),
    "role": ("name", "scope", "access_level", "permissions"),
    "skill": ("name", "max_level", "description"),
    "schedule": ("name", "timezone", "weekly"),
    "allowlist": ("name", "networks"),
}
_WIDEST = 40


@click.command(name="show")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("key", required=False)
@target_option
@click.option("--git", is_flag=True, help="What the manifests say, instead of what is live.")
@click.option("--name", help="Part of the name.")
@click.option("--email", help="Part of the e-mail address.")
@click.option("--position", help="Part of the job title.")
@click.option("--role", help="Has this role, directly or through a group.")
@click.option("--group", help="Is in this group.")
@click.option("--skill", help="Has this skill.")
@click.option("--status", type=click.Choice(["active", "inactive"]), help="May sign in, or not.")
@click.option("--search", metavar="TEXT", help="Part of the name, the e-mail address or the job title.")
@click.option("--online/--offline", default=None, help="Is there right now, or not; where the platform tells it.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    kind: str,
    key: str | None,
    target_name: str | None,
    git: bool,
    online: bool | None,
    format_: str,
    **filters: str | None,
) -> int:
    """List objects of a KIND, or show one by its KEY: a group with its members and permissions, a skill or role with
    its holders, a schedule with those who work by it. A KEY may be a pattern.
    """
    asked = {name: value for name, value in filters.items() if value is not None}
    if kind != "user" and asked.keys() - {"name"}:
        raise click.UsageError(f"only users can be searched by {', '.join(sorted(asked.keys() - {'name'}))}")
    if online is not None and (git or kind != "user"):
        raise click.UsageError("only live users are online or offline")
    target = project_of(ctx).target(target_name)
    with collector_paused():
        world = _declared(target) if git else _live(target, kind, online=online)
    if key is not None and key in world[kind]:
        detail = _detail(world, Ref(kind, key), facts_of(target).within)
        print_json(detail) if format_ == "json" else print_lines(_detail_lines(detail))
        return 0
    found = [ref for ref in _all(world, kind, key) if _fits(world, ref, asked)]
    if key is not None and not found:
        raise broken("CC011", f"there is no {kind} called {key}", did_you_mean(key, world[kind]))
    if format_ == "json":
        print_json([{"key": ref.key, **as_data(world[kind][ref.key])} for ref in found])
    else:
        print_lines(_table(world, kind, found))
    return 0


def _live(target: Target, asked: str, *, online: bool | None) -> World:
    """Everything that is live; of people only those who are online, or only the others, where that is asked."""
    with connected(target) as connection, Ledger(target.project.ledger) as ledger:
        whole(connection, target, [asked])
        print_lines(not_looked_at(connection, asked), err=True)
        present = None if online is None else _present(connection, target)
        platform, _ = in_gits_words(connection, target, ledger, None)
        world: World = {}
        for kind in KINDS:
            found = complete(platform, kind)
            if kind == "user" and present is not None:
                found = (live for live in found if (live.native_id in present) is online)
            world[kind] = {live.ref.key: live.resource for live in found}
        return world


def _present(platform: Platform, target: Target) -> frozenset[str]:
    """Who is online. Presence is what happens, not what is wanted: it is read here alone and is never drift."""
    if isinstance(platform, Present):
        return platform.present()
    message = f"{find(target.form.platform, None).facts.title} does not tell who is online"
    raise Rejected(Finding(code="CC714", message=message, where=target.where("platform")))


def _declared(target: Target) -> World:
    declared, _ = checked(target)
    return {kind: {key: composed(declared, Ref(kind, key)) for key in sorted(declared.keys(kind))} for kind in KINDS}


def _all(world: World, kind: str, pattern: str | None) -> Iterator[Ref]:
    refs = (Ref(kind, key) for key in sorted(world[kind]))
    return refs if pattern is None else (ref for ref in refs if ref.fits(pattern))


def _fits(world: World, ref: Ref, asked: dict[str, str]) -> bool:
    resource = world[ref.kind][ref.key]
    return all(_has(world, resource, name, value) for name, value in asked.items())


def _has(world: World, resource: Resource, name: str, value: str) -> bool:
    match name:
        case "role":
            return value in _roles(world, resource) | _roles_within(resource)
        case "group":
            return value in (getattr(resource, "groups", None) or ())
        case "skill":
            return value in (getattr(resource, "skills", None) or ())
        case "search":
            return any(_has(world, resource, field, value) for field in ("name", "email", "position"))
        case "status":
            return bool(getattr(resource, "status", None) == value)
        case _:
            there = getattr(resource, name, None)
            return isinstance(there, str) and value.casefold() in there.casefold()


def _roles(world: World, resource: Resource) -> set[str]:
    """All roles of a user, those that come through groups included."""
    roles = set(getattr(resource, "roles", None) or ())
    for group in getattr(resource, "groups", None) or ():
        through = world["group"].get(group)
        roles.update(getattr(through, "roles", None) or ())
    return roles


def _roles_within(resource: Resource) -> set[str]:
    """The roles that somebody has within groups, which are names of the platform and no objects."""
    edges = (getattr(resource, "groups", None) or {}) if isinstance(resource, User) else {}
    return {edge.role for edge in edges.values() if isinstance(edge.role, str)}


def _table(world: World, kind: str, refs: Iterable[Ref]) -> Iterator[str]:
    columns = ("key", *_COLUMNS[kind])
    rows = [(visible(ref.key), *(_cell(world[kind][ref.key], column) for column in _COLUMNS[kind])) for ref in refs]
    widths = [min(_WIDEST, max(len(text) for text in column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        yield "  ".join(_cut(text, width) for text, width in zip(row, widths, strict=True)).rstrip()
    yield f"{len(rows)} {KINDS[kind].plural if len(rows) != 1 else kind}"


def _cell(resource: Resource, column: str) -> str:
    value = as_data(resource).get(column)
    if isinstance(value, dict):
        return visible(", ".join(f"{key} {inner}" if isinstance(inner, int) else key for key, inner in value.items()))
    return "" if value is None else shown(value)


def _cut(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else f"{text[: width - 1]}…"


def _detail(world: World, ref: Ref, within: Mapping[str, str]) -> Detail:
    """The object with whoever has to do with it. A part, such as a role's own networks, binds its whole."""
    resource = world[ref.kind][ref.key]
    told = partial(Detail, object=str(ref), fields=as_data(resource))
    match ref.kind:
        case "user":
            return told(permissions=_permissions(world, sorted(_roles(world, resource))))
        case "group":
            roles = resource.roles if isinstance(resource, Group) and resource.roles else ()
            members = _users(world, lambda user: _edge(user, ref.key))
            return told(members=members, permissions=_permissions(world, roles))
        case "role":
            return told(holders=_users(world, lambda user: "" if ref.key in _roles(world, user) else None))
        case "skill":
            return told(holders=_users(world, lambda user: _level(user, ref.key)))
        case "schedule":
            return told(works_by_it=_users(world, lambda user: "" if user.schedule == ref.key else None))
        case _:
            return told(binds=tuple(_bound(world, ref.key, within)))


def _bound(world: World, allowlist: str, within: Mapping[str, str]) -> Iterator[str]:
    """The roles and groups whose people may sign in only from there."""
    for kind in ("role", "group"):
        for key, holder in sorted(world[kind].items()):
            own = (kind, key) == (within.get("allowlist"), allowlist)
            if own or allowlist in (getattr(holder, "allowlists", None) or ()):
                yield str(Ref(kind, key))


def _users(world: World, note: Any) -> tuple[str, ...]:
    """The users for whom `note` has something to say, with it."""
    found = []
    for key, user in sorted(world["user"].items()):
        said = note(user)
        if said is not None:
            name = getattr(user, "name", None) or ""
            found.append(" ".join(part for part in (key, f"({name})" if name else "", said) if part))
    return tuple(found)


def _edge(user: User, group: str) -> str | None:
    edge = user.groups.get(group) if user.groups else None
    if not isinstance(edge, Membership):
        return None
    return edge.role if isinstance(edge.role, str) else ""


def _level(user: User, skill: str) -> str | None:
    level = user.skills.get(skill) if user.skills else None
    return None if level is None else f"level {level}"


def _permissions(world: World, roles: Iterable[str]) -> dict[str, Any]:
    """What the roles allow together, by role."""
    return {
        key: as_data(role).get("permissions", {})
        for key in roles
        if isinstance(role := world["role"].get(key), Role) and not is_empty(role.permissions)
    }


def _detail_lines(detail: Detail) -> Iterator[str]:
    yield visible(detail.object)
    for field, value in detail.fields.items():
        yield f"  {field}: {shown(value)}"
    related = {
        "members": detail.members, "holders": detail.holders, "works by it": detail.works_by_it, "binds": detail.binds,
    }  # fmt: skip
    for title, names in related.items():
        if names is not UNSET:
            yield f"  {title} ({len(names)}):"
            yield from (f"    {visible(line)}" for line in names)
    for role, levels in (detail.permissions or {}).items():
        yield f"  permissions by {role}:"
        yield from (f"    {name}: {shown(level)}" for name, level in levels.items())
