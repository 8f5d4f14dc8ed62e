"""The emulator as another program meets it: documented forms, the vendor's rules, and screens beside the API."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.model.change import Create
from ccconf.platforms.iqchannels.emulator import Emulator, Options, Refusal, Seed
from tests.screens.person import Person

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUN = "import sys; from ccconf.cli.emulator import command; sys.exit(command(sys.argv[1:], standalone_mode=False))"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(Options(modules=("iqpro", "bots")), seed=Seed(users=3), now=lambda: NOON) as one:
        yield one


@pytest.fixture
def url(emulator: Emulator) -> Iterator[str]:
    with emulator.serving() as server:
        yield server.url


def ask(emulator: Emulator, url: str, path: str, body: Any = None, **how: Any) -> Any:
    """One call, as the vendor's pages describe it."""
    cookies = {"user-session": emulator.session}
    answer = requests.post(
        url + path, **{"json": body if body is not None else {}, "cookies": cookies, "timeout": 10, **how}
    )
    assert answer.status_code == 200
    return answer.json()


class TestTheForm:
    """What is documented."""

    def test_the_envelope_with_related_objects_and_milliseconds(self, emulator: Emulator, url: str) -> None:
        told = ask(emulator, url, "/api/users/list", {"Limit": 1})
        assert set(told) == {"OK", "Result", "Rels"}
        (row,) = told["Result"]
        assert row["CreatedAt"] == NOON.timestamp() * 1000
        assert row["RoleIds"] == [role["Id"] for role in told["Rels"]["Roles"]]
        assert [row["ScheduleId"]] == [schedule["Id"] for schedule in told["Rels"]["Schedules"]]
        assert "Deleted" not in row  # a missing value is its type's default

    def test_fifty_rows_unless_more_are_asked_for(self) -> None:
        with Emulator(Options(largest_page=70), seed=Seed(users=80)) as emulator, emulator.serving() as server:
            for limit, rows in (
                ({}, 50),
                ({"Limit": 60}, 60),
                ({"Limit": 500}, 70),
                ({"Offset": 75}, 5),
                ({"Offset": 80}, 0),
            ):
                assert len(ask(emulator, server.url, "/api/users/list", limit)["Result"]) == rows

    @pytest.mark.parametrize(
        ("path", "body", "code"),
        [
            ("/api/users/list", {"Limit": -1}, "bad_request"),
            ("/api/users/list", {"Limit": "many"}, "bad_request"),
            ("/api/users/get", {"Id": 999}, "not_found"),
            ("/api/users/create", {"Email": "x@bank.example"}, "invalid"),
            ("/api/users/create", {"Name": "X", "Email": "nobody"}, "invalid"),
            ("/api/users/create", {"Name": "X", "Type": "Robot"}, "invalid"),
            ("/api/users/create", {"Name": "X", "RoleIds": [999]}, "invalid"),
            ("/api/users/create", {"Name": "X", "Email": "USER1@bank.example"}, "invalid"),
            ("/api/users/set-avatar", {"Id": 1, "Content": "*"}, "bad_request"),
            ("/api/files/get", {"Id": "nothing"}, "not_found"),
            ("/api/roles/create", {"Name": "X", "ProjectId": 999}, "invalid"),
            ("/api/roles/create", {"Name": "X", "Levels": {"users": "king"}}, "invalid"),
            ("/api/roles/create", {}, "invalid"),
            ("/api/schedules/create", {"Name": "X", "Timezone": "Moscow"}, "invalid"),
            ("/api/schedules/create", {"Name": "X", "Hours": [{"Day": 8, "End": 60}]}, "invalid"),
            ("/api/schedules/create", {"Name": "X", "Hours": [{"Day": 1}]}, "invalid"),
            ("/api/users/restore", {"Id": 1}, "not_found"),
        ],
    )
    def test_a_no_is_status_200_too(self, emulator: Emulator, url: str, path: str, body: Any, code: str) -> None:
        told = ask(emulator, url, path, body)
        assert (told["OK"], told["Error"]["Code"]) == (False, code)
        assert told["Error"]["Text"]

    def test_a_body_that_is_no_json(self, emulator: Emulator, url: str) -> None:
        assert ask(emulator, url, "/api/users/list", json=None, data=b"{")["Error"]["Code"] == "bad_request"

    @pytest.mark.parametrize("cookies", [{}, {"user-session": "wrong"}, {"client-session": "x"}])
    def test_nobody_without_a_session(self, emulator: Emulator, url: str, cookies: dict[str, str]) -> None:
        assert ask(emulator, url, "/api/users/list", cookies=cookies)["Error"]["Code"] == "unauthorized"
        emulator.end_session()
        assert ask(emulator, url, "/api/users/list", cookies={"user-session": ""})["Error"]["Code"] == "unauthorized"

    def test_what_is_outside_the_application(self, url: str) -> None:
        assert requests.get(f"{url}/api/users/list", timeout=10).status_code == 405
        assert requests.post(f"{url}/api/users/fire", json={}, timeout=10).status_code == 404


class TestTheRules:
    """What the document says of licences and deletion."""

    def test_bots_skills_and_schedules_need_their_modules(self) -> None:
        with Emulator() as emulator:
            emulator.call("schedule.create", {"Name": "A"})
            emulator.call("schedule.create", {"Name": "B"})
            for name, body, words in (
                ("user.create", {"Name": "X", "Type": "Bot"}, "users of type bot"),
                ("skill.create", {"Name": "X"}, "skills"),
                ("schedule.create", {"Name": "C"}, "work schedules"),
            ):
                with pytest.raises(Refusal, match=words) as raised:
                    emulator.call(name, body)
                assert raised.value.code == "invalid"

    def test_deletion_is_a_flag_and_the_address_stays_taken(self, emulator: Emulator) -> None:
        emulator.call("user.delete", {"Id": emulator.call("user.list", {"Query": "user2@"})[0]["Id"]})
        (gone,) = emulator.call("user.list", {"Deleted": True})
        assert (gone["Deleted"], gone["DeletedAt"]) == (True, NOON.timestamp() * 1000)
        with pytest.raises(Refusal, match="restore it"):
            emulator.call("user.create", {"Name": "New", "Email": "User2@bank.example"})
        back = emulator.call("user.restore", {"Id": gone["Id"]})
        assert (back["Id"], back["RestoredAt"]) == (gone["Id"], NOON.timestamp() * 1000)
        assert "DeletedAt" not in back

    def test_a_role_stays_in_its_namespace(self, emulator: Emulator) -> None:
        (role,) = [row for row in emulator.call("role.list", {}) if "ProjectId" in row]
        with pytest.raises(Refusal, match="different things"):
            emulator.call("role.update", {"Id": role["Id"], "Name": role["Name"]})

    def test_what_is_missing_in_a_change_becomes_its_default(self, emulator: Emulator) -> None:
        (row, *_) = emulator.call("user.list", {"Query": "user1@"})
        changed = emulator.call("user.update", {"Id": row["Id"], "Name": "Only"})
        assert set(changed) == {"Id", "Name", "Type", "CreatedAt"} | ({"Online"} & set(row))

    def test_what_is_in_use_stays(self, emulator: Emulator) -> None:
        (admin, *_) = emulator.call("user.list", {"Query": "user1@"})
        for kind, id_ in (("role", admin["RoleIds"][0]), ("schedule", admin["ScheduleId"])):
            with pytest.raises(Refusal, match="still used"):
                emulator.call(f"{kind}.delete", {"Id": id_})


def test_what_a_database_holds_is_there_again(tmp_path: Path) -> None:
    options = Options(database=tmp_path / "iq.db")
    with Emulator(options, seed=Seed(users=2)) as first:
        before = first.call("user.list", {})
    with Emulator(options, seed=Seed(users=9)) as second:
        kept = ("Id", "Name", "Email", "RoleIds")
        after = second.call("user.list", {})
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]


def test_what_a_person_does_on_the_screens_is_seen_by_the_api(emulator: Emulator, url: str) -> None:
    somebody = Person(url, facts_of("ccconf.platforms.iqchannels"), guide_of("ccconf.platforms.iqchannels"), "ru")
    fields = {"name": "Зоя Мост", "email": "zoya@bank.example", "position": "Оператор"}
    somebody.perform(Create(kind="user", key="zoya@bank.example", fields=fields))
    (row,) = ask(emulator, url, "/api/users/list", {"Query": "zoya@"})["Result"]
    assert (row["Name"], row["Position"], row["Type"]) == ("Зоя Мост", "Оператор", "Operator")
    assert "zoya@bank.example" in somebody.look(["user"]).kinds["user"].objects


def test_the_command_tells_how_to_reach_it_and_what_is_guessed(tmp_path: Path) -> None:
    options = (
        "--users",
        "4",
        "--module",
        "iqpro",
        "--module",
        "bots",
        "--session",
        "mine",
        "--faults",
        "status=503:at=1",
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "iqchannels", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        try:
            words = ""
            for line in process.stdout:
                words += line
                if line.startswith("Ctrl-C"):
                    break
            assert "not iQChannels and was not made by iQStore" in words
            assert "are ccconf's guesses" in words
            assert "licence: {edition: base, modules: [iqpro, bots]}" in words
            assert "options: {paths: assumed}" in words
            found = re.search(r"listens on (http://[^:]+:\d+)", words)
            assert found is not None
            how: dict[str, Any] = {"json": {}, "cookies": {"user-session": "mine"}, "timeout": 10}
            answers = [requests.post(f"{found[1]}/api/users/list", **how) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [503, 200]
            assert len(answers[1].json()["Result"]) == 4
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=10)
            assert "has stopped" in rest
            assert (errors, process.returncode) == ("", 0)
        finally:
            process.kill()  # whatever did not come about: nobody waits for it
