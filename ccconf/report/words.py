"""A change of a value in words: what comes, what goes, what becomes what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from ccconf.model.fields import Shape
from ccconf.model.hours import DAYS
from ccconf.model.shapes import Weekly, spans

EMPTY = "(empty)"
LONG = 400
"""From so many letters on, an entry that holds others is told by each of them."""
_ODD = frozenset(["Cc", "Cf", "Co", "Cs", "Zl", "Zp"])
"""Categories of characters that show nothing by themselves: control characters, those that turn the direction of
writing or have no width, private ones, halves of a pair, separators of lines."""
_JOINERS = frozenset("\u200c\u200d")
"""They shape letters in Persian and join emoji, and are only odd where there is nothing to shape on either side."""
_LOOK_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category that look like nothing."""
_COMMAND = "##["
"""Anywhere in a line it begins a command to the runner of GitHub and Azure."""


def visible(text: str) -> str:
    """Text that a manifest or a platform brought, on one line, and so that it cannot steer a terminal or the runner of
    a pipeline: a name must not be able to hide the line above it or to show its letters in another order.
    """
    if text.isprintable() and _LOOK_BLANK.isdisjoint(text) and _COMMAND not in text:
        return text
    line = " ".join(text.splitlines())
    shown = "".join(_visible(line, place) for place in range(len(line)))
    return shown.replace(_COMMAND, "##\\u005b")


def opening(text: str) -> str:
    """The same for the beginning of a line, where `::` begins a command to GitHub's runner."""
    shown = visible(text)
    return shown.replace(":", "\\u003a", 1) if shown.lstrip().startswith("::") else shown


def _visible(line: str, place: int) -> str:
    letter = line[place]
    if letter.isprintable() and letter not in _LOOK_BLANK:
        return letter
    if letter in _JOINERS and _joins(line, place):
        return letter
    code = ord(letter)
    nothing = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # no characters at all, and forbidden in XML
    odd = nothing or letter in _LOOK_BLANK or unicodedata.category(letter) in _ODD
    if not odd:
        return letter
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _joins(line: str, place: int) -> bool:
    """Whether letters of a script that may need it, or emoji, stand on both sides: not Latin, Greek or Cyrillic."""
    around = line[place - 1 : place] + line[place + 1 : place + 2]
    return len(around) == 2 and all(letter >= "\u0600" and letter.isprintable() for letter in around)


class Phrase(NamedTuple):
    """What becomes of one entry of a value, and the names of the entries that it tells of."""

    text: str
    names: tuple[str, ...] = ()


def described_field(shape: Shape, before: Any, after: Any) -> list[str]:
    """The change of a field; the days of a week are joined where the same happens to them."""
    return [phrase.text for phrase in phrases_of(shape, before, after)]


def phrases_of(shape: Shape | None, before: Any, after: Any) -> list[Phrase]:
    """The same, with the names of the entries; without a shape it is no field of the model."""
    if not isinstance(shape, Weekly):
        return list(_phrases(before, after))
    was, becomes = before or {}, after or {}
    pairs = {day: (was.get(day), becomes.get(day)) for day in DAYS if was.get(day) != becomes.get(day)}
    return [Phrase(f"{span} {phrase}") for span, pair in spans(pairs) for phrase in [_hours(*pair)]]


def _hours(before: list[str] | None, after: list[str] | None) -> str:
    told = [", ".join(hours) if hours else "free" for hours in (before, after)]
    return told[1] if before is None else " -> ".join(told)


def described(before: Any, after: Any) -> list[str]:
    """The change as short phrases, one for each entry of a collection."""
    return [phrase.text for phrase in _phrases(before, after)]


def _phrases(before: Any, after: Any) -> Iterator[Phrase]:
    match before, after:
        case (dict() | None, dict() | None) if isinstance(before or after, dict):
            yield from _mapping(before or {}, after or {})
        case (list() | None, list() | None) if isinstance(before or after, list):
            yield from _list(before or [], after or [])
        case (None, _):
            yield Phrase(shown(after))
        case (_, None):
            yield Phrase(f"{shown(before)} -> {EMPTY}")
        case _:
            yield Phrase(f"{shown(before)} -> {shown(after)}")


def _mapping(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Phrase]:
    for key in sorted({*before, *after}):
        if key not in before:
            yield from _on_one_side("+", key, after[key])
        elif key not in after:
            yield from _on_one_side("-", key, before[key])
        elif before[key] != after[key]:
            yield from _entry_change(key, before[key], after[key])


def _on_one_side(sign: str, key: str, value: Any) -> Iterator[Phrase]:
    """An entry that comes or goes; one that holds many others is told one by one."""
    said = f"{sign} {_entry(key, value)}"
    if not isinstance(value, dict):
        yield Phrase(said, (key,))
    elif len(said) <= LONG:
        yield Phrase(said, tuple(value))
    else:
        yield from (Phrase(f"{sign} {key}: {_entry(name, inner)}", (name,)) for name, inner in sorted(value.items()))


def _entry_change(key: str, before: Any, after: Any) -> Iterator[Phrase]:
    if isinstance(before, dict) and isinstance(after, dict):
        for phrase in _mapping(before, after):
            yield phrase._replace(text=f"{key}: {phrase.text}")
    else:
        yield Phrase(f"{key}: {shown(before)} -> {shown(after)}", (key,))


def _list(before: list[Any], after: list[Any]) -> Iterator[Phrase]:
    for item in after:
        if item not in before:
            yield Phrase(f"+ {shown(item)}")
    for item in before:
        if item not in after:
            yield Phrase(f"- {shown(item)}")


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


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with how long it is."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 step`, `3 steps`, `2 people`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
