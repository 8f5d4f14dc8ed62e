"""Worlds that an iQChannels can hold: people by address, roles with levels, hours that cross midnight."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ccconf.conformance.worlds import PICTURES, World
from ccconf.model.hours import DAYS
from ccconf.model.kinds import KINDS, as_data
from ccconf.platform.discovery import find

FACTS = find("iqchannels", None).facts
SEGMENTS = ("Retail", "Розница")
"""Segments that stand there before anything is made; nobody makes them by API."""

_names = st.sampled_from(["Support", "Łódź 2", "O'Brien & Co", "Кредиты", "a#b", "100%", "王 伟", "<b>"])
_words = st.sampled_from(["Anna", "Anna Berg", "Ann Mary O'Neil", "Łucja Żak", "Борис Лес", "Jo#&?=+"])
_zones = st.sampled_from(["Europe/Moscow", "UTC", "Asia/Vladivostok"])
_shifts = st.sampled_from([("08:00-16:00",), ("08:00-12:00", "12:30-17:00"), ("00:00-24:00",), ("18:15-24:00",)])
_levels = st.dictionaries(st.sampled_from(["reports", "chats.read_all"]), st.sampled_from([True, "read"]), max_size=2)


def role(draw: st.DrawFn, name: str, place: dict[str, Any] | None = None) -> dict[str, Any]:
    """A role of the system or of a segment; where it belongs is drawn unless it is given."""
    said = draw(st.sampled_from([{}, *({"scope": "segment", "segment": name} for name in SEGMENTS)]))
    body: dict[str, Any] = {"name": name, **(said if place is None else place)}
    levels = draw(_levels)
    if draw(st.booleans()):
        levels = {**levels, "users": draw(st.sampled_from(["read", "admin"]))}
    return {**body, **({"permissions": levels} if levels else {}), **_described(draw)}


def _described(draw: st.DrawFn) -> dict[str, Any]:
    return {"description": "Who has it.\nAnd why."} if draw(st.booleans()) else {}


def skill(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A skill."""
    return {"name": name, **_described(draw)}


def schedule(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Hours, by day or night, with or without breaks."""
    shifts = draw(st.sampled_from([_shifts, st.just(("22:00-06:00",))]))  # so that none overlap
    week = {day: draw(shifts) for day in DAYS if draw(st.integers(0, 2)) == 0}
    body: dict[str, Any] = {"name": name, "weekly": week or {"mon": ("09:00-17:00",)}, **_described(draw)}
    if draw(st.booleans()):
        body["timezone"] = draw(_zones)
    if draw(st.booleans()):
        starts = {day: hours[0][:5] for day, hours in list(body["weekly"].items())[:2]}
        body["breaks"] = {day: (f"{start}-{start[:3]}{int(start[3:]) + 5:02}",) for day, start in starts.items()}
    for field in ("lateness_minutes", "overtime_minutes"):
        if draw(st.booleans()):
            body[field] = draw(st.sampled_from([0, 5, 30]))
    return body


def user(draw: st.DrawFn, email: str, world: World) -> dict[str, Any]:
    """Somebody with an address."""
    body: dict[str, Any] = {"name": draw(_words), "email": email}
    chosen = {
        "position": st.sampled_from(["Оператор", "Team lead"]),
        "type": st.sampled_from(["human", "bot"]),
        "status": st.sampled_from(["active", "inactive"]),
        "avatar": st.sampled_from(sorted(PICTURES)),
    }
    body |= {field: draw(values) for field, values in chosen.items() if draw(st.booleans())}
    roles, skills, schedules = (sorted(world[kind]) for kind in ("role", "skill", "schedule"))
    if draw(st.booleans()) and roles:
        body["roles"] = draw(st.lists(st.sampled_from(roles), min_size=1, unique=True))
    if draw(st.booleans()) and skills:
        body["skills"] = draw(st.dictionaries(st.sampled_from(skills), st.integers(1, 100), min_size=1))
    if draw(st.booleans()) and schedules:
        body["schedule"] = draw(st.sampled_from(schedules))
    return body


def plain(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The object in canonical form."""
    spec = KINDS[kind].by_name
    return as_data(KINDS[kind].make({name: spec[name].shape.canonical(value) for name, value in body.items()}))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to three of each."""
    world: World = {"group": {}, "allowlist": {}}
    for kind, make in (("role", role), ("skill", skill), ("schedule", schedule)):
        names = draw(st.lists(_names, max_size=3, unique=True))
        world[kind] = {name: plain(kind, make(draw, name)) for name in names}
    addresses = [f"Person{number}@example.org" for number in range(draw(st.integers(1, 3)))]
    world["user"] = {email: plain("user", user(draw, email, world)) for email in addresses}
    return world


def place(body: dict[str, Any]) -> dict[str, Any]:
    """Where a role belongs."""
    return {name: body[name] for name in ("scope", "segment") if name in body}


@st.composite
def two_worlds(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and what it becomes: some objects go, some change, some stay. A role keeps its namespace."""
    first = draw(worlds())
    second: World = {"group": {}, "allowlist": {}}
    for kind, make in (("role", role), ("skill", skill), ("schedule", schedule)):
        kept = {name: body for name, body in first[kind].items() if draw(st.integers(0, 3))}
        second[kind] = {
            name: plain(kind, make(draw, name, *([place(body)] if kind == "role" else [])))
            if draw(st.booleans())
            else body
            for name, body in kept.items()
        }
    second["user"] = {}
    for email, body in first["user"].items():
        stays = all(
            set(body.get(field, ())) <= second[kind].keys() for field, kind in (("roles", "role"), ("skills", "skill"))
        )
        stays = stays and body.get("schedule") in (None, *second["schedule"])
        if not stays or draw(st.booleans()):
            second["user"][email] = plain("user", user(draw, email, second))
        elif draw(st.integers(0, 3)):
            second["user"][email] = body
    if not any(second.values()):
        second["user"] = {email: plain("user", user(draw, email, second)) for email in first["user"]}
    return first, second
