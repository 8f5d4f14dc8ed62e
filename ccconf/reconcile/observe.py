"""Reads the live platform into the comparison, and refuses every read that cannot be the whole truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from ccconf.errors import Refused
from ccconf.findings import Finding
from ccconf.model.declared import Wanted
from ccconf.model.kinds import REFERENCE_ORDER
from ccconf.model.owned import Owned
from ccconf.platform.contract import Observed, Page, Platform
from ccconf.reconcile.diff import Comparison, Difference
from ccconf.reconcile.policy import Policy

Seen = Callable[[str, int, int], None]
"""Progress: kind, objects read so far, objects in all."""


def observe(
    wanted: Wanted,
    platform: Platform,
    owned: Callable[[str], Mapping[str, Owned]],
    policy: Policy,
    seen: Seen = lambda kind, read, total: None,
) -> Difference:
    """Compare every kind. Raises `Refused` (CC604, CC605) where a read is empty, short or inconsistent."""
    comparison = Comparison(wanted, policy)
    platform.begin()
    for kind in REFERENCE_ORDER:
        ours = owned(kind)
        comparison.begin(kind, ours)
        read = _read(comparison, platform, kind, seen)
        _not_suddenly_empty(kind, read, ours, policy)
        comparison.end()
    return comparison.result()


def _read(comparison: Comparison, platform: Platform, kind: str, seen: Seen) -> int:
    read = 0
    for page in _pages(platform, kind):
        read += len(page.items)
        comparison.page(page.items)
        seen(kind, read, page.total)
    return read


def complete(platform: Platform, kind: str) -> Iterator[Observed]:
    """Every live object of a kind. Raises `Refused` (CC605) where the read is not the whole truth."""
    for page in _pages(platform, kind):
        yield from page.items


def _pages(platform: Platform, kind: str) -> Iterator[Page]:
    """The pages of a kind, held against the number that the platform announced, and against repetition."""
    known: set[str] = set()
    total = 0
    for page in platform.observe(kind):
        total = page.total
        before = len(known)
        known.update([live.native_id for live in page.items])
        if len(known) != before + len(page.items):
            _incomplete(kind, "delivered an object twice; the listing moved while it was read")
        yield page
    if len(known) != total:
        _incomplete(kind, f"announced {total} and delivered {len(known)}")


def _incomplete(kind: str, what: str) -> NoReturn:
    raise Refused(Finding(code="CC605", message=f"reading {kind}s: the platform {what}", hint="try again"))


def _not_suddenly_empty(kind: str, read: int, ours: Mapping[str, Owned], policy: Policy) -> None:
    if read == 0 and ours and kind not in policy.accept_empty:
        message = f"the platform shows no {kind} at all, yet ccconf applied {len(ours)}"
        hint = f"check the platform; if it really is empty, say --accept-empty {kind}"
        raise Refused(Finding(code="CC604", message=message, hint=hint))
