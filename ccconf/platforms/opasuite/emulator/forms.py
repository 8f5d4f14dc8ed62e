"""The rows as they go over the wire: what the world knows, with what stands beside it."""

from __future__ import annotations

from typing import Any

from ccconf.model.group import Group
from ccconf.model.hours import DAYS
from ccconf.model.schedule import Schedule
from ccconf.model.user import User
from ccconf.platform.contract import Observed
from ccconf.platforms.opasuite.emulator.estate import Estate, extras_of
from ccconf.platforms.opasuite.emulator.native import Row, new_token

MOMENT = "2026-01-05T08:00:00.000Z"
_FLAGS = dict(zip(DAYS, ("segunda", "terca", "quarta", "quinta", "sexta", "sabado", "domingo"), strict=True))
DEPARTMENT: dict[str, Any] = {
    "ordem": 0,
    "recebeAtendimento": True,
    "pesquisaSatisfacao": "",
    "inatividade": 0,
    "tipoEncaminhamentoLigacoes": "",
    "cod_pabx": "",
}
"""What a department has besides name, description and status, where nobody said otherwise. The values are guesses."""
_PRESENCE = {"online": "off", "ultimo_status": "off", "conexoes": [], "inatividade": 0, "updatedAt": MOMENT}


def departments(estate: Estate) -> list[Row]:
    """Every department, inactive ones too."""
    live = [department(estate, item, "A") for item in estate.all("group")]
    gone = [department(estate, item, "I") for page in estate.departed("group") for item in page.items]
    return sorted([*live, *gone], key=lambda row: str(row["_id"]))


def department(estate: Estate, item: Observed, status: str) -> Row:
    """One department. Its secret token is made when it is first looked at."""
    assert isinstance(item.resource, Group)
    doc = estate.native.doc(item.native_id)
    if "token" not in doc:
        doc = {**doc, **DEPARTMENT, **extras_of(doc), "token": new_token()}
        estate.native.keep(item.native_id, doc)
    return {
        "_id": item.native_id,
        "nome": item.ref.key,
        "descricao": item.resource.description or "",
        "status": status,
        **extras_of(doc),
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
    }


def users(estate: Estate, *, one_department: bool) -> list[Row]:
    """Everybody, active or not."""
    ids = {item.ref.key: item.native_id for item in estate.all("group")}
    beside = estate.native.docs("user", in_world=True)
    rows = (_user(item, beside.get(item.native_id, {}), ids, one_department) for item in estate.all("user"))
    return sorted(rows, key=lambda row: str(row["_id"]))


def _user(item: Observed, beside: Row, ids: dict[str, str], one_department: bool) -> Row:
    user = item.resource
    assert isinstance(user, User)
    groups = [ids[name] for name in sorted(user.groups or {})]
    return {
        "_id": item.native_id,
        "nome": user.name,
        "email": user.email or "",
        "tipo": "bot" if user.type == "bot" else "user",
        "status": "I" if user.status == "inactive" else "A",
        "ramal_pabx": user.extension or "",
        "departamento": (groups[0] if groups else "") if one_department else groups,
        "createdAt": MOMENT,
        **_PRESENCE,
        **beside,
    }


def periods(estate: Estate) -> list[Row]:
    """The service periods."""
    return [_period(item) for item in sorted(estate.all("schedule"), key=lambda item: item.native_id)]


def _period(item: Observed) -> Row:
    schedule = item.resource
    assert isinstance(schedule, Schedule)
    weekly = schedule.weekly or {}
    shifts = sorted({shift for hours in weekly.values() for shift in hours})
    return {
        "_id": item.native_id,
        "nome": item.ref.key,
        "ativo": True,
        "periodos": [
            {
                "nome": f"Turno {place}",
                **{flag: shift in weekly.get(day, ()) for day, flag in _FLAGS.items()},
                "feriado": False,
                "horaInicio": shift[:5],
                "horaFim": "00:00" if shift[6:] == "24:00" else shift[6:],
            }
            for place, shift in enumerate(shifts, start=1)
        ],
    }


def listed(estate: Estate, kind: str) -> list[Row]:
    """Rows that are beside the world: tags, reasons, holidays."""
    return [{"_id": native_id, **doc} for native_id, doc in estate.native.docs(kind, in_world=False).items()]
