"""The wire of iQChannels: every call a POST of JSON, every answer an envelope under status 200.

Source of the form: the vendor's pages Internal API and Public API [vendor]. What is called where is not public and
stands in `paths.yaml`. A status other than 200 means that something in between answered. There is no total in a
listing, and nobody knows the largest page, so only a page that brings nothing new ends one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from ccconf.errors import Broken, broken
from ccconf.platform.contract import Connection
from ccconf.platform.http import Answer, Ask, Http, opened
from ccconf.platform.kept import Kept
from ccconf.platform.once import once
from ccconf.platform.pace import Pace
from ccconf.platforms.iqchannels.paths import Paths
from ccconf.platforms.iqchannels.words import (
    GUESSED,
    SIGN_IN,
    Said,
    nonsense,
    not_done,
    outside,
    refused,
    uncertain,
)

PAGE = 200
"""Rows that are asked for at once; whoever gives fewer is asked more often."""
RESTARTS = 3
"""How often a listing that moved is read from the start again."""

Row = dict[str, Any]
Rels = dict[str, dict[int, Row]]
"""Related objects by what they are (Roles, Skills) and id."""


class Question(Ask):
    """A POST that changes nothing: here even a question is one."""

    __slots__ = ()

    @property
    def writes(self) -> bool:
        """No."""
        return False


class Told(NamedTuple):
    """What an envelope brought."""

    result: Any
    rels: Rels


class Rows(NamedTuple):
    """A whole listing."""

    rows: list[Row]
    rels: Rels


class Client:
    """Somebody with a staff session. Nothing is opened before the first call."""

    def __init__(self, connection: Connection, paths: Paths) -> None:
        self.connection = connection
        self.paths = paths
        self._http = Kept(self._opened_http)

    @property
    def http(self) -> Http:
        """The one way to ask. Raises `Broken` (CC707) for an address that is none."""
        return self._http()

    def _opened_http(self) -> Http:
        pace = Pace(self.connection.options.get("rate"), budget=self.connection.budget)
        return opened(self.connection, pace, "https://iqchannels.example.org")

    @property
    def cookie(self) -> Mapping[str, str]:
        """The header that says who asks. Raises `Broken` (CC708) where there is no session, or one that is none."""
        session = self.connection.credentials.get("session", "")
        if not _COOKIE.fullmatch(session):
            what = "is no value of a cookie" if session else "is missing"
            raise broken("CC708", f"iQChannels needs a staff session, and credentials: session {what}", SIGN_IN)
        return {"Cookie": f"user-session={session}"}

    def close(self) -> None:
        """Close the connections, where there are any."""
        if self._http.held:
            self.http.close()

    def ask(self, name: str, body: Row) -> Told | None:
        """The answer to a question; None where there is no such thing. Raises `Broken`."""
        path = self.paths[name]
        answer = self.http.send(Question("POST", path, headers=self.cookie, json=body))
        try:
            return self._opened(answer, path)
        except Said as said:
            if said.code == "not_found":
                return None
            raise refused(self.http.host, path, said) from None

    def write(self, name: str, body: Row, *, repeatable: bool = False) -> Told:
        """What a change answers. Raises `Rejected`, `Uncertain`, or `Broken` where certainly nothing was done."""
        path = self.paths[name]
        answer = self.http.send(Ask("POST", path, headers=self.cookie, json=body, repeatable=repeatable))
        try:
            return self._opened(answer, path)
        except Said as said:
            not_done(self.http.host, path, said)
        except Broken as error:
            if 400 <= answer.status < 500 or 300 <= answer.status < 400:
                raise  # whoever sends elsewhere or knows no such path has not handed it on
            raise uncertain(error.findings[0].message) from error

    def once(self, name: str, body: Row, done: Callable[[], Told | None], *, was_open: bool = True) -> Told:
        """A change that is made once: where its answer is lost, `done` tells whether it was made.

        `was_open`: whether it was seen before that nothing of it was done.
        That iQChannels would refuse it a second time is said nowhere, so it is not sent again.
        Raises the loss again (`Uncertain`) where nobody can say.
        """
        return once(self.http, lambda: self.write(name, body), done, refuses_twins=False, was_open=was_open)

    def content(self, name: str, body: Row) -> bytes:
        """What is in a file: the one answer without an envelope, unless it says that something is wrong."""
        path = self.paths[name]
        answer = self.http.send(Question("POST", path, headers=self.cookie, json=body))
        if answer.status == 200 and not _WORDS.search(answer.headers.get("Content-Type", "")):
            return answer.body
        try:
            self._opened(answer, path)
        except Said as said:
            raise refused(self.http.host, path, said) from None
        raise nonsense(self.http.host, path)

    def rows(self, name: str, body: Row | None = None) -> Rows:
        """A whole listing. One that moves while it is read is read again, and refused in the end (CC605)."""
        for _ in range(RESTARTS):
            try:
                return self._read(name, body or {})
            except _Moved:
                continue
        message = f"{self.http.host}: the list {self.paths[name]} changed each time it was read"
        raise broken("CC605", message, "try again when nobody edits it; nothing is concluded from a part")

    def _read(self, name: str, body: Row) -> Rows:
        """One reading. Raises `_Moved`.

        Each page begins with the last row of the page before, so that a row that left in between is noticed. A page
        with nothing else is the end, except where the server never gives more than one row: then the next one is asked
        for without the overlap.
        """
        found, largest = Rows([], {}), 0
        known: set[int] = set()
        while True:
            page = self._page(name, body, max(len(found.rows) - 1, 0), found.rels)
            if found.rows and (not page or page[0]["Id"] != found.rows[-1]["Id"]):
                raise _Moved
            largest = max(largest, len(page))
            fresh = page[1:] if found.rows else page
            if not fresh and found.rows and largest == 1:
                fresh = self._page(name, body, len(found.rows), found.rels)
            if not fresh:
                return found
            found.rows.extend(fresh)
            known.update(row["Id"] for row in fresh)
            if len(known) != len(found.rows):
                raise _Moved

    def _page(self, name: str, body: Row, offset: int, rels: Rels) -> list[Row]:
        told = self.ask(name, {**body, "Limit": PAGE, "Offset": offset})
        if told is None:
            raise broken("CC702", f"iQChannels knows no list at {self.paths[name]}", GUESSED)
        rows = [] if told.result is None else told.result  # a missing value is a type default
        if not isinstance(rows, list) or not all(map(_is_row, rows)):
            raise self.nonsense(name)
        for what, related in told.rels.items():
            rels.setdefault(what, {}).update(related)
        return rows

    def _opened(self, answer: Answer, path: str) -> Told:
        """What is in the envelope. Raises `Said` for what iQChannels says against it, `Broken` where it is none."""
        if answer.status != 200:
            raise outside(self.http.host, path, answer.status)
        try:
            envelope = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            envelope = None
        match envelope:
            case {"OK": True}:
                return Told(envelope.get("Result"), self._related(envelope.get("Rels"), path))
            case {"Error": {"Code": str(code)} as error}:
                raise Said(code, error.get("Text"))
            case _:
                raise nonsense(self.http.host, path)

    def _related(self, rels: Any, path: str) -> Rels:
        if rels is None:
            return {}
        if not isinstance(rels, dict):
            raise nonsense(self.http.host, path)
        found: Rels = {}
        for what, rows in rels.items():
            if not isinstance(rows, list) or not all(map(_is_row, rows)):
                raise nonsense(self.http.host, path)
            found[what] = {row["Id"]: row for row in rows}
        return found

    def nonsense(self, name: str) -> Broken:
        """What was answered at a path is not in the form that is documented, or assumed."""
        return nonsense(self.http.host, self.paths[name])


class _Moved(Exception):
    """What was read cannot be the whole list."""


_COOKIE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")
"""What can stand in a cookie (RFC 6265)."""

_WORDS = re.compile(r"json|html")
"""Types of what is no picture: an envelope, or a page that somebody in between shows."""


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) and type(value.get("Id")) is int
