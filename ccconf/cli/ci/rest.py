"""Asking the API of GitHub or GitLab. That it says no is told, and is never a reason for a job to break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from ccconf.errors import CcconfError
from ccconf.platform.exchange import Answer, Ask
from ccconf.platform.http import Http

ATTEMPTS = 3
SECONDS = 30.0
"""How long an answer is waited for: a job should not stand still for the sake of a comment."""
PAGE = 100
PAGES = 50
"""More comments or issues than that are not looked through."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})

T = TypeVar("T")


class Unheard(Exception):
    """The API did not do what it was asked to; the message says what it answered, and what to do."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status
        """The status of the answer; 0 where there was none that could be read."""


class Rest:
    """One API, with the token that opens it."""

    def __init__(self, url: str, headers: Mapping[str, str], rights: str) -> None:
        self.http = Http(url, timeout=SECONDS, proxies=True, attempts=ATTEMPTS)
        self.headers = headers
        self.rights = rights
        """What the token needs, for whoever reads that it may not."""

    def get(self, path: str, form: type[T], **query: str | int) -> T:
        """One thing. Raises `Unheard`."""
        return self._read(self._send(Ask("GET", f"{path}?{urlencode(query)}" if query else path)), form)

    def pages(self, path: str, form: type[T], **query: str | int) -> Iterator[T]:
        """All things of a list. Raises `Unheard`."""
        for page in range(1, PAGES + 1):
            rows = self.get(path, list[form], **query, per_page=PAGE, page=page)  # type: ignore[valid-type]  # a list of what was asked for
            yield from rows
            if len(rows) < PAGE:
                return

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Change something. A lost answer to a POST is not repeated. Raises `Unheard`."""
        return self._send(Ask(method, path, json=body, repeatable=method != "POST"))

    def made(self, path: str, body: Mapping[str, Any], form: type[T]) -> T:
        """Make something, and see what came of it. Raises `Unheard`."""
        return self._read(self.write("POST", path, body), form)

    def file(self, path: str) -> bytes:
        """A file, also where another host keeps it, which never sees the token. Raises `Unheard`."""
        answer = self._send(Ask("GET", path), REDIRECTS)
        if answer.status not in REDIRECTS:
            return answer.body
        host, rest = _elsewhere(answer.headers.get("Location", ""), self.http.url)
        kept = _answered(Http(host, timeout=SECONDS, proxies=True, attempts=ATTEMPTS), Ask("GET", rest))
        if kept.status != 200:
            raise Unheard(f"the host that keeps the file answered {kept.status}")
        return kept.body

    def _send(self, ask: Ask, also: frozenset[int] = frozenset()) -> Answer:
        answer = _answered(self.http, ask._replace(headers=self.headers))
        if answer.status < 300 or answer.status in also:
            return answer
        raise Unheard(f"{ask.method} {ask.path.partition('?')[0]}: {self._why(answer)}", answer.status)

    def _why(self, answer: Answer) -> str:
        match answer.status:
            case 401:
                return "401, the token is not accepted"
            case 403 if answer.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in answer.headers:
                return "403, the token has used up its requests for now; run the job again later"
            case 403:
                return f"403, the token may not do that; it needs {self.rights}"
            case 404:
                return f"404, it is not there, or the token may not see it; it needs {self.rights}"
            case status:
                return f"status {status}"

    def _read(self, answer: Answer, form: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.body, type=form)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Unheard(f"{self.http.host} answered in a form that is not known: {error}") from error


def _answered(http: Http, ask: Ask) -> Answer:
    try:
        return http.send(ask)
    except CcconfError as error:
        raise Unheard("; ".join(found.message for found in error.findings)) from error


def _elsewhere(location: str, api: str) -> tuple[str, str]:
    """The host and the path to which a file was moved. Only an API without TLS, a local one, may say so without TLS."""
    parts = urlsplit(location)
    if not parts.netloc or parts.scheme not in ("https", urlsplit(api).scheme):
        raise Unheard("the file was moved to an address that is none, or is not safe")
    return f"{parts.scheme}://{parts.netloc}", f"{parts.path}?{parts.query}" if parts.query else parts.path
