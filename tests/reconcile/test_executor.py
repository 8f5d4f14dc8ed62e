"""Many hands: steps side by side, in no other order than their needs; stopped by what must stop them; resumed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.errors import Broken, Rejected, Uncertain, broken
from ccconf.findings import Finding
from ccconf.ledger.runs import Noted
from ccconf.model.change import Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import from_data as from_data
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Performed
from ccconf.reconcile.apply import Past, apply
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Plan, Step, signed
from ccconf.reconcile.turn import Crew, Doubt
from tests.reconcile.shelf import Shelf


class Notebook:
    """A journal on paper; what it holds is told as the words that were written."""

    def __init__(self, full_after: int | None = None) -> None:
        self.lines: list[str] = []
        self.announced: list[str] = []
        self.noted: dict[Ref, Noted] = {}
        self.lost: dict[str, Broken] = {}
        self.full_after = full_after
        self.closed = False

    def _write(self, line: str) -> None:
        if self.full_after is not None and len(self.lines) >= self.full_after:
            raise broken("CC008", "ledger.db cannot be used: disk is full", "free some space")
        self.lines.append(line)

    def announce(self, step: str) -> None:
        self.announced.append(step)

    def intend(self, step: str) -> None:
        self._write(f"intends {step}")

    def ended(self, step: str, status: str, outcome: dict[str, Any], noted: Sequence[Noted] = ()) -> None:
        try:
            self._write(f"{status} {step}")
            self.noted.update({row.ref: row for row in noted})
        except Broken as error:
            self.lost[step] = error

    def close(self) -> None:
        self.closed = True

    def unnoted(self) -> Mapping[str, Broken]:
        return self.lost


class Counter(Shelf):
    """A shelf with one clerk, who counts how many stand before it at once, and in which order they are served."""

    def __init__(self, world: Any, *, together: int = 1) -> None:
        super().__init__(world)
        self.clerk = threading.RLock()
        self.gate = threading.Barrier(together) if together > 1 else None
        self.at_once = self.most = 0
        self.served: list[str] = []

    def lookup(self, ref: Ref) -> Observed | None:
        with self.clerk:
            return super().lookup(ref)

    def perform(self, change: Change) -> Performed:
        with self.clerk:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        if self.gate is not None:
            self.gate.wait(timeout=20)
        with self.clerk:
            self.at_once -= 1
            self.served.append(str(change.ref))
            return super().perform(change)


def step(name: str, *needs: str, **fields: Any) -> Step:
    kind, _, key = name.partition("/")
    return Step(
        id=f"create {name}",
        change=Create(kind=kind, key=key, fields=fields),
        needs=tuple(f"create {need}" for need in needs),
    )


def plan_of(*steps: Step) -> Plan:
    return signed(Plan(target="office", platform="any", steps=steps))


def run(plan: Plan, platform: Shelf, journal: Notebook, **more: Any) -> Report:
    return apply(plan, Crew(platform, journal), lambda ours: None, **more)


def statuses(report: Report) -> dict[str, str]:
    return {ended.step.partition(" ")[2]: str(ended.status) for ended in report.outcomes}


@pytest.mark.parametrize("hands", [2, 4, 8])
def test_as_many_side_by_side_as_there_are_hands(hands: int) -> None:
    plan = plan_of(*(step(f"group/g{number}") for number in range(8)))
    counter = Counter({}, together=hands)  # the barrier opens only when so many stand there at once
    report = run(plan, counter, Notebook(), at_once=hands)
    assert counter.most == hands
    assert {ended.status for ended in report.outcomes} == {Status.DONE}
    assert [ended.step for ended in report.outcomes] == [taken.id for taken in plan.steps]


def test_the_threads_go_home_when_the_work_is_done() -> None:
    run(plan_of(*(step(f"group/g{number}") for number in range(20))), Counter({}), Notebook(), at_once=8)
    hands = [thread for thread in threading.enumerate() if thread.name.startswith("step ")]
    for thread in hands:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in hands)


_AT_THE_SAME_MOMENT = """
import sys
from tests.reconcile.test_executor import Counter, Notebook, from_data, plan_of, run, step

class Reader(Counter):
    def perform(self, change):
        self.gate.wait(timeout=20)
        for _ in range(3):
            from_data("user", {"name": "A", "groups": {"x": {"role": "r"}}, "skills": {"e": 1}})
            from_data("schedule", {"weekly": {"mon": ["08:00-16:00"]}, "holidays": [{"date": "01-01"}]})
        with self.clerk:
            return super(Counter, self).perform(change)

sys.setswitchinterval(1e-6)
plan = plan_of(*(step(f"group/g{number}") for number in range(16)))
run(plan, Reader({}, together=16), Notebook(), at_once=16)
"""


def test_the_first_objects_may_be_read_by_many_at_the_same_moment() -> None:
    """A process in which nothing was read before; without preparation msgspec crashes nearly always."""
    ran = subprocess.run([sys.executable, "-c", _AT_THE_SAME_MOMENT], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_nothing_is_begun_before_what_it_needs_is_done(data: st.DataObject) -> None:
    names = [f"group/g{number}" for number in range(data.draw(st.integers(1, 12)))]
    needs = {
        name: data.draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3)) if place else []
        for place, name in enumerate(names)
    }
    counter, notebook = Counter({}), Notebook()
    run(plan_of(*(step(name, *needs[name]) for name in names)), counter, notebook, at_once=8)
    assert sorted(counter.served) == sorted(names)
    for name in names:
        begun = notebook.lines.index(f"intends create {name}")
        assert all(notebook.lines.index(f"done create {need}") < begun for need in needs[name])


class Deaf(Counter):
    """Says the same to everybody but a few."""

    def __init__(self, error: Exception, hears: Sequence[str] = ()) -> None:
        super().__init__({})
        self.error = error
        self.hears = hears

    def perform(self, change: Change) -> Performed:
        if str(change.ref) in self.hears:
            return super().perform(change)
        raise self.error


def test_a_platform_that_no_longer_answers_ends_the_run_early() -> None:
    plan = plan_of(*(step(f"group/g{number:02}") for number in range(20)))
    away = broken("CC707", "nobody answers at that address", "try again later")
    report = run(plan, Deaf(away, hears=["group/g00", "group/g02"]), Notebook(), at_once=1)
    assert report.count(Status.DONE) == 2
    assert [ended.step for ended in report.outcomes if ended.code == "CC707"] == [
        "create group/g01", "create group/g03", "create group/g04", "create group/g05"
    ]  # fmt: skip
    blocked = [ended for ended in report.outcomes if ended.status is Status.BLOCKED]
    assert len(blocked) == 14
    assert {(ended.code, ended.detail) for ended in blocked} == {("CC715", "the platform no longer answers")}
    assert report.exit_code == 5


def test_a_platform_that_says_no_is_asked_about_everything() -> None:
    plan = plan_of(*(step(f"group/g{number:02}") for number in range(9)))
    no = Rejected(Finding(code="CC702", message="not today"))
    assert set(statuses(run(plan, Deaf(no), Notebook(), at_once=3)).values()) == {"failed"}


def test_who_lost_the_right_to_write_takes_no_further_step() -> None:
    class Fenced(Notebook):
        def intend(self, step: str) -> None:
            if len(self.lines) >= 4:
                raise broken("CC013", "another run took over", "say ccconf apply --resume")
            super().intend(step)

    counter = Counter({})
    report = run(plan_of(*(step(f"group/g{number}") for number in range(5))), counter, Fenced(), at_once=1)
    assert counter.served == ["group/g0", "group/g1"]
    assert [(ended.status, ended.code) for ended in report.outcomes] == [
        ("done", ""), ("done", ""), ("blocked", "CC013"), ("blocked", "CC013"), ("blocked", "CC013"),
    ]  # fmt: skip


def test_a_platform_that_no_longer_answers_writes_ends_the_run_early() -> None:
    lost = Uncertain(Finding(code="CC703", message="no answer in time"))
    report = run(plan_of(*(step(f"group/g{number}") for number in range(9))), Deaf(lost), Notebook(), at_once=1)
    assert [ended.code for ended in report.outcomes] == ["CC703"] * 3 + ["CC715"] * 6


def test_a_right_that_is_lost_between_two_calls_leaves_the_step_uncertain() -> None:
    report = run(plan_of(step("group/g")), Deaf(broken("CC013", "another run took over")), Notebook(), at_once=1)
    assert [(ended.status, ended.code) for ended in report.outcomes] == [("uncertain", "CC013")]


def test_a_journal_that_is_full_stops_before_anything_goes_unnoted() -> None:
    counter, notebook = Counter({}), Notebook(full_after=3)
    report = run(plan_of(*(step(f"group/g{number}") for number in range(4))), counter, notebook, at_once=1)
    assert counter.served == ["group/g0", "group/g1"]  # the second was intended; its end found no room any more
    told = [(ended.status, ended.code) for ended in report.outcomes]
    assert told == [("done", ""), ("uncertain", "CC008"), ("blocked", "CC008"), ("blocked", "CC008")]
    assert report.outcomes[1].detail == "done, but not noted: ledger.db cannot be used: disk is full"
    assert notebook.closed


def test_somebody_who_insists_does_not_wait_for_a_platform_that_hangs() -> None:
    hangs, hung = threading.Event(), threading.Event()

    class Frozen(Counter):
        def perform(self, change: Change) -> Performed:
            if change.key == "g1":
                hung.set()
                hangs.wait(timeout=20)
            return super().perform(change)

    def told(step: Step, outcome: Outcome) -> None:
        if outcome.step == "create group/g0":
            hung.wait(timeout=20)
            raise KeyboardInterrupt  # as the handler of the second Ctrl-C does, in the thread that waits

    steps = [step("group/g0"), step("group/g1"), step("group/g2", "group/g0")]
    report = run(plan_of(*steps), Frozen({}), Notebook(), at_once=2, told=told)
    hangs.set()
    assert report.interrupted and report.exit_code == 130
    assert [ended.status for ended in report.outcomes] == ["done", "uncertain", "blocked"]


def test_what_nobody_expected_takes_no_other_outcome_with_it() -> None:
    plan = plan_of(step("group/a"), step("group/b"), step("group/c", "group/a"))
    report = run(plan, Deaf(KeyError("Number"), hears=["group/b"]), Notebook(), at_once=4)
    assert [(ended.status, ended.code) for ended in report.outcomes] == [
        ("uncertain", "CC716"), ("done", ""), ("blocked", ""),
    ]  # fmt: skip
    assert report.outcomes[0].detail == "ccconf did not expect this: KeyError: 'Number'"


def test_what_ends_the_process_is_raised_where_somebody_sees_it() -> None:
    class Dies(Counter):
        def perform(self, change: Change) -> Performed:
            raise SystemExit

    with pytest.raises(SystemExit):
        run(plan_of(step("group/g")), Dies({}), Notebook(), at_once=4)


UPDATE = Update(
    kind="user",
    key="ann",
    native_id="user-ann-live",
    revision="0",
    changes=(
        FieldChange(field="name", before="Ann", after="Anna"),
        FieldChange(field="position", before=None, after="Lead"),
    ),
)


def doubtful(change: Change, live: Any, *, gone: Any = None) -> tuple[Report, Shelf, Notebook]:
    """A run that finds a step of which nobody knows whether it happened."""
    shelf, notebook = Shelf(live, gone), Notebook()
    taken = Step(id="the step", change=change)
    report = run(plan_of(taken), shelf, notebook, at_once=1, past=Past(doubts={"the step": Doubt(0.0)}))
    return report, shelf, notebook


@pytest.mark.parametrize(
    ("live", "status", "calls"),
    [
        ({"name": "Anna", "position": "Lead"}, "done", 0),
        ({"name": "Ann"}, "done", 1),
        ({"name": "Anna"}, "done", 1),
        ({"name": "Ann", "position": "Lead"}, "done", 1),
        ({"name": "Annika"}, "stale", 0),
    ],
    ids=["it happened", "it did not", "one half", "the other half", "somebody was there"],
)
def test_an_update_in_doubt(live: dict[str, Any], status: str, calls: int) -> None:
    report, shelf, _ = doubtful(UPDATE, {"user": {"ann": live}})
    (ended,) = report.outcomes
    assert (ended.status, len(ended.calls)) == (status, calls)
    after = shelf.live["user-ann-live"][1]
    if status == "done":
        assert after == {"name": "Anna", "position": "Lead"}
    else:
        assert ended.detail == 'user/ann: name was "Ann" in the plan, is "Annika" now, should be "Anna"'
        assert after == live


@pytest.mark.parametrize(
    ("live", "status"),
    [
        ({}, "done"),
        ({"ann": {"name": "Ann", "status": "active", "groups": {"team": {}}}}, "done"),
        ({"ann": {"name": "Ann", "status": "active"}}, "done"),
        ({"ann": {"name": "Another Ann", "status": "active"}}, "stale"),
    ],
    ids=["it did not happen", "it happened", "its first call happened", "somebody else has the name"],
)
def test_a_creation_in_doubt_makes_nobody_twice(live: Any, status: str) -> None:
    create = Create(kind="user", key="ann", fields={"name": "Ann", "groups": {"team": {}}})
    report, shelf, notebook = doubtful(create, {"group": {"team": {}}, "user": live})
    assert report.outcomes[0].status == status
    people = [fields for ref, fields in shelf.live.values() if ref == Ref("user", "ann")]
    assert len(people) == 1
    if status == "done":
        assert people == [{"name": "Ann", "status": "active", "groups": {"team": {}}}]
        assert notebook.noted[Ref("user", "ann")].owned is not None


def test_a_creation_that_may_still_arrive_is_waited_for() -> None:
    """Its call was sent just before the process died, and the platform is slow."""
    shelf, slept = Shelf({}), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if sum(slept) > 3:
            shelf.perform(Create(kind="group", key="team", fields={}))

    moments = iter(range(100))
    crew = Crew(shelf, Notebook(), sleep=sleep, clock=lambda: float(next(moments)))
    taken = step("group/team")
    report = apply(plan_of(taken), crew, lambda ours: None, at_once=1, past=Past(doubts={taken.id: Doubt(30.0)}))
    assert report.outcomes[0].status == "done" and report.outcomes[0].calls == ()
    assert len(shelf.live) == 1 and slept == sorted(slept)


def test_a_newcomer_who_may_not_sign_in_yet_is_made_inactive_although_everybody_new_is_active() -> None:
    """Some platforms take two calls for it, and the second one was never sent."""
    create = Create(kind="user", key="ann", fields={"name": "Ann", "status": "inactive"})
    report, shelf, _ = doubtful(create, {"user": {"ann": {"name": "Ann", "status": "active"}}})
    assert report.outcomes[0].status == "done"
    assert shelf.live["user-ann-live"][1] == {"name": "Ann", "status": "inactive"}


def test_what_the_platform_filled_in_was_written_all_the_same() -> None:
    rows = (FieldChange(field="groups", before=None, after={"sales": {}}),)
    change = Update(kind="user", key="ann", native_id="user-ann-live", revision="0", changes=rows)
    report, _, _ = doubtful(change, {"group": {"sales": {}}, "user": {"ann": {"groups": {"sales": {"role": "users"}}}}})
    assert (report.outcomes[0].status, report.outcomes[0].calls) == ("done", ())


def test_what_is_to_go_and_was_changed_since_stays() -> None:
    delete = Delete(kind="group", key="old", native_id="group-old-live", revision="0", fields={"description": "Old"})
    report, shelf, _ = doubtful(delete, {"group": {"old": {"description": "Needed again"}}})
    assert report.outcomes[0].status == "stale" and len(shelf.live) == 1


@pytest.mark.parametrize(("live", "calls"), [({"old": {}}, 1), ({}, 0)], ids=["it did not", "it happened"])
def test_a_deletion_in_doubt(live: Any, calls: int) -> None:
    delete = Delete(kind="group", key="old", native_id="group-old-live", revision="0", fields={})
    report, shelf, notebook = doubtful(delete, {"group": live})
    assert (report.outcomes[0].status, len(report.outcomes[0].calls)) == ("done", calls)
    assert not shelf.live and notebook.noted[Ref("group", "old")].owned is None


@pytest.mark.parametrize("back", [False, True], ids=["it did not", "its first call happened"])
def test_a_restoration_in_doubt(back: bool) -> None:
    rows = (FieldChange(field="position", before=None, after="Lead"),)
    there, gone = ({"user": {"ann": {"name": "Ann"}}}, None) if back else ({}, {"user": {"ann": {"name": "Ann"}}})
    native_id = "user-ann-live" if back else "user-ann-gone"
    restore = Restore(kind="user", key="ann", native_id=native_id, revision="0", changes=rows)
    report, shelf, _ = doubtful(restore, there, gone=gone)
    assert report.outcomes[0].status == "done"
    assert [fields for _, fields in shelf.live.values()] == [{"name": "Ann", "position": "Lead"}]


class Loses(Shelf):
    """The answer to the first call is lost; `does` says whether the call was carried out."""

    def __init__(self, world: Any, *, does: bool) -> None:
        super().__init__(world)
        self.does = does
        self.asked = 0

    def perform(self, change: Change) -> Performed:
        self.asked += 1
        if self.asked > 1:
            return super().perform(change)
        if self.does:
            super().perform(change)
        raise Uncertain(Finding(code="CC703", message="the answer was lost"))


@pytest.mark.parametrize(("does", "asked"), [(True, 1), (False, 2)], ids=["carried out", "not carried out"])
def test_an_update_whose_answer_was_lost_is_looked_up_and_then_repeated(does: bool, asked: int) -> None:
    shelf = Loses({"user": {"ann": {"name": "Ann"}}}, does=does)
    report = run(plan_of(Step(id="the step", change=UPDATE)), shelf, Notebook(), at_once=1)
    assert (report.outcomes[0].status, shelf.asked) == ("done", asked)
    assert shelf.live["user-ann-live"][1] == {"name": "Anna", "position": "Lead"}


@pytest.mark.parametrize(("does", "status"), [(True, "done"), (False, "uncertain")], ids=["carried out", "not yet"])
def test_a_creation_whose_answer_was_lost_is_not_repeated(does: bool, status: str) -> None:
    shelf, notebook = Loses({}, does=does), Notebook()
    report = run(plan_of(step("group/team")), shelf, notebook, at_once=1)
    assert (report.outcomes[0].status, shelf.asked) == (status, 1)
    assert notebook.lines == ["intends create group/team", f"{status} create group/team"]


def test_what_an_earlier_run_has_done_is_not_done_again_and_is_told_in_the_report() -> None:
    done = Outcome(step="create group/g0", status=Status.DONE, native_id="7", calls=("create group/g0",))
    counter, told = Counter({"group": {"g0": {}}}), []
    plan = plan_of(step("group/g0"), step("group/g1", "group/g0"))
    report = run(
        plan, counter, Notebook(), past=Past(done={done.step: done}), told=lambda step, _: told.append(step.id)
    )
    assert counter.served == ["group/g1"] and told == ["create group/g1"]
    assert report.outcomes[0] == done and report.exit_code == 0


def test_what_was_applied_is_noted_field_by_field() -> None:
    _, _, notebook = doubtful(UPDATE, {"user": {"ann": {"name": "Ann"}}})
    assert notebook.noted[Ref("user", "ann")].fields == {"name": "Anna", "position": "Lead"}
    assert msgspec.json.encode(notebook.noted[Ref("user", "ann")].fields)
