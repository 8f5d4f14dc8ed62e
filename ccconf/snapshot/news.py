"""What a snapshot brings that the one before did not have, in names."""

from __future__ import annotations

from typing import Any, NamedTuple

from ccconf.model.kinds import as_data
from ccconf.platform.record import Entry, Known


class News(NamedTuple):
    """Names of objects by what has happened to them."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]


def news(before: Known | None, after: Known) -> News:
    """What is new, gone and changed; without a snapshot before, everything is new."""
    was = before.objects if before else {}
    return News(
        tuple(sorted(after.objects.keys() - was.keys())),
        tuple(sorted(was.keys() - after.objects.keys())),
        tuple(sorted(key for key, entry in after.objects.items() if key in was and _differ(was[key], entry))),
    )


def _differ(before: Entry, after: Entry) -> bool:
    """Absent and empty are one thing on a platform: nothing there."""
    return _content(before) != _content(after)


def _content(entry: Entry) -> tuple[str, dict[str, Any]]:
    data = as_data(entry.resource)
    return entry.native_id, {name: value for name, value in data.items() if value not in (None, [], {})}
