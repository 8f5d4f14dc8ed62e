"""`ccconf drift --all`: a target that cannot be looked at keeps no other one from being told, noted and reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccconf.emulation import Answer, Request, Server, serving
from ccconf.ledger.reports import Reports
from ccconf.ledger.store import Ledger
from ccconf.model.refs import parse_ref
from ccconf.platforms.local.embedded import touch
from tests.cli.desk import Desk

TEAM: dict[str, Any] = {"roles": {"agent": {}, "admin": {}}, "users": {"ann": {"name": "Ann Lee", "roles": ["agent"]}}}
TARGETS = ("alpha", "beta", "gamma")
"""Somebody changed something on the one in the middle; the others get broken, one before it and one behind it."""


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("CCCONF_NOW", "2026-11-22T10:00:00Z")
    monkeypatch.setenv("CCCONF_MASK_KEY", "a secret of the tests")
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    three_targets(desk)
    for name in TARGETS:
        desk.write(f"{name}/all.yaml", json.dumps(TEAM))
        assert desk.run("apply", "-t", name, "--yes").code == 0
    touch(desk.connection(url="beta.db"), parse_ref("user/ann"), {"roles": ["admin"]})
    return desk


def three_targets(desk: Desk, **more: Any) -> None:
    targets = {name: {"platform": "local", "url": f"{name}.db", "manifests": [name]} for name in TARGETS}
    desk.write("ccconf.yaml", json.dumps({"version": 1, "targets": targets, **more}))


def misspell(desk: Desk, name: str) -> None:
    """Ann Lee's manifest is not understood."""
    desk.write(f"{name}/all.yaml", json.dumps(TEAM).replace('"roles": ["agent"]', '"rolls": ["agent"]'))


def lose(desk: Desk, name: str) -> None:
    """The platform cannot be read."""
    (desk.folder / f"{name}.db").write_text("no database")


def test_the_others_are_told_and_reported(desk: Desk) -> None:
    misspell(desk, "alpha")
    lose(desk, "gamma")
    ran = desk.run("drift", "--all", "--report", "markdown={target}.md", "--report", "json={target}.json")
    assert ran.code == 1
    assert "1 thing was changed outside Git on beta, which touches security" in ran.out
    first, second = ran.err.index("alpha could not be looked at"), ran.err.index("gamma could not be looked at")
    assert "CC201" in ran.err[first:second] and "CC701" not in ran.err[:first] and "gamma.db" in ran.err[second:]
    assert "## Drift of beta" in Path("beta.md").read_text()
    assert "CC201" in Path("alpha.md").read_text() and Path("alpha.md").read_text().startswith(
        "<!-- ccconf drift alpha"
    )
    assert json.loads(Path("gamma.json").read_text())["targets"] == ["gamma"]
    assert not list(desk.folder.glob("all.*"))


def test_the_others_are_noted(desk: Desk) -> None:
    misspell(desk, "alpha")
    desk.run("drift", "--all")
    with Ledger(desk.folder / ".ccconf" / "ledger.db") as ledger:
        noted = {name: len(tuple(Reports(ledger, name).latest(9))) for name in TARGETS}
    assert noted == {"alpha": 0, "beta": 1, "gamma": 1}


def test_the_gravest_end_is_that_of_the_command(desk: Desk) -> None:
    assert desk.run("drift", "--all", "--fail-on", "never").code == 0
    assert desk.run("drift", "--all").code == 2
    (desk.folder / "gamma.db").unlink()  # a platform that has nobody any more is not believed
    assert desk.run("drift", "--all").code == 3
    misspell(desk, "alpha")
    assert desk.run("drift", "--all").code == 1


def test_for_a_program_there_is_one_list(desk: Desk) -> None:
    misspell(desk, "alpha")
    told = desk.run("drift", "--all", "--format", "json").data
    assert [data.get("targets", [data.get("target")]) for data in told] == [["alpha"], ["beta"], ["gamma"]]
    assert told[0]["findings"][0]["code"] == "CC201"


def test_nobody_is_named_where_one_is_broken(desk: Desk) -> None:
    misspell(desk, "alpha")
    ran = desk.run("drift", "--all", "--mask", "people", "--report", "html={target}.html")
    assert ran.code == 1 and "CC201" in ran.err
    said = [ran.out, ran.err, *(path.read_text() for path in desk.folder.glob("*.html"))]
    assert len(said) == 5
    assert not [text for text in said if "user/ann" in text or "Ann Lee" in text]


def test_somebody_is_told_of_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def answer(request: Request) -> Answer:
        heard.append(json.loads(request.body)["text"])
        return Answer(200, b"ok", ())

    server = Server(answer)
    with serving(server):
        monkeypatch.setenv("CHAT", server.url)
        three_targets(desk, notify=[{"url": "ENV"}])
        text = (desk.folder / "ccconf.yaml").read_text()
        desk.write("ccconf.yaml", text.replace('"ENV"', "!env CHAT"))
        misspell(desk, "alpha")
        desk.run("drift", "--all")
    assert heard == ["beta: 1 object was changed outside of Git, 1 change touches security"]
