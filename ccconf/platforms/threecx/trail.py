"""Who changed what, by 3CX's own audit log.

Source of the form: the vendor's OpenAPI file (version 20.0.10), `/ReportAuditLog/Pbx.GetAuditLogData()` and the type
`AuditLog`. What stands in `ObjectName` and in the data before and after is unverified: a user's number, a department's
name, the objects as JSON. What does not fit is passed over, so a wrong guess tells nobody's name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from ccconf.model.refs import Ref
from ccconf.platform.contract import Trace
from ccconf.platforms.threecx.client import Client, Row, query

PATH = "/ReportAuditLog/Pbx.GetAuditLogData()"
LINES = 1000
"""The newest lines that are read; what was changed before them has no name."""

_FIELDS = {
    "FirstName": "name", "LastName": "name", "Name": "name", "EmailAddress": "email", "Mobile": "mobile",
    "Language": "language", "Enabled": "status", "Number": "extension", "Groups": "groups",
    "PrimaryGroupId": "primary_group", "Require2FA": "two_factor", "TimeZoneId": "timezone",
    "GloballyVisible": "visible_to_all", "Rights": "rights",
}  # fmt: skip


def traces(client: Client, refs: Collection[Ref]) -> Iterator[Trace]:
    """The newest lines about these users and departments, oldest first. A name that both kinds have is told of none."""
    known: dict[str, Ref | None] = {}
    for ref in refs:
        if ref.kind in ("user", "group"):
            known[ref.key] = None if ref.key in known else ref
    if not any(known.values()):
        return
    asked = query({"$orderby": "Timestamp desc,Id desc", "$top": str(LINES), "$skip": "0"})
    answer = client.get(PATH + asked) or {}
    for row in reversed(answer.get("value") or ()):
        meant = known.get(row.get("ObjectName", "")) if isinstance(row, dict) else None
        if meant is not None and isinstance(row.get("Timestamp"), str):
            yield Trace(row["Timestamp"], str(row.get("UserName") or ""), "change", meant, tuple(_fields(row, meant)))


def _fields(row: Row, ref: Ref) -> Iterator[str]:
    """The fields of ours whose value differs between the data before and after."""
    before, after = _data(row.get("PrevData")), _data(row.get("NewData"))
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    for name in sorted({_FIELDS[name] for name in names if name in _FIELDS}):
        if (name, ref.kind) != ("extension", "group"):
            yield name


def _data(text: Any) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text) if isinstance(text, str) else {}
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
