"""The embedded platform: renames, swaps, leavers and returners, killed and resumed over both kinds of ledger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ccconf.model.kinds import KINDS, as_data
from tests.cli.desk import Desk
from tests.crash.drill import Again, Drill, Stage, State
from tests.postgres import server

SHIFT = {"timezone": "Europe/Warsaw", "weekly": {"mon-fri": ["09:00-17:00"]}}


def person(name: str, group: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "email": f"{name.lower()}@example.org", "groups": [group], **more}


FIRST: dict[str, Any] = {
    "allowlists": {"office": {"networks": ["203.0.113.0/24"]}},
    "schedules": {"day": SHIFT},
    "skills": {"english": {}, "polish": {}},
    "groups": {"billing": {"allowlists": ["office"]}, "old": {}, "service": {}},
    "users": {
        **{f"s{number}": person(f"S{number}", "service", schedule="day") for number in range(6)},
        **{f"o{number}": person(f"O{number}", "old") for number in range(4)},
        **{f"l{number}": person(f"L{number}", "billing", skills={"english": 2}) for number in range(3)},
        "cat": person("Cat", "service", extension="101"),
        "dog": person("Dog", "service", extension="102"),
    },
}
SECOND: dict[str, Any] = {
    "allowlists": {"office": {"networks": ["203.0.113.0/24", "198.51.100.7"]}, "home": {"networks": ["192.0.2.1"]}},
    "schedules": {"day": {**SHIFT, "weekly": {"mon-fri": ["08:00-16:00"]}}, "night": SHIFT},
    "skills": {"english": {}, "polish": {"description": "Spoken"}},
    "groups": {
        "accounts": {"formerly": "billing", "allowlists": ["home", "office"]},
        "service": {},
        "field": {},
    },
    "users": {
        **{f"s{number}": person(f"S{number}", "accounts", schedule="night") for number in range(6)},
        **{f"o{number}": person(f"O{number}", "field", skills={"polish": 1}) for number in range(4)},
        **{f"n{number}": person(f"N{number}", "service") for number in range(8)},
        "cat": person("Cat", "service", extension="102"),
        "dog": person("Dog", "service", extension="101"),
    },
}


def state(folder: Path) -> State:
    """All that is live, without ids."""
    desk = Desk.__new__(Desk)
    desk.folder = folder
    return {
        kind: sorted(json.dumps([key, as_data(live.resource)], sort_keys=True) for key, live in desk.live(kind).items())
        for kind in KINDS
    }


@pytest.fixture(name="stage", scope="module")
def use_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with closing(Stage(tmp_path_factory.mktemp("stage"), {})) as stage:
        yield stage


@pytest.mark.parametrize(("ledger", "every", "first"), [("sqlite", 13, 1), ("sqlite", 13, 6), ("postgresql", 19, 2)])
def test_killed_and_resumed(tmp_path: Path, stage: Stage, ledger: str, every: int, first: int) -> None:
    beginning, copy = tmp_path / "beginning", tmp_path / "copy"
    beginning.mkdir()
    desk = Desk(beginning, guards={"deletes": {"floor": 9}})
    desk.declare(**FIRST).apply()
    steps = len(desk.declare(**SECOND).plan().steps)
    assert steps >= 30

    def again() -> Again:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(beginning, copy)
        if ledger == "sqlite":
            return Again(copy)
        place = server().new_database()
        project = copy / "ccconf.yaml"
        moved = stage.run(copy, "ledger", "move", place)
        assert moved[0] == 0, moved[1]
        project.write_text(project.read_text().replace('"version": 1', f'"version": 1, "ledger": "{place}"', 1))
        return Again(copy)

    drill = Drill(stage, again, lambda: state(copy), [])
    moments, expected = drill.undisturbed()
    drill.through(range(first, moments + 1, every), steps, expected)
