"""Opa! Suite, from empty to a whole estate and back: departments by API, people by import file, the rest by hand."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ccconf.manifest.guide import guide_of
from ccconf.platform.discovery import find
from ccconf.platform.record import Snapshot
from ccconf.platforms.opasuite.emulator import Emulator, Options
from tests.byhand.rounds import Office
from tests.screens.person import Person

KINDS = ("group", "user", "role", "allowlist", "schedule")


class Clerk:
    """Somebody in front of the screens of Opa! Suite."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.person = Person(url, find("opasuite", None).facts, guide_of("ccconf.platforms.opasuite"))

    def perform(self, change: Any) -> None:
        """On the screens."""
        self.person.perform(change)

    def look(self) -> Snapshot:
        """At all of them."""
        return self.person.look(KINDS)

    def imports(self, path: Path) -> None:
        """Carry a file to the import screen."""
        answer = requests.post(
            f"{self.url}/usuarios/importar", files={"arquivo": (path.name, path.read_bytes(), "text/csv")}, timeout=10
        )
        assert answer.ok, answer.text


@pytest.fixture(name="emulator")
def use_emulator() -> Iterator[Emulator]:
    with Emulator(Options(seats=30, modules=("call-center",))) as emulator:
        yield emulator


@pytest.fixture(name="office")
def use_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> Iterator[Office]:
    monkeypatch.setenv("OPA_TOKEN", emulator.token)
    with emulator.serving() as server:
        clerk = Clerk(server.url)
        office = Office(
            tmp_path,
            monkeypatch,
            clerk,
            clerk.imports,
            platform="opasuite",
            url=server.url,
            licence={"modules": ["call-center"], "seats": 30},
            credentials={"token": "OPA_TOKEN", "group": emulator.group},
            options={"address": "127.0.0.1"},
        )
        path = tmp_path / "ccconf.yaml"
        path.write_text(path.read_text().replace('"OPA_TOKEN"', "!env OPA_TOKEN"))
        yield office


def take_over(office: Office) -> None:
    """The example's manifests, with the address from which this ccconf calls."""
    office.take_over("opasuite")
    networks = office.folder / "manifests" / "networks.yaml"
    own = "integracao: {networks: {203.0.113.0/26: Matriz, 127.0.0.1: ccconf}}"
    networks.write_text(networks.read_text("utf-8").replace("integracao: *matriz", own), "utf-8")


def test_ccconf_is_not_locked_out(office: Office) -> None:
    office.take_over("opasuite")
    office.see()
    refused = office.run("plan")
    assert refused.code == 3
    assert "CC606" in refused.out and "127.0.0.1" in refused.out


def test_an_estate_from_empty_to_complete_and_back(office: Office) -> None:
    take_over(office)
    assert office.settle() <= 4
    complete = office.run("show role administracao --format json").data["fields"]["permissions"]
    assert len([name for name in complete if not name.startswith("audit.")]) == 36  # all toggles of the document
    assert "responsible" in office.run("show user helena.prado").out

    for name in ("people", "periods", "departments", "networks"):
        (office.folder / "manifests" / f"{name}.yaml").unlink()
    office.declare("groups: {suporte: {name: Suporte}, suporte-n2: {name: Suporte N2}, novo: {name: Novo}}\n")
    refused = office.run("plan")
    assert refused.code == 3 and "CC601" in refused.out  # nobody empties an office by accident
    assert "CC504 group/comercial cannot go: user/helena.prado still has it under groups" in refused.out
    office.declare(
        "groups: {comercial: {name: Comercial}, financeiro: {name: Financeiro}, suporte: {name: Suporte},"
        " suporte-n2: {name: Suporte N2}, novo: {name: Novo}}\n"
    )
    everything = dict.fromkeys(("users", "schedules", "allowlists"), "100%")
    office.edit('"platform"', f'"guards": {{"deletes": {json.dumps(everything)}}}, "platform"')
    assert office.settle() <= 4
    active = office.run("show user --status active").out
    assert "helena.prado" not in active
    assert office.run("show allowlist").out.splitlines()[-1] == "0 allowlists"

    office.declare((office.folder / "manifests" / "all.yaml").read_text().replace(", novo: {name: Novo}", ""))
    assert office.settle() == 1  # a department without people is made inactive, by API
    assert "Novo" not in office.run("show group").out


def test_a_deletion_that_was_only_said_to_be_done_comes_back(office: Office) -> None:
    """The API shows service periods, so it is believed more than a person."""
    take_over(office)
    office.settle()
    (office.folder / "manifests" / "periods.yaml").unlink()
    office.edit('"platform"', '"guards": {"deletes": {"schedules": "100%"}}, "platform"')
    assert office.run("apply --yes").code == 6
    assert office.run("confirm schedule/comercial").code == 0
    again = office.run("plan")
    assert again.code == 2 and "- schedule/comercial" in again.out and "CC712" in again.out


def test_what_the_api_does_not_show_of_a_new_person_is_believed(office: Office) -> None:
    take_over(office)
    office.round()
    office.round()
    assert office.run("apply --yes").code in (0, 6)
    silent = office.run("plan")
    assert "! roles" not in silent.out  # confirmed with the person, and no snapshot has been imported since


def test_passwords_are_in_one_file_and_nowhere_else(office: Office) -> None:
    take_over(office)
    office.round()
    office.see()
    applied = office.run("apply --yes --format json")
    (people,) = office.newest().glob("*.csv")
    assert stat.S_IMODE(people.stat().st_mode) == 0o600
    passwords = [row.split(";")[2].strip('"') for row in people.read_text("utf-8-sig").splitlines()[1:]]
    assert len(passwords) == 11 and len(set(passwords)) == 11  # a bot, and who may not sign in, are made by hand
    everywhere = [
        applied.text,
        *(_text(path) for path in office.folder.rglob("*") if path.is_file() and path != people),
    ]
    assert not [word for word in passwords for text in everywhere if word in text]
    before = people.read_bytes()
    assert office.run("apply --yes").code == 6
    assert people.read_bytes() == before  # what was given out stays


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
