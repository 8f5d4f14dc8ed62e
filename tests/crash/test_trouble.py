"""Everything that befalls a run with eight hands between its plan and its report, and how it is finished afterwards."""

from __future__ import annotations

import itertools
import os
import pty
import re
import select
import signal
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ccconf.ledger import journal, lock
from ccconf.ledger.clocks import REAL
from ccconf.ledger.times import written
from tests.cli.desk import Desk, crash
from tests.crash.beside import Beside, until
from tests.crash.estate import LATER, SECOND, STAFF, Office
from tests.threecx.pbx import Ran

WRITES = {
    "a person comes": ("POST", "/Users$"),
    "a department comes": ("POST", "/Groups$"),
    "an address is blocked": ("POST", "/Blocklist$"),
    "a person changes": ("PATCH", "/Users"),
    "a department or its hours change": ("PATCH", "/Groups"),
    "a person leaves": ("DELETE", "/Users"),
}
"""Every kind of write that the plan has."""


def ends(ran: Ran) -> Counter[str]:
    """How often a run says each end of a step."""
    return Counter(re.findall(r"^(done|failed|stale|uncertain|blocked) ", ran.out, re.M))


def interrupted(office: Office, command: str = "apply --yes", at: int = 3) -> Ran:
    """A run in which somebody presses Ctrl-C while that person is created."""
    office.before(lambda: os.kill(os.getpid(), signal.SIGINT), method="POST", path="/Users$", at=at)
    return office.ccconf(command)


class TestAnswersAreLost:
    """The answer to a write is lost, or is not what it should be; for each kind of write that there is."""

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "refuse"}, {"kind": "lost"}, {"kind": "reset"}, {"kind": "late", "seconds": 2.0},
            {"kind": "doubled"}, {"kind": "echoed"}, {"kind": "truncated"}, {"kind": "garbage"},
            {"kind": "status", "code": 503}, {"kind": "status", "code": 429, "retry_after": 1},
            {"kind": "revoke", "times": 1},
        ],
        ids=lambda fault: str(fault.get("code", fault["kind"])),
    )  # fmt: skip
    def test_of_each_kind_of_write(self, office: Office, fault: dict[str, Any]) -> None:
        for method, path in WRITES.values():
            office.goes_wrong(**{"method": method, "path": path, "times": 2, **fault})
        struck = office.emulator.faults._armed
        ran = office.ccconf("apply --yes")
        met = [armed.done for armed in struck]
        assert len(met) == len(WRITES) and set(met) <= {0, 1, 2} and any(met)
        # who of several threads meets it first decides what is blocked, and thereby whether any step of a kind is begun
        assert all(met) or "blocked" in ends(ran), "each kind of write has met it"
        assert ran.code in (0, 5), ran.text
        assert ends(ran).keys() <= {"done", "uncertain", "blocked"}, ran.text
        if ran.code:
            office.resumed()
        office.whole()


class TestAPlatformInTrouble:
    """It refuses, is slow, hangs, or is gone."""

    def test_a_storm_of_refusals(self, office: Office) -> None:
        office.goes_wrong(kind="status", code=429, retry_after=1, share=0.3)
        ran = office.ccconf("apply --yes")
        assert (ran.code, ends(ran)) == (0, {"done": 31}), ran.text
        assert any(wait >= 0.9 for wait in office.clock.waits)
        assert len(office.made) == 31
        office.goes_well()
        office.once_each()
        office.whole()

    def test_a_burst_of_errors(self, office: Office) -> None:
        office.goes_wrong(kind="status", code=503, method="PATCH|POST|DELETE|GET", path="Users|Groups", at=40, times=1)
        for at in range(41, 61):
            office.goes_wrong(kind="status", code=503, path="Users|Groups", at=at, times=1)
        ran = office.ccconf("apply --yes")
        assert ends(ran).keys() <= {"done", "uncertain", "blocked"} and ran.code in (0, 5), ran.text
        if ran.code:
            office.resumed()
        assert len(office.made) == 31
        office.once_each()
        office.whole()

    def test_a_slow_server(self, office: Office) -> None:
        office.goes_wrong(kind="slow", seconds=0.03)
        ran = office.ccconf("apply --yes")
        assert (ran.code, ends(ran)) == (0, {"done": 31}), ran.text
        office.goes_well()
        office.once_each()
        office.whole()

    def test_a_server_that_freezes_again_and_again(self, office: Office) -> None:
        """It hears the requests and does what they say, when nobody waits for the answer any more."""
        office.target(options={"timeout": 0.2})
        for method, path in WRITES.values():
            office.goes_wrong(kind="frozen", seconds=0.4, method=method, path=path, times=1)
        ran = office.ccconf("apply --yes")
        assert ends(ran).keys() <= {"done", "uncertain", "blocked"} and ran.code in (0, 5), ran.text
        office.resumed() if ran.code else office.goes_well()
        office.whole()

    @pytest.mark.parametrize("how", ["gone", "refuse", "503"])
    def test_it_dies_in_the_middle_and_comes_back_the_next_day(self, office: Office, how: str) -> None:
        def die() -> None:
            if how == "gone":
                threading.Thread(target=office.dies).start()
                return
            fault: dict[str, Any] = {"kind": "refuse"} if how == "refuse" else {"kind": "status", "code": 503}
            office.goes_wrong(**fault)

        office.target(options={"at_once": 3})
        office.before(die, method="POST", path="/Users$", at=3)
        ran = office.ccconf("apply --yes")
        asked_in_vain = [record for record in office.server.requests if record.status in (None, 503)]
        assert ran.code == 5, ran.text
        assert "CC715 the platform no longer answers" in ran.text
        assert ends(ran)["blocked"] >= 3, ran.text
        assert len(asked_in_vain) < 120 and sum(office.clock.waits) < 1800, (len(asked_in_vain), office.clock.waits)
        assert "ccconf apply --resume finishes what is left of this run." in ran.err
        before = list(office.made)
        if how == "gone":
            office.comes_back()
        office.resumed()
        assert office.made[: len(before)] == before
        assert len(office.made) == 31
        office.once_each()


class TestSomebodyInterrupts:
    """Ctrl-C, or the signal by which CI systems end a job."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_calls_in_flight_end_and_are_noted(self, office: Office, beside: Beside, number: int) -> None:
        with office.closed(after=6):
            run = beside.start(office.folder, "apply --yes --format json", office.secrets)
            until(lambda: office.waiting == 8, lambda: run.text)
            run.signal(number)
        cut = run.ended()
        assert cut.code == 130, cut.text
        outcomes = cut.report["outcomes"]
        assert len(outcomes) == 31 and cut.report["interrupted"]
        assert Counter(row["status"] for row in outcomes) == {"done": 14, "blocked": 17}
        assert {row["code"] for row in outcomes if row["status"] == "blocked"} == {"CC705"}
        assert len(office.made) == 14
        ran = office.resumed()
        assert "14 of 31 steps done" in ran.err and "in doubt" not in ran.err, ran.err
        assert ends(ran) == {"done": 17}
        assert "31 done." in ran.out
        assert len(office.made) == 31
        office.once_each()

    def test_who_insists_waits_for_nobody(self, office: Office, beside: Beside) -> None:
        with office.closed(after=6):
            run = beside.start(office.folder, "apply --yes --format json", office.secrets)
            until(lambda: office.waiting == 8, lambda: run.text)
            run.signal(signal.SIGINT)
            until(lambda: "stopping: calls in flight end first" in run.text, lambda: run.text)
            run.signal(signal.SIGINT)
            cut = run.ended()
        assert cut.code == 130, cut.text
        assert Counter(row["status"] for row in cut.report["outcomes"]) == {"done": 6, "uncertain": 8, "blocked": 17}
        until(lambda: len(office.made) == 14)
        ran = office.resumed()
        assert "6 of 31 steps done, 8 begun and in doubt" in ran.err
        assert len(office.made) == 31
        office.once_each()

    def test_the_next_apply_on_a_terminal_offers_to_finish_it(self, office: Office, beside: Beside) -> None:
        assert interrupted(office).code == 130
        made = len(office.made)
        assert made < 31
        code, screen = on_a_terminal(office, beside, "apply", ["y", "y"])
        assert code == 0, screen
        assert re.search(r"Run 2 \(.+\) was cut off: \d+ of 31 steps done", screen)
        assert "Finish it now?" in screen and "31 done." in screen
        assert len(office.made) == 31
        office.once_each()
        office.whole()

    def test_whoever_says_no_gets_a_new_plan(self, office: Office, beside: Beside) -> None:
        assert interrupted(office).code == 130
        code, screen = on_a_terminal(office, beside, "apply", ["n", "y"])
        assert code == 0 and "Another plan takes its place" in screen, screen
        office.once_each()
        office.whole()
        states = [row["state"] for row in office.ccconf("history --format json").data["runs"]]
        assert states == ["ended", "superseded", "ended"]
        again = office.ccconf("apply --resume --yes")
        assert again.code == 1 and "CC014 no run on pbx was cut off" in again.text


def on_a_terminal(office: Office, beside: Beside, command: str, answers: list[str]) -> tuple[int, str]:
    """Type a command on a terminal, answer its questions, and see what the screen got."""
    ours, theirs = pty.openpty()
    later = {**office.secrets, "CCCONF_NOW": LATER, "TERM": "dumb", "COLUMNS": "150", "CI": ""}  # somebody sits there
    run = beside.start(office.folder, command, later, terminal=os.ttyname(theirs))
    screen, asked = "", 0
    try:
        while not run.over() or select.select([ours], [], [], 0)[0]:
            if select.select([ours], [], [], 0.05)[0]:
                screen += os.read(ours, 65536).decode()
            if screen.count("[y/N]") > asked:
                os.write(ours, f"{answers[asked]}\n".encode())
                asked += 1
    finally:
        os.close(ours)
        os.close(theirs)
    assert asked == len(answers), screen
    return run.ended().code, screen


def remembered(office: Office, beside: Beside, *, lost: bool = False) -> None:
    """A run that was killed in the middle, with four calls on their way; whether they ever arrive."""
    office.target(options={"at_once": 4, "timeout": 1})
    with office.closed(after=10, lost=lost):
        run = beside.start(office.folder, "apply --yes", office.secrets)
        until(lambda: office.waiting == 4, lambda: run.text)
        run.signal(signal.SIGKILL)
        assert run.ended().code == -signal.SIGKILL
    until(lambda: office.waiting == 0)


def where(office: Office, number: str) -> list[str]:
    """The departments that somebody is in."""
    names = {row["Id"]: row["Name"] for row in office.rows("Groups")}
    (found,) = [row for row in office.rows("Users", "?$expand=Groups") if row["Number"] == number]
    return sorted(names[edge["GroupId"]] for edge in found["Groups"])


class TestClocksJump:
    """Somebody sets the clock, or it was never right."""

    @pytest.mark.parametrize("hours", [-1, 24 * 365])
    def test_between_the_run_and_its_end(self, office: Office, beside: Beside, hours: int) -> None:
        remembered(office, beside)
        moment = datetime.now(UTC) + timedelta(hours=hours)
        office.patch.setenv("CCCONF_NOW", moment.isoformat(timespec="seconds"))
        ran = office.ccconf("apply --resume --yes")
        assert (ran.code, "31 done." in ran.out) == (0, True), ran.text
        assert len(office.made) == 31
        office.once_each()
        office.whole()

    def test_while_it_runs(self, office: Office) -> None:
        """Back and forth by hours with each look: the lease is counted by a clock that nobody sets."""
        jumps = itertools.cycle([timedelta(hours=7), timedelta(hours=-9), timedelta(days=400)])

        def wall() -> datetime:
            return datetime.now(UTC) + next(jumps)

        usual = lock.take.__kwdefaults__
        assert usual is not None
        office.patch.setitem(usual, "clocks", REAL._replace(wall=wall))
        office.patch.setitem(usual, "pulse", lock.Pulse(5.0, 0.02, 0.02))
        office.patch.setattr(journal, "now", lambda: written(wall()))
        interrupted(office)
        ran = office.resumed()
        assert "31 done." in ran.out
        office.once_each()


class TestTheWorldIsAnotherByThen:
    """Between the run and its resumption something was changed."""

    def test_the_address(self, office: Office) -> None:
        interrupted(office)
        made = list(office.made)
        office.target(url=office.url.replace("127.0.0.1", "localhost"))
        ran = office.ccconf("apply --resume --yes")
        assert ran.code == 1 and "CC017 pbx is threecx http://localhost:" in ran.text, ran.text
        assert office.made == made
        assert office.ccconf("ledger readdress --yes").code == 0
        ran = office.ccconf("apply --resume --yes")  # somebody has said that it is the same one
        assert ran.code == 0, ran.text
        office.once_each()
        office.whole()

    def test_somebody_has_moved_the_person_in_doubt(self, office: Office, beside: Beside) -> None:
        remembered(office, beside, lost=True)
        mover = next(f"30{last}" for last in "654" if where(office, f"30{last}") == ["Service"])
        (elsewhere,) = [row["Id"] for row in office.rows("Groups") if row["Name"] == "Office"]
        edge = {"GroupId": elsewhere, "Rights": {"RoleName": "users"}}
        office.emulator.patch(f"/Users({office.user(mover)['Id']})", {"Groups": [edge]})
        office.later()
        ran = office.ccconf("apply --resume --yes")
        assert ran.code == 4, ran.text
        three = rf"user/p{mover}: groups was .*service.* in the plan, is .*office.* now, should be .*billing"
        assert re.search(three, ran.text), ran.text
        assert ends(ran).keys() == {"done", "stale"} and "30 done, 1 stale." in ran.out
        office.once_each()
        assert office.ccconf("apply --yes").code == 0  # a new plan, which somebody has looked at
        office.whole()

    def test_somebody_else_has_taken_the_number_in_doubt(self, office: Office, beside: Beside) -> None:
        remembered(office, beside, lost=True)
        theirs = {"Number": "309", "FirstName": "Somebody", "LastName": "Else"}
        office.emulator.post("/Users", theirs)
        office.later()
        ran = office.ccconf("apply --resume --yes")
        assert ran.code == 4, ran.text
        assert 'user/p309: it exists by now, and its name is "Somebody Else", not "Person 309"' in ran.text
        assert ends(ran).keys() == {"done", "stale"} and "30 done, 1 stale." in ran.out
        assert office.user("309")["FirstName"] == "Somebody"
        assert office.numbers() == STAFF and not office.wrong
        office.once_each()


class TestAnApprovedPlan:
    """A plan that was saved, reviewed and is applied by its file."""

    @pytest.fixture
    def approved(self, office: Office) -> Path:
        saved = office.folder / "plan.json"
        assert office.ccconf(f"plan --out {saved}").code == 2
        return saved

    def test_is_resumed_by_the_same_words(self, office: Office, approved: Path) -> None:
        assert interrupted(office, f"apply {approved} --yes").code == 130
        office.later()
        ran = office.ccconf(f"apply {approved} --yes")
        assert (ran.code, "31 done." in ran.out) == (0, True), ran.text
        assert re.search(r"Run 2 \(.+\) was cut off: \d+ of 31 steps done\.", ran.err)
        assert len(office.made) == 31
        office.once_each()
        office.whole()

    def test_another_plan_takes_its_place_and_says_so(self, office: Office, approved: Path) -> None:
        assert interrupted(office, f"apply {approved} --yes").code == 130
        office.later()
        other = office.folder / "other.json"
        assert office.ccconf(f"plan --out {other}").code == 2
        ran = office.ccconf(f"apply {other} --yes")
        assert ran.code == 0, ran.text
        assert "was cut off" in ran.err and "Another plan takes its place" in ran.err
        office.once_each()
        office.whole()

    def test_once_more_after_success_is_told_and_does_nothing(self, office: Office, approved: Path) -> None:
        assert office.ccconf(f"apply {approved} --yes").code == 0
        made = list(office.made)
        office.server.requests.clear()
        ran = office.ccconf(f"apply {approved} --yes")
        assert ran.code == 0, ran.text
        assert re.search(r"Run 2 \(.+\) has carried out this plan already; nothing was done now\.", ran.err)
        assert "31 done." in ran.out
        assert office.made == made and 0 < len(office.server.requests) < 40, "it looks, at what was changed only"
        again = office.ccconf(f"apply {approved} --yes --format json")
        assert again.code == 0 and len(again.data["outcomes"]) == 31

    def test_after_another_run_it_is_stale(self, office: Office, approved: Path) -> None:
        """What it made was changed on purpose since: that is not undone by an old plan."""
        assert office.ccconf(f"apply {approved} --yes").code == 0
        office.declare(SECOND.replace("Renamed 301", "Renamed again"))
        office.apply()
        ran = office.ccconf(f"apply {approved} --yes")
        assert ran.code == 4, ran.text
        assert office.user("301")["LastName"] == "again"


class TestOverTheEmbeddedPlatform:
    """What the telephone system has not: pictures, and room for thousands."""

    def test_a_picture_is_gone_when_the_run_is_resumed(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        pictures = [desk.write(f"manifests/{name}.png", f"picture of {name}") for name in "abcdef"]
        desk.declare(users={path.stem: {"name": path.stem, "avatar": path.name} for path in pictures})
        crash(desk, 3, after=False)
        gone = next(path for path in pictures if path.stem not in desk.ids())
        content = gone.read_text()
        gone.unlink()
        ran = desk.run("apply", "--resume", "--yes")
        assert ran.code == 5, ran
        assert f"CC208 manifests/{gone.name} cannot be read" in ran.out
        assert "5 done, 1 failed." in ran.out
        assert gone.stem not in desk.ids()
        gone.write_text(content)
        desk.apply()
        assert sorted(desk.ids()) == list("abcdef")

    def test_two_thousand_steps(self, tmp_path: Path, beside: Beside) -> None:
        desk = Desk(tmp_path)
        desk.declare(users={f"p{number:04}": {"name": "P"} for number in range(2000)})
        run = beside.start(tmp_path, "apply --yes", {})
        until(lambda: run.text.count("\ndone ") > 600)
        run.signal(signal.SIGKILL)
        assert run.ended().code == -signal.SIGKILL
        before = desk.ids()
        assert 600 < len(before) < 2000
        ended = beside.start(tmp_path, "apply --resume --yes --format json", {}).ended()
        assert ended.code == 0, ended.text[-2000:]
        assert Counter(row["status"] for row in ended.report["outcomes"]) == {"done": 2000}
        after = desk.ids()
        assert len(after) == 2000 and before.items() <= after.items()
        desk.silent()
