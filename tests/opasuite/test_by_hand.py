"""The whole way where people take part: departments by API, new people by file, the rest by screens and snapshots."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from ccconf.model.kinds import KINDS, as_data
from ccconf.model.refs import Ref
from tests.opasuite.suite import Suite

TEAM = """
groups:
  suporte: {name: Suporte}
  fibra: {name: Fibra, description: Ótica}
roles:
  operadores: {name: Operadores}
users:
  ana:
    name: Ana Alba
    email: ana@centro.example
    roles: [operadores]
    groups: {fibra: {role: responsible}, suporte: {}}
    primary_group: fibra
  bia: {name: Bia Brisa, email: bia@centro.example, roles: [operadores], groups: [suporte]}
"""
BIA = TEAM[TEAM.index("  bia:") :]


@pytest.fixture(autouse=True)
def at_home(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named from where one stands."""
    monkeypatch.chdir(suite.folder)


def looks(suite: Suite, *kinds: str, ids: bool = True) -> None:
    """Somebody writes down what the screens show, with ids or without, and imports it."""
    seen = {
        KINDS[kind].plural: {
            item.ref.key: {**as_data(item.resource), **({"id": item.native_id} if ids else {})}
            for item in suite.estate.all(kind)
        }
        for kind in kinds
    }
    (suite.folder / "seen.json").write_text(json.dumps(seen), encoding="utf-8")
    ran = suite.ccconf("snapshot import seen.json")
    assert ran.code == 0, ran.text


def import_file(suite: Suite) -> Path:
    """The one file that was handed out."""
    (path,) = suite.folder.glob("runbooks/*/opasuite-usuarios.csv")
    return path


def carried(suite: Suite) -> None:
    """Somebody carries the file to the import screen."""
    answer = requests.post(
        f"{suite.url}/usuarios/importar", files={"arquivo": ("x.csv", import_file(suite).read_bytes())}, timeout=5
    )
    assert answer.status_code == 200, answer.text


def test_new_people_by_file_and_their_department_by_api(suite: Suite) -> None:
    looks(suite, "role", "user")
    suite.declare(TEAM)
    ran = suite.ccconf("apply --yes")
    assert ran.code == 6, ran.text
    assert "1 done, 2 waiting" in ran.text
    carried(suite)
    assert suite.ccconf("confirm --all").code == 0
    suite.settled()
    looks(suite, "role", "user")
    suite.settled()
    ana = suite.estate.lookup(Ref("user", "ana@centro.example"))
    assert ana is not None
    assert as_data(ana.resource) == {
        "name": "Ana Alba", "email": "ana@centro.example", "type": "human", "status": "active",
        "roles": ["Operadores"], "groups": {"Fibra": {"role": "responsible"}, "Suporte": {}}, "primary_group": "Fibra",
    }  # fmt: skip


def test_a_second_apply_before_the_import_keeps_the_passwords(suite: Suite) -> None:
    looks(suite, "role", "user")
    homes = TEAM[: TEAM.index("users:")]
    suite.declare(homes)
    suite.apply()
    suite.declare(f"{homes}users:\n{BIA}")
    assert suite.ccconf("apply --yes").code == 6
    first = import_file(suite).read_bytes()
    assert suite.ccconf("apply --yes").code == 6
    assert import_file(suite).read_bytes() == first
    suite.no_secret_in(first.decode("utf-8-sig"))


def test_without_the_id_of_the_permission_group_people_wait_for_the_next_round(suite: Suite) -> None:
    looks(suite, "role", "user", ids=False)
    suite.declare(TEAM)
    ran = suite.ccconf("apply --yes")
    assert ran.code == 6, ran.text
    assert not list(suite.folder.glob("runbooks/*/*.csv"))
    runbook = next(suite.folder.glob("runbooks/*/runbook.md")).read_text(encoding="utf-8")
    assert "the id of the permission group Operadores is not known" in runbook
    looks(suite, "role", "user")
    suite.ccconf("apply --yes")
    carried(suite)
    assert suite.ccconf("confirm --all").code == 0
    suite.settled()


def test_a_name_that_a_spreadsheet_would_run_is_put_right_by_the_next_plan(suite: Suite) -> None:
    looks(suite, "role", "user")
    suite.declare(TEAM.replace("name: Bia Brisa", 'name: "=Bia"'))
    suite.ccconf("apply --yes")
    carried(suite)
    suite.ccconf("confirm --all")
    looks(suite, "role", "user")
    ran = suite.ccconf("plan")
    assert (ran.code, "name  '=Bia -> =Bia" in ran.text) == (2, True), ran.text
    suite.change(Ref("user", "bia@centro.example"), name="=Bia")
    suite.settled()


def test_a_list_that_would_lock_ccconf_out_is_refused_before_anything_is_done(suite: Suite) -> None:
    looks(suite, "role", "user")
    (suite.folder / "seen.json").write_text('{"allowlists": {}}', encoding="utf-8")
    assert suite.ccconf("snapshot import seen.json --accept-empty allowlists").code == 0
    suite.target(options={"address": "203.0.113.7"})
    locked = 'roles: {{api: {{name: "{}"}}}}\nallowlists: {{api: {{networks: [{}]}}}}\n'
    suite.declare(locked.format(suite.emulator.group, "198.51.100.0/24"))
    ran = suite.ccconf("apply --yes")
    assert ran.code == 3, ran.text
    assert "CC606" in ran.text
    assert "would lock ccconf out: it comes from 203.0.113.7" in ran.text
    suite.declare(locked.format(suite.emulator.group, "203.0.113.0/24"))
    ran = suite.ccconf("plan")
    assert (ran.code, "CC606" in ran.text) == (2, False), ran.text
