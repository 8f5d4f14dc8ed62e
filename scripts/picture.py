"""Draws a terminal with real output as an SVG for the README: no fonts to fetch, no library whose version shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

_WIDTH, _LINE, _LEFT, _TOP = 900, 20, 20, 52
_COLOURS = {"31": "#ff6b6b", "32": "#7bd88f", "33": "#ffd866", "34": "#78a9ff"}
_SGR = re.compile(r"\x1b\[([0-9;]*)m")


def picture(command: str, output: str) -> str:
    """The command and its coloured output as an SVG; equal input gives equal bytes."""
    lines = [f"$ {command}", *output.rstrip("\n").split("\n")]
    height = _TOP + _LINE * len(lines)
    body = "\n".join(
        f'<text x="{_LEFT}" y="{_TOP + _LINE * row}" xml:space="preserve">{"".join(_spans(line))}</text>'
        for row, line in enumerate(lines)
    )
    dots = "".join(
        f'<circle cx="{22 + 18 * place}" cy="20" r="6" fill="{fill}"/>'
        for place, fill in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="The output of {escape(command)}">\n'
        f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="#1e2127"/>\n{dots}\n'
        f'<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#e6e6e6">\n'
        f"{body}\n</g>\n</svg>\n"
    )


def _spans(line: str) -> Iterator[str]:
    """The pieces of a line between its colour codes."""
    colour, bold = "", False
    for index, piece in enumerate(_SGR.split(line)):
        if index % 2:
            for code in piece.split(";"):
                colour = _COLOURS.get(code, "" if code in ("", "0") else colour)
                bold = code == "1" or (bold and code not in ("", "0"))
        elif piece:
            style = (f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if bold else "")
            yield f"<tspan{style}>{escape(piece)}</tspan>"
