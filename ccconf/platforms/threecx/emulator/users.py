"""Users: numbers that never change, addresses that nobody shares, and one owner who always stays."""

from __future__ import annotations

import re
import secrets
from typing import Any

from ccconf.platforms.threecx.emulator.filters import Sql
from ccconf.platforms.threecx.emulator.listing import Linked, Row, Rows
from ccconf.platforms.threecx.emulator.memberships import (
    allowed_users,
    default_group,
    edge_of,
    edges_where,
    of_members,
    owners,
    replace_edges,
)
from ccconf.platforms.threecx.emulator.objects import USER
from ccconf.platforms.threecx.emulator.office import NO_CONTENT, Call, Office, Reply, merged
from ccconf.platforms.threecx.emulator.refusals import Refusal, Warn, malformed, missing, warned
from ccconf.platforms.threecx.emulator.store import Store

KIND = 1
"""The audit log's number for users; a guess, the vendor does not publish the numbers."""
_FIRST, _LAST = 100, 999_999
_UNSERVED = ("ForwardingExceptions", "ForwardingProfiles", "Greetings", "Phones", "AgentSettings")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+")

ALWAYS: Row = {
    "Enabled": True,
    "Internal": False,
    "Require2FA": False,
    "Enable2FA": False,
    "IsRegistered": False,
    "AllowOwnRecordings": False,
    "CallScreening": False,
    "HideInPhonebook": False,
    "RecordCalls": False,
    "VMEnabled": True,
    "PinProtected": False,
    "PinProtectTimeout": 0,
    "Language": "EN",
    "PromptSet": "English",
    "QueueStatus": "LoggedIn",
    "SRTPMode": "SRTPDisabled",
    "VMEmailOptions": "Notification",
    "VMPlayMsgDateTime": "None",
    "CallUsRequirement": "Both",
    "TranscriptionMode": "Inherit",
    "CurrentProfileName": "Available",
    "Hours": {"IgnoreHolidays": False, "Periods": [], "Type": "OfficeHours"},
    "BreakTime": {"IgnoreHolidays": False, "Periods": [], "Type": "Never"},
    "OfficeHoursProps": ["GlobalSchedule"],
    "FirstName": "",
    "LastName": "",
    "EmailAddress": "",
    "Mobile": "",
    "OutboundCallerID": "",
}
"""What a new user starts with. Unverified."""


def _nothing(_: Store, __: list[Row]) -> Linked:
    """A link that the emulator keeps empty."""
    return {}


LINKS = {"Groups": of_members("Extension"), **dict.fromkeys(USER.links.keys() - {"Groups"}, _nothing)}


def rows(call: Call) -> Rows:
    """The users that a caller sees."""
    scope = Sql("TRUE")
    if call.caller.bound_to is not None:
        inside = "SELECT member_id FROM memberships WHERE kind = 'Extension' AND group_id = ?"
        scope = Sql(f"id IN ({inside})", (call.caller.bound_to,))
    return Rows(USER, Sql("users"), scope, ("Number", "FirstName", "LastName", "EmailAddress"), LINKS)


def new_secrets() -> Row:
    """Passwords that are plainly made up, other ones for each run."""
    return {
        "AccessPassword": f"fake-access-{secrets.token_hex(4)}",
        "AuthID": secrets.token_hex(5),
        "AuthPassword": f"fake-auth-{secrets.token_hex(4)}",
        "DeskphonePassword": f"fake-desk-{secrets.token_hex(4)}",
        "VMPIN": str(secrets.randbelow(9000) + 1000),
    }


def name_of(document: Row) -> str:
    """How the user is shown."""
    return " ".join(part for part in (document["FirstName"], document["LastName"]) if part) or document["Number"]


def create(office: Office, call: Call) -> Reply:
    """POST /Users: everything may be left out; the next free number and the default department are taken then."""
    fields = call.fields(USER)
    (users,) = office.store.one("SELECT count(*) FROM users")
    if users >= office.cap:
        raise warned("Number", Warn.LIMIT_REACHED)
    _only_served(fields)
    groups = fields.pop("Groups", None) or [{"GroupId": _home(office, call)}]
    number = _number(office, fields.pop("Number", None) or first_free(office))
    primary = fields.pop("PrimaryGroupId", None)
    document = merged({**USER.blank(), **ALWAYS, **new_secrets(), "Number": number}, fields)
    document["DisplayName"] = document["DisplayName"] or name_of(document)
    _fits(office, document, {})
    id_ = office.store.add("users", document)
    document["PrimaryGroupId"] = groups[0].get("GroupId") if primary is None else primary
    office.store.put("users", document)
    place(office, call, id_, groups)
    _in_range(office, document)
    office.note(call, KIND, number, None, document)
    return Reply(201, id_)


def _home(office: Office, call: Call) -> int:
    """The department of whoever creates, else the default one."""
    return call.caller.bound_to or default_group(office.store)


def change(office: Office, call: Call, document: Row) -> Reply:
    """PATCH /Users({Id}): what is named changes; lists are replaced as a whole."""
    fields = office.silenced(USER, call.fields(USER))
    before, owners_before = document, owners(office.store)
    _only_served(fields)
    if fields.pop("Number", before["Number"]) != before["Number"]:
        raise warned("Number", Warn.FORBIDDEN_CHANGE)
    groups = fields.pop("Groups", None)
    after = merged(before, fields)
    if "DisplayName" not in fields and before["DisplayName"] == name_of(before):
        after["DisplayName"] = name_of({name: value or "" for name, value in after.items() if name in _NAMES})
    for role in roles_of(office.store, after["Id"]) if after["Enabled"] != before["Enabled"] else ():
        office.may_touch(call, role, "Enabled")
    _fits(office, after, before)
    office.store.put("users", after)
    if groups is not None:
        place(office, call, after["Id"], groups)
    elif "PrimaryGroupId" in fields:
        _primary_is_own(office.store, after)
    if owners_before and not owners(office.store):
        raise warned("Groups" if groups is not None else "Enabled", Warn.USER_ROLE_DOWNGRADE)
    office.note(call, KIND, after["Number"], before, after)
    return NO_CONTENT


_NAMES = ("FirstName", "LastName", "Number")


def place(office: Office, call: Call, user: int, groups: list[Row]) -> None:
    """The departments of a user from now on."""
    held = edges_where(office.store, "kind = 'Extension' AND member_id = ?", user)
    wanted = {}
    for item in groups:
        group = item.get("GroupId")
        if group is None:
            raise warned("Groups.GroupId", Warn.REQUIRED)
        if office.store.document("groups", group) is None:
            raise warned("Groups.GroupId", Warn.NOT_FOUND)
        ends = (group, "Extension", user)
        if ends in wanted:
            raise warned("Groups.GroupId", Warn.DUPLICATE)
        wanted[ends] = edge_of(office, ends, item.get("Rights"), held.get(ends), "Groups.Rights")
    primary = call.body.get("PrimaryGroupId") if isinstance(call.body, dict) else None
    if groups and primary is not None and primary not in {ends[0] for ends in wanted}:
        raise warned("PrimaryGroupId", Warn.NOT_FOUND)
    replace_edges(office, call, held, wanted, "Groups.Rights.RoleName")


def _primary_is_own(store: Store, document: Row) -> None:
    held = edges_where(store, "kind = 'Extension' AND member_id = ?", document["Id"])
    if document["PrimaryGroupId"] not in {ends[0] for ends in held}:
        raise warned("PrimaryGroupId", Warn.NOT_FOUND)


def roles_of(store: Store, user: int) -> list[str]:
    """The roles that a user has anywhere."""
    statement = "SELECT DISTINCT role FROM memberships WHERE kind = 'Extension' AND member_id = ? ORDER BY role"
    return [row[0] for row in store.all(statement, user)]


def remove(office: Office, call: Call, document: Row) -> Reply:
    """DELETE /Users({Id})."""
    for role in roles_of(office.store, document["Id"]):
        office.may_touch(call, role, "Id")
    owners_before = owners(office.store)
    office.store.all("DELETE FROM memberships WHERE kind = 'Extension' AND member_id = ?", document["Id"])
    office.store.all("DELETE FROM staff WHERE user_id = ?", document["Id"])
    office.store.drop("users", document["Id"])
    if owners_before and not owners(office.store):
        raise warned("Number", Warn.USER_CANNOT_BE_DELETED)
    office.note(call, KIND, document["Number"], document, None)
    return NO_CONTENT


def remove_all(office: Office, call: Call) -> Reply:
    """POST /Users/Pbx.BatchDelete: each on its own, so one that must stay does not keep the others."""
    ids = ids_in(call)
    errors: list[Row] = []
    for id_ in ids:
        office.store.sql.execute("SAVEPOINT one")
        try:
            remove(office, call, found(office, call, id_))
        except Refusal as refusal:
            office.store.sql.execute("ROLLBACK TO one")
            document = office.store.document("users", id_)
            number = document["Number"] if document else str(id_)
            code = refusal.warning.spelled(office.options.version) if refusal.warning else refusal.message
            errors.append({"ExtensionNumber": number, "Error": code})
        office.store.sql.execute("RELEASE one")
    return Reply(200, {"value": errors}, "Collection(Pbx.UserDeleteError)")


def ids_in(call: Call) -> list[int]:
    """The ids of an action's body."""
    ids = call.body.get("ids") if isinstance(call.body, dict) else None
    if not isinstance(ids, list) or not all(type(id_) is int and abs(id_) < 2**31 for id_ in ids):
        raise malformed("The request is invalid. ids must be a list of numbers.")
    return ids


def found(office: Office, call: Call, id_: int) -> Row:
    """A user that the caller sees, by id. Raises `Refusal` with status 404."""
    document = office.store.document("users", id_)
    if document is None or (call.caller.bound_to is not None and not _inside(office.store, id_, call.caller.bound_to)):
        raise missing("User")
    return document


def _inside(store: Store, user: int, group: int) -> bool:
    return bool(edges_where(store, "kind = 'Extension' AND member_id = ? AND group_id = ?", user, group))


def first_free(office: Office) -> str:
    """The lowest number that nobody has. Raises `Refusal` where there is none."""
    taken = {
        row[0] for name in ("users", "queues")
        for row in office.store.all(f"SELECT json_extract(doc, '$.Number') FROM {name}")  # noqa: S608 - a set's name
    }  # fmt: skip
    free = next((str(number) for number in range(_FIRST, _LAST) if str(number) not in taken), None)
    if free is None:
        raise warned("Number", Warn.NO_MORE_NUMBERS)
    return free


def _number(office: Office, number: str) -> str:
    if not re.fullmatch(r"[0-9]{2,10}", number, re.ASCII):
        raise warned("Number", Warn.INVALID)
    if office.number_taken(number):
        raise warned("Number", Warn.ALREADY_IN_USE)
    return number


def _in_range(office: Office, document: Row) -> None:
    """A department with a range of numbers takes a new user only within it. Unverified."""
    group = office.store.document("groups", document["PrimaryGroupId"])
    if group is not None and allowed_users(group) is not None:
        props = group["Props"]
        if not int(props["UserNumberFrom"]) <= int(document["Number"]) <= int(props["UserNumberTo"]):
            raise warned("Number", Warn.OUT_OF_THE_RANGE)


def _only_served(fields: Row) -> None:
    """What the emulator cannot keep is refused, never dropped in silence."""
    for name in _UNSERVED:
        if fields.pop(name, None):
            raise warned(name, Warn.NOT_SUPPORTED)


def _fits(office: Office, after: Row, before: Row) -> None:
    """The address is one, and nobody else has it. That a doubled address is refused is unverified."""
    email: Any = after["EmailAddress"]
    if email and email != before.get("EmailAddress"):
        if not _EMAIL.fullmatch(email):
            raise warned("EmailAddress", Warn.INVALID)
        statement = "SELECT id FROM users WHERE odata_lower(json_extract(doc, '$.EmailAddress')) = ?"
        if any(row[0] != after["Id"] for row in office.store.all(statement, email.lower())):
            raise warned("EmailAddress", Warn.ALREADY_IN_USE)
