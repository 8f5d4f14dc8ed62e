"""A change becomes a resource here, purely, before anything is written.

On this platform an empty field is the same as one that was never set: None and empty collections are not stored,
neither is an empty part of a membership. So whoever clears a field finds it as if nobody had ever filled it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, ValidationError

from ccconf.errors import Rejected
from ccconf.findings import Finding, did_you_mean
from ccconf.model.change import KEY, FieldChange
from ccconf.model.fields import Link, Resource, said
from ccconf.model.kinds import KINDS, as_data, from_data, unlinked
from ccconf.model.refs import Ref

SOFTLY_DELETED = frozenset({"user"})
"""Kinds of which a deletion only marks the object, so that it can come back."""

_EMPTY: tuple[Any, ...] = (None, (), {})


def rejected(ref: Ref, message: str, hint: str = "") -> Rejected:
    """The platform's no, in plain words."""
    return Rejected(Finding(code="CC702", message=message, subject=str(ref), hint=hint))


def created(ref: Ref, fields: dict[str, Any]) -> Resource:
    """The resource of a new object, with what the platform gives each. Raises `Rejected` for what it cannot take.

    A field that is cleared from the start stays empty; only one that nobody mentions gets its initial value.
    """
    initial = {spec.name: spec.marker.initial for spec in KINDS[ref.kind].stored}
    return _resource(ref, {**initial, **fields})


def changed(ref: Ref, resource: Resource, changes: Iterable[FieldChange]) -> Resource:
    """The resource with the changes made; a rename is not one of its fields. Raises `Rejected`."""
    after = {change.field: change.after for change in changes if change.field != KEY}
    return _resource(ref, {**as_data(resource), **after})


def key_after(key: str, changes: Iterable[FieldChange]) -> str:
    """The key once the changes are made."""
    return next((str(change.after) for change in changes if change.field == KEY and change.after), key)


def _resource(ref: Ref, fields: dict[str, Any]) -> Resource:
    kind = KINDS[ref.kind]
    stored = {spec.name for spec in kind.stored}
    if unknown := sorted(fields.keys() - stored):
        raise rejected(ref, f"{ref} cannot hold the field {unknown[0]}", did_you_mean(unknown[0], stored))
    try:
        resource = settled(from_data(ref.kind, fields))
    except ValidationError as error:
        raise rejected(ref, f"{ref}: {error}") from error
    for spec in kind.stored:
        if spec.marker.needed_to_create and not getattr(resource, spec.name):
            raise rejected(ref, f"{ref} needs a {spec.name}")
    return resource


def settled(resource: Resource) -> Resource:
    """Without what is empty."""
    values = {name: _settled(value) for name, value in said(resource).items() if value not in _EMPTY}
    return type(resource)(**values)


def _settled(value: Any) -> Any:
    match value:
        case dict():
            return {key: _part(part) if isinstance(part, Struct) else part for key, part in value.items()}
        case tuple():
            return tuple(_part(part) if isinstance(part, Struct) else part for part in value)
        case _:
            return value


def _part(part: Struct) -> Struct:
    """A membership or special day without its empty fields.

    An empty list of hours stays: on a special day it says that nobody works.
    """
    values = ((name, getattr(part, name)) for name in part.__struct_fields__)
    return type(part)(**{name: value for name, value in values if value is not None and value != {}})


def without(kind: str, resource: Resource, gone: Link) -> Resource:
    """The resource without its reference to an object that goes."""
    return settled(unlinked(kind, resource, (gone.kind, gone.key)))
