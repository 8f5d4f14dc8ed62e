"""iQChannels, from empty to a whole estate and back: by hand alone, and over paths that the customer has named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.manifest.guide import guide_of
from ccconf.platform.discovery import find
from ccconf.platform.record import Snapshot
from ccconf.platforms.iqchannels.emulator import Emulator, Options
from tests.byhand.rounds import Office
from tests.screens.person import Person

LAYERS = ("base", "iqpro", "bots")
KINDS = ("group", "user", "role", "skill", "schedule")


class Clerk:
    """Somebody in front of the Russian screens."""

    def __init__(self, url: str) -> None:
        facts = find("iqchannels", None).facts
        self.person = Person(url, facts, guide_of("ccconf.platforms.iqchannels"), "ru")

    def perform(self, change: Any) -> None:
        """On the screens."""
        self.person.perform(change)

    def look(self) -> Snapshot:
        """At all of them."""
        return self.person.look(KINDS)


@pytest.fixture(name="emulator")
def use_emulator() -> Iterator[Emulator]:
    with Emulator(Options(modules=("iqpro", "bots"))) as emulator:
        yield emulator


def office_of(folder: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator, url: str, **target: Any) -> Office:
    licence = {"edition": "base", "modules": ["iqpro", "bots"]}
    target = {"manifests": [f"manifests/{layer}" for layer in LAYERS], "licence": licence, **target}
    office = Office(folder, monkeypatch, Clerk(url), platform="iqchannels", url=url, **target)
    office.take_over("iqchannels")
    return office


def back(office: Office) -> None:
    """Nearly everything leaves: people become inactive, and what nobody uses any longer goes."""
    for path in sorted((office.folder / "manifests").rglob("*.yaml")):
        path.unlink()
    for layer in LAYERS:
        office.write(f"manifests/{layer}/all.yaml", "groups: {service: {name: Новый сегмент}}\n")
    everything = ", ".join(f'"{kind}": "100%"' for kind in ("users", "groups", "roles", "skills", "schedules"))
    office.edit('"platform"', f'"guards": {{"deletes": {{{everything}}}}}, "platform"')
    assert office.settle() <= 4
    assert office.run("show user --status active").out.splitlines()[-1] == "0 users"
    assert office.run("show skill").out.splitlines()[-1] == "0 skills"
    assert office.run("show schedule").out.splitlines()[-1] == "0 schedules"


def test_by_hand_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    with emulator.serving() as server:
        office = office_of(tmp_path, monkeypatch, emulator, server.url)
        assert office.settle() <= 3
        assert not [record for record in server.requests if record.path.startswith("/api")]
        runbook = sorted(tmp_path.glob("runbooks/*/runbook.ru.md"))[0].read_text("utf-8")
        assert "Основное меню → Пользователи → вкладка «Роли»" in runbook
        back(office)


def test_over_paths_that_were_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    monkeypatch.setenv("IQ_SESSION", emulator.session)
    with emulator.serving() as server:
        office = office_of(
            tmp_path,
            monkeypatch,
            emulator,
            server.url,
            options={"paths": "assumed"},
            credentials={"session": "IQ_SESSION"},
        )
        office.edit('"IQ_SESSION"', "!env IQ_SESSION")
        office.see()
        planned = office.run("plan").out
        ways = {line.split()[1].partition("/")[0] for line in planned.splitlines() if "[new; by hand]" in line}
        assert ways == {"group"}
        assert office.settle() <= 3  # only segments, and who is in them, are left to people
        back(office)
