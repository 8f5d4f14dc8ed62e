"""On a platform without an API: what people were asked to do is waiting, what they did otherwise is drift."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.byhand.centre import Centre
from tests.byhand.test_stories import AFTER, BEFORE, WANTED


@pytest.fixture(name="centre")
def use_centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    centre = Centre(tmp_path, monkeypatch, owns={"groups": "all"})
    centre.declare(WANTED)
    centre.look(BEFORE)
    return centre


def sorts(centre: Centre) -> dict[str, str]:
    """Of each object, or of one of its fields."""
    found: list[dict[str, Any]] = centre.run("drift --format json").data["differences"]
    return {":".join(filter(None, (row["object"], row.get("field", "")))): row["sort"] for row in found}


def test_what_a_runbook_asks_for_is_waiting_until_it_is_confirmed(centre: Centre) -> None:
    before = sorts(centre)
    assert before["group/supervisors"] == "conflict" and "waiting" not in before.values()
    assert centre.run("apply --yes").code == 6
    asked = sorts(centre)
    assert asked["group/supervisors"] == "waiting" and asked["user/ann.lee:groups"] == "waiting"
    assert centre.run("confirm --all").code == 0
    assert set(sorts(centre).values()) <= {"unmanaged"}
    centre.later(timedelta(minutes=10))
    centre.look(AFTER)
    assert sorts(centre) == {}


def test_what_a_newer_look_shows_to_be_otherwise_is_drift(centre: Centre) -> None:
    centre.run("apply --yes")
    centre.run("confirm --all")
    centre.later(timedelta(minutes=10))
    centre.look(AFTER)
    assert centre.run("apply --yes").code == 0
    assert sorts(centre) == {}
    centre.later(timedelta(minutes=10))
    users = {**AFTER["users"], "Bo Ray": {"groups": {"Outbound": {}, "Supervisors": {}}}}
    centre.look({**AFTER, "users": users})
    assert sorts(centre) == {"user/bo.ray:groups": "drift"}
