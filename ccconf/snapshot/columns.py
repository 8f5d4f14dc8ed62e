"""The columns of a table: which field each holds, by the field's name or by the vendor's own word for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ccconf.findings import Finding, did_you_mean
from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS
from ccconf.platform.facts import Facts
from ccconf.platform.guide import Guide
from ccconf.snapshot.fields import fields_of, key_field, restorable, seen_by_people
from ccconf.snapshot.table import Table
from ccconf.snapshot.words import Unclear, Words

ID, DELETED, PERMISSIONS = "id", "deleted", "permissions"
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


class Meaning(NamedTuple):
    """What a column holds: a field, or one permission of the field `permissions`."""

    field: str
    permission: str = ""


class Headings:
    """The headings that a table of a kind may have on a platform."""

    def __init__(self, facts: Facts, kind: str, guide: Guide | None, words: Words) -> None:
        self.facts, self.kind, self.words = facts, kind, words
        self.specs = {spec.name: spec for spec in fields_of(facts, kind)}
        self.key = key_field(facts, kind)
        extra = [ID, *([DELETED] if restorable(facts, kind) else [])]
        self.names = tuple(dict.fromkeys([self.key, *self.specs, *extra]))
        self.labels = _labels(guide, kind, self.names)
        self.fields = {**{_folded(label): field for label, field in self.labels.items()}, **{n: n for n in self.names}}

    def meaning(self, heading: str) -> Meaning | None:
        """What a column of that heading holds. Raises `Unclear` where it could be several permissions."""
        name = _folded(heading)
        if name in self.fields:
            return Meaning(self.fields[name])
        permission = self.words.permission(heading) if PERMISSIONS in self.specs else None
        return Meaning(PERMISSIONS, permission) if permission else None

    def known(self, heading: str) -> bool:
        """Whether a table may have such a column."""
        try:
            return self.meaning(heading) is not None
        except Unclear:
            return True

    def why_not(self, heading: str) -> str:
        """The remedy for a heading that means nothing."""
        name = _folded(heading)
        if name == DELETED:
            return f"{self.facts.title} brings no deleted {self.kind} back: list only those that are there"
        unstored = KINDS[self.kind].by_name.get(name)
        if unstored is not None and (side := unstored.marker.other_side_of):
            return f"delete the column: it is told by the column {side[1]} of the {KINDS[side[0]].plural}"
        near = did_you_mean(name, self.names)
        if not near.startswith("did you mean"):
            near = did_you_mean(heading, [*self.names, *self.labels])
        return near or "delete the column, or see ccconf snapshot template"


def _folded(heading: str) -> str:
    return _BETWEEN_WORDS.sub("_", heading.strip().casefold())


def _labels(guide: Guide | None, kind: str, names: Sequence[str]) -> dict[str, str]:
    """The fields by the words of the vendor's form; a word that stands for several fields says nothing."""
    told: dict[str, dict[str, str]] = {}
    for row in guide.fields if guide else ():
        if row.kind == kind and row.field in names:
            for label in row.labels.values():
                told.setdefault(_folded(label), {})[row.field] = label
    only = [fields for word, fields in told.items() if len(fields) == 1 and word not in names]
    return {label: field for fields in only for field, label in fields.items()}


class Columns:
    """The columns of one table, and what is wrong with its headings."""

    def __init__(self, table: Table, headings: Headings) -> None:
        self.table, self.headings = table, headings
        self.findings: list[Finding] = []
        self.at: dict[Meaning, int] = {}
        """Where each meaning stands, counted from 1."""
        for number, heading in enumerate(table.headings.cells, 1):
            self._place(number, heading)
        self._whole_or_single()
        self._missing()
        self.findings.extend(self._beyond())

    def of(self, *path: str | int) -> int:
        """The column in which something of an object stands: of the object itself, the one that names it."""
        for meaning in (Meaning(*map(str, path[:2])), Meaning(str(path[0]))) if path else ():
            if meaning in self.at:
                return self.at[meaning]
        return self.at.get(Meaning(self.headings.key), 1)

    @property
    def fields(self) -> Iterator[tuple[FieldSpec, int]]:
        """The fields that have a column of their own."""
        for meaning, number in self.at.items():
            if not meaning.permission and meaning.field in self.headings.specs:
                yield self.headings.specs[meaning.field], number

    @property
    def permissions(self) -> list[tuple[str, int]]:
        """The permissions that have a column of their own."""
        return [(meaning.permission, number) for meaning, number in self.at.items() if meaning.permission]

    def _place(self, number: int, heading: str) -> None:
        if not heading:
            return
        try:
            meaning = self.headings.meaning(heading)
        except Unclear as unclear:
            self._wrong("CC801", unclear.message, number, unclear.hint)
            return
        if meaning is None:
            kinds = f"{KINDS[self.headings.kind].plural} of {self.headings.facts.title}"
            self._wrong("CC801", f"{kinds} have no column {heading}", number, self.headings.why_not(heading))
        elif meaning in self.at:
            first = self.table.headings.cells[self.at[meaning] - 1]
            message = f"column {number} ({heading}) says the same as column {self.at[meaning]} ({first})"
            self._wrong("CC801", message, number, "delete one of them")
        else:
            self.at[meaning] = number

    def _wrong(self, code: str, message: str, column: int, hint: str) -> None:
        where = self.table.at(self.table.headings.number, column)
        self.findings.append(Finding(code=code, message=message, where=where, hint=hint))

    def _whole_or_single(self) -> None:
        if Meaning(PERMISSIONS) in self.at and self.permissions:
            number = self.at[Meaning(PERMISSIONS)]
            message = "permissions stand in one column and in columns of their own"
            self._wrong("CC801", message, number, "delete the column permissions, or the others")

    def _missing(self) -> None:
        """A column that names the objects cannot be done without; what others would tell counts as empty."""
        said = {meaning.field for meaning in self.at}
        seen = [spec for spec in seen_by_people(self.headings.facts, self.headings.kind) if spec.name not in said]
        needed = [spec.name for spec in seen if spec.marker.needed_to_create and spec.name != self.headings.key]
        for name in [*([] if self.headings.key in said else [self.headings.key]), *needed]:
            self._wrong("CC802", f"the column {name} is missing", 1, "add it")
        others = [spec.name for spec in seen if spec.name not in (*needed, self.headings.key)]
        if others:
            message = f"no column says {', '.join(others)}: everything counts as having nothing there"
            self._wrong("CC814", message, 1, "add what you can see on the platform")

    def _beyond(self) -> Iterator[Finding]:
        """Cells without a heading."""
        headings = self.table.headings
        for row in self.table.rows:
            for number, cell in enumerate(row.cells, 1):
                if cell and not headings.cell(number):
                    message = f"row {row.number} has something in column {number}, which has no heading"
                    where = self.table.at(row.number, number)
                    yield Finding(code="CC801", message=message, where=where, hint="name the column, or empty the cell")
