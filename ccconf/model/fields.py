"""A field says at its own place what it is: its form, its meaning, its examples and its behaviour.

Everything else that knows about fields (schemas, reference order, diff, reports, export) asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

from ccconf.model.flaws import Flaw

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType | None
"""Absent (UNSET) is not ours; None clears; an empty collection is ours and empty."""

Written = Any
"""Plain YAML data as a person wrote it; the JSON Schema has already judged it."""


class Link(NamedTuple):
    """One reference found in a value, with the way to it inside the field as written."""

    kind: str
    key: str


class Shape:
    """How a value is written, what it canonically is, and how it compares. The plain case: one scalar."""

    plain = True
    """A plain value is canonical as it is written, which spares the reader a call per field."""
    judged = False
    """Whether a well-formed value may still have flaws, see `flaws`."""
    form = "a value"
    """What is expected, in words that end a sentence: `… must be text`."""

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the written form, without null."""
        raise NotImplementedError

    def canonical(self, written: Written) -> Any:
        """The one form in which two values are compared; the written value is valid and not None."""
        return written

    def written(self, value: Any) -> Written:
        """The shortest way to write a canonical value: the inverse of `canonical`."""
        return value

    def flaws(self, written: Written) -> Iterator[Flaw]:
        """What is wrong inside a well-formed value: an impossible date, overlapping hours."""
        return iter(())

    def links(self, value: Any) -> Iterator[Link]:
        """The references inside a canonical value."""
        return iter(())

    def keys(self, value: Any) -> Iterable[str]:
        """The keys in a canonical value that refers to one kind: what `links` says, without an object for each."""
        return [link.key for link in self.links(value)]

    def renamed(self, value: Any, new_key: Callable[[str, str], str]) -> Any:
        """The value with its references taken through `new_key(kind, key)`."""
        return value

    def wanted(self, declared: Any, live: Any) -> Any:
        """What shall stand afterwards: the declared value, with what it leaves unsaid taken from the live one."""
        return declared

    def links_to(self) -> tuple[str, ...]:
        """The kinds that this shape may refer to."""
        return ()


@dataclass(frozen=True, slots=True)
class Field:
    """The marker that stands in a field's annotation."""

    shape: Shape
    doc: str
    example: Any = None
    unique: bool = False
    """No two live objects of the kind may share the value (e-mail addresses, extensions)."""
    needed_to_create: bool = False
    initial: Any = None
    """What a platform gives a new object that does not say."""
    security: bool = False
    """A change of it changes who may do or hear what; reports say so."""
    other_side_of: tuple[str, str] | None = None
    """The relation is stored on another kind's field; this one is only a way to write it."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field with its name, as the rest of the program sees it."""

    name: str
    shape: Shape
    marker: Field

    @property
    def stored(self) -> bool:
        """Whether the field belongs to the object itself rather than to the other side of a relation."""
        return self.marker.other_side_of is None


class Resource(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The root of the six kinds. Instances are values: to change one, make another."""


def specs_of(model: type[Resource]) -> tuple[FieldSpec, ...]:
    """The fields of a kind in the order in which they are declared, which is also the order on paper."""
    hints = get_type_hints(model, include_extras=True)
    return tuple(_spec(name, hints[name]) for name in model.__struct_fields__)


def _spec(name: str, hint: Any) -> FieldSpec:
    if get_origin(hint) is Annotated:
        for marker in get_args(hint)[1:]:
            if isinstance(marker, Field):
                return FieldSpec(name, marker.shape, marker)
    raise TypeError(f"the field {name} has no Field marker")


def said(resource: Resource) -> dict[str, Any]:
    """The fields that were declared, None included."""
    return {name: value for name in resource.__struct_fields__ if (value := getattr(resource, name)) is not UNSET}


def plain(value: Any) -> Any:
    """A canonical value as the plain data that JSON would give back: lists for tuples, mappings for structs."""
    return msgspec.json.decode(msgspec.json.encode(value))
