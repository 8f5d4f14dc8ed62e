"""Cuts one very large manifest into pieces that several processes can read, where that is certain to be the same.

A piece is a section's header with some of its entries. Only the plainest of files is cut: sections as bare headers at
the left edge, entries at one indentation, nothing that could reach over the line of an entry (the doubts of the fast
pass, and quotes that stay open at the end of a line). And only if every piece is found sound and no entry stands twice
are the pieces used; in any other case the file is read as a whole, and what is said of it comes from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ccconf.manifest.fast import doubtful
from ccconf.manifest.rows import FileRows, Row

ENTRIES_A_PIECE = 500

_EDGE = re.compile(r"^[^ \n#].*$", re.MULTILINE)
_HEADER = re.compile(r"([^ \n#:\"'\[\]{}][^:\"'\[\]{}]*):[ ]*(?:#.*)?")
_SOMETHING = re.compile(r"^ *[^ \n#]", re.MULTILINE)
_FIRST_ENTRY = re.compile(r"^( +)(?=[^ \n#])", re.MULTILINE)
_OPEN_QUOTE = (
    re.compile(r"\"(?<![^\s\[{,]\")[^\"\n]*$", re.MULTILINE),
    re.compile(r"'(?<![^\s\[{,]')(?:[^'\n]|'')*$", re.MULTILINE),
)


class Section(NamedTuple):
    """A section's header line and where each of its entries begins; the last number is where the section ends."""

    header: str
    starts: Sequence[int]


def sections_of(text: str) -> list[Section] | None:
    """The sections of a plain manifest, or None where it cannot be cut."""
    if doubtful(text) or any(quote.search(text) for quote in _OPEN_QUOTE):
        return None
    edges = list(_EDGE.finditer(text))
    headers = [_HEADER.fullmatch(edge[0]) for edge in edges]
    if not edges or not all(headers) or len({header[1] for header in headers if header}) != len(headers):
        return None
    if _SOMETHING.search(text, 0, edges[0].start()):
        return None
    ends = [*(edge.start() for edge in edges[1:]), len(text)]
    sections = [_section(text, edge[0], edge.end(), end) for edge, end in zip(edges, ends, strict=True)]
    return [section for section in sections if section] if all(sections) else None


def _section(text: str, header: str, start: int, end: int) -> Section | None:
    first = _FIRST_ENTRY.search(text, start, end)
    if first is None:
        return None
    indent = len(first[1])
    if indent > 1 and re.compile(rf"^ {{1,{indent - 1}}}(?=[^ \n])", re.MULTILINE).search(text, start, end):
        return None
    entries = re.compile(rf"^ {{{indent}}}(?=[^ \n#])", re.MULTILINE)
    return Section(header, [*(entry.start() for entry in entries.finditer(text, start, end)), end])


def pieces(text: str, sections: Iterable[Section]) -> Iterator[str]:
    """The pieces, one after the other."""
    for header, starts in sections:
        for first in range(0, len(starts) - 1, ENTRIES_A_PIECE):
            last = min(first + ENTRIES_A_PIECE, len(starts) - 1)
            yield f"{header}\n{text[starts[first] : starts[last]]}"


def joined(parts: Iterable[FileRows]) -> FileRows | None:
    """The rows of the whole file, or None where a piece has something to say or an entry stands twice."""
    whole = FileRows({}, {}, {}, {}, {}, [], [])
    links: dict[str, set[str]] = {}
    for part in parts:
        if part.findings or whole.defaults.keys() & part.defaults.keys():
            return None
        whole.defaults.update(part.defaults)
        for kind, rows in part.objects.items():
            whole.objects.setdefault(kind, []).extend(rows)
        for kind, keys in part.links.items():
            links.setdefault(kind, set()).update(keys)
        for field, values in part.unique.items():
            whole.unique.setdefault(field, []).extend(values)
        for skill, level in part.levels.items():
            whole.levels[skill] = max(level, whole.levels.get(skill, 0))
        whole.files.extend(part.files)
    whole.links = {kind: sorted(keys) for kind, keys in links.items()}
    return whole if all(_once(rows) for rows in whole.objects.values()) else None


def _once(rows: Sequence[Row]) -> bool:
    return len({row.key for row in rows}) == len(rows)
