"""What the platform has, judged on what is declared: permissions and their levels, gates, fields, ways.

One pass over all objects; each mistake is told at its place, what concerns a whole kind is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ccconf.findings import Finding, did_you_mean
from ccconf.manifest.compose import Declarations
from ccconf.manifest.shape import Mistake
from ccconf.model.fields import Resource, said
from ccconf.model.group import Group
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.model.role import Role
from ccconf.model.shapes import Level, Membership
from ccconf.model.user import User
from ccconf.platform.facts import Facts, InGroupRole, Operation, Permission, Route

Levels = Mapping[str, Level]
Told = tuple[int, Mistake]
"""A mistake, and the number of the file in which it stands."""

WRITING = (Operation.CREATE, Operation.UPDATE)
"""The operations by which a declared object reaches a platform."""


def platform_findings(declared: Declarations, facts: Facts, licence: Licence, *, driven: bool) -> Iterator[Finding]:
    """What the platform does not have, does not allow with this licence, or does by another way.

    `driven` says that the target is this platform itself and not an embedded one that imitates it; only then the ways
    matter (CC408).
    """
    if facts.fields or facts.catalogue.permissions or facts.access_levels or facts.in_group_roles.items:
        yield from _Inspection(declared, facts, licence).findings()
    yield from _kinds(declared, facts, driven=driven)


class _Inspection:
    """One pass over everything that is declared."""

    def __init__(self, declared: Declarations, facts: Facts, licence: Licence) -> None:
        self.declared = declared
        self.facts = facts
        self.licence = licence
        self.permissions = {permission.id: permission for permission in facts.catalogue.permissions}
        self.roles = {role.id: role for role in facts.in_group_roles.items}
        self.levels = [level.id for level in facts.access_levels]
        self.unsupported: dict[tuple[str, str], list[Ref]] = {}

    def findings(self) -> Iterator[Finding]:
        """Everything that was found; each file is read once for its places, however much is wrong in it."""
        by_source: dict[int, list[Mistake]] = {}
        for source, mistake in self._mistakes():
            by_source.setdefault(source, []).append(mistake)
        return self.declared.placed(by_source)

    def _mistakes(self) -> Iterator[Told]:
        for kind in REFERENCE_ORDER:
            for key in sorted(self.declared.keys(kind)):
                ref = Ref(kind, key)
                found = self.declared.get(ref)
                if found is not None:
                    yield from self._object(ref, found.resource)
        yield from self._fields()

    def _object(self, ref: Ref, resource: Resource) -> Iterator[Told]:
        has = self.facts.fields.get(ref.kind)
        if has:  # a kind without any field is no kind of the platform, which is told once (CC410)
            for name in said(resource):
                if name not in has:
                    self.unsupported.setdefault((ref.kind, name), []).append(ref)
        match resource:
            case Role():
                yield from self._access_level(ref, resource)
                yield from self._levels(ref, resource.permissions or {}, "permissions")
            case Group():
                for role, levels in (resource.rights or {}).items():
                    yield from self._in_group_role(ref, role, "rights", role)
                    yield from self._levels(ref, levels, "rights", role)
                yield from self._edges(ref, "members", resource.members or {})
            case User():
                yield from self._edges(ref, "groups", resource.groups or {})

    def _edges(self, ref: Ref, field: str, edges: Mapping[str, Membership]) -> Iterator[Told]:
        for other, edge in edges.items():
            if isinstance(edge.role, str):
                yield from self._in_group_role(ref, edge.role, field, other, "role")
            yield from self._levels(ref, edge.permissions or {}, field, other, "permissions")

    def _in_group_role(self, ref: Ref, name: str, field: str, *path: str) -> Iterator[Told]:
        role = self.roles.get(name)
        if role is not None:
            yield from self._gate(ref, role, f"the role {_named(role, self.facts)}", field, *path)
        elif not self.facts.in_group_roles.open:
            hint = did_you_mean(name, self.roles)
            yield self._at(ref, "CC406", f"{self.facts.title} has no role {name} within groups", hint, field, *path)

    def _access_level(self, ref: Ref, role: Role) -> Iterator[Told]:
        level = role.access_level
        if isinstance(level, str) and self.levels and level not in self.levels:
            hint = did_you_mean(level, self.levels)
            yield self._at(ref, "CC409", f"{self.facts.title} has no access level {level}", hint, "access_level")

    def _levels(self, ref: Ref, levels: Levels, field: str, *path: str) -> Iterator[Told]:
        for name, level in levels.items() if self.permissions else ():
            permission = self.permissions.get(name)
            if permission is None:
                if not self._belongs_to_open_catalogue(name):
                    message = f"{self.facts.title} has no permission {name}"
                    yield self._at(ref, "CC404", message, self._meant(name), field, *path, name)
                continue
            word = level if isinstance(level, str) else "yes" if level else "no"
            if word not in permission.levels:
                hint = f"known: {', '.join(_written(known) for known in permission.levels)}"
                if permission.levels == ("no",):
                    hint = permission.why
                message = f"{_named(permission, self.facts)} cannot be {_written(word)}"
                yield self._at(ref, "CC405", message, hint, field, *path, name)
            else:
                yield from self._gate(
                    ref, permission, f"the permission {_named(permission, self.facts)}", field, *path, name
                )

    def _belongs_to_open_catalogue(self, name: str) -> bool:
        """In a catalogue that is known to be incomplete an id of another section may well exist."""
        if not self.facts.catalogue.open:
            return False
        sections = {known.rpartition(".")[0] or known for known in self.permissions}
        return name.rpartition(".")[0] not in sections and not self._meant(name).startswith("did you mean")

    def _meant(self, name: str) -> str:
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

    def _gate(self, ref: Ref, gated: Permission | InGroupRole, what: str, field: str, *path: str) -> Iterator[Told]:
        """What only some editions or modules open. A licence that says nothing is not judged."""
        modules = gated.modules if isinstance(gated, Permission) else ()
        missing_edition = gated.editions and self.licence.edition and self.licence.edition not in gated.editions
        missing_module = modules and not set(modules) & set(self.licence.modules)
        if missing_edition or missing_module:
            needed = [*(f"edition {name}" for name in gated.editions), *(f"module {name}" for name in modules)]
            hint = f"remove it, or buy {' or '.join(needed)}"
            yield self._at(ref, "CC401", f"{what} is not in the licence", hint, field, *path)

    def _fields(self) -> Iterator[Told]:
        for (kind, name), refs in sorted(self.unsupported.items()):
            times = f"{len(refs)} objects say" if len(refs) > 1 else "one object says"
            what = f"{self.facts.title} has no {name} of a {kind}; {times} it"
            yield self._at(refs[0], "CC407", what, "remove it, or keep it in a layer for another target", name)

    def _at(self, ref: Ref, code: str, message: str, hint: str, field: str, *path: str) -> Told:
        origin = self.declared.origin(ref, field)
        assert origin is not None, "only what is declared is judged"
        return origin[0], Mistake(code, message, (*origin[1], *path), bool(path), hint, str(ref))


def _written(level: str) -> str:
    """A level as it is written in a manifest."""
    return {"yes": "true", "no": "false"}.get(level, level)


def _named(row: Any, facts: Facts) -> str:
    """The id with the words of the vendor's screen."""
    label = row.labels.get(facts.language) or row.labels.get("en", "")
    return f"{row.id} ({label})" if label else str(row.id)


def _kinds(declared: Declarations, facts: Facts, *, driven: bool) -> Iterator[Finding]:
    """Kinds that the platform does not have (CC410), and ways other than the API (CC408), once each."""
    ways = {(row.kind, row.operation): row for row in facts.support}
    for kind in REFERENCE_ORDER:
        keys = sorted(declared.keys(kind))
        if not keys:
            continue
        first = Ref(kind, keys[0])
        rows = [ways[kind, operation] for operation in WRITING if (kind, operation) in ways]
        read = ways.get((kind, Operation.READ))
        if rows and read is not None and all(row.route is Route.NO for row in (read, *rows)):
            message = f"{facts.title} cannot be given {KINDS[kind].plural}: {rows[0].reason}"
            yield Finding(code="CC410", message=message, where=declared.where(first), subject=str(first))
        elif driven:
            for row in rows:
                if row.route in (Route.MANUAL, Route.FILE):
                    way = "by hand" if row.route is Route.MANUAL else "by a file for the vendor's import"
                    message = f"{row.operation} of {KINDS[kind].plural} on {facts.title} goes {way}: {row.reason}"
                    yield Finding(code="CC408", message=message, where=declared.where(first), subject=str(first))
