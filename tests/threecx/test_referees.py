"""Referees whom nobody here wrote: the vendor's own description of the interface, and a client from the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ccconf.platforms.threecx.emulator import Seed
from tests.emulation.contract import CLOSED, PLAIN
from tests.threecx.pbx import Exchange, Pbx
from tests.threecx.referees import SECRETS, chosen, flaws

MADE = """
groups:
  Front: {name: Front desk, language: EN, timezone: Europe/Berlin, visible_to_all: true,
          rights: {users: {rights.control_ivr: true}, managers: {rights.barge_in: true, rights.intercom: true}}}
  Back: {name: Back office}
skills: {Queue 800: {}}
users:
  anna:
    name: Anna Berg
    extension: "301"
    email: anna.berg@centre.example
    mobile: "+48500000001"
    language: EN
    two_factor: true
    groups: {Front: {role: managers, permissions: {rights.intercom: false}}, Back: {role: users}}
    primary_group: Front
    skills: {Queue 800: 2}
  boris: {name: Boris, extension: "302", status: inactive, groups: {Back: {role: users}}, primary_group: Back}
schedules:
  office: {timezone: Europe/Warsaw, weekly: {mon-fri: ["08:00-18:00"]}, holidays: [{date: 12-24, until: 12-26}]}
  Front:
    weekly: {mon-thu: ["07:00-12:00", "13:00-17:00"], fri: ["22:00-06:00"]}
    breaks: {mon: ["09:00-09:15"]}
    holidays: [{date: "2031-05-01", name: Labour Day}, {date: 01-01}]
allowlists:
  console: {networks: {127.0.0.0/8: "", 203.0.113.0/24: ""}}
  blocklist: {networks: {192.0.2.10: the branch office, 192.0.2.11: new}, blocked: {198.51.100.0/24: noise}}
"""
CHANGED = """
groups:
  Front: {name: Front office, language: PL, timezone: Europe/Warsaw, visible_to_all: false,
          rights: {users: {rights.park_calls: true}, managers: {rights.barge_in: true, rights.intercom: true}}}
  Back: {name: Back office}
skills: {Queue 800: {}}
users:
  anna:
    name: Anna Maria Kern
    extension: "301"
    email: anna.kern@centre.example
    language: PL
    two_factor: false
    groups: {Back: {role: receptionists}}
    primary_group: Back
  boris: {name: Boris, extension: "302", groups: {Back: {}}, primary_group: Back, skills: {Queue 800: 1}}
schedules:
  office: {timezone: Europe/Berlin, weekly: {mon-sun: ["00:00-24:00"]}, holidays: []}
  Front: {weekly: {sat: ["10:00-14:00"]}, breaks: {}, holidays: [{date: 01-01, name: New Year}]}
allowlists:
  console: {networks: {127.0.0.0/8: ""}}
  blocklist: {networks: {192.0.2.11: changed}, blocked: {198.51.100.0/24: noise, 203.0.113.9: more}}
"""
LESS = """
groups: {Front: {name: Front office}, Back: {name: Back office}}
users:
  anna: {name: Anna Maria Kern, extension: "301", groups: {Back: {}}, primary_group: Back}
"""
LEAST = """
groups: {Back: {name: Back office}}
users:
  anna: {name: Anna Maria Kern, extension: "301", groups: {Back: {}}, primary_group: Back}
"""
STAGES = (MADE, CHANGED, LESS, LEAST)


class Day(NamedTuple):
    """A rich day: everything that ccconf does with a 3CX, what was seen of it, and what is left on the disk."""

    exchanges: tuple[Exchange, ...]
    seen: str
    files: bytes
    secrets: frozenset[str]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    with Pbx(folder, seed=Seed(users=12, departments=4, queues=2, seed=1)) as pbx:
        pbx.target(leavers="delete", guards={"deletes": dict.fromkeys(("users", "groups", "schedules"), "100%")})
        seen = [pbx.ccconf(f"import --to {folder / 'imported'}").text]
        for stage in STAGES:
            pbx.declare(stage)
            seen += [pbx.ccconf(f"plan --out {folder / 'saved.json'}").text, pbx.ccconf("plan --format json").text]
            seen.append(pbx.apply().text)
        secrets = {str(row.get(name) or "") for row in pbx.rows("Users") for name in SECRETS}
        tokens = {match for exchange in pbx.exchanges for match in _tokens(exchange)}
        files = b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
        all_of_them = {*secrets, *tokens, pbx.emulator.client_secret}
        known = frozenset(secret for secret in all_of_them if len(secret) > 4)  # a PIN is in every other number
        yield Day(tuple(pbx.exchanges), "\n".join(seen), files, known)


def _tokens(exchange: Exchange) -> list[str]:
    return re.findall(r'"access_token":"([^"]+)"', exchange.answer.body.decode())


@pytest.mark.filterwarnings("ignore:Unsupported scheme type:UserWarning")  # the file's OAuth, which nobody judges here
class TestTheVendorsFile:
    """The OpenAPI file of 3CX, as it is and with leave for no property that it does not name."""

    @pytest.mark.parametrize("name", [PLAIN, CLOSED])
    def test_every_request_and_every_answer_keeps_to_it(self, day: Day, name: str) -> None:
        """All of them without an adjustment: the file leaves `$select` and `$expand` open (lists of any strings), so
        that nested expands pass there. What they name is looked up in the vendor's entities by `referees` instead.
        """
        pytest.importorskip("openapi_core", reason="openapi-core is not installed")
        assert flaws(name, day.exchanges) == []

    @pytest.mark.parametrize("name", [PLAIN, CLOSED])
    def test_the_referee_does_see(self, day: Day, name: str) -> None:
        """A misspelt choice, a wrong type, a missing answer: each is called out."""
        pytest.importorskip("openapi_core", reason="openapi-core is not installed")

        def first(method: str, path: str) -> Exchange:
            return next(one for one in day.exchanges if one.request.method == method and path in one.request.path)

        listing, patch = first("GET", "/Users"), first("PATCH", "/Users(")
        asked, answer = listing
        misspelt = asked._replace(query=asked.query.replace("EmailAddress", "Email"))
        nested = asked._replace(query=asked.query.replace("GroupRights", "GroupRight"))
        count = asked._replace(query=asked.query.replace("count=true", "count=many"))
        wrong = patch.request._replace(body=b'{"Enabled": "yes"}')
        unnamed = patch.request._replace(body=b'{"Nickname": "A"}')
        cut = answer._replace(body=b'{"value": [{"Number": 7}]}')
        assert "has no Email" in flaws(name, [Exchange(misspelt, answer)])[0]
        assert "has no GroupRight" in flaws(name, [Exchange(nested, answer)])[0]
        assert flaws(name, [Exchange(count, answer)])
        assert flaws(name, [Exchange(wrong, patch.answer)])
        assert bool(flaws(name, [Exchange(unnamed, patch.answer)])) == (name == CLOSED)
        assert flaws(name, [Exchange(asked, cut)])

    def test_the_day_holds_every_kind_of_request(self, day: Day) -> None:
        """So that what is judged is what the connector can do."""
        calls = {
            (one.request.method, re.sub(r"\((?:\d+|Number='\d+')\)$", "()", one.request.path.removeprefix("/xapi/v1")))
            for one in day.exchanges
        }
        assert calls >= {
            ("POST", "/connect/token"),
            *(("GET", path) for path in ("/Users", "/Users()", "/Groups", "/Groups()", "/Queues", "/Queues()")),
            *(("GET", path) for path in ("/OfficeHours", "/ConsoleRestrictions", "/Blocklist", "/Defs/TimeZones")),
            *(("GET", path) for path in ("/SystemStatus", "/Defs/Pbx.GetSystemParameters()")),
            *(("POST", path) for path in ("/Users", "/Groups", "/Blocklist", "/Groups/Pbx.DeleteCompanyById")),
            *(("PATCH", path) for path in ("/Users()", "/Groups()", "/Queues()", "/Blocklist()")),
            *(("PATCH", path) for path in ("/OfficeHours", "/ConsoleRestrictions")),
            *(("DELETE", path) for path in ("/Users()", "/Blocklist()")),
        }

    def test_nothing_failed_on_that_day(self, day: Day) -> None:
        assert {one.answer.status for one in day.exchanges} <= {200, 201, 204, 404}


class TestSecrets:
    """What is never asked for cannot be spilt."""

    def test_no_request_asks_for_one(self, day: Day) -> None:
        asked = [one for one in day.exchanges if one.request.method == "GET"]
        assert not [one.request.query for one in asked if chosen(one) & SECRETS]
        whole = [one for one in asked if "/Users" in one.request.path and "$select" not in one.request.query]
        assert whole == []  # who chooses nothing is given everything

    def test_no_answer_but_that_to_a_creation_holds_one(self, day: Day) -> None:
        spilling = {
            (one.request.method, one.request.path)
            for one in day.exchanges
            if any(f'"{name}"'.encode() in one.answer.body for name in SECRETS)
        }
        assert spilling <= {("POST", "/xapi/v1/Users")}  # the platform sends the whole new object, asked or not

    def test_no_plan_report_manifest_or_ledger_holds_one(self, day: Day) -> None:
        assert len(day.secrets) > 20
        assert b"SQLite format 3" in day.files  # the ledger is among them
        assert not [secret for secret in day.secrets if secret in day.seen]
        assert not [secret for secret in day.secrets if secret.encode() in day.files]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:threecx")
@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")
class TestAnotherClient:
    """`3cx-xapi-python-sdk` 3.0.0, with which nobody here has anything to do."""

    @pytest.fixture
    def pbx(self, tmp_path: Path) -> Iterator[Pbx]:
        with Pbx(tmp_path, seed=Seed(users=12, departments=4, queues=2, seed=1)) as one:
            yield one

    @pytest.fixture
    def threecx(self) -> Any:
        package = pytest.importorskip("threecx", reason="3cx-xapi-python-sdk is not installed")
        if not hasattr(package, "ThreeCXClient"):
            pytest.skip("another package of the name threecx is installed")
        return package

    @pytest.fixture
    def sdk(self, pbx: Pbx, threecx: Any) -> Iterator[Any]:
        with threecx.ThreeCXClient(pbx.url, pbx.emulator.client_id, pbx.emulator.client_secret) as client:
            yield client

    def test_lists_people_departments_and_queues(self, pbx: Pbx, sdk: Any, threecx: Any) -> None:
        assert sorted(user.number for user in sdk.users.list()) == pbx.numbers()
        assert sorted(group.name for group in sdk.groups.list()) == pbx.departments()
        assert [queue.number for queue in sdk.queues.list()] == ["800", "801"]
        query = threecx.ODataQuery().filter("Number eq '103'").select("Id", "Number")
        assert [user.number for user in sdk.users.list(query)] == ["103"]

    def test_its_pager_stops_where_no_next_link_is_given(self, pbx: Pbx, sdk: Any, threecx: Any) -> None:
        """Which the vendor's file does not declare: whoever relies on it sees one page. ccconf pages by count."""
        assert len(list(sdk.users.iterate(threecx.ODataQuery().top(5)))) == 5
        assert len(list(sdk.users.iterate())) == 12

    def test_creates_changes_and_deletes(self, pbx: Pbx, sdk: Any) -> None:
        group = sdk.groups.create({"Name": "Front desk"})
        user = sdk.users.create({"Number": "301", "FirstName": "Anna", "Groups": [{"GroupId": group.id}]})
        sdk.users.update(user.id, {"LastName": "Berg", "Mobile": "+48500000001"})
        sdk.groups.update(group.id, {"Language": "PL"})
        anna = pbx.user("301")
        assert (anna["FirstName"], anna["LastName"], anna["Mobile"]) == ("Anna", "Berg", "+48500000001")
        assert [edge.group_id for edge in sdk.users.get_groups(user.id)] == [group.id]
        assert sdk.groups.get(group.id).language == "PL"
        assert [member["Number"] for member in sdk.groups.get_members(group.id)] == ["301"]
        sdk.users.delete(user.id)
        sdk.groups.delete_company_by_id(group.id)
        assert "301" not in pbx.numbers()
        assert "Front desk" not in pbx.departments()

    def test_is_told_why_not(self, pbx: Pbx, sdk: Any, threecx: Any) -> None:
        with pytest.raises(threecx.NotFoundError):
            sdk.users.get_by_number("999")
        with pytest.raises(threecx.ValidationError) as refused:
            sdk.users.create({"Number": "100"})
        assert "ALREADY_IN_USE" in str(refused.value.body if hasattr(refused.value, "body") else refused.value)

    def test_reads_back_exactly_what_ccconf_made(self, pbx: Pbx, sdk: Any, threecx: Any) -> None:
        pbx.declare(MADE)
        pbx.apply()
        anna, boris = sdk.users.get_by_number("301"), sdk.users.get_by_number("302")
        assert (anna.first_name, anna.last_name, anna.email_address) == ("Anna", "Berg", "anna.berg@centre.example")
        assert (anna.mobile, anna.language, anna.enabled, anna.require2_fa) == ("+48500000001", "EN", True, True)
        assert (boris.first_name, boris.last_name, boris.enabled) == ("Boris", "", False)
        groups = {group.name: group for group in sdk.groups.list()}
        front, back = groups["Front desk"], groups["Back office"]
        assert (front.language, front.globally_visible, anna.primary_group_id) == ("EN", True, front.id)
        edges = self._edges(sdk, anna.id, threecx.ODataQuery().expand("Rights"))
        assert {group: edge["RoleName"] for group, edge in edges.items()} == {front.id: "managers", back.id: "users"}
        templates = {row["RoleName"]: row for row in sdk.groups.get_rights(front.id)}
        assert {name for name, value in templates["managers"].items() if value is True} == {"CanBargeIn", "CanIntercom"}
        assert {name for name, value in templates["users"].items() if value is True} == {"AllowIVR"}
        assert edges[front.id]["CanBargeIn"] is True
        assert edges[front.id]["CanIntercom"] is False  # for her alone
        agents = sdk.get("/Queues(Number='800')", {"$expand": "Agents"})["Agents"]
        assert {"Number": "301", "SkillGroup": "2"}.items() <= next(a for a in agents if a["Number"] == "301").items()
        console = sdk.get("/ConsoleRestrictions")
        assert (console["AccessRestricted"], sorted(console["IpWhitelist"])) == (
            True,
            ["127.0.0.0/8", "203.0.113.0/24"],
        )
        office = sdk.get("/OfficeHours", {"$expand": "OfficeHolidays"})
        (days,) = office["OfficeHolidays"]
        assert [days[part] for part in ("Day", "Month", "DayEnd", "MonthEnd", "IsRecurrent")] == [24, 12, 26, 12, True]

    def test_what_it_changes_is_drift_for_ccconf(self, pbx: Pbx, sdk: Any) -> None:
        pbx.declare(MADE)
        pbx.apply()
        sdk.users.update(sdk.users.get_by_number("301").id, {"Mobile": "+48500000009"})
        ran = pbx.ccconf("plan")
        assert ran.code == 2
        assert "+48500000009 -> +48500000001" in ran.out
        pbx.apply()
        sdk.invalidate_token()  # ccconf's own was the last: there is one at a time, and this client does not ask again
        assert sdk.users.get_by_number("301").mobile == "+48500000001"

    @staticmethod
    def _edges(sdk: Any, user: int, query: Any) -> dict[int, dict[str, Any]]:
        rows = sdk.users.get_groups(user, query)
        return {row.group_id: row.model_dump(by_alias=True)["Rights"] for row in rows}


class TestTemplatesAndOverrides:
    """Found on the rich day: a department's template and a member's override in the same manifests."""

    ONE = """
groups: {Front: {name: Front, rights: {users: {rights.intercom: %s}}}}
users:
  anna:
    name: Anna Berg
    extension: "301"
    mobile: "%s"
    groups: {Front: {role: %s, permissions: {rights.intercom: false}}}
    primary_group: Front
"""

    @pytest.mark.parametrize("level", ["true", "false"])
    def test_an_override_that_equals_the_template_settles(self, tmp_path: Path, level: str) -> None:
        with Pbx(tmp_path) as pbx:
            alike = (self.ONE % (level, "1", "users")).replace(
                "{rights.intercom: false}}}", f"{{rights.intercom: {level}}}}}}}"
            )
            pbx.declare(alike)
            pbx.apply()

    def test_the_template_and_the_member_change_in_one_plan(self, tmp_path: Path) -> None:
        with Pbx(tmp_path) as pbx:
            pbx.declare(self.ONE % ("true", "1", "users"))
            pbx.apply()
            pbx.declare((self.ONE % ("false", "1", "managers")).replace(", permissions: {rights.intercom: false}", ""))
            ran = pbx.ccconf("apply --yes")
            assert ran.code == 0, ran.text
