"""What is done to one person at once, and who is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccconf.errors import CcconfError, Rejected, Uncertain
from ccconf.model.refs import Ref
from ccconf.model.user import User
from ccconf.platform.contract import Acting, Observed, Present
from ccconf.platforms.iqchannels.connection import IqChannels
from ccconf.platforms.iqchannels.emulator import Options, Seed
from tests.iqchannels.bank import Bank

WHO = "user2@bank.example"
ACTS = ("logout", "reset-password", "show-tokens", "revoke-tokens")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with Bank(tmp_path, Options(), Seed(users=4)) as one:
        one.emulator.estate.online.clear()
        yield one


def person(connection: IqChannels) -> Observed:
    found = connection.lookup(Ref("user", WHO))
    assert found is not None
    return found


def test_it_can_act_and_tell_who_is_present(bank: Bank) -> None:
    connection = bank.connect()
    assert isinstance(connection, Acting)
    assert isinstance(connection, Present)


def test_a_person_is_logged_out(bank: Bank) -> None:
    bank.emulator.comes_online(WHO)
    connection = bank.connect()
    who = person(connection)
    assert connection.present() == {who.native_id}
    assert connection.act("logout", who) == (f"{WHO} was logged out; open appeals go back to the queue",)
    assert connection.present() == frozenset()
    assert bank.emulator.done_to(WHO) == ["logout", "appeals-return"]


def test_a_password_is_reset_once_whatever_happens(bank: Bank) -> None:
    connection = bank.connect()
    who = person(connection)
    assert connection.act("reset-password", who) == (f"the password of {WHO} was reset",)
    bank.goes_wrong(kind="lost", path="reset-password")
    with pytest.raises(Uncertain):
        connection.act("reset-password", who)
    assert bank.emulator.done_to(WHO) == ["reset-password", "reset-password"]


def test_tokens_are_counted_and_never_shown(bank: Bank) -> None:
    connection = bank.connect()
    who = person(connection)
    assert connection.act("show-tokens", who) == (f"{WHO} has no access token",)
    first = bank.emulator.gives_token(WHO)
    (one,) = connection.act("show-tokens", who)
    assert one.startswith(f"{WHO} has 1 access token, the oldest since 20") and one.endswith(" UTC")
    second = bank.emulator.gives_token(WHO)
    (two,) = connection.act("show-tokens", who)
    assert two.startswith(f"{WHO} has 2 access tokens, the oldest since ")
    assert first not in two and second not in two
    assert connection.act("revoke-tokens", who) == (f"the access tokens of {WHO} were reset",)
    assert connection.act("show-tokens", who) == (f"{WHO} has no access token",)


@pytest.mark.parametrize("act", ACTS)
def test_without_a_path_the_way_by_hand_is_told(bank: Bank, act: str) -> None:
    connection = bank.connect({"user.list": "assumed", "user.get": "assumed"})
    with pytest.raises(Rejected) as raised:
        connection.act(act, person(connection))
    (found,) = raised.value.findings
    assert found.code == "CC714"
    assert "screen Пользователи, tab Пользователи" in found.hint
    assert bank.emulator.done_to(WHO) == []


def test_nobody_does_what_nobody_knows(bank: Bank) -> None:
    connection = bank.connect()
    with pytest.raises(Rejected, match="has no way for this that is known"):
        connection.act("promote", person(connection))


def test_who_is_known_from_a_snapshot_is_found_by_the_address(bank: Bank) -> None:
    known = Observed(Ref("user", "somebody"), User(email=WHO), "somebody", "")
    connection = bank.connect()
    connection.act("logout", known)
    assert bank.emulator.done_to(WHO)[0] == "logout"
    blind = bank.connect({"user.logout": "assumed"})
    with pytest.raises(Rejected) as raised:
        blind.act("logout", known)
    assert raised.value.findings[0].code == "CC714"


@pytest.mark.parametrize("act", ACTS)
def test_somebody_who_is_gone(bank: Bank, act: str) -> None:
    connection = bank.connect()
    who = person(connection)
    bank.emulator.call("user.delete", {"Id": int(who.native_id)})
    with pytest.raises(CcconfError) as raised:
        connection.act(act, who)
    assert raised.value.findings[0].code == "CC702"


def test_who_is_online_is_not_told_without_a_path(bank: Bank) -> None:
    with pytest.raises(Rejected) as raised:
        bank.connect({}).present()
    assert raised.value.findings[0].code == "CC714"
    assert len(bank.server.requests) == 0


def test_presence_is_no_difference(bank: Bank) -> None:
    """Who comes online changes nothing that Git could say: neither a plan nor a revision."""
    connection = bank.connect()
    before = person(connection)
    bank.emulator.comes_online(WHO)
    assert person(connection) == before


def test_the_commands(bank: Bank) -> None:
    """As a person types them."""
    bank.declare(f"users: {{dora: {{name: Dora, email: {WHO}}}}}\n")
    bank.emulator.comes_online(WHO)
    token = bank.emulator.gives_token(WHO)
    shown = bank.ccconf("show user --online")
    assert WHO in shown.out and "user1@bank.example" not in shown.out, shown.text
    for command in ("logout dora", "reset-password dora", "tokens dora", "tokens dora --revoke"):
        ran = bank.ccconf(f"user {command} --yes")
        assert ran.code == 0, ran.text
        assert token not in ran.text
    assert bank.emulator.done_to(WHO) == ["logout", "appeals-return", "reset-password", "revoke-tokens"]
    for path in bank.folder.rglob("*"):
        assert not path.is_file() or token.encode() not in path.read_bytes()
