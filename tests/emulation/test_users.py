"""Users: what a new one gets, what is refused, and who must stay."""

from __future__ import annotations

from typing import Any

import pytest

from ccconf.platforms.threecx.emulator import Options, Refusal, Seed
from tests.emulation.desk import Desk, desk

DEFAULT = 1
"""The id of the default department."""


def test_an_empty_body_makes_a_user(office: Desk) -> None:
    free = office.get("/Users/Pbx.GetFirstAvailableExtensionNumber()")["Number"]
    new = office.create("/Users")
    assert (new["Number"], new["Enabled"], new["PrimaryGroupId"]) == (free, True, DEFAULT)
    rights = office.get(f"/Users({new['Id']})", expand="Groups($expand=Rights,GroupRights)")["Groups"]
    assert [(edge["GroupId"], edge["Rights"]["RoleName"]) for edge in rights] == [(DEFAULT, "users")]
    assert rights[0]["Rights"] == rights[0]["GroupRights"]


def test_a_user_is_made_as_told_and_found_by_number(office: Desk) -> None:
    told = {"Number": "555", "FirstName": "Ada", "LastName": "O'Neil", "EmailAddress": "ada@centre.example"}
    new = office.create("/Users", {**told, "Groups": [{"GroupId": 2}], "Hours": {"Type": "AllHours"}})
    found = office.get("/Users(Number='555')")
    assert found["Id"] == new["Id"]
    assert found["DisplayName"] == "Ada O'Neil"
    assert found["Hours"] == {"Type": "AllHours", "IgnoreHolidays": False, "Periods": []}
    assert found["PrimaryGroupId"] == 2
    assert office.call("GET", "/Users(Number='556')").status_code == 404


def test_a_patch_changes_what_it_names_and_nothing_else(office: Desk) -> None:
    before = office.get("/Users(3)")
    office.change("/Users(3)", {"Mobile": "+48500000000", "Language": "PL"})
    assert office.get("/Users(3)") == {**before, "Mobile": "+48500000000", "Language": "PL"}


def test_an_object_may_be_sent_back_as_it_was_read(office: Desk) -> None:
    before = office.get("/Users(3)", expand="Groups($expand=Rights,GroupRights)")
    office.change("/Users(3)", before)
    assert office.get("/Users(3)", expand="Groups($expand=Rights,GroupRights)") == before


def test_the_shown_name_follows_unless_it_was_chosen(office: Desk) -> None:
    office.change("/Users(3)", {"FirstName": "Uma"})
    last = office.get("/Users(3)")["LastName"]
    assert office.get("/Users(3)")["DisplayName"] == f"Uma {last}"
    office.change("/Users(3)", {"DisplayName": "The boss"})
    office.change("/Users(3)", {"FirstName": "Una"})
    assert office.get("/Users(3)")["DisplayName"] == "The boss"


@pytest.mark.parametrize(
    ("body", "target", "code"),
    [
        ({"Number": "9999"}, "Number", "WARNINGS.XAPI.FORBIDDEN_CHANGE"),
        ({"EmailAddress": "nobody"}, "EmailAddress", "WARNINGS.INVALID"),
        ({"PrimaryGroupId": 1}, "PrimaryGroupId", "WARNINGS.XAPI.NOT_FOUND"),
        ({"PrimaryGroupId": 3, "Groups": [{"GroupId": 2}]}, "PrimaryGroupId", "WARNINGS.XAPI.NOT_FOUND"),
        ({"Groups": [{}]}, "Groups.GroupId", "WARNINGS.XAPI.REQUIRED"),
        ({"Groups": [{"GroupId": 99}]}, "Groups.GroupId", "WARNINGS.XAPI.NOT_FOUND"),
        ({"Groups": [{"GroupId": 2}, {"GroupId": 2}]}, "Groups.GroupId", "WARNINGS.XAPI.DUPLICATE"),
        ({"Greetings": [{}]}, "Greetings", "WARNINGS.XAPI.NOT_SUPPORTED"),
    ],
)
def test_a_patch_that_breaks_a_rule_changes_nothing(office: Desk, body: Any, target: str, code: str) -> None:
    before = office.get("/Users(3)", expand="Groups($expand=Rights)")
    assert office.refused("PATCH", "/Users(3)", {"Mobile": "1", **body}) == (target, code)
    assert office.get("/Users(3)", expand="Groups($expand=Rights)") == before


@pytest.mark.parametrize(
    "body",
    [{"Nickname": "x"}, {"FirstName": 5}, {"Enabled": "yes"}, {"PrimaryGroupId": 2**40}, {"Id": None},
     {"Hours": {"Type": "Sometimes"}}, {"Hours": {"Periods": [{"Start": "25:00:00"}]}}, {"Groups": {"GroupId": 1}},
     {"Groups": [{"Rights": {"RoleName": None}}]}, {"Groups": None}],
)  # fmt: skip
def test_a_body_of_the_wrong_form_is_refused(office: Desk, body: Any) -> None:
    assert office.refused("PATCH", "/Users(3)", body)[1].startswith("The request is invalid")


@pytest.mark.parametrize(
    ("body", "target", "code"),
    [
        ({"Number": "100"}, "Number", "WARNINGS.XAPI.ALREADY_IN_USE"),
        ({"Number": "800"}, "Number", "WARNINGS.XAPI.ALREADY_IN_USE"),
        ({"Number": "12a"}, "Number", "WARNINGS.INVALID"),
    ],
)
def test_a_number_is_free_and_a_number(office: Desk, body: Any, target: str, code: str) -> None:
    assert office.refused("POST", "/Users", body) == (target, code)


def test_an_address_belongs_to_one(office: Desk) -> None:
    taken = office.get("/Users(2)")["EmailAddress"].upper()
    assert office.refused("POST", "/Users", {"EmailAddress": taken}) == ("EmailAddress", "WARNINGS.XAPI.ALREADY_IN_USE")
    office.change("/Users(2)", {"EmailAddress": taken})
    office.create("/Users", {"EmailAddress": ""})
    office.create("/Users", {"EmailAddress": ""})


def test_codes_are_spelled_as_the_version_spells_them() -> None:
    with desk(Options(version="20.0.8.1200")) as old:
        assert old.refused("POST", "/Users", {"Number": "x1"}) == ("Number", "WARNINGS.XAPI.INVALID")
        assert old.call("GET", "/Defs", select="Id").headers["X-3CX-Version"] == "20.0.8.1200"


def test_the_last_owner_stays(office: Desk) -> None:
    owner = "/Users(1)"
    assert office.refused("DELETE", owner) == ("Number", "WARNINGS.USER_EXTENSION_CANNOT_BE_DELETED")
    assert office.refused("PATCH", owner, {"Enabled": False}) == ("Enabled", "WARNINGS.XAPI.USER_ROLE_DOWNGRADE")
    lowered = {"Groups": [{"GroupId": DEFAULT, "Rights": {"RoleName": "users"}}]}
    assert office.refused("PATCH", owner, lowered) == ("Groups", "WARNINGS.XAPI.USER_ROLE_DOWNGRADE")
    removed: dict[str, Any] = {"Members": []}
    assert office.refused("PATCH", f"/Groups({DEFAULT})", removed) == ("Members", "WARNINGS.XAPI.USER_ROLE_DOWNGRADE")
    second = {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "system_owners"}}], "Enabled": True}
    office.change("/Users(2)", second)
    office.change(owner, lowered)
    office.drop(owner)


def test_a_lower_role_leaves_a_higher_one_alone() -> None:
    refused = "WARNINGS.XAPI.OTHER_USER_ROLE_DOWNGRADE"
    with desk(Options(client_role="system_admins")) as office:
        lowered = {"Groups": [{"GroupId": DEFAULT, "Rights": {"RoleName": "users"}}]}
        assert office.refused("PATCH", "/Users(1)", lowered) == ("Groups.Rights.RoleName", refused)
        raised = {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "system_owners"}}]}
        assert office.refused("PATCH", "/Users(3)", raised) == ("Groups.Rights.RoleName", refused)
        assert office.refused("DELETE", "/Users(1)") == ("Id", refused)
        assert office.refused("PATCH", "/Users(1)", {"Enabled": False}) == ("Enabled", refused)
        office.change("/Users(1)", {"Mobile": "1"})


def test_a_deleted_user_is_gone_everywhere_and_the_id_is_not_given_again(office: Desk) -> None:
    agent = office.rows("/Queues(1)/Agents")[0]
    new = office.create("/Users")
    office.drop(f"/Users({new['Id']})")
    if agent["Number"] != "100":
        office.drop(f"/Users({agent['Id']})")
    assert agent["Number"] == "100" or agent not in office.rows("/Queues(1)/Agents")
    assert office.refused("GET", f"/Users({new['Id']})", status=404) == ("User", "WARNINGS.XAPI.NOT_FOUND")
    assert office.create("/Users")["Id"] > new["Id"]


def test_a_batch_deletes_what_it_can(office: Desk) -> None:
    answer = office.call("POST", "/Users/Pbx.BatchDelete", {"ids": [1, 3, 99]})
    assert answer.status_code == 200
    assert answer.json()["value"] == [
        {"ExtensionNumber": "100", "Error": "WARNINGS.USER_EXTENSION_CANNOT_BE_DELETED"},
        {"ExtensionNumber": "99", "Error": "WARNINGS.XAPI.NOT_FOUND"},
    ]
    office.refused("GET", "/Users(3)", status=404)
    office.refused("POST", "/Users/Pbx.BatchDelete", {"ids": "all"})


def test_the_licence_caps_extensions() -> None:
    with desk(Options(calls=8), Seed(users=40)) as office:
        status = office.get("/SystemStatus")
        assert (status["MaxUserExtensions"], status["UserExtensions"], status["MaxSimCalls"]) == (40, 40, 8)
        assert office.refused("POST", "/Users", {}) == ("Number", "WARNINGS.LIMIT_REACHED")
        office.drop("/Users(40)")
        office.create("/Users")


def test_secrets_are_made_up_anew_and_never_audited(office: Desk) -> None:
    first, second = office.create("/Users"), office.create("/Users")
    for name in ("AccessPassword", "AuthPassword", "DeskphonePassword"):
        assert first[name].startswith("fake-")
        assert first[name] != second[name]
    office.change(f"/Users({first['Id']})", {"AuthPassword": "fake-auth-chosen"})
    trail = str(office.rows("/ReportAuditLog/Pbx.GetAuditLogData()"))
    assert "fake-" not in trail
    assert first["Number"] in trail


def test_a_silent_property_is_accepted_and_ignored() -> None:
    with desk(Options(silent=frozenset({"User.Mobile"}))) as office:
        before = office.get("/Users(3)")
        office.change("/Users(3)", {"Mobile": "+1", "Language": "PL"})
        assert office.get("/Users(3)") == {**before, "Language": "PL"}


def test_the_console_changes_things_by_the_same_rules(office: Desk) -> None:
    office.emulator.patch("/Users(3)", {"Language": "PL"})
    assert office.get("/Users(3)")["Language"] == "PL"
    new = office.emulator.post("/Users", {"FirstName": "By hand"})
    assert office.emulator.get(f"/Users({new['Id']})?$select=FirstName") == {"FirstName": "By hand"}
    office.emulator.delete(f"/Users({new['Id']})")
    with pytest.raises(Refusal, match=r"400 Number WARNINGS\.XAPI\.FORBIDDEN_CHANGE"):
        office.emulator.patch("/Users(3)", {"Number": "1"})
    names = [row["UserName"] for row in office.rows("/ReportAuditLog/Pbx.GetAuditLogData()", orderby="Id")]
    assert names == ["console"] * 3


def test_who_leaves_the_last_department_falls_back_to_the_default_one(office: Desk) -> None:
    office.change("/Users(3)", {"Groups": []})
    assert [edge["GroupId"] for edge in office.rows("/Users(3)/Groups")] == [DEFAULT]
    assert office.get("/Users(3)")["PrimaryGroupId"] == DEFAULT


def test_the_primary_department_follows_and_can_be_chosen(office: Desk) -> None:
    office.change("/Users(3)", {"Groups": [{"GroupId": 2}, {"GroupId": 4}], "PrimaryGroupId": 4})
    assert office.get("/Users(3)")["PrimaryGroupId"] == 4
    office.change("/Users(3)", {"PrimaryGroupId": 2})
    office.change("/Users(3)", {"Groups": [{"GroupId": 4}]})
    assert office.get("/Users(3)")["PrimaryGroupId"] == 4
