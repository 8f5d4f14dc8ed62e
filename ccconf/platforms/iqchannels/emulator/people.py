"""Users: what is read of them, written to them, and done to them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from ccconf.model.user import User
from ccconf.platform.contract import Observed
from ccconf.platforms.iqchannels.emulator.estate import Estate
from ccconf.platforms.iqchannels.emulator.lists import role_out, schedule_out, skill_out
from ccconf.platforms.iqchannels.emulator.refusals import Refusal
from ccconf.platforms.iqchannels.emulator.rows import Held, Listed, Of, OfFile, UserRow

Rels = dict[str, list[Any]]
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_TYPES = {"": "human", "Operator": "human", "Bot": "bot"}
_GREATEST_LEVEL = 100


def out(estate: Estate, item: Observed, *, departed: bool = False) -> UserRow:
    """A user as it goes out."""
    user, id_ = item.resource, int(item.native_id)
    assert isinstance(user, User)
    moments = {"CreatedAt": estate.began, **estate.moments[id_]}
    return UserRow(
        id=id_,
        name=user.name or "",
        display_name=estate.display.get(id_, user.name or ""),
        email=user.email or "",
        position=user.position or "",
        type="Bot" if user.type == "bot" else "Operator",
        online=id_ in estate.online,
        inactive=user.status == "inactive",
        deleted=departed,
        avatar_id=user.avatar.removeprefix("sha256:")[:16] if user.avatar else None,
        role_ids=[estate.id_of("role", name) for name in user.roles or ()],
        skills=[Held(estate.id_of("skill", name), level) for name, level in (user.skills or {}).items()],
        schedule_id=estate.id_of("schedule", user.schedule) if user.schedule else None,
        created_at=moments["CreatedAt"],
        deleted_at=moments.get("DeletedAt", 0) if departed else 0,
        restored_at=moments.get("RestoredAt", 0),
        logged_in_at=moments.get("LoggedInAt", 0),
        last_seen_at=moments.get("LastSeenAt", 0),
    )


def listed(estate: Estate, asked: Listed) -> tuple[list[UserRow], Rels]:
    """Live or deleted users, those that a search finds."""
    found = estate.all("user", departed=asked.deleted).values()
    hits = [item for item in found if not asked.query or _hit(item.resource, asked.query.casefold())]
    rows = [out(estate, item, departed=asked.deleted) for item in hits[asked.offset : asked.offset + asked.limit]]
    return rows, related(estate, rows)


def _hit(user: Any, query: str) -> bool:
    return any(query in (getattr(user, field) or "").casefold() for field in ("name", "email", "position"))


def related(estate: Estate, rows: list[UserRow]) -> Rels:
    """What the users refer to, each object once."""
    roles = sorted({role for row in rows for role in row.role_ids})
    skills = sorted({held.skill_id for row in rows for held in row.skills})
    schedules = sorted({row.schedule_id for row in rows if row.schedule_id})
    return {
        "Roles": [role_out(estate, estate.one("role", id_)) for id_ in roles],
        "Skills": [skill_out(estate, estate.one("skill", id_)) for id_ in skills],
        "Schedules": [schedule_out(estate, estate.one("schedule", id_)) for id_ in schedules],
    }


def got(estate: Estate, asked: Of) -> tuple[UserRow, Rels]:
    """One user, live or deleted."""
    departed = asked.id in estate.all("user", departed=True)
    row = out(estate, estate.one("user", asked.id, departed=departed), departed=departed)
    return row, related(estate, [row])


def created(estate: Estate, given: UserRow) -> tuple[UserRow, Rels]:
    """A new user, whom nobody who was deleted stands in the way of."""
    fields = _fields(estate, given)
    gone = estate.all("user", departed=True).values()
    if given.email and any(_address(item) == given.email.casefold() for item in gone):
        raise Refusal("invalid", f"a deleted user has the e-mail address {given.email}: restore it")
    id_ = estate.create("user", given.email or given.name, fields)
    estate.display[id_] = given.display_name
    return got(estate, Of(id=id_))


def _address(item: Observed) -> str:
    return (getattr(item.resource, "email", None) or "").casefold()


def changed(estate: Estate, given: UserRow) -> tuple[UserRow, Rels]:
    """The whole form anew: what is missing is its type's default."""
    item = estate.one("user", given.id)
    fields = _fields(estate, given)
    estate.change(item, fields, given.email or given.name)
    estate.display[given.id] = given.display_name
    return got(estate, Of(id=given.id))


def _fields(estate: Estate, given: UserRow) -> dict[str, Any]:
    """The form in the terms of the model. Raises `Refusal` (invalid)."""
    if not given.name:
        raise Refusal("invalid", "Name: must not be empty")
    if given.email and not _ADDRESS.fullmatch(given.email):
        raise Refusal("invalid", "Email: is no e-mail address")
    if given.type not in _TYPES:
        raise Refusal("invalid", f"Type: there is no type {given.type}")
    levels = {held.skill_id: held.level for held in given.skills}
    if any(not 1 <= level <= _GREATEST_LEVEL for level in levels.values()):
        raise Refusal("invalid", "Skills: a level is from 1 to 100")
    named = {id_: estate.names("skill", [id_])[0] for id_ in levels}
    return {
        "name": given.name,
        "email": given.email,
        "position": given.position,
        "type": _TYPES[given.type],
        "roles": estate.names("role", given.role_ids),
        "skills": {named[id_]: levels[id_] for id_ in sorted(levels, key=lambda id_: named[id_])},
        "schedule": estate.names("schedule", [given.schedule_id])[0] if given.schedule_id else None,
    }


def deleted(estate: Estate, asked: Of) -> tuple[None, Rels]:
    """Only marked."""
    estate.delete(estate.one("user", asked.id))
    return None, {}


def restored(estate: Estate, asked: Of) -> tuple[UserRow, Rels]:
    """Back as before."""
    estate.restore(estate.one("user", asked.id, departed=True))
    return got(estate, asked)


def with_status(estate: Estate, asked: Of) -> tuple[UserRow, Rels]:
    """Active, or inactive: then open appeals go back to the queue."""
    item = estate.one("user", asked.id)
    estate.change(item, {"status": "inactive" if asked.inactive else "active"})
    if asked.inactive:
        estate.done("appeals-return", asked.id)
    return got(estate, asked)


def logged_out(estate: Estate, asked: Of) -> tuple[None, Rels]:
    """Nobody's any more: open appeals go back to the queue."""
    estate.one("user", asked.id)
    estate.online.discard(asked.id)
    estate.done("logout", asked.id)
    estate.done("appeals-return", asked.id)
    return None, {}


def password_reset(estate: Estate, asked: Of) -> tuple[None, Rels]:
    """Another password; nobody is told here."""
    estate.one("user", asked.id)
    estate.done("reset-password", asked.id)
    return None, {}


def tokens(estate: Estate, asked: Of) -> tuple[list[Any], Rels]:
    """The access tokens of somebody, with their secrets."""
    estate.one("user", asked.id)
    return list(estate.tokens[asked.id]), {}


def tokens_revoked(estate: Estate, asked: Of) -> tuple[None, Rels]:
    """None is left."""
    estate.one("user", asked.id)
    estate.tokens.pop(asked.id, None)
    estate.done("revoke-tokens", asked.id)
    return None, {}


def pictured(estate: Estate, asked: Of) -> tuple[UserRow, Rels]:
    """Another avatar."""
    try:
        content = base64.b64decode(asked.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("bad_request", "Content: is not base64") from error
    estate.set_picture(estate.one("user", asked.id), content)
    return got(estate, asked)


def unpictured(estate: Estate, asked: Of) -> tuple[UserRow, Rels]:
    """No avatar."""
    estate.set_picture(estate.one("user", asked.id), None)
    return got(estate, asked)


def picture(estate: Estate, asked: OfFile) -> bytes:
    """The content of an avatar."""
    for departed in (False, True):
        for item in estate.all("user", departed=departed).values():
            digest = getattr(item.resource, "avatar", None)
            if digest and digest.removeprefix("sha256:").startswith(asked.id) and asked.id:
                content = estate.file(digest)
                assert content is not None
                return content
    raise Refusal("not_found", "there is no such file")
