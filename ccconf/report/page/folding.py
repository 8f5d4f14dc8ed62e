"""What is too much to be laid out in full: the gravest is, the rest is told by what it has in common and by name.

A page of fifty thousand cards would be opened by nobody. Nothing is left out silently: the page says how many are
folded, what happens to them, how often, and names each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ccconf.report.page.view import Banner, Cell, Entry, Folded, Named, Piece, Section, Tone

ROOM = 6_000
"""So many rows and pieces of values are laid out: about 1.5 MB of HTML."""

COMMON = 25
"""So many of the most frequent changes among the folded are shown."""

GROUPS = 100
"""Into so many groups the names are parted."""

_OPEN, _CLOSE = "\u2068", "\u2069"
"""A name between these keeps its direction of writing to itself."""


def folded(sections: Sequence[Section], room: int = ROOM) -> tuple[tuple[Section, ...], Folded | None]:
    """The sections with what there is room for, and the rest."""
    entries = [entry for section in sections for entry in section.entries]
    if sum(map(_size, entries)) <= room:
        return tuple(sections), None
    kept = _kept(entries, room)
    rest = [(section, entry) for section in sections for entry in section.entries if id(entry) not in kept]
    shown = tuple(_only(section, kept) for section in sections)
    return tuple(section for section in shown if section.entries), Folded(
        hidden=len(rest),
        secure=sum(_secure(entry) for _, entry in rest),
        shown=len(entries) - len(rest),
        columns=("Kind", *(rest[0][0].columns if rest else ())),
        common=tuple(_common(rest)),
        named=tuple(_named(rest)),
    )


def warning(rest: Folded | None) -> tuple[Banner, ...]:
    """Says on top that not everything is laid out."""
    if rest is None:
        return ()
    title = f"This page lays out {rest.shown:,} of {rest.shown + rest.hidden:,} objects; the others are only named."
    secure = f"{rest.secure:,} of those that are only named {'touches' if rest.secure == 1 else 'touch'} security."
    return (Banner(Tone.CAUTION, title, (secure,) if rest.secure else ()),)


def _secure(entry: Entry) -> bool:
    return "security" in entry.tokens or any("security" in row.tokens for row in entry.rows)


def _size(entry: Entry) -> int:
    return 2 + sum(1 + sum(len(cell.pieces) for cell in row.cells) for row in entry.rows)


def _kept(entries: Sequence[Entry], room: int) -> set[int]:
    """The identities of what is laid out, the urgent first; the sort keeps the order of the page otherwise."""
    kept = set()
    for entry in sorted(entries, key=lambda entry: -entry.urgency):
        if room <= 0:
            break
        kept.add(id(entry))
        room -= _size(entry)
    return kept


def _only(section: Section, kept: set[int]) -> Section:
    entries = tuple(entry for entry in section.entries if id(entry) in kept)
    hidden = len(section.entries) - len(entries)
    return section._replace(entries=entries, says=f"{hidden:,} more are below, by name" if hidden else "")


def _common(rest: Sequence[tuple[Section, Entry]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The same field of the same kind with the same values, and how often; most frequent first."""
    counts = Counter(
        (section.title, row.field, *map(_text, row.cells)) for section, entry in rest for row in entry.rows
    )
    often = [(count, words) for words, count in counts.items() if count > 1]
    yield from sorted(often, key=lambda item: (-item[0], item[1]))[:COMMON]


def _text(cell: Cell) -> str:
    return "; ".join(map(_piece, cell.pieces)) or cell.nothing


def _piece(piece: Piece) -> str:
    sign = f"{piece.sign} " if piece.sign else ""
    return sign + " ".join(filter(None, (piece.name, piece.value if piece.there else "not there")))


def _named(rest: Sequence[tuple[Section, Entry]]) -> Iterator[Named]:
    """The names by what happens to them, what touches security first, then the largest group.

    What would make too many groups stands together.
    """
    alike: dict[_Likeness, list[Entry]] = {}
    for section, entry in rest:
        alike.setdefault(_likeness(section, entry), []).append(entry)
    ranked = sorted(alike.items(), key=lambda item: (-_secure(item[1][0]), -len(item[1])))  # else in the page's order
    for likeness, entries in ranked[:GROUPS]:
        yield Named(_title(likeness), likeness.tokens, likeness.rows, tuple(map(_name, entries)))
    others = [entry for _, entries in ranked[GROUPS:] for entry in entries]
    if others:
        yield Named("others", (), (), tuple(map(_name, others)))


class _Likeness(NamedTuple):
    """What is the same of all objects of a group."""

    title: str
    act: str
    marks: tuple[str, ...]
    fields: tuple[str, ...]
    tokens: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _likeness(section: Section, entry: Entry) -> _Likeness:
    return _Likeness(
        section.title,
        f"{entry.act.sign} {entry.act.text}" if entry.act is not None else "",
        tuple(mark.text for mark in entry.marks),
        tuple(dict.fromkeys(row.field for row in entry.rows)),
        entry.tokens,
        tuple(sorted({row.tokens for row in entry.rows})),
    )


def _title(likeness: _Likeness) -> str:
    parts = (likeness.title, likeness.act, ", ".join(likeness.marks), ", ".join(likeness.fields))
    return " · ".join(filter(None, parts))


def _name(entry: Entry) -> str:
    """One object in a line of plain text."""
    return "  ".join(part if part.isascii() else f"{_OPEN}{part}{_CLOSE}" for part in (entry.name, entry.label) if part)
