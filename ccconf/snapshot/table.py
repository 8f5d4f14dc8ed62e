"""A table as a person made it: a row of headings, and rows of text cells that know where they stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ccconf.errors import Broken, broken
from ccconf.findings import Location
from ccconf.snapshot.cells import plain
from ccconf.snapshot.encoding import letters

LARGEST = 50_000_000
"""Bytes. A list of a hundred thousand people has less than half of that."""
MOST_ROWS = 200_000
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t")


class Row(NamedTuple):
    """A row with its number as spreadsheets count it."""

    number: int
    cells: Sequence[str]

    def cell(self, column: int) -> str:
        """The cell of a column, counted from 1; rows may end early."""
        return self.cells[column - 1] if column <= len(self.cells) else ""


class Table(NamedTuple):
    """The headings, and every row that is not empty."""

    path: str
    encoding: str
    """Empty for a workbook, whose letters are never in doubt."""
    headings: Row
    rows: Sequence[Row]

    def at(self, row: int, column: int = 1) -> Location:
        """A cell's place."""
        return Location(self.path, row, column)


def refuse_giant(size: int, path: str) -> None:
    """Raises `Broken` (CC806) where a file is larger than any list of people."""
    if size > LARGEST:
        message = f"the file has {size // 1_000_000} MB; more than {LARGEST // 1_000_000} are not read"
        raise broken("CC806", message, "export the list alone, or split it", Location(path))


def table_of(path: str, encoding: str, rows: Iterable[Row]) -> Table:
    """The rows as a table: the first that is not empty holds the headings. Raises `Broken` (CC802, CC806)."""
    filled = (row for row in map(_tidy, rows) if any(row.cells))
    headings = next(filled, None)
    if headings is None:
        raise broken("CC802", "the file has no headings", "its first row names the columns", Location(path))
    if len(headings.cells) > MOST_COLUMNS:
        raise broken("CC806", f"more than {MOST_COLUMNS} columns", "export the list alone", Location(path))
    return Table(path, encoding, headings, list(_few(filled, path)))


def _tidy(row: Row) -> Row:
    return Row(row.number, [plain(cell).replace("\r\n", "\n").replace("\r", "\n").strip() for cell in row.cells])


def _few(rows: Iterable[Row], path: str) -> Iterator[Row]:
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise broken("CC806", f"more than {MOST_ROWS} rows", "split the file", Location(path, row.number))
        yield row


def csv_table(raw: bytes, path: str, language: str, encoding: str | None, known: Callable[[str], bool]) -> Table:
    """A table of values separated by comma, semicolon or tab. `known` tells a heading from other words."""
    refuse_giant(len(raw), path)
    text, taken = letters(raw, path, language, encoding)
    delimiter = _delimiter(text, known)
    return table_of(path, taken, _records(text, path, delimiter))


def _delimiter(text: str, known: Callable[[str], bool]) -> str:
    """The one by which most headings are known; then the one that makes most of them; then the first."""

    def worth(delimiter: str) -> tuple[int, int]:
        headings = next((cells for cells in _cells(text, delimiter, strict=False) if any(cells)), [])
        return sum(known(plain(heading).strip()) for heading in headings), len(headings)

    return max(DELIMITERS, key=worth)


def _records(text: str, path: str, delimiter: str) -> Iterator[Row]:
    cells = _cells(text, delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield Row(number, next(cells))
        except StopIteration:
            return
        except csv.Error as error:
            raise _torn(path, number, error) from error


def _cells(text: str, delimiter: str, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _torn(path: str, number: int, error: csv.Error) -> Broken:
    reason = "a quotation mark is not closed" if "end of data" in str(error) else str(error)
    hint = 'a quotation mark within a quoted cell is written twice: "He said ""yes"""'
    return broken("CC805", f"row {number} cannot be read: {reason}", hint, Location(path, number))
