"""The properties that the emulator's objects have: what a body may hold, and what a query may name.

Names and types are the vendor's (OpenAPI file of version 20.0.10). What only comes with `$expand` is a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Form = Literal["string", "boolean", "integer", "time", "datetime", "duration", "enum", "complex"]

_PATTERNS = {
    "time": re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,12})?"),
    "datetime": re.compile(
        r"[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,12})?"
        r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
    ),
    "duration": re.compile(r"-?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"),
}


@dataclass(frozen=True)
class Property:
    """One property of an object."""

    name: str
    form: Form
    many: bool = False
    nullable: bool = True
    values: tuple[str, ...] = ()
    of: Shape | None = None
    bits: int = 32

    def flaw(self, value: Any) -> str:
        """What is wrong with a value, or nothing."""
        if self.many:
            if not isinstance(value, list):
                return f"{self.name} must be a list"
            return next((flaw for flaw in map(self._flaw_of_one, value) if flaw), "")
        return "" if value is None and self.nullable else self._flaw_of_one(value)

    def _flaw_of_one(self, value: Any) -> str:
        match self.form:
            case "complex":
                assert self.of is not None, "a complex property has a shape"
                return self.of.flaw(value)
            case "boolean":
                good = isinstance(value, bool)
            case "integer":
                good = isinstance(value, int) and not isinstance(value, bool) and self._fits(value)
            case "enum":
                good = value in self.values
            case "string":
                good = isinstance(value, str)
            case form:
                good = isinstance(value, str) and _PATTERNS[form].fullmatch(value) is not None
        return "" if good else f"{self.name} is not a proper {self.form}: {str(value)[:60]!r}"

    def _fits(self, value: int) -> bool:
        return 0 <= value < 256 if self.bits == 8 else -(2 ** (self.bits - 1)) <= value < 2 ** (self.bits - 1)


@dataclass(frozen=True)
class Shape:
    """The properties of one type of object, and the links to others that `$expand` follows."""

    name: str
    properties: dict[str, Property]
    links: dict[str, Property] = field(default_factory=dict)
    set_by_server: frozenset[str] = frozenset()
    """Taken in a body, as when an object is sent back as it was read, and never looked at."""

    def flaw(self, body: Any) -> str:
        """What is wrong with a body, or nothing."""
        if not isinstance(body, dict):
            return f"{self.name} must be an object"
        for name, value in body.items():
            if name.startswith("@"):  # an annotation of OData, not a property
                continue
            row = self.properties.get(name) or self.links.get(name)
            if row is None:
                return f"The property '{name}' does not exist on type 'Pbx.{self.name}'"
            if flaw := row.flaw(value):
                return flaw
        return ""

    def blank(self) -> dict[str, Any]:
        """Every property with nothing in it."""
        return {row.name: _blank(row) for row in self.properties.values()}


def _blank(row: Property) -> Any:
    if row.many:
        return []
    if row.nullable:
        return None
    return {"integer": 0, "boolean": False, "enum": row.values[0] if row.values else "", "duration": "PT0S"}.get(
        row.form, ""
    )


def shape(
    name: str,
    *,
    strings: str = "",
    flags: str = "",
    integers: str = "",
    bytes_: str = "",
    times: str = "",
    moments: str = "",
    durations: str = "",
    string_lists: str = "",
    integer_lists: str = "",
    enums: dict[str, str] | None = None,
    enum_lists: dict[str, str] | None = None,
    parts: dict[str, Shape] | None = None,
    links: dict[str, Shape] | None = None,
    set_by_server: str = "",
) -> Shape:
    """A shape from the names of its properties. `!` after it: never null; `[]` after a part or link: a list."""
    rows = [
        *_rows(strings, "string"),
        *_rows(flags, "boolean"),
        *_rows(integers, "integer"),
        *_rows(bytes_, "integer", bits=8),
        *_rows(times, "time"),
        *_rows(moments, "datetime"),
        *_rows(durations, "duration"),
        *_rows(string_lists, "string", many=True),
        *_rows(integer_lists, "integer", many=True),
        *(row for names, values in (enums or {}).items() for row in _rows(names, "enum", values=values)),
        *(
            row
            for names, values in (enum_lists or {}).items()
            for row in _rows(names, "enum", values=values, many=True)
        ),
        *(_part(names, of) for names, of in (parts or {}).items()),
    ]
    found_links = (_part(names, of) for names, of in (links or {}).items())
    return Shape(
        name, {row.name: row for row in rows}, {row.name: row for row in found_links}, frozenset(set_by_server.split())
    )


def _rows(names: str, form: Form, *, values: str = "", many: bool = False, bits: int = 32) -> Iterator[Property]:
    for name in names.split():
        yield Property(name.rstrip("!"), form, many, not name.endswith("!"), tuple(values.split()), bits=bits)


def _part(name: str, of: Shape) -> Property:
    return Property(name.removesuffix("[]"), "complex", many=name.endswith("[]"), of=of)
