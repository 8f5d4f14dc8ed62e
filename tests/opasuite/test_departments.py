"""Departments from the manifests to the platform and back: made, changed, renamed, made inactive and active again.

Each story goes the whole way of a command, and ends in silence: a second plan is empty.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccconf.errors import Broken, Rejected
from ccconf.model.refs import Ref
from ccconf.platforms.opasuite.emulator import Options, Seed
from tests.opasuite.suite import Suite, deletion, items, new, restoration, update

TEAM = """
groups:
  vendas: {name: Vendas, description: Novos clientes}
  fibra: {name: Fibra}
"""
UNMANAGED = ("ordem", "recebeAtendimento", "pesquisaSatisfacao", "inatividade", "tipoEncaminhamentoLigacoes",
             "cod_pabx", "token")  # fmt: skip


def test_departments_are_made_and_then_all_is_silent(suite: Suite) -> None:
    before = suite.names()
    suite.declare(TEAM)
    ran = suite.apply()
    assert "2 done." in ran.text
    assert suite.names() == sorted([*before, "Vendas", "Fibra"])
    assert suite.department("Vendas")["descricao"] == "Novos clientes"


def test_a_change_leaves_alone_what_nobody_manages(suite: Suite) -> None:
    """The emulator forgets what a PUT does not send; so whoever sent a part would be found out here."""
    suite.declare(TEAM)
    suite.apply()
    suite.says_of("Vendas", ordem=3, recebeAtendimento=False, pesquisaSatisfacao="nps", inatividade=15, cod_pabx="901",
                  tipoEncaminhamentoLigacoes="fila", token="dept-secret-vendas")  # fmt: skip
    before = suite.department("Vendas")
    suite.declare(TEAM.replace("Novos clientes", "Clientes novos").replace("name: Vendas", "name: Vendas Novas"))
    suite.apply()
    after = suite.department("Vendas Novas")
    assert {name: after[name] for name in UNMANAGED} == {name: before[name] for name in UNMANAGED}
    assert (after["_id"], after["descricao"]) == (before["_id"], "Clientes novos")


@pytest.mark.parametrize("key", ["Fibra", "fibra"])
def test_who_leaves_is_made_inactive_and_comes_back_the_same(suite: Suite, key: str) -> None:
    team = TEAM.replace("fibra:", f"{key}:")
    suite.declare(team)
    suite.apply()
    suite.says_of("Fibra", ordem=9, token="dept-secret-fibra")
    native_id = suite.department("Fibra")["_id"]
    suite.declare(team.replace(f"  {key}: {{name: Fibra}}\n", ""))
    suite.apply()
    assert suite.names("I") == ["Fibra"]
    suite.declare(team)
    ran = suite.apply()
    assert "1 done." in ran.text
    back = suite.department("Fibra")
    assert (back["_id"], back["status"], back["ordem"], back["token"]) == (native_id, "A", 9, "dept-secret-fibra")


def test_a_plan_file_holds_no_secret(suite: Suite, tmp_path: Path) -> None:
    suite.declare("groups: {suporte: {name: Suporte, description: Ajuda}}")
    ran = suite.ccconf(f"plan --out {tmp_path / 'plan.json'} --format json")
    assert ran.code == 2, ran.text
    suite.no_secret_in((tmp_path / "plan.json").read_text())
    (step,) = json.loads(ran.out)["steps"]
    assert step["calls"] == [f"PUT /departamento/{suite.department('Suporte')['_id']} {{descricao}}"]


def test_nothing_on_disk_holds_a_secret(suite: Suite) -> None:
    """Neither the ledger, nor what an apply leaves behind."""
    suite.declare(TEAM.replace("vendas: {name: Vendas", "suporte: {name: Suporte"))
    suite.apply()
    for path in suite.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"dept-secret" not in content, path
            assert suite.emulator.token.encode() not in content, path


class TestOverTheContract:
    """The same, call by call."""

    def test_a_name_that_is_taken_is_refused_before_anything_is_sent(self, suite: Suite) -> None:
        with pytest.raises(Rejected, match="has a department Suporte already"):
            suite.connected().perform(new("Suporte"))
        assert suite.asked("POST") == 0

    def test_a_name_that_an_inactive_department_has_is_refused_by_the_platform(self, suite: Suite) -> None:
        opa = suite.connected()
        made = opa.perform(new("Fibra")).observed
        assert made is not None
        opa.perform(deletion(made))
        with pytest.raises(Rejected, match="CC702 Opa! Suite refuses: Department already exists"):
            opa.perform(new("Fibra"))
        assert suite.names("I") == ["Fibra"]

    def test_a_department_with_people_stays(self, suite: Suite) -> None:
        opa = suite.connected()
        live = opa.lookup(Ref("group", "Suporte"))
        assert live is not None
        with pytest.raises(Rejected, match=r"CC702 Opa! Suite refuses: Operation not allowed: .*still used"):
            opa.perform(deletion(live))
        assert "Suporte" in suite.names()

    def test_what_is_gone_or_back_already_is_told(self, suite: Suite) -> None:
        opa = suite.connected()
        made = opa.perform(new("Fibra")).observed
        assert made is not None
        opa.perform(deletion(made))
        for change in (deletion(made), update(made, {"description": "x"})):
            with pytest.raises(Rejected, match="CC702 group/Fibra is not there any more"):
                opa.perform(change)
        (gone,) = items(opa.departed("group"))
        assert opa.perform(restoration(gone, description="Ótica")).observed == opa.lookup(gone.ref)
        with pytest.raises(Rejected, match="CC702 group/Fibra is back already"):
            opa.perform(restoration(gone))
        assert suite.department("Fibra")["descricao"] == "Ótica"

    def test_a_cleared_name_is_the_key_again(self, suite: Suite) -> None:
        """A department is never without a name."""
        opa = suite.connected()
        made = opa.perform(new("Fibra", description="Ótica")).observed
        assert made is not None
        after = opa.perform(update(made, {"name": None, "description": None})).observed
        assert after is not None
        assert (after.ref.key, after.resource) == ("Fibra", made.resource.__class__(name="Fibra"))

    def test_nothing_is_sent_where_nothing_differs(self, suite: Suite) -> None:
        opa = suite.connected()
        live = opa.lookup(Ref("group", "Suporte"))
        assert live is not None
        assert opa.perform(update(live, {"name": "Suporte"})).observed == live
        assert suite.asked("PUT") == 0

    def test_calls_name_fields_and_no_values(self, suite: Suite) -> None:
        opa = suite.connected()
        live = opa.lookup(Ref("group", "Suporte"))
        assert live is not None
        there = f"/departamento/{live.native_id}"
        assert opa.calls(new("Fibra", description="x")) == ("POST /departamento {descricao, nome}",)
        assert opa.calls(update(live, {"key": "Ajuda", "description": "x"})) == (f"PUT {there} {{descricao, nome}}",)
        assert opa.calls(deletion(live)) == (f"PUT {there} {{status}}",)
        assert opa.calls(restoration(live)) == (f"PUT {there} {{status}}",)

    @pytest.mark.parametrize("kind", ["user", "role", "skill", "schedule", "allowlist"])
    def test_what_the_api_does_not_write_is_refused_plainly(self, suite: Suite, kind: str) -> None:
        opa = suite.connected()
        change: Any = new("x")
        change = type(change)(kind=kind, key="x", fields={})
        assert opa.calls(change) == ()
        with pytest.raises(Rejected, match=f"the API of Opa! Suite cannot create a {kind}"):
            opa.perform(change)
        assert len(suite.server.requests) == 0


@pytest.mark.parametrize("filter_", ["recebeAtendimento", "realizaAtendimento"])
def test_the_filter_that_the_installation_knows_is_found(tmp_path: Path, filter_: Any) -> None:
    with Suite(tmp_path, Options(attends_filter=filter_), Seed(departments=4)) as suite:
        suite.says_of("Suporte", recebeAtendimento=False)
        assert len(items(suite.connected().observe("group"))) == 4
        suite.declare(TEAM)
        suite.apply()


def test_two_departments_of_one_name_are_not_guessed_apart(suite: Suite) -> None:
    def doubled(request: Any, answer: Any) -> Any:
        return answer._replace(body=answer.body.replace(b"Vendas Norte", b"Suporte"))

    suite.alter = doubled
    with pytest.raises(Broken, match="CC605 two departments are called Suporte"):
        items(suite.connected().observe("group"))


def test_what_a_put_did_not_keep_is_told_by_name(tmp_path: Path) -> None:
    with Suite(tmp_path, Options(silent=frozenset({"descricao"})), Seed(departments=2)) as suite:
        suite.declare("groups: {suporte: {name: Suporte, description: Ajuda}}")
        ran = suite.ccconf("apply --yes")
        assert ran.code == 5, ran.text
        assert "CC706" in ran.text
        assert "descricao of the department is not as it was sent" in ran.text


def test_a_put_that_destroys_what_it_should_leave_alone_is_told(suite: Suite) -> None:
    """Whatever a real PUT does with fields: what was lost is named, and no value with it."""

    def forgetful(request: Any, answer: Any) -> Any:
        if request.method == "PUT":
            suite.says_of("Suporte", token="dept-secret-new", cod_pabx="")
        return answer

    suite.alter = forgetful
    suite.declare("groups: {suporte: {name: Suporte, description: Ajuda}}")
    ran = suite.ccconf("apply --yes")
    assert ran.code == 5, ran.text
    assert "cod_pabx, token of the department is not as it was sent" in ran.text
