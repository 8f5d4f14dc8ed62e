"""3CX over HTTP: a plan of thirty steps, killed at every other moment and resumed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from ccconf.emulation import Answer, Request
from ccconf.platforms.threecx.emulator import Options, Seed
from tests.crash.drill import Again, Drill, Stage, State
from tests.crash.estate import GROUPS
from tests.threecx.pbx import Pbx

AFTER = """\
groups:
  service: {name: Customer Service}
  office: {name: Office, language: PL}
  billing: {name: Billing}
  night: {name: Night}
  field: {name: Field}
schedules:
  night: {weekly: {mon: ["08:00-16:00"]}}
users:
"""


def person(number: int, group: str, name: str = "", **more: str) -> str:
    said = "".join(f", {field}: {value}" for field, value in more.items())
    name = name or f"Person {number}"
    return f'  p{number}: {{name: {name}, extension: "{number}", groups: {{{group}: {{role: users}}}}{said}}}\n'


def estate(head: str, people: Iterable[str]) -> str:
    return head + "".join(people)


FIRST = estate(GROUPS, (person(number, "service") for number in range(301, 313)))
SECOND = estate(
    AFTER,
    (
        *(person(number, "service", f"Renamed {number}") for number in range(301, 306)),
        *(person(number, "billing") for number in range(306, 310)),
        *(
            person(number, ["billing", "night", "field"][number % 3], email=f"p{number}@example.org")
            for number in range(313, 326)
        ),
    ),
)


class Scene(NamedTuple):
    drill: Drill
    steps: int
    moments: int
    expected: State


def state(pbx: Pbx) -> dict[str, list[str]]:
    """All that the platform has, without the ids that it hands out."""
    groups = {row["Id"]: row["Name"] for row in pbx.rows("Groups")}
    people = [
        [row["Number"], row["FirstName"], row["LastName"], row["EmailAddress"], row["Enabled"],
         sorted(groups[edge["GroupId"]] for edge in row["Groups"])]
        for row in pbx.rows("Users", "?$expand=Groups")
    ]  # fmt: skip
    departments = [[row["Name"], row["Language"], row["Hours"]] for row in pbx.rows("Groups")]
    return {"people": sorted(map(json.dumps, people)), "departments": sorted(map(json.dumps, departments))}


def _broken(pbx: Pbx) -> Iterator[str]:
    """The invariants that every single write has to leave whole."""
    rows = pbx.rows("Users", "?$expand=Groups($expand=Rights)")
    for what, names in (("people", [row["Number"] for row in rows]), ("departments", pbx.departments())):
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            yield f"{what} twice: {twice}"
    homeless = [row["Number"] for row in rows if not row["Groups"]]
    if homeless:
        yield f"without a department: {homeless}"
    if not any(edge["Rights"]["RoleName"] == "system_owners" for row in rows for edge in row["Groups"]):
        yield "nobody owns the system any more"


@pytest.fixture(scope="module", name="scene")
def use_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("crash")
    (folder / "project").mkdir()
    with Pbx(folder / "project", Options(edition="enterprise", calls=64), Seed(users=1)) as pbx:
        pbx.declare(FIRST)
        pbx.apply()
        pbx.declare(SECOND)
        saved = pbx.folder / "plan.json"
        assert pbx.ccconf(f"plan --out {saved}").code == 2, pbx.ccconf("plan").text
        steps = len(json.loads(saved.read_text())["steps"])
        secrets = {"PBX_ID": pbx.emulator.client_id, "PBX_SECRET": pbx.emulator.client_secret}
        with closing(Stage(folder, secrets)) as stage, closing(sqlite3.connect(":memory:")) as world:
            pbx.emulator.office.store.sql.backup(world)
            drill = _drill(stage, pbx, world, folder / "copy")
            yield Scene(drill, steps, *drill.undisturbed())


def _drill(stage: Stage, pbx: Pbx, world: sqlite3.Connection, project: Path) -> Drill:
    wrong: list[str] = []

    def looked_at(request: Request, answer: Answer) -> Answer:
        if request.method != "GET" and "/connect/" not in request.path:
            wrong.extend(_broken(pbx))
        return answer

    def again() -> Again:
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(pbx.folder, project)
        with pbx.emulator.office.store.lock:
            world.backup(pbx.emulator.office.store.sql)
        wrong.clear()
        return Again(project)

    pbx.alter = looked_at
    return Drill(stage, again, lambda: state(pbx), wrong)


PARTS = 4
BOTH = 2
"""Moments in a row that leave the same behind: after one write, and before the next. One of them is enough."""


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_moment_and_resumed(scene: Scene, part: int) -> None:
    assert scene.steps >= 30 and scene.moments > 3 * scene.steps
    scene.drill.through(range(1 + BOTH * part, scene.moments + 1, BOTH * PARTS), scene.steps, scene.expected)
