"""What is declared is also used."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts


def usage_findings(declared: Declarations, facts: Facts) -> Iterator[Finding]:
    """Roles, skills, schedules, allowlists and groups to which nothing refers (CC207).

    Where no field of the platform refers to a kind, its objects stand for themselves.
    """
    used: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for rows in declared.rows:
        for kind, keys in rows.links.items():
            used[kind].update(keys)
    used["group"].update(group for edges in declared.edges.values() for group in edges)
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


def _needs_use(kind: str, facts: Facts) -> bool:
    """A kind that some other kind of the platform refers to; people need no use."""
    return any(
        kind in spec.shape.links_to() and spec.name in facts.fields.get(other.name, other.by_name)
        for other in KINDS.values()
        for spec in other.stored
        if other.name != kind
    )
