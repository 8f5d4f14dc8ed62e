"""The wire of 3CX: one token for all, pages that are complete, refusals in words.

Source of the form: the vendor's OpenAPI file and tutorial (version 20.0.10). Only one access token of a client lives at
a time, so all threads share one and renew it once; its announced lifetime is minutes in some versions and seconds in
others, so only a 401 ends it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from ccconf.errors import Broken, Rejected, Uncertain, broken
from ccconf.findings import Finding
from ccconf.platform.http import Answer, Ask, Http
from ccconf.platforms.threecx.words import own_words, refusal

API = "/xapi/v1"
TOKEN = "/connect/token"  # noqa: S105 - a path
PAGE = 1000
"""Rows a page. The server's greatest page is not published; a shorter page than asked for is noticed and followed."""
RENEWALS = 6
"""How often one request may find its token dead before somebody else must be using the same client all the time."""
PAUSE_SECONDS = 0.2
"""The longest pause before the third attempt; each later one may be that much longer."""
AT_ONCE = 4
"""Pages that are asked for side by side once the first has told how many there are."""
RESTARTS = 3
"""How often a listing that moved is read from the start again."""

Row = dict[str, Any]


class Listing(NamedTuple):
    """What is asked of a collection."""

    path: str
    select: str
    expand: str = ""
    order: str = "Id"
    filter: str = ""

    def query(self, skip: int, top: int) -> str:
        """The query of one page, in a stable order, with the number of all rows."""
        parts = {"$select": self.select, "$expand": self.expand, "$filter": self.filter, "$orderby": self.order}
        said = {name: value for name, value in parts.items() if value}
        return query({**said, "$top": str(top), "$skip": str(skip), "$count": "true"})

    def one(self) -> str:
        """The query of one object of the collection."""
        return query({"$select": self.select, **({"$expand": self.expand} if self.expand else {})})


class Rows(NamedTuple):
    """Some rows of a collection, and how many there are in all."""

    rows: list[Row]
    total: int


def query(parts: Mapping[str, str]) -> str:
    """OData options as a query: `$` and the punctuation of expressions stay readable."""
    return "?" + "&".join(f"{name}={quote(value, safe='$(),;=/')}" for name, value in parts.items())


def text(value: str) -> str:
    """A text as an OData literal."""
    return "'" + value.replace("'", "''") + "'"


class Client:
    """Somebody with an API client's id and secret."""

    def __init__(self, http: Http, credentials: Mapping[str, str]) -> None:
        missing = [name for name in ("client_id", "client_secret") if not credentials.get(name)]
        if missing:
            hint = "credentials: {client_id: !env PBX_ID, client_secret: !env PBX_SECRET}, from Integrations → API"
            raise broken("CC708", f"3CX needs {' and '.join(missing)}", hint)
        self.http = http
        self.credentials = credentials
        self.closed = False
        """Whether nobody wants answers any more: who still reads ahead stops at the next page."""
        self._token = ""
        self._lock = Lock()

    def close(self) -> None:
        """Ask nothing more, and close the connections."""
        self.closed = True
        self.http.close()

    def ready(self) -> None:
        """Make sure of a token, before several threads want one."""
        if not self._token:
            self._renewed("")

    def get(self, path: str) -> Row | None:
        """One object, or None where it is not there."""
        answer = self.send(Ask("GET", API + path))
        return None if answer.status == 404 else self._object(answer, path)

    def one(self, path: str, name: str, value: object) -> Row | None:
        """The object whose property of that name has the value. Raises `Broken` (CC710) where another comes."""
        row = self.get(path)
        if row is not None and row.get(name) != value:
            raise self._nonsense(path)
        return row

    def post(self, path: str, body: Row, *, repeatable: bool = False) -> Row:
        """A new object as the platform made it, or what an action answers."""
        made = self._done(Ask("POST", API + path, json=body, repeatable=repeatable))
        if not repeatable and "Id" not in made:
            raise _uncertain(f"{self.http.host} does not say what it made of {path}")
        return made

    def patch(self, path: str, body: Row) -> None:
        """Other values for an object."""
        self._done(Ask("PATCH", API + path, json=body))

    def delete(self, path: str) -> None:
        """The object goes; that it is gone already is fine."""
        self._done(Ask("DELETE", API + path))

    def _done(self, ask: Ask) -> Row:
        """What a write answers, which is mostly nothing. Raises `Uncertain` where somebody else seems to answer."""
        answer = self.send(ask)
        if not answer.body or answer.status == 404:
            return {}
        try:
            return self._object(answer, ask.path.removeprefix(API))
        except Broken as error:
            raise _uncertain(error.findings[0].message) from error

    def pages(self, listing: Listing) -> Iterator[Rows]:
        """A whole collection. A listing that moves while it is read is read again, and refused in the end.

        Each page begins with the last row of the page before: a row that left in between is noticed even when another
        came, and so is a count that changed.
        """
        why = ""
        for _ in range(RESTARTS):
            try:
                pages = self._pages(listing)
            except _Moved as moved:
                why = str(moved)
            else:
                yield from pages
                return
        message = f"{self.http.host}: the list {listing.path} {why}, each time it was read"
        raise broken("CC605", message, "try again when nobody edits it; nothing is concluded from a part")

    def rows(self, listing: Listing) -> list[Row]:
        """A whole collection at once."""
        return [row for page in self.pages(listing) for row in page.rows]

    def _pages(self, listing: Listing) -> list[Rows]:
        """The pages of one reading. Raises `_Moved`."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            first = self._page(listing, 0)
            skips = range(PAGE - 1, first.total - 1, PAGE - 1) if len(first.rows) == PAGE else ()
            ahead = {skip: pool.submit(self._page, listing, skip) for skip in skips}
            try:
                return self._joined(listing, first, ahead)
            finally:
                pool.shutdown(cancel_futures=True)

    def _joined(self, listing: Listing, first: Rows, ahead: Mapping[int, Future[Rows]]) -> list[Rows]:
        """The pages in their order, each held against the one before. A page that was not asked ahead is asked now."""
        pages, read, total = [first], len(first.rows), first.total
        last = first.rows[-1]["Id"] if first.rows else None
        while read < total:
            page = ahead[read - 1].result() if read - 1 in ahead else self._page(listing, max(read - 1, 0))
            if page.total != total or not page.rows or (read and page.rows[0]["Id"] != last):
                raise _Moved("changed")
            fresh = page.rows[1:] if read else page.rows
            if not fresh:
                break
            read += len(fresh)
            last = fresh[-1]["Id"]
            pages.append(Rows(fresh, total))
        if read != total:
            raise _Moved(f"announced {total} and delivered {read}")
        if (
            len(pages[-1].rows) >= PAGE - 1 and len(self._page(listing, read - 1).rows) > 1
        ):  # a full page may be cut off
            raise _Moved(f"announced {total} and has more")
        if len({row["Id"] for page in pages for row in page.rows}) != read:
            raise _Moved("delivered an object twice")
        return pages

    def _page(self, listing: Listing, skip: int) -> Rows:
        path = listing.path + listing.query(skip, PAGE)
        found = self._object(self.send(Ask("GET", API + path)), listing.path)
        rows, total = found.get("value"), found.get("@odata.count")
        if not isinstance(rows, list) or type(total) is not int or not all(map(_is_row, rows)):
            raise self._nonsense(listing.path)
        return Rows(rows, total)

    def send(self, ask: Ask) -> Answer:
        """The answer to a request that was understood and allowed; 404 to a question is an answer, too.

        Raises `Broken`, `Rejected` or `Uncertain`.
        """
        if self.closed:
            raise broken("CC707", f"the connection to {self.http.host} was closed")
        for turn in range(RENEWALS + 1):
            if turn > 1:  # somebody else renews it, too: who always comes at once always meets the other
                self.http.pace.sleep(random.uniform(0.0, PAUSE_SECONDS * turn))  # noqa: S311 - no secret hangs on it
            token = self._token or self._renewed("")
            answer = self.http.send(ask._replace(headers={**ask.headers, "Authorization": f"Bearer {token}"}))
            if answer.status != 401:
                return self._allowed(ask, answer)
            self._renewed(token)
        message = f"{self.http.host} ends each token as soon as it is given"
        raise broken("CC708", message, "another program uses the same API client: make one for ccconf alone")

    def _renewed(self, dead: str) -> str:
        """A living token; only the first of several threads that found it dead asks for another."""
        with self._lock:
            if self._token == dead:
                self._token = self._asked_for_token()
            return self._token

    def _asked_for_token(self) -> str:
        form = {
            "client_id": self.credentials["client_id"],
            "client_secret": self.credentials["client_secret"],
            "grant_type": "client_credentials",
        }
        answer = self.http.send(Ask("POST", TOKEN, form=form))
        if answer.status in (400, 401, 403):
            hint = "check client_id and client_secret; the secret is shown once, under Integrations → API"
            raise broken("CC708", f"{self.http.host} does not accept the API client", hint)
        self._allowed(Ask("GET", TOKEN), answer)  # what is neither yes nor no is told like that of any question
        token = self._object(answer, TOKEN).get("access_token") if answer.status == 200 else None
        if not isinstance(token, str) or not _BEARER.fullmatch(token):
            raise self._nonsense(TOKEN)
        return token

    def _allowed(self, ask: Ask, answer: Answer) -> Answer:
        status = answer.status
        if 200 <= status < 300 or (status == 404 and not ask.writes):
            return answer
        if status == 403:
            said = own_words(answer.body)
            message = f"{self.http.host} does not let the API client {_doing(ask)}" + (f": {said}" if said else "")
            raise broken("CC709", message, _FORBIDDEN)
        if status == 404 and _takes_away(ask):
            return answer
        if status in (400, 404, 405, 409, 412, 415, 422):
            found = refusal(answer.body, status)
            raise Rejected(found) if ask.writes else Broken(found)
        if 300 <= status < 400:
            message = f"{self.http.host} sends elsewhere (status {status})"
            raise broken("CC707", message, "write the address to which it sends in url:, with https:// if it has that")
        if ask.writes:
            raise _uncertain(f"{self.http.host} failed (status {status})")
        raise broken("CC707", f"{self.http.host} failed (status {status})", "try again later")

    def _object(self, answer: Answer, path: str) -> Row:
        try:
            found = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = None
        if not isinstance(found, dict):
            raise self._nonsense(path)
        return found

    def _nonsense(self, path: str) -> Exception:
        message = f"{self.http.host} answers {path.partition('?')[0]} with something that is not of 3CX"
        return broken("CC710", message, "check url:; a proxy or a login page may answer instead")


class _Moved(Exception):
    """What was read cannot be the whole list."""


_BEARER = re.compile(r"[\x21-\x7e]+")
"""What can stand in a header."""

_FORBIDDEN = (
    "the API client needs the role System Owner (or System Admin) and all departments, the licence Enterprise, and its "
    "own address in the console's list where that is on"
)


def _uncertain(what: str) -> Uncertain:
    message = f"{what}; whether it was done is not known"
    return Uncertain(Finding(code="CC703", message=message, hint="make a new plan, which looks at what is there"))


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) and "Id" in value


def _takes_away(ask: Ask) -> bool:
    """Whether it is fine that the object is gone: by `DELETE`, or by an action that may be repeated."""
    return ask.method == "DELETE" or (ask.method == "POST" and ask.repeatable)


def _doing(ask: Ask) -> str:
    what = ask.path.removeprefix(API).partition("?")[0]
    return f"{'change' if ask.writes else 'read'} {what}"
