"""What people saw on the screens, beside manifests and platforms of other vendors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compare.desk import LOCAL, Two

IPTEL = {"platform": "iptel"}
BANK = {"platform": "iqchannels"}


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    monkeypatch.setenv("CCCONF_NOW", "2026-11-23T09:30Z")
    monkeypatch.chdir(tmp_path)
    return Two(tmp_path, calls=IPTEL, sim={**LOCAL, "like": "iptel"})


def saw(desk: Two, target: str = "calls", **kinds: Any) -> None:
    """Somebody looks at the screens and types what is there."""
    desk.write("seen.json", json.dumps(kinds, ensure_ascii=False))
    ran = desk.run("snapshot", "import", "seen.json", "-t", target)
    assert ran.code == 0, ran


SEEN: dict[str, Any] = {
    "users": {"Ann Lee": {"email": "ann@example.org", "groups": ["Outbound"]}, "Bo Ray": {"groups": ["Outbound"]}},
    "groups": {"Outbound": {"roles": ["dialler"]}},
    "roles": {"dialler": {}},
}
SAID: dict[str, Any] = {
    "users": {
        "ann.lee": {"name": "Ann Lee", "email": "ann@example.org", "groups": ["outbound"]},
        "bo.ray": {"name": "Bo Ray", "groups": ["outbound"]},
    },
    "groups": {"outbound": {"name": "Outbound", "roles": ["dialler"]}},
    "roles": {"dialler": {"name": "dialler"}},
}
FILE = "snapshots/calls.json"


def test_a_snapshot_has_the_names_of_git(desk: Two) -> None:
    saw(desk, **SEEN)
    desk.say("calls", **SAID)
    assert desk.rows(FILE, "calls:git") == []
    assert desk.rows("calls:git", FILE) == []
    found = desk.compare(FILE, "calls")
    assert found["differences"] == [] and found["a"]["at"] == "2026-11-23T09:30:00Z"
    desk.say("calls", **{**SAID, "groups": {"outbound": {"name": "Outbound", "roles": []}}})
    assert desk.rows(FILE, "calls:git") == [("group/outbound", "roles", ["dialler"], None)]


def test_an_older_snapshot_and_a_newer_one(desk: Two) -> None:
    saw(desk, **SEEN)
    (desk.folder / "old.json").write_bytes((desk.folder / FILE).read_bytes())
    saw(desk, **{**SEEN, "users": {"Ann Lee": {"groups": ["Outbound"]}, "Cy": {"groups": ["Outbound"]}}})
    assert desk.rows("old.json", FILE) == [
        ("user/Ann Lee", "email", "ann@example.org", None), ("user/Bo Ray", "only_a"), ("user/Cy", "only_b"),
    ]  # fmt: skip


def test_a_snapshot_and_the_platform_of_another_vendor(desk: Two) -> None:
    """Nobody says in Git what the snapshot's people are called: they have the names of the other side."""
    saw(desk, **SEEN)
    desk.targets(calls=IPTEL, office=LOCAL)
    desk.make("office", **{**SAID, "skills": {"english": {}}})
    found = desk.compare(FILE, "office")
    assert found["differences"] == []
    assert [(row["kind"], row["field"], row["side"]) for row in found["unheld"]] == [("skill", "", "a")]
    assert desk.compare("office", FILE)["differences"] == []
    desk.console_in("office", "user/ann.lee", position="Head")
    told = {(row["kind"], row["field"]): row["objects"] for row in desk.compare("office", FILE)["unheld"]}
    assert told == {("user", "position"): 1, ("skill", ""): 1}


def test_kinds_at_which_nobody_looked(desk: Two) -> None:
    saw(desk, users={"Ann Lee": {}}, groups={"Outbound": {}}, roles={"dialler": {}})
    data = json.loads((desk.folder / FILE).read_text())
    del data["kinds"]["role"]
    desk.write("half.json", json.dumps(data))
    ran = desk.run("compare", "half.json", FILE)
    assert (ran.code, ran.out) == (3, "") and "CC609" in ran.err and "--only 'user/*'" in ran.err
    assert desk.rows("half.json", FILE, "--only", "user/*") == []


def test_a_platform_at_which_nobody_looked(desk: Two) -> None:
    desk.say("calls", **SAID)
    ran = desk.run("compare", "calls", "calls:git")
    assert ran.code == 3 and "CC609" in ran.err


def test_what_a_vendor_gives_by_itself_need_not_be_on_a_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Two(tmp_path, bank=BANK, sim={**LOCAL, "like": "iqchannels"})
    desk.write("users.csv", "email;name\nann@example.org;Ann\n")
    assert desk.run("snapshot", "import", "users.csv", "-t", "bank").code == 0
    desk.make("sim", users={"ann": {"name": "Ann", "email": "ann@example.org"}})
    assert desk.rows("snapshots/bank.json", "sim", "--only", "user/*") == []
    desk.console_in("sim", "user/ann", status="inactive")
    assert desk.rows("snapshots/bank.json", "sim", "--only", "user/*") == [("user/ann", "status", "active", "inactive")]


def test_a_file_that_is_no_snapshot(desk: Two) -> None:
    for text in ("", "{}", '{"form": 99}', "[1]", "\x00"):
        desk.write("x.json", text)
        ran = desk.run("compare", "x.json", "sim:git")
        assert ran.code == 1 and "CC813" in ran.err, (text, ran)


def test_hostile_names_of_a_screen(desk: Two) -> None:
    saw(desk, users={"A/b*[c] <i>": {"groups": ["x|y"]}}, groups={"x|y": {}}, roles={"r": {}})
    assert desk.rows(FILE, FILE) == []
    desk.make("sim", groups={"z": {"name": "z"}}, users={"q": {"name": "Q", "groups": ["z"]}})
    assert ("user/A-b--c- <i>", "only_a") in desk.rows(FILE, "sim")


def test_a_snapshot_has_no_manifests(desk: Two) -> None:
    saw(desk, **SEEN)
    ran = desk.run("compare", "sim:git", FILE, "--promote", "x.yaml")
    assert ran.code == 1 and "no manifests that could get one more layer" in ran.err
    assert desk.run("compare", FILE, "sim", "--promote", "new/").code == 1


def test_what_people_saw_becomes_a_layer(desk: Two) -> None:
    saw(desk, **SEEN)
    desk.make("sim", groups={"outbound": {"name": "Outbound", "roles": []}}, roles={"dialler": {"name": "dialler"}},
              users={"cy": {"name": "Cy", "groups": ["outbound"]}})  # fmt: skip
    assert desk.run("compare", FILE, "sim", "--promote", "over.yaml").code == 2
    desk.targets(calls=IPTEL, sim={**LOCAL, "like": "iptel", "manifests": ["sim", "over.yaml"]})
    desk.settle("sim")
    assert desk.rows(FILE, "sim") == [("user/cy", "only_b")]
