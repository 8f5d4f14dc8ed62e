"""Columns of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, widest: int = 60) -> Iterator[str]:
    """Aligned columns; every column but the last is cut at `widest`."""
    widths = [min(widest, max(len(text) for text in column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cut = [text if len(text) <= width else f"{text[: width - 1]}…" for text, width in zip(row, widths, strict=True)]
        cut[-1] = row[-1]
        yield "  ".join(text.ljust(width) for text, width in zip(cut, widths, strict=True)).rstrip()
