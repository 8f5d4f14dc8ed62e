"""Which `formerly` still has to be carried out, and which is history.

After a rename its `formerly` stays in the manifests. Where the old name is gone the rename is done. Where both names
are live (two people swapped theirs, or a new object took the old name) only the ledger can tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccconf.findings import Finding
from ccconf.model.declared import Wanted
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed


def pending_renames(
    kind: str,
    formers: Mapping[str, str],
    held: Mapping[str, Observed],
    owned: Mapping[str, Owned],
    wanted: Wanted,
) -> tuple[dict[str, str], list[Finding]]:
    """New key -> live key of every rename that is still to be done, and what cannot be decided (CC503)."""
    open_ones = {new: old for new, old in formers.items() if old in held and not _done(new, old, held, owned)}
    certain = {new: old for new, old in open_ones.items() if new not in held}
    leaving = set(certain.values())
    doubtful = {new: old for new, old in open_ones.items() if new in held}
    moved = True
    while moved:  # a name that is about to be given up is free for the next in the chain
        moved = False
        for new, old in sorted(doubtful.items()):
            if new in leaving:
                certain[new] = doubtful.pop(new)
                leaving.add(old)
                moved = True
    circles = {new: old for new, old in doubtful.items() if _not_yet(new, held, owned)}
    certain.update({new: old for new, old in circles.items() if new in circles.values()})
    unsettled = {new: old for new, old in doubtful.items() if new not in certain}
    return dict(sorted(certain.items())), [_ambiguous(kind, new, old, wanted) for new, old in sorted(unsettled.items())]


def _done(new: str, old: str, held: Mapping[str, Observed], owned: Mapping[str, Owned]) -> bool:
    """Whether the ledger noted this very rename for the object that is live under the new key."""
    live, known = held.get(new), owned.get(new)
    return live is not None and known is not None and known.formerly == old and known.native_id == live.native_id


def _not_yet(new: str, held: Mapping[str, Observed], owned: Mapping[str, Owned]) -> bool:
    """Whether the ledger knows the live object under the new key from before the rename."""
    live, known = held.get(new), owned.get(new)
    return live is not None and known is not None and known.native_id == live.native_id


def _ambiguous(kind: str, new: str, old: str, wanted: Wanted) -> Finding:
    ref = Ref(kind, new)
    return Finding(
        code="CC503",
        message=f"{ref} was formerly {old}, but both are live and the ledger does not know which is which",
        where=wanted.where(ref),
        subject=str(ref),
        hint="remove formerly:, or remove one of the two on the platform",
    )
