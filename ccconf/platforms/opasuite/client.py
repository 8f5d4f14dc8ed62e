"""The wire of Opa! Suite: one static token, questions in the body of a GET, lists that do not say how long they are.

Everything known of it is third-party (two independent readers of the vendor's reference, one with probes of October
2026): `GET` with `{filter, options: {limit, skip}}`, answers `{status, code, data}`, at least one allowed filter, at
most 1,000 rows, no total, and a list of users that ignores `skip` and `limit`. So no answer is taken for the whole list
until something shows that it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ccconf.errors import Broken, Rejected, Uncertain, broken
from ccconf.findings import Finding
from ccconf.platform.http import Answer, Ask, Http
from ccconf.platforms.opasuite.words import Row, decoded, own_words, refusal

API = "/api/v1"
LIMIT = 1000
"""Rows a page, the most that the platform gives."""
RESTARTS = 3
"""How often a list that moved is read from the start again."""

Filter = Mapping[str, Any]


class Listing(NamedTuple):
    """A collection, and the filters that together fit everything in it: no one filter does."""

    path: str
    parts: Sequence[Filter]


class Client:
    """Somebody with a token."""

    def __init__(self, http: Http, credentials: Mapping[str, str]) -> None:
        token = credentials.get("token", "").strip()
        if not token:
            hint = "credentials: {token: !env OPA_TOKEN}, from the user that has access to the API"
            raise broken("CC708", "Opa! Suite needs token", hint)
        if not (token.isascii() and token.isprintable() and " " not in token):
            raise broken("CC708", "the token has characters that no token has", "copy it again, whole and alone")
        self.http = http
        self.token = token
        self.secrets = {token}
        """What must never be said: the token, and those of departments that were read."""

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def rows(self, listing: Listing) -> list[Row]:
        """The whole collection by id. Raises `Broken` (CC605) where nothing shows that it is whole."""
        why = ""
        for _ in range(RESTARTS):
            try:
                return _joined([self._part(listing.path, part) for part in listing.parts])
            except _Moved as moved:
                why = str(moved)
        message = f"{self.http.host}: the list {listing.path} {why}, each time it was read"
        raise broken("CC605", message, "try again when nobody edits it; nothing is concluded from a part")

    def _part(self, path: str, filter_: Filter) -> list[Row]:
        """Everything that fits the filter. Each page begins with the last row of the page before."""
        rows = self._page(path, filter_, 0, LIMIT)
        first = _ids(rows)
        while len(rows) > 1:
            page = self._page(path, filter_, len(rows) - 1, LIMIT)
            ids = _ids(page)
            if ids == first:
                return self._without_pages(path, filter_, rows)
            if not ids or ids[0] != rows[-1]["_id"]:
                raise _Moved("changed")
            if len(ids) == 1:
                break
            rows += page[1:]
            _ids(rows)
        return rows

    def _without_pages(self, path: str, filter_: Filter, rows: list[Row]) -> list[Row]:
        """The rows, where the list ignores `skip`: they are all only if the limit did not cut them."""
        if len(rows) == LIMIT and len(self._page(path, filter_, 0, 1)) == 1:
            raise broken(
                "CC605",
                f"{self.http.host}: of the list {path} only the first {LIMIT} rows can be read: it repeats them",
                "ask the vendor; nothing is concluded from a part",
            )
        return rows

    def _page(self, path: str, filter_: Filter, skip: int, limit: int) -> list[Row]:
        question = {"filter": dict(filter_), "options": {"limit": limit, "skip": skip}}
        data = self._data(Ask("GET", API + path, json=question), path)
        if not isinstance(data, list) or not all(map(_is_row, data)):
            raise self._nonsense(path)
        for row in data:
            self._keep_secret(row)
        return data

    def found(self, path: str, filter_: Filter) -> list[Row]:
        """The rows that fit a filter of which few do."""
        return self.rows(Listing(path, (filter_,)))

    def one(self, path: str, native_id: str) -> Row | None:
        """One object, or None where it is not there."""
        try:
            row = self._data(Ask("GET", f"{API}{path}/{native_id}"), path)
        except Absent:
            return None
        if not _is_row(row) or row["_id"] != native_id:
            raise self._nonsense(path)
        self._keep_secret(row)
        return dict(row)

    def post(self, path: str, body: Row) -> None:
        """A new object. Nothing is known of the answer: whoever made it looks for it by name."""
        self._written(Ask("POST", API + path, json=body, repeatable=False))

    def put(self, path: str, native_id: str, body: Row) -> None:
        """Other values for the whole of an object."""
        self._written(Ask("PUT", f"{API}{path}/{native_id}", json=body))

    def _written(self, ask: Ask) -> None:
        """Raises `Uncertain` where somebody else than the platform seems to answer."""
        answer = self.send(ask)
        if answer.body and not isinstance(decoded(answer.body), dict):
            raise uncertain(self._nonsense(ask.path.removeprefix(API)).findings[0].message)

    def _data(self, ask: Ask, path: str) -> Any:
        found = decoded(self.send(ask).body)
        if not isinstance(found, dict) or "data" not in found:
            raise self._nonsense(path)
        return found["data"]

    def send(self, ask: Ask) -> Answer:
        """The answer to a request that was understood and allowed.

        Raises `Absent` where a question is about nothing, else `Broken`, `Rejected` or `Uncertain`.
        """
        answer = self.http.send(ask._replace(headers={**ask.headers, "Authorization": f"Bearer {self.token}"}))
        status = _status(answer)
        if 200 <= status < 300:
            return answer
        words = own_words(answer.body, tuple(self.secrets))
        match status:
            case 401:
                raise broken("CC708", f"{self.http.host} does not accept the token{_told(words)}", _UNACCEPTED)
            case 403:
                raise broken(
                    "CC709", f"{self.http.host} does not let the token {_doing(ask)}{_told(words)}", _FORBIDDEN
                )
            case 404 if not ask.writes:
                raise Absent(refusal(words, status))
            case 400 | 404 | 405 | 409 | 422:
                raise Rejected(refusal(words, status)) if ask.writes else Misunderstood(refusal(words, status))
            case _ if 300 <= status < 400:
                message = f"{self.http.host} sends elsewhere (status {status})"
                raise broken("CC707", message, "write the address to which it sends in url:, with https://")
            case _ if ask.writes:
                raise uncertain(f"{self.http.host} failed (status {status}){_told(words)}")
            case _:
                raise broken("CC707", f"{self.http.host} failed (status {status}){_told(words)}", "try again later")

    def _keep_secret(self, row: Row) -> None:
        token = row.get("token")
        if isinstance(token, str) and token:
            self.secrets.add(token)

    def _nonsense(self, path: str) -> Broken:
        message = f"{self.http.host} answers {path} with something that is not of Opa! Suite"
        return broken("CC710", message, "check url:; a proxy or a login page may answer instead")


class Absent(Broken):
    """A question about something that is not there."""


class Misunderstood(Broken):
    """A question that this installation does not understand: another version may ask otherwise."""


class _Moved(Exception):
    """What was read cannot be the whole list."""


_UNACCEPTED = (
    "making a new token kills the old one at once, and an inactive user has none: put the newest one where "
    "credentials: points"
)
_FORBIDDEN = (
    "either the permission group of the token lacks the API permission for this, or the address from which ccconf "
    "calls is not in the Redes permitidas of that group: look at both on the screen Permissões"
)


def uncertain(what: str) -> Uncertain:
    """A write of which nobody knows whether it was done."""
    message = f"{what}; whether it was done is not known"
    return Uncertain(Finding(code="CC703", message=message, hint="make a new plan, which looks at what is there"))


def _status(answer: Answer) -> int:
    """The status of the answer; what the body says of itself where the answer calls itself good."""
    found = decoded(answer.body) if 200 <= answer.status < 300 else None
    code = found.get("code") if isinstance(found, dict) else None
    return code if type(code) is int and 400 <= code <= 599 else answer.status


def _joined(parts: Iterable[list[Row]]) -> list[Row]:
    """The parts as one list. Two that are the same were not filtered: each is everything."""
    whole: dict[str, Row] = {}
    for part in parts:
        ids = {row["_id"] for row in part}
        if ids and ids == whole.keys():
            continue
        if ids & whole.keys():
            raise _Moved("delivered an object twice")
        whole.update((row["_id"], row) for row in part)
    return [whole[native_id] for native_id in sorted(whole)]


def _ids(rows: Sequence[Row]) -> list[str]:
    ids = [row["_id"] for row in rows]
    if len(set(ids)) != len(ids):
        raise _Moved("delivered an object twice")
    return ids


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("_id"), str) and bool(value["_id"])


def _doing(ask: Ask) -> str:
    return f"{'change' if ask.writes else 'read'} {ask.path.removeprefix(API)}"


def _told(words: str) -> str:
    return f": {words}" if words else ""
