"""Whatever a platform may hold can be typed into a template, and is understood as it was meant."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ccconf.conformance.worlds import World, worlds
from ccconf.manifest.write import as_written, dump
from ccconf.model.kinds import BY_PLURAL, KINDS, REFERENCE_ORDER, Kind, as_data, from_data
from ccconf.platform.discovery import find
from ccconf.platform.facts import Facts
from ccconf.platform.record import Snapshot
from ccconf.snapshot.cells import harmless
from ccconf.snapshot.fields import fields_of
from ccconf.snapshot.file import Opening, reading_of
from ccconf.snapshot.taking import Consent, take
from ccconf.snapshot.template import as_workbook, headings
from tests.snapshot.writing import as_csv, row

EVERYTHING = Consent(frozenset(KINDS), fewer=True, older=True)
TAKEN = datetime(2026, 11, 20, tzinfo=UTC)
ALL_BY_HAND = msgspec.structs.replace(
    find("local", None).facts, support=(), recognised_by={"user": "email", "role": "name"}
)
"""A platform that has every field and no API at all."""


def _named(world: World, facts: Facts) -> World:
    """The world as its platform names it: an object that is recognised by a field is called as the field says."""
    return {kind: dict(_called(facts, kind, objects)) for kind, objects in world.items()}


def _called(facts: Facts, kind: str, objects: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    field = facts.recognised_by.get(kind)
    for number, (key, data) in enumerate(objects.items()):
        if field in KINDS[kind].unique:
            key = data.get(field) or {"email": f"free{number}@example.com", "extension": f"9{number}"}[field]
        yield key, {**data, field: key} if field else data


def _essence(data: dict[str, Any]) -> dict[str, Any]:
    """Absent and empty are one thing on a platform."""
    return {name: value for name, value in data.items() if value not in ({}, [], None)}


def _read(path: Path, facts: Facts, held: Snapshot) -> Snapshot:
    reading = reading_of(path, facts, None, held.kinds, Opening())
    return take(reading, path, facts, held, TAKEN, EVERYTHING).snapshot


def _same(snapshot: Snapshot, world: World, facts: Facts) -> None:
    for kind, objects in world.items():
        if fields_of(facts, kind):
            seen = {key: _essence(as_data(entry.resource)) for key, entry in snapshot.kinds[kind].objects.items()}
            assert seen == {key: _essence(as_data(from_data(kind, data))) for key, data in objects.items()}


def _rows(kind: Kind, columns: list[str], objects: dict[str, dict[str, Any]]) -> list[list[str]]:
    specs = [kind.by_name[name] for name in columns if name in kind.by_name]
    place = columns.index("key") if "key" in columns else None
    rows = [row(specs, from_data(kind.name, data)) for data in objects.values()]
    if place is not None:
        rows = [[*cells[:place], harmless(key), *cells[place:]] for key, cells in zip(objects, rows, strict=True)]
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round-trip")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@settings(deadline=None, max_examples=12)
@given(data=st.data())
def test_a_filled_template_is_understood_as_it_was_meant(folder: Path, form: str, data: st.DataObject) -> None:
    world = _named(data.draw(worlds()), ALL_BY_HAND)
    snapshot = Snapshot()
    for kind in (KINDS[name] for name in REFERENCE_ORDER):
        columns = headings(ALL_BY_HAND, kind.name)
        rows = _rows(kind, [column.name for column in columns], world[kind.name])
        path = folder / f"{kind.plural}.{form}"
        if form == "csv":
            path.write_bytes(as_csv([[column.name for column in columns], *rows]))
        else:
            book = load_workbook(io.BytesIO(as_workbook(columns, kind.plural)))
            for cells in rows:
                book.worksheets[0].append(cells)
            book.save(path)
        snapshot = _read(path, ALL_BY_HAND, snapshot)
    _same(snapshot, world, ALL_BY_HAND)


@pytest.mark.parametrize("platform", ["iptel", "opasuite", "iqchannels", "threecx"])
@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_a_manifest_of_all_that_a_vendor_has(folder: Path, platform: str, data: st.DataObject) -> None:
    facts = find(platform, None).facts
    without_catalogue = msgspec.structs.replace(
        facts,
        catalogue=ALL_BY_HAND.catalogue,
        in_group_roles=ALL_BY_HAND.in_group_roles,
        access_levels=(),
    )
    fields = {kind: frozenset(spec.name for spec in fields_of(facts, kind)) for kind in KINDS}
    world = _named(data.draw(worlds(fields=fields)), without_catalogue)
    kinds = {plural: kind for plural, kind in BY_PLURAL.items() if fields_of(facts, kind.name)}
    written = {
        plural: {key: as_written(kind, from_data(kind.name, found)) for key, found in world[kind.name].items()}
        for plural, kind in kinds.items()
    }
    path = folder / f"{platform}.yaml"
    path.write_text(dump(written), encoding="utf-8")
    _same(_read(path, without_catalogue, Snapshot()), world, without_catalogue)
