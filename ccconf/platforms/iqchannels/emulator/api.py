"""The doors: which name of a path leads to which rule, what is read from the body, and who may go through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from ccconf.emulation import Answer
from ccconf.platforms.iqchannels.emulator import lists, people
from ccconf.platforms.iqchannels.emulator.estate import Estate
from ccconf.platforms.iqchannels.emulator.refusals import Refusal
from ccconf.platforms.iqchannels.emulator.rows import (
    Listed,
    Of,
    OfFile,
    RoleRow,
    ScheduleRow,
    SkillRow,
    UserRow,
    envelope,
)


class Door(NamedTuple):
    """What happens at one path."""

    body: type[Any]
    rule: Callable[[Estate, Any], Any]
    writes: bool = True


DOORS: dict[str, Door] = {
    "user.list": Door(Listed, people.listed, writes=False),
    "user.get": Door(Of, people.got, writes=False),
    "user.create": Door(UserRow, people.created),
    "user.update": Door(UserRow, people.changed),
    "user.delete": Door(Of, people.deleted),
    "user.restore": Door(Of, people.restored),
    "user.set_status": Door(Of, people.with_status),
    "user.logout": Door(Of, people.logged_out),
    "user.reset_password": Door(Of, people.password_reset),
    "user.list_tokens": Door(Of, people.tokens),  # to see a token is to have it
    "user.revoke_tokens": Door(Of, people.tokens_revoked),
    "user.set_avatar": Door(Of, people.pictured),
    "user.delete_avatar": Door(Of, people.unpictured),
    "file.get": Door(OfFile, people.picture, writes=False),
    "role.list": Door(Listed, lists.roles, writes=False),
    "role.create": Door(RoleRow, lists.role_created),
    "role.update": Door(RoleRow, lists.role_changed),
    "role.delete": Door(Of, lists.deleting("role")),
    "skill.list": Door(Listed, lists.skills, writes=False),
    "skill.create": Door(SkillRow, lists.skill_created),
    "skill.update": Door(SkillRow, lists.skill_changed),
    "skill.delete": Door(Of, lists.deleting("skill")),
    "schedule.list": Door(Listed, lists.schedules, writes=False),
    "schedule.create": Door(ScheduleRow, lists.schedule_created),
    "schedule.update": Door(ScheduleRow, lists.schedule_changed),
    "schedule.delete": Door(Of, lists.deleting("schedule")),
    "segment.list": Door(Listed, lists.projects, writes=False),
}


def carried_out(estate: Estate, door: Door, body: bytes, level: str, largest: int | None) -> Answer:
    """What becomes of a call by somebody with that level. Raises `Refusal`."""
    if level == "off" or (door.writes and level != "admin"):
        raise Refusal("forbidden", "the section Пользователи is closed to this role")
    asked = _understood(body, door.body)
    if isinstance(asked, Listed):
        asked = _bounded(asked, largest)
    with estate.change_lock:
        done = door.rule(estate, asked)
    if isinstance(done, bytes):  # file methods have no envelope
        return Answer(200, done, (("Content-Type", "application/octet-stream"),))
    return envelope(*done)


def _understood(body: bytes, form: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # a wrong type is a DecodeError, too
        raise Refusal("bad_request", f"the body cannot be read: {error}") from error


def _bounded(asked: Listed, largest: int | None) -> Listed:
    """The page as the server gives it."""
    if asked.limit < 0 or asked.offset < 0:
        raise Refusal("bad_request", "Limit and Offset count from 0")
    return msgspec.structs.replace(asked, limit=min(asked.limit, largest or asked.limit))
