"""Which files a target reads, and a cache that can only ever save time."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ccconf.errors import Broken
from ccconf.manifest import cache as cache_module
from ccconf.manifest import load as load_module
from ccconf.manifest.cache import Cache, digest
from ccconf.manifest.load import CACHE, load
from ccconf.manifest.project import Target
from ccconf.manifest.sources import sources_of
from tests.manifest.mutations import SOUND
from tests.manifest.support import codes, target


def names(found: Target) -> list[str]:
    """`layer name` of each file, from the project's folder."""
    return [f"{source.layer} {source.path.relative_to(found.base)}" for source in sources_of(found)]


def empty(*paths: str) -> dict[str, str]:
    return dict.fromkeys(paths, "users: {}\n")


def test_a_folder_gives_its_files_in_order_without_what_is_hidden_or_foreign(tmp_path: Path) -> None:
    files = empty(
        "m/b.yaml", "m/a.yml", "m/z/y/x.yaml", "m/.hidden.yaml", "m/.git/a.yaml", "m/readme.md", "m/c.yaml.bak"
    )
    assert names(target(tmp_path, files, "m")) == ["0 m/a.yml", "0 m/b.yaml", "0 m/z/y/x.yaml"]


def test_single_files_patterns_and_folders_are_layers_in_the_order_written(tmp_path: Path) -> None:
    files = empty("m/b.yaml", "m/a.yaml", "over/x.yaml", "over/.y.yaml", "over/deep/z.yaml", "one.txt")
    found = target(tmp_path, files, "over/*.yaml", "m", "one.txt", "over/**/z.y*ml")
    assert names(found) == ["0 over/x.yaml", "1 m/a.yaml", "1 m/b.yaml", "2 one.txt", "3 over/deep/z.yaml"]


def test_a_file_that_two_entries_reach_belongs_to_the_later(tmp_path: Path) -> None:
    files = empty("base/a.yaml", "base/production/a.yaml")
    assert names(target(tmp_path, files, "base", "base/production")) == ["0 base/a.yaml", "1 base/production/a.yaml"]


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    found = target(tmp_path, empty("m/a.yaml"), "m")
    (tmp_path / "m" / "again").symlink_to(tmp_path / "m", target_is_directory=True)
    assert names(found) == ["0 m/a.yaml"]


@pytest.mark.parametrize(
    ("entries", "place"),
    [
        (("m", "nowhere"), "ccconf.yaml:7:7 CC001"),
        (("nothing",), "ccconf.yaml:6:5 CC002"),
        (("m/*.json",), "ccconf.yaml:6:7 CC001"),
        (("m/[",), "ccconf.yaml:6:7 CC001"),
        (("x" * 300,), "ccconf.yaml:6:7 CC001"),
        (("/nowhere/*.yaml",), "ccconf.yaml:6:7 CC001"),
    ],
)
def test_an_entry_that_leads_nowhere_is_told_at_its_place(tmp_path: Path, entries: tuple[str, ...], place: str) -> None:
    found = target(tmp_path, empty("m/a.yaml"), *entries)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(Broken) as caught:
        load(found)
    assert codes(caught.value.findings) == [place]


def test_every_missing_entry_is_named(tmp_path: Path) -> None:
    with pytest.raises(Broken) as caught:
        load(target(tmp_path, empty("m/a.yaml"), "x", "m", "y"))
    assert codes(caught.value.findings) == ["ccconf.yaml:6:7 CC001", "ccconf.yaml:8:7 CC001"]


def test_an_absolute_pattern_is_as_good_as_any(tmp_path: Path) -> None:
    files = empty("m/a.yaml")
    assert names(target(tmp_path, files, f"{tmp_path}/m/*.yaml")) == ["0 m/a.yaml"]


def test_a_folder_that_is_called_like_a_file_is_a_folder(tmp_path: Path) -> None:
    assert names(target(tmp_path, empty("m/x.yaml/a.yaml"), "m")) == ["0 m/x.yaml/a.yaml"]


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    found = target(tmp_path, empty("m/a.yaml"), "m")
    for name in ("x.yaml", "y.yaml"):
        (tmp_path / "m" / name).symlink_to(tmp_path / "gone")
    with pytest.raises(Broken) as caught:
        load(found)
    assert codes(caught.value.findings) == ["x.yaml:1:1 CC001", "y.yaml:1:1 CC001"]


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A target whose files are worth a cache, read once."""
    monkeypatch.setattr(load_module, "WORTH_A_CACHE", 0)
    found = target(tmp_path, {f"manifests/{index}.yaml": text for index, text in enumerate(SOUND)})
    load(found)
    assert (tmp_path / CACHE).exists()
    return found


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read as YAML from now on."""
    names: list[str] = []
    encoded = load_module._encoded

    def noted(path: Path) -> bytes:
        names.append(path.name)
        return encoded(path)

    monkeypatch.setattr(load_module, "_encoded", noted)
    return names


def test_an_unchanged_file_is_never_read_as_yaml_again(
    cached: Target, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from_cache = load(cached)
    assert reads == []
    monkeypatch.setattr(load_module, "WORTH_A_CACHE", 10**9)
    assert load(cached) == from_cache


def test_only_a_changed_file_is_read_again(cached: Target, reads: list[str]) -> None:
    path = cached.base / "manifests" / "2.yaml"
    path.write_text("skills:\n  new: {}\n")
    loaded = load(cached)
    assert reads == ["2.yaml"]
    assert [row.key for row in loaded.rows[2].objects["skill"]] == ["new"]
    path.write_text(SOUND[2])
    assert "polish" in [row.key for row in load(cached).rows[2].objects["skill"]]
    assert reads == ["2.yaml"], "the former content is still known"


def test_a_mistake_from_the_cache_has_its_place_too(cached: Target, reads: list[str]) -> None:
    (cached.base / "manifests" / "2.yaml").write_text("skills:\n  new: {nme: x}\n")
    fresh = load(cached)
    assert load(cached) == fresh and reads == ["2.yaml"]
    (finding,) = fresh.rows[2].findings
    assert finding.where is not None and (finding.where.line, finding.where.column) == (2, 9)


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_cache_is_ignored_and_healed(cached: Target, reads: list[str], content: bytes) -> None:
    before = load(cached)
    path = cached.base / CACHE
    for leftover in path.parent.glob("cache.db-*"):
        leftover.unlink()
    path.write_bytes(content)
    assert load(cached) == before
    load(cached)
    reads.clear()
    assert load(cached) == before and reads == []


def test_damaged_rows_are_read_afresh_and_replaced(cached: Target, reads: list[str]) -> None:
    before = load(cached)
    with closing(sqlite3.connect(cached.base / CACHE)) as database, database:
        database.execute("UPDATE file SET rows = ?", (b"\xc1 nonsense",))
    assert load(cached) == before and len(reads) == len(SOUND)
    reads.clear()
    assert load(cached) == before and reads == []


def test_a_locked_cache_is_ignored(cached: Target) -> None:
    before = load(cached)
    (cached.base / "manifests" / "2.yaml").write_text("skills: {}\n")
    with closing(sqlite3.connect(cached.base / CACHE, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        assert load(cached).rows[0] == before.rows[0]
    assert (cached.base / CACHE).exists()


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "WORTH_A_CACHE", 0)
    found = target(tmp_path, {"manifests/a.yaml": SOUND[0]})
    (tmp_path / ".ccconf").write_text("a file where the folder should be")
    assert load(found).rows[0].objects
    (tmp_path / ".ccconf").unlink()
    (tmp_path / CACHE).mkdir(parents=True)
    assert load(found).rows[0].objects


@pytest.mark.parametrize("changed", ["__version__", "FORM", "manifest_schema"])
def test_another_version_never_trusts_the_cache(
    cached: Target, reads: list[str], monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    monkeypatch.setattr(cache_module, changed, (lambda: {"other": True}) if changed == "manifest_schema" else "another")
    cache_module._interpreter.cache_clear()
    try:
        load(cached)
        assert len(reads) == len(SOUND)
    finally:
        monkeypatch.undo()
        cache_module._interpreter.cache_clear()


def test_a_cache_full_of_the_past_is_pruned(tmp_path: Path) -> None:
    kept = Cache(tmp_path / "cache.db")
    current = [digest(b"now")]
    kept.remember({digest(str(number).encode()): b"x" for number in range(50)}, current)
    kept.remember({digest(str(number).encode()): b"x" for number in range(50, 200)}, current)
    kept.remember({current[0]: b"x"}, current)
    with closing(sqlite3.connect(tmp_path / "cache.db")) as database:
        assert database.execute("SELECT count(*) FROM file").fetchone() == (1,)


def test_several_processes_read_the_same_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, str | bytes] = {f"manifests/{index:02}.yaml": SOUND[index % len(SOUND)] for index in range(12)}
    files["manifests/bad.yaml"] = "users:\n\tx: {}\n"
    files["manifests/odd.yaml"] = b"\xff"
    found = target(tmp_path, files)
    alone = load(found)
    monkeypatch.setattr(load_module, "WORTH_A_CACHE", 0)
    monkeypatch.setattr(load_module, "WORTH_A_POOL", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    with_pool = load(found)
    assert with_pool == alone
    assert [finding.code for rows in with_pool.rows for finding in rows.findings] == ["CC101", "CC103"]
