"""Which `formerly` still has to be carried out, and which is history.

After a rename its `formerly` stays in the manifests. Where the old name is gone the rename is done. Where both names
are live (two people swapped theirs, or a new object took the old name) only the ledger can tell. An object that an
interrupted run left parked is what `formerly` means, whoever has its old name by now.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccconf.findings import Finding
from ccconf.model.change import PARKED_END
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
    sources = {new: _source(old, formers, held, owned) for new, old in formers.items()}
    open_ones = {new: old for new, old in sources.items() if old and not _done(new, formers[new], held, owned)}
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
    return dict(sorted(certain.items())), [_ambiguous(kind, new, wanted) for new in sorted(unsettled)]


def _source(old: str, formers: Mapping[str, str], held: Mapping[str, Observed], owned: Mapping[str, Owned]) -> str:
    """The live key of the object that had the old name; empty where it is gone, or the name has passed to another."""
    if f"{old}{PARKED_END}" in held:
        return f"{old}{PARKED_END}"
    passed_on = old in formers and _done(old, formers[old], held, owned)
    return old if old in held and not passed_on else ""


def _done(new: str, old: str, held: Mapping[str, Observed], owned: Mapping[str, Owned]) -> bool:
    """Whether the ledger noted this very rename for the object that is live under the new key, or knows that object
    from its old key: then a run died after the rename and before the note.
    """
    live, known, before = held.get(new), owned.get(new), owned.get(old)
    if live is None:
        return False
    noted = known is not None and known.formerly == old and known.native_id == live.native_id
    return noted or (before is not None and before.native_id == live.native_id)


def _not_yet(new: str, held: Mapping[str, Observed], owned: Mapping[str, Owned]) -> bool:
    """Whether the ledger knows the live object under the new key from before the rename."""
    live, known = held.get(new), owned.get(new)
    return live is not None and known is not None and known.native_id == live.native_id


def _ambiguous(kind: str, new: str, wanted: Wanted) -> Finding:
    ref = Ref(kind, new)
    return Finding(
        code="CC503",
        message=f"{ref} was formerly {wanted.former[ref]}, but both are live and the ledger does not know which is "
        "which",
        where=wanted.where(ref),
        subject=str(ref),
        hint="remove formerly:, or remove one of the two on the platform",
    )
