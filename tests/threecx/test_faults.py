"""What goes wrong between ccconf and a 3CX: each fault has a message, an exit code, and loses nothing.

"Loses nothing" means each time: nobody is there twice or gone by mistake, and once the fault is over the same manifests
settle into silence.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccconf.emulation import Answer, Request
from ccconf.platform.http import LONGEST_WAIT
from ccconf.platforms.threecx import client
from ccconf.platforms.threecx.emulator import Options, Seed
from tests.threecx.pbx import Pbx, Ran, free_port

TEAM = """
groups:
  Sales: {name: Sales}
users:
  anna: {name: Anna Berg, extension: "201", email: anna@centre.example, groups: {Sales: {}}, primary_group: Sales}
  boris: {name: Boris Dorn, extension: "202", groups: {Sales: {role: managers}}, primary_group: Sales}
"""
WITH_MOBILES = TEAM.replace("name: Anna Berg", 'name: Anna Berg, mobile: "+48500000001"').replace(
    "name: Boris Dorn", 'name: Boris Dorn, mobile: "+48500000002"'
)
CLARA_FOR_BORIS = WITH_MOBILES.replace("boris", "clara").replace('"202"', '"203"').replace("Boris", "Clara")
WITHOUT_BORIS = TEAM[: TEAM.index("  boris")]
NOBODY_ELSE = ["100", "201", "202"]
HTML = b"<!DOCTYPE html><h1>Please sign in</h1>"


@pytest.fixture
def pbx(tmp_path: Path) -> Iterator[Pbx]:
    """A new system: its owner, and the default department."""
    with Pbx(tmp_path) as one:
        yield one


@pytest.fixture
def staffed(pbx: Pbx) -> Pbx:
    """The same with the team, made by ccconf, and its log empty."""
    pbx.target(leavers="delete")
    pbx.declare(TEAM)
    ran = pbx.ccconf("apply --yes")  # that silence follows is for `over` to show, and not for each beginning
    assert ran.code == 0, ran.text
    pbx.server.requests.clear()
    return pbx


def says(ran: Ran, code: int, *words: str) -> None:
    """The exit code, and that a person is told all of this."""
    assert ran.code == code, ran.text
    missing = [word for word in words if word not in ran.text]
    assert not missing, f"{missing} is not said in:\n{ran.text}"


def over(pbx: Pbx) -> None:
    """The fault is over: the same manifests are brought there, nobody is there twice, and all is silent."""
    pbx.goes_well()
    pbx.alter = lambda request, answer: answer
    ran = pbx.ccconf("apply --yes")
    assert ran.code == 0, ran.text
    pbx.settled()
    assert len(set(pbx.numbers())) == len(pbx.numbers())
    assert len(set(pbx.departments())) == len(pbx.departments())


def outcome(ran: Ran, step: str) -> dict[str, Any]:
    """What `apply --format json` says of one step."""
    (found,) = [row for row in ran.data["outcomes"] if row["step"] == step]
    return dict(found)


class TestTheAddress:
    """Where to, and whether it is safe to talk there."""

    def test_nobody_answers_at_the_port(self, pbx: Pbx) -> None:
        port = free_port()
        pbx.declare(TEAM)
        pbx.target(url=f"http://127.0.0.1:{port}")
        says(pbx.ccconf("plan"), 1, f"CC707 http://127.0.0.1:{port} cannot be reached: nobody answers", "check url:")
        assert pbx.clock.waits == []  # where nobody ever answered, nobody waits
        pbx.target()
        over(pbx)

    @pytest.mark.parametrize("url", ["pbx.centre.example", "ftp://pbx.centre.example", "https://", "http://[::1"])
    def test_what_is_no_address_is_told_at_once(self, pbx: Pbx, url: str) -> None:
        pbx.declare(TEAM)
        pbx.target(url=url)
        says(pbx.ccconf("plan"), 1, f"CC707 {url.rstrip(chr(47))} is no address", "write url: https://")
        assert pbx.clock.waits == []

    def test_plain_http_where_tls_is_expected(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        pbx.target(url=pbx.url.replace("http:", "https:"))
        says(pbx.ccconf("plan"), 1, "CC707", "no safe connection (TLS) came about", "https:// or http://")
        pbx.target()
        over(pbx)

    def test_the_address_sends_elsewhere(self, pbx: Pbx) -> None:
        """As a server does that has moved to https: neither the secret nor the token follows it."""
        pbx.declare(TEAM)
        pbx.alter = lambda request, answer: Answer(301, b"", (("Location", "https://127.0.0.1:1/"),))
        says(pbx.ccconf("plan"), 1, "CC707", "sends elsewhere (status 301)", "with https://")
        assert [record.path for record in pbx.server.requests] == ["/connect/token"]
        over(pbx)

    def test_another_page_answers_instead_of_3cx(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        pbx.goes_wrong(kind="garbage")
        says(pbx.ccconf("plan"), 1, "CC710", "answers /connect/token with something that is not of 3CX", "check url:")
        over(pbx)


class TestTls:
    """A certificate that nobody but its owner knows."""

    @pytest.fixture
    def authority(self) -> Any:
        trustme = pytest.importorskip("trustme", reason="trustme is not installed")
        return trustme.CA()

    @pytest.fixture
    def safe(self, tmp_path: Path, authority: Any) -> Iterator[Pbx]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        with Pbx(tmp_path, tls=context) as one:
            one.declare(TEAM)
            yield one

    def test_is_refused_until_its_authority_is_named(self, safe: Pbx, authority: Any) -> None:
        assert safe.url.startswith("https://")
        says(
            safe.ccconf("plan"), 1, f"CC707 the certificate of {safe.url} cannot be trusted", "options: {ca: file.pem}"
        )
        assert safe.exchanges == []  # the secret was not sent
        assert safe.clock.waits == []
        authority.cert_pem.write_to_path(str(safe.folder / "authority.pem"))
        safe.target(options={"ca": "authority.pem"})
        over(safe)
        assert safe.numbers() == NOBODY_ELSE

    def test_another_authority_does_not_do(self, safe: Pbx) -> None:
        import trustme

        trustme.CA().cert_pem.write_to_path(str(safe.folder / "another.pem"))
        safe.target(options={"ca": "another.pem"})
        says(safe.ccconf("plan"), 1, f"CC707 the certificate of {safe.url} cannot be trusted")
        assert safe.exchanges == []

    def test_the_file_of_the_authority_is_not_there(self, safe: Pbx) -> None:
        safe.target(options={"ca": "nowhere.pem"})
        says(safe.ccconf("plan"), 1, "CC707 the certificate file nowhere.pem is not there", "options: {ca:")

    def test_the_file_of_the_authority_is_something_else(self, safe: Pbx) -> None:
        (safe.folder / "notes.txt").write_text("call the vendor\n")
        safe.target(options={"ca": "notes.txt"})
        says(safe.ccconf("plan"), 1, "CC707", safe.url, "certificate")
        assert safe.exchanges == []


class TestCredentials:
    """Who is asking."""

    def test_the_secret_is_wrong(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        pbx.patch.setenv("PBX_SECRET", "not-the-secret")
        ran = pbx.ccconf("plan")
        says(ran, 1, f"CC708 {pbx.url} does not accept the API client", "check client_id and client_secret")
        assert "not-the-secret" not in ran.text
        assert pbx.asked("POST", "/connect/token") == 1  # asking again would only lock somebody out
        pbx.patch.setenv("PBX_SECRET", pbx.emulator.client_secret)
        over(pbx)

    def test_there_are_no_credentials(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        pbx.target(credentials={})
        says(pbx.ccconf("plan"), 1, "CC708 3CX needs client_id and client_secret", "Integrations → API")
        assert len(pbx.server.requests) == 0

    def test_one_of_the_two_is_missing(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        pbx.target()
        config = pbx.folder / "ccconf.yaml"
        config.write_text(config.read_text().replace(", client_secret: !env PBX_SECRET", ""))
        says(pbx.ccconf("plan"), 1, "CC708 3CX needs client_secret")

    def test_the_token_dies_in_the_middle_of_a_read(self, staffed: Pbx) -> None:
        staffed.goes_wrong(kind="revoke", path="/Users$", at=1)
        staffed.settled()
        assert staffed.asked("POST", "/connect/token") == 2
        assert [record.status for record in staffed.server.requests if record.path == "/xapi/v1/Users"] == [401, 200]

    def test_the_token_dies_in_the_middle_of_an_apply(self, staffed: Pbx) -> None:
        staffed.declare(WITH_MOBILES)
        staffed.goes_wrong(kind="revoke", method="PATCH", at=2)
        says(staffed.ccconf("apply --yes"), 0, "2 done.")
        answers: dict[str, list[int | None]] = {}
        for record in staffed.server.requests:
            if record.method == "PATCH":
                answers.setdefault(record.path, []).append(record.status)
        # the two go side by side: whose token died is open, and the other's call may still have been on its way
        assert len(answers) == 2 and [401, 204] in answers.values()
        assert all(statuses in ([204], [401, 204]) for statuses in answers.values()), answers
        assert staffed.asked("POST", "/connect/token") == 3  # one for the plan, one for the steps, one renewal
        over(staffed)

    def test_a_token_lives_for_seconds_in_newer_versions(self, tmp_path: Path) -> None:
        """Whatever `expires_in` means, only a 401 ends a token: none is asked for in advance."""
        for unit in ("minutes", "seconds"):
            folder = tmp_path / unit
            folder.mkdir()
            with Pbx(folder, Options(expires_in="minutes" if unit == "minutes" else "seconds")) as pbx:
                pbx.declare(TEAM)
                pbx.apply()
                assert pbx.asked("POST", "/connect/token") == 3  # plan, steps, and the plan afterwards

    def test_another_program_ends_every_token_at_once(self, staffed: Pbx) -> None:
        staffed.declare(WITH_MOBILES)
        staffed.goes_wrong(kind="revoke", path="/xapi/")
        says(
            staffed.ccconf("apply --yes"), 1, "CC708", "ends each token as soon as it is given", "another program uses"
        )
        assert staffed.asked("PATCH") == 0
        over(staffed)
        assert staffed.user("201")["Mobile"] == "+48500000001"

    def test_another_program_comes_while_steps_are_taken(self, staffed: Pbx) -> None:
        """What was done is told as done, the rest as failed with the reason."""
        staffed.declare(WITH_MOBILES)
        staffed.goes_wrong(kind="revoke", method="PATCH")
        ran = staffed.ccconf("apply --yes")
        says(ran, 5, "ends each token as soon as it is given")
        assert [staffed.user(number)["Mobile"] for number in ("201", "202")] == ["", ""]
        over(staffed)


class TestPermission:
    """Asked, understood, and not allowed."""

    @pytest.mark.parametrize("role", ["group_owners", "managers", "users"])
    def test_the_role_of_the_client_is_too_low(self, tmp_path: Path, role: str) -> None:
        with Pbx(tmp_path, Options(client_role=role)) as pbx:
            pbx.declare(TEAM)
            says(pbx.ccconf("plan"), 1, "CC709", "does not let the API client read", "System Owner (or System Admin)")
            assert pbx.numbers() == ["100"]

    def test_the_edition_has_no_api(self, tmp_path: Path) -> None:
        with Pbx(tmp_path, Options(edition="pro")) as pbx:
            pbx.declare(TEAM)
            pbx.target(licence={"edition": "enterprise"})
            ran = pbx.ccconf("plan")
            says(ran, 1, "CC709", "The licence does not include this interface.", "the licence Enterprise")

    def test_the_console_is_closed_to_this_address(self, staffed: Pbx) -> None:
        staffed.emulator.patch("/ConsoleRestrictions", {"AccessRestricted": True, "IpWhitelist": ["203.0.113.7"]})
        says(
            staffed.ccconf("plan"), 1, "CC709", "Access from this address is restricted.", "own address in the console"
        )
        staffed.emulator.patch("/ConsoleRestrictions", {"AccessRestricted": False})
        over(staffed)

    def test_the_console_is_closed_while_steps_are_taken(self, staffed: Pbx) -> None:
        staffed.declare(WITH_MOBILES)
        closed = {"AccessRestricted": True, "IpWhitelist": ["203.0.113.7"]}
        staffed.before(lambda: staffed.emulator.patch("/ConsoleRestrictions", closed), method="PATCH", at=2)
        says(staffed.ccconf("apply --yes"), 5, "CC709", "Access from this address is restricted.")
        staffed.emulator.patch("/ConsoleRestrictions", {"AccessRestricted": False})
        over(staffed)

    def test_a_write_alone_is_forbidden(self, staffed: Pbx) -> None:
        staffed.declare(WITH_MOBILES)
        staffed.goes_wrong(kind="status", code=403, method="PATCH", times=1)
        ran = staffed.ccconf("apply --yes")
        says(ran, 5, "CC709", "does not let the API client change /Users(", "System Owner")
        mobiles = {number: staffed.user(number)["Mobile"] for number in ("201", "202")}
        assert sorted(map(bool, mobiles.values())) == [False, True]
        over(staffed)


class TestOthersAtWork:
    """Somebody uses the console between the plan and the step, or between two pages."""

    def test_the_person_to_be_changed_was_deleted(self, staffed: Pbx) -> None:
        staffed.declare(WITH_MOBILES)
        saved = staffed.folder / "saved.json"
        assert staffed.ccconf(f"plan --out {saved}").code == 2
        staffed.emulator.delete(f"/Users({staffed.user('201')['Id']})")
        ran = staffed.ccconf(f"apply {saved} --yes")
        says(ran, 4, "CC701", "user/anna: it is gone", "make a new plan")
        assert staffed.user("202")["Mobile"] == "+48500000002"  # the rest went on
        over(staffed)
        assert staffed.user("201")["Mobile"] == "+48500000001"

    def test_the_person_is_deleted_at_the_last_moment(self, staffed: Pbx) -> None:
        staffed.declare(WITH_MOBILES)
        gone = f"/Users({staffed.user('201')['Id']})"
        staffed.before(lambda: staffed.emulator.delete(gone), method="PATCH", at=1)
        says(
            staffed.ccconf("apply --yes"), 5, "CC702", "names something that is not there (any more)", "make a new plan"
        )
        assert staffed.user("202")["Mobile"] == "+48500000002"
        over(staffed)
        assert staffed.user("201")["Mobile"] == "+48500000001"

    def test_who_was_to_be_deleted_is_gone_at_the_last_moment(self, staffed: Pbx) -> None:
        staffed.declare(WITHOUT_BORIS)
        gone = f"/Users({staffed.user('202')['Id']})"
        staffed.before(lambda: staffed.emulator.delete(gone), method="DELETE")
        says(staffed.ccconf("apply --yes"), 0, "1 done.")
        assert staffed.numbers() == ["100", "201"]
        over(staffed)

    def test_the_department_that_was_to_be_deleted_is_gone_at_the_last_moment(self, pbx: Pbx) -> None:
        pbx.declare("groups: {Sales: {name: Sales}, Support: {name: Support}}\n")
        pbx.apply()
        pbx.declare("groups: {Sales: {name: Sales}}\n")
        (gone,) = [row["Id"] for row in pbx.rows("Groups") if row["Name"] == "Support"]
        deletion = "/Groups/Pbx.DeleteCompanyById"
        pbx.before(lambda: pbx.emulator.post(deletion, {"id": gone}), path="DeleteCompanyById")
        says(pbx.ccconf("apply --yes"), 0, "1 done.")
        assert pbx.departments() == ["DEFAULT", "Sales"]
        over(pbx)

    def test_the_number_was_taken_meanwhile(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        theirs = {"Number": "201", "FirstName": "Somebody", "LastName": "Else"}
        pbx.before(lambda: pbx.emulator.post("/Users", theirs), method="POST", path="/Users$", at=1)
        says(pbx.ccconf("apply --yes"), 5, "CC702 3CX: Number belongs to another object already")
        assert pbx.user("201")["FirstName"] == "Somebody"
        assert pbx.user("202")["FirstName"] == "Boris"  # the rest went on
        over(pbx)

    def test_the_address_was_taken_meanwhile(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        theirs = {"Number": "300", "FirstName": "Somebody", "EmailAddress": "anna@centre.example"}
        pbx.before(lambda: pbx.emulator.post("/Users", theirs), method="POST", path="/Users$", at=1)
        says(pbx.ccconf("apply --yes"), 5, "CC702 3CX: EmailAddress belongs to another object already")
        assert pbx.numbers() == ["100", "202", "300"]
        pbx.emulator.patch(f"/Users({pbx.user('300')['Id']})", {"EmailAddress": ""})
        over(pbx)

    def test_a_listing_shifts_while_it_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between two pages somebody leaves and somebody else comes: the count agrees, and yet a row is missing."""
        monkeypatch.setattr(client, "PAGE", 4)
        with Pbx(tmp_path, seed=Seed(users=10, departments=1, queues=0)) as pbx:

            def shifts() -> None:
                pbx.emulator.delete(f"/Users({pbx.user('101')['Id']})")
                pbx.emulator.post("/Users", {"Number": "999", "FirstName": "New"})

            pbx.before(shifts, path="/Users$", at=2)
            says(pbx.ccconf("import"), 0)
            written = (pbx.folder / "manifests" / "users.yaml").read_text()
            assert set(re.findall(r"extension: '(\d+)'", written)) == set(pbx.numbers())
            assert "'999'" in written
            pbx.settled()

    @pytest.mark.parametrize("number", ["101", "103", "105"])
    def test_somebody_leaves_while_the_listing_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str
    ) -> None:
        monkeypatch.setattr(client, "PAGE", 4)
        with Pbx(tmp_path, seed=Seed(users=10, departments=1, queues=0)) as pbx:
            pbx.before(lambda: pbx.emulator.delete(f"/Users({pbx.user(number)['Id']})"), path="/Users$", at=2)
            says(pbx.ccconf("import"), 0)
            written = (pbx.folder / "manifests" / "users.yaml").read_text()
            assert set(re.findall(r"extension: '(\d+)'", written)) == set(pbx.numbers())

    def test_a_listing_that_never_stands_still_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "PAGE", 4)
        with Pbx(tmp_path, seed=Seed(users=10, departments=1, queues=0)) as pbx:
            numbers = iter(range(900, 999))
            pbx.before(lambda: pbx.emulator.post("/Users", {"Number": str(next(numbers))}), path="/Users$", times=None)
            says(pbx.ccconf("import"), 1, "CC605", "the list /Users changed, each time it was read", "nobody edits it")
            assert list((pbx.folder / "manifests").iterdir()) == []

    def test_a_listing_is_read_whole_whatever_the_largest_page(self, tmp_path: Path) -> None:
        """Nothing tells that a page was cut short, but the count does."""
        with Pbx(tmp_path, Options(largest_page=3), seed=Seed(users=10, departments=5)) as pbx:
            says(pbx.ccconf("import"), 0, "Wrote 10 users, 5 groups")
            pbx.settled()


class TestTheCount:
    """A count that does not agree with what is delivered: nothing is concluded from it."""

    @pytest.mark.parametrize("more", [1, -1, 1000])
    @pytest.mark.parametrize("collection", ["Users", "Groups", "Blocklist"])
    def test_is_refused_as_incomplete(self, staffed: Pbx, collection: str, more: int) -> None:
        staffed.emulator.post("/Blocklist", {"IPAddrMask": "192.0.2.7", "BlockType": "Allow", "AddedBy": "Manual"})
        staffed.declare(WITHOUT_BORIS)
        there = len(staffed.rows(collection))
        staffed.alter = counting(collection, there + more)
        said = f"the list /{collection} announced {there + more} and delivered {there}"
        says(staffed.ccconf("apply --yes"), 1, "CC605", said, "nothing is concluded from a part")
        assert staffed.asked("DELETE") == 0
        assert staffed.numbers() == NOBODY_ELSE
        over(staffed)
        assert staffed.numbers() == ["100", "201"]

    def test_that_is_too_low_by_whole_pages_is_found_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A count that lies so that a full page seems to be the last: nobody beyond it is taken for gone."""
        monkeypatch.setattr(client, "PAGE", 4)
        with Pbx(tmp_path, seed=Seed(users=10, departments=1, queues=0)) as pbx:
            for total in (4, 7):
                pbx.alter = counting("Users", total)
                says(pbx.ccconf("import"), 1, "CC605", f"announced {total} and has more")

    def test_a_page_that_comes_from_a_cache_is_not_joined_with_the_others(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The rows of an older page, with somebody twice, under the count of today."""
        monkeypatch.setattr(client, "PAGE", 4)
        with Pbx(tmp_path, seed=Seed(users=10, departments=1, queues=0)) as pbx:

            def stale(data: dict[str, Any]) -> dict[str, Any]:
                rows = data["value"]
                return {**data, "value": [*rows[:-1], rows[0]] if len(rows) == 4 else rows}

            pbx.alter = changed("Users", stale)
            says(pbx.ccconf("import"), 1, "CC605", "the list /Users")

    def test_rows_that_are_kept_back_are_not_taken_for_gone(self, staffed: Pbx) -> None:
        """The count is right, and the list is short: as if two had left."""
        staffed.alter = without_the_last(2)
        says(staffed.ccconf("plan"), 1, "CC605", "announced 3 and delivered 1")
        over(staffed)

    @pytest.mark.parametrize("row", [7, None, "Anna", {}, {"Number": "201"}])
    def test_rows_that_are_none(self, staffed: Pbx, row: Any) -> None:
        staffed.alter = changed("Users", lambda data: {**data, "value": [row], "@odata.count": 1})
        says(staffed.ccconf("plan"), 1, "CC710", "answers /Users with something that is not of 3CX")
        over(staffed)

    def test_no_count_at_all(self, staffed: Pbx) -> None:
        staffed.alter = changed("Users", lambda data: {"value": data["value"]})
        says(staffed.ccconf("plan"), 1, "CC710", "answers /Users with something that is not of 3CX")
        over(staffed)


def changed(collection: str, how: Callable[[dict[str, Any]], Any]) -> Callable[[Request, Answer], Answer]:
    """Answers to questions about a collection, changed on their way."""

    def alter(request: Request, answer: Answer) -> Answer:
        if request.method == "GET" and request.path.endswith(f"/{collection}"):
            return answer._replace(body=msgspec.json.encode(how(msgspec.json.decode(answer.body))))
        return answer

    return alter


def counting(collection: str, total: int) -> Callable[[Request, Answer], Answer]:
    return changed(collection, lambda data: {**data, "@odata.count": total})


def without_the_last(rows: int) -> Callable[[Request, Answer], Answer]:
    return changed("Users", lambda data: {**data, "value": data["value"][:-rows]})


def statuses_at_a_limit(folder: Path, *, at_once: int, says_retry_after: bool) -> list[int]:
    """A run that changes 80 people of a 3CX that takes 20 requests a second: what it was answered."""
    options = Options(rate_limit=20.0, burst=20, says_retry_after=says_retry_after)
    with Pbx(folder, options, Seed(users=80, departments=1, queues=0)) as pbx:
        says(pbx.ccconf("import"), 0)
        path = folder / "manifests" / "users.yaml"
        path.write_text(re.sub(r"(?m)^(    language:) \w+$", r"\1 PL", path.read_text()))
        pbx.target(guards={"updates": {"users": "100%"}}, options={"at_once": at_once})
        pbx.server.requests.clear()
        says(pbx.ccconf("apply --yes"), 0, "80 done")
        assert {row["Language"] for row in pbx.rows("Users")} == {"PL"}
        statuses = [record.status or 0 for record in pbx.server.requests]
        assert set(statuses) <= {200, 204, 429}
        return statuses


class TestTooMany:
    """429: nothing was done, so everything may be asked again, but slower."""

    @pytest.mark.parametrize("says_retry_after", [True, False], ids=["with Retry-After", "without"])
    def test_a_run_finds_its_pace(self, tmp_path: Path, says_retry_after: bool) -> None:
        """The limit is learnt from a few refusals; in steady state there is none."""
        statuses = statuses_at_a_limit(tmp_path, at_once=1, says_retry_after=says_retry_after)
        assert 1 <= statuses.count(429) <= 4
        assert 429 not in statuses[len(statuses) // 2 :]

    @pytest.mark.parametrize("says_retry_after", [True, False], ids=["with Retry-After", "without"])
    def test_so_does_a_crowd(self, tmp_path: Path, says_retry_after: bool) -> None:
        """When its refusals come, nobody can say: which of eight threads is how far is left to the machine."""
        statuses = statuses_at_a_limit(tmp_path, at_once=8, says_retry_after=says_retry_after)
        assert 1 <= statuses.count(429) <= 16  # each of eight threads, before and after the first pause

    @pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
    def test_each_method_waits_as_long_as_it_is_told_and_comes_again(self, staffed: Pbx, method: str) -> None:
        staffed.target(leavers="delete", options={"at_once": 1})  # of two side by side, both may wait
        staffed.declare(CLARA_FOR_BORIS)  # one to change, one to make, one to delete
        staffed.goes_wrong(kind="status", code=429, retry_after=7, method=method, path="/Users", times=1)
        staffed.clock.waits.clear()
        says(staffed.ccconf("apply --yes"), 0, "3 done.")
        assert [record.status for record in staffed.server.requests].count(429) == 1
        assert sum(staffed.clock.waits) == pytest.approx(7, abs=0.2)
        over(staffed)
        assert staffed.user("201")["Mobile"] == "+48500000001"

    def test_a_platform_that_is_too_busy_for_ever(self, staffed: Pbx) -> None:
        staffed.declare(WITH_MOBILES)
        staffed.goes_wrong(kind="status", code=429, retry_after=2, method="PATCH")
        ran = staffed.ccconf("apply --yes")
        says(ran, 5, "CC707", "stayed too busy (status 429)", "options: {rate: …}")
        assert "not known" not in ran.text  # what is refused by 429 was certainly not done
        assert staffed.asked("PATCH") == 12  # two steps, six attempts each
        over(staffed)

    def test_nobody_waits_until_tomorrow(self, staffed: Pbx) -> None:
        staffed.goes_wrong(kind="status", code=429, retry_after=86400, path="/Groups")
        staffed.clock.waits.clear()
        says(staffed.ccconf("plan"), 1, "CC707", "asks to come back in 86400 seconds", "try again then")
        assert sum(staffed.clock.waits) < LONGEST_WAIT
        over(staffed)


class TestFailures:
    """5xx, and answers that are none."""

    @pytest.mark.parametrize("code", [502, 503, 504])
    def test_a_gateway_that_fails_a_while_is_asked_again(self, staffed: Pbx, code: int) -> None:
        staffed.goes_wrong(kind="status", code=code, method="GET", times=4)
        staffed.settled()
        assert [record.status for record in staffed.server.requests].count(code) == 4

    def test_a_server_that_fails_for_ever_is_told(self, staffed: Pbx) -> None:
        staffed.goes_wrong(kind="status", code=503, method="GET")
        says(staffed.ccconf("plan"), 1, "CC707", "stayed too busy (status 503)", "try again later")
        over(staffed)

    @pytest.mark.parametrize("code", [500, 501, 599])
    def test_an_error_of_the_platform_itself_is_told_at_once(self, staffed: Pbx, code: int) -> None:
        staffed.goes_wrong(kind="status", code=code, method="GET")
        says(staffed.ccconf("plan"), 1, "CC707", f"failed (status {code})", "try again later")
        asked = [record.path for record in staffed.server.requests if record.method == "GET"]
        assert len(asked) == len(set(asked)), "nothing is asked for again"
        assert len(asked) <= 2, "people are being read already, and that is all"
        over(staffed)

    def test_a_server_that_gives_no_token(self, staffed: Pbx) -> None:
        staffed.goes_wrong(kind="status", code=500, path="/connect/token")
        says(staffed.ccconf("plan"), 1, "CC707", "failed (status 500)")
        over(staffed)

    @pytest.mark.parametrize(("method", "path"), [("PATCH", "/Users"), ("DELETE", "/Users"), ("POST", "/Users$")])
    @pytest.mark.parametrize("kind", ["status", "refuse", "truncated", "garbage"])
    def test_a_write_that_fails_once_is_made_good_in_the_same_run(
        self, staffed: Pbx, kind: str, method: str, path: str
    ) -> None:
        """Set again, deleted again, and looked for before it is made again; looked at, where somebody else said yes."""
        staffed.declare(CLARA_FOR_BORIS)
        staffed.goes_wrong(kind=kind, method=method, path=path, times=1)
        ran = staffed.ccconf("apply --yes")
        says(ran, 0, "3 done.")
        over(staffed)
        assert staffed.numbers() == ["100", "201", "203"]
        assert staffed.user("201")["Mobile"] == "+48500000001"

    def test_creating_fails_for_ever(self, pbx: Pbx) -> None:
        """500 to a POST says nothing of what was done, so the number is looked up before it is tried once more."""
        pbx.declare(TEAM)
        pbx.goes_wrong(kind="status", code=500, method="POST", path="/Users$")
        says(pbx.ccconf("apply --yes"), 5, "CC703", "failed (status 500); whether it was done is not known")
        assert pbx.asked("POST", "/Users") == 4  # two people, twice each
        assert pbx.numbers() == ["100"]
        over(pbx)
        assert pbx.numbers() == NOBODY_ELSE

    def test_a_change_whose_answers_are_all_lost_is_not_called_failed(self, staffed: Pbx) -> None:
        """It was made, and made again; what was heard of it is nothing, so it is looked at."""
        staffed.declare(WITH_MOBILES)
        staffed.goes_wrong(kind="lost", method="PATCH")
        ran = staffed.ccconf("apply --yes --format json")
        assert {row["status"] for row in ran.data["outcomes"]} == {"done"}
        assert staffed.user("201")["Mobile"] == "+48500000001"
        staffed.goes_well()
        staffed.settled()  # it is there: nothing to do

    def test_a_listing_that_is_cut_off_is_read_again(self, staffed: Pbx) -> None:
        staffed.goes_wrong(kind="truncated", method="GET", path="/Users$", times=2)
        staffed.settled()
        assert staffed.asked("GET", "/Users") == 3

    def test_a_listing_that_is_always_cut_off(self, staffed: Pbx) -> None:
        staffed.declare(WITHOUT_BORIS)
        staffed.goes_wrong(kind="truncated", method="GET", path="/Users$")
        says(staffed.ccconf("apply --yes"), 1, "CC707", "broke off: the answer was cut off", "nothing was concluded")
        assert staffed.numbers() == NOBODY_ELSE
        staffed.declare(TEAM)
        over(staffed)

    @pytest.mark.parametrize("body", [HTML, b"", b"[]", b'"yes"', b"{", b'{"value": {}}', b"\xff\xfe"])
    def test_a_listing_that_is_something_else(self, staffed: Pbx, body: bytes) -> None:
        staffed.alter = lambda request, answer: (
            answer._replace(body=body) if request.path.endswith("/Users") else answer
        )
        says(staffed.ccconf("plan"), 1, "CC710", "answers /Users with something that is not of 3CX")
        over(staffed)

    @pytest.mark.parametrize("token", [None, "", 7, ["x"], "two\nlines", "zażółć"])
    def test_a_token_that_is_none(self, staffed: Pbx, token: object) -> None:
        body = msgspec.json.encode({"access_token": token})
        staffed.alter = lambda request, answer: (
            answer._replace(body=body) if request.path == "/connect/token" else answer
        )
        says(staffed.ccconf("plan"), 1, "CC710", "answers /connect/token with something")
        over(staffed)


class TestLostAnswers:
    """Carried out, and then the line went dead: looked up, and made once."""

    @pytest.mark.parametrize("path", ["/Users$", "/Groups$"])
    def test_a_creation(self, pbx: Pbx, path: str) -> None:
        pbx.declare(TEAM)
        pbx.goes_wrong(kind="lost", method="POST", path=path)
        says(pbx.ccconf("apply --yes"), 0, "3 done.")
        assert (pbx.numbers(), pbx.departments()) == (NOBODY_ELSE, ["DEFAULT", "Sales"])
        pbx.settled()

    def test_a_creation_that_is_answered_without_an_id(self, pbx: Pbx) -> None:
        pbx.declare(TEAM)
        pbx.alter = lambda request, answer: (
            answer._replace(body=b"{}") if request.method == "POST" and request.path.startswith("/xapi/") else answer
        )
        says(pbx.ccconf("apply --yes"), 0, "3 done.")
        assert (pbx.numbers(), pbx.departments()) == (NOBODY_ELSE, ["DEFAULT", "Sales"])
        pbx.settled()

    @pytest.mark.parametrize(
        ("kind", "method", "path"),
        [
            ("a person changed", "PATCH", "/Users"),
            ("a person deleted", "DELETE", "/Users"),
            ("a department changed", "PATCH", "/Groups"),
            ("a department deleted", "POST", "DeleteCompanyById"),
            ("an entry deleted", "DELETE", "/Blocklist"),
            ("the console's list", "PATCH", "/ConsoleRestrictions"),
            ("the system's hours", "PATCH", "/OfficeHours"),
        ],
    )
    def test_a_change(self, pbx: Pbx, kind: str, method: str, path: str) -> None:
        pbx.target(leavers="delete")
        pbx.declare(BEFORE)
        pbx.apply()
        pbx.server.requests.clear()
        pbx.declare(AFTER)
        pbx.goes_wrong(kind="lost", method=method, path=path, times=1)
        says(pbx.ccconf("apply --yes"), 0, "done.")
        assert None in [record.status for record in pbx.server.requests], f"nothing was lost of {kind}"
        pbx.settled()
        assert (pbx.numbers(), pbx.departments()) == (["100", "201"], ["DEFAULT", "Sales"])

    def test_an_entry_of_the_block_list(self, pbx: Pbx) -> None:
        """An entry has no name, but a network and a type: it is found, and not made again."""
        pbx.declare('allowlists: {blocklist: {blocked: {"198.51.100.0/24": noise}}}\n')
        pbx.goes_wrong(kind="lost", method="POST", path="/Blocklist")
        says(pbx.ccconf("apply --yes"), 0, "1 done.")
        assert len(pbx.rows("Blocklist")) == 1
        pbx.goes_well()
        pbx.settled()

    def test_a_department_renamed_while_its_answer_is_lost(self, pbx: Pbx) -> None:
        pbx.declare("groups: {sales: {name: Sales}}\n")
        pbx.apply()
        pbx.declare("groups: {sales: {name: Distribution}}\n")
        pbx.goes_wrong(kind="lost", method="PATCH", times=1)
        says(pbx.ccconf("apply --yes"), 0, "1 done.")
        assert pbx.departments() == ["DEFAULT", "Distribution"]
        pbx.settled()

    def test_a_person_whose_looking_up_fails_as_well(self, pbx: Pbx) -> None:
        """Made, lost, and then the line stays dead: nothing is tried blindly, and the next run takes them over."""
        pbx.target(options={"at_once": 1})
        pbx.declare(TEAM)

        def goes_dead(request: Request, answer: Answer) -> Answer:
            if (request.method, request.path) == ("POST", "/xapi/v1/Users"):
                pbx.goes_wrong(kind="refuse", path="/Users")
                return answer._replace(body=HTML)
            return answer

        pbx.alter = goes_dead
        says(pbx.ccconf("apply --yes"), 5, "uncertain create user/anna  CC703")
        assert len(pbx.numbers()) == 2
        over(pbx)
        assert pbx.numbers() == NOBODY_ELSE

    @pytest.mark.parametrize("answered", [True, False])
    def test_whose_reading_back_fails_is_uncertain(self, pbx: Pbx, answered: bool) -> None:
        """The write was made, or may have been: `failed` says that it was not."""
        pbx.declare(TEAM)

        def goes_dead(request: Request, answer: Answer) -> Answer:
            if (request.method, request.path) == ("POST", "/xapi/v1/Users"):
                pbx.goes_wrong(kind="refuse", path="/Users")
                return answer if answered else answer._replace(body=HTML)
            return answer

        pbx.alter = goes_dead
        ran = pbx.ccconf("apply --yes --format json")
        assert outcome(ran, "create user/anna")["status"] == "uncertain"


BEFORE = (
    TEAM.replace("Sales: {name: Sales}", "Sales: {name: Sales}\n  Support: {name: Support}")
    + """
schedules:
  office: {timezone: Europe/Warsaw, weekly: {mon-fri: ["08:00-18:00"]}}
allowlists:
  console: {networks: {127.0.0.0/8: ""}}
  blocklist: {networks: {192.0.2.7: the branch, 192.0.2.8: the stall}, blocked: {198.51.100.0/24: noise}}
"""
)
AFTER = (
    WITHOUT_BORIS.replace("Anna Berg", "Anna Kern").replace("{name: Sales}", "{name: Sales, language: PL}")
    + """
schedules:
  office: {timezone: Europe/Warsaw, weekly: {mon-thu: ["08:00-18:00"]}}
allowlists:
  console: {networks: {127.0.0.0/8: "", 192.0.2.0/24: ""}}
  blocklist: {networks: {192.0.2.7: the branch}, blocked: {198.51.100.0/24: noise}}
"""
)


class TestSilence:
    """204, and nothing happened."""

    def test_a_field_that_does_not_hold_is_named(self, tmp_path: Path) -> None:
        with Pbx(tmp_path, Options(silent=frozenset({"User.Mobile"}))) as pbx:
            pbx.declare(TEAM)
            pbx.apply()
            pbx.declare(WITH_MOBILES.replace("Boris Dorn", "Boris Kern"))
            ran = pbx.ccconf("apply --yes --format json")
            assert ran.code == 5
            assert [row["code"] for row in ran.data["outcomes"]] == ["CC706", "CC706"]
            assert all("3CX accepted the change of Mobile and" in row["detail"] for row in ran.data["outcomes"])
            assert pbx.user("202")["LastName"] == "Kern"  # what held is told neither as lost nor as silent
            says(pbx.ccconf("plan"), 2, "mobile")  # nor is it forgotten

    def test_a_person_is_told_which_field(self, tmp_path: Path) -> None:
        with Pbx(tmp_path, Options(silent=frozenset({"User.Mobile"}))) as pbx:
            pbx.declare(TEAM)
            pbx.apply()
            pbx.declare(WITH_MOBILES)
            said = "update user/anna: 3CX accepted the change of Mobile and did not make it"
            says(pbx.ccconf("apply --yes"), 5, said, "ask the vendor", "2 failed.")

    def test_the_code_is_there_for_a_person_too(self, tmp_path: Path) -> None:
        with Pbx(tmp_path, Options(silent=frozenset({"User.Mobile"}))) as pbx:
            pbx.declare(TEAM)
            pbx.apply()
            pbx.declare(WITH_MOBILES)
            says(pbx.ccconf("apply --yes"), 5, "CC706")

    @pytest.mark.parametrize(
        ("silent", "change", "step"),
        [
            ("Group.Language", "groups: {Sales: {name: Sales, language: PL}}", "update group/Sales"),
            ("Group.Rights", "groups: {Sales: {rights: {users: {rights.control_ivr: true}}}}", "update group/Sales"),
            pytest.param(
                "Group.Hours",
                'groups: {Sales: {}}\nschedules: {Sales: {weekly: {mon: ["08:00-12:00"]}}}',
                "create schedule/Sales",
            ),
            (
                "Group.OfficeHolidays",
                "groups: {Sales: {}}\nschedules: {Sales: {holidays: [{date: 01-01}]}}",
                "create schedule/Sales",
            ),
            (
                "OfficeHours.Hours",
                'groups: {Sales: {}}\nschedules: {office: {weekly: {mon: ["08:00-12:00"]}}}',
                "update schedule/office",
            ),
        ],
    )
    def test_so_it_is_with_everything(self, tmp_path: Path, silent: str, change: str, step: str) -> None:
        with Pbx(tmp_path, Options(silent=frozenset({silent}))) as pbx:
            pbx.declare("groups: {Sales: {name: Sales}}\n")
            pbx.apply()
            pbx.declare(change)
            ran = pbx.ccconf("apply --yes --format json")
            assert ran.code == 5, ran.text
            (found,) = ran.data["outcomes"]
            assert (found["step"], found["code"]) == (step, "CC706")
            assert silent.partition(".")[2] in found["detail"]

    def test_a_deletion_that_did_not_happen(self, staffed: Pbx) -> None:
        staffed.declare(WITHOUT_BORIS)
        swallow(staffed, "DELETE", "/Users")
        ran = staffed.ccconf("apply --yes")
        says(ran, 5, "CC706", "user/boris")
        assert "202" in staffed.numbers()

    def test_reading_back_fails(self, staffed: Pbx) -> None:
        """Then nobody claims that it was done."""
        staffed.declare(WITH_MOBILES)
        gets = []

        def alter(request: Request, answer: Answer) -> Answer:
            gets.append(request.path) if request.method == "GET" else None
            patched = staffed.asked("PATCH") == 2 and request.method == "GET"
            return Answer(500) if patched and staffed.user("202")["Mobile"] else answer

        staffed.alter = alter
        ran = staffed.ccconf("apply --yes --format json")
        assert ran.code == 5
        assert "done" not in {row["status"] for row in ran.data["outcomes"]}
        over(staffed)


def swallow(pbx: Pbx, method: str, path: str) -> None:
    """From now on such requests are answered as if they had been carried out."""
    whole = pbx.server.application
    pbx.server.application = lambda request: (
        Answer(204) if request.method == method and path in request.path else whole(request)
    )
