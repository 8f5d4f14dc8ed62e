"""What a drift report says, as plain data: it can be printed, stored, compared and turned into any other format.

Every difference between Git and the platform is of exactly one sort, which the value that both once had tells: what
changed since on the platform is drift, what changed in Git is pending, what changed on both sides is a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ccconf.model.refs import Ref, parse_ref
from ccconf.model.schema import struct_schema

FORM = 1


class Sort(StrEnum):
    """Why Git and the platform differ."""

    DRIFT = "drift"
    """Changed on the platform, outside of Git."""
    CONFLICT = "conflict"
    """Changed on both sides, or nobody noted what both said before."""
    PENDING = "pending"
    """Changed in Git, and not applied yet."""
    EXPIRED = "expired"
    """An entry with a date that ran out."""
    WAITING = "waiting"
    """A person has been asked to do it, and has not confirmed it yet."""
    UNMANAGED = "unmanaged"
    """On the platform, and never in Git."""


class Weight(StrEnum):
    """How much a difference matters, lightest first."""

    COSMETIC = "cosmetic"
    """Names, notes, pictures: nobody can do more or less because of it."""
    ROUTING = "routing"
    """Who gets which calls and chats, and when."""
    SECURITY = "security"
    """Who may sign in, do, hear or reach what."""

    @property
    def rank(self) -> int:
        """For comparing."""
        return tuple(Weight).index(self)


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field of one object, or a whole object, that is not on the platform as it is in Git."""

    object: Annotated[str, Meta(description="Kind and key, as in Git: user/ann.")]
    label: Annotated[str, Meta(description="The name of the object as people know it.")] = ""
    field: Annotated[str, Meta(description="Empty where the whole object is there on one side only.")] = ""
    sort: Sort
    weight: Weight
    applied: Annotated[Any, Meta(description="What both once had, as far as it was noted; null: nothing.")] = None
    live: Annotated[Any, Meta(description="What the platform has; null: nothing.")] = None
    wanted: Annotated[Any, Meta(description="What Git says; null: nothing.")] = None
    who: Annotated[str, Meta(description="Who changed it on the platform, by its audit trail.")] = ""
    when: Annotated[str, Meta(description="When, in UTC, by its audit trail.")] = ""
    file: Annotated[str, Meta(description="Where Git says it, from the project's folder.")] = ""
    line: Annotated[int, Meta(description="From 1; 0 where there is no such place.")] = 0
    column: int = 0
    says: Annotated[str, Meta(description="What it means, in words, where that is not plain.")] = ""
    ignored: Annotated[str, Meta(description="The reason for which ignore: passes over it.")] = ""
    until: Annotated[str, Meta(description="The last day on which it is passed over.")] = ""

    @property
    def ref(self) -> Ref:
        """The object."""
        return parse_ref(self.object)


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what is on the platform Git knows, of one kind."""

    managed: int
    unmanaged: int


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier report of the same target counted, for the trend."""

    at: str
    sorts: Annotated[dict[str, int], Meta(description="How many differences of each sort.")]
    weights: Annotated[dict[str, int], Meta(description="How many of drift and conflict of each weight.")]
    seats: Annotated[int, Meta(description="How many seats of the licence were taken.")] = 0


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is not on a platform as it is in Git, at one moment."""

    form: Annotated[int, Meta(description="The version of the report's form.")] = FORM
    target: str
    platform: str
    url: Annotated[str, Meta(description="The platform's address.")] = ""
    at: Annotated[str, Meta(description="When the platform was read, in UTC.")]
    differences: tuple[Difference, ...] = ()
    unmanaged: Annotated[
        dict[str, int], Meta(description="By kind: how many objects on the platform were never in Git.")
    ] = {}
    coverage: Annotated[dict[str, Share], Meta(description="By kind.")] = {}
    seats: Annotated[int, Meta(description="Seats of the licence that are taken.")] = 0
    seats_bought: Annotated[int | None, Meta(description="Seats of the licence; null where nobody said.")] = None
    plan_id: Annotated[str, Meta(description="The plan that would bring the platform to what Git says.")] = ""
    trend: Annotated[tuple[Moment, ...], Meta(description="Earlier reports, oldest first, this one last.")] = ()

    def open(self) -> tuple[Difference, ...]:
        """Without what is ignored."""
        return tuple(row for row in self.differences if not row.ignored)

    def outside(self, least: Weight = Weight.COSMETIC) -> tuple[Difference, ...]:
        """What somebody changed on the platform, of that weight at least, and nobody ignores."""
        sorts = (Sort.DRIFT, Sort.CONFLICT)
        return tuple(row for row in self.open() if row.sort in sorts and row.weight.rank >= least.rank)


def counted(differences: Iterable[Difference]) -> tuple[dict[str, int], dict[str, int]]:
    """How many there are of each sort, and how many of drift and conflict of each weight; every word is there."""
    sorts = {str(sort): 0 for sort in Sort}
    weights = {str(weight): 0 for weight in Weight}
    for row in differences:
        if row.ignored:
            continue
        sorts[row.sort] += 1
        if row.sort in (Sort.DRIFT, Sort.CONFLICT):
            weights[row.weight] += 1
    return sorts, weights


def drift_schema() -> dict[str, Any]:
    """The JSON Schema of a drift report."""
    return struct_schema(Drift, "drift", "ccconf drift --format json")
