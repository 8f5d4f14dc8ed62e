"""Whether one object fits what a platform has and what its licence opens: levels, permissions, roles within groups.

The validator asks this of what is declared and gives each answer its place; the embedded platform asks it of what it
is told to store. One function for both, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import UNSET

from ccconf.findings import did_you_mean
from ccconf.model.fields import Resource
from ccconf.model.group import Group
from ccconf.model.licence import Licence
from ccconf.model.role import Role
from ccconf.model.shapes import Level, Membership
from ccconf.model.user import User
from ccconf.platform.facts import Facts, InGroupRole, Limit, Permission

Levels = Mapping[str, Level]


class Misfit(NamedTuple):
    """Something in one field of an object that the platform or the licence does not allow, and the way to it."""

    code: str
    message: str
    hint: str
    field: str
    path: tuple[str, ...] = ()


class Fit:
    """What a platform has and a licence opens, ready to be asked about many objects."""

    def __init__(self, facts: Facts, licence: Licence) -> None:
        self.facts = facts
        self.licence = licence
        self.permissions = {permission.id: permission for permission in facts.catalogue.permissions}
        self.sections = {known.rpartition(".")[0] or known for known in self.permissions}
        self.roles = {role.id: role for role in facts.in_group_roles.items}
        self.levels = [level.id for level in facts.access_levels]
        self.open_roles = {role.id for role in self.roles.values() if not any(self._gate(role, "", ""))}
        """The roles within groups that need nothing more, which is what nearly everybody has."""
        self.limits: dict[str, list[Limit]] = {}
        for limit in facts.limits:
            self.limits.setdefault(limit.kind, []).append(limit)

    def misfits(self, kind: str, resource: Resource) -> Iterator[Misfit]:
        """Everything in the object that does not fit."""
        for limit in self.limits.get(kind, ()):
            yield from _beyond(limit, getattr(resource, limit.field, UNSET), self.facts)
        match resource:
            case Role():
                yield from self._access_level(resource.access_level)
                yield from self._levels(resource.permissions or {}, "permissions")
            case Group():
                for role, levels in (resource.rights or {}).items():
                    yield from self._in_group_role(role, "rights", role)
                    yield from self._levels(levels, "rights", role)
                yield from self._edges("members", resource.members or {})
            case User():
                yield from self._edges("groups", resource.groups or {})

    def unlisted(self, name: str) -> bool:
        """Whether an id stands in none of the sections that an incomplete catalogue knows, so nobody can judge it."""
        return (
            self.facts.catalogue.open
            and name not in self.permissions
            and (name.rpartition(".")[0] or name) not in self.sections
            and not self.meant(name).startswith("did you mean")
        )

    def meant(self, name: str) -> str:
        """The nearest permission, by its id or by its label in any language."""
        by_label = {
            label.casefold(): permission.id
            for permission in self.permissions.values()
            for label in permission.labels.values()
        }
        if name.casefold() in by_label:
            return f"did you mean {by_label[name.casefold()]}?"
        near = did_you_mean(name, self.permissions)
        if near.startswith("did you mean"):
            return near
        word = did_you_mean(name.casefold(), by_label).removeprefix("did you mean ").removesuffix("?")
        return f"did you mean {by_label[word]} ({word})?" if word in by_label else "see ccconf permissions"

    def _edges(self, field: str, edges: Mapping[str, Membership]) -> Iterator[Misfit]:
        for other, edge in edges.items():
            if edge.role in self.open_roles and not edge.permissions:
                continue
            if isinstance(edge.role, str):
                yield from self._in_group_role(edge.role, field, other, "role")
            yield from self._levels(edge.permissions or {}, field, other, "permissions")

    def _in_group_role(self, name: str, field: str, *path: str) -> Iterator[Misfit]:
        role = self.roles.get(name)
        if role is not None:
            yield from self._gate(role, f"the role {named(role, self.facts)}", field, *path)
        elif not self.facts.in_group_roles.open:
            message = f"{self.facts.title} has no role {name} within groups"
            yield Misfit("CC406", message, did_you_mean(name, self.roles), field, path)

    def _access_level(self, level: Any) -> Iterator[Misfit]:
        if isinstance(level, str) and self.levels and level not in self.levels:
            hint = did_you_mean(level, self.levels)
            yield Misfit("CC409", f"{self.facts.title} has no access level {level}", hint, "access_level")

    def _levels(self, levels: Levels, field: str, *path: str) -> Iterator[Misfit]:
        for name, level in levels.items() if self.permissions else ():
            permission = self.permissions.get(name)
            if permission is not None:
                yield from self._level(permission, word(level), field, *path, name)
            elif not self.unlisted(name):
                message = f"{self.facts.title} has no permission {name}"
                yield Misfit("CC404", message, self.meant(name), field, (*path, name))

    def _level(self, permission: Permission, level: str, field: str, *path: str) -> Iterator[Misfit]:
        if level not in permission.levels:
            hint = f"known: {', '.join(written(known) for known in permission.levels)}"
            if permission.levels == ("no",):
                hint = permission.why
            message = f"{named(permission, self.facts)} cannot be {written(level)}"
            yield Misfit("CC405", message, hint, field, path)
        elif level != permission.levels[0]:  # what is switched off needs nothing
            yield from self._gate(permission, f"the permission {named(permission, self.facts)}", field, *path)

    def _gate(self, gated: Permission | InGroupRole, what: str, field: str, *path: str) -> Iterator[Misfit]:
        """What only some editions or modules open. A licence that names no edition is not judged by editions."""
        modules = gated.modules if isinstance(gated, Permission) else ()
        missing_edition = gated.editions and self.licence.edition and self.licence.edition not in gated.editions
        missing_module = modules and not set(modules) & set(self.licence.modules)
        if missing_edition or missing_module:
            needed = [*(f"edition {name}" for name in gated.editions), *(f"module {name}" for name in modules)]
            yield Misfit(
                "CC401", f"{what} is not in the licence", f"remove it, or buy {' or '.join(needed)}", field, path
            )


def _beyond(limit: Limit, value: Any, facts: Facts) -> Iterator[Misfit]:
    """A text that is too short or long, a collection with too few or many entries."""
    if not isinstance(value, str | tuple | dict):
        return
    size, what = len(value), "characters" if isinstance(value, str) else "entries"
    if limit.least is not None and size < limit.least:
        message = f"{limit.field} has {size} {what}, {facts.title} asks for at least {limit.least}"
        yield Misfit("CC412", message, limit.says, limit.field)
    if limit.most is not None and size > limit.most:
        message = f"{limit.field} has {size} {what}, {facts.title} takes at most {limit.most}"
        yield Misfit("CC412", message, limit.says, limit.field)


def word(level: Level) -> str:
    """A level as the catalogue names it."""
    return level if isinstance(level, str) else "yes" if level else "no"


def written(level: str) -> str:
    """A level as it is written in a manifest."""
    return {"yes": "true", "no": "false"}.get(level, level)


def named(row: Any, facts: Facts) -> str:
    """The id with the words of the vendor's screen."""
    label = row.labels.get(facts.language) or row.labels.get("en", "")
    return f"{row.id} ({label})" if label else str(row.id)
