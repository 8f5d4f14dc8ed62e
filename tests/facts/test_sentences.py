"""Every sentence of the four documents that states a possibility, a permission, a limit or a prohibition.

`docs/platforms/sentences.md` lists them with the rows of facts.yaml, the test here that shows them offline, and the tests
in `tests/byhand` that show them on an emulator; the last tests here hold that table to all three.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from ccconf.platform.discovery import find
from ccconf.platform.facts import Facts, Labelled, Operation, Permission, Route
from tests.examples_support import Screen, typed

IQ, IPTEL, OPA, PBX = "iqchannels", "iptel", "opasuite", "threecx"
DONE, MISTAKE, CHANGES = 0, 1, 2
TABLE = Path(__file__).parents[2] / "docs" / "platforms" / "sentences.md"


def facts(vendor: str) -> Facts:
    return find(vendor, None).facts


def permission(vendor: str, name: str) -> Permission:
    return next(row for row in facts(vendor).catalogue.permissions if row.id == name)


def screen(vendor: str, name: str) -> Labelled:
    return next(row for row in facts(vendor).screens if row.id == name)


def seeded(vendor: str, kind: str, *operations: Operation) -> bool:
    """Whether the document itself says that the operations exist, and somebody can do them."""
    rows = {row.operation: row for row in facts(vendor).support if row.kind == kind}
    return all(rows[name].certainty == "seed" and rows[name].route is not Route.NO for name in operations)


class Desk:
    """A project whose embedded platform is like a vendor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings("")

    def settings(self, more: str) -> None:
        self.more = more

    def wants(self, vendor: str, manifest: str) -> None:
        head = f"version: 1\ntargets:\n  t:\n    platform: local\n    like: {vendor}\n    url: live.db\n    manifests: [now.yaml]\n"
        (self.folder / "ccconf.yaml").write_text(head + "".join(f"    {line}\n" for line in self.more.splitlines()))
        (self.folder / "now.yaml").write_text(manifest)

    def validate(self, vendor: str, manifest: str) -> Screen:
        self.wants(vendor, manifest)
        return typed("validate")

    def plan(self, vendor: str, manifest: str) -> Screen:
        self.wants(vendor, manifest)
        return typed("plan")

    def apply(self, vendor: str, manifest: str) -> str:
        self.wants(vendor, manifest)
        done = typed("apply --yes")
        assert done.code == DONE, done.text
        assert typed("plan").code == DONE
        return done.text

    def keys(self, query: str) -> set[str]:
        """The keys that `ccconf show` finds on the platform."""
        return {row["key"] for row in self.shown(query)}

    def shown(self, query: str) -> Any:
        told = typed(f"show {query} --format json")
        assert told.code == DONE, told.text
        return msgspec.json.decode(told.text)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


# --------------------------------------------------------------------------------------------- seed 000: iQChannels


def test_iqchannels_off_shows_no_section(desk: Desk) -> None:
    users = permission(IQ, "users")
    assert (users.source, users.levels[0], users.level_labels["off"]["ru"]) == ("seed 000", "off", "Выключен")
    user = "users: {a: {name: A, roles: [r]}}\n"
    desk.apply(IQ, f"roles: {{r: {{permissions: {{users: off}}}}}}\n{user}")
    assert desk.plan(IQ, f"roles: {{r: {{permissions: {{}}}}}}\n{user}").code == DONE, "off is the same as not granted"


def test_iqchannels_read_looks_and_does_not_change(desk: Desk) -> None:
    users = permission(IQ, "users")
    assert users.levels.index("read") == 1, "more than off, less than administrator"
    assert users.level_labels["read"]["ru"] == "На чтение"
    assert (
        desk.validate(IQ, "roles: {r: {permissions: {users: read}}}\nusers: {a: {name: A, roles: [r]}}\n").code == DONE
    )
    found = desk.validate(IQ, "roles: {r: {permissions: {users: write}}}\nusers: {a: {name: A, roles: [r]}}\n")
    assert "CC405 users (Раздел «Пользователи») cannot be write" in found.text


def test_iqchannels_administrator_creates_and_changes_people(desk: Desk) -> None:
    users = permission(IQ, "users")
    assert (users.levels[-1], users.level_labels["admin"]["ru"]) == ("admin", "Администратор")
    assert (users.sensitivity, users.why.partition(",")[0]) == ("high", "creates and changes people")
    role = "roles: {r: {permissions: {users: %s}}}\nusers: {a: {name: A, roles: [r]}}\n"
    desk.apply(IQ, role % "read")
    planned = desk.plan(IQ, role % "admin")
    assert planned.code == CHANGES
    assert "! permissions" in planned.text, "it changes what somebody may do"


def test_iqchannels_section_users_has_four_tabs() -> None:
    tabs = {"users": "Пользователи", "roles": "Роли", "skills": "Навыки", "schedules": "График работы"}
    assert {row.id: row.labels["ru"] for row in facts(IQ).screens} == {
        name: f"Основное меню → Пользователи → вкладка «{tab}»" for name, tab in tabs.items()
    }
    assert {row.source for row in facts(IQ).screens} == {"seed 000"}


def test_iqchannels_a_user_is_created_and_changed(desk: Desk) -> None:
    assert seeded(IQ, "user", Operation.CREATE, Operation.UPDATE)
    desk.apply(IQ, "users: {a: {name: A, position: Operator}}\n")
    assert desk.shown("user a")["fields"]["position"] == "Operator"
    desk.apply(IQ, "users: {a: {name: A, position: Lead}}\n")
    assert desk.shown("user a")["fields"]["position"] == "Lead"


def test_iqchannels_a_skill_is_given_to_a_user(desk: Desk) -> None:
    desk.settings("licence: {edition: base, modules: [iqpro]}")
    desk.apply(IQ, "skills: {english: {}}\nusers: {a: {name: A, skills: {english: 2}}}\n")
    assert desk.shown("user a")["fields"]["skills"] == {"english": 2}


def test_iqchannels_a_deleted_user_is_restored(desk: Desk) -> None:
    assert seeded(IQ, "user", Operation.DELETE, Operation.RESTORE)
    desk.settings("leavers: delete")
    both = "users: {a: {name: A}, b: {name: B}}\n"
    desk.apply(IQ, both)
    desk.apply(IQ, "users: {a: {name: A}}\n")
    assert desk.keys("user") == {"a"}
    desk.wants(IQ, both)
    steps = msgspec.json.decode(typed("plan --format json").text)["steps"]
    assert [step["change"]["action"] for step in steps] == ["restore"]
    desk.apply(IQ, both)
    assert desk.keys("user") == {"a", "b"}


def test_iqchannels_a_user_is_made_inactive(desk: Desk) -> None:
    assert "status" in facts(IQ).fields["user"]
    desk.apply(IQ, "users: {a: {name: A, status: active}}\n")
    planned = desk.plan(IQ, "users: {a: {name: A, status: inactive}}\n")
    assert "then open appeals go back to the queue" in planned.text
    desk.apply(IQ, "users: {a: {name: A, status: inactive}}\n")
    assert desk.keys("user --status inactive") == {"a"}


def test_iqchannels_a_picture_is_loaded_and_removed(desk: Desk) -> None:
    assert "avatar" in facts(IQ).fields["user"]
    (desk.folder / "a.png").write_bytes(b"\x89PNG a")
    desk.apply(IQ, "users: {a: {name: A, avatar: a.png}}\n")
    assert desk.shown("user a")["fields"]["avatar"].startswith("sha256:")
    desk.apply(IQ, "users: {a: {name: A, avatar: null}}\n")
    assert "avatar" not in desk.shown("user a")["fields"]


def test_iqchannels_users_are_filtered_by_role_and_status(desk: Desk) -> None:
    desk.apply(
        IQ, "roles: {r: {}, s: {}}\nusers:\n  a: {name: A, roles: [r]}\n  b: {name: B, roles: [s], status: inactive}\n"
    )
    assert desk.keys("user --role r") == {"a"}
    assert desk.keys("user --status inactive") == {"b"}


def test_iqchannels_users_are_searched_by_name_address_and_position(desk: Desk) -> None:
    people = "users:\n  a: {name: Вера Луговая, email: vera@example.org, position: Lead}\n  b: {name: B, email: b@example.org, position: Operator}\n"
    desk.apply(IQ, people)
    assert desk.keys("user --name вера") == desk.keys("user --email vera") == desk.keys("user --position lead") == {"a"}


def test_iqchannels_without_module_bots_no_user_of_type_bot(desk: Desk) -> None:
    bot = "users: {a: {name: A, type: bot}}\n"
    desk.settings("licence: {edition: base}")
    assert "CC401 1 users of type bot: the licence allows none" in desk.validate(IQ, bot).text
    desk.settings("licence: {edition: base, modules: [bots]}")
    assert desk.validate(IQ, bot).code == DONE
    module = next(row for row in facts(IQ).modules if row.id == "bots")
    assert (module.source, module.labels["ru"]) == ("seed 000", "Модуль «Боты»")


def test_iqchannels_roles_are_created_changed_deleted_and_given(desk: Desk) -> None:
    assert seeded(IQ, "role", Operation.CREATE, Operation.UPDATE, Operation.DELETE)
    desk.apply(IQ, "roles: {r: {}, s: {}}\nusers: {a: {name: A, roles: [r, s]}}\n")
    assert set(desk.shown("user a")["fields"]["roles"]) == {"r", "s"}
    desk.apply(IQ, "roles: {r: {permissions: {users: read}}}\nusers: {a: {name: A, roles: [r]}}\n")
    assert desk.keys("role") == {"r"}
    assert desk.shown("role r")["fields"]["permissions"] == {"users": "read"}


def test_iqchannels_segment_roles_are_apart_from_system_roles(desk: Desk) -> None:
    role = "roles: {r: {scope: segment%s}}\nusers: {a: {name: A, roles: [r]}}\n"
    assert "CC403 role/r: a segment role names its segment" in desk.validate(IQ, role % ", segment: null").text
    assert "CC403 role/r: a segment role names its segment" in desk.plan(IQ, role % "").text
    assert desk.plan(IQ, role % ", segment: Карты").code == CHANGES


def test_iqchannels_roles_need_no_licence(desk: Desk) -> None:
    assert not [rule for rule in facts(IQ).rules if rule.select.kind == "role"]
    desk.settings("licence: {edition: base}")
    many = [f"r{number}" for number in range(30)]
    roles = "".join(f"  {key}: {{}}\n" for key in many)
    assert desk.plan(IQ, f"roles:\n{roles}users: {{a: {{name: A, roles: [{', '.join(many)}]}}}}\n").code == CHANGES


def test_iqchannels_skills_are_added_changed_and_deleted(desk: Desk) -> None:
    assert seeded(IQ, "skill", Operation.CREATE, Operation.UPDATE, Operation.DELETE)
    desk.settings("licence: {edition: base, modules: [iqpro]}")
    desk.apply(IQ, "skills: {x: {}, y: {}}\nusers: {a: {name: A, skills: {x: 1, y: 1}}}\n")
    desk.apply(IQ, "skills: {x: {description: Cards}}\nusers: {a: {name: A, skills: {x: 1}}}\n")
    assert desk.keys("skill") == {"x"}
    assert desk.shown("skill x")["fields"]["description"] == "Cards"


def test_iqchannels_a_skill_shows_who_has_it(desk: Desk) -> None:
    desk.settings("licence: {edition: base, modules: [iqpro]}")
    desk.apply(IQ, "skills: {x: {}}\nusers: {a: {name: A, skills: {x: 1}}, b: {name: B}}\n")
    assert desk.keys("user --skill x") == {"a"}


def test_iqchannels_skills_need_iqpro(desk: Desk) -> None:
    skill = "skills: {x: {}}\nusers: {a: {name: A, skills: {x: 1}}}\n"
    desk.settings("licence: {edition: base}")
    found = desk.validate(IQ, skill)
    assert "CC401 1 skills: the licence allows none" in found.text
    assert "buy module iqpro" in found.text
    desk.settings("licence: {edition: base, modules: [iqpro]}")
    assert desk.validate(IQ, skill).code == DONE
    module = next(row for row in facts(IQ).modules if row.id == "iqpro")
    assert (module.source, module.labels["ru"]) == ("seed 000", "Пакет расширения «iQPro»")


def test_iqchannels_schedules_are_added_changed_and_deleted(desk: Desk) -> None:
    assert seeded(IQ, "schedule", Operation.CREATE, Operation.UPDATE, Operation.DELETE)
    desk.apply(IQ, "schedules: {x: {}, y: {}}\nusers: {a: {name: A, schedule: x}, b: {name: B, schedule: y}}\n")
    desk.apply(
        IQ, "schedules: {x: {description: Day}}\nusers: {a: {name: A, schedule: x}, b: {name: B, schedule: x}}\n"
    )
    assert desk.keys("schedule") == {"x"}
    assert desk.shown("schedule x")["fields"]["description"] == "Day"


def test_iqchannels_one_schedule_for_everybody(desk: Desk) -> None:
    desk.apply(IQ, "defaults: {users: {schedule: day}}\nschedules: {day: {}}\nusers: {a: {name: A}, b: {name: B}}\n")
    assert {desk.shown(f"user {key}")["fields"]["schedule"] for key in "ab"} == {"day"}


def test_iqchannels_schedules_watch_lateness_overtime_and_breaks(desk: Desk) -> None:
    fields = {"weekly", "breaks", "lateness_minutes", "overtime_minutes"}
    assert fields <= set(facts(IQ).fields["schedule"])
    day = "{weekly: {mon: ['09:00-17:00']}, breaks: {mon: ['12:00-12:30']}, lateness_minutes: 5, overtime_minutes: 15}"
    desk.apply(IQ, f"schedules: {{day: {day}}}\nusers: {{a: {{name: A, schedule: day}}}}\n")
    assert fields <= desk.shown("schedule day")["fields"].keys()


def _schedules(count: int) -> str:
    keys = [f"s{number}" for number in range(count)]
    users = "".join(f"  u{key}: {{name: U, schedule: {key}}}\n" for key in keys)
    return f"schedules: {{{', '.join(f'{key}: {{}}' for key in keys)}}}\nusers:\n{users}"


def test_iqchannels_base_licence_has_two_schedules(desk: Desk) -> None:
    desk.settings("licence: {edition: base}")
    assert desk.validate(IQ, _schedules(2)).code == DONE
    assert "CC401 3 work schedules: the licence allows 2" in desk.validate(IQ, _schedules(3)).text
    assert facts(IQ).editions[0].labels["ru"] == "Базовая лицензия"


def test_iqchannels_iqpro_opens_a_third_schedule(desk: Desk) -> None:
    desk.settings("licence: {edition: base, modules: [iqpro]}")
    desk.apply(IQ, _schedules(3))
    assert len(desk.keys("schedule")) == 3


# -------------------------------------------------------------------------------------------------- seed 001: IPTEL


def test_iptel_roles_of_a_group_decide_what_its_users_may_do(desk: Desk) -> None:
    desk.apply(
        IPTEL,
        "roles: {reports: {}}\ngroups: {g: {roles: [reports]}, h: {}}\nusers: {a: {name: A, groups: [g]}, b: {name: B, groups: [h]}}\n",
    )
    assert desk.keys("user --role reports") == {"a"}
    found = desk.validate(IPTEL, "roles: {r: {}}\ngroups: {g: {}}\nusers: {a: {name: A, groups: [g], roles: [r]}}\n")
    assert "CC407 IPTEL call centre has no roles of a user" in found.text, "roles come through groups only"


def test_iptel_administrators_may_more_than_operators(desk: Desk) -> None:
    desk.apply(IPTEL, "roles: {calls: {}, users: {}}\ngroups: {admins: {roles: [calls, users]}, operators: {roles: [calls]}}\n"
                      "users: {a: {name: A, groups: [admins]}, o: {name: O, groups: [operators]}}\n")  # fmt: skip
    assert desk.keys("user --role calls") == {"a", "o"}
    assert desk.keys("user --role users") == {"a"}


def test_iptel_groups_and_rights_shows_all_groups(desk: Desk) -> None:
    assert seeded(IPTEL, "group", Operation.READ)
    assert (screen(IPTEL, "groups").labels["en"], screen(IPTEL, "groups").source) == ("Groups and Rights", "seed 001")
    desk.apply(IPTEL, "groups: {g: {}, h: {}}\nusers: {a: {name: A, groups: [g, h]}}\n")
    assert desk.keys("group") == {"g", "h"}


def test_iptel_a_group_shows_its_employees(desk: Desk) -> None:
    desk.apply(IPTEL, "groups: {g: {}, h: {}}\nusers: {a: {name: A, groups: [g]}, b: {name: B, groups: [g, h]}}\n")
    assert desk.keys("user --group g") == {"a", "b"}
    assert desk.keys("user --group h") == {"b"}


def test_iptel_a_group_shows_its_permissions(desk: Desk) -> None:
    assert seeded(IPTEL, "role", Operation.READ)
    desk.apply(IPTEL, "roles: {reports: {}}\ngroups: {g: {roles: [reports]}}\nusers: {a: {name: A, groups: [g]}}\n")
    assert desk.shown("group g")["fields"]["roles"] == ["reports"]


def test_iptel_a_group_is_added_with_name_and_roles(desk: Desk) -> None:
    assert seeded(IPTEL, "group", Operation.CREATE)
    assert [screen(IPTEL, name).labels["en"] for name in ("add-group", "group-name", "submit")] == [
        "Add User Group", "Group Name", "Submit",
    ]  # fmt: skip
    desk.apply(IPTEL, "roles: {r: {}}\ngroups: {g: {name: Outbound, roles: [r]}}\nusers: {a: {name: A, groups: [g]}}\n")
    assert desk.shown("group g")["fields"]["name"] == "Outbound"


def test_iptel_roles_are_asked_of_the_vendor(desk: Desk) -> None:
    known = facts(IPTEL)
    assert (known.catalogue.permissions, known.catalogue.open, known.fields["role"]) == ((), True, ("name",))
    ways = {row.operation: row for row in known.support if row.kind == "role"}
    assert ways[Operation.CREATE].route is Route.NO
    assert (
        desk.validate(
            IPTEL,
            "roles: {Anything at all: {}}\ngroups: {g: {roles: [Anything at all]}}\nusers: {a: {name: A, groups: [g]}}\n",
        ).code
        == DONE
    )


def test_iptel_name_and_roles_of_a_group_change_in_one_form(desk: Desk) -> None:
    assert seeded(IPTEL, "group", Operation.UPDATE, Operation.RENAME)
    rest = "users: {a: {name: A, groups: [g]}}\nroles: {r: {}, s: {}}\n"
    desk.apply(IPTEL, f"{rest}groups: {{g: {{name: Old, roles: [r, s]}}}}\n")
    desk.wants(IPTEL, f"{rest}groups: {{g: {{name: New, roles: [s]}}}}\n")
    steps = msgspec.json.decode(typed("plan --format json").text)["steps"]
    changed = [
        {row["field"] for row in step["change"]["changes"]} for step in steps if step["change"]["kind"] == "group"
    ]
    assert changed == [{"name", "roles"}]


def test_iptel_the_only_group_of_somebody_cannot_be_deleted(desk: Desk) -> None:
    desk.apply(IPTEL, "groups: {old: {}, new: {}}\nusers: {a: {name: A, groups: [old]}, b: {name: B, groups: [new]}}\n")
    found = desk.plan(IPTEL, "groups: {new: {}}\nusers: {a: {name: A, groups: []}, b: {name: B, groups: [new]}}\n")
    assert found.code == MISTAKE
    assert "CC403 user/a: everybody keeps at least one group" in found.text


def test_iptel_a_group_that_is_nobodys_only_one_is_deleted(desk: Desk) -> None:
    assert seeded(IPTEL, "group", Operation.DELETE)
    assert screen(IPTEL, "deleted").labels["en"] == "Group deleted successfully."
    desk.apply(IPTEL, "groups: {old: {}, new: {}}\nusers: {a: {name: A, groups: [old]}, b: {name: B, groups: [new]}}\n")
    desk.apply(IPTEL, "groups: {new: {}}\nusers: {a: {name: A, groups: [new]}, b: {name: B, groups: [new]}}\n")
    assert desk.keys("group") == {"new"}


# --------------------------------------------------------------------------------------------- seed 003: Opa! Suite

TOGGLES = {
    "dashboards.general": "Dashboard Geral",
    "dashboards.customer": "Dashboard Cliente",
    "conversations.take_over": "Assumir Atendimento",
    "conversations.change_department": "Alterar Departamento",
    "conversations.call_unregistered": "Chamar Contato Não Cadastrado",
    "conversations.link_customers": "Vincular ou Desvincular Clientes",
    "conversations.add_tags": "Vincular Etiquetas",
    "conversations.remove_tags": "Remover Etiquetas",
    "conversations.transfer_to_call_center": "Transferir Atendimentos Para o Opa! Suite Call Center",
    "conversations.end_during_survey": "Finalizar Atendimento em Pesquisa de Satisfação",
    "ongoing.department": "Departamento",
    "ongoing.company": "Empresa",
    "finished.department": "Departamento",
    "finished.company": "Empresa",
    "passwords.without_current": "Alterar Senha Sem a Confirmação da Senha Atual",
    "passwords.of_everyone": "Alterar Senha de Todos os Usuários",
    "internal_groups.create": "Criar Grupos",
    "internal_groups.edit": "Editar Informações",
    "release.temporary": "Liberar Temporariamente",
    "customer_sync.quick": "Sincronização Rápida de Clientes",
    "customer_sync.full": "Sincronização Completa de Clientes",
    "integrations.backup": "Backup",
    "menu.mass_sending": "Envio em Massa",
    "menu.users": "Usuários",
    "menu.leads": "Leads",
    "menu.integrations": "Integrações",
    "menu.virtual_agents": "Agentes Virtuais",
    "menu.backups": "Backups",
    "menu.company": "Empresa",
    "menu.departments": "Departamentos",
    "menu.company_tags": "Etiquetas da Empresa",
    "menu.user_tags": "Etiquetas de Usuário",
    "menu.webhooks": "Webhooks",
    "menu.permissions": "Permissões",
    "menu.parameters": "Parâmetros",
    "menu.holidays": "Feriados",
}

ONE_USER = "groups: {d: {}}\nusers: {a: {name: A, groups: [d], roles: [r]}}\n"


def test_opasuite_access_is_released_and_restricted_by_permission_group(desk: Desk) -> None:
    role = "roles: {r: {permissions: {menu.users: %s}}}\n" + ONE_USER
    desk.apply(OPA, role % "true")
    restricted = desk.plan(OPA, role % "false")
    assert (restricted.code, "! permissions" in restricted.text) == (CHANGES, True)
    found = desk.validate(
        OPA, "roles: {r: {}, s: {}}\ngroups: {d: {}}\nusers: {a: {name: A, groups: [d], roles: [r, s]}}\n"
    )
    assert "CC403 user/a: everybody has exactly one permission group (role)" in found.text


@pytest.mark.parametrize("name", TOGGLES)
def test_opasuite_a_permission_group_has_the_toggle(name: str, desk: Desk) -> None:
    row = permission(OPA, name)
    assert (row.labels["pt-BR"], row.source, row.certainty) == (TOGGLES[name], "seed 003", "seed")
    assert row.levels == ("no", "yes")
    desk.settings("licence: {modules: [call-center]}")
    found = desk.validate(OPA, f"roles: {{r: {{permissions: {{{name}: true}}}}}}\n{ONE_USER}")
    assert found.text == "3 objects in t: 0 errors, 0 warnings\n"


def test_opasuite_the_document_has_no_other_toggle() -> None:
    assert [row.id for row in facts(OPA).catalogue.permissions if row.source == "seed 003"] == list(TOGGLES)


def test_opasuite_a_call_center_must_be_linked_for_transfers(desk: Desk) -> None:
    desk.settings("licence: {seats: 5}")
    transfer = "roles: {r: {permissions: {conversations.transfer_to_call_center: true}}}\n" + ONE_USER
    found = desk.validate(OPA, transfer)
    assert "CC401 the permission conversations.transfer_to_call_center" in found.text
    assert "buy module call-center" in found.text


def test_opasuite_allowed_networks_are_set_by_permission_group(desk: Desk) -> None:
    assert (screen(OPA, "networks").labels["pt-BR"], screen(OPA, "networks").source) == ("Redes permitidas", "seed 003")
    desk.apply(OPA, "allowlists: {r: {networks: [203.0.113.7, 203.0.113.64/26]}}\nroles: {r: {}}\n" + ONE_USER)
    assert set(desk.shown("allowlist r")["fields"]["networks"]) == {"203.0.113.7", "203.0.113.64/26"}
    elsewhere = desk.validate(OPA, "allowlists: {office: {networks: [203.0.113.7]}}\n" + ONE_USER)
    assert "CC417 Opa! Suite has no place for allowlist/office" in elsewhere.text
    assert "name it like the role whose it is" in elsewhere.text


# --------------------------------------------------------------------------------------------------- seed 004: 3CX

RIGHTS = {
    "rights.see_members": "Obserwowanie członków grupy",
    "rights.see_calls": "Obserwowanie połączeń z grupy",
    "rights.show_presence": "Udostępnienie statusu obecności członkom grupy",
    "rights.show_calls": "Udostępnianie informacji o połączeniach członkom grupy",
    "rights.perform_operations": "Wykonywanie działań (przekierowywanie, transferowanie, przejmowanie)",
    "rights.barge_in": "Wdzwanianie się w aktywne połączenia, tryb nasłuchiwania, tryb szeptu",
    "rights.intercom": "Wdzwanianie się za pomocą interkomu",
    "rights.park_calls": "Możliwość parkowania połączeń",
    "rights.control_ivr": "Kontrola IVR",
    "rights.phone_book": "Zarządzanie firmową książką telefoniczną",
    "rights.reception": "Wykonywanie działań recepcji (przypomnienia, zameldowanie, wymeldowanie)",
    "rights.change_presence": "Wykonywanie działań recepcji (ustawienia statusów)",
    "rights.recordings": "Może widzieć nagrania grupy",
}
CONSOLE = {
    "console.own_extension": "Zarządzanie własnym kontem",
    "console.group_extensions": "Zarządzanie abonentami z grup, których jesteś członkiem",
    "console.all_extensions": "Zarządzanie wszystkimi abonentami",
    "console.sip_trunks": "Administracja Trunkami SIP",
    "console.system": "Administracja systemem",
    "console.phone_system": "Administracja systemem telefonicznym",
    "console.monitors": "Monitory (raporty, logi czatów, logi połączeń i nagrania)",
    "console.download_recordings": "Możliwość pobierania nagrań",
}

ANN = "users: {ann: {name: Ann, extension: '101', groups: %s}}\n"


def test_threecx_users_are_in_groups_for_what_they_may_do(desk: Desk) -> None:
    assert "CC403 user/ann: everybody is in at least one department" in desk.validate(PBX, ANN % "[]").text
    assert desk.validate(PBX, "groups: {g: {}}\n" + ANN % "[g]").code == DONE


def test_threecx_a_group_is_made_or_edited(desk: Desk) -> None:
    assert (screen(PBX, "groups").labels["pl"], screen(PBX, "groups").source) == ("Abonenci → Grupy", "seed 004")
    desk.apply(PBX, "groups: {g: {name: Old}}\n" + ANN % "[g]")
    desk.apply(PBX, "groups: {g: {name: New}}\n" + ANN % "[g]")
    assert desk.shown("group g")["fields"]["name"] == "New"


def test_threecx_users_are_added_to_and_removed_from_a_group(desk: Desk) -> None:
    groups = "groups: {g: {}, h: {}}\nusers: {ann: {name: Ann, extension: '101', groups: [g%s]}, bob: {name: Bob, extension: '102', groups: [h]}}\n"
    desk.apply(PBX, groups % ", h")
    assert desk.keys("user --group h") == {"ann", "bob"}
    desk.apply(PBX, groups % "")
    assert desk.keys("user --group h") == {"bob"}


@pytest.mark.parametrize("role", ["managers", "users"])
def test_threecx_a_group_sets_the_same_rights_for_manager_and_user(role: str, desk: Desk) -> None:
    desk.settings("licence: {edition: pro}")
    every = ", ".join(f"{name}: true" for name in RIGHTS)
    desk.apply(PBX, f"groups: {{g: {{rights: {{{role}: {{{every}}}}}}}}}\n" + ANN % f"{{g: {{role: {role}}}}}")
    assert desk.shown("group g")["fields"]["rights"][role].keys() == RIGHTS.keys()


@pytest.mark.parametrize("name", RIGHTS)
def test_threecx_a_group_has_the_right(name: str, desk: Desk) -> None:
    row = permission(PBX, name)
    assert row.labels["pl"] == RIGHTS[name]
    assert row.source.startswith("seed 004")
    assert row.field
    desk.settings("licence: {edition: pro}")
    found = desk.validate(PBX, f"groups: {{g: {{rights: {{users: {{{name}: true}}}}}}}}\n" + ANN % "{g: {role: users}}")
    assert found.text == "2 objects in t: 0 errors, 0 warnings\n"


def _gated(desk: Desk, name: str) -> dict[str, bool]:
    seen = {}
    for edition in (row.id for row in facts(PBX).editions):
        desk.settings(f"licence: {{edition: {edition}}}")
        found = desk.validate(
            PBX, f"groups: {{g: {{rights: {{users: {{{name}: true}}}}}}}}\n" + ANN % "{g: {role: users}}"
        )
        seen[edition] = f"CC401 the permission {name}" in found.text
    return seen


def test_threecx_barge_in_needs_professional_or_enterprise(desk: Desk) -> None:
    assert _gated(desk, "rights.barge_in") == {
        "free": True,
        "pro": False,
        "enterprise": False,
        "enterprise-plus": False,
    }


def test_threecx_recordings_need_professional_or_enterprise(desk: Desk) -> None:
    assert _gated(desk, "rights.recordings") == {
        "free": True,
        "pro": False,
        "enterprise": False,
        "enterprise-plus": False,
    }


def test_threecx_a_user_takes_a_role_and_its_defaults_in_a_group(desk: Desk) -> None:
    desk.apply(PBX, "groups: {g: {rights: {managers: {rights.see_calls: true}}}}\n" + ANN % "{g: {role: managers}}")
    assert desk.shown("user ann")["fields"]["groups"] == {"g": {"role": "managers"}}
    found = desk.validate(PBX, "groups: {g: {}}\n" + ANN % "{g: {role: manager}}")
    assert "CC406 3CX has no role manager within groups" in found.text


def test_threecx_rights_changed_on_a_user_are_that_users_alone(desk: Desk) -> None:
    group = "groups: {g: {rights: {users: {rights.intercom: true}}}}\n"
    both = (
        group
        + "users:\n  ann: {name: Ann, extension: '101', groups: {g: {role: users%s}}}\n  bob: {name: Bob, extension: '102', groups: {g: {role: users}}}\n"
    )
    desk.apply(PBX, both % "")
    bob, rights = desk.shown("user bob")["fields"], desk.shown("group g")["fields"]["rights"]
    desk.apply(PBX, both % ", permissions: {rights.see_calls: true}")
    assert desk.shown("user ann")["fields"]["groups"]["g"]["permissions"] == {"rights.see_calls": True}
    assert (desk.shown("user bob")["fields"], desk.shown("group g")["fields"]["rights"]) == (bob, rights)


def test_threecx_a_group_is_published_to_everybody(desk: Desk) -> None:
    assert screen(PBX, "publish").labels["pl"] == "publikuj informacje o grupie"
    desk.apply(PBX, "groups: {g: {visible_to_all: true}}\n" + ANN % "{g: {role: users}}")
    assert desk.shown("group g")["fields"]["visible_to_all"] is True


@pytest.mark.parametrize("name", CONSOLE)
def test_threecx_the_console_had_the_right(name: str) -> None:
    row = permission(PBX, name)
    assert (row.labels["pl"], row.source, row.certainty) == (CONSOLE[name], "seed 004", "seed")
    assert "version 20 replaced" in row.legacy
    assert row.sensitivity == ("low" if name == "console.own_extension" else "high")


def test_threecx_sip_trunks_are_off_for_every_operator(desk: Desk) -> None:
    assert permission(PBX, "console.sip_trunks").levels == ("no",)
    found = desk.validate(
        PBX, "groups: {g: {rights: {users: {console.sip_trunks: true}}}}\n" + ANN % "{g: {role: users}}"
    )
    assert "CC405 console.sip_trunks (Administracja Trunkami SIP) cannot be true" in found.text
    assert "switched off on purpose for every operator" in found.text


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("reset-password", "Сброс пароля"),
        ("logout", "логат"),
        ("show-tokens", "Показывать"),
        ("revoke-tokens", "токены доступа"),
    ],
)
def test_iqchannels_an_act_on_one_person_goes_by_hand(act: str, words: str) -> None:
    (row,) = [row for row in facts(IQ).acts if row.id == act]
    assert words in row.labels["ru"]
    assert (row.route, row.certainty) == (Route.MANUAL, "seed")
    assert row.labels["en"] in typed("platforms iqchannels").text


@pytest.mark.parametrize(
    ("toggle", "label"),
    [
        ("passwords.without_current", "Alterar Senha Sem a Confirmação da Senha Atual"),
        ("passwords.of_everyone", "Alterar Senha de Todos os Usuários"),
    ],
)
def test_opasuite_passwords_are_two_toggles_and_no_field(toggle: str, label: str, desk: Desk) -> None:
    row = permission(OPA, toggle)
    assert (row.labels["pt-BR"], row.sensitivity) == (label, "high")
    found = desk.validate(OPA, f"roles: {{r: {{permissions: {{{toggle}: true}}}}}}\nusers: {{a: {{password: x}}}}\n")
    assert "CC201 password is not known here" in found.text
    assert toggle not in found.text


@pytest.mark.parametrize(
    ("toggle", "label"),
    [
        ("customer_sync.quick", "Sincronização Rápida de Clientes"),
        ("customer_sync.full", "Sincronização Completa de Clientes"),
    ],
)
def test_opasuite_customers_are_synchronised_by_two_toggles(toggle: str, label: str, desk: Desk) -> None:
    assert permission(OPA, toggle).labels["pt-BR"] == label
    desk.apply(OPA, f"roles: {{r: {{permissions: {{{toggle}: true}}}}}}\n")
    assert desk.shown("role r")["fields"]["permissions"] == {toggle: True}


# ------------------------------------------------------------------------------------------------------- the table

ROOT = Path(__file__).parents[2]
VENDORS = {"000": IQ, "001": IPTEL, "003": OPA, "004": PBX}
BY_HAND = [f"tests/byhand/test_document_{document}.py" for document in ("000", "001", "003")]
"""Where those documents are shown on the emulators."""


class Row(NamedTuple):
    """A sentence of the table, and what is named beside it."""

    document: str
    sentence: str
    rows: set[str]
    offline: str
    """Empty where the facts say nothing of it that could be shown."""
    emulated: set[str]
    """`tests/byhand/test_document_000.py::test_…`"""


def table() -> list[Row]:
    """The table, without what is not served."""
    text = TABLE.read_text(encoding="utf-8").partition("\n## Not served yet")[0]
    lines = [line.strip("|").split(" | ") for line in text.splitlines() if re.match(r"\| \d", line)]
    return [
        Row(document.strip(), sentence, set(_quoted(rows)), "".join(_quoted(offline)), set(_quoted(emulated)))
        for document, sentence, rows, offline, emulated in lines
    ]


def _quoted(cell: str) -> list[str]:
    """What a cell names. An empty one says so with a dash."""
    names = re.findall(r"`([^`]+)`", cell)
    assert names or cell.strip() == "—", cell
    return names


def _tests_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {f"{path}::{name}" for name in found if name.startswith("test_")}


def test_the_table_names_every_test_and_every_test_is_in_the_table() -> None:
    tests = {
        name for name, _ in inspect.getmembers(sys.modules[__name__], inspect.isfunction) if name.startswith("test_")
    }
    named = {row.offline for row in table() if row.offline}
    assert named == {name for name in tests if not name.startswith("test_the_table_")}


def test_the_table_names_every_test_on_the_emulators_and_each_of_them_is_in_the_table() -> None:
    there = {name for path in BY_HAND for name in _tests_in(path)}
    named = {name for row in table() for name in row.emulated}
    assert named == there
    for row in table():
        assert all(f"test_document_{row.document}.py::" in name for name in row.emulated), row.sentence


def test_the_table_has_a_test_for_every_sentence() -> None:
    rows = table()
    assert {row.document for row in rows} == set(VENDORS)
    assert len({row.sentence for row in rows}) == len(rows)
    assert [row.sentence for row in rows if not row.offline and not row.emulated] == []
    assert [row.sentence for row in rows if row.document != "004" and not row.emulated] == []


def test_the_table_names_rows_that_exist() -> None:
    for row in table():
        known = set(_names(facts(VENDORS[row.document])))
        assert row.rows, row.sentence
        assert row.offline.startswith(f"test_{VENDORS[row.document]}_") or not row.offline
        assert {name for name in row.rows if not name.endswith("*")} <= known, f"{row.sentence}: {row.rows - known}"
        families = [name[:-1] for name in row.rows if name.endswith("*")]
        assert all(any(one.startswith(name) for one in known) for name in families), row.sentence


def _names(known: Facts) -> list[str]:
    """Every row of a vendor's facts as the table names it: `rules/two-schedules`, `support/user.create`."""
    named = [
        f"{group}/{row.id}"
        for group in ("editions", "modules", "rules", "invariants", "screens", "effects", "access_levels", "acts")
        for row in getattr(known, group)
    ]
    named += [f"permissions/{row.id}" for row in known.catalogue.permissions]
    named += [f"roles_within_groups/{row.id}" for row in known.in_group_roles.items]
    named += [f"support/{row.kind}.{row.operation}" for row in known.support]
    named += [f"fields/{kind}.{name}" for kind, names in known.fields.items() for name in names]
    return [*named, "permissions", "rules"]
