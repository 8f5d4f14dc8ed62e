"""The objects as they go over the wire. What has its type's default is left out, as the vendor says it may be.

Written without a look at the connection, so that both cannot be wrong in the same way.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.emulation.exchange import Answer, json_answer
from ccconf.model.hours import DAYS, minutes
from ccconf.model.role import Role
from ccconf.model.schedule import Schedule
from ccconf.model.skill import Skill
from ccconf.platforms.iqchannels.emulator.refusals import Refusal

WHOLE_DAY = 24 * 60


class _Row(msgspec.Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """An object; fields that nobody knows are ignored, as by the vendor's language."""

    id: int = 0
    name: str = ""
    description: str = ""


class Held(msgspec.Struct, rename="pascal", omit_defaults=True):
    """A skill that somebody has."""

    skill_id: int
    level: int = 0


class UserRow(_Row, rename="pascal", omit_defaults=True, kw_only=True):
    """A user. Times are UTC milliseconds."""

    display_name: str = ""
    email: str = ""
    position: str = ""
    type: str = ""
    online: bool = False
    inactive: bool = False
    deleted: bool = False
    avatar_id: str | None = None
    role_ids: list[int] = []
    skills: list[Held] = []
    schedule_id: int | None = None
    created_at: int = 0
    deleted_at: int = 0
    restored_at: int = 0
    logged_in_at: int = 0
    last_seen_at: int = 0


class RoleRow(_Row, rename="pascal", omit_defaults=True, kw_only=True):
    """A role of the system, or of a segment."""

    project_id: int | None = None
    levels: dict[str, str] = {}


class SkillRow(_Row, rename="pascal", omit_defaults=True, kw_only=True):
    """A skill."""


class ProjectRow(_Row, rename="pascal", omit_defaults=True, kw_only=True):
    """A segment."""


class Period(msgspec.Struct, rename="pascal", omit_defaults=True):
    """Hours of a day, in minutes; 1 is Monday."""

    day: int
    start: int = 0
    end: int = 0


class ScheduleRow(_Row, rename="pascal", omit_defaults=True, kw_only=True):
    """A work schedule."""

    timezone: str = ""
    hours: list[Period] = []
    breaks: list[Period] = []
    lateness_minutes: int | None = None
    overtime_minutes: int | None = None


class Token(msgspec.Struct, rename="pascal"):
    """An access token, with its secret: a client has to take care of it."""

    id: int
    created_at: int
    token: str


class Listed(msgspec.Struct, rename="pascal"):
    """What is asked of a listing."""

    limit: int = 50
    offset: int = 0
    deleted: bool = False
    query: str = ""


class Of(msgspec.Struct, rename="pascal"):
    """Whom a call is about."""

    id: int = 0
    inactive: bool = False
    content: str = ""


class OfFile(msgspec.Struct, rename="pascal"):
    """Which file."""

    id: str = ""


def envelope(result: Any, rels: dict[str, list[Any]]) -> Answer:
    """The answer to what was understood and done."""
    return json_answer(200, {"OK": True, "Result": result, "Rels": {name: rels[name] for name in sorted(rels)}})


def refused(refusal: Refusal) -> Answer:
    """The answer to what was not: status 200, too."""
    return json_answer(200, {"OK": False, "Error": {"Code": refusal.code, "Text": refusal.text}})


def skill_row(id_: int, name: str, skill: Skill) -> SkillRow:
    """A skill as it goes out."""
    return SkillRow(id=id_, name=name, description=skill.description or "")


def role_row(id_: int, name: str, role: Role, project: int | None) -> RoleRow:
    """A role as it goes out."""
    levels = {
        section: "on" if level is True else str(level) for section, level in (role.permissions or {}).items() if level
    }
    return RoleRow(id=id_, name=name, description=role.description or "", project_id=project, levels=levels)


def schedule_row(id_: int, name: str, schedule: Schedule) -> ScheduleRow:
    """A schedule as it goes out."""
    return ScheduleRow(
        id=id_,
        name=name,
        description=schedule.description or "",
        timezone=schedule.timezone or "",
        hours=list(_periods(schedule.weekly or {})),
        breaks=list(_periods(schedule.breaks or {})),
        lateness_minutes=None if schedule.lateness_minutes is UNSET else schedule.lateness_minutes,
        overtime_minutes=None if schedule.overtime_minutes is UNSET else schedule.overtime_minutes,
    )


def _periods(week: dict[str, tuple[str, ...]]) -> list[Period]:
    found = []
    for day, hours in week.items():
        for start, end in map(minutes, hours):
            found.append(Period(DAYS.index(day) + 1, start, end if end <= WHOLE_DAY else end - WHOLE_DAY))
    return found


def week_of(periods: list[Period]) -> dict[str, list[str]]:
    """Hours by day, in the terms of the model. Raises `Refusal` (invalid)."""
    week: dict[str, list[str]] = {}
    for period in periods:
        if not (1 <= period.day <= len(DAYS) and 0 <= period.start < WHOLE_DAY and 0 <= period.end <= WHOLE_DAY):
            raise Refusal("invalid", "Hours: there is no such day or minute")
        if period.start == period.end:
            raise Refusal("invalid", "Hours: a period ends when it begins")
        week.setdefault(DAYS[period.day - 1], []).append("-".join(map(_clock, (period.start, period.end))))
    return {day: sorted(week[day]) for day in DAYS if day in week}


def _clock(minute: int) -> str:
    hours, rest = divmod(minute, 60)
    return f"{hours:02d}:{rest:02d}"
