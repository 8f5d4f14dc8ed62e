"""Bytes to letters, by rules that always give the same answer: the mark first, then UTF-8, then one code page.

A file in which some lines are UTF-8 and others are not was pasted together from two exports. No reading of it is right
for all its names, so it is refused.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ccconf.errors import Broken, broken
from ccconf.findings import Location

ENCODINGS = ("utf-8", "utf-16", "cp1250", "cp1251", "cp1252", "latin-1")

_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CODE_PAGES = {"ru": "cp1251", "pl": "cp1250"}
_WESTERN = "cp1252"
_NAMED = 8
"""So many lines are named; the rest is counted."""


class Letters(NamedTuple):
    """The text of a file, and the encoding that it was taken for."""

    text: str
    encoding: str


def letters(raw: bytes, path: str, language: str, encoding: str | None) -> Letters:
    """The text of a file from people whose programs speak `language`. Raises `Broken` (CC803).

    An `encoding` that somebody names is taken at its word.
    """
    if encoding is None:
        marked = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), None)
        encoding = marked or _unmarked(raw, path, language)
    text = _decoded(raw, encoding, path)
    if lost := [number for number, line in enumerate(text.split("\n"), 1) if "\ufffd" in line]:
        message = f"letters were lost when this file was saved: {_lines(lost)}"
        raise broken("CC803", message, "export it again, as UTF-8", Location(path, lost[0]))
    return Letters(text, encoding)


def _unmarked(raw: bytes, path: str, language: str) -> str:
    if b"\x00" in raw:
        hint = "save it as CSV UTF-8, or say --encoding utf-16"
        raise broken("CC803", "the file is neither UTF-8 nor in a code page", hint, Location(path))
    try:
        raw.decode()
    except UnicodeDecodeError:
        page = _CODE_PAGES.get(language.partition("-")[0], _WESTERN)
        _refuse_mixture(raw, path, page)
        return page
    return "utf-8"


def _refuse_mixture(raw: bytes, path: str, page: str) -> None:
    modern: list[int] = []
    older: list[int] = []
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", raw), 1):
        if not line.isascii():
            (modern if _is_utf8(line) else older).append(number)
    if modern:
        message = f"two encodings are mixed: {_lines(modern)} UTF-8, {_lines(older)} not"
        hint = f"export it again; if the whole file is in one encoding, name it: --encoding {page}"
        raise broken("CC803", message, hint, Location(path, older[0]))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lines(numbers: list[int]) -> str:
    named = ", ".join(map(str, numbers[:_NAMED]))
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return f"line{'s' if len(numbers) > 1 else ''} {named}{more}"


def _decoded(raw: bytes, encoding: str, path: str) -> str:
    try:
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise _wrong(raw, error, encoding, path) from error


def _wrong(raw: bytes, error: UnicodeDecodeError, encoding: str, path: str) -> Broken:
    line = raw.count(b"\n", 0, error.start) + 1
    byte = f"byte 0x{raw[error.start]:02x}" if error.start < len(raw) else "the end"
    hint = f"name the encoding: --encoding {' or '.join(ENCODINGS)}; or save it as UTF-8"
    return broken("CC803", f"{byte} does not fit {encoding}", hint, Location(path, line))
