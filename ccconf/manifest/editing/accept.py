"""Brings values that somebody changed on the live platform into the YAML that says them: file, layer, line.

Nothing is written to disk. The new texts differ from the old ones in the accepted values alone; what cannot be written
without damage, or is not this target's alone to decide, is refused with a finding, and the other edits are done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from ccconf.findings import Finding, Location, in_order
from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.editing.draft import Draft, Home, Place, Refusal
from ccconf.manifest.editing.edits import AddObject, Edit, Edited, Into, Rename, SetField, Spot, TakeOut, Written
from ccconf.manifest.editing.neighbours import Neighbours
from ccconf.manifest.editing.page import DEFAULTS
from ccconf.manifest.editing.sheets import Sheet, sheets_of
from ccconf.manifest.load import load
from ccconf.manifest.project import Target
from ccconf.model.kinds import BY_PLURAL
from ccconf.model.refs import Ref

_TURNS = (Rename, TakeOut, AddObject, SetField)
"""Edits are taken in this order, whatever order they come in, so that each sees the names that will hold."""


class _Refused(NamedTuple):
    finding: Finding
    at: tuple[Ref, str | None] | None = None
    """Whose place the finding gets; all are looked up at once, in the end."""


def accepted(
    target: Target, edits: Sequence[Edit], *, into: Into = Into.ASK, declared: Declarations | None = None
) -> Edited:
    """The files as they have to be for Git to say what was accepted.

    `declared` spares reading the manifests, where the caller has just read them. Raises `Broken` where a manifest
    cannot be read at all.
    """
    declared = compose(load(target)) if declared is None else declared
    refused: dict[int, _Refused] = {}
    neighbours = Neighbours(target)
    while True:  # an edit that is refused may have been what another one needs, so all are drafted anew without it
        known = len(refused)
        draft = _drafted(target, declared, edits, into, neighbours, refused)
        if len(refused) > known:
            continue
        sheets, unwritten = sheets_of(draft)
        if not unwritten:
            return _edited(draft, edits, sheets, refused)
        refused.update((at, _Refused(finding)) for at, finding in unwritten.items())


def _drafted(
    target: Target,
    declared: Declarations,
    edits: Sequence[Edit],
    into: Into,
    neighbours: Neighbours,
    refused: dict[int, _Refused],
) -> Draft:
    coming = (edit.ref for at, edit in enumerate(edits) if isinstance(edit, AddObject) and at not in refused)
    draft = Draft(target, declared, into, neighbours, frozenset(coming))
    for turn in _TURNS:
        for at, edit in enumerate(edits):
            if isinstance(edit, turn) and at not in refused:
                try:
                    draft.take(at, edit)
                except Refusal as refusal:
                    refused[at] = _told(edit, refusal)
        if turn is Rename and draft.moved:
            _note(draft.follow_renames(), edits, refused)
    _note(draft.still_used(), edits, refused)
    return draft


def _note(found: Iterator[tuple[int, Refusal]], edits: Sequence[Edit], refused: dict[int, _Refused]) -> None:
    for at, refusal in found:
        refused.setdefault(at, _told(edits[at], refusal))


def _told(edit: Edit, refusal: Refusal) -> _Refused:
    where = refusal.at if isinstance(refusal.at, Location) else None
    at = None if isinstance(refusal.at, Location) else refusal.at
    subject = str(edit.ref)
    return _Refused(
        Finding(code=refusal.code, message=refusal.message, hint=refusal.hint, where=where, subject=subject), at
    )


def _edited(draft: Draft, edits: Sequence[Edit], sheets: Sequence[Sheet], refused: dict[int, _Refused]) -> Edited:
    spots: dict[int, list[Spot]] = {}
    for sheet in sheets:
        for (place, field), where in sorted(sheet.places.items(), key=lambda row: row[1]):
            for at in dict.fromkeys(draft.causes.get((place, field), ())):
                says = _says(edits[at], place, gone=isinstance(place, Home) and place in draft.gone)
                spots.setdefault(at, []).append(Spot(where, draft.target.form.manifests[sheet.layer], says))
    written = tuple(Written(edit, tuple(spots.get(at, ()))) for at, edit in enumerate(edits) if at not in refused)
    files = {sheet.path: sheet.text for sheet in sheets}
    return Edited(files, written, _findings(draft.declared, edits, refused))


def _says(edit: Edit, place: Place, *, gone: bool) -> str:
    """What a place has to do with an edit, where that is not plain."""
    if not isinstance(place, Home):
        return "" if isinstance(edit, AddObject) else "override"
    if place.section == DEFAULTS:
        return f"default of all {place.key}"
    if gone:
        return "taken out"
    here = Ref(BY_PLURAL[place.section].name, place.key)
    return "" if here == edit.ref else f"in {here}"


def _findings(declared: Declarations, edits: Sequence[Edit], refused: dict[int, _Refused]) -> tuple[Finding, ...]:
    places = declared.places({row.at for row in refused.values() if row.at is not None})
    return in_order(
        msgspec.structs.replace(
            row.finding,
            where=row.finding.where or (places.get(row.at) if row.at is not None else None),
            subject=row.finding.subject or str(edits[at].ref),
        )
        for at, row in refused.items()
    )
