"""An optional first pass by a faster parser, trusted only where it cannot differ from the reference reader.

`yaml-rs` reads about four times as fast as libyaml's events but disagrees with our rules in known corners: aliases,
tags, merge keys, several documents, underscores and binary numbers, the byte-order mark, control characters and keys
that are not text. A file in which any of these could occur is not given to it at all; of what it returns only a
document that the schema finds sound is used. `tests/manifest/test_fast.py` holds both readers equal on mutated files.
"""

from __future__ import annotations

import re
from typing import Any

yaml_rs: Any
try:
    import yaml_rs
except ImportError:  # the extra `fast` is not installed
    yaml_rs = None

_DOUBTFUL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff&*!%|>?\\<]")
"""Anchors, aliases, tags, directives, block scalars, explicit and merge keys, escapes, all unusual white space."""

_DOUBTFUL_SIGNS = tuple(
    re.compile(sign)  # each begins with one letter, which the regular expression engine finds very quickly
    for sign in (
        r":(?:(?<![^\s,\[{]:)|[,\[\]{}])",  # what libyaml refuses inside brackets: [:a] and {a:}
        r"_(?<![^\s,\[{0-9.+-]_)",  # 1_000 and _1
        r"0[bBoOxX]",
        r"\.(?:\.\.|inf|Inf|INF|nan|NaN|NAN)",
        r"-(?:--| +-(?:\s|$))",  # another document; a list in a list, which overflows the faster parser's stack
    )
)
_FAR_RIGHT = " " * 64
"""Deep nesting, or a colon beyond the reach of its key."""

_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"\n[]{}\"'"))
_DEEPEST = 8
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_PAIR = re.compile(rb"\[\]|\{\}")


def read_fast(text: str) -> Any:
    """The data of the document, or None where the reference reader has to be asked."""
    if yaml_rs is None or not text or doubtful(text):
        return None
    try:
        return yaml_rs.loads(text, parse_datetime=False)
    except Exception:  # whatever it is: the reference reader says what is wrong, and where
        return None


def doubtful(text: str) -> bool:
    return (
        _DOUBTFUL.search(text) is not None
        or any(sign.search(text) is not None for sign in _DOUBTFUL_SIGNS)
        or _FAR_RIGHT in text
        or _brackets_over_lines(text)
    )


def _brackets_over_lines(text: str) -> bool:
    """Whether brackets open on one line and close on another, where the parsers differ about names."""
    brackets = text.encode("utf-8", "replace").translate(None, _ALL_BUT_BRACKETS)
    return any(not _closed(line) for line in set(brackets.split(b"\n")))


def _closed(line: bytes) -> bool:
    """Whether each bracket of a line has its partner there, be the quotes real ones or only apostrophes."""
    unquoted = line.translate(None, b"\"'")
    outside = _QUOTED.sub(b"", line).translate(None, b"\"'")
    for _ in range(_DEEPEST):
        unquoted, outside = _PAIR.sub(b"", unquoted), _PAIR.sub(b"", outside)
    return not unquoted and not outside
