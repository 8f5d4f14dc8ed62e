"""What a page shows, as plain values: whatever the subject is, it comes to entries with rows of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Tone:
    """How loud something is said; the names are classes of the style sheet."""

    BAD = "bad"
    CAUTION = "caution"
    GOOD = "good"
    CALM = "calm"


class Mark(NamedTuple):
    """A word that stands out, with a sign, so that it does not need its colour."""

    text: str
    tone: str = Tone.CALM
    sign: str = ""


SECURITY = Mark("security", Tone.BAD, "!")


class Piece(NamedTuple):
    """One entry of a value: `+ billing role manager`."""

    value: str
    name: str = ""
    sign: str = ""
    """`+` comes, `-` goes."""
    there: bool = True


class Cell(NamedTuple):
    """One value. Without pieces it is `nothing`, in words."""

    pieces: tuple[Piece, ...] = ()
    nothing: str = ""


class Row(NamedTuple):
    """One field of an entry, with a cell for each column between the first and the side."""

    field: str
    cells: tuple[Cell, ...] = ()
    says: str = ""
    """Instead of the cells where there are none, else beside them."""
    same: int = 0
    """How many entries of the value are the same on all sides."""
    marks: tuple[Mark, ...] = ()
    side: tuple[str, ...] = ()
    """Lines of the last column."""
    tokens: tuple[str, ...] = ()
    """What a filter can ask for."""


class Entry(NamedTuple):
    """One object with what is said of it."""

    name: str
    label: str
    act: Mark | None
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    tokens: tuple[str, ...] = ()
    urgency: int = 0
    """The greater, the earlier it stands among its kind."""


class Section(NamedTuple):
    """The entries of one kind."""

    id: str
    title: str
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]
    says: str = ""


class Tile(NamedTuple):
    """One sentence of the overview that begins with a number."""

    number: int
    words: str
    tone: str = Tone.CALM
    security: bool = False


class Banner(NamedTuple):
    """What nobody may overlook."""

    tone: str
    title: str
    lines: tuple[str, ...] = ()


class Option(NamedTuple):
    """One choice of a filter."""

    token: str
    text: str


class Facet(NamedTuple):
    """A filter with its choices."""

    id: str
    label: str
    options: tuple[Option, ...]


class Found(NamedTuple):
    """A finding, ready to be shown."""

    mark: Mark
    code: str
    message: str
    where: str
    hint: str


class Table(NamedTuple):
    """Figures; the first column is a heading of its row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Bars(NamedTuple):
    """A table of counts, each row with a bar in parts."""

    title: str
    of: str
    """What the rows are."""
    parts: tuple[str, ...]
    """What the columns are."""
    rows: tuple[tuple[str, tuple[int, ...]], ...]


class Chart(NamedTuple):
    """A drawing, with what it shows in words and as a table."""

    title: str
    says: str
    svg: str
    """Ours: nothing that somebody wrote is in it but numbers and days."""
    table: Table | None = None


class Named(NamedTuple):
    """Objects to which the same kind of thing happens, by their names alone."""

    title: str
    tokens: tuple[str, ...]
    """What a filter can ask for; nothing where they are not alike."""
    rows: tuple[tuple[str, ...], ...]
    """The same of their rows."""
    names: tuple[str, ...]


class Folded(NamedTuple):
    """What is too much to be laid out: what it has in common, and its names."""

    hidden: int
    secure: int
    """How many of the hidden touch security."""
    shown: int
    columns: tuple[str, ...]
    common: tuple[tuple[int, tuple[str, ...]], ...]
    """How often the same happens."""
    named: tuple[Named, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything on a page, in the order in which it is read."""

    what: str
    """What kind of page it is, and whether anything has been done."""
    title: str
    facts: tuple[tuple[str, str], ...]
    banners: tuple[Banner, ...] = ()
    tiles: tuple[Tile, ...] = ()
    notes: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    bars: Bars | None = None
    charts: tuple[Chart, ...] = ()
    tables: tuple[tuple[str, Table], ...] = ()
    heading: str
    """Over the sections."""
    order: str = ""
    """How they are sorted."""
    sections: tuple[Section, ...] = ()
    facets: tuple[Facet, ...] = ()
    noun: tuple[str, str] = ("object", "objects")
    folded: Folded | None = None


def facet(id: str, label: str, options: Sequence[tuple[str, str]], entries: Sequence[Entry]) -> tuple[Facet, ...]:
    """A filter for what really occurs; none where all are alike."""
    used = {token for entry in entries for token in entry.tokens}
    used |= {token for entry in entries for row in entry.rows for token in row.tokens}
    there = tuple(Option(token, text) for token, text in options if token in used)
    alike = all(_has(entry, there[0].token) for entry in entries) if len(there) == 1 else not there
    return () if alike else (Facet(id, label, there),)


def _has(entry: Entry, token: str) -> bool:
    """Whether all that is said of an entry fits."""
    return token in entry.tokens or (bool(entry.rows) and all(token in row.tokens for row in entry.rows))
