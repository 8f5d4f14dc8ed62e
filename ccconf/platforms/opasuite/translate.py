"""Opa! Suite's rows as Git describes people, departments and hours, and back for what the API writes.

Unverified: that `departamento` of a user names all departments and not the default one alone, whether it is one id or
a list (both are taken), that a shift until midnight ends at 00:00, and that a night shift is one shift of the day on
which it begins. `online`, `ultimo_status`, `conexoes` and `updatedAt` change with every break and are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from ccconf.errors import broken
from ccconf.model.change import KEY
from ccconf.model.fields import Resource
from ccconf.model.group import Group
from ccconf.model.hours import DAYS
from ccconf.model.refs import Ref
from ccconf.model.schedule import Schedule
from ccconf.model.shapes import PLAIN_MEMBERSHIP
from ccconf.model.user import User
from ccconf.platforms.opasuite.words import Row

ACTIVE, INACTIVE = "A", "I"
_STATUS = {ACTIVE: "active", INACTIVE: "inactive"}
_TYPE = {"user": "human", "bot": "bot"}
WEEKDAYS = dict(zip(DAYS, ("segunda", "terca", "quarta", "quinta", "sexta", "sabado", "domingo"), strict=True))
"""The flags of a shift. That they are written without accents is unverified."""
_CLOCK = re.compile(r"([01]\d|2[0-4]):[0-5]\d(:[0-5]\d)?", re.ASCII)

NameOf = Callable[[str], str | None]
"""The name of a live department by its id; None where it is not live."""


def group_from_native(row: Row) -> Group:
    """A department as Git describes a group: the two fields of it that ccconf manages."""
    return Group(name=name_of(row), description=_text(row, "descricao") or UNSET)


def group_to_native(fields: Mapping[str, Any]) -> Row:
    """The fields of the platform that these fields write. A department is never without a name."""
    body: Row = {}
    if name := fields.get("name") or fields.get(KEY):
        body["nome"] = name
    if "description" in fields:
        body["descricao"] = fields["description"] or ""
    return body


def user_from_native(row: Row, department: NameOf) -> User:
    """A user as Git describes one. What stays unset is not shown: the permission group, the default department."""
    names = {name for native_id in departments_of(row) if (name := department(native_id)) is not None}
    return User(
        name=name_of(row),
        email=_text(row, "email") or UNSET,
        extension=_extension(row),
        type=_word(row, "tipo", _TYPE),
        status=_word(row, "status", _STATUS),
        groups=dict.fromkeys(sorted(names), PLAIN_MEMBERSHIP) or UNSET,
    )


def departments_of(row: Row) -> tuple[str, ...]:
    """The ids of somebody's departments."""
    match row.get("departamento"):
        case None | "":
            return ()
        case str() as one:
            return (one,)
        case list() as several if all(isinstance(part, str) for part in several):
            return tuple(several)
        case other:
            raise _odd("departamento", other)


def user_key(row: Row) -> str:
    """What names somebody: the login; a bot without one has its name."""
    return _text(row, "email") or name_of(row)


def schedule_from_native(row: Row) -> Schedule:
    """A service period as Git describes hours. Its holidays are a list of their own that the API does not tie to it."""
    ranges: dict[str, set[str]] = {}
    for shift in _shifts(row):
        for day, flag in WEEKDAYS.items():
            if shift.get(flag) is True:
                ranges.setdefault(day, set()).add(_range(shift))
    return Schedule(
        name=name_of(row), weekly={day: tuple(sorted(ranges[day])) for day in DAYS if day in ranges} or UNSET
    )


def _shifts(row: Row) -> Iterator[Row]:
    shifts = row.get("periodos")
    if not isinstance(shifts, list) or not all(isinstance(shift, dict) for shift in shifts):
        raise _odd("periodos", shifts)
    yield from shifts


def _range(shift: Row) -> str:
    start, end = (_clock(shift, name) for name in ("horaInicio", "horaFim"))
    return f"{start}-{_end(end)}"


def _clock(shift: Row, name: str) -> str:
    said = shift.get(name)
    if not isinstance(said, str) or not _CLOCK.fullmatch(said):
        raise _odd(name, said)
    return said[:5]


def _end(clock: str) -> str:
    """Midnight as the end of a day."""
    return "24:00" if clock == "00:00" else clock


def as_held(ref: Ref, resource: Resource) -> Resource:
    """What the platform would hold of a declared object: always a name, and midnight as the end of a day."""
    match resource:
        case Group(name=None):
            return replace(resource, name=ref.key)
        case Schedule(weekly=dict() as weekly):
            return replace(resource, weekly={day: tuple(map(_until_midnight, hours)) for day, hours in weekly.items()})
        case _:
            return resource


def _until_midnight(hours: str) -> str:
    start, _, end = hours.partition("-")
    return f"{start}-{_end(end)}"


def name_of(row: Row) -> str:
    """The name that screens show, which everything has. Raises `Broken` (CC710)."""
    return _text(row, "nome") or _raised("nome", row.get("nome"))


def is_active(row: Row) -> bool:
    """Whether the status says so. Raises `Broken` (CC710) for a status that nobody knows."""
    return _word(row, "status", _STATUS) == "active"


def _extension(row: Row) -> Any:
    """The telephone extension, which a client of the API may also find as a number."""
    said = row.get("ramal_pabx")
    return str(said) if type(said) is int else _text(row, "ramal_pabx") or UNSET


def _text(row: Row, name: str) -> str:
    said = row.get(name)
    if said is None:
        return ""
    return said.strip() if isinstance(said, str) else _raised(name, said)


def _word(row: Row, name: str, words: Mapping[str, str]) -> str:
    said = row.get(name)
    return words[said] if isinstance(said, str) and said in words else _raised(name, said)


def _raised(name: str, value: object) -> Any:
    raise _odd(name, value)


def _odd(name: str, value: object) -> Exception:
    """One form is believed; any other is shown, so that it can be learnt."""
    message = f"Opa! Suite says {name}: {str(value)[:60]!r}, which ccconf does not know"
    return broken("CC710", message, "tell the makers of ccconf, with the version of your Opa! Suite")
