"""One live token a client, and who may come in at all."""

from __future__ import annotations

import pytest

from ccconf.platforms.threecx.emulator import Fault, Options
from tests.emulation.desk import Desk, desk


def test_a_token_has_the_vendors_form(office: Desk) -> None:
    answer = office.token()
    assert answer.status_code == 200
    assert answer.headers["X-3CX-Version"].startswith("20.0.10.")
    body = answer.json()
    assert body.pop("access_token")
    assert body == {"token_type": "Bearer", "expires_in": 60, "refresh_token": None}


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "żółć"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_client_gets_no_token(office: Desk, form: dict[str, str], status: int, error: str) -> None:
    answer = office.token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}


def test_a_form_that_is_none_gets_no_token(office: Desk) -> None:
    answer = office.session.post(f"{office.server.url}/connect/token", data=b"\xff", timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert office.session.get(f"{office.server.url}/connect/token", timeout=10).status_code == 405


def test_a_new_token_ends_the_old_one(office: Desk) -> None:
    office.token()
    answer = office.call("GET", "/Users")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    office.log_in()
    assert office.rows("/Users")


@pytest.mark.parametrize(("unit", "alive"), [("minutes", True), ("seconds", False)])
def test_sixty_means_what_the_version_means(unit: str, alive: bool) -> None:
    with desk(Options(expires_in=unit)) as office:  # type: ignore[arg-type]  # the two literals, from the table above
        office.clock.passes(seconds=61)
        assert (office.call("GET", "/Users").status_code == 200) == alive
        office.clock.passes(minutes=60)
        assert office.call("GET", "/Users").status_code == 401


def test_a_token_is_revoked_by_hand_or_by_a_fault(office: Desk) -> None:
    office.emulator.revoke_tokens()
    assert office.call("GET", "/Users").status_code == 401
    office.log_in()
    office.emulator.faults.add(Fault(kind="revoke", at=2))
    assert [office.call("GET", "/Defs").status_code for _ in range(3)] == [200, 401, 401]


@pytest.mark.parametrize("edition", ["free", "pro"])
def test_a_small_edition_has_no_interface(edition: str) -> None:
    with desk(Options(edition=edition)) as office:  # type: ignore[arg-type]  # likewise
        assert "licence" in office.refused("GET", "/Users", status=403)[1]


@pytest.mark.parametrize("role", ["users", "receptionists"])
def test_a_role_without_administration_sees_nothing(role: str) -> None:
    with desk(Options(client_role=role)) as office:
        office.refused("GET", "/Users", status=403)
        office.refused("GET", "/ConsoleRestrictions", status=403)


def test_a_departments_role_ends_at_the_department() -> None:
    with desk(Options(client_role="managers", client_department=2)) as office:
        everybody = office.emulator.get("/Users", "$expand=Groups")["value"]
        inside = [row["Id"] for row in everybody if row["Groups"][0]["GroupId"] == 2]
        assert [row["Id"] for row in office.rows("/Users")] == inside
        assert [row["Id"] for row in office.rows("/Groups")] == [2]
        office.refused("GET", "/Users(1)", status=404)
        office.refused("GET", "/Groups(1)", status=404)
        office.refused("GET", "/OfficeHours", status=403)
        office.refused("PATCH", "/ConsoleRestrictions", {"AccessRestricted": True}, status=403)
        new = office.create("/Users", {})
        assert new["PrimaryGroupId"] == 2
        assert office.create("/Queues")["Id"] in [row["Id"] for row in office.rows("/Queues")]


def test_a_path_that_is_not_there_says_so(office: Desk) -> None:
    assert "does not have /RingGroups" in office.refused("GET", "/RingGroups", status=404)[1]
    assert "PUT is not served" in office.refused("PUT", "/Users(1)", {}, status=405)[1]
    office.refused("POST", "/Queues(1)/Agents", {}, status=404)
    assert office.session.get(f"{office.server.url}/", timeout=10).status_code == 404


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"Name": "\\ud800"}', b"[" * 100_000, b"null", b"[]", b'"x"', b"1"])
def test_a_body_that_is_none_is_refused(office: Desk, body: bytes) -> None:
    address = f"{office.server.url}/xapi/v1/Groups"
    answer = office.session.post(address, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) >= {"code", "message"}
