"""Holidays: days on which hours do not hold, for the whole system or for one department.

A holiday names its department by a text. That the text is the department's number, and empty for the system, is
unverified; `DEFAULT` is taken for the system too.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from ccconf.platforms.threecx.emulator.filters import Sql
from ccconf.platforms.threecx.emulator.listing import Linked, Row, Rows
from ccconf.platforms.threecx.emulator.objects import HOLIDAY
from ccconf.platforms.threecx.emulator.office import NO_CONTENT, Call, Office, Reply
from ccconf.platforms.threecx.emulator.refusals import Warn, missing, warned
from ccconf.platforms.threecx.emulator.store import Store, encoded

KIND = 3
"""The audit log's number for holidays; a guess."""
SYSTEM = ""
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
ALWAYS: Row = {"Group": SYSTEM, "IsRecurrent": False, "TimeOfStartDate": "PT0S", "TimeOfEndDate": "PT23H59M59S"}


def rows(_: Call) -> Rows:
    """All holidays, the system's and the departments'."""
    return Rows(HOLIDAY, Sql("holidays"), searched=("Name",))


def found(office: Office, _: Call, id_: int) -> Row:
    """A holiday by id. Raises `Refusal` with status 404."""
    document = office.store.document("holidays", id_)
    if document is None:
        raise missing("Holiday")
    return document


def create(office: Office, call: Call) -> Reply:
    """POST /Holidays."""
    document = _complete(office, call.fields(HOLIDAY))
    id_ = office.store.add("holidays", document)
    office.note(call, KIND, document["Name"], None, document)
    return Reply(201, id_)


def change(office: Office, call: Call, document: Row) -> Reply:
    """PATCH /Holidays({Id})."""
    after = _judged(office, {**document, **office.silenced(HOLIDAY, call.fields(HOLIDAY))})
    office.store.put("holidays", after)
    office.note(call, KIND, after["Name"], document, after)
    return NO_CONTENT


def remove(office: Office, call: Call, document: Row) -> Reply:
    """DELETE /Holidays({Id})."""
    office.store.drop("holidays", document["Id"])
    office.note(call, KIND, document["Name"], document, None)
    return NO_CONTENT


def of_groups(store: Store, documents: list[Row]) -> Linked:
    """Follows the link from departments to their holidays."""
    ids = {row["Number"]: row["Id"] for row in documents}
    statement = (
        "SELECT doc FROM holidays WHERE json_extract(doc, '$.Group') IN (SELECT value FROM json_each(?)) ORDER BY id"
    )
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for (text,) in store.all(statement, encoded(list(ids))):
        row = msgspec.json.decode(text, type=Row)
        found[ids[row["Group"]]].append(row)
    return found


def of_system(store: Store) -> list[Row]:
    """The holidays of the whole system."""
    statement = "SELECT doc FROM holidays WHERE json_extract(doc, '$.Group') = ? ORDER BY id"
    return [msgspec.json.decode(text, type=Row) for (text,) in store.all(statement, SYSTEM)]


def replace_all(office: Office, group: str, wanted: list[Row]) -> None:
    """The holidays of a department, or of the system, from now on. One with an id that is there stays that one."""
    statement = "SELECT id FROM holidays WHERE json_extract(doc, '$.Group') = ?"
    held = {row[0] for row in office.store.all(statement, group)}
    for item in wanted:
        fields = {name: value for name, value in item.items() if name[0] != "@" and name != "Id"}
        document = _complete(office, {**fields, "Group": group})
        if item.get("Id") in held:
            held.discard(item["Id"])
            office.store.put("holidays", {**document, "Id": item["Id"]})
        else:
            office.store.add("holidays", document)
    for id_ in held:
        office.store.drop("holidays", id_)


def _complete(office: Office, fields: Row) -> Row:
    """A new holiday: one day unless it says until when."""
    if "Name" not in fields:
        raise warned("Name", Warn.REQUIRED)
    ends = {f"{name}End": fields.get(name, 0) for name in ("Day", "Month", "Year")}
    return _judged(office, {**HOLIDAY.blank(), **ALWAYS, **ends, **fields})


def _judged(office: Office, document: Row) -> Row:
    if not document["Name"].strip():
        raise warned("Name", Warn.CAN_NOT_BE_EMPTY_STRING)
    for end in ("", "End"):
        month = document[f"Month{end}"]
        if not 1 <= month <= 12:
            raise warned(f"Month{end}", Warn.OUT_OF_THE_RANGE)
        if not 1 <= document[f"Day{end}"] <= _DAYS[month - 1]:
            raise warned(f"Day{end}", Warn.OUT_OF_THE_RANGE)
    group = document["Group"] or SYSTEM
    group = SYSTEM if group == "DEFAULT" else group
    if group != SYSTEM and not office.store.all("SELECT 1 FROM groups WHERE json_extract(doc, '$.Number') = ?", group):
        raise warned("Group", Warn.NOT_FOUND)
    return {**document, "Group": group}
