"""The whole round without an API: look, plan, follow the runbook in a browser, report back, look again."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ccconf.cli.main import run
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.manifest.write import as_written
from ccconf.model.change import Create
from ccconf.model.kinds import KINDS
from ccconf.platforms.iptel.emulator import Emulator, Options
from tests.browser.follower import Follower
from tests.screens.person import Person

PACKAGE = "ccconf.platforms.iptel"
PROJECT = {
    "version": 1,
    "targets": {
        "calls": {
            "platform": "iptel",
            "manifests": ["manifests"],
            "owns": {"groups": "all", "users": "all"},
            "leavers": "delete",
        }
    },
}
BEFORE: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("group", "Outbound", {"roles": ["dialler"]}),
    ("group", "Old hands", {"roles": ["dialler"]}),
    ("user", "Ann Lee", {"email": "ann.lee@example.org", "groups": {"Outbound": {}}}),
    ("user", "Bo Ray", {"groups": {"Old hands": {}}}),
    ("user", "Cy <Dee>", {"groups": {"Old hands": {}, "Outbound": {}}}),
)
FIRST = """
roles: {dialler: {}, reports: {}}
groups:
  outbound: {name: Outbound, roles: [dialler]}
  supervisors: {name: "Supervisors & <more>", roles: [reports, dialler]}
users:
  ann.lee: {name: Ann Lee, email: ann@example.org, groups: [outbound, supervisors]}
  bo.ray: {name: Bo Ray, groups: [outbound]}
  eve.fox: {name: Eve Fox, email: eve@example.org, groups: [supervisors]}
"""
SECOND = FIRST.replace("name: Outbound, roles: [dialler]", "name: Calls out, roles: [reports]")


class Desk:
    """A supervisor's project folder, and the screens at an address. A minute passes with each command."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.moment = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        self.person = Person(url, facts_of(PACKAGE), guide_of(PACKAGE))
        (folder / "manifests").mkdir()
        (folder / "ccconf.yaml").write_text(json.dumps(PROJECT))

    def declare(self, text: str) -> None:
        """What Git wants."""
        (self.folder / "manifests" / "all.yaml").write_text(text)

    def look(self) -> None:
        """Type off the screens what is there, and import it."""
        seen = {
            KINDS[kind].plural: {name: as_written(KINDS[kind], entry.resource) for name, entry in known.objects.items()}
            for kind, known in self.person.look(["role", "group", "user"]).kinds.items()
        }
        (self.folder / "seen.json").write_text(json.dumps(seen))
        assert self.run("snapshot", "import", "-t", "calls", str(self.folder / "seen.json"))[0] == 0

    def run(self, *words: str) -> tuple[int, str]:
        """A command, as it is typed, with its exit code and what it says."""
        self.moment += timedelta(minutes=1)
        self.monkeypatch.setenv("CCCONF_NOW", self.moment.isoformat())
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = run(["-C", str(self.folder), *words])
        return code, out.getvalue()

    @property
    def runbook(self) -> str:
        """The address of the newest runbook."""
        return max(self.folder.glob("runbooks/*/runbook.html"), key=lambda path: path.stat().st_mtime_ns).as_uri()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with Emulator(Options(roles=("dialler", "reports"))) as emulator, emulator.serving() as server:
        desk = Desk(tmp_path, server.url, monkeypatch)
        for kind, key, fields in BEFORE:
            desk.person.perform(Create(kind=kind, key=key, fields=dict(fields)))
        yield desk


def follow(desk: Desk, runbook: Page, screens: Page) -> list[str]:
    """Open the runbook, do all that it says on the screens, and report back. What was done, sentence by sentence."""
    runbook.goto(desk.runbook)
    screens.goto(desk.person.url)
    follower = Follower(runbook, screens)
    follower.follow()
    expect(runbook.get_by_role("checkbox", checked=False)).to_have_count(0)
    code, said = desk.run("confirm", "-t", "calls", "--all")
    assert code == 0, said
    return follower.done


def test_a_runbook_followed_to_the_letter_leaves_nothing_to_do(desk: Desk, page: Page, other_window: Page) -> None:
    desk.declare(FIRST)
    desk.look()
    code, said = desk.run("apply", "-t", "calls", "-y")
    assert code == 6, said
    done = follow(desk, page, other_window)
    assert "Click Add User Group at the top right of the screen." in done
    assert "Type Supervisors & <more> into Group Name." in done
    assert "Delete Cy <Dee>." in done
    assert done[-1] == "Click the trash can icon next to Old hands."

    desk.look()
    code, said = desk.run("plan", "-t", "calls")
    assert (code, "Nothing to do." in said) == (0, True), said


def test_a_renamed_group_keeps_its_people(desk: Desk, page: Page, other_window: Page) -> None:
    for wanted in (FIRST, SECOND):
        desk.declare(wanted)
        desk.look()
        code, said = desk.run("apply", "-t", "calls", "-y")
        assert code == 6, said
        done = follow(desk, page, other_window)
    assert done == [
        "Click the pencil icon next to Outbound.",
        "Change Group Name from Outbound to Calls out.",
        "In the centre block select reports.",
        "In the centre block deselect dialler.",
        "Click Submit at the bottom of the screen.",
    ]
    desk.look()
    code, said = desk.run("plan", "-t", "calls")
    assert (code, "Nothing to do." in said) == (0, True), said


def test_a_step_that_was_confirmed_and_not_done_comes_back(desk: Desk) -> None:
    desk.declare(FIRST)
    desk.look()
    assert desk.run("apply", "-t", "calls", "-y")[0] == 6
    assert desk.run("confirm", "-t", "calls", "--all")[0] == 0
    desk.look()
    code, said = desk.run("plan", "-t", "calls")
    assert code == 2
    assert "CC712" in said
