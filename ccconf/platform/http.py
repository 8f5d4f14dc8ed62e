"""The only module that knows the HTTP library: one pooled session for each connection, paced, with safe repetition.

A request is repeated only where that cannot do a thing twice: the platform certainly did nothing (429, no connection),
or doing it again leaves the same (reading, setting a value, deleting). Everything else whose answer is lost is
`Uncertain`, and whoever asked looks first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from ccconf.errors import Broken, CcconfError, Uncertain, broken
from ccconf.findings import Finding
from ccconf.platform.contract import Connection, free_to_write
from ccconf.platform.pace import Pace
from ccconf.platform.patience import Again, Patience

CONNECT_SECONDS = 10.0
THREADS = 16
"""The size of the pool: more than ever ask side by side."""
BUSY = frozenset({502, 503, 504})
"""A gateway, or a server that is too busy, answered instead of the platform."""
SLOW = 0.5
"""The share of the time that is waited for an answer, after which the platform counts as busy."""
LONGEST_WAIT = 120.0
"""Seconds for which a `Retry-After` is honoured; a platform that asks for more is given up."""


_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Ask(NamedTuple):
    """One request."""

    method: str
    path: str
    """From the platform's address, with its query."""
    headers: Mapping[str, str] = {}
    json: Any = None
    form: Mapping[str, str] | None = None
    repeatable: bool = True
    """Whether asking twice leaves the same as asking once."""

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET" and self.form is None


class Http:
    """A platform's address, and the one way to ask it."""

    def __init__(
        self,
        url: str,
        *,
        ca: Path | None = None,
        timeout: float = 30.0,
        proxies: bool = False,
        pace: Pace | None = None,
        attempts: int = 6,
        may_write: Callable[[], None] = free_to_write,
    ) -> None:
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.pace = pace or Pace()
        self.patience = Patience(attempts, self.pace.clock, self.pace.sleep)
        self.may_write = may_write
        self.reached = False
        """Whether anybody has answered at that address since the connection was opened."""
        self.session = requests.Session()
        self.session.trust_env = proxies  # looking for proxies costs a fifth of each call
        if ca is not None:
            self.session.verify = str(ca)
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=THREADS)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)

    @property
    def host(self) -> str:
        """The platform's address without path, as it stands in messages."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def send(self, ask: Ask) -> Answer:
        """The platform's answer, whatever its status says.

        Raises `Broken` where the platform cannot be reached or stays too busy, `Uncertain` (CC703) where a change may
        or may not have been made. What `may_write` raises passes through.
        """
        heard = False

        def attempt() -> Answer:
            nonlocal heard
            try:
                return self._attempt(ask)
            except Again as again:
                heard = heard or again.heard
                raise

        try:
            return self.patience.tried(attempt)
        except Again as given_up:
            if ask.writes and heard:
                raise _uncertain(given_up.last.findings[0].message) from given_up
            raise given_up.last from given_up

    def close(self) -> None:
        """Close every pooled connection."""
        self.session.close()

    def _attempt(self, ask: Ask) -> Answer:
        self.pace.wait()
        if ask.writes:
            self.may_write()
        began = self.pace.clock()
        answer = self._exchanged(ask)
        self.reached = True
        if answer.status == 429:
            self.patience.answered()
            after = self._asked_to_wait(answer)
            self.pace.refused(after)
            raise Again(self._busy(answer), after, silence=False)
        self.pace.passed()
        if answer.status in BUSY:
            self._came_to_nothing(ask, answer)
        self.patience.answered()
        if self.pace.clock() - began > self.timeout * SLOW:
            self.pace.busy()
        return answer

    def _exchanged(self, ask: Ask) -> Answer:
        try:
            response = self.session.request(
                ask.method,
                self.url + ask.path,
                headers=dict(ask.headers),
                json=ask.json,
                data=ask.form,
                timeout=(CONNECT_SECONDS, self.timeout),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            self._lost(ask, error)
        return Answer(response.status_code, response.headers, response.content)

    def _came_to_nothing(self, ask: Ask, answer: Answer) -> NoReturn:
        """Somebody in between answered: whether the platform heard of it, nobody knows."""
        after = min(_retry_after(answer), LONGEST_WAIT)
        self.pace.busy(after)
        if not ask.repeatable:
            raise _uncertain(f"{self.host} answered {answer.status} to {ask.method}")
        raise Again(self._busy(answer), after, heard=True)

    def _asked_to_wait(self, answer: Answer) -> float:
        """The seconds that a refusal asks for. Raises `Broken` where nobody would wait so long."""
        after = _retry_after(answer)
        if after > LONGEST_WAIT:
            message = (
                f"{self.host} is too busy (status {answer.status}) and asks to come back in {round(after)} seconds"
            )
            raise broken("CC707", message, "try again then")
        return after

    def _busy(self, answer: Answer) -> Broken:
        message = f"{self.host} stayed too busy (status {answer.status})"
        return broken("CC707", message, "try again later, or say options: {rate: …} below what it allows")

    def _lost(self, ask: Ask, error: requests.RequestException) -> NoReturn:
        """Tell what never left, what may be repeated, and what may have been done."""
        if isinstance(error, requests.exceptions.ReadTimeout):
            self.pace.busy()
        match error:
            case requests.exceptions.SSLError() if _distrusted(error):
                hint = "if its certificate is your own, name its authority: options: {ca: file.pem}"
                raise broken("CC707", f"the certificate of {self.host} cannot be trusted", hint) from error
            case requests.exceptions.InvalidURL() | requests.exceptions.MissingSchema():
                raise broken("CC707", f"{self.url} is no address", "write url: https://…") from error
            case _ if _never_left(error):
                message = f"{self.host} cannot be reached: {_reason(error)}"
                unreached = broken("CC707", message, "check url: and the network")
                if not self.reached:  # a wrong address is told at once
                    raise unreached from error
                raise Again(unreached) from error
            case _ if ask.repeatable:
                message = f"{self.host} broke off: {_reason(error)}"
                hint = "check that url: begins with the right https:// or http://" if _tls(error) else _AGAIN
                raise Again(broken("CC707", message, hint), heard=True) from error
            case _:
                raise _uncertain(f"the answer of {self.host} was lost: {_reason(error)}") from error


def lost_right(error: CcconfError) -> bool:
    """Whether this is the loss of the right to write, which nothing else may hide."""
    return error.findings[0].code == "CC013"


_AGAIN = "try again; nothing was concluded"


def _uncertain(what: str) -> Uncertain:
    hint = "make a new plan, which looks at what is there"
    return Uncertain(Finding(code="CC703", message=f"{what}; whether it was done is not known", hint=hint))


def _never_left(error: requests.RequestException) -> bool:
    """Whether no connection was made, so that nothing can have happened."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    return isinstance(_cause(error), NewConnectionError | ConnectTimeoutError)


def _tls(error: requests.RequestException) -> bool:
    return isinstance(error, requests.exceptions.SSLError)


def _distrusted(error: requests.RequestException) -> bool:
    """Whether the certificate was looked at and found wanting."""
    return "CERTIFICATE" in str(_cause(error))


def _cause(error: requests.RequestException) -> object:
    inner = error.args[0] if error.args else None
    return inner.reason if isinstance(inner, MaxRetryError) else inner


def _reason(error: requests.RequestException) -> str:
    """The cause in a few words, without addresses of memory."""
    match error:
        case requests.exceptions.Timeout():
            return "no answer in time"
        case requests.exceptions.ChunkedEncodingError():
            return "the answer was cut off"
        case _ if _never_left(error):
            return "nobody answers at that address"
        case _ if _tls(error):
            return "no safe connection (TLS) came about"
        case _:
            return "the connection was closed"


def _retry_after(answer: Answer) -> float:
    """Seconds that the platform asks for: a number, or a date; 0 where it says nothing."""
    said = answer.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(said):
        return float(said)
    try:
        then, now = (parsedate_to_datetime(text) for text in (said, answer.headers.get("Date", "")))
        return max((then - now).total_seconds(), 0.0)
    except (ValueError, TypeError):  # no dates, or one of them without a zone
        return 0.0


def opened(connection: Connection, pace: Pace, example: str) -> Http:
    """The way to ask the platform of a connection, by its options. Nothing is asked yet.

    Raises `Broken` (CC707) for an address that is none, and for a certificate file that is not there.
    """
    url, options = connection.url, connection.options
    if not url.startswith(("https://", "http://")):
        raise broken("CC707", f"{url} is no address", f"write url: {example}")
    ca = options.get("ca")
    path = connection.base / str(ca) if ca else None
    if path is not None and not path.is_file():
        raise broken("CC707", f"the certificate file {ca} is not there", "correct options: {ca: …}")
    timeout, proxies = options.get("timeout") or 30.0, bool(options.get("proxies"))
    return Http(url, ca=path, timeout=timeout, proxies=proxies, pace=pace, may_write=connection.may_write)
