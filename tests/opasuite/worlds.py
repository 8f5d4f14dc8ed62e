"""Worlds that an Opa! Suite can hold: people by login with one permission group, networks within permission groups."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ccconf.conformance.worlds import World
from ccconf.model.hours import DAYS
from ccconf.model.kinds import KINDS, as_data

GROUPS = ("Vendas", "Łódź 2", "O'Brien & Co", "Отдел", "a#b", "100%", "Atenção: {nome}", "$ne", "王")
ROLES = ("Gestores", "Equipe #2", "Só leitura")
PERIODS = ("Plantão", "24 horas")

_descriptions = st.sampled_from(["Novos clientes", "Linha 1\nLinha 2", "\"aspas\" & 'apóstrofos'", "{}", "$where"])
_people = st.sampled_from(["Ana Alba", "Zé", "Łucja Żak", "D'Ávila; Neta", "王 伟"])
_permissions = st.dictionaries(
    st.sampled_from(["menu.users", "conversations.take_over", "ongoing.company", "audit.read", "api.users"]),
    st.just(True),
    max_size=3,
)
_shifts = st.sampled_from([("08:00-16:00",), ("08:00-12:00", "12:30-17:00"), ("18:15-24:00",)])
_networks = st.dictionaries(
    st.sampled_from(["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"]), st.sampled_from(["", "casa"]), min_size=1
)


def group(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A department."""
    return {"name": name, **({"description": draw(_descriptions)} if draw(st.booleans()) else {})}


def role(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A permission group."""
    level = {"access_level": draw(st.sampled_from(["Administrador", "Gestor", "Operador"]))}
    return {"name": name, **(level if draw(st.booleans()) else {}), "permissions": draw(_permissions)}


def user(draw: st.DrawFn, email: str, groups: list[str], roles: list[str]) -> dict[str, Any]:
    """Somebody in one or two departments, with one permission group."""
    homes = draw(st.lists(st.sampled_from(groups), min_size=1, max_size=2, unique=True))
    body: dict[str, Any] = {"name": draw(_people), "email": email, "roles": [draw(st.sampled_from(roles))]}
    body["groups"] = {home: {"role": "responsible"} if draw(st.booleans()) else {} for home in homes}
    if draw(st.booleans()):
        body["primary_group"] = homes[-1]
    if draw(st.booleans()):
        body["extension"] = str(2000 + sum(map(ord, email)))
    if draw(st.booleans()):
        body["status"] = draw(st.sampled_from(["active", "inactive"]))
    return body


def schedule(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A service period, some with holidays."""
    weekly = {day: draw(_shifts) for day in DAYS if draw(st.integers(0, 2)) == 0} or {"mon": ("22:00-06:00",)}
    holidays = [{"date": "12-25", "name": "Natal"}] if draw(st.booleans()) else []
    return {"name": name, "weekly": weekly, **({"holidays": holidays} if holidays else {})}


def allowlist(draw: st.DrawFn) -> dict[str, Any]:
    """Redes permitidas of a permission group."""
    return {"networks": draw(_networks)}


def canonical(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The object as plain data in the one form in which it is compared."""
    spec = KINDS[kind].by_name
    return as_data(KINDS[kind].make({name: spec[name].shape.canonical(value) for name, value in body.items()}))


@st.composite
def departments(draw: st.DrawFn) -> World:
    """Up to three departments, and nothing else."""
    names = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True))
    return {kind: {} for kind in KINDS} | {"group": {name: group(draw, name) for name in names}}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A little of everything."""
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True))
    roles = draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True))
    people = [f"p{place}@centro.example" for place in range(draw(st.integers(1, 2)))]
    periods = draw(st.lists(st.sampled_from(PERIODS), max_size=1))
    made = {
        "group": {name: group(draw, name) for name in groups},
        "role": {name: role(draw, name) for name in roles},
        "allowlist": {name: allowlist(draw) for name in roles if draw(st.booleans())},
        "schedule": {name: schedule(draw, name) for name in periods},
        "user": {email: user(draw, email, groups, roles) for email in people},
        "skill": {},
    }
    return {kind: {key: canonical(kind, body) for key, body in keyed.items()} for kind, keyed in made.items()}
