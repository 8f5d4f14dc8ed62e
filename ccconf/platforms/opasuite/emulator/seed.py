"""Makes up an estate: the same numbers, the same people. Nobody in it is meant to be anybody."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ccconf.model.change import Create
from ccconf.model.refs import Ref
from ccconf.platforms.opasuite.emulator.access import HOLDER
from ccconf.platforms.opasuite.emulator.estate import Estate
from ccconf.platforms.opasuite.emulator.options import Seed

ADMINISTRATORS, OPERATORS, API = "Administradores", "Operadores", "Integração (API)"
FIRST_DEPARTMENT = "Suporte"
HOLDER_EMAIL = "integracao@centro.example"
_FIRST = "Ada Bento Clara Davi Elisa Fausto Gilda Heitor Iara Jonas Lia Mauro Nara Otto Paula Rui Sara Tito Vera Zeca"
_LAST = "Alba Brisa Campo Duna Faro Garoa Horta Ilha Jardim Lagoa Monte Norte Onda Ponte Rocha Serra Torre Vale"
_FIELDS = "Vendas Financeiro Cobrança Instalação Retenção Agendamento Ouvidoria Qualidade Fibra Empresas"
_PLACES = "Norte Sul Leste Oeste Centro Litoral Serra"
_MENU = ("users", "permissions", "departments", "holidays", "parameters", "company")
_API = ("departments", "users", "reasons", "tags", "service_periods", "holidays")


def plant(estate: Estate, seed: Seed) -> None:
    """Fill an empty installation."""
    estate.perform_all(list(_objects(seed)))
    holder = estate.lookup(Ref("user", HOLDER_EMAIL))
    assert holder is not None
    estate.native.set_single(HOLDER, holder.native_id)
    homes = [item.native_id for item in estate.all("group")]
    estate.native.add("reason", {"motivo": "Sem conexão", "departamentos": homes[:1]})
    estate.native.add("reason", {"motivo": "Segunda via", "departamentos": homes})
    estate.native.add("holiday", {"nome": "Ano novo", "data": "01-01"})
    estate.native.add("tag", {"nome": "urgente", "cor": "#cc0000", "id_criador": holder.native_id, "empresa": ""})


def planted(estate: Estate) -> bool:
    """Whether there is an estate already."""
    return bool(estate.native.single(HOLDER))


def _objects(seed: Seed) -> Iterator[Create]:
    dice = random.Random(seed.seed)  # noqa: S311 - an estate, no secret
    yield _role(ADMINISTRATORS, "Administrador", {f"menu.{name}": True for name in _MENU})
    yield _role(OPERATORS, "Operador", {"conversations.take_over": True, "ongoing.department": True})
    yield _role(API, "Operador", {f"api.{name}": True for name in _API})
    departments = [FIRST_DEPARTMENT, *(_department(place) for place in range(max(seed.departments, 1) - 1))]
    for name in departments:
        yield Create(kind="group", key=name, fields={"name": name})
    weekly = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-12:00", "13:00-18:00"))
    yield Create(kind="schedule", key="Comercial", fields={"name": "Comercial", "weekly": weekly})
    yield _person("Administração", "admin@centro.example", ADMINISTRATORS, FIRST_DEPARTMENT)
    yield _person("Integração", HOLDER_EMAIL, API, FIRST_DEPARTMENT)
    for place in range(max(seed.users, 2) - 2):
        first, last = dice.choice(_FIRST.split()), dice.choice(_LAST.split())
        email = f"{first}.{last}.{place + 1}@centro.example".lower()
        yield _person(f"{first} {last}", email, OPERATORS, departments[place % len(departments)])


def _role(name: str, level: str, permissions: dict[str, bool]) -> Create:
    return Create(kind="role", key=name, fields={"name": name, "access_level": level, "permissions": permissions})


def _person(name: str, email: str, role: str, department: str) -> Create:
    fields = {"name": name, "email": email, "roles": [role], "groups": {department: {}}, "primary_group": department}
    return Create(kind="user", key=email, fields=fields)


def _department(place: int) -> str:
    fields, places = _FIELDS.split(), _PLACES.split()
    lap, rest = divmod(place, len(fields) * len(places))
    name = f"{fields[rest % len(fields)]} {places[rest // len(fields)]}"
    return name if lap == 0 else f"{name} {lap + 1}"
