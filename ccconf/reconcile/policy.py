"""What a plan may do on a target: ownership, guards and the treatment of leavers, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ccconf.model.licence import SEAT, Invariant, Licence, Rule
from ccconf.model.refs import Ref
from ccconf.platform.facts import Act, Effect

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
    acts: tuple[Act, ...] = ()
    """What the platform does to single persons, by API or by hand."""
    accept_empty: frozenset[str] = frozenset()
    accept_shrunk: frozenset[str] = frozenset()
    """The kinds of which the platform really has lost so many."""

    releases: Mapping[Ref, tuple[str, ...]] = field(default_factory=dict)
    """By person the fields that they give up besides, should they leave: because somebody else takes the values."""

    def ownership(self, kind: str) -> Ownership:
        """The ownership of a kind; `listed` where nothing is said."""
        return self.owns.get(kind, "listed")

    def protects(self, ref: Ref) -> bool:
        """Whether the object is named by `protect:`."""
        return any(ref.fits(pattern) for pattern in self.protect)

    def counted(self) -> frozenset[tuple[str, str]]:
        """The kinds and fields that decide whether a rule counts an object."""
        selectors = (*(rule.select for rule in self.rules), *(row.select for row in self.invariants), SEAT)
        return frozenset((selector.kind, name) for selector in selectors for name in selector.where)

    def needed_by_all(self) -> frozenset[str]:
        """The fields of people that the platform leaves nobody without, not even a leaver."""
        return frozenset(
            rule.field
            for rule in self.invariants
            if rule.form == "each" and rule.select.kind == "user" and rule.least > 0
        )


def allowed(limit: Limit, live: int, floor: int) -> int:
    """How many of so many live objects a limit allows. The floor is for small sets: a count means what it says, and
    so does a share of nothing.
    """
    if isinstance(limit, int):
        return limit
    percent = int(limit.rstrip("%"))
    return max(live * percent // 100, floor) if percent else 0
