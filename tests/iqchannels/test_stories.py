"""What an administrator of iQChannels does, over HTTP: every item of the Russian document.

Each story that applies plans again and expects silence.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.platforms.iqchannels.emulator import Options, Seed
from tests.iqchannels.bank import Bank

DONE, CHANGES, REFUSED = 0, 2, 3
TEAM = """\
roles:
  operator: {name: Оператор, permissions: {users: read}}
schedules:
  day: {name: Дневной, timezone: Europe/Moscow, weekly: {mon-fri: ["09:00-18:00"]}, lateness_minutes: 5}
users:
  anna: {name: Анна Лес, email: anna@bank.example, position: Оператор, roles: [operator], schedule: day}
  boris: {name: Борис Сад, email: boris@bank.example, roles: [operator]}
"""
BOTH = Options(modules=("iqpro", "bots"))


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with Bank(tmp_path, BOTH) as one:
        yield one


def rows(bank: Bank, kind: str) -> dict[str, dict[str, Any]]:
    """What the platform has of a kind, by name."""
    return {row["Name"]: row for row in bank.rows(f"{kind}.list")}


# ----------------------------------------------------------------------------------------------- the tab Пользователи


def test_people_are_created_and_changed(bank: Bank) -> None:
    bank.settle(TEAM)
    anna = bank.user("anna@bank.example")
    assert (anna["Name"], anna["DisplayName"], anna["Position"]) == ("Анна Лес", "Анна Лес", "Оператор")
    assert anna["RoleIds"] == [rows(bank, "role")["Оператор"]["Id"]]
    assert anna["ScheduleId"] == rows(bank, "schedule")["Дневной"]["Id"]
    text = bank.settle(TEAM.replace("Анна Лес", "Анна Луг").replace("position: Оператор, ", ""))
    assert "Анна Луг" in text
    anna = bank.user("anna@bank.example")
    assert (anna["Name"], anna["DisplayName"], anna["Position"]) == ("Анна Луг", "Анна Луг", "Оператор")


def test_what_git_does_not_know_of_a_person_stays(bank: Bank) -> None:
    """A change sends the whole form, for what is missing in it would be emptied."""
    bank.settle(TEAM)
    anna = bank.user("anna@bank.example")
    bank.emulator.call("user.update", {**anna, "DisplayName": "Анна из банка"})
    bank.settle(TEAM.replace("position: Оператор", "position: Старший оператор"))
    anna = bank.user("anna@bank.example")
    assert (anna["DisplayName"], anna["Position"]) == ("Анна из банка", "Старший оператор")
    assert anna["ScheduleId"] and anna["RoleIds"]


def test_an_address_changes_and_the_person_stays(bank: Bank) -> None:
    bank.settle(TEAM)
    before = bank.user("anna@bank.example")["Id"]
    bank.settle(TEAM.replace("anna@bank.example", "anna.les@bank.example"))
    assert bank.user("anna.les@bank.example")["Id"] == before
    assert len(bank.emails()) == 2


def test_two_people_swap_their_addresses(bank: Bank) -> None:
    bank.settle(TEAM)
    ids = [bank.user(f"{name}@bank.example")["Id"] for name in ("anna", "boris")]
    swapped = TEAM.replace("anna@", "x@").replace("boris@", "anna@").replace("x@", "boris@")
    bank.settle(swapped)
    assert [bank.user(f"{name}@bank.example")["Id"] for name in ("boris", "anna")] == ids


def test_skills_are_given_with_their_levels(bank: Bank) -> None:
    skilled = TEAM.replace("schedule: day}", "schedule: day, skills: {cards: 4, loans: 1}}")
    skilled += "skills:\n  cards: {name: Карты}\n  loans: {name: Кредиты}\n"
    bank.settle(skilled)
    skills = rows(bank, "skill")
    levels = {held["SkillId"]: held["Level"] for held in bank.user("anna@bank.example")["Skills"]}
    assert levels == {skills["Карты"]["Id"]: 4, skills["Кредиты"]["Id"]: 1}
    bank.settle(skilled.replace("{cards: 4, loans: 1}", "{cards: 5}"))
    assert bank.user("anna@bank.example")["Skills"] == [{"SkillId": skills["Карты"]["Id"], "Level": 5}]


def test_a_leaver_is_inactive_and_his_appeals_return(bank: Bank) -> None:
    bank.settle(TEAM)
    without = TEAM[: TEAM.index("  boris")]
    bank.declare(without)
    told = bank.ccconf("plan")
    assert told.code == CHANGES
    assert "open appeals go back to the queue" in told.text
    bank.settle(without)
    boris = bank.user("boris@bank.example")
    assert (boris["Inactive"], boris.get("RoleIds")) == (True, None)
    signed_out = ["logout", "appeals-return", "revoke-tokens"]
    assert bank.emulator.done_to("boris@bank.example") == ["appeals-return", *signed_out]
    calls = [exchange.request.path for exchange in bank.exchanges if exchange.body.get("Id") == boris["Id"]]
    assert calls.index("/api/users/set-status") < calls.index("/api/users/update")
    bank.settle(TEAM)
    assert "Inactive" not in bank.user("boris@bank.example")


def test_a_leaver_who_could_not_be_signed_out_is_not_forgotten(bank: Bank) -> None:
    """The platform refuses once, after he was made inactive: the next plans ask for what is left until it is done."""
    bank.settle(TEAM)
    bank.declare(TEAM.replace("  boris:", "  # boris:"))
    bank.goes_wrong(kind="status", code=403, path="revoke", times=1)
    ran = bank.ccconf("apply --yes")
    assert ran.code == 5 and "failed    update user/boris" in ran.out
    assert bank.user("boris@bank.example")["Inactive"] is True
    assert "revoke-tokens" not in bank.emulator.done_to("boris@bank.example")
    plan = bank.ccconf("plan")
    assert plan.code == 2 and "leaves: signed out, access tokens revoked" in plan.out, plan.text
    done = bank.ccconf("apply --yes")
    assert done.code == 0, done.text
    assert "revoke-tokens" in bank.emulator.done_to("boris@bank.example")
    bank.settled()


def test_who_was_deleted_is_restored_and_not_made_anew(bank: Bank) -> None:
    bank.settle(TEAM)
    before = bank.user("boris@bank.example")["Id"]
    bank.target(leavers="delete")
    bank.settle(TEAM[: TEAM.index("  boris")])
    assert bank.emails() == ["anna@bank.example"]
    (gone,) = bank.rows("user.list", Deleted=True)
    assert (gone["Id"], gone["Deleted"], gone["DeletedAt"] > 1_600_000_000_000) == (before, True, True)
    bank.declare(TEAM.replace("boris:", "boris@bank.example:").replace("Борис Сад", "Борис Луг"))
    told = bank.ccconf("plan")
    assert "comes back" in told.text
    bank.settle(TEAM.replace("boris:", "boris@bank.example:").replace("Борис Сад", "Борис Луг"))
    back = bank.user("boris@bank.example")
    assert (back["Id"], back["Name"], back["RestoredAt"] > 0) == (before, "Борис Луг", True)
    assert bank.asked("/api/users/restore") == 1


def test_a_bot_needs_no_address_but_the_module(tmp_path: Path, bank: Bank) -> None:
    bots = TEAM + "  helper: {name: Помощник, type: bot}\n"
    bank.settle(bots)
    (bot,) = [row for row in bank.rows("user.list") if row["Type"] == "Bot"]
    assert (bot["Name"], "Email" in bot) == ("Помощник", False)
    bank.settle(bots.replace("type: bot", "type: bot, position: Справки"))
    assert bank.emails() == ["anna@bank.example", "boris@bank.example", "Помощник"]
    bank.target(licence={"edition": "base", "modules": ["iqpro"]})
    refused = bank.ccconf("plan")
    assert refused.code == 1
    assert "CC401 1 users of type bot" in refused.text and "buy module bots" in refused.text


def test_everybody_gets_one_schedule(bank: Bank) -> None:
    bank.settle(TEAM)
    bank.settle("defaults: {users: {schedule: day}}\n" + TEAM.replace(", schedule: day", ""))
    day = rows(bank, "schedule")["Дневной"]["Id"]
    assert [row["ScheduleId"] for row in bank.rows("user.list")] == [day, day]


def test_a_picture_is_uploaded_exchanged_and_deleted(bank: Bank) -> None:
    pictures = bank.folder / "manifests" / "avatars"
    pictures.mkdir()
    (pictures / "a.png").write_bytes(b"\x89PNG one")
    pictured = TEAM.replace("name: Анна Лес", "name: Анна Лес, avatar: avatars/a.png")
    bank.settle(pictured)
    first = bank.user("anna@bank.example")["AvatarId"]
    (pictures / "a.png").write_bytes(b"\x89PNG two")
    bank.settle(pictured)
    assert bank.user("anna@bank.example")["AvatarId"] not in (None, first)
    sent = [exchange.body for exchange in bank.exchanges if exchange.request.path == "/api/users/set-avatar"]
    assert base64.b64decode(sent[-1]["Content"]) == b"\x89PNG two"
    bank.settle(TEAM.replace("name: Анна Лес", "name: Анна Лес, avatar: null"))
    assert "AvatarId" not in bank.user("anna@bank.example")


# --------------------------------------------------------------------------------------- roles, skills and schedules


def test_roles_are_created_changed_assigned_and_deleted(bank: Bank) -> None:
    bank.settle(TEAM)
    more = TEAM.replace(
        "permissions: {users: read}}",
        "permissions: {users: read}}\n  lead: {name: Старший, permissions: {users: admin}}",
    )
    more = more.replace("email: boris@bank.example, roles: [operator]", "email: boris@bank.example, roles: [lead]")
    bank.settle(more)
    assert rows(bank, "role")["Старший"]["Levels"] == {"users": "admin"}
    assert bank.user("boris@bank.example")["RoleIds"] == [rows(bank, "role")["Старший"]["Id"]]
    bank.settle(more.replace("{users: admin}", "{users: read}"))
    assert rows(bank, "role")["Старший"]["Levels"] == {"users": "read"}
    bank.settle(TEAM)
    assert list(rows(bank, "role")) == ["Оператор"]


def test_a_renamed_role_stays_the_same_role(bank: Bank) -> None:
    bank.settle(TEAM)
    before = rows(bank, "role")["Оператор"]["Id"]
    bank.settle(TEAM.replace("operator: {name: Оператор,", "operator: {name: Специалист,"))
    assert rows(bank, "role")["Специалист"]["Id"] == before
    assert bank.user("anna@bank.example")["RoleIds"] == [before]


def test_a_segment_role_carries_its_segment(bank: Bank) -> None:
    segment = bank.emulator.estate.create("group", "Розница", {"name": "Розница"})
    role = "  chief: {name: Старший смены, scope: segment, segment: Розница}\n"
    manifest = TEAM.replace("schedules:\n", f"{role}schedules:\n").replace(
        "email: boris@bank.example, roles: [operator]", "email: boris@bank.example, roles: [operator, chief]"
    )
    bank.settle(manifest)
    assert rows(bank, "role")["Старший смены"]["ProjectId"] == segment
    bank.declare(manifest.replace("segment: Розница", "segment: Опт"))
    failed = bank.ccconf("apply --yes")
    assert failed.code == 5
    assert "iQChannels has no segment called Опт" in failed.text


def test_hours_with_breaks_lateness_and_overtime(bank: Bank) -> None:
    night = (
        '  night: {name: Ночной, weekly: {mon: ["21:00-09:00"], sun: ["00:00-24:00"]}, breaks: {mon: ["21:00-21:15"]}, '
        "lateness_minutes: 0, overtime_minutes: 15}\n"
    )
    bank.settle(TEAM.replace("users:\n  anna", f"{night}users:\n  anna"))
    row = rows(bank, "schedule")["Ночной"]
    assert row["Hours"] == [{"Day": 1, "Start": 1260, "End": 540}, {"Day": 7, "End": 1440}]
    assert row["Breaks"] == [{"Day": 1, "Start": 1260, "End": 1275}]
    assert (row["LatenessMinutes"], row["OvertimeMinutes"]) == (0, 15)


def test_the_base_licence_has_two_schedules_and_no_skills(tmp_path: Path) -> None:
    with Bank(tmp_path) as bank:
        three = TEAM.replace("users:\n", "  b: {name: B}\n  c: {name: C}\nusers:\n", 1)
        bank.declare(three)
        assert "CC401 3 work schedules: the licence allows 2" in bank.ccconf("plan").text
        bank.declare(TEAM + "skills: {cards: {name: Карты}}\n")
        assert "CC401 1 skills: the licence allows none" in bank.ccconf("plan").text


def test_what_the_platform_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    """The licence says more than the installation has."""
    with Bank(tmp_path) as bank:
        bank.target(licence={"edition": "base", "modules": ["iqpro", "bots"]})
        bank.declare(
            TEAM.replace("users:\n", "  b: {name: B}\n  c: {name: C}\nusers:\n", 1)
            + "  bot: {name: Бот, type: bot}\nskills: {cards: {name: Карты}}\n"
        )
        failed = bank.ccconf("apply --yes")
        assert failed.code == 5
        for words in (
            "1 users of type bot: the licence allows",
            "1 skills: the licence allows",
            "3 work schedules: the",
        ):
            assert f"iQChannels: {words}" in failed.text


# ------------------------------------------------------------------------------------------------------ the whole way


def test_an_existing_installation_is_taken_over_and_then_nothing_is_left(tmp_path: Path) -> None:
    with Bank(tmp_path, BOTH, Seed(users=60, seed=3)) as bank:
        first = bank.emulator.estate.user("user1@bank.example")
        bank.emulator.estate.set_picture(first, b"\x89PNG somebody")
        bank.look("group")  # no path shows a segment whole
        imported = bank.ccconf("import")
        assert imported.code == DONE, imported.text
        checked = bank.ccconf("validate")
        assert (checked.code, "0 errors" in checked.text) == (DONE, True), checked.text
        bank.settled()
        files = {path: path.read_bytes() for path in (tmp_path / "manifests").rglob("*") if path.is_file()}
        assert any(content == b"\x89PNG somebody" for content in files.values())
        assert bank.ccconf("import --force").code == DONE
        assert {path: path.read_bytes() for path in files} == files


def test_the_segments_of_a_leaver_are_left_to_a_person_and_he_is_inactive_at_once(tmp_path: Path) -> None:
    with Bank(tmp_path, BOTH, Seed(users=4)) as bank:
        estate = bank.emulator.estate
        estate.change(estate.user("user2@bank.example"), {"groups": {"Розница": {}}})
        bank.look("group", "user")
        assert bank.ccconf("import").code == DONE
        manifest = bank.folder / "manifests" / "users.yaml"
        everybody = manifest.read_text(encoding="utf-8")
        assert "Розница" in everybody
        bank.settled()
        assert bank.ccconf("apply --yes").code == DONE  # from now on they are ours
        start, end = (everybody.index(f"  user{number}@") for number in (2, 3))
        manifest.write_text(everybody[:start] + everybody[end:], encoding="utf-8")
        partly = bank.ccconf("apply --yes")
        assert partly.code == 6, partly.text
        assert "waiting   complete user/user2@bank.example  a person has to do this" in partly.text
        left = bank.user("user2@bank.example")
        assert (left["Inactive"], left.get("RoleIds"), left.get("ScheduleId")) == (True, None, None)
        estate.change(estate.user("user2@bank.example"), {"groups": {}})  # somebody does it
        bank.look("group", "user")
        bank.settled()


def test_a_change_on_screen_is_found_and_put_right(bank: Bank) -> None:
    bank.settle(TEAM)
    bank.emulator.call("user.update", {**bank.user("anna@bank.example"), "Name": "Инна Лес"})
    told = bank.ccconf("plan")
    assert told.code == CHANGES
    assert "Инна Лес" in told.text and "Анна Лес" in told.text
    bank.settle(TEAM)
    assert bank.user("anna@bank.example")["Name"] == "Анна Лес"


def test_a_saved_plan_is_applied_as_it_was_reviewed(bank: Bank) -> None:
    bank.declare(TEAM)
    assert bank.ccconf(f"plan --out {bank.folder}/saved.json").code == CHANGES
    assert bank.ccconf(f"apply {bank.folder}/saved.json --yes").code == DONE
    bank.settled()
