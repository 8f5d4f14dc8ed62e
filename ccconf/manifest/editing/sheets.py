"""The files of a draft, each from its old text to its new one, and each read again."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml

from ccconf.errors import Broken
from ccconf.findings import Finding, Location, errors
from ccconf.manifest.editing.draft import Draft, Fresh, Home, Place
from ccconf.manifest.editing.leaf import Turn, assembled
from ccconf.manifest.editing.page import DEFAULTS, MARK, Entry, Page, cut, page_of, walked
from ccconf.manifest.editing.pen import Tied
from ccconf.manifest.editing.scribe import BY_HAND, Said, Scribe, Unwritten, agree, location, said, wanted
from ccconf.manifest.editing.tree import Node
from ccconf.manifest.project import shown
from ccconf.manifest.rows import FileRows, rows_of
from ccconf.manifest.yaml12 import decode
from ccconf.model.kinds import KINDS

READ_WHOLE = 1_000_000
"""Characters of new texts that are read again as a whole, whatever their slices have shown; beyond it the slices do."""

T = TypeVar("T")


@dataclass(slots=True)
class Sheet:
    """One file with its new text."""

    path: Path
    name: str
    layer: int
    text: str = ""
    places: dict[tuple[Place, str], Location] = field(default_factory=dict)
    """Where each field stands in the new text; an entry as a whole has no field."""


def sheets_of(draft: Draft) -> tuple[list[Sheet], dict[int, Finding]]:
    """The new texts of all files that a draft changes, and the edits that cannot be written."""
    sheets: list[Sheet] = []
    refused: dict[int, Finding] = {}
    length = 0
    for source, path in _touched(draft):
        desk = _Desk(draft, source, path)
        sheet = desk.written(READ_WHOLE - length)
        for at, finding in desk.refused.items():
            refused.setdefault(at, finding)
        if sheet is not None:
            sheets.append(sheet)
            length += len(sheet.text)
    return sheets, refused


def _touched(draft: Draft) -> list[tuple[int | None, Path]]:
    sources = {home.source for home in (*draft.changes, *draft.keys, *draft.gone)}
    old = sorted(sources | {fresh.source for fresh in draft.fresh.values() if fresh.source is not None})
    new = sorted({fresh.path for fresh in draft.fresh.values() if fresh.source is None})
    return [*((at, draft.declared.sources[at].path) for at in old), *((None, path) for path in new)]


class _Desk:
    """One file on its way to its new text."""

    def __init__(self, draft: Draft, source: int | None, path: Path) -> None:
        self.draft = draft
        self.source = source
        self.path = path
        self.rows = FileRows() if source is None else draft.declared.rows[source]
        self.fresh = sorted((one for one in draft.fresh.values() if one.path == path), key=lambda one: one.ref)
        self.gone = sorted(home for home in draft.gone if home.source == source)
        self.homes = sorted({home for home in (*draft.changes, *draft.keys) if home.source == source} - {*self.gone})
        self.name = shown(path) if source is None else draft.declared.sources[source].name
        self.refused: dict[int, Finding] = {}

    def written(self, whole: int) -> Sheet | None:
        """The file with its new text; None where an edit was refused. At most `whole` characters are read again."""
        try:
            page = self._page()
        except Unwritten as wrong:
            self._refuse_all(wrong.finding)
            return None
        scribe = Scribe(self.draft, self.source, self.name, page)
        turns = self._turns(scribe)
        if self.refused:
            return None
        try:
            text = assembled(page, turns)
            after = (cut(text) if page.certain else None) or walked(text)
        except (Tied, yaml.YAMLError) as error:
            reason = getattr(error, "problem", None) or getattr(error, "reason", None) or error
            self._refuse_all(scribe.wrong("CC151", 0, f"{self.name} cannot be edited: {reason}", BY_HAND).finding)
            return None
        if not self._reads(after, certain=scribe.certain and len(text) > whole):
            message = f"{self.name} would not read as what was accepted"
            self._refuse_all(scribe.wrong("CC159", 0, message, BY_HAND).finding)
            return None
        layer = self.fresh[0].layer if self.source is None else self.draft.declared.sources[self.source].layer
        sheet = Sheet(self.path, self.name, layer, (MARK if page.marked else "") + text)
        sheet.places = self._places(page, after)
        return sheet

    def _page(self) -> Page:
        """The file as it is now. Raises `Unwritten` where it cannot be written, or has mistakes."""
        if self.source is None:
            return Page("", marked=False, newline="\n", sections={}, certain=True)
        wrong = errors(self.rows.findings)
        if wrong:
            line, column = (wrong[0].where.line, wrong[0].where.column) if wrong[0].where else (1, 1)
            message = f"{self.name} has mistakes: {wrong[0].code} {wrong[0].message}"
            raise self._closed(message, "mend them first: ccconf validate", Location(self.name, line, column))
        try:
            if not os.access(self.path, os.W_OK) or not self.path.stat().st_mode & _WRITABLE:
                raise self._closed(f"{self.name} is read-only", "make it writable")
            raw = self.path.read_bytes()
            text = decode(raw, self.name)
            if "\r" in text.replace("\r\n", ""):
                raise self._closed(f"{self.name} has line breaks of several kinds", "save it with one kind of them")
            return page_of(text, self.rows, marked=raw.startswith(MARK.encode()))
        except (OSError, Broken, yaml.YAMLError) as error:
            raise self._closed(f"{self.name} was changed while it was being read", "try again") from error

    def _closed(self, message: str, hint: str, where: Location | None = None) -> Unwritten:
        return Unwritten(Finding(code="CC158", message=message, where=where or Location(self.name), hint=hint))

    def _turns(self, scribe: Scribe) -> dict[str, Turn]:
        turns: dict[str, Turn] = {}
        for home in self.homes:
            text = self._guarded(home, scribe.edited, home)
            if text is not None:
                turns.setdefault(home.section, Turn()).texts[home.key] = text
        for home in self.gone:
            self._guarded(home, scribe.may_go, home)
            turns.setdefault(home.section, Turn()).gone.add(home.key)
        for fresh in self.fresh:
            text = self._guarded((fresh.path, fresh.ref), scribe.made, fresh)
            if text is not None:
                turns.setdefault(KINDS[fresh.ref.kind].plural, Turn()).fresh[fresh.ref.key] = text
        return turns

    def _guarded(self, place: Place, way: Callable[[Home], T] | Callable[[Fresh], T], what: Home | Fresh) -> T | None:
        """Do something for an entry; where it cannot be done, the edits that asked for it are refused."""
        try:
            return way(what)  # type: ignore[arg-type] # each way is given what it takes
        except Unwritten as wrong:
            asked = {name: causes for (at, name), causes in self.draft.causes.items() if at == place}
            for name in [name for name in asked if name in wrong.fields] or asked:
                for at in asked[name]:
                    self.refused.setdefault(at, wrong.finding)
            return None

    def _refuse_all(self, finding: Finding) -> None:
        """Every edit that concerns this file."""
        for (place, _), causes in self.draft.causes.items():
            if (place.source == self.source) if isinstance(place, Home) else (place[0] == self.path):
                for at in causes:
                    self.refused.setdefault(at, finding)

    def _reads(self, after: Page, *, certain: bool) -> bool:
        """Whether the whole file says what is wanted of it, and nothing else has changed.

        Where the slices are `certain`, as they were read one by one, it is enough that there are exactly these.
        """
        keys = {(section, self.draft.keys.get(home, key)): home for section, key, home in self._staying()}
        fresh = {(KINDS[one.ref.kind].plural, one.ref.key): one for one in self.fresh}
        if certain and after.certain:
            found = {(name, key) for name, section in after.sections.items() for key in section.slices}
            return found == {*keys, *fresh, *((DEFAULTS, KINDS[kind].plural) for kind in self.rows.defaults)}
        return self._says(rows_of(after.text.encode()), keys, fresh)

    def _staying(self) -> Iterator[tuple[str, str, Home]]:
        """Section, key and home of every object that was there and stays."""
        gone = {*self.gone}
        for kind, rows in self.rows.objects.items():
            for row in rows:
                home = Home(self.source or 0, KINDS[kind].plural, row.key)
                if home not in gone:
                    yield home.section, row.key, home

    def _says(self, rows: FileRows, keys: dict[tuple[str, str], Home], fresh: dict[tuple[str, str], Fresh]) -> bool:
        for kind, objects in rows.objects.items():
            plural = KINDS[kind].plural
            for row in objects:
                home, new = keys.pop((plural, row.key), None), fresh.pop((plural, row.key), None)
                now = KINDS[kind].decoder.decode(row.body), row.formerly
                if not agree(now, self._then(kind, home, new)):
                    return False
        for kind in {*rows.defaults, *self.rows.defaults}:
            home = Home(self.source or 0, DEFAULTS, KINDS[kind].plural)
            if not agree(said(rows, *home[1:]), wanted(self.draft, home)):
                return False
        return not keys and not fresh and not errors(rows.findings)

    def _then(self, kind: str, home: Home | None, fresh: Fresh | None) -> Said:
        """What an object of the new text shall say; None for one that nobody asked for."""
        if fresh is not None:
            return KINDS[kind].make(fresh.fields), ""
        return wanted(self.draft, home) if home is not None else None

    def _places(self, page: Page, after: Page) -> dict[tuple[Place, str], Location]:
        """Where everything stands that was asked for; what has gone, where it stood."""
        offsets: dict[tuple[Place, str], int] = {}
        here = {*self.homes}
        for place, name in self.draft.causes:
            if isinstance(place, Home) and place in here:
                offsets[place, name] = _offset(after, place.section, self.draft.keys.get(place, place.key), name)
            elif not isinstance(place, Home) and place[0] == self.path:
                offsets[place, name] = _offset(after, KINDS[place[1].kind].plural, place[1].key, name)
        found = _located(self.name, after.text, offsets)
        for home in self.gone:
            found[home, ""] = location(self.name, page.text, _offset(page, home.section, home.key, ""))
        return found


_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def _offset(page: Page, section_name: str, key: str, name: str) -> int:
    section = page.sections[section_name]
    start, end = section.slices[key]
    entry = Entry(page.text[start:end], flow=section.flow)
    node: Node | None = entry.body.child(name) if name and entry.body.form == "map" else entry.key
    return start + (node.start if node is not None else entry.key.start)


def _located(name: str, text: str, offsets: dict[tuple[Place, str], int]) -> dict[tuple[Place, str], Location]:
    """Offsets as lines and columns, counted through the text once."""
    found: dict[tuple[Place, str], Location] = {}
    line, done = 1, 0
    for place, offset in sorted(offsets.items(), key=lambda row: row[1]):
        line += text.count("\n", done, offset)
        done = offset
        found[place] = Location(name, line, offset - text.rfind("\n", 0, offset))
    return found
