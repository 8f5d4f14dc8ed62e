"""What is known of one platform says nothing of another one; and a platform may get a new address."""

from __future__ import annotations

import shutil

import pytest

from ccconf.ledger.lock import take
from ccconf.ledger.spot import Spot, platform_address
from tests.ledger_commands.office import ANN, BO, Office


def moved(office: Office, to: str = "other.db") -> Office:
    """Somebody writes another address into ccconf.yaml."""
    office.project(url=to)
    return office


@pytest.mark.parametrize("command", ["plan", "apply --yes", "undo --yes", "undo --out undo.json"])
def test_nothing_is_planned_from_what_is_known_of_another_platform(office: Office, command: str) -> None:
    ran = moved(office.worked()).run(*command.split())
    assert ran.code == 1 and not (office.folder / "other.db").exists()
    assert "CC017" in ran.err and "office is local other.db now" in ran.err and "applied on local live.db" in ran.err
    assert "ccconf.yaml:" in ran.err and "ccconf ledger readdress -t office" in ran.err


def test_nobody_leaves_because_the_address_was_changed(office: Office) -> None:
    """The other platform has people under the same ids, whom ccconf has never seen."""
    office.worked()
    here = office.folder / "live.db"
    shutil.copy(here, office.folder / "other.db")
    moved(office).declare(users={"ann": ANN})
    assert office.run("apply", "--yes").code == 1
    assert office.ledger_of("user").keys() == {"ann", "bo"}


@pytest.mark.parametrize("url", ["./live.db", "../project/live.db"])
def test_the_same_address_in_other_words_is_the_same(office: Office, url: str) -> None:
    moved(office.worked(), url).silent()


def test_the_same_platform_under_another_address(office: Office) -> None:
    office.worked()
    (office.folder / "live.db").rename(office.folder / "other.db")
    moved(office)
    asked = office.run("ledger", "readdress")
    assert (asked.code, asked.err.split()[0]) == (1, "CC704")
    ran = office.run("ledger", "readdress", "--yes")
    assert (ran.code, ran.out) == (0, "office was local live.db and is local other.db from now on.\n")
    again = office.run("ledger", "readdress", "--yes")
    assert (again.code, again.out) == (0, "office is local other.db in the ledger, too.\n")
    office.silent()
    office.declare(users={"bo": BO})
    (leaves,) = office.plan().steps  # it is still known that ccconf made her
    assert (leaves.id, leaves.reason) == ("update user/ann", "leaves")
    office.apply()


def test_not_while_a_run_is_at_work_at_either_address(office: Office) -> None:
    moved(office.worked())
    for address in ("local live.db", "local other.db"):
        with office.opened() as ledger, take(ledger, Spot(address, "shop"), "Dora", 0.0, lambda _: None):
            ran = office.run("ledger", "readdress", "--yes")
            assert ran.code == 1 and "CC012" in ran.err and "Dora" in ran.err
    assert office.run("ledger", "readdress", "--yes").code == 0


def test_a_ledger_that_does_not_know_the_name_learns_it(office: Office) -> None:
    ran = office.run("ledger", "readdress", "--yes")
    assert (ran.code, ran.out) == (0, "The ledger knows nothing of office yet.\n")
    office.worked()
    assert office.content()["targets"] == [{"address": "local live.db", "target": "office"}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://pbx.example.com", "https://pbx.example.com/"),
        ("https://pbx.example.com", "HTTPS://PBX.Example.COM:443"),
        ("http://pbx.example.com:80/a/", "http://pbx.example.com/a"),
        ("https://[2001:DB8::1]:5001/", "https://[2001:db8::1]:5001"),
        ("live.db", "../office/live.db"),
    ],
)
def test_one_platform(one: str, other: str) -> None:
    assert platform_address("3cx", one, "a") == platform_address("3cx", other, "b")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://pbx.example.com", "http://pbx.example.com"),
        ("https://pbx.example.com", "https://pbx.example.com:5001"),
        ("https://pbx.example.com/a", "https://pbx.example.com/A"),
        ("live.db", "other.db"),
        ("", ""),  # who can only be reached by people has no address but a name
    ],
)
def test_two_platforms(one: str, other: str) -> None:
    assert platform_address("3cx", one, "a") != platform_address("3cx", other, "b")
