"""Drawings as inline SVG, made here, so that a page needs no library: columns over time, and a bar of seats.

Only numbers and days come into them, never a name. What a drawing shows stands beside it in words and as a table; its
parts differ by pattern, not by colour alone. Colours are those of the style sheet, in light, dark and on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 420, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 6, 16, 44
_MOST = 40
"""So many reports are drawn, the latest."""


class Column(NamedTuple):
    """One moment, with the heights of its parts from the ground up."""

    label: str
    parts: tuple[int, ...]


def columns(moments: Sequence[Column], words: Sequence[str], limit: int | None = None) -> str:
    """Stacked columns, oldest left; `words` name the parts, `limit` is a line across.

    The drawing is left out for screen readers: the figure has its words and its table.
    """
    drawn = moments[-_MOST:]
    ceiling = _ceiling(max([1, limit or 0, *(sum(column.parts) for column in drawn)]))
    return "".join(
        (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">',
            *_grid(ceiling),
            *_columns(drawn, ceiling),
            *(_limit(limit, ceiling) if limit is not None else ()),
            *_days(drawn),
            *_legend(words),
            "</svg>",
        )
    )


def _ceiling(most: int) -> int:
    """A round number that is not below the highest column, and has a whole half."""
    step = 2
    while True:
        for factor in (1, 2, 3, 4, 5):
            if step * factor >= most:
                return step * factor
        step *= 5 if str(step).startswith("2") else 2


def _y(value: int, ceiling: int) -> float:
    return round(HEIGHT - _BOTTOM - value / ceiling * (HEIGHT - _BOTTOM - _TOP), 1)


def _grid(ceiling: int) -> Iterator[str]:
    for value in (0, ceiling // 2, ceiling):
        y = _y(value, ceiling)
        yield f'<path class="across" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value}</text>'


def _slot(count: int) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(count, 8)


def _columns(drawn: Sequence[Column], ceiling: int) -> Iterator[str]:
    slot = _slot(len(drawn))
    for place, column in enumerate(drawn):
        x, under = round(_LEFT + slot * (place + 0.15), 1), 0
        for part, value in enumerate(column.parts):
            if value:
                y = _y(under + value, ceiling)
                height = round(_y(under, ceiling) - y, 1)
                yield f'<rect class="part{part}" x="{x}" y="{y}" width="{round(slot * 0.7, 1)}" height="{height}"/>'
                under += value
        if place == len(drawn) - 1 or len(drawn) <= 8:
            middle = round(x + slot * 0.35, 1)
            yield f'<text class="sum" x="{middle}" y="{_y(under, ceiling) - 4}" text-anchor="middle">{under}</text>'


def _limit(limit: int, ceiling: int) -> Iterator[str]:
    y = _y(limit, ceiling)
    yield f'<path class="limit" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>'


def _days(drawn: Sequence[Column]) -> Iterator[str]:
    """The first day, the last, and one between where there is room."""
    slot, last = _slot(len(drawn)), len(drawn) - 1
    for place in sorted({0, last // 2 if last >= 8 else 0, last}):
        x = round(_LEFT + slot * (place + 0.5), 1)
        anchor = "start" if place == 0 else "end" if last >= 7 and place == last else "middle"
        x = round(x + {"start": -0.35, "end": 0.35, "middle": 0}[anchor] * slot, 1)
        if place != 1:  # its day would stand upon the first one's
            yield f'<text x="{x}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="{anchor}">{drawn[place].label}</text>'


def _legend(words: Sequence[str]) -> Iterator[str]:
    x = _LEFT
    for part, word in enumerate(words):
        yield f'<rect class="part{part}" x="{x}" y="{HEIGHT - 16}" width="11" height="11"/>'
        yield f'<text x="{x + 16}" y="{HEIGHT - 6}">{word}</text>'
        x += 34 + 7 * len(word)


def share(taken: int, bought: int) -> str:
    """A bar: how much of what was bought is taken; what is over it is drawn as another part."""
    whole = max(taken, bought, 1)
    within = round(min(taken, bought) / whole * WIDTH, 1)
    over = f'<rect class="part0" x="{within}" y="4" width="{round(WIDTH - within, 1)}" height="16"/>'
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} 24" aria-hidden="true" focusable="false">'
        f'<rect class="room" x="0.5" y="4" width="{WIDTH - 1}" height="16"/>'
        f'<rect class="part1" x="0" y="4" width="{within}" height="16"/>'
        f"{over if taken > bought else ''}</svg>"
    )


def parts(counts: Sequence[int], most: int) -> str:
    """One row of a table of counts as a bar in parts; `most` is the sum of the longest row."""
    drawn, x = [], 0.0
    for part, count in enumerate(counts):
        width = round(count / max(most, 1) * 200, 1)
        if count:
            drawn.append(f'<rect class="part{part}" x="{round(x, 1)}" y="0" width="{max(width, 1)}" height="12"/>')
        x += max(width, 1) if count else 0
    return f'<svg class="bar" viewBox="0 0 204 12" aria-hidden="true" focusable="false">{"".join(drawn)}</svg>'


def swatch(part: int) -> str:
    """What a part looks like, beside its word."""
    rect = f'<rect class="part{part}" width="11" height="11"/>'
    return f'<svg class="swatch" viewBox="0 0 11 11" aria-hidden="true" focusable="false">{rect}</svg>'
