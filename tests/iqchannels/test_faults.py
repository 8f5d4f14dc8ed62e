"""What goes wrong between ccconf and an iQChannels: each fault has a message, and loses nothing.

"Loses nothing" means each time: nobody is there twice or gone by mistake, and once the fault is over the same manifests
settle into silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.emulation import Answer, Request
from ccconf.errors import Uncertain
from ccconf.model.change import Create
from ccconf.platforms.iqchannels.emulator import Options
from tests.iqchannels.bank import Bank, Ran

TEAM = """\
roles: {operator: {name: Operator, permissions: {users: read}}}
skills: {cards: {name: Cards}}
users:
  anna: {name: Anna Berg, email: anna@bank.example, roles: [operator], skills: {cards: 2}}
  boris: {name: Boris Dorn, email: boris@bank.example, status: inactive}
"""
PROMOTED = TEAM.replace("Anna Berg", "Anna Lund")
WITHOUT_BORIS = TEAM[: TEAM.index("  boris")]
WRITES = ("roles/create", "skills/create", "users/create", "users/set-status")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with Bank(tmp_path, Options(modules=("iqpro", "bots"))) as one:
        one.target(leavers="delete")
        yield one


def says(ran: Ran, code: int, *words: str) -> None:
    """The exit code, and that a person is told all of this."""
    assert ran.code == code, ran.text
    missing = [word for word in words if word not in ran.text]
    assert not missing, f"{missing} is not said in:\n{ran.text}"


def over(bank: Bank) -> None:
    """The fault is over: the same manifests are brought there, nobody is there twice, and all is silent."""
    bank.goes_well()
    ran = bank.ccconf("apply --yes")
    assert ran.code == 0, ran.text
    bank.settled()
    for kind in ("role", "skill", "schedule"):
        names = [row["Name"] for row in bank.rows(f"{kind}.list")]
        assert len(set(names)) == len(names)
    assert len(set(bank.emails())) == len(bank.emails())


def failing(code: str, path: str) -> Any:
    """iQChannels itself says so, to one path, and does nothing."""

    def alter(request: Request, answer: Answer) -> Answer:
        error = {"OK": False, "Error": {"Code": code, "Text": "on purpose"}}
        return Answer(200, json.dumps(error).encode()) if path in request.path else answer

    return alter


class TestReading:
    """Nothing is concluded from half a read."""

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"kind": "garbage"}, ("CC710", "something that is not of iQChannels", "check url:")),
            ({"kind": "truncated"}, ("CC707", "broke off")),
            ({"kind": "status", "code": 503}, ("CC707", "stayed too busy")),
            ({"kind": "status", "code": 500}, ("CC707", "status 500, which iQChannels itself never does")),
            ({"kind": "status", "code": 401}, ("CC707", "status 401, which iQChannels itself never does")),
            ({"kind": "refuse"}, ("CC707", "broke off")),
        ],
    )
    def test_a_list_that_cannot_be_read(self, bank: Bank, fault: dict[str, Any], words: tuple[str, ...]) -> None:
        bank.settle(TEAM)
        bank.declare(WITHOUT_BORIS)
        bank.goes_wrong(path="users/list", **fault)
        says(bank.ccconf("apply --yes"), 1, *words)
        assert len(bank.emails()) == 2
        over(bank)
        assert bank.emails() == ["anna@bank.example"]

    def test_what_passes_by_itself_is_not_even_told(self, bank: Bank) -> None:
        for kind, path in (("refuse", "roles/list"), ("status", "skills/list"), ("truncated", "users/list")):
            bank.goes_wrong(kind=kind, path=path, times=3)
        bank.settle(TEAM)

    def test_too_many_requests_are_waited_for(self, bank: Bank) -> None:
        bank.goes_wrong(kind="status", code=429, retry_after=7, share=0.3, times=6)
        bank.settle(TEAM)
        assert bank.clock.now >= 7

    def test_a_frozen_answer_is_given_up(self, bank: Bank) -> None:
        bank.target(options={"paths": "assumed", "timeout": 0.2})
        bank.declare(TEAM)
        bank.goes_wrong(kind="frozen", path="roles/list")
        says(bank.ccconf("plan"), 1, "CC707", "no answer in time")
        bank.target(leavers="delete")
        over(bank)

    def test_the_address_sends_elsewhere(self, bank: Bank) -> None:
        bank.declare(TEAM)
        bank.alter = lambda request, answer: Answer(302, b"", (("Location", "https://127.0.0.1:1/"),))
        says(bank.ccconf("plan"), 1, "CC707", "sends elsewhere (status 302)")
        assert len(bank.server.requests) == 1
        over(bank)


class TestTheSession:
    """How it is obtained is not public; that it ends is."""

    def test_it_is_not_accepted(self, bank: Bank) -> None:
        bank.declare(TEAM)
        bank.patch.setenv("IQ_SESSION", "wrong")
        says(bank.ccconf("plan"), 1, "CC708", "does not accept the session", "cookie user-session")
        bank.patch.setenv("IQ_SESSION", bank.emulator.session)
        over(bank)

    def test_it_ends_in_the_middle_of_a_run(self, bank: Bank) -> None:
        """What was done stays done, the rest was certainly not done, and a new session goes on."""
        bank.declare(TEAM)
        bank.goes_wrong(kind="sign-out", path="users/create", at=1)
        ran = bank.ccconf("apply --yes")
        says(ran, 5, "CC708", "it has ended")
        assert bank.rows("role.list") and not bank.emails()
        bank.patch.setenv("IQ_SESSION", bank.emulator.new_session())
        over(bank)

    @pytest.mark.parametrize("level", ["read", "off"])
    def test_its_owner_may_not(self, tmp_path: Path, level: Any) -> None:
        with Bank(tmp_path, Options(level=level)) as bank:
            bank.declare("roles: {x: {name: X}}\n")
            ran = bank.ccconf("apply --yes")
            says(ran, 5 if level == "read" else 1, "CC709", "does not allow /api/", "needs the level Администратор")
            assert bank.rows("role.list") == []


class TestWriting:
    """A lost answer is looked up before anything is done again."""

    @pytest.mark.parametrize("path", WRITES)
    @pytest.mark.parametrize("kind", ["lost", "truncated", "refuse", "garbage", "status"])
    def test_one_answer_is_lost(self, bank: Bank, kind: str, path: str) -> None:
        """Done: it is found, and nobody hears of it. Not done: it may still come, so a creation stays open."""
        bank.declare(TEAM)
        bank.goes_wrong(kind=kind, path=path, at=1)
        ran = bank.ccconf("apply --yes")
        if path.endswith("create") and kind not in ("lost", "truncated"):
            says(ran, 5, "CC703", "whether it was done is not known")
        else:
            assert ran.code == 0 or kind == "garbage", ran.text
        over(bank)

    @pytest.mark.parametrize("kind", ["lost", "refuse", "garbage"])
    @pytest.mark.parametrize("path", ["users/delete", "users/restore", "skills/delete"])
    def test_the_answer_to_a_coming_or_going_is_lost(self, bank: Bank, kind: str, path: str) -> None:
        keyed = TEAM.replace("boris:", "boris@bank.example:")
        bank.settle(keyed)
        gone = (
            keyed[: keyed.index("  boris")]
            .replace(", skills: {cards: 2}", ", skills: {}")
            .replace("skills: {cards: {name: Cards}}\n", "")
        )
        bank.goes_wrong(kind=kind, path=path, at=1)
        bank.settle(gone)
        bank.settle(keyed)
        assert len(bank.rows("user.list", Deleted=True)) == 0

    def test_every_answer_to_a_creation_is_lost(self, bank: Bank) -> None:
        bank.declare(TEAM)
        bank.goes_wrong(kind="lost", path="users/create")
        ran = bank.ccconf("apply --yes")
        assert ran.code == 0, ran.text
        assert bank.emails() == ["anna@bank.example", "boris@bank.example"]
        over(bank)

    def test_nobody_can_say_whether_it_was_done(self, bank: Bank) -> None:
        bank.declare(TEAM)
        bank.goes_wrong(kind="lost", path="users/create", at=1)
        lists = []

        def alter(request: Request, answer: Answer) -> Answer:
            if request.path == "/api/users/create":
                lists.append(request)
            return Answer(500) if lists and request.path == "/api/users/list" else answer

        bank.alter = alter
        says(bank.ccconf("apply --yes"), 5, "CC703")
        assert len(set(bank.emails())) == len(bank.emails()) >= 1
        over(bank)

    def test_the_platform_itself_failed(self, bank: Bank) -> None:
        bank.settle(TEAM)
        bank.declare(PROMOTED)
        bank.alter = failing("internal_server_error", "users/update")
        says(bank.ccconf("apply --yes"), 0, "done")  # it was done before it failed, which is seen
        over(bank)

    @pytest.mark.parametrize("code", ["invalid", "bad_request", "not_found"])
    def test_the_platform_refuses(self, bank: Bank, code: str) -> None:
        bank.settle(TEAM)
        bank.declare(PROMOTED)
        bank.alter = lambda request, answer: answer
        refusing = failing(code, "users/update")
        bank.alter = refusing
        says(bank.ccconf("apply --yes"), 5, "CC702", "iQChannels: on purpose")
        over(bank)

    def test_a_second_call_of_a_change_is_refused(self, bank: Bank) -> None:
        """The first is done by then, so nobody may say that nothing was changed."""
        bank.alter = failing("invalid", "users/set-status")
        with pytest.raises(Uncertain, match=r"CC703 .*user\.create was done; then: iQChannels: on purpose"):
            bank.connect().perform(Create(kind="user", key="boris@bank.example", fields={"status": "inactive"}))
        assert bank.emails() == ["boris@bank.example"]

    def test_what_was_made_is_not_said(self, bank: Bank) -> None:
        """An answer without an id: the name tells it."""
        bank.declare(TEAM)
        bank.alter = lambda request, answer: (
            Answer(200, b'{"OK":true,"Result":{}}') if request.path.endswith("/create") else answer
        )
        ran = bank.ccconf("apply --yes")
        assert ran.code == 0, ran.text
        over(bank)

    def test_what_was_accepted_is_not_there(self, bank: Bank) -> None:
        bank.declare("users: {anna: {name: Anna, email: anna@bank.example}}\n")
        doors = bank.emulator.doors
        bank.emulator.doors = {**doors, "/api/users/create": doors["/api/skills/list"]}
        bank.alter = lambda request, answer: Answer(200, b'{"OK":true}') if request.path.endswith("/create") else answer
        says(bank.ccconf("apply --yes"), 5, "CC703", "nor show it")
        bank.emulator.doors = doors
        over(bank)

    def test_it_was_gone_by_then(self, bank: Bank) -> None:
        bank.settle(TEAM)
        bank.declare(PROMOTED)
        bank.ccconf(f"plan --out {bank.folder}/saved.json")
        bank.emulator.call("user.delete", {"Id": bank.user("anna@bank.example")["Id"]})
        says(bank.ccconf(f"apply {bank.folder}/saved.json --yes"), 4, "CC701", "it is gone")


def test_no_secret_is_left_anywhere(bank: Bank) -> None:
    """Law 10."""
    bank.settle(TEAM)
    bank.settle(PROMOTED)
    session = bank.emulator.session.encode()
    for path in bank.folder.rglob("*"):
        assert not path.is_file() or session not in path.read_bytes(), path
