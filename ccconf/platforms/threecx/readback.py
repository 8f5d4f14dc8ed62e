"""3CX may answer "done" and do nothing; so what was written is read back and compared, value by value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Lock
from typing import Any, NamedTuple, Protocol

from ccconf.model.refs import Ref
from ccconf.platform.contract import Unheld
from ccconf.platforms.threecx.client import Client, Listing, Row
from ccconf.platforms.threecx.departments import DEPARTMENTS
from ccconf.platforms.threecx.people import USERS
from ccconf.platforms.threecx.system import QUEUES


class Written(Protocol):
    """Who is told of everything that is written, and on whose behalf."""

    def __call__(self, ref: Ref, what: str, native_id: str, body: Row | None) -> None:
        """What was written, its native id, and the body; None where it is gone."""

    def agent(self, ref: Ref, queue: str, number: str, agent: Row | None) -> None:
        """Somebody's place in a queue; None where there is none any more."""


FEW = 20
"""Up to so many objects of a collection are read one by one; more are read in pages."""

_SOURCES: dict[str, Listing] = {
    "user": USERS,
    "group": DEPARTMENTS,
    "queue": QUEUES,
    "entry": Listing(path="/Blocklist", select="Id,IPAddrMask,BlockType,Description,AddedBy"),
}
_SINGLES = {"office": "/OfficeHours?$expand=OfficeHolidays", "console": "/ConsoleRestrictions"}
_IDENTITY = ("GroupId", "RoleName", "DayOfWeek", "Number", "Name")
"""What tells the rows of a list apart, the first that there is."""


class Key(NamedTuple):
    """What was written: an object of a collection, and whose place within it where it is shared."""

    what: str
    native_id: str
    number: str = ""


class ReadBack:
    """Everything that one connection wrote, the last word on each value."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._lock = Lock()
        """Guards the three below: several threads write, each on behalf of another object."""
        self._bodies: dict[Key, Row] = {}
        self._gone: list[Key] = []
        self._refs: dict[Key, Ref] = {}

    def __call__(self, ref: Ref, what: str, native_id: str, body: Row | None) -> None:
        """Something was written, or is gone, so that nothing of it can be read back."""
        key = Key(what, native_id)
        with self._lock:
            self._refs[key] = ref
            if body is None:
                self._bodies.pop(key, None)
                for place in [place for place in self._bodies if what == "user" and place.number == ref.key]:
                    del self._bodies[place]
                self._gone.append(key)
            else:
                self._bodies[key] = {**self._bodies.get(key, {}), **body}

    def agent(self, ref: Ref, queue: str, number: str, agent: Row | None) -> None:
        """Somebody's place in a queue was written: an agent, or None. The places of others are noted by themselves."""
        key = Key("queue", queue, number)
        with self._lock:
            self._refs[key] = ref
            self._bodies[key] = {"Agents": agent}

    def unheld(self) -> Iterator[Unheld]:
        """What is not there as it was written. Everything is forgotten afterwards."""
        with self._lock:
            bodies, self._bodies = self._bodies, {}
            gone, self._gone = self._gone, []
            refs, self._refs = self._refs, {}
        for key in gone:
            if self._read(key.what, {key.native_id}):
                yield Unheld(refs[key], "3CX accepted the deletion and did not make it")
        for what in sorted({key.what for key in bodies}):
            keys = sorted(key for key in bodies if key.what == what)
            found = self._read(what, {key.native_id for key in keys})
            for key in keys:
                if lost := _lost(bodies[key], _as_noted(key, found.get(key.native_id, {}))):
                    message = f"3CX accepted the change of {', '.join(lost)} and did not make it"
                    yield Unheld(refs[key], message)

    def _read(self, what: str, asked: set[str]) -> dict[str, Row]:
        if what in _SINGLES:
            return dict.fromkeys(asked, self.client.get(_SINGLES[what]) or {})
        source = _SOURCES[what]
        if len(asked) > FEW:
            return {str(row["Id"]): row for row in self.client.rows(source)}
        rows = {native_id: self.client.get(f"{source.path}({native_id}){source.one()}") for native_id in sorted(asked)}
        return {native_id: row for native_id, row in rows.items() if row is not None}


def _as_noted(key: Key, row: Row) -> Row:
    """A row as its writing was noted: of a queue, the place of one agent."""
    if not key.number:
        return row
    places = (agent for agent in row.get("Agents") or () if agent.get("Number") == key.number)
    return {**row, "Agents": next(places, None)}


def _lost(sent: Row, found: Row) -> list[str]:
    return [name for name, value in sorted(sent.items()) if not held(value, found.get(name))]


def held(sent: Any, found: Any) -> bool:
    """Whether what was sent is there: rows of a list in any order, a null or empty text as nothing."""
    match sent:
        case None | "":
            return found in (None, "")
        case dict():
            return isinstance(found, dict) and all(held(value, found.get(key)) for key, value in sent.items())
        case [{"RoleName": str()}, *_] if isinstance(
            found, list
        ):  # a department has templates for the other roles, too
            there = {row.get("RoleName"): row for row in found}
            return all(held(row, there.get(row["RoleName"])) for row in sent)
        case list():
            return isinstance(found, list) and len(sent) == len(found) and all(map(held, _sorted(sent), _sorted(found)))
        case str() if re.match(r"^\d\d:\d\d:\d\d", sent):
            return isinstance(found, str) and found[:8] == sent[:8]
        case _:
            return bool(sent == found)


def _sorted(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: str(_identity(row)))


def _identity(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    first = [row.get(name) for name in _IDENTITY if name in row][:1]
    return [*first, row.get("Start"), row.get("Month"), row.get("Day")]
