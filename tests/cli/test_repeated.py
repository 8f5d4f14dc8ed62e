"""A saved plan that is applied once more: what it did and still is so is told, what somebody took back is done again or
refused, and nobody is ever told of a success that the platform does not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.platforms.threecx.emulator import Options, Seed
from tests.cli.desk import Desk, Ran
from tests.threecx.pbx import Pbx

BEFORE: dict[str, Any] = {
    "users": {
        "ann": {"name": "Ann", "email": "ann@example.org", "groups": ["old"]},
        "bo": {"name": "Bo", "roles": ["clerk"], "groups": ["old"]},
        "gil": {"name": "Gil", "extension": "7"},
        "hal": {"name": "Hal", "extension": "8"},
    },
    "groups": {"old": {"description": "All"}},
    "roles": {"clerk": {"permissions": {"calls": True}}},
}
AFTER: dict[str, Any] = {
    "users": {
        "ann.lee": {"name": "Ann", "formerly": "ann", "email": "lee@example.org", "groups": ["new"]},
        "cy": {"name": "Cy", "groups": ["new"], "roles": ["clerk"]},
        "gil": {"name": "Gil", "extension": "8"},
        "hal": {"name": "Hal", "extension": "7"},
    },
    "groups": {"new": {"description": "Everybody"}},
    "roles": {"clerk": {"permissions": {"calls": True, "users": "read"}}},
}
"""A rename, a newcomer, somebody who leaves, two who swap numbers, a group that goes, a role that grows."""


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    """A plan of all that was saved and carried out."""
    desk = Desk(tmp_path, guards={"deletes": {"floor": 9}})
    desk.declare(**BEFORE).apply()
    desk.declare(**AFTER)
    desk.plan()
    assert again(desk).code == 0
    return desk


def again(desk: Desk) -> Ran:
    """The job is repeated."""
    return desk.run("apply", str(desk.folder / "plan.json"), "--yes")


def runs(desk: Desk) -> int:
    return len(desk.run("history", "--format", "json").data["runs"])


def test_what_still_is_so_is_told_and_not_done_again(desk: Desk) -> None:
    trail = desk.run("local", "trail").out
    for _ in range(2):
        ran = again(desk)
        assert ran.code == 0 and "nothing was done now" in ran.err and "All that it changed still is so" in ran.err
    assert desk.run("local", "trail").out == trail and runs(desk) == 2


def test_what_nobody_planned_does_not_matter(desk: Desk) -> None:
    desk.console("user/ann.lee", position="Head")
    desk.console_creates("user/dee", name="Dee")
    assert "nothing was done now" in again(desk).err and runs(desk) == 2


def test_only_what_was_taken_back_is_done_again(desk: Desk) -> None:
    desk.console("role/clerk", permissions={"calls": True})
    ran = again(desk)
    assert ran.code == 0, ran
    assert "Run 2 (" in ran.err and "of which" in ran.err and "nothing was done now" not in ran.err
    assert [line for line in ran.out.splitlines() if line.startswith("done ")] == ["done      update role/clerk"]
    desk.silent()
    assert runs(desk) == 3
    assert "nothing was done now" in again(desk).err, "the two runs together have carried the plan out"


def test_the_undo_of_it_takes_back_what_it_did_and_no_more(desk: Desk) -> None:
    desk.console("role/clerk", permissions={"calls": True})
    again(desk)
    assert desk.run("undo", "--yes").code == 0
    assert desk.fields("role/clerk")["permissions"] == {"calls": True}
    assert desk.fields("user/ann.lee")["email"] == "lee@example.org"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("role/clerk", {"permissions": {"calls": True, "users": "write"}}),
        ("user/bo", {"status": "active"}),
        ("user/cy", {"roles": []}),
        ("user/cy", {"status": "inactive"}),  # nobody said that she is active: every new one is
        ("user/gil", {"extension": "9"}),
        ("user/ann.lee", {"email": "ann@elsewhere.example"}),
    ],
)
def test_what_is_neither_as_wanted_nor_as_it_was_is_stale(desk: Desk, name: str, fields: dict[str, Any]) -> None:
    desk.console(name, **fields)
    seen = desk.fields(name)
    for _ in range(2):
        ran = again(desk)
        assert ran.code == 4 and "1 stale" in ran.out and "nothing was done now" not in ran.err, ran
    assert desk.fields(name) == seen


def test_what_was_made_and_is_gone_is_made_again(desk: Desk) -> None:
    desk.console_deletes("user/cy")
    assert again(desk).code == 0 and desk.fields("user/cy")["roles"] == ["clerk"]
    assert "nothing was done now" in again(desk).err


def test_what_was_made_and_has_another_name_is_not_made_twice(desk: Desk) -> None:
    ids = desk.ids("group")
    desk.console("group/new", key="newest")
    ran = again(desk)
    assert ran.code == 4 and "CC701 group/new is called newest by now" in ran.err, ran
    assert set(desk.ids("group").values()) == set(ids.values())


def test_what_an_earlier_run_of_it_could_not_do_is_tried_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.declare(**BEFORE).apply()
    desk.declare(**{**BEFORE, "users": {**BEFORE["users"], "ann": {"email": "lee@example.org"}, "bo": {"name": "B"}}})
    desk.plan()
    desk.console("user/bo", name="Somebody")
    assert again(desk).code == 4
    desk.console("user/bo", name="Bo")
    ran = again(desk)
    assert ran.code == 0 and "2 done" in ran.out, ran
    assert desk.fields("user/bo")["name"] == "B"


def test_where_nobody_answers_nobody_is_told_of_a_success(pbx: Pbx) -> None:
    saved = carried_out(pbx)
    pbx.goes_wrong(kind="status", code=403, path="Users")
    ran = pbx.ccconf(f"apply {saved} --yes")
    assert ran.code != 0 and "nothing was done now" not in ran.text


# --- a platform without revisions: the same plan comes again where everything is as it was before


TEAM = """\
groups:
  service: {name: Service}
users:
  ann: {name: Ann Lee, extension: "201", groups: {service: {role: %s}}}
  bo: {name: Bo Ray, extension: "202", groups: {service: {role: users}}}
"""


@pytest.fixture(name="pbx")
def use_pbx(tmp_path: Path) -> Iterator[Pbx]:
    with Pbx(tmp_path, Options(edition="enterprise", calls=64), Seed(users=1)) as pbx:
        pbx.target()
        pbx.declare(TEAM % "managers")
        pbx.apply()
        yield pbx


def carried_out(pbx: Pbx) -> Path:
    """Git takes a manager's rights away."""
    pbx.declare(TEAM % "users")
    saved = pbx.folder / "p.json"
    assert pbx.ccconf(f"plan --out {saved}").code == 2
    assert pbx.ccconf(f"apply {saved} --yes").code == 0
    return saved


def console_promotes(pbx: Pbx) -> None:
    """Somebody at the console makes Ann a manager again: another project, with a ledger of its own."""
    other = pbx.folder / "console"
    (other / "manifests").mkdir(parents=True)
    (other / "ccconf.yaml").write_text((pbx.folder / "ccconf.yaml").read_text())
    (other / "manifests" / "all.yaml").write_text(TEAM % "managers")
    ran = pbx.ccconf(f"-C {other} apply --yes")
    assert ran.code == 0, ran.text


def test_a_plan_that_puts_git_s_values_back_does_so_though_it_is_the_same_as_an_earlier_one(pbx: Pbx) -> None:
    saved = carried_out(pbx)
    console_promotes(pbx)
    assert pbx.ccconf("drift").code == 2
    back = pbx.folder / "back.json"
    assert pbx.ccconf(f"drift --revert --out {back}").code == 2
    assert back.read_bytes() == saved.read_bytes(), "the occasion is new, the plan is not"
    ran = pbx.ccconf(f"apply {back} --yes")
    assert ran.code == 0 and "done      update user/ann" in ran.text, ran.text
    assert "nothing was done now" not in ran.text
    assert pbx.ccconf("drift").code == 0
    pbx.settled()


def test_a_repeated_job_asks_only_for_what_it_changed(pbx: Pbx) -> None:
    saved = carried_out(pbx)
    pbx.server.requests.clear()
    ran = pbx.ccconf(f"apply {saved} --yes")
    assert ran.code == 0 and "nothing was done now" in ran.text
    assert pbx.asked("GET") <= 4 and not pbx.asked("PATCH") + pbx.asked("POST", "/Users")
