"""How values are put on paper: the quotes that are needed, on one line or on several."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ccconf.manifest.yaml12 import scalar

WIDTH = 120
"""Characters; a list or mapping that would make its line longer gets a line for each entry."""

STEP = "  "

_PLAIN = re.compile(r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-(?=[^\s,\[\]{}]))(?:[^\s]| (?=\S))*")
_BREAKS_PLAIN = re.compile(r": | #|:$|^(?:---|\.\.\.)(?:\s|$)")
_BREAKS_FLOW = re.compile(r"[,\[\]{}]|:(?=[,\[\]{}]|$)")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TELEPHONE = re.compile(r"\+[0-9 ()/.-]+|[0-9][0-9()/.-]*[ (][0-9 ()/.-]*")
_OLD_READERS = yaml.resolver.Resolver.yaml_implicit_resolvers
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def is_plain(text: str, *, flow: bool) -> bool:
    """Whether a text needs no quotes, for a reader of YAML 1.2 and for one of 1.1 (`no`, `2026-12-25`) alike."""
    if not _PLAIN.fullmatch(text) or _BREAKS_PLAIN.search(text) or _UNPRINTABLE.search(text):
        return False
    if flow and _BREAKS_FLOW.search(text):
        return False
    if _TELEPHONE.fullmatch(text):  # without its blanks it would be a number, and the manual asks for quotes
        return False
    return isinstance(scalar(text), str) and not _read_otherwise(text)


def _read_otherwise(text: str) -> bool:
    """Whether YAML 1.1 takes a plain scalar for something other than text."""
    known = _OLD_READERS.get(text[0], []) + _OLD_READERS.get(None, [])
    return any(form.match(text) for _, form in known)


def quoted(text: str, sign: str) -> str:
    """A text in quotes; in double ones where the sign that is asked for cannot hold it."""
    if sign == "'" and not _UNPRINTABLE.search(text):
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    return '"' + re.sub(r'[\\"]|' + _UNPRINTABLE.pattern, _escaped, text) + '"'


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@dataclass(frozen=True, slots=True)
class Hand:
    """The habits of whoever wrote the lines around: new values are written alike."""

    newline: str = "\n"
    quote: str = '"'
    json: bool = False
    """Whether everything is in double quotes, as in JSON."""

    def word(self, text: str, *, flow: bool) -> str:
        """A name or a text on one line."""
        if self.json:
            return json.dumps(text, ensure_ascii=False)
        return text if is_plain(text, flow=flow) else quoted(text, self.quote)

    def inline(self, value: Any, *, flow: bool) -> str:
        """Any value on one line; `flow` says that it stands within brackets."""
        match value:
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case str():
                return self.word(value, flow=flow)
            case dict():
                pairs = [
                    f"{self.word(name, flow=True)}: {self.inline(part, flow=True)}" for name, part in value.items()
                ]
                return f"{{{', '.join(pairs)}}}"
            case list():
                return f"[{', '.join(self.inline(part, flow=True) for part in value)}]"
            case _:
                return str(value)

    def pair(self, indent: int, name: str, value: Any) -> str:
        """A field in a block, with its line break: on one line, or on several where one is too long."""
        lead = f"{' ' * indent}{self.word(name, flow=False)}:"
        return f"{lead}{self.behind(indent, len(lead), value)}{self.newline}"

    def behind(self, indent: int, column: int, value: Any) -> str:
        """What stands behind the colon of a key in a block, without the last line break."""
        if isinstance(value, str) and (block := literal(value, indent + 2, self.newline)):
            return f" {block}"
        one_line = self.inline(value, flow=False)
        if not value or not isinstance(value, dict | list) or column + 1 + len(one_line) <= WIDTH:
            return f" {one_line}"
        return "".join(f"{self.newline}{line}" for line in self.lines(indent + 2, value))

    def lines(self, indent: int, value: Mapping[str, Any] | list[Any]) -> Iterator[str]:
        """A list or mapping with a line, or several, for each entry."""
        if isinstance(value, list):
            for part in value:
                yield f"{' ' * indent}- {self.inline(part, flow=False)}"
        else:
            for name, part in value.items():
                yield self.pair(indent, name, part).removesuffix(self.newline)


def literal(text: str, indent: int, newline: str) -> str:
    """Several lines as a block, or nothing where the text is one line or a block could not hold it."""
    lines = text.removesuffix("\n").split("\n")
    plain = all(not _UNPRINTABLE.search(line.replace("\t", "")) for line in lines)
    if "\n" not in text or not plain or not lines[-1].strip() or not lines[0].strip() or lines[0][0] in " \t":
        return ""
    sign = "|" if text.endswith("\n") else "|-"
    return newline.join([sign, *(" " * indent + line if line else "" for line in lines)])
