"""A read that is whole by its own account, and yet lacks much of what ccconf applied, is no ground for a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccconf.conformance.worlds import World
from ccconf.emulation import Answer, Request
from ccconf.errors import Refused
from ccconf.model.kinds import KINDS
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platforms.iqchannels.emulator import Options
from ccconf.reconcile.plan import Plan
from ccconf.reconcile.planner import Request as PlanRequest
from ccconf.reconcile.planner import make_plan
from ccconf.reconcile.policy import Policy
from tests.iqchannels.bank import Bank
from tests.reconcile.shelf import Sheet, Shelf

EVERYBODY: World = {"user": {f"p{number:02}": {"name": f"P {number}", "status": "active"} for number in range(20)}}


class Office:
    """Twenty people whom ccconf applied, and a platform that may show less of them."""

    def __init__(self) -> None:
        self.shelf = Shelf(EVERYBODY)
        self.owned = {ref.key: Owned(native_id) for native_id, (ref, _) in self.shelf.live.items()}
        self.sheet = Sheet(EVERYBODY)

    def hide(self, count: int) -> None:
        for number in range(count):
            self.shelf.live.pop(f"user-p{number:02}-live")

    def plan(self, **policy: Any) -> Plan:
        known = {kind: self.owned if kind == "user" else {} for kind in KINDS}
        return make_plan(PlanRequest("office", "shelf"), self.sheet, self.shelf, known.__getitem__, Policy(**policy))


@pytest.fixture(name="office")
def use_office() -> Office:
    return Office()


def test_exactly_as_many_may_be_missing_as_may_leave(office: Office) -> None:
    office.hide(5)
    assert office.plan().counts.create == 5
    office = Office()
    office.hide(6)
    with pytest.raises(Refused, match="CC610 the platform does not show 6 users that ccconf applied") as refused:
        office.plan()
    assert "5 may be missing: user/p00, user/p01, user/p02, user/p03, user/p04, …" in str(refused.value)
    assert "say --accept-shrunk user" in refused.value.findings[0].hint
    assert office.plan(accept_shrunk=frozenset({"user"})).counts.create == 6
    assert office.plan(deletes={"user": "30%"}).counts.create == 6
    with pytest.raises(Refused, match="CC610"):
        office.plan(accept_shrunk=frozenset({"group"}))


@pytest.mark.parametrize("limit", ["0%", 0])
def test_none_may_be_missing_where_none_may_leave(office: Office, limit: str | int) -> None:
    office.hide(1)
    with pytest.raises(Refused, match="CC610"):
        office.plan(deletes={"user": limit})


def test_whoever_is_called_otherwise_by_now_is_not_missing(office: Office) -> None:
    for number in range(8):
        native_id = f"user-p{number:02}-live"
        _, fields = office.shelf.live[native_id]
        office.shelf.live[native_id] = Ref("user", f"q{number:02}"), fields
    assert (office.plan().counts.rename, office.plan().counts.create) == (8, 0)


def test_whoever_is_known_to_be_gone_is_not_missing(office: Office) -> None:
    """Deleted on the platform where they can be restored; deactivated by an earlier plan; gone from Git, too."""
    for number in range(8):
        office.shelf.gone[f"user-p{number:02}-live"] = office.shelf.live.pop(f"user-p{number:02}-live")
    assert office.plan().counts.restore == 8
    office = Office()
    office.hide(8)
    office.owned.update({key: own._replace(has_left=True) for key, own in list(office.owned.items())[:8]})
    assert office.plan().counts.create == 8
    office = Office()
    office.hide(8)
    office.sheet = Sheet({"user": dict(list(EVERYBODY["user"].items())[8:])})
    assert not office.plan().steps


def test_somebody_hidden_who_is_to_be_renamed_counts_under_the_name_they_had(office: Office) -> None:
    office.hide(6)
    people = {
        f"n{key}" if number < 6 else key: fields for number, (key, fields) in enumerate(EVERYBODY["user"].items())
    }
    office.sheet = Sheet({"user": people}, {Ref("user", key): key[1:] for key in people if key.startswith("n")})
    with pytest.raises(Refused, match="CC610"):
        office.plan()


def test_an_accepted_emptiness_is_not_asked_about_twice(office: Office) -> None:
    office.hide(20)
    assert office.plan(accept_empty=frozenset({"user"})).counts.create == 20


def test_a_platform_that_hides_rows_without_a_word(tmp_path: Path) -> None:
    """The list tells no number, so nobody could see that it is short; over HTTP, plan and apply."""
    people = "".join(f"  u{number}: {{name: U {number}, email: u{number}@bank.example}}\n" for number in range(12))

    with Bank(tmp_path, Options(modules=("iqpro", "bots"))) as bank:

        def hiding(request: Request, answer: Answer) -> Answer:
            asked = msgspec.json.decode(request.body) if request.path == "/api/users/list" else {"Deleted": True}
            if asked.get("Deleted"):
                return answer
            shown = [row for row in bank.rows("user.list") if row["Email"][:2] not in ("u0", "u1", "u2", "u3")]
            page = shown[asked["Offset"] : asked["Offset"] + asked["Limit"]]
            return answer._replace(body=msgspec.json.encode({**msgspec.json.decode(answer.body), "Result": page}))

        bank.settle(f"users:\n{people}")
        before = bank.emails()
        bank.target(guards={"deletes": {"users": "25%"}})
        bank.declare(f"users:\n{people}  late: {{name: Late, email: late@bank.example}}\n")
        bank.alter = hiding
        for command in ("plan", "apply --yes"):
            ran = bank.ccconf(command)
            assert (ran.code, ran.out) == (3, ""), ran.text
            assert "CC610 the platform does not show 6 users that ccconf applied" in ran.err
        bank.goes_well()
        assert bank.emails() == before, "nobody was made twice"
        assert bank.ccconf("apply --yes").code == 0
        bank.alter = hiding
        assert bank.ccconf("plan --accept-shrunk user").code == 2
