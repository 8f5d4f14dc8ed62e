"""The embedded platform: a contact centre in one SQLite file, for trying ccconf out and for testing it.

It behaves like a vendor's platform does: it hands out its own ids, checks references, refuses what the licence
does not allow, and keeps an audit trail. What is opened only at a connection is imported only there.
"""

from __future__ import annotations

from ccconf.platform.contract import Connection, Descriptor, Platform
from ccconf.platforms.local.facts import FACTS


def _connect(connection: Connection) -> Platform:
    from ccconf.platforms.local.embedded import connect

    return connect(connection)


platform = Descriptor(facts=FACTS, connect=_connect)
