"""From the rows of a table to what they state of each object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ccconf.findings import Finding
from ccconf.manifest.shape import Mistake
from ccconf.model.refs import Ref
from ccconf.snapshot.columns import DELETED, ID, PERMISSIONS, Columns, Headings, Meaning
from ccconf.snapshot.judged import NAME, NO_NAME
from ccconf.snapshot.stated import Reading, Stated
from ccconf.snapshot.table import Row, Table
from ccconf.snapshot.values import nothing, written
from ccconf.snapshot.words import Unclear, flag

_ENTRY = re.compile(r"row ([0-9]+)")


def reading_of(table: Table, headings: Headings) -> Reading:
    """What a table states, with everything in its cells that cannot be understood."""
    rows = _Rows(table, headings)
    return Reading(table.path, {headings.kind: list(rows.stated())}, rows.findings, rows.placed, table.encoding)


class _Rows:
    """One table on its way to objects."""

    def __init__(self, table: Table, headings: Headings) -> None:
        self.table, self.headings = table, headings
        self.columns = Columns(table, headings)
        self.fields = list(self.columns.fields)
        self.findings: list[Finding] = list(self.columns.findings)

    def stated(self) -> Iterator[Stated]:
        """The objects, those left out that have no name."""
        if Meaning(self.headings.key) not in self.columns.at:
            return
        for row in self.table.rows:
            name = self._cell(row, self.headings.key)
            if self._is_name(row, name):
                ref = Ref(self.headings.kind, name)
                deleted = self._deleted(row)
                yield Stated(ref, f"row {row.number}", self._body(row), self._cell(row, ID), deleted)

    def placed(self, mistakes: Iterable[Mistake]) -> list[Finding]:
        """Mistakes at their cells."""
        return [self._placed(mistake) for mistake in mistakes]

    def _placed(self, mistake: Mistake) -> Finding:
        entry = _ENTRY.fullmatch(str(mistake.pointer[1])) if len(mistake.pointer) > 1 else None
        row = int(entry[1]) if entry else self.table.headings.number
        where = self.table.at(row, self.columns.of(*mistake.pointer[2:]))
        return Finding(
            code=mistake.code, message=mistake.message, where=where, subject=mistake.subject, hint=mistake.hint
        )

    def _cell(self, row: Row, field: str) -> str:
        number = self.columns.at.get(Meaning(field))
        return row.cell(number) if number else ""

    def _is_name(self, row: Row, name: str) -> bool:
        key = self.headings.key
        if not name:
            self._wrong("CC802", row, key, f"row {row.number} has no {key}", "it names the object: fill it in")
        elif key not in self.headings.specs and not NAME.fullmatch(name):  # a field is judged with the others
            self._wrong("CC202", row, key, f"{name!r} {NO_NAME}", "")
        else:
            return True
        return False

    def _wrong(self, code: str, row: Row, field: str, message: str, hint: str) -> None:
        where = self.table.at(row.number, self.columns.of(field))
        self.findings.append(Finding(code=code, message=message, where=where, hint=hint))

    def _deleted(self, row: Row) -> bool:
        text = self._cell(row, DELETED)
        meant = flag(text) if text else False
        if meant is None:
            self._wrong("CC804", row, DELETED, f"deleted: {text} is neither yes nor no", "write yes or no")
        return bool(meant)

    def _body(self, row: Row) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for spec, number in self.fields:
            text = row.cell(number)
            try:
                body[spec.name] = written(spec, text, self.headings.words) if text else nothing(spec)
            except Unclear as unclear:
                self._wrong("CC804", row, spec.name, f"{spec.name}: {unclear.message}", unclear.hint)
        if single := self.columns.permissions:
            level = self.headings.words.level
            body[PERMISSIONS] = {name: level(name, text) for name, at in single if (text := row.cell(at))}
        return body
