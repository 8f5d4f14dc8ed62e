"""Where a thing ends that begins at a place in a file: what an editor underlines, as exactly as YAML's own words.

Places come from the YAML reader, which also breaks lines where editors do not (a lone carriage return, U+2028); a
region counts lines as editors and SARIF do.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import NamedTuple

_PLAIN_END = re.compile(r":(?=[ \t\r\n]|\Z)|[ \t]+#|[ \t\r]*$", re.MULTILINE)
_FLOW_END = re.compile(r":(?=[ \t\r\n,\[\]{}]|\Z)|[ \t]*[,\[\]{}]|[ \t]+#|[ \t\r]*$", re.MULTILINE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^']|'')*'", re.DOTALL)
_WORD = re.compile(r"[^\s,\[\]{}]+")
_TELLING = re.compile(r"[\"'\[\]{}#]")
_OPENS, _CLOSES = "[{", "]}"
_LARGE = 4_000_000
"""From so many characters on a file is not looked through for brackets that are open somewhere above."""


class Region(NamedTuple):
    """From a first character to behind the last; lines and columns count from 1, columns in Unicode code points."""

    line: int
    column: int
    end_line: int
    end_column: int
    utf16: tuple[int, int]
    """The two columns as UTF-16 counts them."""

    @property
    def ends(self) -> bool:
        """Whether it is known where it ends, and that is not where it begins."""
        return (self.line, self.column) < (self.end_line, self.end_column)


class Text:
    """A file's text with the beginnings of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.yaml_lines = _beginnings(text, re.compile("\r\n|[\r\n\x85\u2028\u2029]"))
        self.lines = _beginnings(text, re.compile("\n"))

    def region(self, line: int, column: int) -> Region | None:
        """What begins there; None where the file has no such place (any more)."""
        if not 1 <= line <= len(self.yaml_lines):
            return None
        start = self.yaml_lines[line - 1] + column - 1
        if start > len(self.text):
            return None
        return self._from_to(start, max(start, self._end(start)))

    def _from_to(self, start: int, end: int) -> Region:
        first, last = bisect_right(self.lines, start) - 1, bisect_right(self.lines, end) - 1
        before, until = self.text[self.lines[first] : start], self.text[self.lines[last] : end]
        return Region(
            first + 1, len(before) + 1, last + 1, len(until) + 1, (_utf16(before) + 1, _utf16(until) + 1)
        )  # fmt: skip

    def _end(self, start: int) -> int:
        letter = self.text[start : start + 1]
        if letter in ('"', "'") and (quoted := _QUOTED.match(self.text, start)):
            return quoted.end()
        if letter and letter in _OPENS:
            return self._closed(start)
        if letter and letter in "*&!|>":
            word = _WORD.match(self.text, start)
            return word.end() if word else start
        ends = _FLOW_END if self._in_brackets(start) else _PLAIN_END
        found = ends.search(self.text, start)
        return found.start() if found else len(self.text)

    def _closed(self, start: int) -> int:
        """Behind the bracket that closes the one at `start`; behind itself where none does."""
        places, depths = self.brackets
        number = bisect_left(places, start)
        if number >= len(places) or places[number] != start:
            return start + 1
        outside = depths[number] - 1
        ends = (place for place, depth in zip(places[number:], depths[number:], strict=True) if depth <= outside)
        return next(ends, start) + 1

    def _in_brackets(self, start: int) -> bool:
        places, depths = self.brackets
        number = bisect_left(places, start)
        return number > 0 and depths[number - 1] > 0

    @cached_property
    def brackets(self) -> tuple[list[int], list[int]]:
        """Where brackets of lists and mappings stand, and how many are open behind each."""
        places: list[int] = []
        depths: list[int] = []
        depth = place = 0
        while (found := _TELLING.search(self.text, place)) and len(self.text) < _LARGE:
            place, letter = found.end(), found[0]
            if letter == "#":
                if self._follows(found.start(), ""):
                    place = self.text.find("\n", place) % (len(self.text) + 1)
            elif letter in "\"'":
                quoted = _QUOTED.match(self.text, found.start()) if self._begins(found.start(), depth) else None
                place = quoted.end() if quoted else place
            elif (letter in _CLOSES and depth) or (letter in _OPENS and self._begins(found.start(), depth)):
                depth += 1 if letter in _OPENS else -1
                places.append(found.start())
                depths.append(depth)
        return places, depths

    def _begins(self, place: int, depth: int) -> bool:
        """Whether a word of YAML can begin there, rather than go on."""
        return self._follows(place, ":,[{" if depth else "")

    def _follows(self, place: int, letters: str) -> bool:
        """Whether a line begins there, or a blank or one of these letters stands before; outside of brackets only a
        blank behind a colon, a dash or a question mark counts."""
        before = self.text[place - 1 : place]
        if not before or before in "\r\n" or (letters and before in letters):
            return True
        if before not in " \t":
            return False
        line = self.text[self.text.rfind("\n", 0, place) + 1 : place].rstrip(" \t")
        return not line or bool(letters) or line[-1] in ":-?" or self.text[place] == "#"


def _beginnings(text: str, breaks: re.Pattern[str]) -> list[int]:
    return [0, *(found.end() for found in breaks.finditer(text))]


def _utf16(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)
