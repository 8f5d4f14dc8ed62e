"""What is known of the four vendors: complete as the documents are, each row with its source, and judged offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from ccconf.cli.main import run
from ccconf.codes import Severity
from ccconf.errors import Broken
from ccconf.manifest.facts import facts_schema, parse
from ccconf.manifest.vendor_schema import vendor_schema
from ccconf.model.group import Group
from ccconf.model.kinds import KINDS
from ccconf.model.licence import Licence
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.platform.discovery import find, names
from ccconf.platform.facts import Facts, Limit, Operation, Row, with_caps
from ccconf.platform.fit import Fit
from tests.examples_support import typed

VENDORS = ("iptel", "iqchannels", "opasuite", "threecx")


def facts(name: str) -> Facts:
    return find(name, None).facts


def _rows(value: Any) -> list[Row]:
    if isinstance(value, Row):
        return [value, *(row for name in value.__struct_fields__ for row in _rows(getattr(value, name)))]
    if isinstance(value, tuple):
        return [row for item in value for row in _rows(item)]
    if isinstance(value, msgspec.Struct):
        return [row for name in value.__struct_fields__ for row in _rows(getattr(value, name))]
    return []


@pytest.mark.parametrize("name", VENDORS)
def test_every_row_has_a_source_and_a_certainty(name: str) -> None:
    rows = _rows(facts(name))
    assert rows
    assert all(row.source and row.certainty in ("seed", "vendor", "third-party", "unverified") for row in rows)


@pytest.mark.parametrize("name", VENDORS)
def test_the_capability_table_has_no_hole(name: str) -> None:
    table = {(row.kind, row.operation): row for row in facts(name).support}
    assert set(table) == {(kind, operation) for kind in KINDS for operation in Operation}
    assert all(row.reason for row in table.values())


@pytest.mark.parametrize("name", VENDORS)
def test_field_names_are_those_of_the_model(name: str) -> None:
    known = facts(name)
    assert all(set(fields) <= set(KINDS[kind].by_name) for kind, fields in known.fields.items())
    selectors = [*(row.select for row in known.rules), *(row.select for row in known.invariants)]
    assert all(selector.kind in KINDS for selector in (*selectors, *(row.select for row in known.effects)))


@pytest.mark.parametrize("name", VENDORS)
def test_permission_ids_are_unique_and_labelled_in_english(name: str) -> None:
    permissions = facts(name).catalogue.permissions
    assert len({row.id for row in permissions}) == len(permissions)
    assert all(row.labels.get("en") and row.why for row in permissions)


def test_opa_suite_has_the_36_toggles_of_the_document() -> None:
    seed = [row for row in facts("opasuite").catalogue.permissions if row.source == "seed 003"]
    by_section: dict[str, int] = {}
    for row in seed:
        section = row.id.partition(".")[0]
        by_section[section] = by_section.get(section, 0) + 1
    assert by_section == {
        "dashboards": 2, "conversations": 8, "ongoing": 2, "finished": 2, "passwords": 2, "internal_groups": 2,
        "release": 1, "customer_sync": 2, "integrations": 1, "menu": 14,
    }  # fmt: skip
    assert [row.id for row in facts("opasuite").access_levels] == ["Administrador", "Gestor", "Operador"]
    assert {"audit.read", "api.users", "api.departments"} <= {row.id for row in facts("opasuite").catalogue.permissions}


def test_3cx_has_the_rights_of_the_form_with_their_gates_and_the_seven_roles() -> None:
    permissions = {row.id: row for row in facts("threecx").catalogue.permissions}
    rights = [row for row in permissions.values() if row.id.startswith("rights.")]
    assert len(rights) == 14
    assert len({row.field for row in rights}) == 14
    gated = {row.id for row in rights if row.editions}
    assert gated == {"rights.barge_in", "rights.recordings"}
    assert permissions["console.sip_trunks"].levels == ("no",)
    assert len(facts("threecx").in_group_roles.items) == 7


def test_iqchannels_has_the_three_levels_and_the_licence_rules_of_the_document() -> None:
    (users,) = facts("iqchannels").catalogue.permissions
    assert users.levels == ("off", "read", "admin")
    assert [users.level_labels[level]["ru"] for level in users.levels] == ["Выключен", "На чтение", "Администратор"]
    assert {rule.id: (rule.limit, rule.modules) for rule in facts("iqchannels").rules} == {
        "bots-need-module": (0, ("bots",)), "skills-need-iqpro": (0, ("iqpro",)), "two-schedules": (2, ("iqpro",)),
    }  # fmt: skip


def test_iptel_invents_no_role() -> None:
    assert facts("iptel").catalogue.permissions == ()
    assert facts("iptel").catalogue.open
    assert facts("iptel").in_group_roles.open


@pytest.mark.parametrize(("calls", "cap"), [(8, 40), (16, 80), (20, 80), (48, 288), (4, None)])
def test_3cx_caps_extensions_by_calls(calls: int, cap: int | None) -> None:
    known = facts("threecx")
    added = [rule.limit for rule in with_caps(known, Licence(calls=calls)).rules if rule not in known.rules]
    assert added == ([] if cap is None else [cap])


def test_a_facts_file_is_judged_by_its_own_schema_with_places() -> None:
    jsonschema.Draft202012Validator.check_schema(facts_schema())
    raw = (
        b"name: x\ntitle: X\nvendor: V\nlanguage: en\nsummary: S\nfields: {}\nsupport: {}\nrules: []\ninvariants: []\n"
    )
    raw += b"permissions: {open: true, sections: []}\nscreens:\n  - {id: a, labels: {}, source: s, certainty: sure}\n"
    with pytest.raises(Broken) as broken:
        parse(raw, "facts.yaml")
    assert [str(found.where) for found in broken.value.findings] == ["facts.yaml:12:47"]


NONSENSE = [
    ("iqchannels", "modules: [iqpro]", "modules: [iqrpo]", "no module is called iqrpo", "did you mean iqpro?"),
    ("iqchannels", "where: {type: bot}", "where: {kind: bot}", "a user has no field kind", ""),
    ("iqchannels", "select: {kind: skill}", "select: {kind: skil}", "there is no kind skil", "did you mean skill?"),
    ("iqchannels", "- id: two-schedules", "- id: bots-need-module", "bots-need-module is there twice", ""),
    ("threecx", "editions: [pro, enterprise, enterprise-plus],\n           labels: {pl: \"Wdzwanianie",
     "editions: [pro, entreprise],\n           labels: {pl: \"Wdzwanianie", "no edition is called entreprise",
     "did you mean enterprise?"),
    ("threecx", "{id: intercom,", "{id: barge_in,", "barge_in is there twice", ""),
    ("threecx", "group: [name, number", "group: [nmae, number", "a group has no field nmae", "did you mean name?"),
    ("threecx", "{kind: user, field: extension,", "{kind: user, field: numbr,", "a user has no field numbr", ""),
    ("threecx", "of: groups", "of: gruops", "a user has no field gruops", "did you mean groups?"),
    ("opasuite", "least: 8, says", "least: 8, most: 7, says", "least is more than most", ""),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "right", "wrong", "message", "hint"), NONSENSE, ids=lambda part: str(part)[:24])
def test_a_row_that_was_edited_into_nonsense_is_told_with_its_place(
    vendor: str, right: str, wrong: str, message: str, hint: str
) -> None:
    text = (Path(__file__).parents[2] / f"ccconf/platforms/{vendor}/facts.yaml").read_text(encoding="utf-8")
    assert parse(text.encode(), "facts.yaml") == facts(vendor)
    bad = text.replace(right, wrong, 1)
    with pytest.raises(Broken) as broken:
        parse(bad.encode(), "facts.yaml")
    (found,) = broken.value.findings
    assert (found.code, found.message) == ("CC416", message)
    assert hint in found.hint
    last = next(word for word in message.split()[::-1] if word in wrong)
    line = bad.splitlines()[found.where.line - 1] if found.where else ""
    assert last in line


@pytest.mark.parametrize("name", VENDORS)
def test_editor_schemas_complete_permissions_with_their_labels(name: str) -> None:
    schema = vendor_schema(facts(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    offered = schema["$defs"]["role"]["properties"]["permissions"]["properties"]
    for row in facts(name).catalogue.permissions:
        assert all(label in offered[row.id]["description"] for label in row.labels.values())


def test_editor_schemas_refuse_what_a_closed_catalogue_does_not_have() -> None:
    judge = jsonschema.Draft202012Validator(vendor_schema(facts("threecx")))
    assert judge.is_valid({"groups": {"g": {"rights": {"managers": {"rights.barge_in": True}}}}})
    assert not judge.is_valid({"groups": {"g": {"rights": {"manager": {}}}}})
    assert not judge.is_valid({"groups": {"g": {"rights": {"managers": {"rights.barge": True}}}}})
    assert not judge.is_valid({"users": {"a": {"groups": {"g": {"role": "boss"}}}}})
    assert not judge.is_valid({"groups": {"g": {"rights": {"managers": {"console.sip_trunks": True}}}}})


Story = tuple[str, str, str, list[str]]

STORIES: list[Story] = [
    (
        "opasuite", "",
        "groups: {vendas: {}}\nroles:\n  op:\n    access_level: Operator\n    permissions:\n"
        "      Assumir Atendimento: true\n      menu.user: true\n      menu.users: read\n"
        "users: {a: {name: A, roles: [op], groups: [vendas]}}\n",
        [
            "now.yaml:4:19 CC409 Opa! Suite has no access level Operator",
            "    did you mean Operador?",
            "now.yaml:6:7 CC404 Opa! Suite has no permission Assumir Atendimento",
            "    did you mean conversations.take_over?",
            "now.yaml:7:7 CC404 Opa! Suite has no permission menu.user",
            "    did you mean menu.users?",
            "now.yaml:8:7 CC405 menu.users (Usuários) cannot be read",
            "    known: false, true",
        ],
    ),
    (
        "opasuite", "",
        "groups: {vendas: {}}\nroles: {op: {}, op2: {}}\nskills: {english: {}}\nusers:\n"
        "  a: {name: A, roles: [op, op2], groups: [], skills: {english: 1}}\n  b: {name: B, roles: [op], groups: [vendas]}\n",
        [
            "now.yaml:3:10 CC410 Opa! Suite cannot be given skills: there are no skills; departments and tags route "
            "conversations",
            "now.yaml:5:23 CC403 user/a: everybody has exactly one permission group (role)",
            "now.yaml:5:42 CC403 user/a: everybody is in at least one department (group)",
            "now.yaml:5:54 CC407 Opa! Suite has no skills of a user; one object says it",
            "    remove it, or keep it in a layer for another target",
        ],
    ),
    (
        "iqchannels", "    licence: {edition: base}\n",
        "roles: {r: {permissions: {users: write}}}\nskills: {x: {}}\nschedules: {a: {}, b: {}, c: {}}\nusers:\n"
        "  bot: {name: Bot, type: bot, skills: {x: 1}, schedule: a, roles: [r]}\n  b: {name: B, schedule: b}\n"
        "  c: {name: C, schedule: c}\n",
        [
            "now.yaml:1:27 CC405 users (Раздел «Пользователи») cannot be write",
            "    known: off, read, admin",
            "now.yaml:2:10 CC401 1 skills: the licence allows none",
            "    remove some of the skills, or buy module iqpro: skill/x",
            "now.yaml:3:27 CC401 3 work schedules: the licence allows 2",
            "    remove some of the schedules, or buy module iqpro: schedule/a, schedule/b, schedule/c",
            "now.yaml:5:3 CC401 1 users of type bot: the licence allows none",
            "    remove some of the users, or buy module bots: user/bot",
        ],
    ),
    (
        "threecx", "    licence: {edition: free}\n",
        "groups:\n  g:\n    rights:\n      manager: {rights.barge_in: true}\n      managers: {console.sip_trunks: true}\n"
        "users:\n  a: {name: A, extension: '101', groups: {g: {role: users, permissions: {rights.recordings: true}}}}\n",
        [
            "now.yaml:4:7 CC406 3CX has no role manager within groups",
            "    did you mean managers?",
            "now.yaml:4:17 CC401 the permission rights.barge_in (Wdzwanianie się w aktywne połączenia, tryb nasłuchiwania, "
            "tryb szeptu) is not in the licence",
            "    remove it, or buy edition pro or edition enterprise or edition enterprise-plus",
            "now.yaml:5:18 CC405 console.sip_trunks (Administracja Trunkami SIP) cannot be true",
            "    switched off on purpose for every operator",
            "now.yaml:7:74 CC401 the permission rights.recordings (Może widzieć nagrania grupy) is not in the licence",
            "    remove it, or buy edition pro or edition enterprise or edition enterprise-plus",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story[0])
def test_validate_knows_the_vendor(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    like, licence, manifest, expected = story
    monkeypatch.chdir(tmp_path)
    (tmp_path / "now.yaml").write_text(manifest)
    (tmp_path / "ccconf.yaml").write_text(
        f"version: 1\ntargets:\n  t:\n    platform: local\n    like: {like}\n    url: live.db\n    manifests: [now.yaml]\n{licence}"
    )
    assert run(["validate"]) == 1
    assert capsys.readouterr().out.splitlines()[:-1] == expected


def told(vendor: str, manifest: str, more: str = "", *, platform: str = "local") -> list[str]:
    """What `validate` says in the folder, without its last line."""
    like = f"    like: {vendor}\n" if platform == "local" else ""
    Path("now.yaml").write_text(manifest)
    Path("ccconf.yaml").write_text(
        f"version: 1\ntargets:\n  t:\n    platform: {platform}\n{like}    url: live.db\n    manifests: [now.yaml]\n{more}"
    )
    return typed("validate").text.splitlines()[:-1]


@pytest.mark.parametrize(
    ("vendor", "permission", "owner"),
    [
        ("opasuite", "rights.barge_in", "3CX"),
        ("iqchannels", "menu.permissions", "Opa! Suite"),
        ("iptel", "rights.barge_in", "3CX"),
    ],
)
def test_another_vendor_s_permission_is_told_with_its_owner(
    vendor: str, permission: str, owner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = told(vendor, f"roles:\n  r:\n    permissions:\n      {permission}: true\n")
    title = facts(vendor).title
    assert f"now.yaml:4:7 CC404 {permission} is a permission of {owner}, not of {title}" in lines
    assert "    remove it, or keep it in a layer for another target" in lines


def test_a_permission_of_nobody_is_told_once_where_the_list_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = "roles:\n  a: {permissions: {appeals: read}}\n  b: {permissions: {appeals: admin}}\nusers: {u: {name: U, roles: [a, b]}}\n"
    assert [line for line in told("iqchannels", manifest) if "CC4" in line] == [
        "now.yaml:2:21 CC413 the known permissions of iQChannels are not all, and appeals is none of them"
    ]


def test_rights_that_were_replaced_cannot_be_brought_to_the_version_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = "groups: {g: {rights: {managers: {console.own_extension: true, console.system: true}}}}\n"
    (imitated,) = [line for line in told("threecx", manifest) if "console" in line]
    assert imitated == "now.yaml:1:34 CC414 console.own_extension (Zarządzanie własnym kontem) and 1 more: replaced"
    (driven,) = [line for line in told("threecx", manifest, platform="threecx") if "console" in line]
    assert (
        driven == "now.yaml:1:34 CC404 3CX no longer has console.own_extension (Zarządzanie własnym kontem) and 1 more"
    )


@pytest.mark.parametrize(
    ("vendor", "licence", "expected"),
    [
        ("iptel", "{edition: gold}", ["5:25 CC411 IPTEL call centre has no edition gold", "remove it: none is known"]),
        ("iqchannels", "{edition: base, modules: [x]}", ["5:42 CC411 iQChannels has no module x",
         "known: bots, branches, iqpro"]),
        ("iqchannels", "{calls: 8}", ["5:23 CC411 iQChannels has no licence by simultaneous calls", "remove calls:"]),
        ("threecx", "{edition: entrprise}", ["5:25 CC411 3CX has no edition entrprise", "did you mean enterprise?"]),
    ],
)  # fmt: skip
def test_a_licence_that_names_what_is_not_sold(
    vendor: str, licence: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = told(vendor, "groups: {g: {}}\nusers: {}\n", f"    licence: {licence}\n")
    place, hint = expected
    found = next(number for number, line in enumerate(lines) if "CC411" in line)
    assert lines[found].endswith(place.partition(" ")[2])
    assert lines[found].startswith("ccconf.yaml:8:")
    assert lines[found + 1] == f"    {hint}"


def test_a_switched_off_right_needs_no_licence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = "groups: {g: {rights: {users: {rights.barge_in: %s}}}}\n"
    free = "    licence: {edition: free}\n"
    assert not [line for line in told("threecx", manifest % "false", free) if "CC401" in line]
    assert [line for line in told("threecx", manifest % "true", free) if "CC401" in line]


def test_limits_of_a_platform_are_judged_here_and_there() -> None:
    long = Limit(kind="group", field="name", most=5, says="shorten it", source="test", certainty="vendor")
    few = Limit(kind="user", field="groups", least=2, says="add one", source="test", certainty="vendor")
    fit = Fit(Facts(name="x", title="X", limits=(long, few)), Licence())
    assert [found.message for found in fit.misfits("group", Group(name="Vendas!"))] == [
        "name has 7 characters, X takes at most 5"
    ]
    assert [found.message for found in fit.misfits("user", User(groups={"a": Membership()}))] == [
        "groups has 1 entries, X asks for at least 2"
    ]
    assert not list(fit.misfits("group", Group(name="Vendas"[:5])))
    assert not list(fit.misfits("user", User()))


def test_a_vendor_without_an_api_is_looked_at_by_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "now.yaml").write_text("groups: {g: {}}\nusers: {a: {name: A, groups: [g]}}\n")
    (tmp_path / "ccconf.yaml").write_text(
        "version: 1\ntargets:\n  t: {platform: iptel, url: https://calls.example.org, manifests: [now.yaml]}\n"
    )
    assert run(["validate", "--format", "json"]) == 0
    found = msgspec.json.decode(capsys.readouterr().out)["findings"]
    assert {(row["code"], row["severity"]) for row in found} == {("CC408", str(Severity.INFO))}
    assert run(["plan"]) == 3
    told = capsys.readouterr().err
    assert "CC609 nobody has looked at the users of t yet, and no API of IPTEL call centre shows them whole" in told
    assert "ccconf snapshot template -t t users" in told


@pytest.mark.parametrize("name", names())
def test_commands_show_what_is_known(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["platforms"]) == 0
    assert name in capsys.readouterr().out
    assert run(["platforms", name]) == 0
    assert "unverified" in capsys.readouterr().out or name in ("local", "threecx")
    assert run(["platforms", name, "--format", "json"]) == 0
    assert msgspec.json.decode(capsys.readouterr().out)["name"] == name
    assert run(["permissions", "-p", name]) == 0
    assert facts(name).title in capsys.readouterr().out


def test_permissions_are_searched_by_any_label(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["permissions", "-p", "opasuite", "--search", "senha", "--format", "json"]) == 0
    found = [row["id"] for row in msgspec.json.decode(capsys.readouterr().out)]
    assert found == ["passwords.without_current", "passwords.of_everyone"]
    assert run(["permissions", "-p", "threecx", "--sensitivity", "high", "--search", "nagrania"]) == 0
    out = capsys.readouterr().out
    assert "rights.recordings" in out
    assert "edition pro or enterprise or enterprise-plus" in out


def test_licence_tells_what_is_used_what_is_left_and_what_would_open_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "now.yaml").write_text(
        "schedules: {a: {}, b: {}}\nusers: {x: {name: X, schedule: a}, y: {name: Y, schedule: b}}\n"
    )
    (tmp_path / "ccconf.yaml").write_text(
        "version: 1\ntargets:\n  t:\n    platform: local\n    like: iqchannels\n    url: live.db\n    manifests: [now.yaml]\n"
        "    licence: {edition: base, seats: 3}\n"
    )
    assert run(["licence", "--format", "json"]) == 0
    rows = {row["what"]: row for row in msgspec.json.decode(capsys.readouterr().out)["rows"]}
    assert (rows["work schedules"]["now"], rows["work schedules"]["then"], rows["work schedules"]["left"]) == (0, 2, 0)
    assert (rows["seats (active users)"]["then"], rows["seats (active users)"]["left"]) == (2, 1)
    assert run(["licence"]) == 0
    assert "module iqpro would open skills" in capsys.readouterr().out
