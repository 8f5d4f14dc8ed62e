"""Workbooks (.xlsx): the text that a person sees in each cell, or a refusal where there is none.

A workbook is a zip archive of XML from a stranger: its unpacked size is looked at before anything is unpacked, and a
document type, which only an attack would have, is refused. Formulas are not computed here, so they are not taken.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ccconf.errors import Broken, broken
from ccconf.findings import Finding, Location, did_you_mean, in_order
from ccconf.snapshot.table import MOST_COLUMNS, Row, Table, refuse_giant, table_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LARGEST_UNPACKED = 100_000_000
_EXACT = 10**15
"""Spreadsheets keep fifteen digits; of a longer number they have lost some."""
_ZEROS = re.compile(r"0+")
_DOCTYPE = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))


def workbook_table(raw: bytes, path: str, sheet: str | None) -> Table:
    """The table of one sheet, the first unless another is named. Raises `Broken` (CC804, CC805, CC806)."""
    refuse_giant(len(raw), path)
    _refuse_bomb(raw, path)
    chosen = _sheet(raw, path, sheet)
    flaws = [*_merged(chosen, path), *_uncertain(chosen, path)]
    if flaws:
        raise Broken(*in_order(flaws))
    return table_of(path, "", _rows(chosen, path))


def _refuse_bomb(raw: bytes, path: str) -> None:
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())  # no part unpacks to more than it says
            hostile = unpacked <= LARGEST_UNPACKED and _has_doctype(archive)
    except Exception as error:  # no archive, damaged or encrypted: each compression has errors of its own
        raise _foreign(path) from error
    if unpacked > LARGEST_UNPACKED:
        limit = f"more than {LARGEST_UNPACKED // 1_000_000} are not read"
        message = f"unpacked it would have {unpacked // 1_000_000} MB; {limit}"
        raise broken("CC806", message, "export the list alone, as CSV", Location(path))
    if hostile:
        raise _foreign(path)


def _has_doctype(archive: zipfile.ZipFile) -> bool:
    return any(
        mark in part
        for name in archive.namelist()
        if name.endswith((".xml", ".rels"))
        for part in [archive.read(name)]
        for mark in _DOCTYPE
    )


def _foreign(path: str) -> Broken:
    hint = "save it as .xlsx without a password, or as CSV UTF-8"
    return broken("CC805", "this is not a workbook that can be read", hint, Location(path))


def _sheet(raw: bytes, path: str, name: str | None) -> Worksheet:
    try:
        from openpyxl import load_workbook  # heavy, and optional
    except ImportError as error:
        hint = "install ccconf[xlsx], or save the sheet as CSV UTF-8"
        raise broken("CC805", "openpyxl is not installed, so no workbook can be read", hint, Location(path)) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and drop-down lists, which are of no interest here
            book = load_workbook(BytesIO(raw), keep_links=False)
    except Exception as error:  # the library raises whatever it stumbles over in a strange file
        raise _foreign(path) from error
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name is not None and name not in sheets:
        raise broken("CC805", f"the workbook has no sheet {name}", did_you_mean(name, sheets), Location(path))
    if not sheets:
        raise _foreign(path)
    return sheets[name] if name is not None else book.worksheets[0]


def _merged(sheet: Worksheet, path: str) -> Iterator[Finding]:
    for area in sheet.merged_cells.ranges:
        where = Location(path, area.min_row, area.min_col)
        hint = "split them, and fill in every row"
        yield Finding(code="CC804", message=f"the cells {area.coord} are merged", where=where, hint=hint)


def _uncertain(sheet: Worksheet, path: str) -> Iterator[Finding]:
    """Cells that have no certain value."""
    for cell in _filled(sheet):
        if reason := _doubt(cell):
            what, hint = reason
            where = Location(path, cell.row, cell.column)
            yield Finding(code="CC804", message=f"{cell.coordinate} {what}", where=where, hint=hint)


def _doubt(cell: Any) -> tuple[str, str] | None:
    if cell.data_type == "f":
        return "holds a formula", "copy the column and paste it as values"
    if cell.data_type == "e":
        return f"holds the error {cell.value}", "write the value itself"
    if isinstance(cell.value, int | float) and abs(cell.value) >= _EXACT:
        return "holds a number that has lost its last digits", "format the column as text and write the number again"
    return None


def _filled(sheet: Worksheet) -> list[Any]:
    """The cells that hold something, row by row.

    The sheet's own iteration would visit every cell up to the last one, which may stand at the far end of the sheet.
    """
    cells = sheet._cells
    return [cells[place] for place in sorted(cells) if cells[place].value is not None]


def _rows(sheet: Worksheet, path: str) -> Iterator[Row]:
    rows: dict[int, dict[int, str]] = {}
    for cell in _filled(sheet):
        rows.setdefault(cell.row, {})[cell.column] = _text(cell)
    for number, cells in rows.items():
        if max(cells) > MOST_COLUMNS:
            message = f"a cell stands beyond column {MOST_COLUMNS}"
            raise broken("CC806", message, "delete it", Location(path, number, max(cells)))
        yield Row(number, [cells.get(column, "") for column in range(1, max(cells) + 1)])


def _text(cell: Any) -> str:
    """What the cell shows, as far as it can be told: dates as ISO writes them, numbers without a needless fraction."""
    match cell.value:
        case bool() as value:
            return "yes" if value else "no"
        case datetime() as value:
            return value.date().isoformat() if value.time() == time() else value.isoformat("T", "seconds")
        case time() as value:
            return value.isoformat("minutes")
        case int() | float() as value if value % 1 == 0:
            return _whole(int(value), cell.number_format)
        case value:
            return str(value)


def _whole(value: int, number_format: str) -> str:
    """An extension that shows as 0204 is the number 204 with a format of four zeros."""
    return str(value).zfill(len(number_format)) if _ZEROS.fullmatch(number_format) else str(value)
