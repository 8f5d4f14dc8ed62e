"""What is known of the embedded platform offline: it can do everything by API, so its table is short.

A connection that is `like` a vendor takes over the vendor's rules and invariants, not its holes: this platform
stands in for the vendor, so that every change can be tried out, and reports its own table of capabilities.
"""

from __future__ import annotations

from ccconf.embedded.fields import SOFTLY_DELETED
from ccconf.model.kinds import KINDS
from ccconf.platform.facts import Catalogue, Facts, Operation, Route, Support

_REASONS = {
    Operation.READ: "a query that sees one moment of the file",
    Operation.CREATE: "one transaction; the file hands out the id",
    Operation.UPDATE: "one transaction that changes only the fields it names",
    Operation.RENAME: "one transaction that carries every reference along",
    Operation.DELETE: "one transaction, refused while another object refers to it",
}


def _support(kind: str, operation: Operation) -> Support:
    if operation is not Operation.RESTORE:
        return Support(kind=kind, operation=operation, route=Route.API, reason=_REASONS[operation])
    if kind in SOFTLY_DELETED:
        reason = "a deleted user is only marked, and comes back under the same id"
        return Support(kind=kind, operation=operation, route=Route.API, reason=reason)
    return Support(kind=kind, operation=operation, route=Route.NO, reason="a deletion is final; only users come back")


FACTS = Facts(
    name="local",
    title="Embedded platform (SQLite)",
    catalogue=Catalogue(open=True),
    support=tuple(_support(kind, operation) for kind in KINDS for operation in Operation),
)

SUPPORT: dict[tuple[str, Operation], Support] = {(row.kind, row.operation): row for row in FACTS.support}
