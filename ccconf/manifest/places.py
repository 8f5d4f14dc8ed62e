"""Turns pointers into lines and columns by reading a file once more, which only a file with mistakes needs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ccconf.errors import Broken
from ccconf.findings import Finding, Location
from ccconf.manifest.shape import QUOTE_IT, Mistake
from ccconf.manifest.yaml12 import Marks, Pointer, locate


def placed(mistakes: Iterable[Mistake], text: str, path: str) -> list[Finding]:
    """The mistakes of one file as findings with places."""
    mistakes = list(mistakes)
    if not mistakes:
        return []
    marks = marks_of(text, path, {mistake.pointer for mistake in mistakes})
    lines = text.splitlines()  # it breaks lines where YAML does, a lone carriage return included
    return [
        Finding(
            code=mistake.code,
            message=mistake.message,
            where=place(marks, mistake.pointer, path, on_key=mistake.on_key),
            subject=mistake.subject,
            hint=_hint(mistake, marks, lines),
        )
        for mistake in mistakes
    ]


def _hint(mistake: Mistake, marks: dict[Pointer, Marks], lines: list[str]) -> str:
    """The remedy; a number that lost its quotes is quoted as it was written, not as it was read."""
    found = marks.get(mistake.pointer)
    if not mistake.hint.startswith(QUOTE_IT) or found is None:
        return mistake.hint
    line = lines[found.value.line - 1] if found.value.line <= len(lines) else ""
    written = re.split(r"[,\]}]|\s#|\s*$", line[found.value.column - 1 :], maxsplit=1)[0].strip()
    return f'{QUOTE_IT}"{written}"' if written else mistake.hint


def marks_of(text: str, path: str, pointers: Iterable[Pointer]) -> dict[Pointer, Marks]:
    """The marks of these pointers and of everything above them; a file that no longer reads has none."""
    pointers = list(pointers)
    asked = {pointer[:depth] for pointer in pointers for depth in range(len(pointer) + 1)}
    try:
        by_entry = _by_entry(text, path, pointers)
        return locate(text, path, frozenset(asked)) if by_entry is None else by_entry
    except Broken:
        return {}


def _by_entry(text: str, path: str, pointers: Iterable[Pointer]) -> dict[Pointer, Marks] | None:
    """The marks of these pointers, found by reading their objects alone; None where that cannot be done."""
    from ccconf.manifest.editing.page import cut  # few files have to be looked into so closely

    entries: dict[Pointer, set[Pointer]] = {}
    for pointer in pointers:
        entries.setdefault(pointer[:_ENTRY], set()).update(pointer[:depth] for depth in range(_ENTRY, len(pointer) + 1))
    page = None if _breaks_oddly(text) else cut(text)
    if page is None:
        return None
    spans: list[tuple[int, int, Pointer]] = []
    for entry in entries:
        section = page.sections.get(str(entry[0])) if len(entry) == _ENTRY else None
        slice_ = section.slices.get(str(entry[1])) if section is not None else None
        if slice_ is None:
            return None
        spans.append((*slice_, entry))
    found: dict[Pointer, Marks] = {}
    above, counted = -1, 0  # lines above the slice, but for the header that stands here
    for start, end, entry in sorted(spans, key=lambda span: span[0]):
        above, counted = above + text.count("\n", counted, start), start
        marks = locate(f"{entry[0]}:\n{text[start:end]}", path, frozenset(entries[entry]))
        if entry not in marks:
            return None
        found |= {pointer: Marks(*(_lower(each, above) for each in one)) for pointer, one in marks.items()}
    return found


def _breaks_oddly(text: str) -> bool:
    """Whether there are line breaks that YAML counts, and that are not counted here."""
    return any(odd in text for odd in "\x85\u2028\u2029") or ("\r" in text and "\r" in text.replace("\r\n", ""))


_ENTRY = 2
"""So many words lead to an object: its section and its key."""


def _lower(where: Location, lines: int) -> Location:
    return where._replace(line=where.line + lines)


def place(marks: dict[Pointer, Marks], pointer: Pointer, path: str, *, on_key: bool) -> Location:
    """The place of the pointer, or of the nearest thing above it that has one (behind an alias, say)."""
    found = marks.get(pointer)
    if found is not None:
        return found.key if on_key else found.value
    for depth in range(len(pointer) - 1, 0, -1):
        above = marks.get(pointer[:depth])
        if above is not None:
            return above.key
    return Location(path, 1, 1)
