"""Accepting into Git what somebody changed on the platform: which edits follow from a drift report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ccconf.manifest.editing.edits import AddObject, Edit, Rename, SetField, TakeOut
from ccconf.model.change import KEY
from ccconf.model.kinds import as_data
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed
from ccconf.reconcile.drifted import Difference, Sort

Live = Callable[[Ref], Observed | None]
"""Looks up an object on the platform, by the name that Git has for it."""

UNASKED = (Sort.DRIFT,)
ASKED_FOR = (Sort.DRIFT, Sort.CONFLICT, Sort.UNMANAGED)
"""What is accepted where it is named: Git's own newer value, or somebody whom Git never had, only then."""


def edits_of(rows: Sequence[Difference], live: Live, *, named: bool) -> list[Edit]:
    """The edits that make Git say what the platform has, in the order of the rows."""
    sorts = ASKED_FOR if named else UNASKED
    return list(_edits([row for row in rows if row.sort in sorts and not row.ignored], live))


def _edits(rows: Sequence[Difference], live: Live) -> Iterator[Edit]:
    for row in rows:
        if row.field == KEY:
            yield Rename(ref=row.ref, key=str(row.live))
        elif row.field and row.file:
            yield SetField(ref=row.ref, field=row.field, value=row.live)
        elif (there := live(row.ref)) is None:
            yield TakeOut(ref=row.ref)
        else:  # never in Git, or not any more
            yield AddObject(ref=row.ref, fields=as_data(there.resource))
