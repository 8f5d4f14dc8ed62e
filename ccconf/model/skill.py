"""What people can do, for the routing of calls and chats."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET

from ccconf.model.fields import Field, Maybe, Resource
from ccconf.model.shapes import Text, Whole


class Skill(Resource, kw_only=True, frozen=True):
    """Something a person is able to do; users hold it with a level."""

    name: Annotated[
        Maybe[str], Field(Text(100), "The name people see; the key serves where it is absent.", "English")
    ] = UNSET
    description: Annotated[
        Maybe[str],
        Field(Text(1000, lines=True), "What holders are able to do.", "Speaks English with customers."),
    ] = UNSET
    max_level: Annotated[Maybe[int], Field(Whole(1, 100), "The greatest level; 1 is the least able.", 5)] = UNSET
