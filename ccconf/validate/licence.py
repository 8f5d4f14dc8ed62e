"""The platform's licence rules, invariants and permission catalogue, judged on what is declared."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from ccconf.findings import Finding, did_you_mean
from ccconf.manifest.compose import Declarations
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS
from ccconf.model.licence import Invariant, Licence, Selector, rules_broken
from ccconf.model.permissions import Permission
from ccconf.model.refs import Ref
from ccconf.model.role import Role
from ccconf.platform.contract import Facts


def licence_findings(declared: Declarations, facts: Facts, licence: Licence) -> Iterator[Finding]:
    """What the licence (CC401, CC402), an invariant (CC403) or the catalogue (CC404, CC405) forbids."""
    yield from _rules(declared, facts, licence)
    yield from _invariants(declared, facts.invariants)
    yield from _permissions(declared, facts)


def _rules(declared: Declarations, facts: Facts, licence: Licence) -> Iterator[Finding]:
    found: dict[str, list[Ref]] = {}

    def count(selector: Selector) -> int:
        refs = list(_selected(declared, selector))
        found[_name(selector)] = refs
        return len(refs)

    if facts.rules or licence.seats is not None:
        for finding in rules_broken(facts.rules, licence, count):
            selector = next((rule.select for rule in facts.rules if rule.id == finding.subject), None)
            cause = found[_name(selector)][-1] if selector else None
            yield msgspec.structs.replace(finding, where=declared.where(cause) if cause else None)


def _name(selector: Selector) -> str:
    return str(msgspec.json.encode(selector))


def _selected(declared: Declarations, selector: Selector) -> Iterator[Ref]:
    for key in sorted(declared.keys(selector.kind)):
        ref = Ref(selector.kind, key)
        found = declared.get(ref)
        if found is not None and selector.fits(initially(ref.kind, found.resource)):
            yield ref


def initially(kind: str, resource: Resource) -> Resource:
    """The object with what a platform gives to a new one that does not say: an unsaid status is active."""
    initial = {
        spec.name: spec.marker.initial
        for spec in KINDS[kind].specs
        if spec.marker.initial is not None and getattr(resource, spec.name) in (UNSET, None)
    }
    return msgspec.structs.replace(resource, **initial) if initial else resource


def _invariants(declared: Declarations, invariants: tuple[Invariant, ...]) -> Iterator[Finding]:
    """Only the form `each` can be judged offline: the last administrator may stand outside Git."""
    for invariant in invariants:
        if invariant.form != "each":
            continue
        for ref in _selected(declared, invariant.select):
            found = declared.get(ref)
            if found is not None and invariant.broken_by(found.resource):
                where = declared.where(ref, invariant.field)
                yield Finding(code="CC403", message=f"{ref}: {invariant.label}", where=where, subject=str(ref))


def _permissions(declared: Declarations, facts: Facts) -> Iterator[Finding]:
    known = {permission.id: permission for permission in facts.catalogue.permissions}
    if not known:
        return
    for key in sorted(declared.keys("role")):
        ref = Ref("role", key)
        found = declared.get(ref)
        role = found.resource if found else None
        for name, level in (role.permissions or {}).items() if isinstance(role, Role) else ():
            flaw = _permission_flaw(name, level, known, facts)
            if flaw is not None:
                code, message, hint = flaw
                where = declared.where(ref, "permissions")
                yield Finding(code=code, message=message, where=where, subject=str(ref), hint=hint)


def _permission_flaw(
    name: str, level: bool | str, known: dict[str, Permission], facts: Facts
) -> tuple[str, str, str] | None:
    permission = known.get(name)
    if permission is None:
        if facts.catalogue.open:
            return None
        return "CC404", f"{facts.title} has no permission {name}", did_you_mean(name, known)
    word = level if isinstance(level, str) else "yes" if level else "no"
    if word in permission.levels:
        return None
    return "CC405", f"{name} cannot be {word}", f"known: {', '.join(permission.levels)}"
