"""IPTEL, from empty to a whole estate and back, by screens alone: the runbook is followed, the next plan is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ccconf.manifest.guide import guide_of
from ccconf.platform.discovery import find
from ccconf.platform.record import Snapshot
from ccconf.platforms.iptel.emulator import Emulator, Options
from tests.byhand.rounds import Office
from tests.screens.person import Person

ROLES = ("dialler", "reports", "recordings", "campaigns", "Employees and groups")


class Clerk:
    """Somebody in front of IPTEL's screens, who also knows the roles that the installation has."""

    def __init__(self, url: str) -> None:
        self.person = Person(url, find("iptel", None).facts, guide_of("ccconf.platforms.iptel"))

    def perform(self, change: Any) -> None:
        """On the screens."""
        self.person.perform(change)

    def look(self) -> Snapshot:
        """At all of them."""
        return self.person.look(("group", "user", "role"))


def test_an_estate_from_empty_to_complete_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(Options(roles=ROLES)) as emulator, emulator.serving() as server:
        office = Office(tmp_path, monkeypatch, Clerk(server.url), platform="iptel", leavers="delete")
        office.take_over("iptel")
        assert office.settle() <= 3
        shown = office.run("show group supervisors")
        assert "dele.adeyinka" in shown.out and "reports" in shown.out

        office.target(guards={"deletes": {"users": "100%", "groups": "100%"}})
        for path in (office.folder / "manifests").glob("*.yaml"):
            path.unlink()
        office.declare(
            "users: {harriet.olmstead: {name: Harriet Olmstead, groups: [administrators]}}\n"
            "groups: {administrators: {name: Administrators}}\n"
        )
        assert "CC508 role/reports is no longer in Git and stays" in office.run("plan").out
        assert office.settle() <= 3
        assert office.run("show user").out.splitlines()[-1] == "1 user"
        assert office.run("show group").out.splitlines()[-1] == "1 group"


def test_a_group_goes_when_its_people_have_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the document: nobody's only group is deleted, so people are moved first, in the same runbook."""
    with Emulator(Options(roles=ROLES)) as emulator, emulator.serving() as server:
        office = Office(tmp_path, monkeypatch, Clerk(server.url), platform="iptel")
        office.declare("groups: {a: {name: A}, b: {name: B}}\nusers: {ann: {name: Ann, groups: [a]}}\n")
        office.settle()
        office.declare("groups: {b: {name: B}}\nusers: {ann: {name: Ann, groups: [b]}}\n")
        assert office.settle() <= 2
        assert "groups: b" in office.run("show user ann").out
        assert office.run("show group a").code == 1
