"""Every answer of the emulator keeps to the vendor's own description, refusals too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import requests

from tests.emulation.contract import CLOSED, PLAIN, SERVED, description, whole_description
from tests.emulation.desk import Desk, desk

openapi_core = pytest.importorskip("openapi_core", reason="openapi-core is not installed")

EVERYTHING = "Groups($expand=Rights,GroupRights),ForwardingProfiles,ForwardingExceptions,Greetings,Phones"
PERIODS = [{"DayOfWeek": "Monday", "Start": "08:00:00", "Stop": "16:30:00"}]

CALLS: tuple[tuple[str, str, Any], ...] = (
    ("GET", f"/Users?$expand={EVERYTHING}&$count=true", None),
    ("GET", "/Users?$select=Id,Number&$top=2&$skip=1&$orderby=Number desc&$filter=Enabled eq true", None),
    ("GET", f"/Users(1)?$expand={EVERYTHING}", None),
    ("GET", "/Users(99)", None),
    ("GET", "/Users(Number='100')", None),
    ("GET", "/Users(Number='9')", None),
    ("GET", "/Users(1)/Groups?$expand=Rights,GroupRights", None),
    ("GET", "/Users/Pbx.GetFirstAvailableExtensionNumber()", None),
    ("POST", "/Users", {"FirstName": "New", "Groups": [{"GroupId": 2, "Rights": {"RoleName": "managers"}}]}),
    ("POST", "/Users", {"Number": "100"}),
    ("PATCH", "/Users(3)", {"Mobile": "1", "Hours": {"Type": "SpecificHours", "Periods": PERIODS}}),
    ("GET", "/Users(3)", None),
    ("PATCH", "/Users(3)", {"Number": "1"}),
    ("POST", "/Users/Pbx.BatchDelete", {"ids": [1, 4]}),
    ("DELETE", "/Users(5)", None),
    ("DELETE", "/Users(1)", None),
    ("GET", "/Groups?$expand=Members($expand=Rights,GroupRights),Rights,OfficeHolidays&$count=true", None),
    ("GET", "/Groups(2)/Members?$expand=Rights", None),
    ("GET", "/Groups(2)/Rights", None),
    ("GET", "/Groups(2)/Pbx.GetRestrictions()", None),
    ("POST", "/Groups", {"Name": "New", "Props": {"UserNumberFrom": "600", "UserNumberTo": "650"}}),
    ("PATCH", "/Groups(2)", {"OfficeHolidays": [{"Name": "A day", "Day": 1, "Month": 4, "DayEnd": 2, "MonthEnd": 4}]}),
    ("GET", "/Groups(2)?$expand=OfficeHolidays,Groups", None),
    ("DELETE", "/Groups(1)", None),
    ("POST", "/Groups/Pbx.DeleteCompanyById", {"id": 5}),
    ("POST", "/Groups/Pbx.DeleteCompanyByNumber", {"number": "GRP0001"}),
    ("GET", "/Queues?$expand=Agents,Managers,Groups($expand=Rights)", None),
    ("POST", "/Queues", {"Agents": [{"Number": "100", "SkillGroup": "1"}]}),
    ("GET", "/Queues(1)", None),
    ("GET", "/Queues(Number='800')", None),
    ("GET", "/Queues(1)/Agents", None),
    ("GET", "/Queues(1)/Managers", None),
    ("PATCH", "/Queues(1)", {"Managers": [{"Number": "101"}]}),
    ("DELETE", "/Queues(2)", None),
    ("GET", "/OfficeHours?$expand=OfficeHolidays", None),
    ("PATCH", "/OfficeHours", {"Hours": {"Type": "SpecificHours", "Periods": PERIODS}}),
    ("GET", "/Holidays", None),
    ("GET", "/Holidays(1)", None),
    ("POST", "/Holidays", {"Name": "A day", "Day": 1, "Month": 4, "DayEnd": 1, "MonthEnd": 4}),
    ("PATCH", "/Holidays(1)", {"Year": 2027}),
    ("DELETE", "/Holidays(1)", None),
    ("GET", "/ConsoleRestrictions", None),
    ("PATCH", "/ConsoleRestrictions", {"AccessRestricted": True, "IpWhitelist": ["127.0.0.0/8"]}),
    ("PATCH", "/ConsoleRestrictions", {"IpWhitelist": ["ten"]}),
    ("GET", "/Blocklist", None),
    ("GET", "/Blocklist(3)", None),
    ("POST", "/Blocklist", {"IPAddrMask": "192.0.2.0/24", "ExpiresAt": "2090-01-01T00:00:00Z"}),
    ("PATCH", "/Blocklist(1)", {"Description": "x"}),
    ("DELETE", "/Blocklist(1)", None),
    ("POST", "/Blocklist/Pbx.BulkIpsDelete", {"ids": [2]}),
    ("GET", "/LicenseStatus", None),
    ("GET", "/SystemStatus", None),
    ("GET", "/Defs?$expand=TimeZones", None),
    ("GET", "/Defs/TimeZones?$count=true", None),
    ("GET", "/Defs/Pbx.GetSystemParameters()", None),
    ("GET", "/ReportAuditLog/Pbx.GetAuditLogData()?$count=true", None),
)


@cache
def contract(name: str) -> Any:
    return openapi_core.OpenAPI.from_dict(description(name))


@pytest.fixture(scope="module")
def answers() -> Iterator[list[requests.Response]]:
    """One day at the office: every call in its order."""
    with desk() as office:
        yield list(_day(office))


def _day(office: Desk) -> Iterator[requests.Response]:
    office.session.headers["Accept"] = "application/json;odata.metadata=none"
    for method, path, body in CALLS:
        address = f"{office.server.url}/xapi/v1{path}"
        yield office.session.request(method, address, json=body, timeout=10)


@pytest.mark.parametrize("name", [CLOSED, PLAIN])
def test_every_answer_keeps_to_the_description(answers: list[requests.Response], name: str) -> None:
    from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
    from openapi_core.validation.response.exceptions import ResponseValidationError

    broken = []
    for answer in answers:
        assert answer.status_code < 500, answer.url
        try:
            contract(name).validate_response(RequestsOpenAPIRequest(answer.request), RequestsOpenAPIResponse(answer))
        except ResponseValidationError as error:
            flaws = [flaw.message for flaw in getattr(error.__cause__, "schema_errors", ())]
            broken.append((answer.request.method, answer.url, answer.status_code, flaws[:3] or str(error)[:300]))
    assert broken == []


def test_the_day_has_good_and_refused_calls(answers: list[requests.Response]) -> None:
    assert {answer.status_code for answer in answers} == {200, 201, 204, 400, 404}


def test_every_served_path_is_called() -> None:
    """So that a path which is added to the list is really judged."""
    called = {path.partition("?")[0] for _, path, _ in CALLS}
    shapes = {_shape(path) for path in called}
    assert {_shape(path) for path in SERVED} <= shapes


def _shape(path: str) -> str:
    head, bracket, rest = path.partition("(")
    if not bracket or rest.startswith(")"):
        return path
    return f"{head}(Number)" if rest.startswith("Number") else f"{head}(Id){rest.partition(')')[2]}"


def test_the_codes_are_the_vendors() -> None:
    from ccconf.platforms.threecx.emulator import Warn

    known = whole_description(CLOSED)["components"]["schemas"]["Pbx.Warnings"]["enum"]
    assert {str(code) for code in Warn} <= set(known)
