"""Roles, skills, schedules and segments: what is read of them and written to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from ccconf.model.role import Role
from ccconf.model.schedule import Schedule
from ccconf.model.skill import Skill
from ccconf.platform.contract import Observed
from ccconf.platforms.iqchannels.emulator.estate import Estate
from ccconf.platforms.iqchannels.emulator.refusals import Refusal
from ccconf.platforms.iqchannels.emulator.rows import (
    Listed,
    Of,
    ProjectRow,
    RoleRow,
    ScheduleRow,
    SkillRow,
    role_row,
    schedule_row,
    skill_row,
    week_of,
)

Rels = dict[str, list[Any]]


def role_out(estate: Estate, item: Observed) -> RoleRow:
    """A role as it goes out."""
    role = item.resource
    assert isinstance(role, Role)
    project = estate.project_of(role.segment) if role.segment else None
    return role_row(int(item.native_id), item.ref.key, role, project)


def skill_out(_: Estate, item: Observed) -> SkillRow:
    """A skill as it goes out."""
    assert isinstance(item.resource, Skill)
    return skill_row(int(item.native_id), item.ref.key, item.resource)


def schedule_out(_: Estate, item: Observed) -> ScheduleRow:
    """A schedule as it goes out."""
    assert isinstance(item.resource, Schedule)
    return schedule_row(int(item.native_id), item.ref.key, item.resource)


def projects(estate: Estate, asked: Listed) -> tuple[list[Any], Rels]:
    """Segments."""
    found = [ProjectRow(id=id_, name=item.ref.key) for id_, item in estate.all("group").items()]
    return found[asked.offset : asked.offset + asked.limit], {}


def roles(estate: Estate, asked: Listed) -> tuple[list[Any], Rels]:
    """Roles of the system and of segments."""
    items = list(estate.all("role").values())[asked.offset : asked.offset + asked.limit]
    return [role_out(estate, item) for item in items], _segments(estate, items)


def _segments(estate: Estate, items: list[Observed]) -> Rels:
    named = sorted(
        {item.resource.segment for item in items if isinstance(item.resource, Role) and item.resource.segment}
    )
    return {"Projects": [ProjectRow(id=estate.project_of(name), name=name) for name in named]}


def role_created(estate: Estate, given: RoleRow) -> tuple[Any, Rels]:
    """A new role; one of a segment needs a segment that is there."""
    fields: dict[str, Any] = {**_plain(given), **_scope(estate, given), "permissions": _permissions(given)}
    return _role(estate, estate.create("role", given.name, fields))


def role_changed(estate: Estate, given: RoleRow) -> tuple[Any, Rels]:
    """The whole form anew; a role never leaves its namespace."""
    item = estate.one("role", given.id)
    if role_out(estate, item).project_id != given.project_id:
        raise Refusal("invalid", "ProjectId: a role of the system and one of a segment are different things")
    estate.change(item, {**_plain(given), "permissions": _permissions(given)}, given.name)
    return _role(estate, given.id)


def _role(estate: Estate, id_: int) -> tuple[Any, Rels]:
    item = estate.one("role", id_)
    return role_out(estate, item), _segments(estate, [item])


def _scope(estate: Estate, given: RoleRow) -> dict[str, str]:
    if given.project_id is None:
        return {}
    return {"scope": "segment", "segment": estate.names("group", [given.project_id])[0]}


def _permissions(given: RoleRow) -> dict[str, Any]:
    levels = {name: level for name, level in sorted(given.levels.items()) if level not in ("", "off")}
    return {name: True if level == "on" else level for name, level in levels.items()}


def _plain(given: RoleRow | SkillRow | ScheduleRow) -> dict[str, Any]:
    if not given.name:
        raise Refusal("invalid", "Name: must not be empty")
    return {"name": given.name, "description": given.description}


def skills(estate: Estate, asked: Listed) -> tuple[list[Any], Rels]:
    """Skills."""
    items = list(estate.all("skill").values())[asked.offset : asked.offset + asked.limit]
    return [skill_out(estate, item) for item in items], {}


def skill_created(estate: Estate, given: SkillRow) -> tuple[Any, Rels]:
    """A new skill."""
    return skill_out(estate, estate.one("skill", estate.create("skill", given.name, _plain(given)))), {}


def skill_changed(estate: Estate, given: SkillRow) -> tuple[Any, Rels]:
    """The whole form anew."""
    estate.change(estate.one("skill", given.id), _plain(given), given.name)
    return skill_out(estate, estate.one("skill", given.id)), {}


def schedules(estate: Estate, asked: Listed) -> tuple[list[Any], Rels]:
    """Work schedules."""
    items = list(estate.all("schedule").values())[asked.offset : asked.offset + asked.limit]
    return [schedule_out(estate, item) for item in items], {}


def schedule_created(estate: Estate, given: ScheduleRow) -> tuple[Any, Rels]:
    """A new work schedule."""
    id_ = estate.create("schedule", given.name, _hours(given))
    return schedule_out(estate, estate.one("schedule", id_)), {}


def schedule_changed(estate: Estate, given: ScheduleRow) -> tuple[Any, Rels]:
    """The whole form anew."""
    estate.change(estate.one("schedule", given.id), _hours(given), given.name)
    return schedule_out(estate, estate.one("schedule", given.id)), {}


def _hours(given: ScheduleRow) -> dict[str, Any]:
    if given.timezone and given.timezone not in available_timezones():
        raise Refusal("invalid", f"Timezone: there is no time zone {given.timezone}")
    return {
        **_plain(given),
        "timezone": given.timezone,
        "weekly": week_of(given.hours),
        "breaks": week_of(given.breaks),
        "lateness_minutes": given.lateness_minutes,
        "overtime_minutes": given.overtime_minutes,
    }


def deleting(kind: str) -> Callable[[Estate, Of], tuple[None, Rels]]:
    """The deletion of objects of a kind; in use they stay."""

    def deleted(estate: Estate, asked: Of) -> tuple[None, Rels]:
        estate.delete(estate.one(kind, asked.id))
        return None, {}

    return deleted
