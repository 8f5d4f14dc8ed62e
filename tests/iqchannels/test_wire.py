"""How iQChannels is talked to: POST and envelope, listings without a total, related objects beside them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccconf.emulation import Answer, Request
from ccconf.errors import Broken, CcconfError
from ccconf.model.change import Create
from ccconf.model.refs import Ref
from ccconf.model.user import User
from ccconf.platform.contract import Observed
from ccconf.platforms.iqchannels import client
from ccconf.platforms.iqchannels.connection import IqChannels
from ccconf.platforms.iqchannels.emulator import Options, Seed
from tests.iqchannels.bank import Bank

BOTH = Options(modules=("iqpro", "bots"))


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with Bank(tmp_path, BOTH, Seed(users=12)) as one:
        yield one


def items(connection: IqChannels, kind: str) -> list[Observed]:
    (page,) = connection.observe(kind)
    assert page.total == len(page.items)
    return list(page.items)


def codes(error: CcconfError) -> list[str]:
    return [found.code for found in error.findings]


def envelope(result: Any, **rels: Any) -> Answer:
    """An answer as the platform gives it."""
    return Answer(200, json.dumps({"OK": True, "Result": result, "Rels": rels}).encode())


class TestConventions:
    """What the vendor's pages say of every call."""

    def test_every_call_is_a_post_of_json_with_the_staff_cookie(self, bank: Bank) -> None:
        connection = bank.connect()
        for kind in ("role", "skill", "schedule", "user"):
            items(connection, kind)
        assert {exchange.request.method for exchange in bank.exchanges} == {"POST"}
        assert {exchange.request.headers["cookie"] for exchange in bank.exchanges} == {
            f"user-session={bank.emulator.session}"
        }
        assert {exchange.request.headers["content-type"] for exchange in bank.exchanges} == {"application/json"}
        assert all(exchange.answer.status == 200 for exchange in bank.exchanges)

    def test_missing_values_are_defaults(self, bank: Bank) -> None:
        bank.alter = lambda request, answer: envelope([{"Id": 7, "Name": "Анна"}] if _begins(request) else [])
        connection = bank.connect({"user.list": "assumed"})
        bank.alter = _one_page([{"Id": 7, "Name": "Анна"}])
        (found,) = items(connection, "user")
        assert (found.ref, found.native_id) == (Ref("user", "Анна"), "7")
        assert found.resource == User(name="Анна", type="human", status="active")

    def test_a_listing_without_a_result_is_empty(self, bank: Bank) -> None:
        bank.alter = lambda request, answer: Answer(200, b'{"OK":true}')
        assert items(bank.connect(), "skill") == []

    def test_references_resolve_by_the_related_objects_alone(self, bank: Bank) -> None:
        connection = bank.connect({"user.list": "assumed"})
        found = items(connection, "user")
        assert {name for item in found for name in getattr(item.resource, "roles", ())} == {"Администратор", "Оператор"}
        assert {request.request.path for request in bank.exchanges} == {"/api/users/list"}

    def test_a_deleted_role_gives_nothing(self, bank: Bank) -> None:
        row = {"Id": 7, "Name": "Анна", "RoleIds": [1, 2]}
        bank.alter = _one_page([row], Roles=[{"Id": 1, "Name": "A"}, {"Id": 2, "Name": "B", "Deleted": True}])
        (found,) = items(bank.connect({"user.list": "assumed"}), "user")
        assert getattr(found.resource, "roles", None) == ("A",)

    def test_no_secret_is_in_the_words_of_a_call(self, bank: Bank) -> None:
        connection = bank.connect()
        change = Create(kind="user", key="x@bank.example", fields={"name": "X", "email": "x@bank.example"})
        assert connection.calls(change) == ("POST /api/users/create {DisplayName, Email, Name}",)

    @pytest.mark.parametrize(
        ("code", "finding"),
        [
            ("unauthorized", "CC708"),
            ("forbidden", "CC709"),
            ("invalid", "CC702"),
            ("bad_request", "CC702"),
            ("internal_server_error", "CC707"),
            ("brand_new", "CC710"),
        ],
    )
    def test_each_documented_code_has_a_meaning(self, bank: Bank, code: str, finding: str) -> None:
        error = {"OK": False, "Error": {"Code": code, "Text": "in the vendor's\nwords"}}
        bank.alter = lambda request, answer: Answer(200, json.dumps(error).encode())
        with pytest.raises(Broken) as raised:
            items(bank.connect(), "role")
        assert codes(raised.value) == [finding]
        assert code == "brand_new" or "in the vendor's words" in raised.value.findings[0].message

    @pytest.mark.parametrize(
        "body",
        [
            b"<!DOCTYPE html><h1>Sign in</h1>",
            b"[]",
            b"{}",
            b'{"OK": true, "Result": 5}',
            b'{"OK": true, "Result": [{"Name": "no id"}]}',
            b'{"OK": true, "Result": [{"Id": "7"}]}',
            b'{"OK": true, "Result": [], "Rels": [1]}',
            b'{"OK": true, "Result": [], "Rels": {"Roles": {"Id": 1}}}',
            b"\xff\xfe",
            b"[" * 100_000,
        ],
    )
    def test_what_is_no_envelope_is_nothing(self, bank: Bank, body: bytes) -> None:
        bank.alter = lambda request, answer: Answer(200, body)
        with pytest.raises(Broken) as raised:
            items(bank.connect(), "role")
        assert codes(raised.value) == ["CC710"]

    @pytest.mark.parametrize(
        ("kind", "row"),
        [
            ("user", {"RoleIds": [17]}),
            ("user", {"RoleIds": 17}),
            ("user", {"Skills": [5]}),
            ("user", {"Skills": [{"Level": 2}]}),
            ("user", {"ScheduleId": 17}),
            ("schedule", {"Hours": [{"Day": 9}]}),
            ("schedule", {"Hours": [{"Start": 60}]}),
            ("schedule", {"Hours": "always"}),
            ("role", {"Levels": ["users"]}),
        ],
    )
    def test_a_row_of_another_form_is_told(self, bank: Bank, kind: str, row: dict[str, Any]) -> None:
        """Among them an id that neither the related objects nor a list explains."""
        bank.alter = _one_page([{"Id": 7, "Name": "Somebody", **row}])
        with pytest.raises(Broken) as raised:
            items(bank.connect({f"{kind}.list": "assumed"}), kind)
        assert codes(raised.value) == ["CC710"]

    def test_another_user_than_asked_for_is_nobody(self, bank: Bank) -> None:
        connection = bank.connect()
        bank.alter = lambda request, answer: envelope({"Id": 8, "Name": "Another"})
        with pytest.raises(Broken) as raised:
            connection.current("user", "7")
        assert codes(raised.value) == ["CC710"]

    @pytest.mark.parametrize("session", ["", "two words", "a;b", 'a"b', "ключ"])
    def test_a_session_that_is_none_is_told_before_anything_is_sent(self, bank: Bank, session: str) -> None:
        with pytest.raises(Broken) as raised:
            items(bank.connect(credentials={"session": session}), "role")
        assert codes(raised.value) == ["CC708"]
        assert session == "" or session not in str(raised.value)
        assert bank.exchanges == []


def _begins(request: Request) -> bool:
    offset: int = msgspec.json.decode(request.body)["Offset"]
    return offset == 0


def _one_page(rows: list[dict[str, Any]], **rels: Any) -> Any:
    """Answers a listing that has these rows, whatever the emulator has."""

    def alter(request: Request, answer: Answer) -> Answer:
        asked = msgspec.json.decode(request.body)
        return envelope(rows[asked["Offset"] : asked["Offset"] + asked["Limit"]], **rels)

    return alter


class TestTheAddress:
    """Where to: nothing is sent before that is clear."""

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"url": "iq.bank.example"}, "iq.bank.example is no address"),
            ({"url": "ftp://iq.bank.example"}, "is no address"),
            ({"options": {"paths": "assumed", "ca": "nowhere.pem"}}, "the certificate file nowhere.pem is not there"),
        ],
    )
    def test_what_leads_nowhere_is_told(self, bank: Bank, more: dict[str, Any], words: str) -> None:
        with pytest.raises(Broken) as raised:
            items(bank.connect(**more), "role")
        assert codes(raised.value) == ["CC707"]
        assert words in raised.value.findings[0].message


class TestPages:
    """Only a page that brings nothing new ends a listing; one that moves is no listing."""

    @pytest.mark.parametrize("largest", [1, 2, 3, 5, 11, 12, 13, None])
    @pytest.mark.parametrize("asked", [2, 5, 200])
    def test_a_small_largest_page_is_not_the_end(
        self, tmp_path: Path, largest: int | None, asked: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "PAGE", asked)
        with Bank(tmp_path, msgspec.structs.replace(BOTH, largest_page=largest), Seed(users=12)) as bank:
            assert len(items(bank.connect(), "user")) == 12
            assert len(items(bank.connect(), "role")) == 3

    def test_nobody_at_all(self, tmp_path: Path) -> None:
        with Bank(tmp_path, BOTH) as bank:
            assert items(bank.connect(), "user") == []
            assert next(iter(bank.connect().departed("user"))).items == ()

    def test_a_row_that_leaves_while_pages_are_read_is_noticed(
        self, bank: Bank, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once: the listing is read again and is whole. Without end: there is no listing."""
        monkeypatch.setattr(client, "PAGE", 5)
        left = ["user2@bank.example"]
        bank.alter = self._somebody_leaves(bank, left)
        found = items(bank.connect(), "user")
        assert sorted(item.ref.key for item in found) == bank.emails()
        assert len(found) == 11
        bank.alter = self._somebody_leaves(bank, [f"user{number}@bank.example" for number in (1, 3, 4, 5, 6)])
        with pytest.raises(Broken) as raised:
            items(bank.connect(), "user")
        assert codes(raised.value) == ["CC605"]

    def _somebody_leaves(self, bank: Bank, whom: list[str]) -> Any:
        """Somebody of the first page is deleted after each first page."""

        def alter(request: Request, answer: Answer) -> Answer:
            if request.path == "/api/users/list" and _begins(request) and whom:
                bank.emulator.call("user.delete", {"Id": bank.user(whom.pop(0))["Id"]})
            return answer

        return alter

    def test_a_row_that_comes_before_is_noticed(self, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "PAGE", 5)
        rows = [{"Id": number, "Name": f"N{number}"} for number in range(10, 20)]

        def alter(request: Request, answer: Answer) -> Answer:
            reply: Answer = _one_page(list(rows))(request, answer)
            if _begins(request) and len(rows) < 12:
                rows.insert(0, {"Id": 90 + len(rows), "Name": f"new {len(rows)}"})
            return reply

        bank.alter = alter
        assert len(items(bank.connect(), "skill")) == 12

    def test_a_row_that_is_given_twice_is_no_listing(self, bank: Bank) -> None:
        rows = [{"Id": number, "Name": f"N{number}"} for number in (1, 2, 2)]
        bank.alter = _one_page(rows)
        with pytest.raises(Broken) as raised:
            items(bank.connect(), "skill")
        assert codes(raised.value) == ["CC605"]

    def test_a_platform_that_ignores_offset_is_refused(self, bank: Bank) -> None:
        bank.alter = lambda request, answer: envelope([{"Id": 1, "Name": "A"}, {"Id": 2, "Name": "B"}])
        with pytest.raises(Broken) as raised:
            items(bank.connect(), "skill")
        assert codes(raised.value) == ["CC605"]

    def test_a_platform_that_ignores_deleted_shows_nobody_twice(self, bank: Bank) -> None:
        rows = [{"Id": 1, "Name": "A"}, {"Id": 2, "Name": "B", "Deleted": True}]
        bank.alter = _one_page(rows)
        connection = bank.connect({"user.list": "assumed"})
        assert [item.ref.key for item in items(connection, "user")] == ["A"]
        assert [item.ref.key for page in connection.departed("user") for item in page.items] == ["B"]


class TestNames:
    """What is called alike is told apart, so that nobody is taken for somebody else."""

    def test_a_role_of_a_segment_may_be_called_like_one_of_the_system(self, bank: Bank) -> None:
        rows = [
            {"Id": 1, "Name": "Lead"},
            {"Id": 2, "Name": "Lead", "ProjectId": 9},
            {"Id": 3, "Name": "Clerk", "ProjectId": 9},
        ]
        bank.alter = _one_page(rows, Projects=[{"Id": 9, "Name": "Retail"}])
        found = items(bank.connect(), "role")
        assert [item.ref.key for item in found] == ["Lead", "Lead (Retail)", "Clerk"]
        assert [getattr(item.resource, "segment", None) or "" for item in found] == ["", "Retail", "Retail"]

    def test_two_bots_of_one_name_are_told_apart_by_their_ids(self, bank: Bank) -> None:
        rows = [{"Id": number, "Name": "Bot", "Type": "Bot"} for number in (7, 9)]
        bank.alter = _one_page(rows)
        connection = bank.connect({"user.list": "assumed"})
        assert [item.ref.key for item in items(connection, "user")] == ["Bot (7)", "Bot (9)"]
        found = connection.lookup(Ref("user", "Bot (9)"))
        assert found is not None and found.native_id == "9"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, b"<h1>Sign in</h1>", (("Content-Type", "text/html; charset=utf-8"),)), "CC710"),
        (Answer(200, b'{"OK":true}', (("Content-Type", "application/json"),)), "CC710"),
        (Answer(404, b"nothing"), "CC707"),
        (
            Answer(200, b'{"OK":false,"Error":{"Code":"not_found"}}', (("Content-Type", "application/json"),)),
            "CC702",
        ),
    ],
)
def test_what_is_no_picture_is_nobodys(bank: Bank, answer: Answer, code: str) -> None:
    bank.emulator.estate.set_picture(bank.emulator.estate.user("user1@bank.example"), b"\x89PNG")
    bank.alter = lambda request, given: answer if request.path.endswith("files/get") else given
    with pytest.raises(Broken) as raised:
        items(bank.connect(), "user")
    assert codes(raised.value) == [code]


def test_pictures_are_looked_at_once_and_side_by_side(bank: Bank) -> None:
    for number in range(1, 9):
        user = bank.emulator.estate.user(f"user{number}@bank.example")
        bank.emulator.estate.set_picture(user, b"\x89PNG %d" % (number % 4))
    connection = bank.connect()
    together = threading.Barrier(2, timeout=5)
    bank.alter = lambda request, answer: (request.path.endswith("files/get") and together.wait(), answer)[1]
    digests = {getattr(item.resource, "avatar", None) for item in items(connection, "user")}
    items(connection, "user")
    assert bank.asked("/api/files/get") == 4
    assert len(digests) == 5  # and some have none
