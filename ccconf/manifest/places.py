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
    asked = {pointer[:depth] for pointer in pointers for depth in range(len(pointer) + 1)}
    try:
        return locate(text, path, frozenset(asked))
    except Broken:
        return {}


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
