"""iQChannels: an omnichannel chat platform whose administrative API is not public.

Everything goes by hand unless ccconf.yaml names paths (`paths.yaml` has guesses). The connection is imported when it is
opened: validating needs no network library.
"""

from __future__ import annotations

from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.platform.contract import Connection, Descriptor, Platform
from ccconf.platform.guide import Guide

_PACKAGE = "ccconf.platforms.iqchannels"


def _connect(connection: Connection) -> Platform:
    from ccconf.platforms.iqchannels.connection import connect

    return connect(connection)


def _guide() -> Guide:
    return guide_of(_PACKAGE)


platform = Descriptor(facts_of(_PACKAGE), _connect, guide=_guide)
