"""Many hands on one connection: whatever is read, merged and written as a whole loses nobody.

Every thread begins at the same moment, and each request takes some milliseconds, so that they overlap.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ccconf.emulation import Fault
from ccconf.model.change import Change, Create, Delete, FieldChange, Update
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Performed, Platform
from ccconf.platform.kept import Kept
from ccconf.platforms.iqchannels.connection import connect as connect_iqchannels
from ccconf.platforms.iqchannels.emulator import Emulator as Bank
from ccconf.platforms.iqchannels.emulator import Options as BankOptions
from ccconf.platforms.iqchannels.emulator import Seed as BankSeed
from ccconf.platforms.local.embedded import connect as connect_local
from ccconf.platforms.opasuite.connection import connect as connect_opasuite
from ccconf.platforms.opasuite.emulator import Emulator as Suite
from ccconf.platforms.opasuite.emulator import Options as SuiteOptions
from ccconf.platforms.opasuite.emulator import Seed as SuiteSeed
from ccconf.platforms.threecx.connection import ThreeCX
from ccconf.platforms.threecx.connection import connect as connect_threecx
from ccconf.platforms.threecx.emulator import Emulator as Pbx
from ccconf.platforms.threecx.emulator import Options as PbxOptions
from ccconf.platforms.threecx.emulator import Seed as PbxSeed

LATENCY = 0.005
THREADS = 16


def connection(url: str, base: Path, credentials: dict[str, str], **options: Any) -> Connection:
    return Connection(url, base, "test", Licence(), None, credentials, lambda _: b"", options)


def at_once(platform: Platform, changes: Sequence[Change]) -> list[Performed]:
    """All of them, by as many threads as there may be, the first of which begin together."""
    barrier = threading.Barrier(min(THREADS, len(changes)))
    first = iter(range(barrier.parties))

    def performed(change: Change) -> Performed:
        if next(first, None) is not None:
            barrier.wait(10)
        return platform.perform(change)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(performed, changes))


def update(done: Performed, **after: Any) -> Update:
    seen = done.observed
    assert seen is not None
    changes = tuple(FieldChange(field=name, before=None, after=value) for name, value in after.items())
    kind, key = seen.ref
    return Update(kind=kind, key=key, native_id=seen.native_id, revision=seen.revision, changes=changes)


class TestThreeCx:
    """Queues are written as a whole, departments are known by a listing, and a token is everybody's."""

    @pytest.fixture
    def pbx(self) -> Iterator[Pbx]:
        with Pbx(PbxOptions(latency=LATENCY, calls=24), seed=PbxSeed(users=2, departments=2, queues=2)) as emulator:
            yield emulator

    @pytest.fixture
    def platform(self, pbx: Pbx, tmp_path: Path) -> Iterator[ThreeCX]:
        credentials = {"client_id": pbx.client_id, "client_secret": pbx.client_secret}
        with pbx.serving() as server, closing(connect_threecx(connection(server.url, tmp_path, credentials))) as one:
            self.server = server
            yield one

    def people(self, pbx: Pbx, platform: ThreeCX, many: int = 40) -> list[Create]:
        """New people, all in the same department and in all queues."""
        (skills,) = platform.observe("skill")
        queues = [item.ref.key for item in skills.items]
        department = pbx.get("/Groups")["value"][0]["Name"]
        return [
            Create(
                kind="user",
                key=str(5000 + n),
                fields={
                    "name": f"Agent {n}",
                    "groups": {department: {"role": "users"}},
                    "skills": dict.fromkeys(queues, 1 + n % 3),
                },
            )
            for n in range(many)
        ]

    def agents(self, pbx: Pbx) -> list[dict[str, str]]:
        """Of each queue, the levels of the agents that were made here."""
        rows = pbx.get("/Queues?$expand=Agents")["value"]
        return [
            {agent["Number"]: agent["SkillGroup"] for agent in row["Agents"] if agent["Number"] >= "5000"}
            for row in rows
        ]

    def test_nobody_loses_a_place_in_a_queue(self, pbx: Pbx, platform: ThreeCX) -> None:
        made = at_once(platform, self.people(pbx, platform))
        wanted = {str(5000 + n): str(1 + n % 3) for n in range(40)}
        assert self.agents(pbx) == [wanted, wanted]
        assert list(platform.confirm()) == []
        moved = at_once(platform, [update(done, skills={}, mobile="+48500000001") for done in made[:20]])
        assert [done.observed.resource.mobile for done in moved if done.observed] == ["+48500000001"] * 20  # type: ignore[attr-defined]
        assert all(len(queue) == 40 for queue in self.agents(pbx))  # from nothing to nothing: not touched

    def test_joiners_movers_and_leavers_meet_in_one_queue(self, pbx: Pbx, platform: ThreeCX) -> None:
        people = self.people(pbx, platform)
        made = at_once(platform, people[:20])
        queues = sorted(people[0].fields["skills"])
        changes: list[Change] = list(people[20:])
        for done in made[:10]:
            row = FieldChange(field="skills", before=dict.fromkeys(queues, 1), after={queues[0]: 7})
            changes.append(_with(done, row))
        for done in made[10:20]:
            seen = done.observed
            assert seen is not None
            changes.append(
                Delete(kind="user", key=seen.ref.key, native_id=seen.native_id, revision=seen.revision, fields={})
            )
        at_once(platform, changes)
        joiners = {str(5000 + n): str(1 + n % 3) for n in range(20, 40)}
        movers = {str(5000 + n) for n in range(10)}
        names = [row["Name"] for row in pbx.get("/Queues")["value"]]
        found = dict(zip(names, self.agents(pbx), strict=True))
        assert found[queues[0]] == {**joiners, **dict.fromkeys(movers, "7")}
        assert found[queues[1]].items() >= joiners.items()
        assert not found[queues[1]].keys() & {str(5000 + n) for n in range(10, 20)}
        assert list(platform.confirm()) == []

    def test_departments_are_listed_once_however_many_are_written(self, pbx: Pbx, platform: ThreeCX) -> None:
        """A department that was written is looked at; that is all that has to be read again for the next user."""
        self.people(pbx, platform)
        at_once(platform, [Create(kind="group", key=f"Team {n}", fields={"name": f"Team {n}"}) for n in range(20)])
        people: list[Change] = [
            Create(
                kind="user",
                key=str(6000 + n),
                fields={"name": f"Agent {n}", "groups": {f"Team {n}": {"role": "users"}}},
            )
            for n in range(20)
        ]
        made = at_once(platform, people)
        groups = [sorted(done.observed.resource.groups) for done in made if done.observed]  # type: ignore[attr-defined]
        assert groups == [[f"Team {n}"] for n in range(20)]
        listed = [
            record
            for record in self.server.requests
            if record.path.endswith("/Groups") and record.method == "GET" and "filter" not in record.query
        ]
        assert len(listed) <= 2

    def test_a_token_that_dies_is_renewed_once_for_all(self, pbx: Pbx, platform: ThreeCX) -> None:
        people = self.people(pbx, platform)
        self.server.requests.clear()
        pbx.faults.add(Fault(kind="revoke", method="POST", path="/Users$", at=20))
        at_once(platform, people)
        assert all(len(queue) == 40 for queue in self.agents(pbx))
        assert sum(record.path == "/connect/token" for record in self.server.requests) == 1

    @pytest.mark.parametrize("kind", ["lost", "reset", "doubled", "truncated"])
    def test_answers_are_lost_and_nobody_is_made_twice(self, pbx: Pbx, platform: ThreeCX, kind: str) -> None:
        people = self.people(pbx, platform, 24)
        for person in people:
            assert platform.lookup(person.ref) is None  # as whoever takes the steps does
        pbx.faults.add(Fault(kind=kind, method="POST", path="/Users$", share=0.3))
        at_once(platform, people)
        numbers = [row["Number"] for row in pbx.get("/Users?$top=1000")["value"]]
        assert len(numbers) == len(set(numbers)) == 24 + 2
        assert all(len(queue) == 24 for queue in self.agents(pbx))

    def test_what_did_not_hold_is_told_of_whom_it_is(self, pbx: Pbx, platform: ThreeCX) -> None:
        """Somebody at the console takes one of many out of a queue: that one is told, and nobody else."""
        at_once(platform, self.people(pbx, platform, 10))
        queue = pbx.get("/Queues?$expand=Agents")["value"][0]
        left = [agent for agent in queue["Agents"] if agent["Number"] != "5003"]
        pbx.patch(f"/Queues({queue['Id']})", {"Agents": left})
        assert [unheld.ref for unheld in platform.confirm()] == [Ref("user", "5003")]


def _with(done: Performed, row: FieldChange) -> Update:
    seen = done.observed
    assert seen is not None
    kind, key = seen.ref
    return Update(kind=kind, key=key, native_id=seen.native_id, revision=seen.revision, changes=(row,))


def test_opa_suite_makes_each_department_once(tmp_path: Path) -> None:
    with Suite(SuiteOptions(latency=LATENCY), seed=SuiteSeed(departments=2)) as emulator, emulator.serving() as server:
        credentials = {"token": emulator.token}
        with closing(connect_opasuite(connection(server.url, tmp_path, credentials))) as platform:
            made = at_once(platform, [Create(kind="group", key=f"D{n}", fields={"name": f"D{n}"}) for n in range(20)])
            at_once(platform, [update(done, description="ours") for done in made])
            found = {item.ref.key: item.resource for page in platform.observe("group") for item in page.items}
    ours = [found[f"D{n}"].description for n in range(20)]  # type: ignore[attr-defined]
    assert ours == ["ours"] * 20


def test_iqchannels_gives_everybody_what_is_theirs(tmp_path: Path) -> None:
    with Bank(BankOptions(latency=LATENCY), seed=BankSeed(users=3)) as emulator, emulator.serving() as server:
        credentials = {"session": emulator.session}
        with closing(connect_iqchannels(connection(server.url, tmp_path, credentials, paths="assumed"))) as platform:
            at_once(platform, [Create(kind="role", key=f"R{n}", fields={"scope": "system"}) for n in range(6)])
            people: list[Change] = [
                Create(
                    kind="user",
                    key=f"a{n}@bank.example",
                    fields={"name": f"A {n}", "email": f"a{n}@bank.example", "roles": [f"R{n % 6}"]},
                )
                for n in range(20)
            ]
            at_once(platform, people)
            found = {item.ref.key: item.resource for page in platform.observe("user") for item in page.items}
    roles = [found[f"a{n}@bank.example"].roles for n in range(20)]  # type: ignore[attr-defined]
    assert roles == [(f"R{n % 6}",) for n in range(20)]


def test_the_embedded_platform_is_written_by_all(tmp_path: Path) -> None:
    asked: list[int] = []
    opened = connection("live.db", tmp_path, {})._replace(may_write=lambda: asked.append(1))
    with closing(connect_local(opened)) as platform:
        at_once(platform, [Create(kind="group", key="Sales", fields={"name": "Sales"})])
        people: list[Change] = [
            Create(kind="user", key=f"a{n}", fields={"name": f"A {n}", "groups": {"Sales": {}}}) for n in range(60)
        ]
        at_once(platform, people)
        assert sum(page.total for page in platform.observe("user")) == 60
    assert len(asked) == 61


class TestKept:
    """One value for many threads."""

    def test_is_read_once_by_all_who_ask_together(self) -> None:
        reads: list[int] = []
        inside = threading.Barrier(2)

        def read() -> int:
            reads.append(1)
            inside.wait(5)
            return len(reads)

        kept = Kept(read)
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(kept) for _ in range(8)]
            inside.wait(5)
            assert {one.result() for one in asked} == {1}
        assert kept.held

    @pytest.mark.parametrize(("deed", "then"), [("drop", [1, 2]), ("change", [11, 11])])
    def test_what_happens_while_it_is_read_is_not_forgotten(self, deed: str, then: list[int]) -> None:
        values = iter((1, 2))
        kept: Kept[int]

        def read() -> int:
            value = next(values)
            if value == 1:
                kept.drop() if deed == "drop" else kept.change(lambda known: known + 10)
            return value

        kept = Kept(read)
        assert [kept(), kept()] == then

    def test_a_reading_that_fails_is_repeated_by_the_next(self) -> None:
        outcomes: Iterator[Callable[[], int]] = iter((lambda: 1 // 0, lambda: 7))
        kept = Kept(lambda: next(outcomes)())
        with pytest.raises(ZeroDivisionError):
            kept()
        assert kept() == 7
