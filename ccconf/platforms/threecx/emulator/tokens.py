"""Access tokens: one at a time for an API client, so a second program with the same client ends the first one's.

The form of an error is OAuth's; which status a wrong secret gets is unverified (401 here).
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from ccconf.emulation import Answer, Request
from ccconf.emulation.exchange import json_answer
from ccconf.platforms.threecx.emulator.options import ExpiresIn

EXPIRES_IN = 60
"""What the token says of its life: minutes or seconds, as the version means it."""


class Tokens:
    """The one client and its one live token."""

    def __init__(self, client_id: str, client_secret: str, unit: ExpiresIn, now: Callable[[], datetime]) -> None:
        self.client_id = client_id or f"emulated-{secrets.token_hex(4)}"
        self.client_secret = client_secret or f"fake-secret-{secrets.token_hex(12)}"
        self._life = timedelta(minutes=EXPIRES_IN) if unit == "minutes" else timedelta(seconds=EXPIRES_IN)
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._ends = now()

    def revoke(self) -> None:
        """The live token is dead from now on."""
        with self._lock:
            self._token = ""

    def issued(self, request: Request) -> Answer:
        """POST /connect/token."""
        try:
            form = parse_qs(request.body.decode(), keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return _error(400, "invalid_request", "the form cannot be read")
        given = {name: values[0] for name, values in form.items()}
        if given.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type", "only client_credentials is served")
        if not self._knows(given.get("client_id", ""), given.get("client_secret", "")):
            return _error(401, "invalid_client", "the client or its secret is wrong")
        with self._lock:
            self._token = secrets.token_urlsafe(32)
            self._ends = self._now() + self._life
            token = self._token
        data = {"token_type": "Bearer", "expires_in": EXPIRES_IN, "access_token": token, "refresh_token": None}
        return json_answer(200, data, ("Cache-Control", "no-store"))

    def _knows(self, client_id: str, secret: str) -> bool:
        pairs = ((client_id, self.client_id), (secret, self.client_secret))
        return all(hmac.compare_digest(given.encode(errors="replace"), held.encode()) for given, held in pairs)

    def lets_in(self, request: Request) -> bool:
        """Whether the request brings the live token."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            alive = bool(self._token) and self._now() < self._ends
            return alive and kind.lower() == "bearer" and hmac.compare_digest(
                token.strip().encode(errors="replace"), self._token.encode()
            )  # fmt: skip


def unauthorised() -> Answer:
    """The answer to a missing, dead or foreign token."""
    return _error(401, "invalid_token", "the access token is missing, expired or was replaced")


def _error(status: int, error: str, description: str) -> Answer:
    data = {"error": error, "error_description": description}
    return json_answer(status, data, *([("WWW-Authenticate", "Bearer")] if status == 401 else []))
