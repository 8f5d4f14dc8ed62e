"""The six kinds, and what follows from their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.model.allowlist import Allowlist
from ccconf.model.change import KEY, FieldChange
from ccconf.model.fields import FieldSpec, Link, Resource, plain, specs_of
from ccconf.model.group import Group
from ccconf.model.role import Role
from ccconf.model.schedule import Schedule
from ccconf.model.shapes import File
from ccconf.model.skill import Skill
from ccconf.model.user import User


@dataclass(frozen=True)
class Kind:
    """One kind of object, with everything derived from its model."""

    name: str
    plural: str
    model: type[Resource]
    specs: tuple[FieldSpec, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "specs", specs_of(self.model))

    @cached_property
    def by_name(self) -> dict[str, FieldSpec]:
        """The fields by name."""
        return {spec.name: spec for spec in self.specs}

    @cached_property
    def stored(self) -> tuple[FieldSpec, ...]:
        """The fields that belong to the object itself."""
        return tuple(spec for spec in self.specs if spec.stored)

    @cached_property
    def linking(self) -> tuple[FieldSpec, ...]:
        """The fields that refer to other objects."""
        return tuple(spec for spec in self.specs if spec.shape.links_to())

    @cached_property
    def judged(self) -> tuple[FieldSpec, ...]:
        """The fields whose well-formed values may still have flaws."""
        return tuple(spec for spec in self.specs if spec.shape.judged)

    @cached_property
    def unique(self) -> tuple[str, ...]:
        """The fields whose value only one live object may have."""
        return tuple(spec.name for spec in self.specs if spec.marker.unique)

    @cached_property
    def filed(self) -> tuple[str, ...]:
        """The fields whose value is a file."""
        return tuple(spec.name for spec in self.specs if isinstance(spec.shape, File))

    @cached_property
    def decoder(self) -> msgspec.msgpack.Decoder[Resource]:
        """Reads a cached object."""
        return msgspec.msgpack.Decoder(self.model)

    @cached_property
    def json_decoder(self) -> msgspec.json.Decoder[Resource]:
        """Reads an object that is stored as JSON."""
        return msgspec.json.Decoder(self.model)

    def make(self, values: dict[str, Any]) -> Resource:
        """A resource from canonical values."""
        return self.model(**values)

    def links(self, resource: Resource) -> list[tuple[str, Link]]:
        """Every reference of an object, with the field that holds it."""
        return [
            (spec.name, link)
            for spec in self.linking
            if (value := getattr(resource, spec.name))
            for link in spec.shape.links(value)
        ]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("user", "users", User),
        Kind("group", "groups", Group),
        Kind("role", "roles", Role),
        Kind("skill", "skills", Skill),
        Kind("schedule", "schedules", Schedule),
        Kind("allowlist", "allowlists", Allowlist),
    )
}

BY_PLURAL: dict[str, Kind] = {kind.plural: kind for kind in KINDS.values()}


def _reference_order() -> tuple[str, ...]:
    """What is referred to comes before what refers to it; ties keep the table's order."""
    sorter = TopologicalSorter(
        {
            kind.name: sorted({target for spec in kind.linking if spec.stored for target in spec.shape.links_to()})
            for kind in KINDS.values()
        }
    )
    return tuple(sorter.static_order())


REFERENCE_ORDER: tuple[str, ...] = _reference_order()
"""A kind comes after every kind that it refers to; people come last."""


def rank(kind: str) -> int:
    """The place of a kind in the reference order."""
    return REFERENCE_ORDER.index(kind)


def from_data(kind: str, data: dict[str, Any]) -> Resource:
    """A resource from the plain data of `as_data` (JSON in a plan or a database)."""
    return msgspec.convert(data, KINDS[kind].model)


def ready_for_threads() -> None:
    """What reading a model needs is made now, by one thread.

    msgspec makes it at the first reading, and two threads that do so at the same moment crash the process (0.22: a null
    pointer in its core, in nine processes of ten that begin so).
    """
    for kind in KINDS.values():
        msgspec.convert({}, kind.model)


def as_data(resource: Resource) -> dict[str, Any]:
    """Plain data: absent fields stay absent."""
    data: dict[str, Any] = plain(resource)
    return data


def initially(kind: str, resource: Resource) -> Resource:
    """The object with what a platform gives to a new one that does not say: an unsaid status is active."""
    initial = {
        spec.name: spec.marker.initial
        for spec in KINDS[kind].specs
        if spec.marker.initial is not None and getattr(resource, spec.name) is UNSET
    }
    return msgspec.structs.replace(resource, **initial) if initial else resource


def relinked(kind: str, resource: Resource, new_key: Callable[[str, str], str]) -> Resource:
    """The resource with every reference taken through `new_key(kind, key)`."""
    changed = {
        spec.name: spec.shape.renamed(value, new_key)
        for spec in KINDS[kind].linking
        if (value := getattr(resource, spec.name)) is not UNSET and value is not None
    }
    return msgspec.structs.replace(resource, **changed) if changed else resource


def with_changes(kind: str, resource: Resource, changes: Iterable[FieldChange]) -> Resource:
    """The object as these changes leave it; a rename is not one of its fields."""
    values: dict[str, Any] = {change.field: change.after for change in changes if change.field != KEY}
    known = from_data(kind, {name: value for name, value in values.items() if value is not None})
    return msgspec.structs.replace(
        resource, **{name: UNSET if value is None else getattr(known, name) for name, value in values.items()}
    )


def relinked_data(kind: str, values: Mapping[str, Any], new_key: Callable[[str, str], str]) -> dict[str, Any]:
    """Plain values of fields with every reference taken through `new_key(kind, key)`."""
    known = KINDS[kind].by_name
    return {
        name: value
        if value is None or not known[name].shape.links_to()
        else _relinked_value(kind, name, value, new_key)
        for name, value in values.items()
    }


def _relinked_value(kind: str, name: str, value: Any, new_key: Callable[[str, str], str]) -> Any:
    return plain(getattr(relinked(kind, from_data(kind, {name: value}), new_key), name))


def unlinked(kind: str, resource: Resource, gone: tuple[str, str]) -> Resource:
    """The resource without its references to the object of that kind and key."""
    nobody = relinked(kind, resource, lambda to_kind, key: "" if (to_kind, key) == gone else key)
    values = {
        spec.name: _without_nobody(value)
        for spec in KINDS[kind].linking
        if (value := getattr(nobody, spec.name)) is not UNSET
    }
    return msgspec.structs.replace(nobody, **values) if values else nobody


def _without_nobody(value: Any) -> Any:
    match value:
        case dict():
            return {key: part for key, part in value.items() if key}
        case tuple():
            return tuple(filter(None, value))
        case _:
            return value or None
