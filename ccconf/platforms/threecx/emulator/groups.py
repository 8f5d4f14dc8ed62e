"""Departments: templates of rights, members, quotas, hours of their own."""

from __future__ import annotations

import re

from ccconf.platforms.threecx.emulator import holidays
from ccconf.platforms.threecx.emulator.filters import Sql
from ccconf.platforms.threecx.emulator.listing import Row, Rows
from ccconf.platforms.threecx.emulator.memberships import (
    allowed_users,
    checked_rights,
    edge_of,
    edges_where,
    factory_template,
    of_groups,
    owners,
    replace_edges,
    templates_of_groups,
    users_in,
)
from ccconf.platforms.threecx.emulator.objects import FLAGS_OF_RIGHTS, GROUP, SCHEDULE
from ccconf.platforms.threecx.emulator.office import NO_CONTENT, Call, Office, Reply, merged
from ccconf.platforms.threecx.emulator.refusals import Warn, malformed, missing, warned
from ccconf.platforms.threecx.emulator.store import encoded
from ccconf.platforms.threecx.emulator.zones import checked_zone

KIND = 2
"""The audit log's number for departments; a guess."""

_WITH_MEMBERS = (
    "(SELECT id, json_set(doc, '$.HasMembers', json(CASE WHEN EXISTS "
    "(SELECT 1 FROM memberships m WHERE m.group_id = groups.id) THEN 'true' ELSE 'false' END)) AS doc FROM groups)"
)
LINKS = {
    "Members": of_groups,
    "Rights": templates_of_groups,
    "OfficeHolidays": holidays.of_groups,
    "Groups": lambda _store, _documents: {},
}

ALWAYS: Row = {
    "AllowCallService": True,
    "AnswerAfter": 0,
    "CurrentGroupHours": "Default",
    "DisableCustomPrompt": True,
    "GloballyVisible": False,
    "HasMembers": False,
    "IsDefault": False,
    "Language": "EN",
    "OverrideHolidays": False,
    "PromptSet": "English",
    "TranscriptionMode": "Nothing",
    "CallUsRequirement": "Both",
    "Hours": {**SCHEDULE.blank(), "IgnoreHolidays": False, "Type": "OfficeHours"},
    "BreakTime": {**SCHEDULE.blank(), "IgnoreHolidays": False, "Type": "Never"},
}
"""What a new department starts with. Unverified."""


def rows(call: Call) -> Rows:
    """The departments that a caller sees."""
    scope = Sql("TRUE") if call.caller.bound_to is None else Sql("id = ?", (call.caller.bound_to,))
    return Rows(GROUP, Sql(_WITH_MEMBERS), scope, ("Name", "Number"), LINKS)


def found(office: Office, call: Call, id_: int) -> Row:
    """A department that the caller sees, by id. Raises `Refusal` with status 404."""
    document = office.store.document("groups", id_)
    if document is None or call.caller.bound_to not in (None, id_):
        raise missing("Group")
    return document


def create(office: Office, call: Call) -> Reply:
    """POST /Groups: a name is enough."""
    fields = call.fields(GROUP)
    links = {name: fields.pop(name, None) for name in GROUP.links}
    if fields.get("Name") is None:
        raise warned("Name", Warn.REQUIRED)
    number = fields.pop("Number", None) or next_number(office)
    if _taken(office, "Number", number, 0):
        raise warned("Number", Warn.ALREADY_IN_USE)
    zone = office.store.single("OfficeHours")["TimeZoneId"]
    document = merged({**GROUP.blank(), **ALWAYS, "TimeZoneId": zone, "Number": number}, fields)
    _fits(office, document, {})
    id_ = office.store.add("groups", document)
    set_templates(office, id_, links["Rights"] or [])
    _links_changed(office, call, document, {**links, "Rights": None})
    office.note(call, KIND, document["Name"], None, document)
    return Reply(201, id_)


def change(office: Office, call: Call, document: Row) -> Reply:
    """PATCH /Groups({Id}): what is named changes; lists are replaced as a whole."""
    fields = office.silenced(GROUP, call.fields(GROUP))
    links = {name: fields.pop(name, None) for name in GROUP.links}
    if fields.pop("Number", document["Number"]) != document["Number"]:
        raise warned("Number", Warn.FORBIDDEN_CHANGE)
    after, owners_before = merged(document, fields), owners(office.store)
    _fits(office, after, document)
    office.store.put("groups", after)
    _links_changed(office, call, after, links)
    if owners_before and not owners(office.store):
        raise warned("Members", Warn.USER_ROLE_DOWNGRADE)
    office.note(call, KIND, after["Name"], document, after)
    return NO_CONTENT


def _links_changed(office: Office, call: Call, document: Row, links: dict[str, list[Row] | None]) -> None:
    if (templates := links["Rights"]) is not None:
        set_templates(office, document["Id"], templates)
    if (members := links["Members"]) is not None:
        fill(office, call, document["Id"], members)
    if (days := links["OfficeHolidays"]) is not None:
        holidays.replace_all(office, document["Number"], days)


def fill(office: Office, call: Call, group: int, members: list[Row]) -> None:
    """The members of a department from now on; each is named by number."""
    held = edges_where(office.store, "group_id = ?", group)
    wanted = {}
    for item in members:
        ends = (group, *_member(office, item.get("Number")))
        if ends in wanted:
            raise warned("Members.Number", Warn.DUPLICATE)
        wanted[ends] = edge_of(office, ends, item.get("Rights"), held.get(ends), "Members.Rights")
    replace_edges(office, call, held, wanted, "Members.Rights.RoleName")


def _member(office: Office, number: str | None) -> tuple[str, int]:
    if number is None:
        raise warned("Members.Number", Warn.REQUIRED)
    for name, kind in (("users", "Extension"), ("queues", "Queue")):
        for (id_,) in office.store.all(
            f"SELECT id FROM {name} WHERE json_extract(doc, '$.Number') = ?",  # noqa: S608 - a set's name
            number,
        ):
            return kind, id_
    raise warned("Members.Number", Warn.NON_EXISTENT_NUMBER)


def set_templates(office: Office, group: int, wanted: list[Row]) -> None:
    """The templates from now on. A role that is not among them has the factory's again (unverified)."""
    given: dict[str, Row] = {}
    for rights in wanted:
        role = checked_rights(office, rights, "Rights")
        if role in given:
            raise warned("Rights.RoleName", Warn.DUPLICATE)
        given[role] = {flag: rights[flag] for flag in FLAGS_OF_RIGHTS if rights.get(flag) is not None}
    for role in office.roles:
        template = {**factory_template(office, role), **given.get(role, {})}
        statement = "INSERT OR REPLACE INTO templates (group_id, role, rights) VALUES (?, ?, ?)"
        office.store.all(statement, group, role, encoded(template))


def remove(office: Office, call: Call, document: Row) -> Reply:
    """Gone, unless it is the default department or has members."""
    if document["IsDefault"]:
        raise warned("Id", Warn.GROUP_CANNOT_BE_DELETED)
    if edges_where(office.store, "group_id = ?", document["Id"]):
        raise warned("Id", Warn.GROUP_WITH_MEMBERS)
    holidays.replace_all(office, document["Number"], [])
    office.store.all("DELETE FROM templates WHERE group_id = ?", document["Id"])
    office.store.drop("groups", document["Id"])
    office.note(call, KIND, document["Name"], document, None)
    return NO_CONTENT


def remove_by_id(office: Office, call: Call) -> Reply:
    """POST /Groups/Pbx.DeleteCompanyById."""
    id_ = call.body.get("id") if isinstance(call.body, dict) else None
    if type(id_) is not int:
        raise malformed("The request is invalid. id must be a number.")
    return remove(office, call, found(office, call, id_))


def remove_by_number(office: Office, call: Call) -> Reply:
    """POST /Groups/Pbx.DeleteCompanyByNumber."""
    number = call.body.get("number") if isinstance(call.body, dict) else None
    if not isinstance(number, str):
        raise malformed("The request is invalid. number must be a text.")
    ids = office.store.all("SELECT id FROM groups WHERE json_extract(doc, '$.Number') = ?", number)
    if not ids:
        raise missing("Group")
    return remove(office, call, found(office, call, ids[0][0]))


def restrictions(office: Office, call: Call, id_: int) -> Reply:
    """GET /Groups({Id})/Pbx.GetRestrictions(): quotas and what is used of them."""
    document = found(office, call, id_)
    props = document["Props"] or {}
    queues = len(edges_where(office.store, "group_id = ? AND kind = 'Queue'", id_))
    return Reply(
        200,
        {
            "Dects": _quota(props.get("DectMaxCount"), 0),
            "LiveChats": _quota(props.get("LiveChatMaxCount"), 0),
            "MaxPrompts": props.get("PromptsMaxCount"),
            "Sbcs": _quota(props.get("SbcMaxCount"), 0),
            "System": _quota(None, queues),
            "Trunks": _quota(props.get("TrunksMaxCount"), 0),
            "Users": _quota(allowed_users(document), users_in(office.store, id_)),
        },
        "Pbx.Restrictions",
    )


def _quota(allowed: int | None, used: int) -> Row:
    return {"Allowed": allowed or 0, "Unlimited": allowed is None, "Used": used}


def next_number(office: Office) -> str:
    """The next number in the row GRP0000, GRP0001 ..."""
    numbers = office.store.all("SELECT json_extract(doc, '$.Number') FROM groups")
    matches = (re.fullmatch(r"GRP(\d{1,9})", number, re.ASCII) for (number,) in numbers)
    last = max((int(match[1]) for match in matches if match), default=-1)
    return f"GRP{last + 1:04d}"


def _taken(office: Office, name: str, value: str, but: int) -> bool:
    statement = f"SELECT id FROM groups WHERE odata_lower(json_extract(doc, '$.{name}')) = ?"  # noqa: S608 - our own name
    return any(row[0] != but for row in office.store.all(statement, value.lower()))


def _fits(office: Office, after: Row, before: Row) -> None:
    """The name is there and nobody else's; the time zone is one. That a doubled name is refused is unverified."""
    if not (after["Name"] or "").strip():
        raise warned("Name", Warn.CAN_NOT_BE_EMPTY_STRING)
    if after["Name"] != before.get("Name") and _taken(office, "Name", after["Name"], after["Id"]):
        raise warned("Name", Warn.ALREADY_IN_USE)
    if after["TimeZoneId"] != before.get("TimeZoneId"):
        checked_zone(after["TimeZoneId"])
