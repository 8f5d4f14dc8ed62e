"""One field on a form: how its value is shown, what was typed there, and what that means.

What was typed stays text until it is read, so that a form that is refused comes back as it was sent. A field counts as
changed where its text differs from what was shown; so nothing changes that nobody touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from msgspec import UNSET

from ccconf.embedded.screens.sent import Sent
from ccconf.model.fields import Shape
from ccconf.model.shapes import SEVERAL_LINES, Text, Whole

Typed = str | dict[str, str]
"""The text of a field, or the texts of its entries by their token."""


class IllFormed(ValueError):
    """What was typed cannot be read; the words say what is expected."""


class Option(NamedTuple):
    """One thing that can be chosen: what the form sends, what people see, what it means."""

    token: str
    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Control:
    """The field of one kind on its form. `id` is its name in what the form sends."""

    id: str
    field: str
    label: str
    hint: str = ""
    template: ClassVar[str]
    """The macro that draws it."""

    def filled(self, value: Any) -> Typed:
        """How a value stands in the form; UNSET, None and empty ones alike are empty."""
        raise NotImplementedError

    def posted(self, sent: Sent) -> Typed:
        """What was typed."""
        return sent.text(self.id)

    def meant(self, typed: Typed, before: Any) -> Any:
        """What was typed as plain data, None where it is empty; `before` is what the object has. Raises `IllFormed`."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Line(Control):
    """Text or a number, on one line or several."""

    template = "line"
    shape: Shape

    @property
    def lines(self) -> bool:
        """Whether several lines can be typed."""
        return isinstance(self.shape, Text) and self.shape.pattern == SEVERAL_LINES

    @property
    def bounds(self) -> tuple[int, int] | None:
        """The smallest and the greatest number, where it is one."""
        return (self.shape.least, self.shape.greatest) if isinstance(self.shape, Whole) else None

    def filled(self, value: Any) -> Typed:
        return "" if value in (UNSET, None) else str(value)

    def meant(self, typed: Typed, before: Any) -> Any:
        assert isinstance(typed, str)
        if not typed:
            return None
        schema = self.shape.schema()
        if isinstance(self.shape, Whole):
            return _whole(typed, self.shape)
        if len(typed) > schema["maxLength"] or not re.search(schema.get("pattern", ""), typed):
            raise IllFormed(self.shape.form)
        if any(self.shape.flaws(typed)):
            raise IllFormed(self.shape.form)
        return typed


def _whole(typed: str, shape: Whole) -> int:
    if not typed.isascii() or not typed.isdigit() or not shape.least <= int(typed) <= shape.greatest:
        raise IllFormed(shape.form)
    return int(typed)


@dataclass(frozen=True, kw_only=True)
class Tick(Control):
    """Yes or no."""

    template = "tick"

    def filled(self, value: Any) -> Typed:
        return "yes" if value else ""

    def meant(self, typed: Typed, before: Any) -> Any:
        return typed == "yes"


@dataclass(frozen=True, kw_only=True)
class OneOf(Control):
    """One of several, or none. `listed` where the model could hold more than one."""

    template = "one_of"
    options: tuple[Option, ...]
    listed: bool = False

    def filled(self, value: Any) -> Typed:
        one = next(iter(value or ()), "") if self.listed else value
        return next((option.token for option in self.options if option.value == one), "")

    def meant(self, typed: Typed, before: Any) -> Any:
        chosen = next((option.value for option in self.options if option.token == typed), None)
        return [chosen] if self.listed and chosen is not None else chosen


@dataclass(frozen=True, kw_only=True)
class Ticks(Control):
    """Any of several."""

    template = "ticks"
    options: tuple[Option, ...]
    roles: tuple[Option, ...] = ()
    """What each chosen one can be given besides; nothing, for most fields."""

    def filled(self, value: Any) -> Typed:
        return {option.token: "" for option in self.options if option.value in (value or ())}

    def posted(self, sent: Sent) -> Typed:
        chosen = sent.values.get(self.id, ())
        return {option.token: self._more(option, sent) for option in self.options if option.token in chosen}

    def _more(self, option: Option, sent: Sent) -> str:
        """What is said of a chosen one besides."""
        return ""

    def meant(self, typed: Typed, before: Any) -> Any:
        assert isinstance(typed, dict)
        return [option.value for option in self.options if option.token in typed] or None


@dataclass(frozen=True, kw_only=True)
class Edges(Ticks):
    """Groups of a user, each with the role within it where the vendor has such roles."""

    def filled(self, value: Any) -> Typed:
        edges = value or {}
        return {
            option.token: str(edges[option.value].role or "") if self.roles else ""
            for option in self.options
            if option.value in edges
        }

    def _more(self, option: Option, sent: Sent) -> str:
        return sent.one(f"{self.id}.{option.token}")

    def meant(self, typed: Typed, before: Any) -> Any:
        assert isinstance(typed, dict)
        edges = {option.value: typed[option.token] for option in self.options if option.token in typed}
        return {group: self._edge(role, (before or {}).get(group)) for group, role in edges.items()} or None

    def _edge(self, role: str, before: Any) -> dict[str, Any]:
        """What no form shows stays as it is."""
        kept = dict(before.permissions) if before is not None and before.permissions else None
        return {**({"role": role} if role else {}), **({"permissions": kept} if kept else {})}


@dataclass(frozen=True, kw_only=True)
class Marks(Control):
    """A level for each skill that somebody has."""

    template = "marks"
    options: tuple[Option, ...]

    def filled(self, value: Any) -> Typed:
        return {option.token: str(value[option.value]) for option in self.options if option.value in (value or ())}

    def posted(self, sent: Sent) -> Typed:
        typed = {option.token: sent.text(f"{self.id}.{option.token}") for option in self.options}
        return {token: text for token, text in typed.items() if text}

    def meant(self, typed: Typed, before: Any) -> Any:
        assert isinstance(typed, dict)
        held = {option.value: typed[option.token] for option in self.options if option.token in typed}
        return {skill: _whole(level, Whole(1, 100)) for skill, level in held.items()} or None


@dataclass(frozen=True, kw_only=True)
class Picture(Control):
    """A file. What stands in the form is the digest of one that the server has already."""

    template = "picture"

    def filled(self, value: Any) -> Typed:
        return str(value) if value else ""

    def posted(self, sent: Sent) -> Typed:
        return "" if sent.one(f"{self.id}.remove") else sent.text(f"{self.id}.kept")

    def meant(self, typed: Typed, before: Any) -> Any:
        return typed or None
