"""Queues: agents as a whole, a skill as a text on one agent in one queue."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulation.desk import Desk


def test_agents_are_replaced_as_a_whole_in_their_order(office: Desk) -> None:
    agents = [{"Number": "103", "SkillGroup": "2"}, {"Number": "101", "SkillGroup": "1"}, {"Number": "102"}]
    office.change("/Queues(1)", {"Agents": agents, "PollingStrategy": "SkillBasedRouting_RoundRobin"})
    found = office.rows("/Queues(1)/Agents", select="Number,SkillGroup")
    assert found == [{"SkillGroup": None, **agent} for agent in agents]
    office.change("/Queues(1)", {"Agents": agents[:1], "Managers": [{"Number": "101"}]})
    queue = office.get("/Queues(Number='800')", expand="Agents,Managers,Groups")
    assert [agent["Number"] for agent in queue["Agents"]] == ["103"]
    assert [manager["Number"] for manager in queue["Managers"]] == ["101"]
    assert queue["PollingStrategy"] == "SkillBasedRouting_RoundRobin"


@pytest.mark.parametrize(
    ("agents", "target", "code"),
    [
        ([{"Number": "999"}], "Agents.Number", "WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER"),
        ([{}], "Agents.Number", "WARNINGS.XAPI.REQUIRED"),
        ([{"Number": "101"}, {"Number": "101"}], "Agents.Number", "WARNINGS.XAPI.DUPLICATE"),
        ([{"Number": "101", "SkillGroup": "English"}], "Agents.SkillGroup", "WARNINGS.INVALID"),
    ],
)
def test_agents_that_cannot_be(office: Desk, agents: Any, target: str, code: str) -> None:
    before = office.rows("/Queues(1)/Agents")
    assert office.refused("PATCH", "/Queues(1)", {"Agents": agents}) == (target, code)
    assert office.rows("/Queues(1)/Agents") == before


def test_a_queue_comes_and_goes(office: Desk) -> None:
    new = office.create("/Queues", {"Name": "Orders", "Agents": [{"Number": "101"}], "Groups": [{"GroupId": 2}]})
    assert new["Number"] == "802"
    path = f"/Queues({new['Id']})"
    assert "802" in [row["Number"] for row in office.rows("/Groups(2)/Members", filter="Type eq 'Queue'")]
    assert office.refused("PATCH", path, {"Number": "1"}) == ("Number", "WARNINGS.XAPI.FORBIDDEN_CHANGE")
    assert office.refused("POST", "/Queues", {"Number": "802"}) == ("Number", "WARNINGS.XAPI.ALREADY_IN_USE")
    assert office.refused("POST", "/Queues", {"Number": "x"}) == ("Number", "WARNINGS.INVALID")
    assert office.refused("PATCH", path, {"Groups": [{"GroupId": 77}]}) == ("Groups.GroupId", "WARNINGS.XAPI.NOT_FOUND")
    assert office.refused("PATCH", path, {"Groups": [{}]}) == ("Groups.GroupId", "WARNINGS.XAPI.REQUIRED")
    office.drop(path)
    assert office.refused("GET", path, status=404) == ("Queue", "WARNINGS.XAPI.NOT_FOUND")


def test_a_new_queue_is_in_the_default_department(office: Desk) -> None:
    new = office.create("/Queues")
    groups = office.get(f"/Queues({new['Id']})", expand="Groups($expand=Rights)")["Groups"]
    assert [(edge["GroupId"], edge["Type"], edge["Rights"]) for edge in groups] == [(1, "Queue", None)]
