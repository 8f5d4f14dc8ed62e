"""Every story of `tests/cases` told backwards: what was applied is undone, and all is as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ccconf.ledger.book import Runs
from ccconf.ledger.store import Ledger
from ccconf.model.kinds import KINDS, as_data
from tests.cli.desk import Desk
from tests.test_cases import CASES
from tests.test_cases import _by_hand as by_hand

World = dict[str, dict[str, Any]]


def told(case: Path, name: str) -> World:
    """A file of the case; nothing where it has none."""
    path = case / name
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def settle(desk: Desk, case: Path, name: str) -> None:
    """Declare a file of the case and apply it; nothing where the case has none."""
    if world := told(case, name):
        assert desk.declare(**world).run("apply", "--yes").code == 0


def live(desk: Desk) -> dict[str, tuple[str, dict[str, Any]]]:
    """Everything that is live, with its id."""
    return {
        str(live.ref): (live.native_id, as_data(live.resource)) for kind in KINDS for live in desk.live(kind).values()
    }


@pytest.mark.parametrize("case", sorted(path for path in CASES.iterdir() if path.is_dir()), ids=lambda case: case.name)
def test_backwards(case: Path, desk: Desk) -> None:
    target = told(case, "target.yaml")
    settle(desk, case, "before.yaml")
    settle(desk, case, "between.yaml")
    if (case / "console.yaml").exists():
        by_hand(desk.folder, case)
    desk.project(**{**target, "guards": {"deletes": {"users": "100%"}}})
    before = live(desk)
    settle(desk, case, "wanted.yaml")
    applied = live(desk)
    assert applied != before

    undone = desk.run("undo", "--yes", "--format", "json")
    assert undone.code == 0, undone
    after = live(desk)
    came = {ref for ref in applied.keys() - before.keys() if ref.startswith("user/")}
    assert after.keys() - before.keys() <= came
    stays = "active" if target.get("owns", {}).get("users") == "never" else "inactive"
    assert {after[ref][1]["status"] for ref in after.keys() - before.keys()} <= {stays}
    assert {ref: fields for ref, (_, fields) in before.items()} == {ref: after[ref][1] for ref in before}
    people = [ref for ref in before if ref.startswith("user/")]
    assert {ref: before[ref][0] for ref in people} == {ref: after[ref][0] for ref in people}, "somebody was made anew"

    again = desk.run("undo", str(_undone(desk)), "--yes", "--format", "json")
    assert (again.code, again.data["outcomes"]) == (0, []), again


def _undone(desk: Desk) -> int:
    """The number of the run that was undone."""
    with Ledger(desk.folder / ".ccconf" / "ledger.db") as ledger:
        return Runs(ledger, "office").all()[0].undoes
