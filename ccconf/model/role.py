"""What people may do."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET

from ccconf.model.fields import Field, Maybe, Resource
from ccconf.model.shapes import Choice, Level, Levels, References, Text


class Role(Resource, kw_only=True, frozen=True):
    """A set of permissions that users and groups are given."""

    name: Annotated[
        Maybe[str], Field(Text(100), "The name people see; the key serves where it is absent.", "Supervisor")
    ] = UNSET
    description: Annotated[Maybe[str], Field(Text(1000, lines=True), "Who should have it.", "Team leads.")] = UNSET
    scope: Annotated[
        Maybe[str],
        Field(
            Choice("system", "segment"),
            "Whether it holds in the whole system or in one segment (project) of it.",
            "system",
            security=True,
        ),
    ] = UNSET
    segment: Annotated[
        Maybe[str], Field(Text(100), "The segment's name, for a segment role.", "Retail", security=True)
    ] = UNSET
    access_level: Annotated[
        Maybe[str],
        Field(Text(60), "The platform's own access level, where it has one.", "Gestor", security=True),
    ] = UNSET
    permissions: Annotated[
        Maybe[dict[str, Level]],
        Field(
            Levels(),
            "All permissions of the role by id: true, a level (off, read, admin) or a scope. What is not named is "
            "not granted.",
            {"users": "read", "calls.barge_in": True},
            security=True,
        ),
    ] = UNSET
    allowlists: Annotated[
        Maybe[tuple[str, ...]],
        Field(References("allowlist"), "From where holders of the role may sign in.", ["office"], security=True),
    ] = UNSET
