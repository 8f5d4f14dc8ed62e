"""Platforms are found by entry point, so that a vendor's package can be installed on its own."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from ccconf.errors import broken
from ccconf.findings import Location, did_you_mean
from ccconf.platform.contract import Descriptor

GROUP = "ccconf.platforms"


@cache
def _installed() -> dict[str, EntryPoint]:
    """Every installed platform by name. To look takes longer than most commands, so it is done once."""
    return {entry.name: entry for entry in reversed(list(entry_points(group=GROUP)))}  # of two the first one counts


@cache
def names() -> tuple[str, ...]:
    """Every installed platform, sorted."""
    return tuple(sorted(_installed()))


@cache
def load(name: str) -> Descriptor:
    """The platform of that name; `Broken` (CC005) where none is installed."""
    return find(name, None)


def owners_of(permission: str, *, besides: str) -> tuple[str, ...]:
    """The titles of the other platforms whose catalogue has a permission of that id."""
    others = (load(name).facts for name in names() if name != besides)
    return tuple(
        facts.title for facts in others if any(known.id == permission for known in facts.catalogue.permissions)
    )


def find(name: str, where: Location | None) -> Descriptor:
    """The same, with the place that asked for it."""
    entry = _installed().get(name)
    if entry is None:
        raise broken("CC005", f"no platform is called {name}", did_you_mean(name, names()), where)
    descriptor: Descriptor = entry.load()
    return descriptor
