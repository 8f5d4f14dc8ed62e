"""Stories: a world before, manifests, the plan a supervisor reads, the calls a platform gets, and then silence.

A case is a folder of `tests/cases`. `before.yaml` (and `between.yaml`, if there is one) is declared and applied first,
`console.yaml` is made by hand on the platform, then `wanted.yaml` is planned and applied. `plan.txt` and `calls.txt`
hold what is expected; CCCONF_WRITE_CASES=1 writes them anew, to be read before they are committed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from ccconf.cli.main import run

CASES = Path(__file__).parent / "cases"
_PROJECT = "version: 1\ntargets:\n  office:\n    platform: local\n    url: live.db\n    manifests: [now.yaml]\n"
_PROJECT += "    options: {at_once: 1}\n"  # the platform counts its objects in the order of the plan


def _declare(folder: Path, case: Path, name: str) -> bool:
    """Make one of the case's files the manifests; False where it has none of that name."""
    source = case / name
    if source.exists():
        shutil.copy(source, folder / "now.yaml")
    return source.exists()


def _by_hand(folder: Path, case: Path) -> None:
    """Make the console's objects through a project that has another ledger."""
    other = folder / "console"
    other.mkdir()
    (other / "ccconf.yaml").write_text(_PROJECT.replace("live.db", "../live.db"))
    shutil.copy(case / "console.yaml", other / "now.yaml")
    assert run(["-C", str(other), "apply", "--yes"]) == 0


@pytest.mark.parametrize("case", sorted(path for path in CASES.iterdir() if path.is_dir()), ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    target = (case / "target.yaml").read_text() if (case / "target.yaml").exists() else ""
    (tmp_path / "ccconf.yaml").write_text(_PROJECT + "".join(f"    {line}\n" for line in target.splitlines()))
    for name in ("before.yaml", "between.yaml"):
        if _declare(tmp_path, case, name):
            assert run(["apply", "--yes"]) == 0
    if (case / "console.yaml").exists():
        _by_hand(tmp_path, case)
    _declare(tmp_path, case, "wanted.yaml")
    capsys.readouterr()

    assert run(["plan", "--out", "plan.json"]) == 2
    plan = capsys.readouterr().out
    assert run(["apply", "plan.json", "--yes", "--format", "json"]) == 0
    outcomes = msgspec.json.decode(capsys.readouterr().out)["outcomes"]
    calls = "".join(f"{call}\n" for outcome in outcomes for call in outcome["calls"])
    if os.environ.get("CCCONF_WRITE_CASES"):
        (case / "plan.txt").write_text(plan)
        (case / "calls.txt").write_text(calls)
    assert plan == (case / "plan.txt").read_text()
    assert calls == (case / "calls.txt").read_text()

    assert run(["plan"]) == 0, capsys.readouterr().out
    assert "Nothing to do." in capsys.readouterr().out
