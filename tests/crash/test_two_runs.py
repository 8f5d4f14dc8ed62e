"""Two runs on one telephone system, in two processes: one waits or stops, and whoever sleeps too long has lost."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.beside import Beside, Started, until
from tests.crash.estate import LATER, Office
from tests.postgres import server

SHORT = (1.5, 0.5, 0.05)
"""A lease that tests can wait for."""


BOTH = pytest.mark.parametrize("ledger", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(name="ledger")
def use_ledger(request: pytest.FixtureRequest) -> str:
    """What `ledger:` says; nothing for the file beside the project."""
    return server().new_database() if getattr(request, "param", "") == "postgresql" else ""


@pytest.fixture(name="office")
def use_office(tmp_path: Path, ledger: str) -> Iterator[Office]:
    with Office(tmp_path, latency=0.02) as office:
        office.begin(ledger=ledger, options={"at_once": 4, "timeout": 20})
        yield office


def in_the_middle(office: Office) -> None:
    """Until all hands of a run hang on calls that are not carried out yet."""
    until(lambda: office.waiting == 4)


def first_over(*runs: Started) -> tuple[Started, Started]:
    """Who has ended, and the other one."""
    until(lambda: any(run.over() for run in runs))
    one, other = sorted(runs, key=lambda run: not run.over())
    return one, other


@BOTH
def test_of_two_that_are_started_together_one_stops(office: Office, beside: Beside) -> None:
    with office.closed(after=10):
        runs = [beside.start(office.folder, "apply --yes", office.secrets) for _ in range(2)]
        stopped, goes_on = first_over(*runs)
    refused, done = stopped.ended(), goes_on.ended()
    assert (refused.code, done.code) == (1, 0), refused.text + done.text
    assert re.search(rf"CC012 another run on pbx is at work: .+ \(process {goes_on.process}\), since 20", refused.text)
    assert "--wait 10m" in refused.text and "Plan for" not in refused.text
    assert len(office.made) == 31
    office.once_each()
    office.whole()


def test_two_names_of_one_system_are_one(office: Office, beside: Beside) -> None:
    config = office.folder / "ccconf.yaml"
    head, targets = config.read_text().split("targets:\n")
    config.write_text(
        f"{head}targets:\n{targets}{targets.replace('  pbx:', '  branch:', 1).replace(office.url, office.url + '/')}"
    )
    with office.closed(after=10):
        first = beside.start(office.folder, "apply -t pbx --yes", office.secrets)
        in_the_middle(office)
        refused = beside.start(office.folder, "apply -t branch --yes", office.secrets).ended()
    assert (
        refused.code == 1 and f"CC012 another run on pbx, which is threecx {office.url} too, is at work" in refused.text
    )
    assert first.ended().code == 0
    office.target()
    office.once_each()
    office.whole()


def test_who_waits_finds_nothing_left_to_do(office: Office, beside: Beside) -> None:
    with office.closed(after=10):
        first = beside.start(office.folder, "apply --yes", office.secrets)
        in_the_middle(office)
        second = beside.start(office.folder, "apply --yes --wait 1m", office.secrets)
        until(lambda: "waiting for it to end" in second.text, lambda: second.text)
    assert first.ended().code == 0
    waited = second.ended()
    assert (waited.code, "Nothing to do." in waited.text) == (0, True), waited.text
    office.once_each()
    office.whole()


def test_who_waits_with_a_plan_that_is_carried_out_meanwhile_is_told_so(office: Office, beside: Beside) -> None:
    saved = office.folder / "plan.json"
    assert office.ccconf(f"plan --out {saved}").code == 2
    with office.closed(after=10):
        first = beside.start(office.folder, "apply --yes", office.secrets)
        in_the_middle(office)
        second = beside.start(office.folder, f"apply {saved} --yes --wait 1m", office.secrets)
        until(lambda: "waiting for it to end" in second.text, lambda: second.text)
    assert first.ended().code == 0
    waited = second.ended()
    assert waited.code == 0, waited.text
    assert "has carried out this plan already; nothing was done now." in waited.text
    assert "31 done." in waited.text
    assert len(office.made) == 31
    office.whole()


@BOTH
def test_who_sleeps_longer_than_the_lease_writes_nothing_more(office: Office, beside: Beside) -> None:
    with office.closed(after=10):
        sleeper = beside.start(office.folder, "apply --yes", office.secrets, lease=SHORT)
        in_the_middle(office)
        sleeper.frozen()
    until(lambda: len(office.made) == 14)  # what was on its way arrives; nobody hears the answers
    second = beside.start(
        office.folder, "apply --resume --yes --wait 30s", {**office.secrets, "CCCONF_NOW": LATER}, lease=SHORT
    ).ended()
    assert second.code == 0, second.text
    assert "31 done." in second.text
    assert len(office.made) == 31
    sleeper.signal(signal.SIGCONT)
    woken = sleeper.ended()
    assert woken.code == 5, woken.text
    assert re.search(r"CC013 .*the run no longer holds the lock of pbx", woken.text)
    assert len(office.made) == 31
    office.once_each()
    office.whole()
    assert "stale" not in woken.text
    last = office.ccconf("history --format json").data["runs"][0]
    assert (last["run"], last["state"], last["exit_code"]) == (2, "ended", 0)


def test_calls_of_a_run_that_died_may_still_arrive_when_a_new_plan_takes_its_place(
    office: Office, beside: Beside
) -> None:
    office.target(options={"at_once": 4, "timeout": 2})
    with office.closed(after=10):
        first = beside.start(office.folder, "apply --yes", office.secrets)
        in_the_middle(office)
        first.signal(signal.SIGKILL)
        assert first.ended().code == -9
        second = beside.start(office.folder, "apply --yes", office.secrets)
        until(lambda: second.over() or "may still arrive" in second.text or "Plan for" in second.text)
    done = second.ended()
    assert done.code == 0, done.text
    assert "Its last calls may still arrive" in done.text
    assert "17 done" in done.text, done.text
    assert len(office.made) == 31
    office.once_each()
    office.whole()
