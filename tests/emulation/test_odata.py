"""What a client may ask of a list, told one question at a time."""

from __future__ import annotations

import pytest

from tests.emulation.desk import Desk


@pytest.fixture
def people(office: Desk) -> Desk:
    for number, first, last, mobile in (
        ("501", "Ala", "O'Hara", None),
        ("502", "Bo", "Żak", "+48"),
        ("503", "ala", "Zych 100%", ""),
    ):
        body = {"Number": number, "FirstName": first, "LastName": last, "Mobile": mobile}
        office.create("/Users", body)
    return office


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("FirstName eq 'Ala'", "501"),
        ("LastName eq 'O''Hara'", "501"),
        ("tolower(FirstName) eq 'ala'", "501 503"),
        ("toupper(FirstName) eq 'BO'", "502"),
        ("contains(tolower(LastName), 'ża')", "502"),
        ("contains(LastName,'%')", "503"),
        ("startswith(FirstName,'A') eq true", "501"),
        ("endswith(FirstName,'o')", "502"),
        ("not startswith(FirstName,'A')", "502 503"),
        ("contains(Mobile,'4')", "502"),
        ("not contains(Mobile,'4')", "501 503"),
        ("Mobile eq null", "501"),
        ("Mobile ne null", "502 503"),
        ("Mobile ne '+48'", "501 503"),
        ("null eq Mobile", "501"),
        ("Mobile gt ''", "502"),
        ("Number in ('501')", "501"),
        ("Number in ('501', '503')", "501 503"),
        ("Mobile in (null, '+48')", "501 502"),
        ("not (Number in ('501','502'))", "503"),
        ("Number eq '501' or Number eq '502' and FirstName eq 'x'", "501"),
        ("(Number eq '501' or Number eq '502') and FirstName eq 'Bo'", "502"),
        ("Enabled", "501 502 503"),
        ("Enabled eq true and Id gt 0 and Id lt 99999", "501 502 503"),
        ("not Enabled", ""),
        ("Enabled ne false", "501 502 503"),
        ("QueueStatus eq 'LoggedIn'", "501 502 503"),
        ("QueueStatus eq Pbx.QueueStatusType'LoggedOut'", ""),
        ("Hours/Type eq 'OfficeHours'", "501 502 503"),
        ("Id ge -1 and Number le '502'", "501 502"),
    ],
)
def test_a_filter(people: Desk, question: str, numbers: str) -> None:
    rows = people.rows("/Users", filter=f"startswith(Number,'50') and ({question})", orderby="Number")
    assert [row["Number"] for row in rows] == numbers.split()


@pytest.mark.parametrize(
    "question",
    ["Nickname eq 'x'", "FirstName eq 5", "Id eq 'x'", "Id", "FirstName eq", "eq", "(Id eq 1", "Id eq 1)", "Id eq 1 Id",
     "Id in ()", "Id in (1", "QueueStatus eq 'Maybe'", "contains(FirstName)", "contains(Id,'1')", "tolower(Id) eq '1'",
     "Tags eq 'x'", "Hours eq null", "Hours/Length eq 1", "FirstName eq 'open", "Id eq 99999999999999999999", "\x00",
     "Id eq 9223372036854775808", "true eq", "not", f"{'(' * 99}Id eq 1{')' * 99}", " or ".join(["Id eq 1"] * 600)],
)  # fmt: skip
def test_a_filter_that_is_none(office: Desk, question: str) -> None:
    answer = office.call("GET", "/Users", filter=question)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_a_long_list_of_values_is_no_trouble(office: Desk) -> None:
    ids = ",".join(map(str, range(1, 2000)))
    assert len(office.rows("/Users", filter=f"Id in ({ids})")) == 12


@pytest.mark.parametrize(
    "query",
    [{"select": "Nickname"}, {"orderby": "Nickname"}, {"orderby": "Id sideways"}, {"orderby": "Hours"},
     {"expand": "Friends"}, {"expand": "Groups($expand=Friends)"}, {"expand": "Groups($top=x)"}, {"expand": "Groups("},
     {"expand": "Groups($select=Nickname)"}, {"top": "-1"}, {"skip": "many"}, {"top": "9" * 30}, {"count": "perhaps"},
     {"apply": "x"}, {"select": "Groups/Id"}],
)  # fmt: skip
def test_a_query_that_is_none(office: Desk, query: dict[str, str]) -> None:
    answer = office.call("GET", "/Users", **query)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"error"}


def test_select_and_expand_bring_exactly_that(office: Desk) -> None:
    expand = "Groups($select=GroupId;$expand=Rights($select=RoleName))"
    row = office.rows("/Users", select="Id,Number", expand=expand, orderby="Id", top="1")[0]
    owner = {"GroupId": 1, "Rights": {"RoleName": "system_owners"}}
    assert row == {"Id": 1, "Number": "100", "Groups": [owner]}
    assert "Groups" not in office.rows("/Users")[0]
    assert "Number" in office.rows("/Users", select="*")[0]


def test_a_nested_question_is_asked_of_each(office: Desk) -> None:
    expand = "Members($filter=Type eq 'Extension';$orderby=Number desc;$top=2;$skip=1;$select=Number)"
    whole = office.rows("/Groups(2)/Members", filter="Type eq 'Extension'", orderby="Number desc", select="Number")
    assert office.get("/Groups(2)", expand=expand)["Members"] == whole[1:3]


def test_order_is_stable_and_pages_do_not_overlap(office: Desk) -> None:
    pages = [office.rows("/Users", orderby="Language,Enabled desc", top="5", skip=str(skip)) for skip in (0, 5, 10)]
    ids = [row["Id"] for page in pages for row in page]
    assert sorted(ids) == list(range(1, 13))
    assert ids == [row["Id"] for row in office.rows("/Users", orderby="Language,Enabled desc")]


def test_count_counts_what_fits_and_not_the_page(office: Desk) -> None:
    answer = office.get("/Users", count="true", top="0", filter="Id le 4")
    assert (answer["@odata.count"], answer["value"]) == (4, [])
    assert "@odata.count" not in office.get("/Users", count="false")


def test_search_looks_at_names_numbers_and_addresses(people: Desk) -> None:
    assert [row["Number"] for row in people.rows("/Users", search="ala o'hara")] == ["501"]
    assert [row["Number"] for row in people.rows("/Users", search='"503"')] == ["503"]
    assert people.rows("/Users", search="nobody at all") == []
    assert people.rows("/Users(1)/Groups", search="x") == []


def test_options_of_others_are_ignored_and_doubled_ones_refused(office: Desk) -> None:
    address = f"{office.server.url}/xapi/v1/Users?tracking=1"
    assert office.session.get(address, timeout=10).status_code == 200
    assert office.session.get(f"{address}&$top=1&$top=2", timeout=10).status_code == 400
    assert office.session.get(f"{address}&$filter=%ff", timeout=10).status_code == 400
