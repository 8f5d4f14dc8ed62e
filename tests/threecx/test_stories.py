"""What an administrator of 3CX does, over HTTP: every item of the Polish document, and what version 20 added.

Each story that applies plans again and expects silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.platforms.threecx.emulator import Options, Seed
from tests.threecx.pbx import Pbx

DONE, CHANGES, REFUSED = 0, 2, 3
TEAM = """\
groups:
  service: {name: Serwis}
  office: {name: Biuro}
users:
  anna: {name: Anna Cis, extension: "201", groups: {service: {role: managers}}}
  bruno: {name: Bruno Dąb, extension: "202", groups: {service: {role: users}}}
"""


@pytest.fixture
def pbx(tmp_path: Path) -> Iterator[Pbx]:
    with Pbx(tmp_path, Options(edition="enterprise"), Seed(users=1)) as one:
        yield one


def settle(pbx: Pbx, manifest: str) -> str:
    """Apply and expect silence afterwards."""
    pbx.declare(manifest)
    done = pbx.ccconf("apply --yes")
    assert done.code == DONE, done.text
    pbx.settled()
    return done.text


def department(pbx: Pbx, name: str) -> dict[str, Any]:
    """A department as the system has it."""
    return next(row for row in every(pbx, "/Groups?$expand=Rights,Members,OfficeHolidays") if row["Name"] == name)


def user(pbx: Pbx, number: str) -> dict[str, Any]:
    """A user as the system has it."""
    rows = every(pbx, "/Users?$expand=Groups($expand=Rights,GroupRights)")
    return next(row for row in rows if row["Number"] == number)


def every(pbx: Pbx, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pbx.emulator.get(path)["value"]
    return rows


def rights(pbx: Pbx, number: str, name: str) -> dict[str, Any]:
    """What somebody may do in a department."""
    home = department(pbx, name)["Id"]
    found: dict[str, Any] = next(edge["Rights"] for edge in user(pbx, number)["Groups"] if edge["GroupId"] == home)
    return found


# ------------------------------------------------------------------------------------------- the Polish document


def test_somebody_is_added_to_a_group_and_removed_from_it(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    both = TEAM.replace("groups: {service: {role: users}}", "groups: {service: {role: users}, office: {role: users}}")
    text = settle(pbx, both)
    assert "bruno" in text
    assert {edge["Name"] for edge in user(pbx, "202")["Groups"]} == {"Serwis", "Biuro"}
    settle(pbx, TEAM)
    assert {edge["Name"] for edge in user(pbx, "202")["Groups"]} == {"Serwis"}


def test_membership_may_be_said_with_the_group(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    settle(pbx, TEAM.replace("{name: Biuro}", "{name: Biuro, members: {anna: {role: receptionists}}}").replace(
        "groups: {service: {role: managers}}", "position:"
    ).replace(", position:", ""))  # fmt: skip
    assert {edge["Name"] for edge in user(pbx, "201")["Groups"]} == {"Serwis", "Biuro"}
    assert rights(pbx, "201", "Biuro")["RoleName"] == "receptionists"


def test_a_group_has_the_same_rights_to_give_to_managers_and_to_users(pbx: Pbx) -> None:
    every_right = [
        "see_members",
        "see_calls",
        "show_presence",
        "show_presence_outside",
        "show_calls",
        "perform_operations",
        "barge_in",
        "intercom",
        "park_calls",
        "control_ivr",
        "phone_book",
        "reception",
        "change_presence",
        "recordings",
    ]
    given = ", ".join(f"rights.{name}: true" for name in every_right)
    wanted = f"{{managers: {{{given}}}, users: {{rights.see_members: true}}}}"
    settle(pbx, TEAM.replace("{name: Serwis}", f"{{name: Serwis, rights: {wanted}}}"))
    by_role = {row["RoleName"]: row for row in department(pbx, "Serwis")["Rights"]}
    flags = [value for name, value in by_role["managers"].items() if name not in ("RoleName", "Invalid")]
    assert (len(flags), set(flags)) == (14, {True})
    assert [name for name, value in by_role["users"].items() if value is True] == ["CanSeeGroupMembers"]
    assert rights(pbx, "201", "Serwis")["CanBargeIn"] is True
    assert rights(pbx, "202", "Serwis")["CanBargeIn"] is False


def test_a_user_takes_the_defaults_of_a_role_and_changes_are_his_alone(pbx: Pbx) -> None:
    template = "{name: Serwis, rights: {users: {rights.see_members: true, rights.intercom: true}}}"
    base = TEAM.replace("{name: Serwis}", template).replace("role: managers", "role: users")
    settle(pbx, base)
    assert rights(pbx, "201", "Serwis") == rights(pbx, "202", "Serwis")
    his = "{role: users, permissions: {rights.see_calls: true, rights.intercom: false}}"
    settle(
        pbx,
        base.replace(
            'extension: "202", groups: {service: {role: users}', f'extension: "202", groups: {{service: {his}'
        ),
    )
    assert (rights(pbx, "202", "Serwis")["CanSeeGroupCalls"], rights(pbx, "202", "Serwis")["CanIntercom"]) == (
        True,
        False,
    )
    assert (rights(pbx, "201", "Serwis")["CanSeeGroupCalls"], rights(pbx, "201", "Serwis")["CanIntercom"]) == (
        False,
        True,
    )
    settle(
        pbx,
        base.replace(
            'extension: "202", groups: {service: {role: users}',
            'extension: "202", groups: {service: {role: users, permissions: {}}',
        ),
    )
    assert rights(pbx, "201", "Serwis") == rights(pbx, "202", "Serwis")


def test_a_right_that_the_role_gives_anyway_may_be_said_again(pbx: Pbx) -> None:
    template = "{name: Serwis, rights: {users: {rights.intercom: true}}}"
    base = TEAM.replace("{name: Serwis}", template)
    settle(
        pbx,
        base.replace("{role: users}", "{role: users, permissions: {rights.intercom: true, rights.barge_in: false}}"),
    )
    assert rights(pbx, "202", "Serwis")["CanIntercom"] is True


def test_the_role_of_a_member_changes_with_the_rights_of_the_new_role(pbx: Pbx) -> None:
    template = "{name: Serwis, rights: {users: {}, managers: {rights.barge_in: true}}}"
    base = TEAM.replace("{name: Serwis}", template)
    settle(pbx, base)
    settle(pbx, base.replace("{role: users}", "{role: managers}"))
    assert rights(pbx, "202", "Serwis")["CanBargeIn"] is True
    assert rights(pbx, "202", "Serwis")["RoleName"] == "managers"


@pytest.mark.parametrize("right", ["rights.barge_in", "rights.recordings"])
def test_listening_needs_professional_or_enterprise(right: str, pbx: Pbx) -> None:
    pbx.target(licence={"edition": "free"})
    pbx.declare(TEAM.replace("{name: Serwis}", f"{{name: Serwis, rights: {{managers: {{{right}: true}}}}}}"))
    refused = pbx.ccconf("plan")
    assert refused.code == 1
    assert f"CC401 the permission {right}" in refused.text
    assert "buy edition pro" in refused.text


def test_sip_trunks_are_nobody_s(pbx: Pbx) -> None:
    pbx.declare(TEAM.replace("{role: users}", "{role: users, permissions: {console.sip_trunks: true}}"))
    refused = pbx.ccconf("validate")
    assert refused.code == 1
    assert "CC405 console.sip_trunks (Administracja Trunkami SIP) cannot be true" in refused.text


def test_a_group_is_published_to_everybody(pbx: Pbx) -> None:
    settle(pbx, TEAM.replace("{name: Biuro}", "{name: Biuro, visible_to_all: true}"))
    assert department(pbx, "Biuro")["GloballyVisible"] is True
    assert department(pbx, "Serwis")["GloballyVisible"] is False


# ---------------------------------------------------------------------------------------------- names and numbers


def test_a_department_gets_another_name_and_stays_the_same(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    before = department(pbx, "Serwis")["Id"]
    settle(pbx, TEAM.replace("name: Serwis", "name: Obsługa klienta"))
    assert department(pbx, "Obsługa klienta")["Id"] == before
    settle(
        pbx,
        TEAM.replace("service:", "care:").replace(
            "  care: {name: Serwis}", "  care: {name: Serwis, formerly: service}"
        ),
    )
    assert department(pbx, "Serwis")["Id"] == before


def test_two_departments_swap_their_names(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    before = {row["Name"]: row["Id"] for row in every(pbx, "/Groups")}
    swapped = TEAM.replace("Serwis", "Biuro2").replace("name: Biuro}", "name: Serwis}").replace("Biuro2", "Biuro")
    settle(pbx, swapped)
    after = {row["Name"]: row["Id"] for row in every(pbx, "/Groups")}
    assert (after["Serwis"], after["Biuro"]) == (before["Biuro"], before["Serwis"])


def test_a_number_is_never_changed(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    pbx.declare(TEAM.replace('"202"', '"203"'))
    told = pbx.ccconf("plan")
    assert told.code == 1
    assert "extension cannot be changed from 202 to 203" in told.text


def test_a_saved_plan_carries_the_names_it_needs(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    pbx.declare(
        TEAM
        + '  celina: {name: Celina Klon, extension: "203", groups: {office: {role: users}}, primary_group: office}\n'
    )
    assert pbx.ccconf(f"plan --out {pbx.folder}/saved.json").code == CHANGES
    pbx.declare("groups: {}\nusers: {x: {name: other}}\n")  # what a plan needs stands in it
    applied = pbx.ccconf(f"apply {pbx.folder}/saved.json --yes")
    assert applied.code == DONE, applied.text
    assert [edge["Name"] for edge in user(pbx, "203")["Groups"]] == ["Biuro"]


def test_the_licence_of_the_system_is_compared_with_the_declared_one(pbx: Pbx) -> None:
    pbx.target(licence={"edition": "pro", "calls": 4})
    pbx.declare(TEAM)
    told = pbx.ccconf("plan")
    assert told.code == CHANGES
    assert "CC509 3CX has the edition Enterprise, ccconf.yaml says pro" in told.text
    assert "simultaneous calls, ccconf.yaml says 4" in told.text


# --------------------------------------------------------------------------------------------------------- hours


HOURS = """\
schedules:
  office:
    weekly: {mon-fri: ["08:00-16:00"]}
    holidays: [{date: "01-01", name: Nowy Rok}, {date: "12-25", until: "12-26", name: Boże Narodzenie}]
  service:
    weekly: {mon-thu: ["06:00-14:00", "22:00-06:00"], sat: ["00:00-24:00"]}
    breaks: {mon-thu: ["10:00-10:15"]}
"""


def test_hours_of_the_system_and_of_a_department(pbx: Pbx) -> None:
    team = TEAM.replace("office: {name: Biuro}", "back: {name: Biuro}")
    settle(pbx, team + HOURS)
    hours = department(pbx, "Serwis")["Hours"]
    assert hours["Type"] == "SpecificHours"
    assert len(hours["Periods"]) == 4 + 4 * 2 + 1
    assert department(pbx, "Biuro")["Hours"]["Type"] == "OfficeHours"
    system = pbx.emulator.get("/OfficeHours?$expand=OfficeHolidays")
    assert [day["Name"] for day in system["OfficeHolidays"]] == ["Nowy Rok", "Boże Narodzenie"]
    settle(pbx, team + HOURS[: HOURS.index("  service:")])
    assert department(pbx, "Serwis")["Hours"]["Type"] == "OfficeHours"


def test_a_department_and_its_hours_come_and_go_together(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    night = "schedules: {night: {weekly: {mon-fri: ['22:00-06:00']}}}\n"
    with_night = TEAM.replace("groups:\n", "groups:\n  night: {name: Noc}\n") + night
    settle(pbx, with_night)
    assert department(pbx, "Noc")["Hours"]["Type"] == "SpecificHours"
    settle(pbx, TEAM)
    assert "Noc" not in {row["Name"] for row in every(pbx, "/Groups")}


def test_a_holiday_of_some_hours_is_not_ours_and_stays(pbx: Pbx) -> None:
    eve = {"Name": "Wigilia", "Day": 24, "Month": 12, "Year": 0, "DayEnd": 24, "MonthEnd": 12, "YearEnd": 0}
    pbx.emulator.post("/Holidays", {**eve, "IsRecurrent": True, "TimeOfStartDate": "PT12H", "TimeOfEndDate": "PT18H"})
    settle(pbx, 'schedules: {office: {holidays: [{date: "01-01", name: Nowy Rok}]}}\n')
    assert {day["Name"] for day in every(pbx, "/Holidays")} == {"Wigilia", "Nowy Rok"}


# ------------------------------------------------------------------------------------------------------ addresses


def test_a_console_list_without_our_own_address_is_refused(pbx: Pbx) -> None:
    pbx.declare("allowlists: {console: {networks: [203.0.113.0/24]}}\n")
    refused = pbx.ccconf("apply --yes")
    assert refused.code == REFUSED
    assert "CC606 allowlist/console would lock ccconf out: it comes from 127.0.0.1" in refused.text
    assert pbx.emulator.get("/ConsoleRestrictions")["AccessRestricted"] is False
    settle(pbx, "allowlists: {console: {networks: {203.0.113.0/24: Biuro, 127.0.0.1: ten komputer}}}\n")
    assert pbx.emulator.get("/ConsoleRestrictions")["IpWhitelist"] == ["127.0.0.1", "203.0.113.0/24"]


def test_the_console_is_opened_again_when_its_list_leaves(pbx: Pbx) -> None:
    settle(pbx, "allowlists: {console: {networks: [127.0.0.1]}, blocklist: {}}\n")
    pbx.target(guards={"deletes": {"allowlists": 1}})
    settle(pbx, "allowlists: {blocklist: {}}\n")
    assert pbx.emulator.get("/ConsoleRestrictions")["AccessRestricted"] is False


def test_entries_that_the_system_made_itself_are_left_alone(tmp_path: Path) -> None:
    with Pbx(tmp_path, Options(edition="enterprise"), Seed(users=3, departments=2, seed=3)) as pbx:
        rows = every(pbx, "/Blocklist")
        automatic = [row["IPAddrMask"] for row in rows if row["AddedBy"] != "Manual"]
        assert automatic
        settle(pbx, "allowlists: {blocklist: {networks: {203.0.113.9: Oddział}, blocked: {198.51.100.0/25: Skaner}}}\n")
        after = {row["IPAddrMask"]: row for row in every(pbx, "/Blocklist")}
        assert set(after) == {*automatic, "203.0.113.9", "198.51.100.0/25"}
        assert after["203.0.113.9"]["BlockType"] == "Allow"
        settle(pbx, "allowlists: {blocklist: {networks: {203.0.113.9: Filia}, blocked: []}}\n")
        after = {row["IPAddrMask"]: row for row in every(pbx, "/Blocklist")}
        assert set(after) == {*automatic, "203.0.113.9"}
        assert after["203.0.113.9"]["Description"] == "Filia"


# --------------------------------------------------------------------------------------------------------- skills


def queue(pbx: Pbx, name: str) -> dict[str, str]:
    """The agents of a queue with their skill groups, in their order."""
    row = next(row for row in every(pbx, "/Queues?$expand=Agents") if row["Name"] == name)
    return {agent["Number"]: agent["SkillGroup"] for agent in row["Agents"]}


def test_a_skill_is_a_place_in_a_queue_that_looks_at_skills(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    agents = [{"Number": "100", "SkillGroup": "2"}, {"Number": "201", "SkillGroup": "1"}]
    english = {"Name": "English", "PollingStrategy": "SkillBasedRouting_RingAll", "Agents": agents}
    pbx.emulator.post("/Queues", english)
    pbx.emulator.post("/Queues", {"Name": "Everybody", "PollingStrategy": "RingAll", "Agents": agents})
    skilled = TEAM.replace("{role: users}}", "{role: users}}, skills: {english: 4}").replace(
        "{role: managers}}", "{role: managers}}, skills: {}"
    )
    settle(pbx, skilled + "skills: {english: {name: English}}\n")
    assert queue(pbx, "English") == {"100": "2", "202": "4"}
    assert queue(pbx, "Everybody") == {"100": "2", "201": "1"}


def test_a_queue_is_not_made_by_ccconf(pbx: Pbx) -> None:
    pbx.declare("skills: {english: {name: English}}\n")
    refused = pbx.ccconf("plan")
    assert refused.code == 1
    assert "CC505 skill/english: the platform cannot create a skill" in refused.text


# -------------------------------------------------------------------------------------------- people come and go


def test_a_leaver_is_switched_off_and_keeps_a_department(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    text = settle(pbx, TEAM[: TEAM.index("  bruno")])
    assert "bruno" in text
    assert user(pbx, "202")["Enabled"] is False
    assert len(user(pbx, "202")["Groups"]) == 1
    settle(pbx, TEAM)
    assert user(pbx, "202")["Enabled"] is True


def test_a_leaver_is_deleted_only_where_the_target_says_so(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    pbx.target(leavers="delete")
    settle(pbx, TEAM[: TEAM.index("  bruno")])
    assert {row["Number"] for row in every(pbx, "/Users")} == {"100", "201"}


def test_a_department_goes_after_its_members_moved(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    moved = TEAM.replace("  service: {name: Serwis}\n", "").replace("service:", "office:")
    settle(pbx, moved)
    assert {row["Name"] for row in every(pbx, "/Groups")} == {"DEFAULT", "Biuro"}


def test_what_the_system_keeps_is_not_asked_to_go(pbx: Pbx) -> None:
    pbx.target(owns={"groups": "all", "schedules": "all", "skills": "all", "roles": "all"})
    settle(pbx, TEAM)
    assert {row["Name"] for row in every(pbx, "/Groups")} == {"DEFAULT", "Serwis", "Biuro"}


def test_somebody_must_remain_the_owner_of_the_system(pbx: Pbx) -> None:
    owner = '  owner: {extension: "100", groups: {DEFAULT: {role: %s}}, status: %s}\n'
    team = TEAM.replace("groups:\n", "groups:\n  DEFAULT: {}\n")
    settle(pbx, team + owner % ("system_owners", "active"))
    for role, status in (("system_owners", "inactive"), ("users", "active")):
        pbx.declare(team + owner % (role, status))
        refused = pbx.ccconf("plan")
        assert refused.code == 1
        assert "CC403 after the plan nobody would be system owner any more" in refused.text


def test_a_full_system_takes_nobody_more(tmp_path: Path) -> None:
    with Pbx(tmp_path, Options(edition="enterprise", calls=8), Seed(users=39)) as pbx:
        pbx.target(licence={"edition": "enterprise"})
        pbx.declare(TEAM)
        refused = pbx.ccconf("plan")
        assert refused.code == 1
        assert "CC401 41 extensions: the licence of this 3CX allows 40" in refused.text


def test_a_department_with_a_quota(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    number = department(pbx, "Serwis")["Id"]
    pbx.emulator.patch(f"/Groups({number})", {"Props": {"UserNumberFrom": "201", "UserNumberTo": "202"}})
    pbx.declare(TEAM + '  celina: {name: Celina, extension: "203", groups: {service: {role: users}}}\n')
    refused = pbx.ccconf("plan")
    assert refused.code == 1
    assert "would have 3 users: its quota is 2" in refused.text


def test_members_whom_git_does_not_know_stay(tmp_path: Path) -> None:
    with Pbx(tmp_path, Options(edition="enterprise"), Seed(users=8, departments=2, seed=5)) as pbx:
        name = next(
            row["Name"]
            for row in every(pbx, "/Groups?$expand=Members")
            if len(row["Members"]) > 1 and not row["IsDefault"]
        )
        before = {member["Number"] for member in department(pbx, name)["Members"]}
        new = "users: {neu: {name: Neu, extension: '390', groups: {team: {role: users}}}}\n"
        settle(pbx, f"groups: {{team: {{name: {name}}}}}\n{new}")
        assert {member["Number"] for member in department(pbx, name)["Members"]} == before | {"390"}


# --------------------------------------------------------------------------------------------------- the whole way


def test_an_existing_system_is_taken_over_and_then_nothing_is_left(tmp_path: Path) -> None:
    with Pbx(tmp_path, Options(edition="enterprise"), Seed(users=60, departments=6, seed=9)) as pbx:
        assert pbx.ccconf("import").code == DONE
        checked = pbx.ccconf("validate")
        assert (checked.code, "0 errors" in checked.text) == (DONE, True), checked.text
        pbx.settled()
        first = {path.name: path.read_bytes() for path in (tmp_path / "manifests").iterdir()}
        assert pbx.ccconf("import --force").code == DONE
        assert {path.name: path.read_bytes() for path in (tmp_path / "manifests").iterdir()} == first


def test_a_change_by_hand_is_found_and_put_right(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    pbx.emulator.patch(f"/Users({user(pbx, '201')['Id']})", {"FirstName": "Hanna"})
    told = pbx.ccconf("plan")
    assert told.code == CHANGES
    assert "Hanna Cis" in told.text and "Anna Cis" in told.text
    settle(pbx, TEAM)
    assert user(pbx, "201")["FirstName"] == "Anna"


def test_people_are_found_by_the_role_that_they_hold_within_a_department(pbx: Pbx) -> None:
    settle(pbx, TEAM)
    found = pbx.ccconf("show user --role managers --format json").data
    assert [(row["name"], row["extension"]) for row in found] == [("Anna Cis", "201")]
