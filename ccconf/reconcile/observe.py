"""Reads the live platform into the comparison, and refuses every read that cannot be the whole truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NoReturn

from ccconf.errors import Refused
from ccconf.findings import Finding
from ccconf.model.declared import Wanted
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Operation, Page, Platform, Route
from ccconf.reconcile.diff import Agreed, Comparison, Difference
from ccconf.reconcile.policy import DELETES, Policy, allowed

_SHOWN = 5

Seen = Callable[[str, int, int], None]
"""Progress: kind, objects read so far, objects in all."""


def observe(
    wanted: Wanted,
    platform: Platform,
    owned: Callable[[str], Mapping[str, Owned]],
    policy: Policy,
    seen: Seen = lambda kind, read, total: None,
    agreed: Agreed | None = None,
) -> Difference:
    """Compare every kind. `agreed` hears of every declared object that is live.

    Raises `Refused` (CC604, CC605, CC610) where a read is empty, short, inconsistent, or without much of what ccconf
    applied.
    """
    comparison = Comparison(wanted, policy, agreed)
    platform.begin()
    missing: dict[str, list[Ref]] = {}
    for kind in REFERENCE_ORDER:
        ours = owned(kind)
        comparison.begin(kind, ours)
        ids = _read(comparison, platform, kind, seen)
        _not_suddenly_empty(kind, len(ids), ours, policy)
        comparison.end()
        if ids:  # nothing at all was accepted a moment ago
            missing[kind] = list(_missing(comparison, kind, ours, ids))
    found = comparison.result()
    found.returning = _departed(found.creates, platform)
    for kind, refs in missing.items():
        _not_shrunk(kind, [ref for ref in refs if ref not in found.returning], found, policy)
    return found


def _missing(comparison: Comparison, kind: str, ours: Mapping[str, Owned], ids: set[str]) -> Iterator[Ref]:
    """The declared objects that ccconf once applied, and that the platform shows under no name any more.

    Whoever left, and whatever is gone from Git, too, is missed by nobody: no plan makes it anew.
    """
    for ref in comparison.found.creates if ours else ():
        if ref.kind == kind:
            known = ours.get(ref.key) or ours.get(comparison.formers.get(ref.key, ""))
            if known is not None and not known.has_left and known.native_id not in ids:
                yield ref


def _not_shrunk(kind: str, missing: Sequence[Ref], found: Difference, policy: Policy) -> None:
    """As many may be missing as may be deleted: what is missing would be made once more."""
    if not missing or kind in policy.accept_shrunk:
        return
    applied = found.live[kind] + len(missing)
    most = allowed(policy.deletes.get(kind, DELETES), applied, policy.deletes_floor)
    if len(missing) > most:
        some = ", ".join(map(str, missing[:_SHOWN])) + (", …" if len(missing) > _SHOWN else "")
        what = f"the platform does not show {len(missing)} {KINDS[kind].plural} that ccconf applied"
        message = f"{what}, among {found.live[kind]} that it shows; {most} may be missing: {some}"
        hint = f"check the platform; if they really are gone, say --accept-shrunk {kind}"
        raise Refused(Finding(code="CC610", message=message, hint=hint))


def _departed(creates: Iterable[Ref], platform: Platform) -> dict[Ref, Observed]:
    """Soft-deleted objects under the keys that are to be created. Read only where something can be restored."""
    wanted = set(creates)
    kinds = sorted({ref.kind for ref in wanted})
    return {
        gone.ref: gone
        for kind in kinds
        if platform.support(kind, Operation.RESTORE).route is not Route.NO
        for page in platform.departed(kind)
        for gone in page.items
        if gone.ref in wanted
    }


def _read(comparison: Comparison, platform: Platform, kind: str, seen: Seen) -> set[str]:
    """The ids of all that there are."""
    known: set[str] = set()
    for page in _pages(platform, kind, known):
        comparison.page(page.items)
        seen(kind, len(known), page.total)
    return known


def complete(platform: Platform, kind: str) -> Iterator[Observed]:
    """Every live object of a kind. Raises `Refused` (CC605) where the read is not the whole truth."""
    for page in _pages(platform, kind, set()):
        yield from page.items


def _pages(platform: Platform, kind: str, known: set[str]) -> Iterator[Page]:
    """The pages of a kind, held against the number that the platform announced, and against repetition. The ids are
    added to `known`.
    """
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
