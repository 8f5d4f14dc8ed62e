"""One line a figure: what was measured, how it compares, what was asked for, and how noisy the machine was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    figure: str
    measured: str
    """In the figure's own unit, with the least and the greatest of all runs."""
    ratio: float | None = None
    """What the target is about: a ratio to the floor, milliseconds, or megabytes."""
    spread: str = ""
    unit: str = ""
    target: float | None = None
    at_least: bool = False
    """Whether the target is a least value instead of a greatest one."""
    remark: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met; nothing where there is none."""
        if self.target is None or self.ratio is None:
            return "–"
        kept = self.ratio >= self.target if self.at_least else self.ratio <= self.target
        return "met" if kept else "**missed**"

    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        ratio = "–" if self.ratio is None else f"{_number(self.ratio)}{self.unit}"
        sign = "≥" if self.at_least else "≤"
        target = "–" if self.target is None else f"{sign} {_number(self.target)}{self.unit}"
        return self.figure, self.measured, ratio, self.spread or "–", target, self.verdict, self.remark


HEAD = ("figure", "measured: median (min–max)", "result", "min–max", "target", "verdict", "remark")


def markdown(rows: Iterable[Row]) -> str:
    """The table."""
    lines = [HEAD, ("---", "---", "---:", "---:", "---:", "---", "---"), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def seconds(values: Sequence[float]) -> str:
    """Seconds in words: the median with the least and the greatest."""
    return f"{median(values):.2f} s ({min(values):.2f}–{max(values):.2f})"


def milliseconds(values: Sequence[float]) -> str:
    """Seconds, told in milliseconds."""
    return f"{median(values) * 1000:.0f} ms ({min(values) * 1000:.0f}–{max(values) * 1000:.0f})"


def spread(values: Sequence[float], unit: str = "") -> str:
    """The least and the greatest."""
    return f"{_number(min(values))}–{_number(max(values))}{unit}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
