"""A change of a value in words: what comes, what goes, what becomes what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from ccconf.model.fields import Shape
from ccconf.model.hours import DAYS
from ccconf.model.shapes import Weekly, spans

EMPTY = "(empty)"
_TURNS_LETTERS_AROUND = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """Text that a manifest or a platform brought, on one line, and so that it cannot steer a terminal: a name must not
    be able to hide the line above it or to show its letters in another order.
    """
    if text.isprintable():
        return text
    return "".join(_visible(letter) for letter in " ".join(text.splitlines()))


def _visible(letter: str) -> str:
    steers = unicodedata.category(letter) == "Cc" or letter in _TURNS_LETTERS_AROUND
    return f"\\u{ord(letter):04x}" if steers else letter


def described_field(shape: Shape, before: Any, after: Any) -> list[str]:
    """The change of a field; the days of a week are joined where the same happens to them."""
    if not isinstance(shape, Weekly):
        return described(before, after)
    was, becomes = before or {}, after or {}
    pairs = {day: (was.get(day), becomes.get(day)) for day in DAYS if was.get(day) != becomes.get(day)}
    return [f"{span} {phrase}" for span, pair in spans(pairs) for phrase in [_hours(*pair)]]


def _hours(before: list[str] | None, after: list[str] | None) -> str:
    told = [", ".join(hours) if hours else "free" for hours in (before, after)]
    return told[1] if before is None else " -> ".join(told)


def described(before: Any, after: Any) -> list[str]:
    """The change as short phrases, one for each entry of a collection."""
    match before, after:
        case (dict() | None, dict() | None) if isinstance(before or after, dict):
            return list(_mapping(before or {}, after or {}))
        case (list() | None, list() | None) if isinstance(before or after, list):
            return list(_list(before or [], after or []))
        case (None, _):
            return [shown(after)]
        case (_, None):
            return [f"{shown(before)} -> {EMPTY}"]
        case _:
            return [f"{shown(before)} -> {shown(after)}"]


def _mapping(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for key in sorted({*before, *after}):
        if key not in before:
            yield f"+ {_entry(key, after[key])}"
        elif key not in after:
            yield f"- {_entry(key, before[key])}"
        elif before[key] != after[key]:
            yield from _entry_change(key, before[key], after[key])


def _entry_change(key: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for line in _mapping(before, after):
            yield f"{key}: {line}"
    else:
        yield f"{key}: {shown(before)} -> {shown(after)}"


def _list(before: list[Any], after: list[Any]) -> Iterator[str]:
    for item in after:
        if item not in before:
            yield f"+ {shown(item)}"
    for item in before:
        if item not in after:
            yield f"- {shown(item)}"


def _entry(key: str, value: Any) -> str:
    if value in ({}, "", None):
        return key
    return f"{key} ({shown(value)})" if isinstance(value, dict) else f"{key} {shown(value)}"


def shown(value: Any) -> str:
    """One value in a line."""
    match value:
        case None:
            return EMPTY
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{visible(key)} {shown(inner)}" for key, inner in value.items())
        case list():
            return ", ".join(shown(inner) for inner in value)
        case str() if value.startswith("sha256:"):
            return f"file {value[7:15]}"
        case _:
            return visible(str(value))
