"""Two estates on the screens of their vendors, in both languages of each: typed in, read off, changed, cleared away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ccconf.conformance.worlds import PICTURES, read_picture
from ccconf.embedded.screens import Screens
from ccconf.embedded.world import World
from ccconf.emulation import Server, serving
from ccconf.errors import Rejected
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.model.change import Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import as_data
from ccconf.model.licence import Licence
from ccconf.platform.record import Snapshot
from tests.screens.person import Person

Estate = dict[str, dict[str, dict[str, Any]]]

OPASUITE: Estate = {
    "role": {
        "Atendimento": {
            "name": "Atendimento",
            "access_level": "Operador",
            "permissions": {"conversations.take_over": True, "ongoing.department": True, "later.found": True},
        },
        "Gestão": {"name": "Gestão", "access_level": "Gestor", "permissions": {"menu.permissions": True}},
    },
    "schedule": {
        "Comercial": {
            "name": "Comercial",
            "weekly": {"mon": ["08:00-12:00", "13:30-18:00"], "sat": ["08:00-12:00"]},
            "holidays": [{"date": "12-24", "until": "12-26", "name": "Natal"}, {"date": "2026-09-07"}],
        }
    },
    "group": {
        "Suporte": {"name": "Suporte", "description": "Primeiro nível.\nE segundo."},
        "Vendas": {"name": "Vendas"},
    },
    "allowlist": {"Gestão": {"networks": {"198.51.100.7": "", "203.0.113.0/24": "Matriz"}}},
    "user": {
        "ana@example.org": {
            "name": "Ana",
            "email": "ana@example.org",
            "extension": "101",
            "type": "human",
            "status": "active",
            "roles": ["Gestão"],
            "groups": {"Suporte": {"role": "responsible"}, "Vendas": {}},
            "primary_group": "Suporte",
            "avatar": sorted(PICTURES)[0],
        },
        "bot@example.org": {
            "name": "Bot",
            "email": "bot@example.org",
            "type": "bot",
            "status": "inactive",
            "roles": ["Atendimento"],
        },
    },
}

IQCHANNELS: Estate = {
    "role": {
        "Оператор": {"name": "Оператор", "scope": "system", "permissions": {"users": "read", "chats": "admin"}},
        "Старший": {"name": "Старший", "scope": "segment", "segment": "Розница"},
    },
    "skill": {"Английский": {"name": "Английский", "description": "Пишет и читает."}},
    "schedule": {
        "День": {
            "name": "День",
            "timezone": "Europe/Moscow",
            "weekly": {"mon": ["09:00-18:00"], "tue": ["22:00-06:00"]},
            "breaks": {"mon": ["13:00-14:00"]},
            "lateness_minutes": 0,
            "overtime_minutes": 15,
        }
    },
    "group": {"Розница": {"name": "Розница", "schedule": "День"}},
    "user": {
        "anna@example.org": {
            "name": "Анна",
            "email": "anna@example.org",
            "position": "Оператор",
            "type": "human",
            "status": "active",
            "roles": ["Оператор"],
            "skills": {"Английский": 4},
            "schedule": "День",
            "groups": {"Розница": {}},
        },
        "boris@example.org": {"name": "Борис", "email": "boris@example.org", "type": "human", "status": "inactive"},
    },
}

VENDORS = {"opasuite": (OPASUITE, ("en", "pt-BR")), "iqchannels": (IQCHANNELS, ("en", "ru"))}


class Desk(NamedTuple):
    """Somebody at the screens of a vendor, and what they are to bring there."""

    person: Person
    estate: Estate


@pytest.fixture(params=[(name, language) for name, (_, languages) in VENDORS.items() for language in languages])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    name, language = request.param
    package = f"ccconf.platforms.{name}"
    facts, guide = facts_of(package), guide_of(package)
    world = World(tmp_path / "world.db", facts, Licence(modules=("iqpro",)))
    with serving(Server(Screens(world, facts, guide, language).answer)) as server:
        yield Desk(Person(server.url, facts, guide, language, read_file=read_picture), VENDORS[name][0])
    world.close()


@pytest.fixture
def peopled(desk: Desk) -> Desk:
    """With everything in its place."""
    for kind, objects in desk.estate.items():
        for key, fields in objects.items():
            desk.person.perform(Create(kind=kind, key=key, fields=fields))
    return desk


def shown(seen: Snapshot) -> Estate:
    return {
        kind: {name: as_data(entry.resource) for name, entry in known.objects.items()}
        for kind, known in seen.kinds.items()
    }


def test_an_estate_is_typed_in_and_read_off(peopled: Desk) -> None:
    assert shown(peopled.person.look(peopled.estate)) == peopled.estate


def test_a_person_is_made_inactive_and_renamed(peopled: Desk) -> None:
    before = next(iter(peopled.estate["user"]))
    changes = (
        FieldChange(field="key", before=before, after="other@example.org"),
        FieldChange(field="status", before="active", after="inactive"),
    )
    peopled.person.perform(Update(kind="user", key="other@example.org", native_id=before, revision="", changes=changes))
    users = shown(peopled.person.look(["user"]))["user"]
    wanted = {**peopled.estate["user"][before], "status": "inactive", "email": "other@example.org"}
    assert users["other@example.org"] == wanted
    assert before not in users


def test_what_people_depend_on_stays(peopled: Desk) -> None:
    role = peopled.estate["user"][next(iter(peopled.estate["user"]))]["roles"][0]
    with pytest.raises(Rejected, match=f"role/{role} is still used by user/"):
        peopled.person.perform(Delete(kind="role", key=role, native_id=role, revision="", fields={}))


def test_who_left_iqchannels_can_come_back_and_nobody_leaves_opasuite_for_good(peopled: Desk) -> None:
    name = next(iter(peopled.estate["user"]))
    leaving = Delete(kind="user", key=name, native_id=name, revision="", fields={})
    if peopled.estate is OPASUITE:
        with pytest.raises(Rejected, match=name):
            peopled.person.perform(leaving)
        return
    peopled.person.perform(leaving)
    seen = peopled.person.look(["user"]).kinds["user"]
    assert as_data(seen.departed[name].resource) == peopled.estate["user"][name]
    peopled.person.perform(Restore(kind="user", key=name, native_id=name, revision="", changes=()))
    assert shown(peopled.person.look(["user"]))["user"] == peopled.estate["user"]
