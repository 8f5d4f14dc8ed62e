"""Which way of writing a new value is nearest to the way in which the old one was written.

A mapping stays a mapping, `mon-fri` stays one entry while its days agree, a network keeps its spelling. Only where the
old form cannot say the new value is it written in the shortest way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.model.fields import Shape, Written, plain
from ccconf.model.hours import DAYS, days_of
from ccconf.model.shapes import (
    PLAIN_MEMBERSHIP,
    Levels,
    Membership,
    Memberships,
    Networks,
    References,
    Rights,
    SkillLevels,
    SpecialDays,
    Weekly,
    spans,
)


def nothing(shape: Shape, old: Written = None) -> Written:
    """How is written that nothing is there, so that it stays ours: `[]`, `{}` or null."""
    if isinstance(old, dict | list):
        return type(old)()
    schema = shape.schema()
    if "anyOf" in schema or schema.get("type") == "array":
        return []
    return {} if schema.get("type") == "object" else None


def rewritten(shape: Shape, old: Written, value: Any, moved: Mapping[str, str] | None = None) -> Written:
    """A canonical value as plain data to write in the place of `old`; None as a value is an empty field.

    `moved` are names that changed: an entry keeps its place under its new name.
    """
    if value is None:
        return nothing(shape, old)
    fresh = _near(shape, old, value, moved or {})
    return plain(fresh if fresh is not None and shape.canonical(fresh) == value else shape.written(value))


def _near(shape: Shape, old: Written, value: Any, moved: Mapping[str, str]) -> Written:
    match shape, old:
        case References(), list():
            return _kept(old, list(value), lambda name: moved.get(name, name))
        case Memberships(), list() if all(edge == PLAIN_MEMBERSHIP for edge in value.values()):
            return _kept(old, list(value), lambda name: moved.get(name, name))
        case Memberships(), dict():
            return _entries(old, value, lambda name: moved.get(name, name), _edge)
        case Networks(), list() if not any(value.values()):
            return _kept(old, list(value), _network(shape), spelt=True)
        case Networks(), dict():
            return _entries(old, value, _network(shape), _note, spelt=True)
        case Levels(), dict():
            return _levels(shape, old, value)
        case SkillLevels(), dict():
            return _entries(old, value, lambda name: moved.get(name, name), lambda _, level: level)
        case Rights(), dict():
            return _entries(old, value, lambda name: name, lambda was, levels: _levels(shape.levels, was or {}, levels))
        case Weekly(), dict():
            return _weekly(old, value)
        case SpecialDays(), list():
            return _special_days(shape, old, value)
    return None


def _network(shape: Networks) -> Callable[[str], str]:
    return lambda written: str(next(iter(shape.canonical([written]))))


def _kept(old: list[str], names: list[str], name: Callable[[str], str], *, spelt: bool = False) -> list[str]:
    """The items that stay in their order, then the new ones; who has another `name` keeps the place.

    What is `spelt` in a way of its own stays spelt so.
    """
    wanted, stay = set(names), []
    for item in old:
        if name(item) in wanted:
            stay.append(item if spelt else name(item))
            wanted.discard(name(item))
    return _sorted_as(old, [*stay, *(item for item in names if item in wanted)])


def _entries(
    old: dict[str, Any],
    value: Mapping[str, Any],
    name: Callable[[str], str],
    part: Callable[[Any, Any], Any],
    *,
    spelt: bool = False,
) -> dict[str, Any]:
    """The same for a mapping, each value by `part(old, new)`."""
    left = dict(value)
    stay: dict[str, Any] = {}
    for key, was in old.items():
        if name(key) in left:
            stay[key if spelt else name(key)] = part(was, left.pop(name(key)))
    found = {**stay, **{key: part(None, fresh) for key, fresh in left.items()}}
    return {key: found[key] for key in _sorted_as(list(old), list(found))}


def _sorted_as(old: list[str], names: list[str]) -> list[str]:
    """In the order of names, if the old ones stood so."""
    return sorted(names) if len(old) > 1 and old == sorted(old) else names


def _edge(old: Any, edge: Membership) -> Any:
    """One membership; what says nothing keeps the way in which it says so."""
    if edge == PLAIN_MEMBERSHIP:
        return old if not old else {}
    said: dict[str, Any] = {}
    if edge.role is not UNSET:
        said["role"] = edge.role
    if edge.permissions is not UNSET:
        before = (old or {}).get("permissions") or {}
        said["permissions"] = _levels(Levels(overrides=True), before, edge.permissions or {})
    return said


def _note(old: Any, note: str) -> Any:
    return old if (old or "") == note else note or None


def _levels(shape: Levels, old: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """Permissions that stay keep their words (`yes` for true), and those that are refused in words stay so."""
    kept = {
        name: level if shape.canonical({name: level}).get(name, False) == value.get(name, False) else value[name]
        for name, level in old.items()
        if name in value or not shape.canonical({name: level})
    }
    found = {**kept, **{name: level for name, level in value.items() if name not in kept}}
    return {name: found[name] for name in _sorted_as(list(old), list(found))}


def _weekly(old: Mapping[str, list[str]], value: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Days that are written together stay together while they agree."""
    paper: dict[str, list[str]] = {}
    left = dict(value)
    for days, hours in old.items():
        here = [value.get(day, ()) for day in days_of(days)]
        if any(one != here[0] for one in here) or not (here[0] or not hours):
            continue
        paper[days] = hours if tuple(sorted(hours)) == here[0] else list(here[0])
        for day in days_of(days):
            left.pop(day, None)
    fresh = {span: list(hours) for span, hours in spans(left)}
    return dict(sorted({**paper, **fresh}.items(), key=lambda row: DAYS.index(days_of(row[0])[0])))


def _special_days(shape: SpecialDays, old: list[dict[str, Any]], value: Any) -> list[dict[str, Any]]:
    """Days that stay keep their entry as it is."""
    known = {item["date"]: item for item in old}
    fresh: list[dict[str, Any]] = []
    for day in value:
        was = known.get(day.date)
        fresh.append(was if was is not None and shape.canonical([was]) == (day,) else msgspec.to_builtins(day))
    order = {item["date"]: at for at, item in enumerate(old)}
    dates = _sorted_as(
        [item["date"] for item in old],
        [item["date"] for item in sorted(fresh, key=lambda item: order.get(item["date"], len(order)))],
    )
    return sorted(fresh, key=lambda item: dates.index(item["date"]))
