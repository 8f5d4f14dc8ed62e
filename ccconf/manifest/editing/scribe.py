"""Writes what a draft wants of one entry into its slice, and reads the slice again before anybody hears of it.

What the strict reader then says has to be exactly what the draft wants; else the edit is refused (CC159).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import yaml

from ccconf.findings import Finding, Location, errors
from ccconf.manifest.editing.draft import Draft, Fresh, Home
from ccconf.manifest.editing.forms import rewritten
from ccconf.manifest.editing.page import DEFAULTS, Entry, Page, Section
from ccconf.manifest.editing.paper import STEP, WIDTH, Hand
from ccconf.manifest.editing.pen import Patch, Pen, Tied
from ccconf.manifest.editing.tree import Node, line_end, line_start
from ccconf.manifest.rows import FileRows, rows_of
from ccconf.model.fields import Resource
from ccconf.model.kinds import BY_PLURAL, KINDS, Kind
from ccconf.model.schema import FORMERLY
from ccconf.reconcile.diff import is_empty

BY_HAND = "edit it by hand"


class Unwritten(Exception):
    """An entry that cannot be written: a finding, and the fields that it concerns (none: the whole entry)."""

    def __init__(self, finding: Finding, fields: Iterable[str] = ()) -> None:
        super().__init__(finding.message)
        self.finding = finding
        self.fields = frozenset(fields)


class Scribe:
    """Writes the entries of one file."""

    def __init__(self, draft: Draft, source: int | None, name: str, page: Page) -> None:
        self.draft = draft
        self.source = source
        self.name = name
        self.page = page
        self.certain = page.certain
        """Whether every slice was read again by itself; else the file has to be read as a whole."""

    def wrong(self, code: str, offset: int, message: str, hint: str, fields: Iterable[str] = ()) -> Unwritten:
        """What stands in the way, at a place of the text as it is."""
        where = location(self.name, self.page.text, offset)
        return Unwritten(Finding(code=code, message=message, where=where, hint=hint), fields)

    def tied(self, offset: int, reason: str, fields: Iterable[str] = ()) -> Unwritten:
        """An anchor or something like it stands in the way."""
        hint = "write the value out at this place, or edit it by hand"
        return self.wrong("CC151", offset, f"this cannot be edited without damage: {reason}", hint, fields)

    def entry(self, section_name: str, key: str) -> tuple[Section, int, Entry]:
        """An entry with its section and the offset of its slice. Raises `Unwritten`."""
        section = self.page.sections.get(section_name)
        found = section.slices.get(key) if section is not None else None
        if section is None or found is None:
            raise self.wrong("CC151", 0, f"{key} is written in a way that cannot be edited", BY_HAND)
        if section.tied:
            raise self.tied(section.colon, "an anchor, an alias or a tag stands at the section")
        try:
            return section, found.start, Entry(self.page.text[found.start : found.end], flow=section.flow)
        except yaml.YAMLError as error:
            raise self.wrong(
                "CC151", found.start, f"{key} is written in a way that cannot be edited", BY_HAND
            ) from error

    def edited(self, home: Home) -> str:
        """The new slice of an entry. Raises `Unwritten`."""
        section, start, entry = self.entry(home.section, home.key)
        self._is_as_loaded(home, entry, start)
        changes = self.draft.changes.get(home, {})
        body = entry.body
        if changes and (body.anchor or body.tag or body.form == "alias"):
            raise self.tied(start + body.start, "an anchor or an alias stands at the object", changes)
        pen = Pen(entry.text, self.hand(entry))
        if home in self.draft.keys:
            self._rename(pen, entry, start, self.draft.keys[home])
        kind = kind_of(home)
        written = self._written(kind, body, changes)
        if body.keys:
            self._fields(pen, entry, start, written, kind)
            if FORMERLY in changes:
                pen.without(body, FORMERLY)
        elif written:
            self._first_fields(pen, entry, section, written)
        text = self._done(pen, start, changes)
        self._reads(home, section, start, text, changes)
        return text

    def _is_as_loaded(self, home: Home, entry: Entry, start: int) -> None:
        """The text still says what was loaded; an entry with aliases is judged with the whole file."""
        if entry.bound:
            self.certain = False
        elif not agree(said(rows_of(entry.alone(home.section)), home.section, home.key), self.draft.said_at(home)):
            message = f"{home.key} was changed while it was being read"
            raise self.wrong("CC150", start, message, "look for drift again, and decide anew")

    def _rename(self, pen: Pen, entry: Entry, start: int, fresh: str) -> None:
        if entry.key.anchor or entry.key.tag:
            raise self.tied(start + entry.key.start, "an anchor or a tag stands at the key")
        pen.rename(entry.key, fresh, flow=entry.flow)

    def _written(self, kind: Kind, body: Node, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The canonical values in the form in which they are written there, or would be; in the order of the fields."""
        found: dict[str, Any] = {}
        for name in sorted(changes.keys() - {FORMERLY}, key=order_of(kind)):
            shape = kind.by_name[name].shape
            old = body.child(name) if body.form == "map" else None
            was = old.value() if old is not None and old.tied() is None else None
            found[name] = rewritten(shape, was, changes[name], self._moved(kind, name))
        return found

    def _moved(self, kind: Kind, name: str) -> dict[str, str]:
        """The new keys of objects to which a field refers, by their old ones."""
        spec = kind.by_name[name]
        return {old: new for (of, old), (new, _) in self.draft.moved.items() if of in spec.shape.links_to()}

    def _fields(self, pen: Pen, entry: Entry, start: int, written: Mapping[str, Any], kind: Kind) -> None:
        """Fields that are there one by one, so that who cannot be edited is known by name; then the new ones."""
        there = [name for name in written if entry.body.child(name) is not None]
        for part in [*([name] for name in there), [name for name in written if name not in there]]:
            pen.moved = self._moved(kind, part[0]) if part else {}
            try:
                pen.fields(entry.body, {name: written[name] for name in part}, order_of(kind))
            except Tied as tied:
                raise self.tied(start + tied.offset, tied.reason, part) from tied

    def _first_fields(self, pen: Pen, entry: Entry, section: Section, written: Mapping[str, Any]) -> None:
        """Into an object that said nothing: `ann:`, `ann: {}` or `ann: null`."""
        body = entry.body
        if not body.empty:
            pen.replace(body, pen.hand.inline(dict(written), flow=True))
        elif entry.flow:
            pen.patches.append(Patch(body.start, body.start, f" {pen.hand.inline(dict(written), flow=True)}"))
        else:
            lines = "".join(pen.hand.pair(section.indent + len(STEP), name, value) for name, value in written.items())
            end = line_end(entry.text, entry.key.end)
            pen.patches.append(Patch(end, end, pen.line_at(end, lines)))

    def _done(self, pen: Pen, start: int, changes: Iterable[str]) -> str:
        try:
            return pen.done()
        except Tied as tied:
            raise self.tied(start + tied.offset, tied.reason, changes) from tied

    def _reads(self, home: Home, section: Section, start: int, text: str, changes: Mapping[str, Any]) -> None:
        """The new slice says what is wanted, and has no mistakes."""
        try:
            entry = Entry(text, flow=section.flow)
        except yaml.YAMLError as error:
            raise self.wrong("CC159", start, f"{home.key} could not be read again", BY_HAND, changes) from error
        if entry.bound:
            self.certain = False
            return
        rows = rows_of(entry.alone(home.section))
        self._sound(rows, start, home.key, changes)
        if not agree(said(rows, home.section, self.draft.keys.get(home, home.key)), wanted(self.draft, home)):
            raise self.wrong("CC159", start, f"{home.key} would not read as what was accepted", BY_HAND, changes)

    def _sound(self, rows: FileRows, start: int, key: str, fields: Iterable[str]) -> None:
        for found in errors(rows.findings)[:1]:
            named = [name for name in fields if f"{name}:" in found.message or found.message.startswith(name)]
            message = f"{key} would have a mistake: {found.code} {found.message}"
            raise self.wrong("CC155", start, message, found.hint or "correct it on the platform", named or fields)

    def may_go(self, home: Home) -> None:
        """An entry can be taken out. Raises `Unwritten`."""
        _, start, entry = self.entry(home.section, home.key)
        anchored = next((node for node in entry.tree.walk() if node.anchor), None)
        if anchored is not None:
            raise self.tied(start + anchored.start, f"the anchor &{anchored.anchor} stands here")
        self._is_as_loaded(home, entry, start)

    def made(self, fresh: Fresh) -> str:
        """The text of a new entry. Raises `Unwritten`."""
        kind = KINDS[fresh.ref.kind]
        section = self.page.sections.get(kind.plural)
        if section is not None and section.tied:
            raise self.tied(section.colon, "an anchor, an alias or a tag stands at the section")
        text = self._entry_text(fresh, kind, section)
        flow = self._is_flow(section)
        rows = rows_of((f"{kind.plural}: {{{text}}}\n" if flow else f"{kind.plural}:\n{text}").encode())
        at = section.colon if section is not None else 0
        self._sound(rows, at, str(fresh.ref), fresh.fields)
        if not agree(said(rows, kind.plural, fresh.ref.key), (kind.make(fresh.fields), "")):
            raise self.wrong("CC159", at, f"{fresh.ref} would not read as what was accepted", BY_HAND)
        return text

    def _entry_text(self, fresh: Fresh, kind: Kind, section: Section | None) -> str:
        """In the style of the last entry of the section."""
        beside = self._last(section)
        hand = self.hand(beside or next(filter(None, map(self._last, self.page.sections.values())), None))
        written = {name: rewritten(kind.by_name[name].shape, None, value) for name, value in fresh.fields.items()}
        if self._is_flow(section):
            return f"{hand.word(fresh.ref.key, flow=True)}: {hand.inline(written, flow=True)}"
        indent = section.indent if section is not None else len(STEP)
        one_line = hand.pair(indent, fresh.ref.key, written)
        compact = beside is not None and beside.body.flow and beside.body.keys and len(one_line) <= WIDTH
        if compact or not written:
            return one_line
        head = f"{' ' * indent}{hand.word(fresh.ref.key, flow=False)}:{hand.newline}"
        return head + "".join(hand.pair(indent + len(STEP), name, value) for name, value in written.items())

    def _is_flow(self, section: Section | None) -> bool:
        return self.page.brackets is not None if section is None else section.flow

    def _last(self, section: Section | None) -> Entry | None:
        if section is None or not section.slices:
            return None
        start, end = list(section.slices.values())[-1]
        return Entry(self.page.text[start:end], flow=section.flow)

    def hand(self, entry: Entry | None) -> Hand:
        """The habits of whoever wrote an entry."""
        nodes = list(entry.tree.walk()) if entry is not None else []
        quote = next((node.style for node in nodes if node.style in ("'", '"')), '"')
        keys = [key for node in nodes for key in node.keys]
        is_json = entry is not None and entry.flow and all(key.style == '"' for key in keys)
        return Hand(self.page.newline, quote, is_json)


def kind_of(home: Home) -> Kind:
    """The kind of an entry, or the one for which a default speaks."""
    return BY_PLURAL[home.key if home.section == DEFAULTS else home.section]


def order_of(kind: Kind) -> Any:
    """The place of a field among its sisters; `formerly` comes last."""
    names = {spec.name: at for at, spec in enumerate(kind.specs)}
    return lambda name: names.get(name, len(names))


Said = tuple[Resource, str] | None
"""The fields of an entry, and what it was formerly."""


def said(rows: FileRows, section: str, key: str) -> Said:
    """What an entry says in these rows."""
    if section == DEFAULTS:
        body = rows.defaults.get(BY_PLURAL[key].name)
        return (BY_PLURAL[key].decoder.decode(body), "") if body is not None else None
    kind = BY_PLURAL[section]
    row = next((row for row in rows.objects.get(kind.name, []) if row.key == key), None)
    return (kind.decoder.decode(row.body), row.formerly) if row is not None else None


def wanted(draft: Draft, home: Home) -> Said:
    """What an entry shall say."""
    before = draft.said_at(home)
    changes = draft.changes.get(home, {})
    fields = {name: value for name, value in changes.items() if name != FORMERLY}
    if before is None:
        return None
    return msgspec.structs.replace(before[0], **fields), "" if FORMERLY in changes else before[1]


def agree(one: Said, other: Said) -> bool:
    """Whether two entries say the same; null, `[]` and `{}` all say that nothing is there."""
    if one is None or other is None or one == other:
        return one == other
    return one[1] == other[1] and all(
        mine == theirs or (is_empty(mine) and is_empty(theirs) and msgspec.UNSET not in (mine, theirs))
        for mine, theirs in zip(msgspec.structs.astuple(one[0]), msgspec.structs.astuple(other[0]), strict=True)
    )


def location(name: str, text: str, offset: int) -> Location:
    """A place as editors count."""
    start = line_start(text, offset)
    return Location(name, text.count("\n", 0, start) + 1, offset - start + 1)
