"""Licences and invariants as rows of data, judged by one function each.

A vendor's package lists its rows with their source; nothing here knows a vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta

from ccconf.findings import Finding
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS

Certainty = Literal["seed", "vendor", "third-party", "unverified"]
"""How far a fact about a vendor may be trusted."""


class Licence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was bought: the `licence:` of a target."""

    edition: str = ""
    modules: tuple[str, ...] = ()
    seats: Annotated[int, Meta(ge=0)] | None = None
    calls: Annotated[int, Meta(ge=1, description="Simultaneous calls, where the licence is sold by them.")] | None = (
        None
    )


class Selector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which objects a row is about: a kind, and fields that equal (or, for collections, contain) a value."""

    kind: str
    where: dict[str, Any] = {}

    def fits(self, resource: Resource) -> bool:
        """Whether the object is one of them. An unsaid field fits nothing but None."""
        for name, wanted in self.where.items():  # noqa: SIM110 - no generator: this is asked of every person
            if not _holds(getattr(resource, name), wanted):
                return False
        return True


def _holds(value: Any, wanted: Any) -> bool:
    if value is UNSET or value is None:
        return wanted is None
    if isinstance(value, tuple | dict):
        return wanted in value
    return bool(value == wanted)


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most so many of the selected objects, unless the licence has one of these editions or modules.

    `limit: 0` says that the objects need the edition or module; without any, that they are never possible.
    """

    id: str
    select: Selector
    limit: int = 0
    editions: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    label: str
    """The selected objects in words, plural: `users of type bot`."""
    source: str
    certainty: Certainty

    def lifted_by(self, licence: Licence) -> bool:
        """Whether the licence removes the limit."""
        return licence.edition in self.editions or any(module in self.modules for module in licence.modules)


class Invariant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that always holds on the platform.

    `each`: every selected object has between `least` and `most` entries in `field`.
    `among`: what stands in `field` is one of what stands in the field `of`.
    `some`: at least `least` selected objects exist (the last administrator).
    """

    id: str
    form: Literal["each", "among", "some"]
    select: Selector
    field: str = ""
    of: str = ""
    least: int = 0
    most: int | None = None
    label: str
    """The rule in words: `everybody keeps at least one group`."""
    source: str
    certainty: Certainty

    @property
    def of_one(self) -> bool:
        """Whether a single object can break it, so that nobody else need be looked at."""
        return self.form != "some"

    def broken_by(self, resource: Resource) -> bool:
        """Whether this one object breaks it. A field that nobody manages breaks nothing."""
        value = getattr(resource, self.field)
        if value is UNSET:
            return False
        if self.form == "among":
            others = getattr(resource, self.of)
            return value is not None and others is not UNSET and value not in (others or ())
        count = 0 if value is None else len(value) if isinstance(value, tuple | dict) else 1
        return count < self.least or (self.most is not None and count > self.most)


def emptied(resource: Resource, invariant: Invariant) -> Resource:
    """The object with what the invariant looks at empty where it is unsaid, as it is on a platform."""
    unsaid = [name for name in (invariant.field, invariant.of) if name and getattr(resource, name) is UNSET]
    return msgspec.structs.replace(resource, **dict.fromkeys(unsaid)) if unsaid else resource


SEAT = Selector(kind="user", where={"status": "active"})
"""An active user takes a seat."""


def rules_broken(rules: Iterable[Rule], licence: Licence, count: Callable[[Selector], int]) -> Iterator[Finding]:
    """The licence rules that would be broken with so many objects of each selection."""
    for rule in rules:
        if rule.lifted_by(licence):
            continue
        there = count(rule.select)
        if there > rule.limit:
            yield Finding(
                code="CC401",
                message=f"{_counted(there, rule)}: the licence allows {rule.limit or 'none'}",
                subject=rule.id,
                hint=_what_to_buy(rule),
            )
    if licence.seats is not None and (taken := count(SEAT)) > licence.seats:
        yield Finding(
            code="CC402",
            message=f"{taken} active users need a seat, the licence has {licence.seats}",
            subject="seats",
            hint=f"make {taken - licence.seats} inactive or buy seats",
        )


def _counted(there: int, rule: Rule) -> str:
    return f"{there} {rule.label}"


def _what_to_buy(rule: Rule) -> str:
    needed = [f"module {name}" for name in rule.modules] + [f"edition {name}" for name in rule.editions]
    plural = KINDS[rule.select.kind].plural
    return f"remove some of the {plural}" + (f", or buy {' or '.join(needed)}" if needed else "")
