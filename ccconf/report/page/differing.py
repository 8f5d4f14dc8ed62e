"""Where values differ, entry by entry: before and after of a plan, or the three values of a drift report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from ccconf.model.fields import FieldSpec
from ccconf.model.hours import DAYS
from ccconf.model.shapes import Weekly, spans
from ccconf.report.page.view import Cell, Piece
from ccconf.report.words import shown, visible


class _Absent:
    """The value of an entry on a side that does not have it; None is a value of its own."""


ABSENT: Final = _Absent()


class Parted(NamedTuple):
    """One entry that is not the same on all sides. The name of a value that has no entries is empty."""

    name: str
    values: tuple[Any, ...]


class Differing(NamedTuple):
    """The entries that differ, and how many do not."""

    parted: tuple[Parted, ...]
    same: int = 0


def differing(spec: FieldSpec | None, values: Sequence[Any]) -> Differing:
    """How the values of one field differ from one another; None is an empty field."""
    said = [value for value in values if value is not None]
    if said and all(isinstance(value, dict) for value in said):
        sides = [value or {} for value in values]
        if spec is not None and isinstance(spec.shape, Weekly):
            return Differing(tuple(_weekly(sides)))
        parted = tuple(_mapping(sides, ""))
        return Differing(parted, _alike(sides))
    if said and all(isinstance(value, list | tuple) for value in said):
        return _list([list(value or ()) for value in values])
    return Differing((Parted("", tuple(ABSENT if value is None else value for value in values)),))


def _alike(sides: Sequence[Mapping[str, Any]]) -> int:
    first, *others = sides
    return sum(all(key in side and side[key] == value for side in others) for key, value in first.items())


def _mapping(sides: Sequence[Mapping[str, Any]], path: str) -> Iterator[Parted]:
    for key in sorted({key for side in sides for key in side}):
        values = tuple(side.get(key, ABSENT) for side in sides)
        if all(value == values[0] for value in values):
            continue
        if all(isinstance(value, dict) for value in values):
            yield from _mapping(values, f"{path}{key} › ")
        else:
            yield Parted(f"{path}{key}", values)


def _list(sides: Sequence[list[Any]]) -> Differing:
    by_form = [{msgspec.json.encode(item, order="deterministic"): item for item in side} for side in sides]
    items = {form: item for side in by_form for form, item in side.items()}
    parted = [
        Parted(shown(item), tuple(None if form in side else ABSENT for side in by_form)) for form, item in items.items()
    ]
    differ = tuple(row for row in parted if ABSENT in row.values)
    return Differing(differ, len(parted) - len(differ))


def _weekly(sides: Sequence[Mapping[str, Any]]) -> Iterator[Parted]:
    by_day = {day: tuple(_hours(side.get(day)) for side in sides) for day in DAYS}
    for span, hours in spans({day: hours for day, hours in by_day.items() if len(set(hours)) > 1}):
        yield Parted(span, hours)


def _hours(ranges: Sequence[str] | None) -> str:
    return ", ".join(ranges) if ranges else "free"


def before_and_after(found: Differing, before: Any, after: Any) -> tuple[Cell, Cell]:
    """Two cells: what goes is marked on one side, what comes on the other, what changes stands on both."""
    left = tuple(_piece(row, 0, "-" if row.values[1] is ABSENT else "") for row in found.parted if _is(row, 0))
    right = tuple(_piece(row, 1, "+" if row.values[0] is ABSENT else "") for row in found.parted if _is(row, 1))
    return _cell(left, before), _cell(right, after)


def _is(row: Parted, side: int) -> bool:
    return row.values[side] is not ABSENT


def _cell(pieces: tuple[Piece, ...], value: Any) -> Cell:
    """An empty value is nothing; one of which only what stays is left shows none of it."""
    return Cell(pieces) if pieces else Cell(nothing="—" if value else "nothing")


def side_by_side(found: Differing, values: Sequence[Any], nothing: Sequence[str]) -> tuple[Cell, ...]:
    """A cell for each side, in which whatever only others have is said to be missing."""
    return tuple(
        Cell(nothing=nothing[side])
        if value is None
        else Cell(tuple(_piece(row, side) for row in found.parted)) if found.parted else Cell(nothing="nothing")
        for side, value in enumerate(values)
    )  # fmt: skip


def _piece(row: Parted, side: int, sign: str = "") -> Piece:
    value = row.values[side]
    if value is ABSENT:
        return Piece("", visible(row.name), sign, there=False)
    if row.name:
        return Piece("" if value in (None, {}, "") else shown(value), visible(row.name), sign)
    return Piece(shown(value) or "(empty text)")
