"""Which fields of a kind a snapshot can hold on a platform, and which of them only a person can see."""

from __future__ import annotations

from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS
from ccconf.platform.facts import Facts, Operation, Route

_EDGES = ".*"
"""`groups.*` in the facts: what stands in the memberships besides the groups."""


def fields_of(facts: Facts, kind: str) -> tuple[FieldSpec, ...]:
    """The fields that the platform has; a relation belongs to the side that stores it."""
    specs = KINDS[kind].stored
    return tuple(spec for spec in specs if kind not in facts.fields or spec.name in facts.fields[kind])


def key_field(facts: Facts, kind: str) -> str:
    """The field that names an object on the platform; `key` where none does."""
    return facts.recognised_by.get(kind, "key")


def route(facts: Facts, kind: str, operation: Operation) -> Route:
    """How the operation happens; not at all where the facts say nothing."""
    rows = (row.route for row in facts.support if (row.kind, row.operation) == (kind, operation))
    return next(rows, Route.NO)


def seen_by_people(facts: Facts, kind: str) -> tuple[FieldSpec, ...]:
    """The fields that no API shows."""
    if route(facts, kind, Operation.READ) is not Route.API:
        return fields_of(facts, kind)
    unseen = {name.removesuffix(_EDGES) for name in facts.unseen.get(kind, ())}
    return tuple(spec for spec in fields_of(facts, kind) if spec.name in unseen)


def restorable(facts: Facts, kind: str) -> bool:
    """Whether what was deleted can come back, so that it has to be known."""
    return route(facts, kind, Operation.RESTORE) is not Route.NO
