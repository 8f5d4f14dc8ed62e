"""The emulator is as strict as what is known of the real one, asked over HTTP by hand and not by our own client."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from ccconf.cli.emulator import command
from ccconf.emulation import Server
from ccconf.model.refs import Ref
from ccconf.platforms.opasuite.emulator import Emulator, Options, Seed
from tests.opasuite.suite import Suite

ID = re.compile(r"[0-9a-f]{24}")
ALL = {"filter": {"recebeAtendimento": True}, "options": {"limit": 1000, "skip": 0}}


def ask(suite: Suite, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """One request; the status, and the data or the words of the error."""
    sent = {"Authorization": f"Bearer {suite.emulator.token}", **headers}
    answer = requests.request(method, f"{suite.url}/api/v1{path}", json=body, headers=sent, timeout=5)
    told = answer.json()
    assert told["code"] == answer.status_code
    return answer.status_code, told["data"] if answer.ok else f"{told['data']['message']} {told['description']}".strip()


class TestQuestions:
    """GET with a body."""

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (None, "Invalid body"),
            ([], "Invalid body"),
            ({}, "Invalid argument"),
            ({"filter": {}}, "At least one filter is required"),
            ({"filter": {"ativo": True}}, "Field 'ativo' is not allowed"),
            ({"filter": {"nome": 7}}, "Field 'nome' has an invalid value"),
            ({"filter": {"recebeAtendimento": "sim"}}, "Field 'recebeAtendimento' has an invalid value"),
            ({"filter": {"nome": "x"}, "options": []}, "Invalid argument"),
            ({"filter": {"nome": "x"}, "options": {"skip": -1}}, "Option 'skip' has an invalid value"),
            ({"filter": {"nome": "x"}, "options": {"limit": "10"}}, "Option 'limit' has an invalid value"),
        ],
    )
    def test_what_is_refused(self, suite: Suite, body: Any, words: str) -> None:
        status, said = ask(suite, "GET", "/departamento", body)
        assert (status, words in said) == (400, True), said

    @pytest.mark.parametrize(("limit", "rows"), [(1, 1), (2, 2), (1000, 3), (0, 3), (-5, 3), (5000, 3)])
    def test_a_limit_outside_its_bounds_is_the_greatest(self, suite: Suite, limit: int, rows: int) -> None:
        status, found = ask(suite, "GET", "/departamento", {**ALL, "options": {"limit": limit, "skip": 0}})
        assert (status, len(found)) == (200, rows)

    def test_pages_follow_one_another_and_nothing_tells_the_total(self, suite: Suite) -> None:
        pages = [
            ask(suite, "GET", "/departamento", {**ALL, "options": {"limit": 2, "skip": skip}})[1] for skip in (0, 2)
        ]
        assert [len(page) for page in pages] == [2, 1]
        assert len({row["_id"] for page in pages for row in page}) == 3

    def test_the_list_of_users_ignores_skip_and_limit_and_the_value_of_tipo(self, suite: Suite) -> None:
        body = {"filter": {"tipo": "bot"}, "options": {"limit": 1, "skip": 3}}
        assert len(ask(suite, "GET", "/usuario", body)[1]) == 4

    def test_a_name_must_be_exact_and_filters_are_joined(self, suite: Suite) -> None:
        for filter_, rows in (({"nome": "Suporte"}, 1), ({"nome": "suporte"}, 0), ({"nome": "Sup"}, 0),
                              ({"nome": "Suporte", "recebeAtendimento": False}, 0)):  # fmt: skip
            assert len(ask(suite, "GET", "/departamento", {"filter": filter_})[1]) == rows

    def test_one_object(self, suite: Suite) -> None:
        row = suite.department("Suporte")
        assert ID.fullmatch(row["_id"])
        assert ask(suite, "GET", f"/departamento/{row['_id']}") == (200, row)
        assert ask(suite, "GET", "/departamento/65a1b2c3d4e5f6ffffffffff") == (404, "Not found")
        assert ask(suite, "GET", "/departamento/Suporte") == (400, "Invalid ID")

    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/role"), ("DELETE", "/departamento/65a1b2c3d4e5f6ffffffffff"), ("POST", "/usuario"),
         ("PUT", "/departamento"), ("GET", "/etiqueta/65a1b2c3d4e5f6ffffffffff"), ("PATCH", "/departamento")],
    )  # fmt: skip
    def test_what_is_not_there(self, suite: Suite, method: str, path: str) -> None:
        assert ask(suite, method, path, {"filter": {"nome": "x"}}) == (404, "Route not found")


class TestWhoAsks:
    """One living token of an active user, from an allowed network, with the permission."""

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic eDp5"])
    def test_without_the_token(self, suite: Suite, header: str) -> None:
        assert ask(suite, "GET", "/departamento", ALL, Authorization=header)[0] == 401

    def test_a_new_token_kills_the_old_one(self, suite: Suite) -> None:
        old = suite.emulator.token
        new = suite.emulator.new_token()
        assert new == suite.emulator.token != old
        assert ask(suite, "GET", "/departamento", ALL, Authorization=f"Bearer {old}")[0] == 401
        assert ask(suite, "GET", "/departamento", ALL)[0] == 200

    def test_from_elsewhere(self, tmp_path: Path) -> None:
        with Suite(tmp_path, Options(address_header="X-From")) as suite:
            suite.add("allowlist", suite.emulator.group, networks={"203.0.113.0/24": "", "2001:db8::/32": ""})
            for address, status in (("203.0.113.9", 200), ("2001:db8::7", 200), ("198.51.100.1", 403)):
                assert ask(suite, "GET", "/departamento", ALL, **{"X-From": address})[0] == status
            assert ask(suite, "GET", "/departamento", ALL)[0] == 403

    @pytest.mark.parametrize(
        "path", ["/departamento", "/usuario", "/etiqueta", "/motivo", "/atendimento/periodo", "/feriado"]
    )
    def test_without_the_permission(self, suite: Suite, path: str) -> None:
        suite.change(Ref("role", suite.emulator.group), permissions={"menu.users": True})
        assert ask(suite, "GET", path, ALL) == (403, "Invalid permissions profile")


class TestDepartments:
    """What a PUT does to them."""

    def test_what_is_not_sent_is_lost(self, suite: Suite) -> None:
        before = suite.department("Suporte")
        assert ask(suite, "PUT", f"/departamento/{before['_id']}", {"nome": "Suporte"})[0] == 200
        after = suite.department("Suporte")
        assert (after["ordem"], after["cod_pabx"]) == (0, "")
        assert after["token"] != before["token"]

    def test_what_is_sent_whole_is_kept(self, suite: Suite) -> None:
        before = suite.department("Suporte")
        assert ask(suite, "PUT", f"/departamento/{before['_id']}", {**before, "descricao": "Ajuda"})[0] == 200
        assert suite.department("Suporte") == {**before, "descricao": "Ajuda"}

    @pytest.mark.parametrize(
        ("change", "status", "words"),
        [
            ({"nome": ""}, 400, "Field 'nome' is required"),
            ({"nome": "Vendas Norte"}, 409, "Department already exists"),
            ({"ordem": "1"}, 400, "Field 'ordem' has an invalid value"),
            ({"status": "X"}, 400, "Field 'status' has an invalid value"),
            ({"cor": "red"}, 400, "Field 'cor' is not allowed"),
            ({"_id": "65a1b2c3d4e5f6ffffffffff"}, 400, "Invalid ID"),
            ({"status": "I"}, 400, "Operation not allowed"),  # somebody is in it
        ],
    )
    def test_what_is_refused(self, suite: Suite, change: Any, status: int, words: str) -> None:
        before = suite.department("Suporte")
        found, said = ask(suite, "PUT", f"/departamento/{before['_id']}", {**before, **change})
        assert (found, words in said) == (status, True), said
        assert suite.department("Suporte") == before

    @pytest.mark.parametrize(
        ("body", "status"),
        [({"nome": "Suporte"}, 409), ({}, 400), ({"nome": "x", "status": "I"}, 400), ({"nome": "x", "senha": ""}, 400)],
    )
    def test_what_cannot_be_made(self, suite: Suite, body: Any, status: int) -> None:
        before = suite.departments()
        assert ask(suite, "POST", "/departamento", body)[0] == status
        assert suite.departments() == before

    def test_inactive_and_back(self, suite: Suite) -> None:
        made = ask(suite, "POST", "/departamento", {"nome": "Fibra", "descricao": "Ótica", "ordem": 4})[1]["_id"]
        row = suite.department("Fibra")
        assert ask(suite, "PUT", f"/departamento/{made}", {**row, "status": "I"})[0] == 200
        assert suite.department("Fibra") == {**row, "status": "I"}
        assert ask(suite, "PUT", f"/departamento/{made}", {**row, "status": "I", "nome": "Outro"})[0] == 400
        assert ask(suite, "PUT", f"/departamento/{made}", {**row, "status": "A", "nome": "Outro"})[0] == 200
        assert suite.department("Outro") == {**row, "nome": "Outro"}


class TestTags:
    """Made, and found by name."""

    @pytest.mark.parametrize(
        ("body", "status"),
        [({"nome": "vip", "cor": "#00aa00"}, 200), ({"nome": "vip"}, 200), ({"nome": "urgente"}, 409), ({}, 400),
         ({"nome": 7}, 400), ({"nome": "vip", "empresa": "x"}, 400), ({"nome": "vip", "cor": 7}, 400)],
    )  # fmt: skip
    def test_what_can_be_made(self, suite: Suite, body: Any, status: int) -> None:
        assert ask(suite, "POST", "/etiqueta", body)[0] == status
        found = ask(suite, "GET", "/etiqueta", {"filter": {"nome": "vip"}})[1]
        assert len(found) == (status == 200)


class TestScreens:
    """The same installation in a browser."""

    def test_a_department_made_there_is_in_the_api_under_the_same_id(self, suite: Suite) -> None:
        page = requests.get(f"{suite.url}/groups", timeout=5).text
        row = suite.department("Suporte")
        assert row["_id"] in page
        assert requests.get(f"{suite.url}/groups/{row['_id']}", timeout=5).status_code == 200

    def test_no_screen_shows_a_secret(self, suite: Suite) -> None:
        for path in ("", "groups", "users", "roles", f"groups/{suite.department('Suporte')['_id']}"):
            suite.no_secret_in(requests.get(f"{suite.url}/{path}", timeout=5).text)

    def test_what_leaves_on_a_screen_is_inactive_in_the_api(self, suite: Suite) -> None:
        made = suite.add("group", "Fibra", name="Fibra")
        answer = requests.post(f"{suite.url}/groups/{made.native_id}/delete", timeout=5)
        assert answer.status_code == 200
        assert suite.names("I") == ["Fibra"]
        assert requests.post(f"{suite.url}/groups/departed/{made.native_id}", timeout=5).status_code == 200
        assert (suite.names("I"), suite.department("Fibra")["_id"]) == ([], made.native_id)

    def test_in_the_vendor_s_language(self, tmp_path: Path) -> None:
        with Suite(tmp_path, Options(language="pt-BR")) as suite:
            assert "Permissões" in requests.get(suite.url, timeout=5).text


class TestEstate:
    """What is kept, and what is made up."""

    def test_the_same_numbers_make_the_same_estate(self) -> None:
        seed = Seed(users=30, departments=90, seed=3)
        with Emulator(seed=seed) as one, Emulator(seed=seed) as other, Emulator(seed=Seed(users=30)) as third:
            assert one.estate.all("user") == other.estate.all("user") != third.estate.all("user")
            assert len(one.estate.all("group")) == 90

    def test_a_file_keeps_everything(self, tmp_path: Path) -> None:
        options = Options(database=tmp_path / "opa.db")
        with Emulator(options, seed=Seed(users=5)) as emulator:
            token, people = emulator.token, emulator.estate.all("user")
        with Emulator(options, seed=Seed(users=50)) as emulator:
            assert (emulator.token, emulator.estate.all("user")) == (token, people)
        with Emulator(Options(database=tmp_path / "opa.db", token="another")) as emulator:
            assert emulator.token == "another"

    def test_without_a_file_nothing_is_left(self) -> None:
        with Emulator() as emulator:
            folder = emulator.estate.path.parent
            assert folder.is_dir()
        assert not folder.exists()


class TestCommand:
    """`ccconf emulator opasuite`."""

    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody waits for Ctrl-C here."""

        def interrupted(server: Server) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Server, "run", interrupted)

    def test_says_what_belongs_into_ccconf_yaml(self) -> None:
        ran = CliRunner().invoke(command, ["opasuite", "--users", "5", "--seats", "9", "--token", "abc"])
        assert ran.exit_code == 0, ran.output
        for words in ("platform: opasuite", "export OPA_TOKEN=abc", "licence: {seats: 9}", "token: !env OPA_TOKEN",
                      "It is not Opa! Suite", "/usuarios/importar", "the emulator has stopped"):  # fmt: skip
            assert words in ran.output

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [(["--users", "9", "--seats", "3"], "more people to make up than licences"),
         (["--faults", "sometimes"], "there is no fault 'sometimes'"), (["--seats", "1"], "1 is not in the range")],
    )  # fmt: skip
    def test_what_cannot_be(self, arguments: list[str], words: str) -> None:
        ran = CliRunner().invoke(command, ["opasuite", *arguments])
        assert (ran.exit_code, words in ran.output) == (2, True), ran.output

    def test_revoke_is_a_fault_of_its_own(self) -> None:
        assert CliRunner().invoke(command, ["opasuite", "--faults", "revoke:at=3"]).exit_code == 0
