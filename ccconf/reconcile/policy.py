"""What a plan may do on a target: ownership, guards and the treatment of leavers, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ccconf.model.licence import Invariant, Licence, Rule
from ccconf.model.refs import Ref
from ccconf.platform.facts import Effect

Ownership = Literal["listed", "all", "never"]
Limit = str | int

DELETES = "25%"
"""The share of a kind that may leave in one plan where the target says nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides about a plan besides wanted and live."""

    owns: Mapping[str, Ownership] = field(default_factory=dict)
    deletes: Mapping[str, Limit] = field(default_factory=dict)
    updates: Mapping[str, Limit] = field(default_factory=dict)
    deletes_floor: int = 3
    updates_floor: int = 3
    protect: tuple[str, ...] = ()
    leavers: Literal["deactivate", "delete"] = "deactivate"
    identity: str | None = None
    seats: int | None = None
    licence: Licence = field(default_factory=Licence)
    rules: tuple[Rule, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    immutable: frozenset[tuple[str, str]] = frozenset()
    """Kind and field of what the platform never changes on an existing object."""
    effects: tuple[Effect, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)
    """Kinds whose objects are parts of another kind's, under the same key."""
    naming: Mapping[str, str] = field(default_factory=dict)
    """By kind the field by which the platform names an object."""
    mentions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By kind the fields whose text is the name of an object of another kind."""
    deactivates: bool = True
    """Whether the platform knows people who are there and may not sign in."""
    accept_empty: frozenset[str] = frozenset()

    def ownership(self, kind: str) -> Ownership:
        """The ownership of a kind; `listed` where nothing is said."""
        return self.owns.get(kind, "listed")

    def protects(self, ref: Ref) -> bool:
        """Whether the object is named by `protect:`."""
        return any(ref.fits(pattern) for pattern in self.protect)

    def needed_by_all(self) -> frozenset[str]:
        """The fields of people that the platform leaves nobody without, not even a leaver."""
        return frozenset(
            rule.field
            for rule in self.invariants
            if rule.form == "each" and rule.select.kind == "user" and rule.least > 0
        )
