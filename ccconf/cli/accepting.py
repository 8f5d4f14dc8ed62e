"""Accepting into Git what somebody changed on the platform: which edits follow from a drift report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ccconf.manifest.editing.edits import AddObject, Edit, Rename, SetField, TakeOut
from ccconf.model.change import KEY
from ccconf.model.kinds import as_data, relinked_data
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed
from ccconf.reconcile.drifted import Difference, Sort

Live = Callable[[Ref], Observed | None]
"""Looks up an object on the platform, by the name that Git has for it."""

UNASKED = (Sort.DRIFT,)
ASKED_FOR = (Sort.DRIFT, Sort.CONFLICT, Sort.UNMANAGED)
"""What is accepted where it is named: Git's own newer value, or somebody whom Git never had, only then."""


def edits_of(
    rows: Sequence[Difference], choice: Callable[[Difference], bool], live: Live, *, named: bool
) -> list[Edit]:
    """The edits that make Git say what the platform has, of the chosen rows, in their order."""
    sorts = ASKED_FOR if named else UNASKED
    chosen = [row for row in rows if row.sort in sorts and not row.ignored and choice(row)]
    edits = _edits(chosen, live, _Names(rows, chosen))
    return list({edit.subject: edit for edit in edits}.values())  # somebody who is added is told of field by field


def _edits(rows: Sequence[Difference], live: Live, names: _Names) -> Iterator[Edit]:
    for row in rows:
        if row.field == KEY:
            yield Rename(ref=row.ref, key=str(row.live))
        elif row.field and row.file:
            value = relinked_data(row.ref.kind, {row.field: row.live}, names.accepted)[row.field]
            yield SetField(ref=row.ref, field=row.field, value=value)
        elif (there := live(row.ref)) is None:
            yield TakeOut(ref=row.ref)
        else:  # never in Git, or not any more
            yield AddObject(ref=row.ref, fields=relinked_data(row.ref.kind, as_data(there.resource), names.declared))


class _Names:
    """What Git will call an object that has another name on the platform.

    A report tells of such an object, and of whoever refers to it, under its name in Git.
    """

    def __init__(self, rows: Sequence[Difference], chosen: Sequence[Difference]) -> None:
        renamed = [row for row in rows if row.field == KEY and row.sort is Sort.DRIFT]
        self._new = {row.ref: str(row.live) for row in chosen if row.field == KEY}
        self._old = {Ref(row.ref.kind, str(row.live)): row.ref.key for row in renamed if row.ref not in self._new}

    def accepted(self, kind: str, key: str) -> str:
        """For its name in Git."""
        return self._new.get(Ref(kind, key), key)

    def declared(self, kind: str, key: str) -> str:
        """For its name on the platform."""
        return self._old.get(Ref(kind, key), key)
