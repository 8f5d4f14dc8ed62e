"""The emulator as a whole: an estate, its rules, and the HTTP in front of them."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Self

import msgspec

from ccconf.emulation import Answer, Faults, Pace, Request, Server, serving
from ccconf.emulation.exchange import json_answer
from ccconf.platforms.threecx.emulator import seed as seeding
from ccconf.platforms.threecx.emulator.api import carried_out
from ccconf.platforms.threecx.emulator.memberships import default_group
from ccconf.platforms.threecx.emulator.networks import lets_in
from ccconf.platforms.threecx.emulator.office import Call, Caller, Office, Reply, facts
from ccconf.platforms.threecx.emulator.options import Options, Seed
from ccconf.platforms.threecx.emulator.refusals import Refusal, malformed
from ccconf.platforms.threecx.emulator.store import Store
from ccconf.platforms.threecx.emulator.tokens import Tokens, unauthorised

BASE = "/xapi/v1"
SPECIAL_FAULTS = {"revoke": "the live token is dead before the request is looked at"}
"""Kinds of faults beside those that every emulator has."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Emulator:
    """One emulated system. When its serving ends, its port is free and its estate still there."""

    def __init__(
        self,
        options: Options = Options(),  # noqa: B008 - an immutable value
        *,
        seed: Seed = Seed(),  # noqa: B008 - likewise
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.options = options
        store = Store(options.database)
        self.close = weakref.finalize(self, store.close)
        """Give the database back; it happens by itself when the emulator is forgotten."""
        self.office = Office(store, options, seed.users, now)
        if not seeding.planted(self.office):
            seeding.plant(self.office, seed)
        self.tokens = Tokens(options.client_id, options.client_secret, options.expires_in, now)
        self.faults = Faults(options.fault_seed, {"revoke": self.tokens.revoke})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def client_id(self) -> str:
        """The API client to come as."""
        return self.tokens.client_id

    @property
    def client_secret(self) -> str:
        """Its secret; made up, like everything here."""
        return self.tokens.client_secret

    def server(self, *, host: str = "127.0.0.1", port: int = 0) -> Server:
        """A server for this system, listening already; `run` it, or use `serving`."""
        options = self.options
        pace = Pace(options.latency, options.rate_limit, options.burst, options.says_retry_after)
        return Server(self.answer, faults=self.faults, pace=pace, host=host, port=port)

    @contextlib.contextmanager
    def serving(self, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
        """The server in a thread of its own; afterwards the port is free and the estate still there."""
        with serving(self.server(host=host, port=port)) as server:
            yield server

    def revoke_tokens(self) -> None:
        """Every token is dead, as after a change in the console."""
        self.tokens.revoke()

    def get(self, path: str, query: str = "") -> Any:
        """What the console sees at a path below `/xapi/v1`. Raises `Refusal`."""
        return self._by_hand("GET", path, query=query).data

    def post(self, path: str, body: Any = None) -> Any:
        """Create, or act, by hand in the console: same rules, no HTTP, no licence for the API, no address checked."""
        return self._by_hand("POST", path, body).data

    def patch(self, path: str, body: Any) -> None:
        """Change by hand in the console."""
        self._by_hand("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Delete by hand in the console."""
        self._by_hand("DELETE", path)

    def _by_hand(self, method: str, path: str, body: Any = None, query: str = "") -> Reply:
        path, _, given = path.partition("?")
        plain = None if body is None else _decoded(msgspec.json.encode(body))
        return carried_out(self.office, Call(method, path, query or given, plain, Caller("console")))

    def answer(self, request: Request) -> Answer:
        """The whole of what the server does with a request, faults and pace aside."""
        version = ("X-3CX-Version", self.options.version)
        if request.path == "/connect/token":
            answer = self.tokens.issued(request) if request.method == "POST" else Answer(405)
        else:
            answer = self._configured(request)
        return answer._replace(headers=(*answer.headers, version))

    def _configured(self, request: Request) -> Answer:
        try:
            if not request.path.startswith(f"{BASE}/"):
                raise Refusal(404, f"The emulator does not have {request.path}.")
            if not self.tokens.lets_in(request):
                return unauthorised()
            caller = self._caller(request)
            body = _decoded(request.body) if request.body and request.method in ("POST", "PATCH") else None
            call = Call(request.method, request.path.removeprefix(BASE), request.query, body, caller)
            return _told(carried_out(self.office, call), request)
        except Refusal as refusal:
            return json_answer(refusal.status, refusal.body(self.options.version))

    def _caller(self, request: Request) -> Caller:
        """Who is calling. Raises `Refusal` with status 403 where they may not."""
        options, gate = self.options, facts().api
        if gate is not None and options.edition not in gate.editions:
            raise Refusal(403, "The licence does not include this interface.")
        address = request.headers.get(options.address_header.lower(), request.address).split(",")[0].strip()
        with self.office.store.lock:
            if not lets_in(self.office, address):
                raise Refusal(403, "Access from this address is restricted.")
            home = options.client_department or default_group(self.office.store)
        return Caller(self.client_id, options.client_role, home, address)


def _decoded(body: bytes) -> Any:
    """The body as data. What is no JSON, or holds half of a character, is refused."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("The request is invalid. The body is not JSON.") from error


def _told(reply: Reply, request: Request) -> Answer:
    """The answer with OData's context, unless the client asked to be spared it."""
    if reply.status == 204:
        return Answer(204)
    headers = [("OData-Version", "4.0")]
    if "odata.metadata=none" in request.headers.get("accept", "").replace(" ", ""):
        return json_answer(reply.status, reply.data, *headers)
    context = f"http://{request.headers.get('host', 'localhost')}{BASE}/$metadata#{reply.context}"
    return json_answer(reply.status, {"@odata.context": context, **reply.data}, *headers)
