"""People on the wire: a user's own fields, and the edges to departments.

What is never asked for is never read: passwords and PINs are not in the selection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET

from ccconf.model.fields import Maybe
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.platforms.threecx.client import Listing, Row
from ccconf.platforms.threecx.rights import ROLE, Flags, overrides_from_native, overrides_to_native

USERS = Listing(
    path="/Users",
    select="Id,Number,FirstName,LastName,EmailAddress,Mobile,Language,Enabled,Require2FA,PrimaryGroupId",
    expand="Groups($expand=Rights,GroupRights)",
)

PLAIN = {"email": "EmailAddress", "mobile": "Mobile", "language": "Language"}
USUAL_ROLE = "users"
"""The role of a member who is given none."""

Templates = Mapping[int, Mapping[str, Flags]]
"""By a department's id: its template for each role."""


def user_from_native(row: Row, departments: Mapping[int, str], skills: Mapping[str, int]) -> User:
    """A user as Git describes one. `departments` are names by id, `skills` levels by queue."""
    name = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)
    return User(
        name=name or row["Number"],
        email=row.get("EmailAddress") or UNSET,
        extension=row["Number"],
        mobile=row.get("Mobile") or UNSET,
        language=row.get("Language") or UNSET,
        status="active" if row.get("Enabled") else "inactive",
        groups=dict(sorted(_edges(row, departments))) or UNSET,
        primary_group=departments.get(row.get("PrimaryGroupId") or 0, UNSET),
        skills=dict(sorted(skills.items())) or UNSET,
        two_factor=bool(row.get("Require2FA")),
    )


def _edges(row: Row, departments: Mapping[int, str]) -> Iterator[tuple[str, Membership]]:
    for edge in row.get("Groups") or ():
        name = departments.get(edge.get("GroupId"))
        if name is not None:
            rights, template = edge.get("Rights") or {}, edge.get("GroupRights") or {}
            overrides = overrides_from_native(rights, template)
            yield name, Membership(role=rights.get(ROLE) or UNSET, permissions=overrides or UNSET)


def user_to_native(fields: Mapping[str, Any], departments: Mapping[str, int], templates: Templates) -> Row:
    """The body that brings a user to these fields; None clears one. `departments` are ids by name."""
    body: Row = {there: fields[here] for here, there in PLAIN.items() if here in fields}
    if "name" in fields:
        body["FirstName"], _, body["LastName"] = str(fields["name"] or "").partition(" ")
    if "status" in fields:
        body["Enabled"] = fields["status"] != "inactive"
    if "two_factor" in fields:
        body["Require2FA"] = bool(fields["two_factor"])
    if "groups" in fields:
        body["Groups"] = [
            _edge(departments[name], edge or {}, templates) for name, edge in sorted((fields["groups"] or {}).items())
        ]
    if "primary_group" in fields:
        primary = fields["primary_group"]
        body["PrimaryGroupId"] = None if primary is None else departments[primary]
    return body


def _edge(department: int, edge: Mapping[str, Any], templates: Templates) -> Row:
    role = edge.get("role") or USUAL_ROLE
    template = templates.get(department, {}).get(role)
    return {"GroupId": department, "Rights": overrides_to_native(role, edge.get("permissions") or {}, template)}


def departments_in(fields: Mapping[str, Any]) -> set[str]:
    """The departments that the fields name."""
    primary: Maybe[str] = fields.get("primary_group")
    return {*(fields.get("groups") or {}), *([primary] if isinstance(primary, str) else [])}
