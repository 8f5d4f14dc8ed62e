"""A telephone system with a team, a plan of two dozen steps for it, and somebody who looks at it after each write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any

from ccconf.cli import session
from ccconf.emulation import Answer, Request, Server, serving
from ccconf.ledger.budget import SharedBudget
from ccconf.platforms.threecx.emulator import Options, Seed
from tests.crash.beside import PATIENCE
from tests.threecx.pbx import Pbx, Ran

LATER = "2100-01-01T00:00Z"
"""By then nothing that was sent can still arrive, so whoever resumes need not wait for it."""

GROUPS = """\
groups:
  service: {name: Service}
  office: {name: Office, language: EN}
users:
"""
MORE_GROUPS = """\
groups:
  service: {name: Service, language: PL}
  office: {name: Office, language: PL}
  billing: {name: Billing}
  night: {name: Night}
  field: {name: Field}
schedules:
  night: {weekly: {mon: ["08:00-16:00"]}}
allowlists:
  blocklist: {blocked: {198.51.100.7: Knocks}}
users:
"""


def person(number: int, group: str, name: str = "") -> str:
    """One line of a manifest."""
    name = name or f"Person {number}"
    return f'  p{number}: {{name: {name}, extension: "{number}", groups: {{{group}: {{role: users}}}}}}\n'


FIRST = GROUPS + "".join(person(number, "service") for number in range(301, 309))
SECOND = MORE_GROUPS + "".join(
    [
        *(person(number, "service", f"Renamed {number}") for number in range(301, 304)),
        *(person(number, "billing") for number in range(304, 307)),
        *(person(number, ["billing", "night", "field"][number % 3]) for number in range(309, 325)),
    ]
)
"""Three are renamed, three move, two leave, sixteen join; departments, hours and a blocked address besides."""

STAFF = ["100", *map(str, range(301, 307)), *map(str, range(309, 325))]
SEATS = len(STAFF)
"""Whoever leaves has to go before the last ones come."""


class Office(Pbx):
    """The system, watched. What is ever wrong after a write is told at the end of the story."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, Options(edition="enterprise", calls=64, **options), Seed(users=1))
        self.wrong: list[str] = []
        self.made: list[str] = []
        """Every write that was carried out, in words."""
        self.gate = Condition()
        self.closed_after: int | None = None
        """So many writes are carried out; later ones wait before the door, carried out only when it opens."""
        self.waiting = 0
        self.lost = False
        """Whether what waits before the door never gets in."""

    def begin(self, **target: Any) -> None:
        """The team as it was, applied; and the plan for the team as it is to be, not yet."""
        # the queue that runs share goes by the same clock as the pace, else what is waited for never passes there
        self.patch.setattr(
            session, "SharedBudget", lambda ledger, address: SharedBudget(ledger, address, clock=self.clock)
        )
        self.target(**target)
        self.declare(FIRST)
        self.apply()
        self.alter = self._looked_at
        self.declare(SECOND)

    def target(self, **fields: Any) -> None:
        """`ledger` belongs to the project, everything else to its target."""
        ledger = fields.pop("ledger", "")
        licence = {"edition": self.options.edition, "seats": SEATS}
        super().target(**{"guards": {"deletes": {"floor": 9}}, "leavers": "delete", "licence": licence, **fields})
        if ledger:
            config = self.folder / "ccconf.yaml"
            config.write_text(config.read_text().replace("version: 1\n", f"version: 1\nledger: {ledger}\n"))

    def _answer(self, request: Request) -> Answer:
        if _writes(request):
            with self.gate:
                self.waiting += 1
                waits = not self._open_door()
                self.gate.wait_for(self._open_door, PATIENCE)
                self.waiting -= 1
                if waits and self.lost:
                    return Answer(503, b"", ())
                return super()._answer(request)  # one at a time: somebody looks after each
        return super()._answer(request)

    def _open_door(self) -> bool:
        return self.closed_after is None or len(self.made) < self.closed_after

    def _looked_at(self, request: Request, answer: Answer) -> Answer:
        if _writes(request) and answer.status < 300:
            self.made.append(f"{request.method} {request.path} {request.body.decode()}")
            self.wrong.extend(f"{found} after {self.made[-1]}" for found in self._broken())
        return answer

    def _broken(self) -> Iterator[str]:
        """The invariants that every single write has to leave whole."""
        rows = self.rows("Users", "?$expand=Groups($expand=Rights)")
        for what, names in (
            ("people", [row["Number"] for row in rows]),
            ("departments", self.departments()),
            ("blocked", [row["IPAddrMask"] for row in self.rows("Blocklist")]),
        ):
            twice = [name for name, count in Counter(names).items() if count > 1]
            if twice:
                yield f"{what} twice: {twice}"
        homeless = [row["Number"] for row in rows if not row["Groups"]]
        if homeless:
            yield f"without a department: {homeless}"
        if not any(edge["Rights"]["RoleName"] == "system_owners" for row in rows for edge in row["Groups"]):
            yield "nobody owns the system any more"
        if len(rows) > SEATS:
            yield f"{len(rows)} people in {SEATS} seats"

    @property
    def secrets(self) -> dict[str, str]:
        """What a process of its own needs in its environment."""
        return {"PBX_ID": self.emulator.client_id, "PBX_SECRET": self.emulator.client_secret}

    @contextmanager
    def closed(self, after: int, *, lost: bool = False) -> Iterator[None]:
        """So many more writes are carried out; the others wait until this ends, or are `lost` then."""
        self.closed_after, self.lost = len(self.made) + after, lost
        try:
            yield
        finally:
            with self.gate:
                self.closed_after = None
                self.gate.notify_all()

    def dies(self) -> None:
        """The machine is gone: nobody listens at the address any more."""
        self.server.stop()

    def comes_back(self) -> None:
        """At the same address, as it was."""
        port = self.server.port
        self.server = Server(self._answer, faults=self.emulator.faults, port=port, clock=self.clock)
        self._open.enter_context(serving(self.server))

    def later(self) -> None:
        """Whoever comes now comes when nothing is on its way any more."""
        self.patch.setenv("CCCONF_NOW", LATER)

    def resumed(self, *, expects: int = 0) -> Ran:
        """Finish what was cut off; then nothing is left, nobody is there twice, and nothing ever was wrong."""
        self.goes_well()
        self.later()
        ran = self.ccconf("apply --resume --yes")
        assert ran.code == expects, ran.text
        self.whole()
        return ran

    def whole(self) -> None:
        """As the manifests say, once each."""
        self.settled()
        assert self.numbers() == STAFF
        assert self.departments() == ["Billing", "DEFAULT", "Field", "Night", "Office", "Service"]
        assert [row["IPAddrMask"] for row in self.rows("Blocklist")] == ["198.51.100.7"]
        assert not self.wrong, self.wrong

    def once_each(self) -> None:
        """No write was carried out twice."""
        twice = [what for what, count in Counter(self.made).items() if count > 1]
        assert not twice, twice


def _writes(request: Request) -> bool:
    return request.method != "GET" and "/connect/" not in request.path
