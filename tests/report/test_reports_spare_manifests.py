"""`--out` and `--report` write wherever they are told to, but for what Git has: ccconf.yaml and the manifests."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.desk import Desk


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two targets, one of which reads a file by a pattern and another one by its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CCCONF_MASK_KEY", "a secret of the tests")
    desk = Desk(tmp_path)
    targets = {
        "office": {"platform": "local", "url": "live.db", "manifests": ["manifests"]},
        "shop": {"platform": "local", "url": "shop.db", "manifests": ["parts/*.yaml", "one.yaml"]},
    }
    desk.write("ccconf.yaml", json.dumps({"version": 1, "targets": targets}))
    for name in ("manifests/all.yaml", "parts/shop.yaml", "one.yaml"):
        desk.write(name, json.dumps({"users": {name.replace("/", "."): {"name": "Ann"}}}))
    return desk


OURS = (
    "ccconf.yaml",
    "manifests/all.yaml",
    "parts/shop.yaml",
    "one.yaml",
    "manifests/../one.yaml",
    "manifests/new.yaml",
)


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("words", [
    ["plan", "--out", "{}"], ["plan", "--report", "text={}"], ["validate", "--report", "json={}"],
    ["apply", "--yes", "--report", "html={}"], ["drift", "--report", "markdown={}"],
    ["drift", "--revert", "--out", "{}"], ["drift", "--accept", "--report", "json={}"], ["undo", "--out", "{}"],
], ids=lambda words: f"{words[0]} {words[-2]}")  # fmt: skip
def test_what_git_has_is_spared(desk: Desk, words: list[str], path: str) -> None:
    before = desk.files()
    ran = desk.run(*(word.format(path) for word in words), "-t", "office")
    assert ran.code == 1 and "CC009" in ran.err and Path(path).name in ran.err and "choose another" in ran.err
    assert desk.files() == before and not (desk.folder / "live.db").exists()


def test_by_the_name_of_its_target(desk: Desk) -> None:
    desk.write("parts/office.yaml", "{}")
    before = desk.files()
    ran = desk.run("drift", "--all", "--report", "json=parts/{target}.yaml")
    assert ran.code == 1 and "parts/office.yaml" in ran.err and desk.files() == before


def test_by_another_way_to_it(desk: Desk) -> None:
    Path("link").symlink_to("manifests")
    os.link("one.yaml", "other.yaml")
    Path("third.yaml").symlink_to("one.yaml")
    for path in ("link/all.yaml", "other.yaml", "third.yaml", str(desk.folder / "one.yaml")):
        ran = desk.run("plan", "-t", "office", "--out", path)
        assert ran.code == 1 and "CC009" in ran.err


def test_nobody_is_named_by_it(desk: Desk) -> None:
    desk.write("manifests/ann.lee.yaml", json.dumps({"users": {"ann.lee": {"name": "Ann Lee"}}}))
    ran = desk.run("plan", "-t", "office", "--mask", "people", "--out", "manifests/ann.lee.yaml")
    assert ran.code == 1 and "CC009" in ran.err and "ann.lee" not in ran.err


def test_anything_else_is_written_over(desk: Desk) -> None:
    for path in ("plan.json", "manifests/plan.json", "out/report.yaml"):
        for _ in range(2):
            assert desk.run("plan", "-t", "office", "--out", path).code == 2
            assert desk.run("plan", "-t", "office", "--report", f"json={path}").code == 2
    assert desk.run("plan", "-t", "office").code == 2


def test_a_target_whose_manifests_are_not_there_spares_those_of_the_others(desk: Desk) -> None:
    Path("parts/shop.yaml").unlink()
    before = Path("manifests/all.yaml").read_bytes()
    assert desk.run("validate", "-t", "shop", "--report", "json=manifests/all.yaml").code == 1
    assert Path("manifests/all.yaml").read_bytes() == before


@pytest.mark.parametrize("path", [".ccconf/ledger.db", "live.db"])
def test_what_the_ledger_knows_and_the_embedded_platform_are_spared(desk: Desk, path: str) -> None:
    assert desk.run("apply", "-t", "office", "--yes").code == 0
    before = (desk.folder / path).read_bytes()
    ran = desk.run("plan", "-t", "office", "--out", path)
    assert ran.code == 1 and f"CC009 {path} is a part of the project, and stays as it is" in ran.err
    assert (desk.folder / path).read_bytes() == before
