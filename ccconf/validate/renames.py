"""`formerly` names one object that is no longer declared, or takes part in a full swap."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations
from ccconf.model.refs import Ref


def rename_findings(declared: Declarations) -> Iterator[Finding]:
    """Two claims on one former key, and former keys that are still in use by themselves (CC206)."""
    claims: dict[Ref, Ref] = {}
    for ref, former in sorted(declared.former.items()):
        old = Ref(ref.kind, former)
        if old in claims:
            yield _finding(declared, ref, f"{ref} and {claims[old]} were both formerly {former}", "leave one of them")
        elif old == ref:
            yield _finding(declared, ref, f"{ref} was formerly itself", "remove formerly:")
        elif old in declared and old not in declared.former:
            where = declared.where(old)
            yield _finding(declared, ref, f"{old} is still declared, at {where}", f"remove it, or formerly: from {ref}")
        claims.setdefault(old, ref)


def _finding(declared: Declarations, ref: Ref, message: str, hint: str) -> Finding:
    return Finding(code="CC206", message=message, where=declared.where(ref), subject=str(ref), hint=hint)
