"""Who may come in by network: the console's own list, and the system's block list.

A restricted console refuses every caller whose address is not listed, and it accepts a list without the very caller
who writes it: that is how people lock themselves out of the real one.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from ccconf.platforms.threecx.emulator.filters import Sql, moment
from ccconf.platforms.threecx.emulator.listing import Row, Rows
from ccconf.platforms.threecx.emulator.objects import BLOCKED, RESTRICTIONS
from ccconf.platforms.threecx.emulator.office import NO_CONTENT, Call, Office, Reply
from ccconf.platforms.threecx.emulator.refusals import Warn, missing, warned
from ccconf.platforms.threecx.emulator.users import ids_in

KIND, KIND_BLOCKED = 5, 6
"""The audit log's numbers for the console's list and for the block list; guesses."""


def mask_of(text: Any, target: str) -> str:
    """An address or network, as it was written. Raises `Refusal` for what is none."""
    try:
        ipaddress.ip_network(str(text).strip(), strict=False)
    except ValueError:
        raise warned(target, Warn.INVALID_IP_MASK) from None
    return str(text)


def lets_in(office: Office, address: str) -> bool:
    """Whether the console's list lets this address in."""
    held = office.store.single("ConsoleRestrictions")
    if not held["AccessRestricted"]:
        return True
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(caller in ipaddress.ip_network(row.strip(), strict=False) for row in held["IpWhitelist"])


def restrictions(office: Office, call: Call) -> Row:
    """The console's list, with the address from which the caller comes."""
    return {**office.store.single("ConsoleRestrictions"), "MyIpAddress": call.caller.address}


def restrict(office: Office, call: Call) -> Reply:
    """PATCH /ConsoleRestrictions: the list is replaced as a whole."""
    fields = office.silenced(RESTRICTIONS, call.fields(RESTRICTIONS))
    for row in fields.get("IpWhitelist", ()):
        mask_of(row, "IpWhitelist")
    before = office.store.single("ConsoleRestrictions")
    after = {**before, **fields}
    office.store.put_single("ConsoleRestrictions", after)
    office.note(call, KIND, "ConsoleRestrictions", before, after)
    return NO_CONTENT


def rows(_: Call) -> Rows:
    """The block list: what people wrote, and what the system added by itself."""
    return Rows(BLOCKED, Sql("blocklist"), searched=("IPAddrMask", "Description"))


def found(office: Office, _: Call, id_: int) -> Row:
    """An entry by id. Raises `Refusal` with status 404."""
    document = office.store.document("blocklist", id_)
    if document is None:
        raise missing("BlocklistAddr")
    return document


def create(office: Office, call: Call) -> Reply:
    """POST /Blocklist: an entry by hand."""
    fields = call.fields(BLOCKED)
    if fields.get("IPAddrMask") is None:
        raise warned("IPAddrMask", Warn.REQUIRED)
    document = _judged(office, {**BLOCKED.blank(), "BlockType": "Block", "AddedBy": "Manual", **fields}, {})
    id_ = office.store.add("blocklist", document)
    office.note(call, KIND_BLOCKED, document["IPAddrMask"], None, document)
    return Reply(201, id_)


def change(office: Office, call: Call, document: Row) -> Reply:
    """PATCH /Blocklist({Id})."""
    after = _judged(office, {**document, **office.silenced(BLOCKED, call.fields(BLOCKED))}, document)
    office.store.put("blocklist", after)
    office.note(call, KIND_BLOCKED, str(after["IPAddrMask"]), document, after)
    return NO_CONTENT


def remove(office: Office, call: Call, document: Row) -> Reply:
    """DELETE /Blocklist({Id})."""
    office.store.drop("blocklist", document["Id"])
    office.note(call, KIND_BLOCKED, str(document["IPAddrMask"]), document, None)
    return NO_CONTENT


def remove_all(office: Office, call: Call) -> Reply:
    """POST /Blocklist/Pbx.BulkIpsDelete."""
    for id_ in ids_in(call):
        remove(office, call, found(office, call, id_))
    return NO_CONTENT


def _judged(office: Office, after: Row, before: Row) -> Row:
    if after["IPAddrMask"] != before.get("IPAddrMask"):
        mask_of(after["IPAddrMask"], "IPAddrMask")
        statement = "SELECT id FROM blocklist WHERE json_extract(doc, '$.IPAddrMask') = ?"
        if any(row[0] != after["Id"] for row in office.store.all(statement, after["IPAddrMask"])):
            raise warned("IPAddrMask", Warn.DUPLICATE)
    if after["ExpiresAt"] is not None:
        after = {**after, "ExpiresAt": moment(after["ExpiresAt"])}
        if after["ExpiresAt"] != before.get("ExpiresAt") and after["ExpiresAt"] <= office.moment():
            raise warned("ExpiresAt", Warn.ALREADY_EXPIRED)
    return after
