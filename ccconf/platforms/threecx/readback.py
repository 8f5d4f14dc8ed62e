"""3CX may answer "done" and do nothing; so what was written is read back and compared, value by value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ccconf.model.refs import Ref
from ccconf.platform.contract import Unheld
from ccconf.platforms.threecx.client import Client, Listing, Row
from ccconf.platforms.threecx.departments import DEPARTMENTS
from ccconf.platforms.threecx.people import USERS
from ccconf.platforms.threecx.system import QUEUES

Written = Callable[[str, str, Row | None], None]
"""Called with what was written, its native id, and the body; None where it is gone."""

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


class ReadBack:
    """Everything that one connection wrote, the last word on each value."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.bodies: dict[tuple[str, str], Row] = {}
        self.gone: list[tuple[str, str]] = []
        self.refs: dict[tuple[str, str], Ref] = {}
        self.ref: Ref | None = None
        """The object on whose behalf is being written."""

    def note(self, what: str, native_id: str, body: Row | None) -> None:
        """Something was written, or is gone, so that nothing of it can be read back."""
        if self.ref is not None:
            self.refs[what, native_id] = self.ref
        if body is None:
            self.bodies.pop((what, native_id), None)
            self.gone.append((what, native_id))
            return
        self.bodies.setdefault((what, native_id), {}).update(body)

    def unheld(self) -> Iterator[Unheld]:
        """What is not there as it was written. Everything is forgotten afterwards."""
        bodies, self.bodies = self.bodies, {}
        gone, self.gone = self.gone, []
        for what, native_id in gone:
            if self._read(what, {native_id: {}}) and (ref := self.refs.get((what, native_id))) is not None:
                yield Unheld(ref, "3CX accepted the deletion and did not make it")
        for what in sorted({what for what, _ in bodies}):
            asked = {native_id: body for (kind, native_id), body in bodies.items() if kind == what}
            found = self._read(what, asked)
            for native_id, body in sorted(asked.items()):
                lost = [
                    key for key, value in sorted(body.items()) if not held(value, found.get(native_id, {}).get(key))
                ]
                ref = self.refs.get((what, native_id))
                if lost and ref is not None:
                    yield Unheld(ref, f"3CX accepted the change of {', '.join(lost)} and did not make it")

    def _read(self, what: str, asked: dict[str, Row]) -> dict[str, Row]:
        if what in _SINGLES:
            return dict.fromkeys(asked, self.client.get(_SINGLES[what]) or {})
        source = _SOURCES[what]
        if len(asked) > FEW:
            return {str(row["Id"]): row for row in self.client.rows(source)}
        rows = {native_id: self.client.get(f"{source.path}({native_id}){source.one()}") for native_id in asked}
        return {native_id: row for native_id, row in rows.items() if row is not None}


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
