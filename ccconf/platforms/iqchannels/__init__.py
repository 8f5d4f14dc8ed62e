"""iQChannels: an omnichannel chat platform whose administrative API is not public.

Everything goes by hand unless ccconf.yaml names paths (`paths.yaml` has guesses). The connection is imported when it is
opened: validating needs no network library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.platform.contract import Connection, Descriptor, Platform, Support
from ccconf.platform.guide import Guide

_PACKAGE = "ccconf.platforms.iqchannels"
FACTS = facts_of(_PACKAGE)


def _connect(connection: Connection) -> Platform:
    from ccconf.platforms.iqchannels.connection import connect

    return connect(connection)


def _table(options: Mapping[str, Any]) -> tuple[Support, ...]:
    """The facts' own table, until paths are named."""
    if not options.get("paths"):
        return FACTS.support
    from ccconf.platforms.iqchannels.paths import chosen

    paths = chosen(options["paths"])
    return tuple(paths.support(row.kind, row.operation) for row in FACTS.support)


def _guide() -> Guide:
    return guide_of(_PACKAGE)


platform = Descriptor(FACTS, _connect, table=_table, guide=_guide)
