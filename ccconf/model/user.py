"""People, and the bots that work beside them."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET

from ccconf.model.fields import Field, Maybe, Resource
from ccconf.model.shapes import (
    EMAIL_PATTERN,
    LANGUAGE_PATTERN,
    Choice,
    File,
    Flag,
    Membership,
    Memberships,
    Reference,
    References,
    SkillLevels,
    Text,
)


class User(Resource, kw_only=True, frozen=True):
    """A person (or bot) who signs in, takes calls and chats, and is allowed things."""

    name: Annotated[
        Maybe[str],
        Field(Text(200), "The full name, as colleagues see it.", "Agent One", needed_to_create=True),
    ] = UNSET
    email: Annotated[
        Maybe[str],
        Field(
            Text(200, pattern=EMAIL_PATTERN, form="an e-mail address"),
            "The e-mail address.",
            "agent.01@example.org",
            unique=True,
        ),
    ] = UNSET
    extension: Annotated[
        Maybe[str],
        Field(
            Text(20, pattern=r"^[0-9*#]+$", form="digits in quotes"),
            "The internal number, in quotes.",
            "101",
            unique=True,
        ),
    ] = UNSET
    position: Annotated[Maybe[str], Field(Text(200), "The job title.", "Operator")] = UNSET
    type: Annotated[
        Maybe[str], Field(Choice("human", "bot"), "Whether a person or a bot works here.", "human", initial="human")
    ] = UNSET
    status: Annotated[
        Maybe[str],
        Field(Choice("active", "inactive"), "Whether the user may sign in.", "active", security=True, initial="active"),
    ] = UNSET
    mobile: Annotated[
        Maybe[str],
        Field(
            Text(40, pattern=r"^\+?[0-9][0-9 ()/.-]*$", form="a telephone number in quotes"),
            "The mobile number, in quotes.",
            "+48 600 100 200",
        ),
    ] = UNSET
    language: Annotated[
        Maybe[str],
        Field(
            Text(35, pattern=LANGUAGE_PATTERN, form="a language tag such as pl or pt-BR"),
            "The language of the user's screens, as a language tag.",
            "pl",
        ),
    ] = UNSET
    groups: Annotated[
        Maybe[dict[str, Membership]],
        Field(
            Memberships("group"),
            "All groups of the user: a list of names, or a mapping of group to the role and permissions in it.",
            {"billing": {"role": "manager"}},
            security=True,
        ),
    ] = UNSET
    primary_group: Annotated[
        Maybe[str],
        Field(
            Reference("group"),
            "The one of the user's groups that counts where only one can: its hours, say.",
            "billing",
        ),
    ] = UNSET
    roles: Annotated[
        Maybe[tuple[str, ...]],
        Field(References("role"), "All roles given to the user directly.", ["operator"], security=True),
    ] = UNSET
    skills: Annotated[
        Maybe[dict[str, int]],
        Field(SkillLevels(), "All skills of the user with their levels.", {"english": 4}),
    ] = UNSET
    schedule: Annotated[Maybe[str], Field(Reference("schedule"), "The hours by which the user works.", "day")] = UNSET
    avatar: Annotated[
        Maybe[str], Field(File(), "A picture, as a path from the manifest's folder.", "avatars/agent.01.png")
    ] = UNSET
    two_factor: Annotated[
        Maybe[bool],
        Field(Flag(), "Whether a second factor is required to sign in.", True, security=True),
    ] = UNSET
