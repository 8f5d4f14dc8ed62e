"""The snapshot's file in the project: the same bytes for the same content, and a plain word for any other file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.conformance.worlds import worlds
from ccconf.errors import Broken
from ccconf.model.kinds import from_data
from ccconf.platform.record import Entry, Known, Snapshot
from ccconf.snapshot.store import read, write
from tests.snapshot.desk import Screens

TAKEN = datetime(2026, 11, 20, 9, 0, 0, 999, UTC)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """What people might have seen of any world, some of it deleted since."""
    kinds: dict[str, Known] = {}
    for kind, objects in draw(worlds()).items():
        seen = {key: Entry(from_data(kind, data), draw(st.sampled_from(["", "7"]))) for key, data in objects.items()}
        gone = {key: seen.pop(key) for key in sorted(seen) if draw(st.booleans())}
        kinds[kind] = Known(TAKEN.replace(microsecond=0), "users.csv", seen, gone)
    return Snapshot(kinds)


@settings(deadline=None, max_examples=30)
@given(snapshots())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, seen: Snapshot) -> None:
    path = tmp_path_factory.mktemp("project") / "snapshots" / "office.json"
    write(path, seen, "office", "local")
    assert read(path, "office", "local") == seen
    raw = path.read_bytes()
    write(path, read(path), "office", "local")
    assert path.read_bytes() == raw


def test_objects_stand_sorted_with_one_value_a_line(tmp_path: Path) -> None:
    people = {name: Entry(from_data("user", {"name": name})) for name in ("Bo", "Ana")}
    path = tmp_path / "office.json"
    write(path, Snapshot({"user": Known(TAKEN, "users.csv", people)}), "office", "iptel")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in lines] == [
        "{", '"form": 1,', '"target": "office",', '"platform": "iptel",', '"kinds": {', '"user": {',
        '"taken": "2026-11-20T09:00:00Z",', '"source": "users.csv",', '"objects": {',
        '"Ana": {', '"fields": {', '"name": "Ana"', "}", "},",
        '"Bo": {', '"fields": {', '"name": "Bo"', "}", "}", "}", "}", "}", "}",
    ]  # fmt: skip


def test_a_missing_file_is_an_empty_snapshot(tmp_path: Path) -> None:
    assert read(tmp_path / "office.json", "office", "iptel") == Snapshot()


def _kind(taken: str = "2026-11-20T09:00:00Z", **objects: object) -> dict[str, object]:
    return {"taken": taken, "source": "users.csv", "objects": objects}


def _form(**changes: object) -> bytes:
    kinds = {"user": _kind(Ana={"fields": {"name": "Ana"}})}
    return json.dumps({"form": 1, "target": "office", "platform": "iptel", "kinds": kinds, **changes}).encode()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "it is damaged"),
        (_form()[:-20], "it is damaged"),
        (b"<<<<<<< HEAD\n" + _form(), "it is damaged"),
        (b"\xff\xfe", "it is damaged"),
        (b"[" * 100_000, "it is damaged"),
        (b'{"users": {}}', "it is not a snapshot of ccconf"),
        (b"[]", "it is not a snapshot of ccconf"),
        (_form(form=0), "it is not a snapshot of ccconf"),
        (_form(form=2, news=True), "a newer version of ccconf wrote it (form 2, this version knows 1)"),
        (_form(form=True), "it is damaged"),
        (_form(kinds={"robot": _kind()}), "there is no kind robot"),
        (_form(kinds={"user": _kind("2026-11-20T09:00:00")}), "it is damaged"),
        (_form(kinds={"user": _kind("soon")}), "it is damaged"),
        (_form(kinds={"user": _kind(Ana={"fields": {"phone": 1}})}), "it is damaged at user/Ana"),
        (_form(target="other"), "it is a snapshot of the target other, not of office"),
        (_form(platform="opasuite"), "it is a snapshot of the platform opasuite, not of iptel"),
    ],
)
def test_any_other_file_is_refused_in_words(tmp_path: Path, raw: bytes, told: str) -> None:
    path = tmp_path / "office.json"
    path.write_bytes(raw)
    with pytest.raises(Broken) as refused:
        read(path, "office", "iptel")
    (finding,) = refused.value.findings
    assert finding.code == "CC813"
    assert told in finding.message
    assert finding.hint


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="CC001 cannot read"):
        read(tmp_path)


def test_a_damaged_snapshot_stops_an_import_and_stays_as_it_is(iptel: Screens) -> None:
    (iptel.folder / "snapshots").mkdir()
    iptel.file("snapshots/office.json", "{")
    iptel.file("users.csv", "name\nAna\n")
    assert iptel.refused("users.csv").codes == ["CC813"]


def test_a_full_disk_leaves_the_old_snapshot(iptel: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    iptel.file("users.csv", "name\nAna\n")
    iptel.take("users.csv")
    iptel.file("users.csv", "name\nAna\nBo\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert iptel.refused("users.csv").codes == ["CC007"]
    assert sorted(path.name for path in (iptel.folder / "snapshots").iterdir()) == ["office.json"]
