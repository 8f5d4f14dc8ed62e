"""The only module that knows the HTTP library: one pooled session for each connection, paced, with safe repetition.

A request is repeated only where that cannot do a thing twice: the platform certainly did nothing (429, no connection),
or doing it again leaves the same (reading, setting a value, deleting). Everything else whose answer is lost is
`Uncertain`, and whoever asked looks first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ReadTimeoutError

from ccconf.errors import Broken, CcconfError, Uncertain, broken
from ccconf.findings import Finding
from ccconf.platform.contract import Connection, free_to_write
from ccconf.platform.exchange import Answer, Ask
from ccconf.platform.pace import Pace
from ccconf.platform.patience import NEVER, Again, Patience
from ccconf.platform.wire import LARGEST, TimelyResponse, TooLarge, joined

__all__ = ["Answer", "Ask", "Http", "lost_right", "opened"]

CONNECT_SECONDS = 10.0
PIECE = 64 * 1024
"""Bytes of a body that are read and unpacked at once."""
THREADS = 16
"""The size of the pool: more than ever ask side by side."""
BUSY = frozenset({502, 503, 504})
"""A gateway, or a server that is too busy, answered instead of the platform."""
SLOW = 0.5
"""The share of the time that is waited for an answer, after which the platform counts as busy."""
LONGEST_WAIT = 120.0
"""Seconds for which a `Retry-After` is honoured; a platform that asks for more is given up."""


class _Session(requests.Session):
    """Follows no redirect: a secret goes where somebody wrote that it goes, and nowhere else."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere. Where the library may look, it reads the body without bounds, even if it may not follow."""


class _Adapter(HTTPAdapter):
    """Connections, also through a proxy, whose answers are timely."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if pool.ConnectionCls.response_class is not TimelyResponse:
            pool.ConnectionCls = type("Connection", (pool.ConnectionCls,), {"response_class": TimelyResponse})
        return pool

    def close(self) -> None:
        """Close every pooled connection now: the library leaves that to the garbage collector."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118 - it refuses to be iterated
                manager.pools[key].close()
        super().close()


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
        self.session = _Session()
        self.session.trust_env = proxies  # looking for proxies costs a fifth of each call
        if ca is not None:
            self.session.verify = str(ca)
        adapter = _Adapter(pool_connections=1, pool_maxsize=THREADS)
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
            with self.session.request(
                ask.method,
                self.url + ask.path,
                headers=dict(ask.headers),
                json=ask.json,
                data=ask.form,
                timeout=(CONNECT_SECONDS, self.timeout),
                stream=True,
            ) as response:
                return Answer(response.status_code, response.headers, joined(response.iter_content(PIECE)))
        except requests.RequestException as error:
            self._lost(ask, error)
        except TooLarge as error:
            message = f"the answer of {self.host} is larger than {LARGEST // 1024**2} MB"
            too_large = broken("CC707", message, "check that url: leads to the platform")
            raise Again(too_large, NEVER, heard=True, silence=False) from error

    def _came_to_nothing(self, ask: Ask, answer: Answer) -> NoReturn:
        """Somebody in between answered: whether the platform heard of it, nobody knows."""
        after = min(answer.retry_after, LONGEST_WAIT)
        self.pace.busy(after)
        if not ask.repeatable:
            raise _uncertain(f"{self.host} answered {answer.status} to {ask.method}")
        raise Again(self._busy(answer), after, heard=True)

    def _asked_to_wait(self, answer: Answer) -> float:
        """The seconds that a refusal asks for, where anybody would wait so long."""
        after = answer.retry_after
        if after > LONGEST_WAIT:
            message = (
                f"{self.host} is too busy (status {answer.status}) and asks to come back in {round(after)} seconds"
            )
            raise Again(broken("CC707", message, "try again then"), NEVER, silence=False)
        return after

    def _busy(self, answer: Answer) -> Broken:
        message = f"{self.host} stayed too busy (status {answer.status})"
        return broken("CC707", message, "try again later, or say options: {rate: …} below what it allows")

    def _lost(self, ask: Ask, error: requests.RequestException) -> NoReturn:
        """Tell what never left, what may be repeated, and what may have been done."""
        if _late(error):
            self.pace.busy()
        match error:
            case requests.exceptions.SSLError() if _distrusted(error):
                hint = "if its certificate is your own, name its authority: options: {ca: file.pem}"
                distrusted = broken("CC707", f"the certificate of {self.host} cannot be trusted", hint)
                raise Again(distrusted, NEVER, silence=False) from error
            case requests.exceptions.InvalidURL() | requests.exceptions.MissingSchema():
                raise broken("CC707", f"{self.url} is no address", "write url: https://…") from error
            case _ if _never_left(error):
                message = f"{self.host} cannot be reached: {_reason(error)}"
                unreached = broken("CC707", message, "check url: and the network")
                after = 0.0 if self.reached else NEVER  # a wrong address is told at once
                raise Again(unreached, after, silence=self.reached) from error
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


def _late(error: requests.RequestException) -> bool:
    """Whether the answer, or its end, did not come in time."""
    return isinstance(_cause(error), ReadTimeoutError)


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
        case _ if _late(error):
            return "the answer did not end in time"
        case requests.exceptions.ChunkedEncodingError():
            return "the answer was cut off"
        case _ if _never_left(error):
            return "nobody answers at that address"
        case _ if _tls(error):
            return "no safe connection (TLS) came about"
        case _:
            return "the connection was closed"


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
