"""What stands in a cell, as the written form of a field. `docs/snapshots.md` says how people type it.

What these forms cannot say (a name with a semicolon in it apart, which is quoted) is written as in a manifest, in JSON.
What is wrong in itself raises `Unclear`; what is only not allowed is left for the judge, who tells every mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ccconf.model.fields import FieldSpec, Written
from ccconf.model.shapes import (
    Choice,
    Flag,
    Levels,
    Memberships,
    Networks,
    References,
    SkillLevels,
    SpecialDays,
    Weekly,
    Whole,
)
from ccconf.snapshot.words import Unclear, Words, flag

_ITEM = re.compile(r'(?:^|[;\n])\s*("(?:[^"]|"")*"[^;\n]*|[^;\n]*)')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"\s*')
_IN_BRACKETS = re.compile(r"(.*\S)\s*\(([^()]*)\)")
_LEVEL = re.compile(r"(.*\S)\s+([0-9]+)")
_CLOCK = r"(?:[0-9]{1,2}):[0-9]{2}"
_RANGE = re.compile(rf"{_CLOCK}\s*[-–]\s*{_CLOCK}")
_ONE_DIGIT = re.compile(r"(?<![0-9])([0-9]:)")
_DATE = re.compile(r"((?:[0-9]{4}-)?[0-9]{2}-[0-9]{2})(?:\.\.((?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}))?\s*")


def written(spec: FieldSpec, text: str, words: Words) -> Written:
    """The written form of a cell that is not empty. Raises `Unclear`."""
    shape = spec.shape
    if text[0] in "[{" and not shape.plain and (data := _json(text)) is not None:
        return data
    match shape:
        case Flag():
            meant = flag(text)
            return text if meant is None else meant
        case Whole():
            return int(text) if text.isdecimal() and len(text) < 10 else text
        case Choice(words=choices):
            return next((word for word in choices if word == text.casefold()), text)
        case References():
            return [_unquoted(item) for item in _items(text)]
        case Memberships(kind=kind):
            return _memberships(text, kind, words)
        case SkillLevels():
            return _skills(text, words)
        case Levels():
            return _once(words.grant(_unquoted(item)) for item in _items(text))
        case Networks():
            return _once(_noted(item) for item in _items(text))
        case Weekly():
            return _week(text)
        case SpecialDays():
            return [_special_day(item) for item in _items(text)]
        case _:
            return words.access_level(text) if spec.name == "access_level" else text


def nothing(spec: FieldSpec) -> Written:
    """An empty cell: nothing is there, which for a collection can be said."""
    match spec.shape:
        case References() | Memberships() | SpecialDays():
            return []
        case SkillLevels() | Levels() | Weekly() | Networks():
            return {}
        case _:
            return None


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _items(text: str) -> Iterator[str]:
    return (item for match in _ITEM.finditer(text) if (item := match[1].strip()))


def _unquoted(item: str) -> str:
    quoted = _QUOTED.fullmatch(item)
    return quoted[1].replace('""', '"') if quoted else item


def _name(item: str) -> tuple[str | None, str]:
    """A quoted name and what follows it; without quotes there is no telling yet where the name ends."""
    quoted = _QUOTED.match(item)
    return (quoted[1].replace('""', '"'), item[quoted.end() :]) if quoted else (None, item)


def _once(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Unclear(f"{name} stands twice in the cell", "keep one of them")
        found[name] = value
    return found


def _memberships(text: str, kind: str, words: Words) -> Written:
    found = _once(_membership(item, kind, words) for item in _items(text))
    return found if any(found.values()) else list(found)


def _membership(item: str, kind: str, words: Words) -> tuple[str, dict[str, str]]:
    name, rest = _name(item)
    if name is None and words.knows(kind, item):
        return item, {}
    bracket = _IN_BRACKETS.fullmatch(item if name is None else f"- {rest}")
    role = words.in_group_role(bracket[2].strip()) if bracket and bracket[2].strip() else None
    if name is not None and rest and role is None:
        raise Unclear(f"{rest} cannot stand behind the name {name}", "a role within the group stands in brackets")
    if role is None:
        return name or item, {}
    return name or (bracket[1] if bracket else item), {"role": role}


def _skills(text: str, words: Words) -> Written:
    return _once(_skill(item, words) for item in _items(text))


def _skill(item: str, words: Words) -> tuple[str, int | str]:
    """A skill without a level is held with the least."""
    name, rest = _name(item)
    if name is not None:
        return name, int(rest) if rest.isdecimal() and len(rest) < 10 else rest or 1
    level = None if words.knows("skill", item) else _LEVEL.fullmatch(item)
    return (level[1], int(level[2][:9])) if level else (item, 1)


def _noted(item: str) -> tuple[str, str]:
    network, *note = item.split(maxsplit=1)
    return network, note[0] if note else ""


def _week(text: str) -> Written:
    """Hours by day; a day that is named in several items has all their hours."""
    week: dict[str, list[str]] = {}
    for item in _items(text):
        first = next((place for place, letter in enumerate(item) if letter.isdecimal()), len(item))
        days, hours = item[:first], item[first:]
        named = re.sub(r"\s+", "", days).casefold().replace("–", "-").strip(":,")
        if not named or not hours:
            raise Unclear(f"{item} does not say days and hours", "write mon-fri 09:00-18:00; sat 10:00-14:00")
        week.setdefault(named, []).extend(_ranges(hours, item))
    return week


def _ranges(text: str, item: str) -> list[str]:
    found = [_clock(match[0]) for match in _RANGE.finditer(text)]
    if not found or re.sub(r"[\s,]", "", _RANGE.sub("", text)):
        raise Unclear(f"{item} does not say hours", "write 09:00-13:00, 13:30-17:30")
    return found


def _clock(text: str) -> str:
    return _ONE_DIGIT.sub(r"0\1", re.sub(r"\s", "", text).replace("–", "-"))


def _special_day(item: str) -> dict[str, Any]:
    date = _DATE.match(item)
    if date is None:
        raise Unclear(f"{item} does not begin with a date", "write 12-25 Christmas; 2026-05-01")
    day: dict[str, Any] = {"date": date[1], **({"until": date[2]} if date[2] else {})}
    rest = item[date.end() :]
    hours: list[str] = []
    while found := _RANGE.match(rest):
        hours.append(_clock(found[0]))
        rest = rest[found.end() :].lstrip(" ,")
    return {**day, **({"hours": hours} if hours else {}), **({"name": rest.strip()} if rest.strip() else {})}
