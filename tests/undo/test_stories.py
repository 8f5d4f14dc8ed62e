"""A supervisor who takes a run back: what comes back, what is left alone, what nobody can bring back."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from ccconf.cli import run as run_command
from ccconf.cli import undo as undo_command
from ccconf.cli.session import connected as real
from ccconf.conformance.laws import Crash, Dying, Through
from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.manifest.project import Target
from ccconf.model.change import Change
from ccconf.model.kinds import KINDS, as_data
from ccconf.platform.contract import Page, Performed, Platform
from ccconf.reconcile.plan import Plan, decode
from tests.cli.desk import Desk

OFFICE: dict[str, Any] = {
    "users": {
        "ann": {"name": "Ann", "email": "ann@example.org", "groups": ["team"], "roles": ["clerk"]},
        "bo": {"name": "Bo", "groups": ["team", "old"]},
    },
    "groups": {"team": {"description": "All"}, "old": {"description": "Old hands"}},
    "roles": {"clerk": {"permissions": {"calls": True}}},
}
LATER: dict[str, Any] = {
    "users": {
        "ann.lee": {"name": "Ann Lee", "formerly": "ann", "email": "lee@example.org", "groups": ["team"], "roles": []},
        "cy": {"name": "Cy", "groups": ["team", "new"]},
    },
    "groups": {"team": {"description": "Everybody"}, "new": {}},
    "roles": {"clerk": {"permissions": {"calls": True, "users": "read"}}},
}


@pytest.fixture(name="office")
def use_office(desk: Desk) -> Desk:
    """One world was applied, then another."""
    desk.declare(**OFFICE).apply()
    desk.before = live(desk)  # type: ignore[attr-defined]
    desk.declare(**LATER).apply()
    return desk


def live(desk: Desk) -> dict[str, dict[str, Any]]:
    """Everything that is live."""
    return {str(live.ref): as_data(live.resource) for kind in KINDS for live in desk.live(kind).values()}


def undo(desk: Desk, *args: str) -> Plan:
    """The plan that undoes a run; nothing is changed."""
    path = desk.folder / "undo.json"
    path.unlink(missing_ok=True)
    ran = desk.run("undo", "--out", str(path), *args)
    assert path.exists(), ran
    return decode(path.read_bytes(), "undo.json")


def said(plan: Plan, code: str) -> list[str]:
    """The findings of a code."""
    return [found.message for found in plan.findings if found.code == code]


@contextlib.contextmanager
def through(wrap: Any) -> Iterator[None]:
    """Whatever is carried out meanwhile goes through a platform that `wrap` makes of the real one."""

    @contextlib.contextmanager
    def connected(target: Target, **more: Any) -> Iterator[Platform]:
        with real(target, **more) as platform:
            yield wrap(platform)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_command, "connected", connected)
        yield


def test_it_is_shown_and_asked_about_like_any_plan(office: Desk) -> None:
    before = live(office)
    ran = office.run("undo")
    assert (ran.code, "CC704" in ran.err) == (1, True)
    assert "~ user/ann  Ann Lee  [renamed from ann.lee]" in ran.out
    assert "- user/cy  Cy  [leaves: deactivated" in ran.out
    assert "CC515 this plan undoes run 2; Git still says what that run did" in ran.out
    assert "change the manifests back, or the next apply does it again" in ran.out
    assert live(office) == before


def test_an_undo_and_what_it_leaves(office: Desk) -> None:
    ran = office.run("undo", "--yes")
    assert ran.code == 0
    after = live(office)
    assert {ref: after[ref] for ref in office.before} == office.before  # type: ignore[attr-defined]
    assert after.keys() - office.before.keys() == {"user/cy"}  # type: ignore[attr-defined]
    assert after["user/cy"] == {"name": "Cy", "type": "human", "status": "inactive"}
    assert "CC513 group/old is made anew: its id is new" in ran.out


def test_the_next_apply_does_it_again_unless_git_goes_back_too(office: Desk) -> None:
    there = live(office)
    office.run("undo", "--yes")
    assert office.run("plan").code == 2
    office.apply()
    assert live(office) == there
    office.run("undo", "--yes")
    office.declare(**OFFICE)
    assert office.run("plan").code == 0


def test_a_saved_undo_is_applied_like_any_plan(office: Desk) -> None:
    there = live(office)
    path = office.folder / "undo.json"
    assert office.run("undo", "--out", str(path)).code == 2
    assert live(office) == there
    assert office.run("apply", str(path), "--yes").code == 0
    after = live(office)
    assert {ref: after[ref] for ref in office.before} == office.before  # type: ignore[attr-defined]


def test_an_undo_is_undone_by_its_number(office: Desk) -> None:
    there = live(office)
    office.run("undo", "--yes")
    assert "takes back run 3, which undid run 2" in office.run("undo", "3").out
    assert office.run("undo", "3", "--yes").code == 0
    assert live(office) == there
    office.silent()
    assert office.ledger()["bo"].has_left, "or they would not be active when they return"


def test_without_a_number_it_goes_back_run_by_run(desk: Desk) -> None:
    for position in ("Clerk", "Head", "Boss"):
        desk.declare(users={"ann": {"name": "Ann", "position": position}}).apply()
    assert desk.run("undo", "--yes").code == 0
    assert desk.fields("user/ann")["position"] == "Head"
    assert desk.run("undo", "--yes").code == 0
    assert desk.fields("user/ann")["position"] == "Clerk"
    assert desk.run("undo", "5", "--yes").code == 0  # takes the last undo back
    assert desk.fields("user/ann")["position"] == "Head"
    assert "undoes run 2" in desk.run("undo").out


def test_what_was_changed_since_is_left_alone(office: Desk) -> None:
    office.console("user/ann.lee", email="new@example.org")
    office.console("group/team", description="The team")
    plan = undo(office)
    assert said(plan, "CC514") == [
        'group/team: description: run 2 wrote "Everybody", is "The team" now, was "All" before; it is left alone',
        'user/ann.lee: email: run 2 wrote "lee@example.org", is "new@example.org" now, was "ann@example.org" before; '
        "it is left alone",
    ]
    office.run("undo", "--yes")
    assert office.fields("user/ann")["email"] == "new@example.org"
    assert office.fields("user/ann")["name"] == "Ann"
    assert office.fields("group/team")["description"] == "The team"


def test_what_the_run_made_and_others_changed(office: Desk) -> None:
    """A group would be lost with what somebody wrote there. A person only loses access, which is what is undone."""
    office.console("user/ann.lee", groups={"team": {}})
    office.console("user/cy", groups={"team": {}}, position="Head")
    office.console("group/new", description="Ours now")
    office.declare(**{**LATER, "groups": {**LATER["groups"], "new": {"description": "Newcomers"}}})
    office.console("group/new", description="Newcomers")
    plan = undo(office)
    assert "delete group/new" in [step.id for step in plan.steps], "what the run did not write is not compared"
    office.run("undo", "--yes")
    assert office.fields("user/cy")["status"] == "inactive"
    assert office.fields("user/cy")["position"] == "Head"


def test_a_thing_that_would_be_lost_with_somebody_s_change_stays(desk: Desk) -> None:
    desk.declare(users={"ann": {"name": "Ann"}}).apply()
    desk.declare(users={"ann": {"name": "Ann"}}, groups={"new": {"description": "For all"}}).apply()
    desk.console("group/new", description="For us")
    plan = undo(desk)
    assert not plan.steps
    assert said(plan, "CC514") == [
        'group/new: description: run 2 wrote "For all", is "For us" now, was empty before; it is left alone'
    ]


def test_what_is_gone_or_back_by_now(office: Desk) -> None:
    office.console_creates("group/old", description="Another one")
    office.console_deletes("user/ann.lee")
    plan = undo(office)
    assert said(plan, "CC514") == [
        "group/old: run 2 deleted it, and there is another of that name by now",
        "user/ann.lee is gone since run 2 changed it; nothing of it is put back",
    ]
    assert not {"create group/old", "update user/ann"} & {step.id for step in plan.steps}


def test_a_reference_to_what_is_gone_is_left_out(office: Desk) -> None:
    office.declare(**{**LATER, "roles": {}})
    office.apply()
    plan = undo(office, "2")
    assert (
        "user/ann: what run 2 did stays: roles named role/clerk before, which is no longer there; roles is left alone"
        in said(plan, "CC513")
    )
    assert office.run("undo", "2", "--yes").code == 0


def test_somebody_who_was_deleted_is_restored(desk: Desk) -> None:
    desk.project(leavers="delete")
    desk.declare(users=OFFICE["users"], groups=OFFICE["groups"], roles=OFFICE["roles"]).apply()
    ids = desk.ids()
    desk.declare(users={"ann": OFFICE["users"]["ann"]}, groups=OFFICE["groups"], roles=OFFICE["roles"]).apply()
    assert "bo" not in desk.ids()
    ran = desk.run("undo", "--yes")
    assert "+ user/bo  Bo  [comes back: restored with its history]" in ran.out
    assert desk.ids() == ids
    assert desk.fields("user/bo")["groups"] == {"old": {}, "team": {}}


def test_guards_hold_for_an_undo(desk: Desk) -> None:
    desk.declare(users={"ann": {"name": "Ann"}}).apply()
    desk.declare(users={f"p{number}": {"name": f"P {number}"} for number in range(8)} | {"ann": {"name": "Ann"}})
    desk.apply()
    ran = desk.run("undo", "--yes")
    assert ran.code == 3
    assert "CC601 8 of 9 users would leave" in ran.out
    desk.project(guards={"protect": ["user/ann"], "deletes": {"users": "100%"}})
    assert desk.run("undo", "--yes").code == 0
    assert desk.run("undo", "1").code == 3


@pytest.mark.parametrize("owns", ["all", "never"])
def test_only_what_the_run_touched_is_touched(desk: Desk, owns: str) -> None:
    """Not even where everything that no manifest declares would go."""
    desk.declare(groups={"team": {}}).apply()
    desk.console_creates("group/theirs", description="Nobody's")
    desk.declare(groups={"team": {}, "new": {}}).run("apply", "--yes")
    desk.project(owns={"groups": owns})
    plan = undo(desk)
    assert [step.id for step in plan.steps] == (["delete group/new"] if owns == "all" else [])
    assert any("owns: never" in message for message in said(plan, "CC513")) == (owns == "never")


def test_only_some_objects(office: Desk) -> None:
    plan = undo(office, "--only", "role/*")
    assert [step.id for step in plan.steps] == ["update role/clerk"]
    assert office.run("undo", "--yes", "--only", "role/*").code == 0
    assert office.fields("role/clerk")["permissions"] == {"calls": True}
    assert "ann.lee" in office.ids()


def test_a_picture_comes_back_with_its_file(desk: Desk) -> None:
    picture = desk.write("manifests/ann.png", "one")
    desk.declare(users={"ann": {"name": "Ann", "avatar": "ann.png"}}).apply()
    first = desk.fields("user/ann")["avatar"]
    picture.write_text("two")
    desk.apply()
    plan = undo(desk)
    assert said(plan, "CC513")[-1] == (
        "user/ann: what run 2 did stays: nobody has the file any more that avatar was before"
    )
    assert not plan.steps
    picture.write_text("one")  # as a reverted commit would
    assert desk.run("undo", "--yes").code == 0
    assert desk.fields("user/ann")["avatar"] == first


def test_the_commit_to_revert_is_named(desk: Desk) -> None:
    git = shutil.which("git")
    assert git is not None
    desk.declare(users={"ann": {"name": "Ann"}})
    words = ["-c", "user.name=Carla", "-c", "user.email=carla@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "ccconf.yaml", "manifests"], [*words, "commit", "-qm", "Ann"]):
        subprocess.run([git, "-C", str(desk.folder), *command], check=True)
    commit = subprocess.run(
        [git, "-C", str(desk.folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    desk.apply()
    assert f"revert the commit {commit}, or the next apply does it again" in desk.run("undo").out


def test_runs_that_are_not_there(office: Desk) -> None:
    ran = office.run("undo", "7")
    assert (ran.code, "CC016" in ran.err, "ccconf history" in ran.err) == (1, True, True)
    office.run("undo", "--yes")
    office.run("undo", "1", "--yes")
    ran = office.run("undo")
    assert (ran.code, "CC016 no run on office is left to be undone" in ran.err) == (1, True)


def test_a_target_that_is_another_by_now(office: Desk) -> None:
    office.project(url="other.db")
    ran = office.run("undo")
    assert (ran.code, "CC017 office is local other.db now" in ran.err) == (1, True)


class Refusing(Through):
    """Says no to one object."""

    def perform(self, change: Change) -> Performed:
        if str(change.ref) == "role/clerk":
            raise Rejected(Finding(code="CC702", message="not today"))
        return super().perform(change)


def test_an_undo_that_came_half_way_is_begun_again(office: Desk) -> None:
    with through(Refusing):
        assert office.run("undo", "--yes").code == 5
    plan = undo(office)
    assert [step.id for step in plan.steps] == ["update role/clerk"]
    assert office.run("undo", "--yes").code == 0
    after = live(office)
    assert {ref: after[ref] for ref in office.before} == office.before  # type: ignore[attr-defined]


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("at", range(7))
def test_a_run_that_died_is_undone_as_far_as_it_came(desk: Desk, at: int, after: bool) -> None:
    """What was done goes back, and so does a step of which nobody knows whether it was."""
    desk.project(options={"at_once": 1})
    desk.declare(**OFFICE).apply()
    before = live(desk)
    desk.declare(**LATER)
    assert len(desk.plan().steps) == 7
    with through(lambda platform: Dying(platform, at, after=after)), pytest.raises(Crash):
        desk.run("apply", "--yes")
    desk.run("undo", "2", "--yes")
    now = live(desk)
    assert {ref: now[ref] for ref in before} == before
    assert {now[ref]["status"] for ref in now.keys() - before.keys()} <= {"inactive"}


def test_a_swap_that_died_half_way_is_finished_before_it_is_undone(desk: Desk) -> None:
    desk.project(options={"at_once": 1})
    desk.declare(users={"a": {"name": "Ann"}, "b": {"name": "Bo"}}).apply()
    desk.declare(users={"a": {"name": "Bo", "formerly": "b"}, "b": {"name": "Ann", "formerly": "a"}})
    for at in (1, 2):
        folder = desk.folder.parent / f"copy {at}"
        shutil.copytree(desk.folder, folder)
        copy = Desk(folder, options={"at_once": 1})
        with through(lambda platform, at=at: Dying(platform, at, after=False)), pytest.raises(Crash):
            copy.run("apply", "--yes")
        ran = copy.run("undo", "--yes")
        if at == 1:  # only put aside: it is put back
            assert ran.code == 0, ran
            assert {key: copy.fields(f"user/{key}")["name"] for key in copy.live()} == {"a": "Ann", "b": "Bo"}
        else:
            assert ran.code == 1 and "CC503" in ran.err and "ccconf apply --resume" in ran.err


def test_numbers_that_died_between_two_desks(desk: Desk) -> None:
    """Who was without a number for a moment, by the run's own doing, gets it back."""
    desk.project(options={"at_once": 1})
    desk.declare(users={"a": {"name": "Ann", "extension": "101"}, "b": {"name": "Bo", "extension": "102"}}).apply()
    before = live(desk)
    desk.declare(users={"a": {"name": "Ann", "extension": "102"}, "b": {"name": "Bo", "extension": "101"}})
    with through(lambda platform: Dying(platform, 2, after=False)), pytest.raises(Crash):
        desk.run("apply", "--yes")
    assert "extension" not in desk.fields("user/a") or "extension" not in desk.fields("user/b")
    assert desk.run("undo", "--yes").code == 0
    assert live(desk) == before


class Restless(Through):
    """Somebody works at the console between two readings."""

    def __init__(self, platform: Platform, desk: Desk) -> None:
        super().__init__(platform)
        self.desk = desk
        self.readings = 0

    def observe(self, kind: str) -> Iterator[Page]:
        self.readings += kind == "user"
        if self.readings == 2:
            self.desk.console("user/ann.lee", email="quick@example.org")
        return super().observe(kind)


def test_nothing_is_planned_while_it_is_being_changed(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The value that somebody wrote a moment ago must not be taken for the run's."""

    @contextlib.contextmanager
    def connected(target: Target, **more: Any) -> Iterator[Platform]:
        with real(target, **more) as platform:
            yield Restless(platform, office)

    monkeypatch.setattr(undo_command, "connected", connected)
    ran = office.run("undo", "--yes")
    assert (ran.code, "CC605 user/ann was changed while the platform was read" in ran.err) == (3, True)
    assert office.fields("user/ann.lee")["email"] == "quick@example.org"


def test_machines_read_it_too(office: Desk) -> None:
    ran = office.run("undo", "--out", str(office.folder / "undo.json"), "--format", "json")
    assert ran.data["id"] == decode((office.folder / "undo.json").read_bytes(), "undo.json").id
    ran = office.run("undo", "--out", str(office.folder / "undo.json"), "--format", "markdown")
    assert (ran.code, "## Plan for office" in ran.out) == (2, True)
    assert "save it with --out" in office.run("undo", "--format", "markdown").err
    ran = office.run("undo", "--yes", "--format", "json")
    assert (ran.code, {ended["status"] for ended in ran.data["outcomes"]}) == (0, {"done"})
    nothing = office.run("undo", "2", "--yes", "--format", "json")
    assert (nothing.code, nothing.data["outcomes"]) == (0, [])


def test_where_somebody_put_it_all_back_by_hand_an_earlier_run_is_pointed_to(desk: Desk) -> None:
    desk.declare(users={"ann": {"name": "Ann", "position": "Agent"}}).apply()
    desk.declare(users={"ann": {"name": "Ann", "position": "Head"}}).apply()
    desk.console("user/ann", position="Agent")
    ran = desk.run("undo", "--yes")
    assert ran.code == 0 and "Of run 2 nothing is left to put back." in ran.err and "ccconf undo RUN" in ran.err
    assert desk.run("undo", "1", "--yes").code == 0
