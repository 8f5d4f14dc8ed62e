"""Worlds that could exist: people, groups and all the rest with references that lead somewhere.

Strategies for property tests (they need the `hypothesis` package). Every world is valid: e-mail addresses and
extensions are unique, hours neither overlap nor are empty, breaks lie within hours, in-group roles are described by
their group, levels stay within their skill. Values are plain data in canonical form, as `as_data` makes them; some
collections are said and empty.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ccconf.model.fields import FieldSpec
from ccconf.model.hours import DAYS
from ccconf.model.kinds import KINDS, REFERENCE_ORDER, as_data
from ccconf.model.shapes import (
    KEY_PATTERN,
    Choice,
    File,
    Flag,
    Levels,
    Memberships,
    Networks,
    Reference,
    References,
    Rights,
    SkillLevels,
    SpecialDays,
    Text,
    Weekly,
    Whole,
    Zone,
)

World = dict[str, dict[str, dict[str, Any]]]
"""kind -> key -> plain data."""

PICTURES: dict[str, bytes] = {
    f"sha256:{hashlib.sha256(content).hexdigest()}": content for content in (b"a picture", b"\x89PNG another")
}
"""The avatars that worlds use, by canonical value; `read_picture` hands them to a connection."""

_LETTERS = "abyzABÄßłжЖ文😀 09._-:#'\"\\,&%{}"
_IN_GROUP_ROLES = ("agent", "manager")
_GREATEST_LEVEL = 5  # every skill of a world has at least so many levels

_words = st.text(_LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
_keys = st.text("abcxyzABÄłж文 019._-:#@'", min_size=1, max_size=8).filter(re.compile(KEY_PATTERN).fullmatch)

_TEXTS: dict[str, st.SearchStrategy[str]] = {
    "mobile": st.sampled_from(["+48 600 100 200", "0600-100", "+1 (212) 555.01"]),
    "language": st.sampled_from(["pl", "en-GB", "zh-Hant-TW"]),
}
"""Texts of which not every word is valid, by field."""

_levels = st.dictionaries(
    st.sampled_from(["users", "calls.barge_in", "reports", "chats.read_all"]),
    st.sampled_from([True, "read", "admin"]),
    max_size=2,
)
_rights: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}), st.fixed_dictionaries(dict.fromkeys(_IN_GROUP_ROLES, _levels))
)
_edges = st.fixed_dictionaries({}, optional={"role": st.sampled_from(_IN_GROUP_ROLES), "permissions": _levels})

_NETWORKS = ("203.0.113.0/24", "198.51.100.7", "192.0.2.128/25", "2001:db8::/32", "2001:db8:1::9")
_DATES: tuple[dict[str, str], ...] = (
    {"date": "01-01"},
    {"date": "12-25", "until": "12-26"},
    {"date": "2026-02-28", "until": "2026-03-01"},
    {"date": "2028-02-29"},
)


def _ranges(ends: set[int]) -> list[str]:
    """Ranges of time with a gap between them, from an even number of quarters of an hour."""
    clock = [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in sorted(ends)]
    return [f"{start}-{end}" for start, end in zip(clock[::2], clock[1::2], strict=True)]


_quarters = st.integers(0, 96)
_hours = st.one_of(
    st.sets(_quarters, min_size=2, max_size=2).map(_ranges),
    st.sets(_quarters, min_size=4, max_size=4).map(_ranges),
)
_weeks = st.one_of(
    st.dictionaries(st.sampled_from(DAYS), _hours, max_size=3),
    # Nights on every day or none, so that a night never meets a morning shift.
    st.dictionaries(st.sampled_from(DAYS), st.just(["22:00-06:00"]), max_size=3),
)


def read_picture(digest: str) -> bytes:
    """What `Connection.read_file` does in these worlds."""
    return PICTURES[digest]


def unique_value(field: str, number: int) -> str:
    """A value that no object with another number has."""
    return f"Person{number}@example.org" if field == "email" else str(100 + number)


@st.composite
def worlds(draw: st.DrawFn, most: int = 3, fields: Mapping[str, frozenset[str]] | None = None) -> World:
    """Up to `most` objects of each kind, at least one user and one group.

    `fields` restricts what may be said of a kind; a kind that it leaves out is not restricted.
    """
    world: World = {}
    for kind in REFERENCE_ORDER:
        least = 1 if kind in ("user", "group") else 0
        keys = draw(st.lists(_keys, min_size=least, max_size=most, unique_by=str.casefold))
        allowed = fields.get(kind) if fields else None
        world[kind] = {key: draw(resources(kind, world, number, allowed)) for number, key in enumerate(keys)}
    return world


@st.composite
def resources(
    draw: st.DrawFn, kind: str, world: World, number: int, allowed: frozenset[str] | None = None
) -> dict[str, Any]:
    """One object of the kind in the world; `number` makes its unique values its own."""
    values: dict[str, Any] = {}
    said = draw(st.integers(0, 2 ** len(KINDS[kind].stored) - 1))  # one bit a field: one draw is quicker than many
    possible = {spec.name for spec in KINDS[kind].stored if _possible(spec, world, allowed)}
    for bit, spec in enumerate(KINDS[kind].stored):
        if spec.name in possible and (spec.marker.needed_to_create or said >> bit & 1):
            values[spec.name] = spec.shape.canonical(draw(_written(spec, world, number)))
    values.pop("breaks", None)
    if "weekly" in values and "breaks" in possible:  # together, so that they lie within the hours they were made for
        values["breaks"] = _breaks(values["weekly"]) if draw(st.booleans()) else {}
    return as_data(KINDS[kind].make(values))


def _possible(spec: FieldSpec, world: World, allowed: frozenset[str] | None) -> bool:
    """Whether the field may be said, and what it refers to is there."""
    return (allowed is None or spec.name in allowed) and all(world[target] for target in spec.shape.links_to())


def _written(spec: FieldSpec, world: World, number: int) -> st.SearchStrategy[Any]:
    """Values of a field in written form."""
    if spec.marker.unique:
        return st.just(unique_value(spec.name, number))
    targets = [key for target in spec.shape.links_to() for key in sorted(world[target])]
    return _linking(spec, st.sampled_from(targets)) if targets else _own(spec)


def _linking(spec: FieldSpec, targets: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """One case for each shape that refers to other objects."""
    match spec.shape:
        case Reference():
            return targets
        case References():
            return st.lists(targets, unique=True, max_size=3)
        case Memberships():
            return st.dictionaries(targets, _edges, max_size=3)
        case SkillLevels():
            return st.dictionaries(targets, st.integers(1, _GREATEST_LEVEL), max_size=3)
    raise TypeError(f"no strategy for {type(spec.shape).__name__} (field {spec.name})")


def _own(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """One case for each shape that stands for itself."""
    match spec.shape:
        case Zone():
            return st.sampled_from(["Europe/Warsaw", "America/Sao_Paulo", "UTC"])
        case Text():
            return _TEXTS.get(spec.name, _words)
        case Flag():
            return st.booleans()
        case Whole() as whole:
            return st.integers(max(whole.least, _GREATEST_LEVEL), whole.greatest)
        case Choice() as choice:
            return st.sampled_from(choice.words)
        case File():
            return st.sampled_from(sorted(PICTURES))
        case Levels():
            return _levels
        case Rights():
            return _rights
        case Weekly():
            return _weeks
        case SpecialDays() as days:
            return _special_days(with_hours=days.with_hours)
        case Networks():
            return st.dictionaries(st.sampled_from(_NETWORKS), st.one_of(st.just(""), _words), max_size=3)
    raise TypeError(f"no strategy for {type(spec.shape).__name__} (field {spec.name})")


def _breaks(weekly: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """A break in the first minute of each day's first hours: within them, whatever they are."""
    starts = {day: hours[0].partition("-")[0] for day, hours in weekly.items()}
    return {day: (f"{start}-{start[:-2]}{int(start[-2:]) + 1:02}",) for day, start in starts.items()}


@st.composite
def _special_days(draw: st.DrawFn, *, with_hours: bool) -> list[dict[str, Any]]:
    dates = draw(st.lists(st.sampled_from(_DATES), unique_by=lambda day: day["date"], max_size=2))
    hours = {"hours": _hours} if with_hours else {}
    more = st.fixed_dictionaries(hours, optional={"name": _words})
    return [{**date, **draw(more)} for date in dates]
