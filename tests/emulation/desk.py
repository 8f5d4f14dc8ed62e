"""A desk with a telephone to the emulator: one logged-in client, and the words the stories need."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from ccconf.emulation import Server
from ccconf.platforms.threecx.emulator import Emulator, Options, Seed

SMALL = Seed(users=12, departments=4, queues=2, seed=1)


@dataclass
class Clock:
    """A clock that only moves when it is told to."""

    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        """So much time has gone by."""
        self.now += timedelta(**time)


@dataclass
class Desk:
    """One client of one emulator."""

    emulator: Emulator
    server: Server
    clock: Clock
    session: requests.Session = field(default_factory=requests.Session)

    def token(self, **form: str) -> requests.Response:
        """Ask for a token."""
        given = {"client_id": self.emulator.client_id, "client_secret": self.emulator.client_secret}
        data = {**given, "grant_type": "client_credentials", **form}
        return self.session.post(f"{self.server.url}/connect/token", data=data, timeout=10)

    def log_in(self) -> None:
        """Get a token and use it from now on."""
        self.session.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        """Any call below /xapi/v1; query options without their `$`."""
        params = {f"${name}": value for name, value in query.items()}
        address = f"{self.server.url}/xapi/v1{path}"
        return self.session.request(method, address, json=body, params=params, timeout=10)

    def get(self, path: str, **query: str) -> Any:
        """Read what must be there."""
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, **query: str) -> list[Any]:
        """Read a list."""
        return list(self.get(path, **query)["value"])

    def create(self, path: str, body: Any = None) -> Any:
        """Create what may be created."""
        answer = self.call("POST", path, {} if body is None else body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def change(self, path: str, body: Any) -> None:
        """Change what may be changed."""
        answer = self.call("PATCH", path, body)
        assert answer.status_code == 204, answer.text
        assert answer.content == b""

    def drop(self, path: str) -> None:
        """Delete what may be deleted."""
        answer = self.call("DELETE", path)
        assert answer.status_code == 204, answer.text

    def refused(self, method: str, path: str, body: Any = None, status: int = 400) -> tuple[str, str]:
        """The target and the warning code of a call that must be refused."""
        answer = self.call(method, path, body)
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        if not error["details"]:
            return "", error["message"]
        detail = error["details"][0]
        assert error["message"] == f"{detail['target']}:\n{detail['message']}"
        return detail["target"], detail["message"]


@contextlib.contextmanager
def desk(options: Options = Options(), seed: Seed = SMALL) -> Iterator[Desk]:  # noqa: B008 - immutable values
    """A served emulator with a client that is logged in."""
    clock = Clock()
    with Emulator(options, seed=seed, now=clock) as emulator, emulator.serving() as server:
        one = Desk(emulator, server, clock)
        with one.session:
            one.log_in()
            yield one
