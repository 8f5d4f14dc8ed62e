"""Teams and departments."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET

from ccconf.model.fields import Field, Maybe, Resource
from ccconf.model.shapes import (
    LANGUAGE_PATTERN,
    Flag,
    Level,
    Membership,
    Memberships,
    Reference,
    References,
    Rights,
    Text,
    Zone,
)


class Group(Resource, kw_only=True, frozen=True):
    """A team, department or queue group to which users belong."""

    name: Annotated[
        Maybe[str], Field(Text(100), "The name people see; the key serves where it is absent.", "Billing")
    ] = UNSET
    number: Annotated[
        Maybe[str],
        Field(
            Text(20, pattern=r"^[0-9A-Za-z*#]+$", form="digits and letters in quotes"),
            "The group's own number, in quotes, where the platform gives one.",
            "GRP0001",
            unique=True,
        ),
    ] = UNSET
    description: Annotated[
        Maybe[str], Field(Text(1000, lines=True), "What the group does.", "Invoices and reminders.")
    ] = UNSET
    roles: Annotated[
        Maybe[tuple[str, ...]],
        Field(References("role"), "Roles that every member has through the group.", ["operator"], security=True),
    ] = UNSET
    rights: Annotated[
        Maybe[dict[str, dict[str, Level]]],
        Field(
            Rights(),
            "Permissions for each role within the group. Each role that is named is wholly ours.",
            {"manager": {"calls.barge_in": True}},
            security=True,
        ),
    ] = UNSET
    allowlists: Annotated[
        Maybe[tuple[str, ...]],
        Field(References("allowlist"), "From where members may sign in.", ["office"], security=True),
    ] = UNSET
    schedule: Annotated[Maybe[str], Field(Reference("schedule"), "The group's hours.", "day")] = UNSET
    language: Annotated[
        Maybe[str],
        Field(
            Text(35, pattern=LANGUAGE_PATTERN, form="a language tag such as pl or pt-BR"),
            "The language in which the group's callers are spoken to, as a language tag.",
            "pl",
        ),
    ] = UNSET
    visible_to_all: Annotated[
        Maybe[bool],
        Field(Flag(), "Whether people of other groups see this one and who is in it.", True, security=True),
    ] = UNSET
    timezone: Annotated[Maybe[str], Field(Zone(), "The group's IANA time zone.", "Europe/Warsaw")] = UNSET
    members: Annotated[
        Maybe[dict[str, Membership]],
        Field(
            Memberships("user"),
            "The group's members among the people in Git: the same relation as `groups` of a user, written from the "
            "other side. A list of users, or a mapping of user to role and permissions.",
            ["agent.01"],
            other_side_of=("user", "groups"),
            security=True,
        ),
    ] = UNSET
