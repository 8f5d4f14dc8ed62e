"""The embedded platform: a `World` that can do everything by API, under its own table of capabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ccconf.embedded.fields import rejected
from ccconf.embedded.world import BUSY_SECONDS, World, utc_now
from ccconf.errors import broken
from ccconf.model.change import KEY, FieldChange, Update
from ccconf.model.kinds import as_data
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Operation, Performed, Support
from ccconf.platforms.local.facts import FACTS, SUPPORT


class LocalPlatform(World):
    """The file that a target names, with the rules of the platform that it is `like`."""

    def __init__(self, connection: Connection, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(
            connection.base / connection.url,
            connection.like or FACTS,
            connection.licence,
            actor=connection.actor,
            read_file=connection.read_file,
            busy_seconds=_busy_seconds(connection.options),
            clock=clock,
            may_write=connection.may_write,
        )

    def support(self, kind: str, operation: Operation) -> Support:
        """This platform's own table, also where it is `like` a vendor."""
        return SUPPORT[kind, operation]


def connect(connection: Connection) -> LocalPlatform:
    """The platform behind `platform: local`; the url is the file's path from the project's folder."""
    return LocalPlatform(connection)


def touch(connection: Connection, ref: Ref, fields: Mapping[str, Any], actor: str = "console") -> Performed:
    """Change a live object by hand, as somebody at the platform's own screens would; for demonstrations and tests.

    `fields` are plain data, None to clear; `key` renames. Raises `Rejected` when the object is not there.
    """
    platform = LocalPlatform(connection._replace(actor=actor))
    try:
        live = platform.lookup(ref)
        if live is None:
            raise rejected(ref, f"{ref} does not exist")
        before = {**as_data(live.resource), KEY: ref.key}
        changes = tuple(FieldChange(field=name, before=before.get(name), after=fields[name]) for name in sorted(fields))
        key = str(fields.get(KEY, ref.key))
        update = Update(kind=ref.kind, key=key, native_id=live.native_id, revision=live.revision, changes=changes)
        return platform.perform(update)
    finally:
        platform.close()


def _busy_seconds(options: Mapping[str, Any]) -> float:
    seconds = options.get("busy_seconds", BUSY_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise broken("CC202", f"busy_seconds is {seconds!r}, not a number of seconds", "write for instance 2.5")
    return float(seconds)
