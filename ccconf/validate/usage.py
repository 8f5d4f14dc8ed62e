"""What is declared is also used."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts, Operation, Route


def usage_findings(declared: Declarations, facts: Facts) -> Iterator[Finding]:
    """Roles, skills, schedules, allowlists and groups to which nothing refers (CC207).

    Where no field of the platform refers to a kind, its objects stand for themselves.
    """
    used: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for rows in declared.rows:
        for kind, keys in rows.links.items():
            used[kind].update(keys)
    used["group"].update(group for edges in declared.edges.values() for group in edges)
    for kind, mentioned in _mentioned(declared, facts):
        used[kind].update(mentioned)
    unused = [
        Ref(kind, key)
        for kind in REFERENCE_ORDER
        if _needs_use(kind, facts)
        for key in sorted(declared.bodies[kind].keys() - used[kind])
    ]
    places = declared.places((ref, None) for ref in unused)
    for ref in unused:
        where, hint = places[ref, None], "use it or remove it"
        yield Finding(code="CC207", message=f"nothing uses {ref}", where=where, subject=str(ref), hint=hint)


def _mentioned(declared: Declarations, facts: Facts) -> Iterator[tuple[str, set[str]]]:
    """Objects that others name by the name that the platform has for them."""
    for kind, fields in facts.mentions.items():
        for field, other in fields.items():
            said = set(_values(declared, kind, field).values())
            names = _values(declared, other, facts.recognised_by.get(other, ""))
            yield other, {key for key in declared.keys(other) if names.get(key, key) in said}


def _values(declared: Declarations, kind: str, field: str) -> dict[str, str]:
    """The texts of a field by key, where it is said."""
    found = {key: declared.get(Ref(kind, key)) for key in declared.keys(kind)}
    texts = {key: getattr(one.resource, field, UNSET) for key, one in found.items() if one is not None}
    return {key: text for key, text in texts.items() if isinstance(text, str)}


def _needs_use(kind: str, facts: Facts) -> bool:
    """A kind that some other kind of the platform refers to; people need no use, nor what comes with the platform."""
    creates = (row.route for row in facts.support if (row.kind, row.operation) == (kind, Operation.CREATE))
    if next(creates, Route.API) is Route.NO:
        return False
    return any(
        kind in spec.shape.links_to() and spec.name in facts.fields.get(other.name, other.by_name)
        for other in KINDS.values()
        for spec in other.stored
        if other.name != kind
    )
