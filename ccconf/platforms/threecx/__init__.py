"""3CX, version 20: a telephone system with a complete configuration API.

The connection is imported when it is opened: validating needs no network library.
"""

from __future__ import annotations

from ccconf.manifest.facts import facts_of
from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Descriptor, Platform


def _connect(connection: Connection) -> Platform:
    from ccconf.platforms.threecx.connection import connect

    return connect(connection)


def _as_held(ref: Ref, resource: Resource) -> Resource:
    from ccconf.platforms.threecx.connection import as_held

    return as_held(ref, resource)


platform = Descriptor(facts_of("ccconf.platforms.threecx"), _connect, _as_held)
