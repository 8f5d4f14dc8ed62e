"""An empty table to fill in: the headings that matter on a platform, and for each how its cells are filled."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from ccconf.errors import broken
from ccconf.model.fields import FieldSpec, Shape
from ccconf.model.kinds import KINDS
from ccconf.model.shapes import (
    Choice,
    File,
    Flag,
    Levels,
    Memberships,
    Networks,
    References,
    Rights,
    SkillLevels,
    SpecialDays,
    Weekly,
)
from ccconf.platform.facts import Facts
from ccconf.snapshot.cells import harmless
from ccconf.snapshot.columns import DELETED, ID
from ccconf.snapshot.fields import fields_of, key_field, restorable, seen_by_people

_TAIL = re.compile(r"[.:;]( |$)|, as |, in quotes")
"""Where a field's description goes on to how it is written in a manifest."""


class Heading(NamedTuple):
    """A column, and how its cells are filled."""

    name: str
    how: str


def headings(facts: Facts, kind: str) -> list[Heading]:
    """The columns of what only people can see; none where the API shows all. Raises `Broken` (CC410)."""
    if not fields_of(facts, kind):
        raise broken("CC410", f"{facts.title} has no {KINDS[kind].plural}", "see ccconf platforms")
    specs = seen_by_people(facts, kind)
    return list(_headings(facts, kind, specs)) if specs else []


def _headings(facts: Facts, kind: str, specs: tuple[FieldSpec, ...]) -> Iterator[Heading]:
    key = key_field(facts, kind)
    known = KINDS[kind].by_name.get(key)
    whole = facts.within.get(kind)
    named = _meaning(known) if known else f"The {whole} that it belongs to." if whole else "Its name."
    yield Heading(key, f"{named} It names the {kind} on the platform, so it has to be filled in.")
    others = [spec for spec in specs if spec.name != key]
    yield from (Heading(spec.name, f"{_meaning(spec)} {_form(spec.shape)}".rstrip()) for spec in others)
    yield Heading(ID, "The platform's own id, where a screen shows one; else empty.")
    if restorable(facts, kind):
        yield Heading(DELETED, "yes for one that was deleted and could be restored; else empty.")


def _meaning(spec: FieldSpec) -> str:
    """What the field is, without what concerns manifests alone."""
    return f"{_TAIL.split(spec.marker.doc, maxsplit=1)[0]}."


def _form(shape: Shape) -> str:
    """How a cell of the shape is filled, where that does not go without saying."""
    match shape:
        case Choice():
            return f"{shape.form}."
        case Flag():
            return "yes or no."
        case References():
            return "Names, separated by a semicolon: day; night"
        case Memberships():
            return "Names, separated by a semicolon, the role within it in brackets: billing; claims (manager)"
        case SkillLevels():
            return "Names with levels, separated by a semicolon: english 4; german 2"
        case Levels():
            return "With levels: users read; calls.barge_in. Or a column for each, filled with yes or a level"
        case Rights():
            return 'As in a manifest: {"manager": {"calls.barge_in": true}}'
        case Weekly():
            return "mon-fri 09:00-13:00, 13:30-17:30; sat 10:00-14:00"
        case SpecialDays(with_hours=with_hours):
            return "2026-12-24 09:00-13:00 Christmas Eve" if with_hours else "12-25..12-26 Christmas; 2026-05-01"
        case Networks():
            return "Each with its note: 203.0.113.0/24 Office; 198.51.100.7"
        case File():
            return "Its file, from the folder of this table."
        case _:
            return ""


def as_csv(columns: list[Heading], language: str) -> bytes:
    """The headings with a mark by which spreadsheets know UTF-8, and the separator that they expect in a language."""
    text = io.StringIO()
    separator = "," if language.startswith("en") else ";"
    csv.writer(text, delimiter=separator).writerow([harmless(column.name) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def as_workbook(columns: list[Heading], title: str) -> bytes:
    """The headings with notes, over cells that are text: no extension loses its zeros, no date changes its form."""
    try:
        from openpyxl import Workbook  # heavy, and optional
        from openpyxl.comments import Comment
        from openpyxl.utils import get_column_letter
    except ImportError as error:
        hint = "install ccconf[xlsx], or say --format csv"
        raise broken("CC805", "openpyxl is not installed, so no workbook can be written", hint) from error
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for number, column in enumerate(columns, 1):
        cell = sheet.cell(1, number, harmless(column.name))
        cell.comment = Comment(column.how, "ccconf")
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.number_format, dimension.width = "@", max(14, len(column.name) + 4)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
