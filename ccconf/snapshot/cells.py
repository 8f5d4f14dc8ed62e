"""Text on its way into a spreadsheet's cell and back: no spreadsheet shall ever run what somebody called himself.

A spreadsheet takes a cell that begins with = + - @, a tab or a carriage return for a formula. An apostrophe before it
makes it text. The same goes for text that has the apostrophe already, so that nothing is lost on the way back.
"""

from __future__ import annotations

import re

_RUNS = re.compile(r"'*[=+\-@\t\r]")


def harmless(text: str) -> str:
    """The text as a cell that is never run."""
    return f"'{text}" if _RUNS.match(text) else text


def plain(text: str) -> str:
    """The text that was meant: the inverse of `harmless`."""
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text
