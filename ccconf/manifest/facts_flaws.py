"""Whether the rows of a facts file agree with one another and with the model.

Each row may be well formed and still mean nothing: a rule that is lifted by a module nobody sells, an invariant about a
field that no user has. Such a row would silently judge nothing, which in a licence rule is the worst of mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ccconf.findings import did_you_mean
from ccconf.manifest.shape import Mistake
from ccconf.manifest.yaml12 import Pointer
from ccconf.model.kinds import KINDS

Rows = list[dict[str, Any]]

LISTS = ("editions", "modules", "access_levels", "rules", "invariants", "screens", "effects", "acts")
"""The lists of the file whose rows have an id each."""


def contradictions(data: dict[str, Any]) -> Iterator[Mistake]:
    """Every contradiction (CC416) in a facts file that its schema has passed, with the way to it."""
    sections: Rows = data["permissions"]["sections"]
    for name in LISTS:
        yield from _twice(data.get(name, []), (name,))
    yield from _twice(sections, ("permissions", "sections"))
    for number, section in enumerate(sections):
        yield from _twice(section["items"], ("permissions", "sections", number, "items"))
    yield from _sold(data)
    for kind, names in data["fields"].items():
        for number, field in enumerate(names):
            yield from _field(kind, field, ("fields", kind, number))
    for kind, field in data.get("recognised_by", {}).items():
        yield from _field(kind, field, ("recognised_by", kind))
    for name in ("rules", "invariants", "effects"):
        for number, row in enumerate(data.get(name, [])):
            yield from _selected(row, (name, number))
    for name in ("limits", "immutable"):
        for number, row in enumerate(data.get(name, [])):
            if name == "immutable":
                yield from _field(row["kind"], row["field"], (name, number, "field"))
            elif (row.get("least") or 0) > row.get("most", float("inf")):
                yield _mistake("least is more than most", (name, number, "least"))


def _twice(rows: Rows, pointer: Pointer) -> Iterator[Mistake]:
    """An id that another row of the list has already."""
    seen: set[str] = set()
    for number, row in enumerate(rows):
        if row["id"] in seen:
            yield _mistake(f"{row['id']} is there twice", (*pointer, number, "id"))
        seen.add(row["id"])


def _sold(data: dict[str, Any]) -> Iterator[Mistake]:
    """Editions and modules that rows ask for and the file does not sell."""
    sold = {name: [row["id"] for row in data.get(name, [])] for name in ("editions", "modules")}
    for row, pointer in _asking(data):
        for name, known in sold.items():
            for number, asked in enumerate(row.get(name, [])):
                if asked not in known:
                    hint = did_you_mean(asked, known)
                    yield _mistake(f"no {name.removesuffix('s')} is called {asked}", (*pointer, name, number), hint)


def _asking(data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Pointer]]:
    """Every row that may ask for an edition or a module."""
    for number, row in enumerate(data["rules"]):
        yield row, ("rules", number)
    for number, row in enumerate(data.get("roles_within_groups", {}).get("items", [])):
        yield row, ("roles_within_groups", "items", number)
    for place, section in enumerate(data["permissions"]["sections"]):
        for number, row in enumerate(section["items"]):
            yield row, ("permissions", "sections", place, "items", number)
    if "api" in data:
        yield data["api"], ("api",)


def _selected(row: dict[str, Any], pointer: Pointer) -> Iterator[Mistake]:
    """A selection of no kind, or by a field that the kind does not have."""
    kind = row["select"]["kind"]
    if kind not in KINDS:
        yield _mistake(f"there is no kind {kind}", (*pointer, "select", "kind"), did_you_mean(kind, KINDS))
        return
    for field in row["select"].get("where", {}):
        yield from _field(kind, field, (*pointer, "select", "where", field))
    for name in ("field", "of"):
        if row.get(name):
            yield from _field(kind, row[name], (*pointer, name))


def _field(kind: str, field: str, pointer: Pointer) -> Iterator[Mistake]:
    known: Iterable[str] = KINDS[kind].by_name
    if field not in known:
        yield _mistake(f"a {kind} has no field {field}", pointer, did_you_mean(field, known))


def _mistake(message: str, pointer: Pointer, hint: str = "") -> Mistake:
    return Mistake("CC416", message, pointer, on_key=False, hint=hint)
