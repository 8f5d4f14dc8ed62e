"""What is declared is also used."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.refs import Ref


def usage_findings(declared: Declarations) -> Iterator[Finding]:
    """Roles, skills, schedules, allowlists and groups to which nothing refers (CC207)."""
    used: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for rows in declared.rows:
        for kind, keys in rows.links.items():
            used[kind].update(keys)
    for kind in REFERENCE_ORDER:
        for key in sorted(declared.bodies[kind].keys() - used[kind]) if _needs_use(kind) else ():
            ref = Ref(kind, key)
            if kind == "group" and key in declared.closed and any(key in edges for edges in declared.edges.values()):
                continue
            yield Finding(
                code="CC207",
                message=f"nothing uses {ref}",
                where=declared.where(ref),
                subject=str(ref),
                hint="use it or remove it",
            )


def _needs_use(kind: str) -> bool:
    """A kind that some other kind refers to; people need no use."""
    return any(kind in spec.shape.links_to() for other in KINDS.values() for spec in other.stored if other.name != kind)
