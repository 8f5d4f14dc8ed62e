"""The console's list of addresses, which really keeps people out, and the block list."""

from __future__ import annotations

from typing import Any

import pytest

from ccconf.platforms.threecx.emulator import Options
from tests.emulation.desk import Desk, desk

ELSEWHERE = Options(address_header="X-Forwarded-For")


def test_the_caller_is_told_his_address() -> None:
    with desk(ELSEWHERE) as office:
        assert office.get("/ConsoleRestrictions")["MyIpAddress"] == "127.0.0.1"
        office.session.headers["X-Forwarded-For"] = "192.0.2.7, 10.0.0.1"
        assert office.get("/ConsoleRestrictions")["MyIpAddress"] == "192.0.2.7"


def test_the_header_is_only_believed_where_it_was_agreed(office: Desk) -> None:
    office.session.headers["X-Forwarded-For"] = "192.0.2.7"
    assert office.get("/ConsoleRestrictions")["MyIpAddress"] == "127.0.0.1"


def test_a_list_without_its_author_locks_him_out(office: Desk) -> None:
    office.change("/ConsoleRestrictions", {"AccessRestricted": True, "IpWhitelist": ["192.0.2.0/24"]})
    assert "restricted" in office.refused("GET", "/Users", status=403)[1]
    office.refused("PATCH", "/ConsoleRestrictions", {"AccessRestricted": False}, status=403)
    assert office.token().status_code == 200
    office.log_in()
    office.emulator.patch("/ConsoleRestrictions", {"AccessRestricted": False})
    assert office.rows("/Users")


def test_only_listed_networks_come_in() -> None:
    with desk(ELSEWHERE) as office:
        networks = ["127.0.0.1", "198.51.100.0/255.255.255.0", "2001:db8::/32"]
        office.change("/ConsoleRestrictions", {"AccessRestricted": True, "IpWhitelist": networks})
        assert office.get("/ConsoleRestrictions")["IpWhitelist"] == networks
        for address, status in (
            ("127.0.0.1", 200),
            ("198.51.100.9", 200),
            ("2001:db8::1", 200),
            ("203.0.113.1", 403),
            ("nonsense", 403),
        ):
            office.session.headers["X-Forwarded-For"] = address
            assert office.call("GET", "/Defs").status_code == status, address


def test_the_list_is_replaced_as_a_whole(office: Desk) -> None:
    office.change("/ConsoleRestrictions", {"IpWhitelist": ["10.0.0.1", "10.0.0.2"]})
    office.change("/ConsoleRestrictions", {"IpWhitelist": ["10.0.0.2"]})
    assert office.get("/ConsoleRestrictions")["IpWhitelist"] == ["10.0.0.2"]
    assert office.get("/ConsoleRestrictions")["AccessRestricted"] is False


@pytest.mark.parametrize("mask", ["10.0.0.0/33", "ten", "", "10.0.0"])
def test_what_is_no_network_is_refused(office: Desk, mask: str) -> None:
    refused = office.refused("PATCH", "/ConsoleRestrictions", {"IpWhitelist": ["10.0.0.1", mask]})
    assert refused == ("IpWhitelist", "WARNINGS.INVALID_IP_MASK")
    assert office.refused("POST", "/Blocklist", {"IPAddrMask": mask}) == ("IPAddrMask", "WARNINGS.INVALID_IP_MASK")


def test_an_entry_by_hand_comes_changes_and_goes(office: Desk) -> None:
    entry = {"IPAddrMask": "203.0.113.0/24", "BlockType": "Allow", "ExpiresAt": "2026-04-01T02:00:00+02:00"}
    new = office.create("/Blocklist", entry)
    assert (new["AddedBy"], new["ExpiresAt"]) == ("Manual", "2026-04-01T00:00:00Z")
    path = f"/Blocklist({new['Id']})"
    office.change(path, {"Description": "a trial"})
    assert office.get(path)["Description"] == "a trial"
    assert office.refused("POST", "/Blocklist", entry) == ("IPAddrMask", "WARNINGS.XAPI.DUPLICATE")
    assert office.call("POST", "/Blocklist/Pbx.BulkIpsDelete", {"ids": [new["Id"]]}).status_code == 204
    office.refused("GET", path, status=404)
    office.drop("/Blocklist(1)")


@pytest.mark.parametrize(
    ("body", "target", "code"),
    [
        ({}, "IPAddrMask", "WARNINGS.XAPI.REQUIRED"),
        ({"IPAddrMask": "10.0.0.1", "ExpiresAt": "2020-01-01T00:00:00Z"}, "ExpiresAt", "WARNINGS.ALREADY_EXPIRED"),
    ],
)
def test_an_entry_that_cannot_be(office: Desk, body: Any, target: str, code: str) -> None:
    assert office.refused("POST", "/Blocklist", body) == (target, code)


def test_the_system_adds_entries_by_itself(office: Desk) -> None:
    automatic = office.rows("/Blocklist", filter="AddedBy ne 'Manual'")
    assert [row["AddedBy"] for row in automatic] == ["AutoBlacklist"]
    assert automatic[0]["ExpiresAt"] is not None
    assert office.rows("/Blocklist", filter="ExpiresAt gt 2027-01-01T00:00:00Z") == automatic
