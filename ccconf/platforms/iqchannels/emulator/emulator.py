"""The emulator as a whole: an estate, its rules, and the HTTP in front of them: the API, and screens beside it."""

from __future__ import annotations

import contextlib
import hmac
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any, Self

import msgspec

from ccconf.embedded.screens import Screens
from ccconf.emulation import Answer, Faults, Pace, Request, Server, serving
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.manifest.paths import paths_of
from ccconf.model.licence import Licence
from ccconf.platforms.iqchannels.emulator import seed as seeding
from ccconf.platforms.iqchannels.emulator.api import DOORS, carried_out
from ccconf.platforms.iqchannels.emulator.estate import PACKAGE, Estate
from ccconf.platforms.iqchannels.emulator.options import Options, Seed
from ccconf.platforms.iqchannels.emulator.refusals import Refusal
from ccconf.platforms.iqchannels.emulator.rows import Token, refused

COOKIE = "user-session"
SPECIAL_FAULTS = {"sign-out": "the session has ended before the request is looked at"}
"""Kinds of faults beside those that every emulator has."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Emulator:
    """One emulated installation. When its serving ends, its port is free and its estate still there."""

    def __init__(
        self,
        options: Options = Options(),  # noqa: B008 - an immutable value
        *,
        seed: Seed = Seed(),  # noqa: B008 - likewise
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.options = options
        self._open = contextlib.ExitStack()
        path = options.database or Path(self._open.enter_context(tempfile.TemporaryDirectory())) / "iqchannels.db"
        self.estate = Estate(path, Licence(edition=options.edition, modules=options.modules), now)
        self._open.callback(self.estate.close)
        self.paths = {**{name: row.path for name, row in paths_of(PACKAGE).items()}, **options.paths}
        self.doors = {self.paths[name]: door for name, door in DOORS.items()}
        self.screens = Screens(self.estate, facts_of(PACKAGE), guide_of(PACKAGE), "ru")
        self.session = options.session or secrets.token_urlsafe(24)
        self.faults = Faults(options.fault_seed, {"sign-out": self.end_session})
        if seed.users and not self.estate.all("user"):
            seeding.plant(self.estate, options, seed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the database back."""
        self._open.close()

    def server(self, *, host: str = "127.0.0.1", port: int = 0) -> Server:
        """A server for this installation, listening already; `run` it, or use `serving`."""
        options = self.options
        pace = Pace(options.latency, options.rate_limit, options.burst, options.says_retry_after)
        return Server(self.answer, faults=self.faults, pace=pace, host=host, port=port)

    @contextlib.contextmanager
    def serving(self, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
        """The server in a thread of its own; afterwards the port is free and the estate still there."""
        with serving(self.server(host=host, port=port)) as server:
            yield server

    def end_session(self) -> None:
        """The session is over, as after a log-out; `new_session` begins another."""
        self.session = ""

    def new_session(self) -> str:
        """Somebody signs in anew."""
        self.session = secrets.token_urlsafe(24)
        return self.session

    def comes_online(self, user: str) -> None:
        """A user (by e-mail address, or name) opens the operator's screen."""
        id_ = int(self.estate.user(user).native_id)
        self.estate.online.add(id_)
        self.estate.moments[id_].update(LoggedInAt=self.estate.moment(), LastSeenAt=self.estate.moment())

    def gives_token(self, user: str) -> str:
        """A user makes an access token; its secret."""
        held = self.estate.tokens[int(self.estate.user(user).native_id)]
        held.append(Token(len(held) + 1, self.estate.moment(), secrets.token_urlsafe(24)))
        return held[-1].token

    def done_to(self, user: str) -> list[str]:
        """What was done to a user at once, in its order."""
        id_ = int(self.estate.user(user).native_id)
        return [deed for deed, whom in self.estate.deeds if whom == id_]

    def call(self, name: str, body: Mapping[str, Any]) -> Any:
        """What somebody at the screens gets at a named path: same rules, no HTTP. Raises `Refusal`."""
        answer = carried_out(self.estate, DOORS[name], msgspec.json.encode(body), "admin", None)
        return msgspec.json.decode(answer.body)["Result"]

    def answer(self, request: Request) -> Answer:
        """The whole of what the server does with a request, faults and pace aside."""
        door = self.doors.get(request.path)
        if door is None and not request.path.startswith("/api/"):
            with self.estate.change_lock:
                return self.screens.answer(request)
        if door is None:
            return _outside(404)
        if request.method != "POST":
            return _outside(405)
        try:
            if not self._knows(request):
                raise Refusal("unauthorized", "sign in first")
            return carried_out(self.estate, door, request.body, self.options.level, self.options.largest_page)
        except Refusal as refusal:
            return refused(refusal)

    def _knows(self, request: Request) -> bool:
        try:
            cookie = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        given = cookie.value if cookie else ""
        return bool(self.session) and hmac.compare_digest(given.encode(errors="replace"), self.session.encode())


def _outside(status: int) -> Answer:
    """The web server in front of iQChannels answers, not iQChannels."""
    return Answer(status, f"{status}\n".encode(), (("Content-Type", "text/plain; charset=utf-8"),))
