"""Worlds that a 3CX can hold: numbers for people, departments by name, hours within departments, rights that differ."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ccconf.conformance.worlds import World
from ccconf.model.hours import DAYS
from ccconf.model.kinds import KINDS, as_data
from ccconf.model.refs import Ref
from ccconf.platform.discovery import find
from ccconf.platforms.threecx.connection import as_held

FACTS = find("threecx", None).facts
RIGHTS = sorted(row.id for row in FACTS.catalogue.permissions if row.field)
ROLES = ("group_admins", "managers", "receptionists", "users")
"""Roles of departments; the system's owner stands there already."""

_names = st.sampled_from(["Sales", "Łódź 2", "O'Brien & Co", "Vendas; $top=1", "Отдел", "a#b", "100%"])
_words = st.sampled_from(["Anna", "Anna Nowak", "Ann Mary O'Neil", "Łucja Żak", "Jo#&?=+", "王 伟"])
_levels = st.dictionaries(st.sampled_from(RIGHTS), st.just(True), max_size=4)
_zones = st.sampled_from(["Europe/Warsaw", "UTC", "America/Sao_Paulo"])
_shifts = st.sampled_from([("08:00-16:00",), ("08:00-12:00", "12:30-17:00"), ("00:00-24:00",), ("18:15-24:00",)])
_days = st.sampled_from(
    [
        {"date": "01-01"},
        {"date": "12-25", "until": "12-26", "name": "Christmas"},
        {"date": "2027-05-03", "name": "Once"},
    ]
)


def rights(draw: st.DrawFn) -> dict[str, Any]:
    """What a department says of some roles."""
    return {role: draw(_levels) for role in ROLES if draw(st.booleans())}


def group(draw: st.DrawFn, name: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """A department; its rights are drawn unless they are given."""
    body: dict[str, Any] = {"name": name}
    if draw(st.booleans()):
        body["timezone"] = draw(_zones)
    if draw(st.booleans()):
        body["visible_to_all"] = draw(st.booleans())
    if draw(st.booleans()):
        body["language"] = draw(st.sampled_from(["EN", "PL"]))
    said = rights(draw) if given is None else given
    return {**body, **({"rights": said} if said else {})}


def user(draw: st.DrawFn, number: str, groups: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Somebody in one or two departments, some with rights of their own."""
    homes = draw(st.lists(st.sampled_from(sorted(groups)), min_size=1, max_size=2, unique=True))
    body: dict[str, Any] = {"name": draw(_words), "extension": number, "email": f"P{number}@example.org"}
    body["groups"] = {home: _edge(draw, groups[home].get("rights", {})) for home in homes}
    if draw(st.booleans()):
        body["primary_group"] = homes[-1]
    if draw(st.booleans()):
        body["mobile"] = "+48 600 100 200"
    if draw(st.booleans()):
        body["status"] = draw(st.sampled_from(["active", "inactive"]))
    if draw(st.booleans()):
        body["two_factor"] = draw(st.booleans())
    return body


def _edge(draw: st.DrawFn, given: dict[str, Any]) -> dict[str, Any]:
    role = draw(st.sampled_from(ROLES))
    if role not in given or draw(st.booleans()):
        return {"role": role}
    changed = draw(st.lists(st.sampled_from(RIGHTS), max_size=3, unique=True))
    return {"role": role, "permissions": {name: name not in given[role] for name in sorted(changed)}}


def schedule(draw: st.DrawFn) -> dict[str, Any]:
    """Hours, with or without breaks and holidays."""
    shifts = draw(st.sampled_from([_shifts, st.just(("22:00-06:00",))]))  # nights by day or none: so that none overlap
    body: dict[str, Any] = {"weekly": {day: draw(shifts) for day in DAYS if draw(st.integers(0, 2)) == 0}}
    if not body["weekly"]:
        body["weekly"] = {"mon": ("09:00-17:00",)}
    if draw(st.booleans()):
        starts = {day: shifts[0][:5] for day, shifts in list(body["weekly"].items())[:2]}
        body["breaks"] = {day: (f"{start}-{start[:3]}{int(start[3:]) + 5:02}",) for day, start in starts.items()}
    if draw(st.booleans()):
        body["holidays"] = draw(st.lists(_days, unique_by=lambda day: day["date"], max_size=2))
    return body


def console(draw: st.DrawFn) -> dict[str, Any]:
    """A list on which this machine stands."""
    more = draw(st.lists(st.sampled_from(["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"]), unique=True))
    return {"networks": dict.fromkeys(["127.0.0.1", *more], "")}


def held(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """The object in the form in which the platform would hold it."""
    spec = KINDS[kind].by_name
    values = {name: spec[name].shape.canonical(value) for name, value in body.items()}
    return as_data(as_held(Ref(kind, key), KINDS[kind].make(values)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to three departments, three people, hours for some departments, and perhaps a list for the console."""
    names = draw(st.lists(_names, min_size=1, max_size=3, unique=True))
    groups = {name: group(draw, name) for name in names}
    users = {str(201 + place): user(draw, str(201 + place), groups) for place in range(draw(st.integers(1, 3)))}
    hours = {name: schedule(draw) for name in names if draw(st.booleans())}
    lists = {"console": console(draw)} if draw(st.booleans()) else {}
    made = {"group": groups, "user": users, "schedule": hours, "allowlist": lists, "role": {}, "skill": {}}
    return {kind: {key: held(kind, key, body) for key, body in keyed.items()} for kind, keyed in made.items()}


@st.composite
def two_worlds(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and what it becomes: some objects go, some change, some stay."""
    first = draw(worlds())
    groups = {
        name: held("group", name, group(draw, name, body.get("rights", {}))) if draw(st.booleans()) else body
        for name, body in first["group"].items()
        if draw(st.integers(0, 3))
    } or first["group"]
    users = {}
    for key, body in first["user"].items():
        stays = set(body["groups"]) | {body.get("primary_group") or next(iter(body["groups"]))} <= groups.keys()
        if not stays or draw(st.booleans()):
            users[key] = held("user", key, user(draw, key, groups))
        elif draw(st.integers(0, 3)):
            users[key] = body
    hours = {
        key: held("schedule", key, schedule(draw)) if draw(st.booleans()) else body
        for key, body in first["schedule"].items()
        if key in groups and draw(st.integers(0, 3))
    }
    lists = {"console": held("allowlist", "console", console(draw))} if draw(st.booleans()) else {}
    second = {"group": groups, "user": users, "schedule": hours, "allowlist": lists, "role": {}, "skill": {}}
    return first, second
