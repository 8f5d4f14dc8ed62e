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

_DOUBTFUL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff&*!%|>?\\]")
"""Anchors, aliases, tags, directives, block scalars, explicit keys, escapes, and every unusual white space."""

_DOUBTFUL_WORDS = ("<<", "---", "...", "0b", "0B", ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
_UNDERSCORE_NUMBER = re.compile(r"[-+.0-9][0-9.]*_")


def read_fast(text: str) -> Any:
    """The data of the document, or None where the reference reader has to be asked."""
    if yaml_rs is None or not text or _doubtful(text):
        return None
    try:
        return yaml_rs.loads(text, parse_datetime=False)
    except (ValueError, yaml_rs.YAMLDecodeError):  # the reference reader says what is wrong, and where
        return None


def _doubtful(text: str) -> bool:
    return (
        _DOUBTFUL.search(text) is not None
        or any(word in text for word in _DOUBTFUL_WORDS)
        or ("_" in text and _UNDERSCORE_NUMBER.search(text) is not None)
    )
