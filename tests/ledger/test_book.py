"""The runs of a target: which there were, and which one is left unfinished."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccconf.errors import Broken
from ccconf.ledger.book import Runs
from ccconf.ledger.runs import Run
from ccconf.ledger.store import Ledger


@pytest.fixture(name="runs")
def use_runs(ledger: Ledger) -> Runs:
    return Runs(ledger, "office")


def _begun(runs: Runs, plan_id: str = "p1", plan: bytes = b"\x00plan\xff") -> Run:
    return runs.begin(plan, plan_id, actor="Ann", commit="c0ffee")


def test_where_nothing_ran_nothing_is_found(runs: Runs) -> None:
    assert (runs.unfinished(), runs.all()) == (None, [])
    with pytest.raises(Broken, match="CC016 there is no run 1 on office"):
        runs.run(1)


def test_a_run_is_kept_with_its_plan_to_the_byte(runs: Runs) -> None:
    begun = _begun(runs)
    assert (begun.number, begun.state, begun.ended, begun.exit_code) == (1, "running", "", None)
    assert begun.begun.endswith("Z")
    assert runs.run(1) == runs.unfinished() == begun
    assert runs.all() == [begun._replace(plan=b"")]
    assert runs.steps(begun) == {}


def test_a_run_that_ended_is_not_unfinished(runs: Runs) -> None:
    begun = _begun(runs)
    runs.end(begun, "interrupted", 130)
    left = runs.unfinished()
    assert left is not None and (left.state, left.exit_code) == ("interrupted", 130) and left.ended
    runs.resumed(left, "Bo")
    taken_up = runs.run(1)
    assert (taken_up.state, taken_up.actor) == ("running", f"{begun.actor}, resumed by Bo")
    runs.end(taken_up, "ended", 0)
    assert runs.unfinished() is None
    with pytest.raises(Broken, match="CC014 run 1 cannot be resumed: it is ended"):
        runs.resumed(taken_up, "Bo")


def test_a_new_run_supersedes_what_was_left_on_its_own_target_only(runs: Runs) -> None:
    elsewhere = Runs(runs.ledger, "shop")
    other = _begun(elsewhere)
    first, second = _begun(runs), _begun(runs, "p2")
    assert [(run.number, run.plan_id, run.state) for run in runs.all()] == [
        (second.number, "p2", "running"),
        (first.number, "p1", "superseded"),
    ]
    assert elsewhere.unfinished() == other
    runs.end(first, "ended", 0)  # comes late
    assert runs.run(first.number).state == "superseded"
    with pytest.raises(Broken, match="CC016"):
        runs.run(other.number)


def test_an_undo_says_what_it_undoes(runs: Runs) -> None:
    first = _begun(runs)
    runs.begin(b"", "p2", actor="Ann", commit="", purpose="undo", undoes=first.number)
    assert [(run.purpose, run.undoes) for run in runs.all()] == [("undo", first.number), ("apply", 0)]


def test_looking_for_runs_makes_no_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert Runs(ledger, "office").unfinished() is None
    assert list(tmp_path.iterdir()) == []
