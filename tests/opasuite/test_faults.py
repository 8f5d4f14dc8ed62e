"""What goes wrong between ccconf and an Opa! Suite: each fault has a message and an exit code, and loses nothing.

"Loses nothing" means each time: no department is there twice or gone by mistake, and once the fault is over the same
manifests settle into silence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ccconf.emulation import Answer, Request
from ccconf.errors import Broken, CcconfError
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection
from ccconf.platforms.opasuite.connection import connect
from ccconf.platforms.opasuite.emulator import Options, Seed
from tests.opasuite.suite import SECRET, Suite, items, new
from tests.threecx.pbx import Ran, free_port

TEAM = """
groups:
  Vendas: {name: Vendas, description: Novos clientes}
  Fibra: {name: Fibra}
"""
CHANGED = TEAM.replace("Novos clientes", "Clientes novos")
RENAMED = TEAM.replace("name: Fibra", "name: Ótica")
WITHOUT_FIBRA = TEAM[: TEAM.index("  Fibra")]
THERE = ["Fibra", "Financeiro Norte", "Suporte", "Vendas", "Vendas Norte"]
HTML = b"<!DOCTYPE html><h1>Please sign in</h1>"
ONE = r"/departamento/[0-9a-f]{24}$"


@pytest.fixture
def staffed(suite: Suite) -> Suite:
    """The installation with the team, made by ccconf, and its log empty."""
    suite.declare(TEAM)
    ran = suite.ccconf("apply --yes")  # that silence follows is for `over` to show, and not for each beginning
    assert ran.code == 0, ran.text
    suite.server.requests.clear()
    return suite


def says(ran: Ran, code: int, *words: str) -> None:
    """The exit code, and that a person is told all of this."""
    assert ran.code == code, ran.text
    missing = [word for word in words if word not in ran.text]
    assert not missing, f"{missing} is not said in:\n{ran.text}"


def over(suite: Suite) -> None:
    """The fault is over: the same manifests are brought there, nothing is there twice, and all is silent."""
    suite.goes_well()
    ran = suite.ccconf("apply --yes")
    assert ran.code == 0, ran.text
    suite.settled()
    assert len(set(suite.names())) == len(suite.names())


class TestTheAddress:
    """Where to, and whether it is safe to talk there."""

    def test_nobody_answers_at_the_port(self, staffed: Suite) -> None:
        port = free_port()
        staffed.target(url=f"http://127.0.0.1:{port}")
        says(staffed.ccconf("plan"), 1, f"CC017 opa is opasuite http://127.0.0.1:{port} now", "ledger readdress")
        assert staffed.ccconf("ledger readdress --yes").code == 0
        says(staffed.ccconf("plan"), 1, f"CC707 http://127.0.0.1:{port} cannot be reached", "check url:")
        staffed.target()
        assert staffed.ccconf("ledger readdress --yes").code == 0
        over(staffed)

    @pytest.mark.parametrize("url", ["centro.opasuite.example", "ftp://centro.opasuite.example", "https://"])
    def test_what_is_no_address_is_told_at_once(self, staffed: Suite, url: str) -> None:
        staffed.target(url=url)
        assert staffed.ccconf("ledger readdress --yes").code == 0
        says(staffed.ccconf("plan"), 1, "CC707", "is no address", "write url: https://")

    def test_the_address_sends_elsewhere(self, staffed: Suite) -> None:
        staffed.alter = lambda request, answer: Answer(301, b"", (("Location", "https://127.0.0.1:1/"),))
        says(staffed.ccconf("plan"), 1, "CC707", "sends elsewhere (status 301)")
        assert len(staffed.server.requests) == 1
        over(staffed)

    def test_a_certificate_that_is_not_there(self, staffed: Suite) -> None:
        staffed.target(options={"ca": "gone.pem"})
        says(staffed.ccconf("plan"), 1, "CC707 the certificate file gone.pem is not there")

    def test_an_own_address_that_is_none(self, staffed: Suite) -> None:
        staffed.target(options={"address": "the office"})
        says(staffed.ccconf("plan"), 1, "CC202 the office is no address", "options: {address: 203.0.113.7}")


class TestTheToken:
    """Old, inactive, from the wrong network, or not allowed to."""

    def test_a_new_token_kills_the_old_one_at_once(self, staffed: Suite) -> None:
        staffed.emulator.new_token()
        ran = staffed.ccconf("plan")
        says(
            ran, 1, "CC708", "does not accept the token: Invalid token", "making a new token kills the old one at once"
        )
        staffed.patch.setenv("OPA_TOKEN", staffed.emulator.token)
        over(staffed)

    def test_a_token_that_dies_within_a_run(self, suite: Suite) -> None:
        """What was done stays done and noted, the rest is told, and the next run does it."""
        suite.declare(TEAM)
        suite.goes_wrong(kind="revoke", method="POST", at=2)
        ran = suite.ccconf("apply --yes")
        says(ran, 5, "CC708")
        suite.patch.setenv("OPA_TOKEN", suite.emulator.token)
        over(suite)
        assert suite.names() == THERE

    def test_a_user_who_is_inactive(self, staffed: Suite) -> None:
        staffed.change(Ref("user", "integracao@centro.example"), status="inactive")
        says(staffed.ccconf("plan"), 1, "CC708", "Inactive user", "an inactive user has none")

    def test_an_address_outside_the_allowed_networks(self, staffed: Suite) -> None:
        staffed.add("allowlist", staffed.emulator.group, networks={"203.0.113.0/24": ""})
        says(staffed.ccconf("plan"), 1, "CC709", "Network not allowed", "Redes permitidas", "API permission")
        assert staffed.names() == THERE

    def test_an_address_inside_them(self, tmp_path: Path) -> None:
        with Suite(tmp_path, Options(address_header="X-From")) as suite:
            suite.add("allowlist", suite.emulator.group, networks={"127.0.0.0/8": ""})
            assert items(suite.connected().observe("group"))

    def test_a_permission_group_without_the_permission(self, staffed: Suite) -> None:
        staffed.change(
            Ref("role", staffed.emulator.group), permissions={"api.departments": True, "api.service_periods": True}
        )
        ran = staffed.ccconf("plan")
        says(
            ran,
            1,
            "CC709",
            "does not let the token read /usuario: Invalid permissions profile",
            "on the screen Permissões",
        )

    @pytest.mark.parametrize("token", ["", "   "])
    def test_no_token(self, staffed: Suite, token: str) -> None:
        connection = Connection(staffed.url, Path(), "x", *_nothing(), {"token": token}, lambda _: b"")
        with pytest.raises(Broken, match="CC708 Opa! Suite needs token"):
            connect(connection)

    @pytest.mark.parametrize("token", ["two words", "zażółć", "line\nline"])
    def test_what_cannot_be_a_token(self, staffed: Suite, token: str) -> None:
        with pytest.raises(Broken, match="CC708 the token has characters that no token has") as raised:
            staffed.connected(token)
        assert token not in str(raised.value)


def _nothing() -> tuple[Any, None]:
    from ccconf.model.licence import Licence

    return Licence(), None


class TestBusy:
    """429 and gateways."""

    def test_429_is_waited_for_and_nothing_is_twice(self, suite: Suite) -> None:
        suite.declare(TEAM)
        suite.goes_wrong(kind="status", code=429, share=0.5, retry_after=1)
        assert suite.ccconf("apply --yes").code == 0
        assert suite.names() == THERE
        assert sum(suite.clock.waits) >= 1
        over(suite)

    def test_a_limit_that_nobody_published_is_kept(self, tmp_path: Path) -> None:
        with Suite(tmp_path, Options(rate_limit=5.0, burst=5, says_retry_after=False), Seed(departments=3)) as suite:
            suite.declare(TEAM)
            suite.apply()
            assert suite.names() == THERE

    @pytest.mark.parametrize("code", [502, 503, 504])
    def test_a_gateway_that_fails_a_while_is_asked_again(self, staffed: Suite, code: int) -> None:
        staffed.goes_wrong(kind="status", code=code, method="GET", times=4)
        staffed.settled()

    @pytest.mark.parametrize("code", [500, 501, 599])
    def test_an_error_of_the_platform_itself_is_told_at_once(self, staffed: Suite, code: int) -> None:
        staffed.goes_wrong(kind="status", code=code, method="GET")
        says(staffed.ccconf("plan"), 1, "CC707", f"failed (status {code})", "try again later")
        assert len(staffed.server.requests) == 1
        over(staffed)

    def test_a_server_that_never_answers_is_given_up(self, staffed: Suite) -> None:
        staffed.target(options={"timeout": 0.05})
        staffed.goes_wrong(kind="frozen", method="GET")
        says(staffed.ccconf("plan"), 1, "CC707", "no answer in time")
        staffed.target()
        over(staffed)


class TestOtherAnswers:
    """Answers that are none, or say in the body what the status does not."""

    @pytest.mark.parametrize(
        "body",
        [HTML, b"", b"[]", b'"yes"', b"{", b'{"data": {}}', b'{"data": [1]}', b'{"data": [{}]}', b"\xff\xfe", b"{}"],
    )
    def test_a_list_that_is_something_else(self, staffed: Suite, body: bytes) -> None:
        staffed.alter = lambda request, answer: answer._replace(body=body)
        says(
            staffed.ccconf("plan"), 1, "CC710", "answers /atendimento/periodo with something that is not of Opa! Suite"
        )
        over(staffed)

    @pytest.mark.parametrize("body", [HTML, b'{"data": []}', b'{"data": {"_id": "65a1b2c3d4e5f6ffffffffff"}}'])
    def test_one_object_that_is_something_else(self, staffed: Suite, body: bytes) -> None:
        opa = staffed.connected()
        live = opa.lookup(Ref("group", "Vendas"))
        assert live is not None
        staffed.alter = lambda request, answer: answer._replace(body=body)
        with pytest.raises(Broken, match="CC710"):
            opa.current("group", live.native_id)

    def test_a_page_of_a_proxy_after_a_write_is_looked_behind(self, staffed: Suite) -> None:
        staffed.declare(CHANGED)
        staffed.goes_wrong(kind="garbage", method="PUT", times=1)
        says(staffed.ccconf("apply --yes"), 0, "1 done.")
        over(staffed)

    def test_errors_that_only_the_body_tells(self, tmp_path: Path) -> None:
        """Whether the status of HTTP always is the `code` of the body, nobody knows."""
        with Suite(tmp_path, Options(status_in_body_only=True), Seed(departments=3)) as suite:
            opa = suite.connected()
            assert opa.current("group", "65a1b2c3d4e5f6ffffffffff") is None
            with pytest.raises(Broken, match="CC708"):
                items(suite.connected("another-token").observe("group"))
            made = opa.perform(new("Vendas")).observed
            assert made is not None
            suite.declare(TEAM)
            suite.apply()


class TestLostAnswers:
    """Carried out, and then the line went dead: looked up, and made once."""

    @pytest.mark.parametrize("kind", ["lost", "refuse", "truncated", "garbage"])
    def test_a_creation_is_looked_up_before_it_is_repeated(self, suite: Suite, kind: str) -> None:
        suite.declare(TEAM)
        suite.goes_wrong(kind=kind, method="POST", times=1)
        was_made = kind in ("lost", "truncated")
        says(suite.ccconf("apply --yes"), 0 if was_made else 5, "done")
        assert suite.asked("POST") == 2  # that Opa! refuses a second of the name is not known for sure
        over(suite)
        assert suite.names() == THERE

    def test_a_creation_that_fails_for_ever(self, suite: Suite) -> None:
        suite.declare(TEAM)
        suite.goes_wrong(kind="status", code=500, method="POST")
        says(suite.ccconf("apply --yes"), 5, "CC703", "failed (status 500)", "whether it was done is not known")
        assert suite.asked("POST") == 2  # two departments, once each: that a second is refused is not known for sure
        over(suite)
        assert suite.names() == THERE

    def test_a_creation_whose_looking_up_fails_as_well(self, suite: Suite) -> None:
        """Nothing is tried blindly, and the next run takes it over."""
        suite.declare(TEAM)

        def goes_dead(request: Request, answer: Answer) -> Answer:
            if request.method == "POST":
                suite.goes_wrong(kind="refuse", path="/departamento")
                return answer._replace(body=HTML)
            return answer

        suite.alter = goes_dead
        assert suite.ccconf("apply --yes").code == 5
        assert suite.asked("POST") <= 2  # each of the two at most once
        over(suite)
        assert suite.names() == THERE

    def test_a_creation_that_is_accepted_and_not_made(self, suite: Suite) -> None:
        suite.declare(TEAM)
        whole = suite.server.application
        suite.server.application = lambda request: (
            Answer(200, b'{"code": 200, "data": {}}') if request.method == "POST" else whole(request)
        )
        says(suite.ccconf("apply --yes"), 5, "CC702", "accepted the department", "and did not make it")
        suite.server.application = whole
        over(suite)

    def test_a_creation_that_cannot_be_looked_at_is_uncertain(self, suite: Suite) -> None:
        opa = suite.connected()

        def goes_dead(request: Request, answer: Answer) -> Answer:
            if request.method == "POST":
                suite.goes_wrong(kind="status", code=500, method="GET")
            return answer

        suite.alter = goes_dead
        with pytest.raises(CcconfError, match="CC703 group/Fibra was written; looking at it failed"):
            opa.perform(new("Fibra"))

    @pytest.mark.parametrize("kind", ["lost", "refuse", "truncated"])
    @pytest.mark.parametrize("manifest", [CHANGED, RENAMED, WITHOUT_FIBRA], ids=["changed", "renamed", "gone"])
    def test_a_change_is_set_again(self, staffed: Suite, manifest: str, kind: str) -> None:
        staffed.declare(manifest)
        staffed.goes_wrong(kind=kind, method="PUT", times=1)
        says(staffed.ccconf("apply --yes"), 0, "1 done.")
        staffed.settled()
        assert staffed.asked("PUT") == 2

    def test_a_change_whose_answers_are_all_lost_is_not_called_failed(self, staffed: Suite) -> None:
        staffed.declare(CHANGED)
        staffed.goes_wrong(kind="lost", method="PUT")
        says(staffed.ccconf("apply --yes"), 0, "1 done")  # it is looked at
        assert staffed.department("Vendas")["descricao"] == "Clientes novos"
        staffed.goes_well()
        staffed.settled()

    def test_a_change_that_cannot_be_looked_at_is_uncertain(self, staffed: Suite) -> None:
        staffed.declare(CHANGED)

        def goes_dead(request: Request, answer: Answer) -> Answer:
            if request.method == "PUT":
                staffed.goes_wrong(kind="status", code=500, path=ONE)
            return answer

        staffed.alter = goes_dead
        says(staffed.ccconf("apply --yes"), 5, "CC703", "was written; looking at it failed")
        over(staffed)


class TestSecrets:
    """What the platform says in its own words may hold a secret; what ccconf says never does."""

    def test_of_a_refusal(self, suite: Suite) -> None:
        body = (
            b'{"status": "error", "code": 400, "data": {"message": "bad token ' + suite.emulator.token.encode() + b'"},'
            b' "description": "and ' + f"{SECRET}{suite.department('Suporte')['_id']}".encode() + b'"}'
        )
        opa = suite.connected()
        items(opa.observe("group"))
        whole = suite.server.application
        suite.server.application = lambda request: Answer(400, body) if request.method == "POST" else whole(request)
        with pytest.raises(CcconfError) as raised:
            opa.perform(new("Fibra"))
        assert "bad token (hidden): and (hidden)" in str(raised.value)
        suite.no_secret_in(str(raised.value))

    def test_of_an_object(self, suite: Suite) -> None:
        """Nothing that leaves the connection holds the token of a department."""
        opa = suite.connected()
        told = [
            *items(opa.observe("group")),
            *items(opa.observe("user")),
            *opa.listed("reasons", ()),
            *opa.listed("holidays", ()),
        ]
        suite.no_secret_in(str(told))
        suite.no_secret_in(suite.ccconf("show groups --format json").text)
