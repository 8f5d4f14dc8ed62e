"""People on the wire, in pairs: what iQChannels has of a user, and what Git says.

Documented fields: Id, Name, DisplayName, Email, Online, Deleted, AvatarId and times [vendor]. Position, Type, Inactive,
RoleIds, Skills and ScheduleId are assumed (`paths.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from ccconf.model.fields import Maybe
from ccconf.model.shapes import EMAIL_PATTERN
from ccconf.model.user import User
from ccconf.platforms.iqchannels.client import Row

FORMLESS = (KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What reading a row raises that is not of the form that is documented, or assumed."""

Names = Mapping[str, Mapping[int, str]]
"""By kind what objects are called, by id."""
Ids = Mapping[str, Mapping[str, int]]
"""By kind the ids of objects, by what they are called."""

BOT, OPERATOR = "Bot", "Operator"
_PLAIN = {"name": "Name", "display_name": "DisplayName", "email": "Email", "position": "Position"}
_OTHERS = {"type": "Type", "roles": "RoleIds", "skills": "Skills", "schedule": "ScheduleId"}
REFERRING = {"roles": "role", "skills": "skill", "schedule": "schedule"}
"""The fields that name objects of other kinds."""
_EMAIL = re.compile(EMAIL_PATTERN)


def own_name(row: Row) -> str:
    """What the platform knows a user by: the e-mail address, and the name where there is none (a bot)."""
    return row.get("Email") or row.get("Name") or str(row["Id"])


def user_from_native(row: Row, names: Names, picture: Maybe[str]) -> User:
    """A user as Git describes one. A missing value is its type's default, as the vendor says.

    What was deleted has an empty name in `names`, and gives nothing. Raises one of `FORMLESS` for another form.
    """
    return User(
        name=row.get("Name") or row.get("DisplayName") or UNSET,
        email=row.get("Email") or UNSET,
        position=row.get("Position") or UNSET,
        type="bot" if row.get("Type") == BOT else "human",
        status="inactive" if row.get("Inactive") else "active",
        roles=tuple(sorted(filter(None, (names["role"][role] for role in row.get("RoleIds") or ())))) or UNSET,
        skills=_skills(row, names["skill"]) or UNSET,
        schedule=(names["schedule"][row["ScheduleId"]] if row.get("ScheduleId") else None) or UNSET,
        avatar=picture,
    )


def _skills(row: Row, names: Mapping[int, str]) -> dict[str, int]:
    levels = {names[held["SkillId"]]: held.get("Level") or 1 for held in row.get("Skills") or ()}
    return {name: levels[name] for name in sorted(filter(None, levels))}


def user_to_native(fields: Mapping[str, Any], ids: Ids) -> Row:
    """The body that brings a user to these fields; None clears one."""
    body: Row = {there: fields[here] or "" for here, there in _PLAIN.items() if here in fields}
    if "type" in fields:
        body["Type"] = BOT if fields["type"] == "bot" else OPERATOR
    if "roles" in fields:
        body["RoleIds"] = sorted(ids["role"][name] for name in fields["roles"] or ())
    if "skills" in fields:
        levels = fields["skills"] or {}
        body["Skills"] = [{"SkillId": ids["skill"][name], "Level": levels[name]} for name in sorted(levels)]
    if "schedule" in fields:
        body["ScheduleId"] = None if fields["schedule"] is None else ids["schedule"][fields["schedule"]]
    return body


def keys_of(fields: Mapping[str, Any]) -> list[str]:
    """The names of what `user_to_native` makes of the fields."""
    return [there for here, there in {**_PLAIN, **_OTHERS}.items() if here in fields]


def with_own_name(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The fields of a new user, with the e-mail address or name that the key is where they say none."""
    named = {} if fields.get("email") or not _EMAIL.fullmatch(key) else {"email": key}
    return {"name": key, **fields, **named}


def renamed(fields: Mapping[str, Any], row: Row, key: str) -> dict[str, Any]:
    """The fields of a change that gives a user another key: it is the address, or the name of who has none."""
    field = "email" if row.get("Email") else "name"
    return {field: key, **fields}


def named_by(kind: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The objects of a kind that the fields name."""
    found: list[str] = []
    for field, to in REFERRING.items():
        value = fields.get(field) if to == kind else None
        found.extend([value] if isinstance(value, str) else value or ())
    return tuple(sorted(found))
