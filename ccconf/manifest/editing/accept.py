"""Brings values that somebody changed on the live platform into the YAML that says them: file, layer, line.

Nothing is written to disk. The new texts differ from the old ones in the accepted values alone; what cannot be written
without damage, or is not this target's alone to decide, is refused with a finding, and the other edits are done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec

from ccconf.findings import Finding, Location, in_order
from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.editing.draft import Draft, Home, Place, Refusal
from ccconf.manifest.editing.edits import AddObject, Edit, Edited, Into, Rename, SetField, Spot, TakeOut, Written
from ccconf.manifest.editing.fields import set_field
from ccconf.manifest.editing.neighbours import Neighbours
from ccconf.manifest.editing.objects import add, still_used, take_out
from ccconf.manifest.editing.outlook import outlook
from ccconf.manifest.editing.page import DEFAULTS
from ccconf.manifest.editing.renames import follow_renames, rename
from ccconf.manifest.editing.sheets import Sheet, sheets_of
from ccconf.manifest.editing.verdict import Judge, Mistake, brought, culprits, mistakes_of, reason
from ccconf.manifest.load import load
from ccconf.manifest.project import Target
from ccconf.model.kinds import BY_PLURAL, KINDS
from ccconf.model.refs import Ref

_TURNS = (Rename, TakeOut, AddObject, SetField)
"""Edits are taken in this order, whatever order they come in, so that each sees the names that will hold."""


class _Refused(NamedTuple):
    finding: Finding
    at: tuple[Ref, str | None] | None = None
    """Whose place the finding gets; all are looked up at once, in the end."""


_LEFT_OUT = _Refused(Finding(code="CC159", message="left out, to see what comes of the others"))


def accepted(
    target: Target,
    edits: Sequence[Edit],
    *,
    into: Into = Into.ASK,
    declared: Declarations | None = None,
    judge: Judge | None = None,
) -> Edited:
    """The files as they have to be for Git to say what was accepted.

    `declared` spares reading the manifests, where the caller has just read them. A `judge` is asked about the whole, as
    it will be: an edit by which it finds a mistake that was not there is refused. Raises `Broken` where a manifest
    cannot be read at all.
    """
    declared = compose(load(target)) if declared is None else declared
    table = _Table(target, declared, edits, into, judge)
    refused: dict[int, _Refused] = {}
    while True:
        draft, sheets = table.written(refused)
        wrong = table.wrong(draft, sheets, refused)
        if not wrong:
            return _edited(draft, edits, sheets, refused)
        refused.update(wrong)


class _Table:
    """Where edits become new texts, once for all of them and again without those that are refused."""

    def __init__(
        self, target: Target, declared: Declarations, edits: Sequence[Edit], into: Into, judge: Judge | None
    ) -> None:
        self.target = target
        self.declared = declared
        self.edits = edits
        self.into = into
        self.judge = judge
        self.neighbours = Neighbours(target)

    def written(self, refused: dict[int, _Refused]) -> tuple[Draft, list[Sheet]]:
        """The new texts. Edits that cannot be done are added to the refused ones."""
        while True:  # an edit that is refused may have been what another one needs, so all are drafted anew without it
            known = len(refused)
            draft = self._drafted(refused)
            if len(refused) > known:
                continue
            sheets, unwritten = sheets_of(draft)
            if not unwritten:
                return draft, sheets
            refused.update((at, _Refused(finding)) for at, finding in unwritten.items())

    def _drafted(self, refused: dict[int, _Refused]) -> Draft:
        edits = self.edits
        coming = (edit.ref for at, edit in enumerate(edits) if isinstance(edit, AddObject) and at not in refused)
        draft = Draft(self.target, self.declared, self.into, self.neighbours, frozenset(coming))
        for turn in _TURNS:
            for at, edit in enumerate(edits):
                if isinstance(edit, turn) and at not in refused:
                    try:
                        _take(draft, at, edit)
                    except Refusal as refusal:
                        refused[at] = _told(edit, refusal)
            if turn is Rename and draft.moved:
                _note(follow_renames(draft), edits, refused)
        _note(still_used(draft), edits, refused)
        return draft

    def wrong(self, draft: Draft, sheets: Sequence[Sheet], refused: dict[int, _Refused]) -> dict[int, _Refused]:
        """Edits that would make a mistake of the whole; not all of them, but some if there are any."""
        if self.judge is None or not sheets:
            return {}
        after = mistakes_of(self.judge, outlook(draft, sheets))
        new = brought(self._before, after) if after else {}
        if not new:
            return {}
        left = {at: edit for at, edit in enumerate(self.edits) if at not in refused}

        def still(without: frozenset[int]) -> Iterable[Mistake]:
            out = {**refused, **dict.fromkeys(without, _LEFT_OUT)}
            tried = outlook(*self.written(out))
            return brought(self._before, mistakes_of(judge, tried))

        judge = self.judge
        found = culprits(left, new, still)
        changed = {sheet.name for sheet in sheets}
        return {at: self._reason(at, finding, changed) for at, finding in found.items()}

    @cached_property
    def _before(self) -> dict[Mistake, list[Finding]]:
        return {} if self.judge is None else mistakes_of(self.judge, self.declared)

    def _reason(self, at: int, finding: Finding, changed: Collection[str]) -> _Refused:
        """The mistake, where it can be seen now: in a file that would change, at what is edited."""
        edit = self.edits[at]
        told = reason(finding, edit)
        if told.where is not None and told.where.path not in changed:
            return _Refused(told)
        place = (edit.ref, edit.field if isinstance(edit, SetField) else None)
        return _Refused(msgspec.structs.replace(told, where=None), place)


def _take(draft: Draft, at: int, edit: Edit) -> None:
    """Note one edit. Raises `Refusal`."""
    if edit.ref.kind not in KINDS:
        raise Refusal("CC154", f"{edit.ref} names no object", f"begin with one of {', '.join(KINDS)}: user/agent.01")
    match edit:
        case SetField():
            set_field(draft, at, edit)
        case AddObject():
            add(draft, at, edit)
        case TakeOut():
            take_out(draft, at, edit)
        case Rename():
            rename(draft, at, edit)


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
