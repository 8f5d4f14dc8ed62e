"""What the platform has, judged on what is declared: permissions and their levels, gates, fields, ways.

One pass over all objects; each mistake is told at its place, what concerns a whole kind is told once.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from ccconf.findings import Finding, did_you_mean
from ccconf.manifest.compose import Declarations
from ccconf.manifest.shape import Mistake
from ccconf.model.fields import Resource
from ccconf.model.group import Group
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.model.role import Role
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.platform.discovery import owners_of
from ccconf.platform.facts import Facts, Operation, Route
from ccconf.platform.fit import Fit, Levels, named, word

Told = tuple[int, Mistake]
"""A mistake, and the number of the file in which it stands."""

Way = tuple[Ref, str, tuple[str, ...]]
"""The way to something in an object: the object, its field, and the way within."""

_OTHER_WAYS = {Route.FILE: "by a file for the vendor's import", Route.MANUAL: "by hand, with a runbook"}

WRITING = (Operation.CREATE, Operation.UPDATE)
"""The operations by which a declared object reaches a platform."""


def platform_findings(declared: Declarations, facts: Facts, licence: Licence, *, driven: bool) -> Iterator[Finding]:
    """What the platform does not have, does not allow with this licence, or does by another way.

    `driven` says that the target is this platform itself and not an embedded one that imitates it; only then the ways
    matter (CC408).
    """
    if facts.fields or facts.catalogue.permissions or facts.access_levels or facts.in_group_roles.items:
        yield from _Inspection(declared, facts, licence, driven=driven).findings()
    yield from _kinds(declared, facts, driven=driven)
    yield from _nowhere(declared, facts)
    yield from _unlike_their_wholes(declared, facts)


class _Inspection:
    """One pass over everything that is declared."""

    def __init__(self, declared: Declarations, facts: Facts, licence: Licence, *, driven: bool) -> None:
        self.declared = declared
        self.facts = facts
        self.fit = Fit(facts, licence)
        self.driven = driven
        self.asks_for_edition = not licence.edition
        self.foreign = {kind: _foreign(kind, facts) for kind in KINDS}
        self.unsupported: dict[tuple[str, str], list[Ref]] = {}
        self.unlisted: dict[str, list[Way]] = {}
        self.legacy: dict[str, list[Way]] = {}
        self.gated: list[Way] = []

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
        yield from self._unlisted()
        yield from self._legacy()
        yield from self._without_edition()

    def _object(self, ref: Ref, resource: Resource) -> Iterator[Told]:
        for name in self.foreign[ref.kind]:
            if getattr(resource, name) is not UNSET:
                self.unsupported.setdefault((ref.kind, name), []).append(ref)
        for misfit in self.fit.misfits(ref.kind, resource):
            yield self._at(ref, misfit.code, misfit.message, misfit.hint, misfit.field, *misfit.path)
        for field, path, levels in _granted(resource):
            self._sort(ref, field, path, levels)
        for field, path, role in _roles_within(resource) if self.asks_for_edition else ():
            known = self.fit.roles.get(role)
            if known is not None and known.editions:
                self.gated.append((ref, field, path))

    def _sort(self, ref: Ref, field: str, path: tuple[str, ...], levels: Levels) -> None:
        """Remembers what is told once for all: ids that nobody can judge, rights that were replaced, open gates."""
        for name, level in levels.items():
            permission = self.fit.permissions.get(name)
            way = (ref, field, (*path, name))
            if permission is None:
                if self.fit.unlisted(name):
                    self.unlisted.setdefault(name, []).append(way)
                continue
            if permission.legacy and word(level) in permission.levels:
                self.legacy.setdefault(permission.legacy, []).append(way)
            if permission.editions and word(level) != permission.levels[0]:
                self.gated.append(way)

    def _unlisted(self) -> Iterator[Told]:
        """Another vendor's permission (CC404); one that stands in no list at all cannot be judged (CC413)."""
        for name, ways in sorted(self.unlisted.items()):
            ref, field, path = ways[0]
            owners = owners_of(name, besides=self.facts.name)
            if owners:
                hint = "remove it, or keep it in a layer for another target"
                message = f"{name} is a permission of {' and of '.join(owners)}, not of {self.facts.title}"
                for ref, field, path in ways:
                    yield self._at(ref, "CC404", message, hint, field, *path)
            elif self.fit.permissions:
                message = f"the known permissions of {self.facts.title} are not all, and {name} is none of them"
                hint = "compare it with the vendor's screen: nobody else can"
                yield self._at(ref, "CC413", message, hint, field, *path)

    def _legacy(self) -> Iterator[Told]:
        """What a newer version replaced (CC414); where the version in use is driven it is simply not there (CC404)."""
        for why, ways in sorted(self.legacy.items()):
            ref, field, path = ways[0]
            more = f" and {len(ways) - 1} more" if len(ways) > 1 else ""
            label = named(self.fit.permissions[path[-1]], self.facts)
            if self.driven:
                yield self._at(ref, "CC404", f"{self.facts.title} no longer has {label}{more}", why, field, *path)
            else:
                yield self._at(ref, "CC414", f"{label}{more}: replaced", why, field, *path)

    def _without_edition(self) -> Iterator[Told]:
        """What depends on the edition, where the licence says none (CC415)."""
        if self.asks_for_edition and self.gated:
            ref, field, path = self.gated[0]
            editions = ", ".join(row.id for row in self.facts.editions)
            times = "one entry depends" if len(self.gated) == 1 else f"{len(self.gated)} entries depend"
            message = f"{times} on the edition of {self.facts.title}, and `licence:` names none"
            yield self._at(ref, "CC415", message, f"write edition: in ccconf.yaml, one of {editions}", field, *path)

    def _fields(self) -> Iterator[Told]:
        for (kind, name), refs in sorted(self.unsupported.items()):
            times = f"{len(refs)} objects say" if len(refs) > 1 else "one object says"
            what = f"{self.facts.title} has no {name} of a {kind}; {times} it"
            yield self._at(refs[0], "CC407", what, "remove it, or keep it in a layer for another target", name)

    def _at(self, ref: Ref, code: str, message: str, hint: str, field: str, *path: str) -> Told:
        origin = self.declared.origin(ref, field)
        assert origin is not None, "only what is declared is judged"
        return origin[0], Mistake(code, message, (*origin[1], *path), bool(path), hint, str(ref))


def _foreign(kind: str, facts: Facts) -> list[str]:
    """The fields that the platform does not have; a kind without any field is told of once, otherwise (CC410)."""
    has = facts.fields.get(kind)
    return [name for name in KINDS[kind].by_name if name not in has] if has else []


def _granted(resource: Resource) -> Iterator[tuple[str, tuple[str, ...], Levels]]:
    """Every set of permissions in an object: its field, the way within, the levels."""
    match resource:
        case Role():
            yield "permissions", (), resource.permissions or {}
        case Group():
            for role, levels in (resource.rights or {}).items():
                yield "rights", (role,), levels
    for field, other, edge in _edges(resource):
        if edge.permissions:
            yield field, (other, "permissions"), edge.permissions


def _roles_within(resource: Resource) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every role within a group that an object names."""
    if isinstance(resource, Group):
        for role in resource.rights or {}:
            yield "rights", (role,), role
    for field, other, edge in _edges(resource):
        if isinstance(edge.role, str):
            yield field, (other, "role"), edge.role


def _edges(resource: Resource) -> Iterator[tuple[str, str, Membership]]:
    match resource:
        case Group():
            field, edges = "members", resource.members or {}
        case User():
            field, edges = "groups", resource.groups or {}
        case _:
            return
    for other, edge in edges.items():
        yield field, other, edge


def _nowhere(declared: Declarations, facts: Facts) -> Iterator[Finding]:
    """Objects that have no place on the platform: parts of nothing that is declared, and no fixed ones (CC417)."""
    for kind in REFERENCE_ORDER:
        if kind not in facts.within and kind not in facts.fixed:
            continue
        whole, fixed = facts.within.get(kind, ""), facts.fixed.get(kind, ())
        possible = {*fixed, *(declared.keys(whole) if whole else ())}
        for key in sorted(set(declared.keys(kind)) - possible):
            hint = " or ".join(fixed)
            if whole:
                meant = did_you_mean(key, possible).removesuffix("?")
                own = f"name it like the {whole} whose it is{f' ({meant})' if meant else ''}"
                hint = f"{own}, or {hint}" if hint else own
            else:
                hint = did_you_mean(key, possible) or f"call it {hint}"
            ref = Ref(kind, key)
            message = f"{facts.title} has no place for {ref}"
            yield Finding(code="CC417", message=message, where=declared.where(ref), subject=str(ref), hint=hint)


def _unlike_their_wholes(declared: Declarations, facts: Facts) -> Iterator[Finding]:
    """A field that a part shares with its whole and that says something else there, or nothing (CC403)."""
    for kind, whole in facts.within.items():
        shared = [name for name in facts.fields.get(kind, ()) if name in facts.fields.get(whole, ())]
        for key in sorted({*declared.keys(kind)} & {*declared.keys(whole)}):
            ref, owner = Ref(kind, key), Ref(whole, key)
            part, its = declared.get(ref), declared.get(owner)
            if part is None or its is None:
                continue
            for name in shared:
                said, there = getattr(part.resource, name), getattr(its.resource, name)
                if said not in (UNSET, None, there):
                    message = f"{ref} says {name} {said}, which {facts.title} has from {owner}"
                    where = declared.where(ref, name)
                    yield Finding(
                        code="CC403", message=message, where=where, subject=str(ref), hint=f"say it on {owner}"
                    )


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
            for route, way in _OTHER_WAYS.items():
                acts = [f"{row.operation} ({row.reason})" for row in rows if row.route is route]
                if acts:
                    message = f"{KINDS[kind].plural} on {facts.title} go {way}: {', '.join(acts)}"
                    yield Finding(code="CC408", message=message, where=declared.where(first), subject=str(first))
