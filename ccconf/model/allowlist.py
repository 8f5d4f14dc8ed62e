"""Where a login may come from."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET

from ccconf.model.fields import Field, Maybe, Resource
from ccconf.model.shapes import Networks, Text


class Allowlist(Resource, kw_only=True, frozen=True):
    """Addresses and networks from which people may sign in."""

    name: Annotated[
        Maybe[str], Field(Text(100), "The name people see; the key serves where it is absent.", "Head office")
    ] = UNSET
    description: Annotated[Maybe[str], Field(Text(1000, lines=True), "What it is for.", "The office and its VPN.")] = (
        UNSET
    )
    networks: Annotated[
        Maybe[dict[str, str]],
        Field(
            Networks(),
            "IPv4 and IPv6 addresses and networks, as a list, or as a mapping of network to a note.",
            {"203.0.113.0/24": "Head office", "2001:db8::/32": "VPN"},
            security=True,
        ),
    ] = UNSET
    blocked: Annotated[
        Maybe[dict[str, str]],
        Field(
            Networks(),
            "Addresses and networks that are turned away, where the platform keeps such a list; the smaller one wins.",
            {"198.51.100.66": "Scanner"},
            security=True,
        ),
    ] = UNSET
