"""One rich plan as a supervisor, a pull request and a machine read it."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from ccconf.model.change import Create
from ccconf.reconcile.plan import Plan, Step
from ccconf.report import text
from tests.cli.desk import Desk

HERE = Path(__file__).parent

BEFORE: dict[str, Any] = {
    "allowlists": {"office": {"networks": {"203.0.113.0/24": "Head office"}}},
    "schedules": {"day": {"timezone": "Europe/Warsaw", "weekly": {"mon-fri": ["09:00-17:00"]}}},
    "roles": {"agent": {"permissions": {"calls.take": True}}, "old": {}},
    "skills": {"english": {}},
    "groups": {"billing": {"roles": ["agent"]}, "night": {"description": "Until ten"}},
    "users": {
        "ann": {"name": "Ann Lee", "email": "ann@example.org", "groups": ["billing"], "skills": {"english": 3}},
        "bo": {"name": "Bo Dahl", "roles": ["agent"], "groups": ["billing"]},
        "cy": {"name": "Cy", "email": "cy@example.org"},
        "di": {"name": "Di", "email": "di@example.org"},
    },
}
AFTER: dict[str, Any] = {
    "allowlists": {"office": {"networks": {"203.0.113.0/24": "Head office", "198.51.100.7": "Gate | back"}}},
    "schedules": {
        "day": {
            "timezone": "Europe/Warsaw", "weekly": {"mon-thu": ["09:00-17:00"], "fri": ["09:00-15:00"]},
            "holidays": [{"date": "12-25", "name": "Christmas"}],
        }
    },
    "roles": {"agent": {"permissions": {"calls.take": True, "calls.barge_in": True}}},
    "skills": {"english": {}},
    "groups": {"invoices": {"formerly": "billing", "members": ["ann"]}, "night": {"description": "Until `ten`"}},
    "users": {
        "ann": {"name": "Ann <b>Dahl</b>", "groups": {"invoices": {"role": "manager"}}, "skills": {"english": 4}},
        "cy": {"formerly": "di", "name": "Di", "email": "cy@example.org"},
        "di": {"formerly": "cy", "name": "Cy", "email": "di@example.org"},
        "eve": {"name": "Eve", "groups": ["invoices"], "schedule": "day"},
    },
}  # fmt: skip


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, options={"at_once": 1}).declare(**BEFORE)  # ids, and so the plan's, in the order of steps
    desk.apply()
    desk.console_creates("user/stranger", name="Stranger", groups={"billing": {}})
    desk.console("user/bo", name="Bo\u202e | Dahl\x1b[8m")
    return desk.declare(**AFTER)


def _golden(name: str, said: str) -> None:
    """CCCONF_WRITE_CASES=1 writes what is expected anew, to be read before it is committed."""
    if os.environ.get("CCCONF_WRITE_CASES"):
        (HERE / name).write_text(said)
    assert said == (HERE / name).read_text()


def test_the_plan_as_text(desk: Desk) -> None:
    _golden("rich.txt", desk.run("plan").out)


def test_the_plan_for_a_pull_request(desk: Desk) -> None:
    ran = desk.run("plan", "--format", "markdown")
    assert ran.code == 2
    _golden("rich.md", ran.out)
    rows = [line for line in ran.out.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
    assert "<b>" not in ran.out and "\u202e" not in ran.out


def test_all_formats_tell_the_same_story(desk: Desk) -> None:
    data = desk.run("plan", "--format", "json").data
    plain, markdown = desk.run("plan").out, desk.run("plan", "--format", "markdown").out
    assert data["id"][:12] in plain and data["id"][:12] in markdown
    told = {f"{step['change']['kind']}/{step['change']['key']}" for step in data["steps"]}
    assert told == set(re.findall(r"^  [+~-] (\S+)", plain, re.M))
    assert told == set(re.findall(r"^\| [+~-] \| \*\*(\S+?)\*\*", markdown, re.M))
    calls = sum(len(step["calls"]) for step in data["steps"])
    assert f"{calls} calls" in plain and f"{calls} call(s)" in markdown


def test_a_refused_plan_says_so_in_every_format(desk: Desk) -> None:
    desk.project(guards={"protect": ["user/bo"]})
    for form in ("text", "markdown"):
        ran = desk.run("plan", "--format", form)
        assert ran.code == 3
        assert "CC603" in ran.out and "This plan is refused; nothing of it will be applied." in ran.out


def test_nothing_to_do_is_said_shortly(desk: Desk) -> None:
    assert desk.run("apply", "--yes").code == 0
    plain = desk.run("plan").out
    assert "Nothing to do." in plain and "call" not in plain and "+" not in plain
    markdown = desk.run("plan", "--format", "markdown").out
    assert "**Nothing to do.**" in markdown and ":warning:" not in markdown


def test_a_plan_of_many_objects_is_told_without_delay() -> None:
    """Telling a plan takes time in proportion to it, not to its square."""
    steps = tuple(
        Step(id=f"create user/p{number:05}", change=Create(kind="user", key=f"p{number:05}", fields={"name": "P"}))
        for number in range(20_000)
    )
    began = time.process_time()
    lines = list(text.plan(Plan(target="office", platform="local", steps=steps)))
    assert len(lines) > 20_000
    assert time.process_time() - began < 5
