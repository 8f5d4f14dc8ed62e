"""No administrative path is public: none is called unless ccconf.yaml says so, and each can be another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.errors import Broken, Rejected
from ccconf.manifest.facts import facts_of
from ccconf.manifest.paths import parse, paths_of
from ccconf.model.change import Create, FieldChange, Update
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.contract import Operation, Route
from ccconf.platforms.iqchannels.emulator import Options, Seed
from ccconf.platforms.iqchannels.emulator.api import DOORS
from ccconf.platforms.iqchannels.paths import chosen
from tests.iqchannels.bank import Bank

PACKAGE = "ccconf.platforms.iqchannels"
DOCUMENTED = frozenset(
    ("Id", "Name", "DisplayName", "Email", "Online", "Deleted", "AvatarId", "CreatedAt", "LoggedInAt", "LastSeenAt",
     "DeletedAt", "RestoredAt", "ProjectId", "Limit", "Offset")
)  # fmt: skip
"""Names of fields that the vendor's pages have."""


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with Bank(tmp_path, Options(modules=("iqpro", "bots")), Seed(users=4)) as one:
        yield one


class TestTheTable:
    """What stands in `paths.yaml`."""

    def test_every_row_is_a_guess_that_says_on_what_it_rests(self) -> None:
        for row in paths_of(PACKAGE).values():
            assert row.certainty == "unverified"
            assert row.source.startswith("a guess: ")
            assert not DOCUMENTED & set(row.fields), f"{row.name}: these are documented"

    def test_the_emulator_has_exactly_these_doors(self) -> None:
        assert set(DOORS) == set(paths_of(PACKAGE))

    def test_no_name_goes_over_the_wire_that_is_neither_documented_nor_in_the_table(self, bank: Bank) -> None:
        assumed = {name for row in paths_of(PACKAGE).values() for name in row.fields}
        bank.target()
        bank.declare(
            "roles: {r: {permissions: {users: read}, description: D}}\nskills: {s: {description: D}}\n"
            "schedules: {d: {timezone: UTC, weekly: {mon: ['09:00-10:00']}, breaks: {mon: ['09:00-09:05']}, "
            "lateness_minutes: 1, overtime_minutes: 2}}\n"
            "users: {a: {name: A, email: a@bank.example, position: P, type: bot, status: inactive, roles: [r], "
            "skills: {s: 2}, schedule: d}}\n"
        )
        assert bank.ccconf("apply --yes").code == 0
        sent = {name for exchange in bank.exchanges for name in _names(exchange.body)} - {"users"}  # a section's id
        assert sent <= DOCUMENTED | assumed, sent - DOCUMENTED - assumed

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("paths: [{name: user.list, path: /a, source: s, certainty: sure}]", "certainty"),
            ("paths: [{name: user.list, path: a, source: s, certainty: unverified}]", "path"),
            ("paths: [{name: user.list, path: /a, certainty: unverified}]", "source is missing"),
            (
                "paths:\n- &row {name: user.list, path: /a, source: s, certainty: unverified}\n- *row\n",
                "user.list stands here twice",
            ),
        ],
    )
    def test_a_wrong_table_is_told_with_its_place(self, text: str, told: str) -> None:
        with pytest.raises(Broken) as raised:
            parse(text.encode(), "paths.yaml")
        (found,) = raised.value.findings
        assert told in found.message
        assert found.where is not None and found.where.path == "paths.yaml"


def _names(value: Any) -> set[str]:
    match value:
        case dict():
            return {*value, *(name for inner in value.values() for name in _names(inner))}
        case list():
            return {name for inner in value for name in _names(inner)}
        case _:
            return set()


class TestNone:
    """The default."""

    def test_everything_is_as_the_facts_say(self) -> None:
        facts = {(row.kind, row.operation): row for row in facts_of(PACKAGE).support}
        for nothing in ({}, None, {"user.list": None}):
            paths = chosen(nothing)
            assert {(kind, op): paths.support(kind, op) for kind in KINDS for op in Operation} == facts

    def test_not_a_single_request_is_sent(self, bank: Bank) -> None:
        connection = bank.connect({}, url="", credentials={})
        connection.begin()
        for kind in KINDS:
            assert [page.items for page in connection.observe(kind)] == [()]
            assert [page.items for page in connection.departed(kind)] == [()]
            assert connection.lookup(Ref(kind, "anybody")) is None
            assert connection.current(kind, "1") is None
        assert not list(connection.objections([]))
        assert not list(connection.confirm())
        assert connection.file("sha256:00") is None
        connection.close()
        assert len(bank.server.requests) == 0

    def test_a_plan_asks_for_a_snapshot_and_the_platform_for_nothing(self, bank: Bank) -> None:
        bank.target(options={})
        bank.declare("users: {a: {name: A, email: a@bank.example}}\n")
        told = bank.ccconf("plan")
        assert told.code == 3, told.text
        assert "CC609" in told.text
        assert len(bank.server.requests) == 0


class TestSome:
    """What is named goes by API, the rest by hand."""

    def test_reading_alone(self) -> None:
        paths = chosen({"user.list": "assumed"})
        read = paths.support("user", Operation.READ)
        assert (read.route, read.certainty) == (Route.API, "unverified")
        assert read.reason == "POST /api/users/list: unverified, ccconf's own guess"
        assert paths.support("user", Operation.CREATE).route is Route.MANUAL
        assert paths.support("role", Operation.READ).route is Route.MANUAL

    def test_a_write_that_nobody_could_see_goes_by_hand(self) -> None:
        assert chosen({"user.create": "assumed"}).support("user", Operation.CREATE).route is Route.MANUAL

    def test_a_path_of_ones_own_is_said_to_be_so(self) -> None:
        paths = chosen({"role.list": "/staff/roles", "role.update": "assumed"})
        assert paths.support("role", Operation.READ).certainty == "third-party"
        update = paths.support("role", Operation.UPDATE)
        assert update.certainty == "unverified"
        assert update.reason == (
            "POST /api/roles/update: unverified, ccconf's own guess; POST /staff/roles: as ccconf.yaml says"
        )

    def test_the_fields_that_go_by_api_are_named(self) -> None:
        paths = chosen({"user.list": "assumed", "user.update": "assumed", "role.list": "assumed"})
        assert paths.support("user", Operation.UPDATE).fields == ("name", "email", "position", "type", "roles")
        everything = chosen("assumed").support("user", Operation.UPDATE).fields
        assert set(facts_of(PACKAGE).fields["user"]) - set(everything) == {"groups"}
        assert chosen("assumed").support("role", Operation.UPDATE).fields == ()

    def test_segments_and_what_never_comes_back_stay_as_they_are(self) -> None:
        paths = chosen("assumed")
        assert paths.support("group", Operation.READ).route is Route.MANUAL
        assert paths.support("role", Operation.RESTORE).route is Route.NO
        assert paths.support("allowlist", Operation.READ).route is Route.NO
        assert paths.support("user", Operation.RESTORE).route is Route.API

    def test_a_person_without_the_paths_for_one_is_known_by_the_list(self, bank: Bank) -> None:
        connection = bank.connect({"user.list": "assumed"})
        found = connection.lookup(Ref("user", "user2@bank.example"))
        assert found is not None and connection.current("user", found.native_id) == found
        assert connection.current("user", "999") is None
        assert {exchange.request.path for exchange in bank.exchanges} == {"/api/users/list"}

    def test_what_has_no_path_is_left_and_told_and_the_rest_is_done(self, bank: Bank) -> None:
        """A leaver becomes inactive even where his segments have to be taken from him by hand."""
        connection = bank.connect()
        live = connection.lookup(Ref("user", "user2@bank.example"))
        assert live is not None
        changes = (
            FieldChange(field="status", before="active", after="inactive"),
            FieldChange(field="groups", before={"Розница": {}}, after=None),
        )
        change = Update(kind="user", key=live.ref.key, native_id=live.native_id, revision="", changes=changes)
        performed = connection.perform(change)
        assert performed.calls == ("POST /api/users/set-status {Id, Inactive}",)
        assert bank.user("user2@bank.example")["Inactive"] is True
        (left,) = connection.confirm()
        assert left.ref == live.ref
        assert left.what == "groups cannot be set by API: that needs the segment's screens; everything else was done"
        assert list(connection.confirm()) == []
        with pytest.raises(Rejected, match="groups cannot be set by API"):
            connection.perform(
                Update(kind="user", key=live.ref.key, native_id=live.native_id, revision="", changes=changes[1:])
            )

    def test_nobody_is_let_in_who_is_to_be_inactive(self, bank: Bank) -> None:
        connection = bank.connect({"user.list": "assumed", "user.create": "assumed"})
        with pytest.raises(Rejected, match=r"status cannot be set by API: that needs user\.set_status"):
            connection.perform(Create(kind="user", key="x@bank.example", fields={"name": "X", "status": "inactive"}))
        assert "x@bank.example" not in bank.emails()

    def test_a_segment_whose_id_nobody_can_tell(self, bank: Bank) -> None:
        connection = bank.connect({"role.list": "assumed", "role.create": "assumed"})
        fields = {"scope": "segment", "segment": "Розница"}
        with pytest.raises(Rejected, match=r"no path segment\.list"):
            connection.perform(Create(kind="role", key="X", fields=fields))


class TestOthers:
    """The customer's own."""

    def test_they_are_called_instead(self, tmp_path: Path) -> None:
        own = {"user.list": "/staff/v2/people", "user.create": "/staff/v2/hire"}
        with Bank(tmp_path, Options(paths=own)) as bank:
            bank.target(options={"paths": {**own, "user.update": "assumed", "user.get": None}})
            bank.settle("users: {a: {name: A, email: a@bank.example}}\n")
            assert {record.path for record in bank.server.requests} == set(own.values())

    @pytest.mark.parametrize(
        ("paths", "told"),
        [
            ({"user.lst": "assumed"}, "did you mean user.list?"),
            ({"nothing": "/x"}, "nothing is no path of iQChannels"),
            ({"user.list": "people"}, "user.list: people is no path"),
            ({"user.list": "/with blank"}, "is no path"),
            ({"user.list": ""}, "is no path"),
        ],
    )
    def test_what_is_no_path_is_told(self, bank: Bank, paths: dict[str, str], told: str) -> None:
        bank.target(options={"paths": paths})
        bank.declare("users: {a: {name: A}}\n")
        ran = bank.ccconf("plan")
        assert ran.code == 1
        assert "CC202" in ran.text and told in ran.text

    def test_a_wrong_guess_is_told(self, tmp_path: Path) -> None:
        with Bank(tmp_path, Options(paths={"user.list": "/elsewhere"})) as bank:
            bank.declare("users: {a: {name: A, email: a@bank.example}}\n")
            ran = bank.ccconf("plan")
            assert ran.code == 1
            assert "CC707" in ran.text and "answers /api/users/list with status 404" in ran.text
            assert "the vendor publishes no administrative path" in ran.text


def test_what_a_snapshot_is_for_follows_the_paths(tmp_path: Path) -> None:
    """With a path the API shows people; what is left to see are their segments."""
    with Bank(tmp_path) as bank:
        form = tmp_path / "form.csv"
        assert bank.ccconf(f"snapshot template users --out {form}").code == 0
        assert set(form.read_text("utf-8-sig").strip().split(";")) == {"email", "groups", "id", "deleted"}
        (tmp_path / "users.csv").write_text("email,groups\nanna@bank.example,Розница\n", encoding="utf-8")
        taken = bank.ccconf(f"snapshot import {tmp_path / 'users.csv'}")
        assert (taken.code, "CC814" in taken.text) == (0, False), taken.text
        told = bank.ccconf("validate --format json")
        assert not [row for row in told.data["findings"] if "user" in row["message"] and row["code"] == "CC408"]
