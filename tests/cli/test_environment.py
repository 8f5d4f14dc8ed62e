"""A bad environment: each time one short message with its place, exit code 1, and nothing changed."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.platforms.local import embedded
from tests.cli.desk import Desk, environment

WORLD: dict[str, Any] = {"groups": {"team": {}}, "users": {"ann": {"name": "Ann", "groups": ["team"]}}}


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).declare(**WORLD)


def _broken(desk: Desk, *args: str, code: str, says: str) -> None:
    """The command fails in words, and every file is as it was."""
    before = desk.files()
    ran = desk.run(*args)
    assert ran.code == 1, ran
    assert code in ran.err and says in ran.err, ran.err
    assert len(ran.err.splitlines()) <= 3, f"not short: {ran.err}"
    assert desk.files() == before
    if "--format" in args:
        assert ran.data["findings"][0]["code"] == code


def test_no_project(tmp_path: Path, desk: Desk) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    _broken(desk, "-C", str(elsewhere), "plan", code="CC003", says="no ccconf.yaml in")


def test_a_misspelt_folder_is_not_the_project_above_it(desk: Desk) -> None:
    _broken(desk, "-C", str(desk.folder / "prodution"), "apply", "--yes", code="CC003", says="there is no folder")


def test_a_folder_within_the_project_means_the_project(desk: Desk) -> None:
    assert desk.run("-C", str(desk.folder / "manifests"), "plan").code == 2


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "import", "show"])
def test_an_unknown_target(desk: Desk, command: str) -> None:
    more = ["user"] if command == "show" else []
    _broken(desk, command, *more, "-t", "offic", code="CC004", says="did you mean office?")


def test_an_unknown_platform_or_like(desk: Desk) -> None:
    desk.project(platform="locale")
    _broken(desk, "plan", "--format", "json", code="CC005", says="ccconf.yaml:5:")
    desk.project(like="iqchanels")
    _broken(desk, "plan", code="CC005", says="no platform is called iqchanels")


def test_a_missing_and_an_empty_folder_of_manifests(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "manifests")
    _broken(desk, "plan", code="CC001", says="there is no manifests")
    (desk.folder / "manifests").mkdir()
    _broken(desk, "plan", code="CC002", says="no manifest (.yaml) in manifests")


def test_a_manifest_that_cannot_be_read(desk: Desk) -> None:
    (desk.folder / "manifests" / "more.yaml").symlink_to(desk.folder / "nowhere.yaml")
    ran = desk.run("plan")
    assert ran.code == 1 and "manifests/more.yaml:1:1 CC001 cannot read the file: no such file" in ran.err


@pytest.mark.parametrize("raw", [b"users: [", b"\xff\xfe\x00", b"users: {a: {}}\nusers: {}", b"\x00" * 100, b"- a\n"])
def test_a_manifest_that_is_none(desk: Desk, raw: bytes) -> None:
    desk.console_creates("user/ann", name="Ann")
    (desk.folder / "manifests" / "bad.yaml").write_bytes(raw)
    for command in (["plan"], ["apply", "--yes"], ["validate"]):
        ran = desk.run(*command)
        assert ran.code == 1 and "bad.yaml:" in ran.out + ran.err
    assert sorted(desk.ids()) == ["ann"]


def _not_a_database(path: Path) -> None:
    path.write_bytes(b"this is no database, but it is somebody's" * 100)


def _another_database(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE customers (name TEXT)")
    db.commit()
    db.close()


def _cut_short(path: Path) -> None:
    _another_database(path)
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("spoil", [_not_a_database, _another_database, _cut_short])
@pytest.mark.parametrize("name", ["live.db", ".ccconf/ledger.db"])
def test_a_file_that_is_not_ours_is_left_alone(desk: Desk, name: str, spoil: Callable[[Path], None]) -> None:
    path = desk.folder / name
    path.parent.mkdir(exist_ok=True)
    spoil(path)
    before = path.read_bytes()
    for command in (["plan"], ["apply", "--yes"]):
        _broken(desk, *command, code="CC008", says=path.name)
    assert path.read_bytes() == before


def test_a_ledger_of_another_version(desk: Desk) -> None:
    desk.apply()
    db = sqlite3.connect(desk.folder / ".ccconf" / "ledger.db")
    db.execute("PRAGMA user_version = 9")
    db.close()
    _broken(desk, "plan", code="CC008", says="was written by a newer version of ccconf")


def test_a_folder_in_place_of_the_ledger(desk: Desk) -> None:
    (desk.folder / ".ccconf" / "ledger.db").mkdir(parents=True)
    _broken(desk, "plan", code="CC008", says="ledger.db cannot be used: unable to open database file")


def test_a_file_in_place_of_the_ledger_s_folder(desk: Desk) -> None:
    (desk.folder / ".ccconf").write_text("a file")
    _broken(desk, "apply", "--yes", code="CC008", says="cannot be opened")
    assert desk.ids() == {}


def test_a_platform_that_another_program_locks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.apply()
    monkeypatch.setattr(embedded, "BUSY_SECONDS", 0.05)
    desk.declare(**{**WORLD, "users": {"ann": {"name": "Ann B"}}})
    other = sqlite3.connect(desk.folder / "live.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    ran = desk.run("apply", "--yes")
    assert ran.code == 5
    assert "failed    update user/ann  CC008" in ran.out and "is in use by another program" in ran.out
    other.close()
    desk.apply()


def test_a_platform_that_another_program_has_for_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.apply()
    monkeypatch.setattr(embedded, "BUSY_SECONDS", 0.05)
    other = sqlite3.connect(desk.folder / "live.db", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("PRAGMA user_version = 1")
    other.execute("COMMIT")
    for command in (["plan"], ["apply", "--yes"], ["import"], ["show", "user"]):
        _broken(desk, *command, code="CC008", says="is in use by another program")
    other.close()


@pytest.fixture(name="small_disk")
def use_small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def _fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space left"):
        while True:
            filler.write(b"x" * 4096)


def test_a_full_disk_leaves_the_old_plan_whole(desk: Desk, small_disk: Path) -> None:
    path = small_disk / "plan.json"
    assert desk.run("plan", "--out", str(path)).code == 2
    before = path.read_bytes()
    _fill(small_disk)
    desk.declare(users={"bo": {"name": "Bo"}})
    _broken(desk, "plan", "--out", str(path), code="CC007", says="no space left on device")
    assert path.read_bytes() == before
    assert sorted(path.name for path in small_disk.iterdir()) == ["filler", "plan.json"]


def test_a_full_disk_under_import(desk: Desk, small_disk: Path) -> None:
    desk.declare(users={f"p{number}": {"name": f"P {number}", "position": "x" * 150} for number in range(500)}).apply()
    (small_disk / "users.yaml").write_text("old")
    _broken(desk, "import", "--to", str(small_disk), "--force", code="CC007", says="no space left on device")
    assert [(path.name, path.read_text()) for path in small_disk.iterdir()] == [("users.yaml", "old")]


def test_a_full_disk_under_the_ledger(desk: Desk, small_disk: Path) -> None:
    text = (desk.folder / "ccconf.yaml").read_text()
    desk.write("ccconf.yaml", text.replace('"version": 1', f'"version": 1, "ledger": "{small_disk}/ledger.db"'))
    _fill(small_disk)
    _broken(desk, "apply", "--yes", code="CC008", says="ledger.db")
    assert desk.ids() == {}


def test_a_disk_that_fails_while_flushing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.folder / "plan.json"
    assert desk.run("plan", "--out", str(path)).code == 2

    def failing(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", failing)
    _broken(desk, "plan", "--out", str(path), code="CC007", says="plan.json:1:1 CC007 cannot write")
    desk.apply()
    _broken(desk, "import", "--force", code="CC007", says="no space left on device")


def test_ctrl_c_while_writing_leaves_nothing_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(_: int) -> None:
        raise KeyboardInterrupt

    before = desk.files()
    monkeypatch.setattr(os, "fsync", pressed)
    ran = desk.run("plan", "--out", str(desk.folder / "plan.json"))
    assert (ran.code, ran.err) == (130, "\ninterrupted\n")
    assert desk.files() == before


def test_a_folder_in_place_of_one_of_many_files(desk: Desk) -> None:
    desk.apply()
    desk.write("manifests/groups.yaml", "groups: {team: {}}\n")
    (desk.folder / "manifests" / "users.yaml").mkdir()
    _broken(desk, "import", "--force", code="CC007", says="users.yaml: is a directory")


def test_a_place_that_cannot_be_written(desk: Desk) -> None:
    _broken(desk, "plan", "--out", "/proc/nowhere/plan.json", code="CC007", says="cannot write")
    desk.write("file", "a file")
    _broken(desk, "plan", "--out", str(desk.folder / "file" / "plan.json"), code="CC007", says="cannot write")
    assert desk.run("plan", "--out", str(desk.folder / "new" / "deep" / "plan.json")).code == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="root reads and writes everything, so only root can stop being root")
@pytest.mark.parametrize("name", ["plan", "live", "ledger"])
def test_a_folder_that_is_read_only(desk: Desk, name: str) -> None:
    desk.apply()
    desk.declare(**{**WORLD, "users": {"ann": {"name": "Ann B"}}})
    assert desk.run("plan").code == 2  # everything that has to be imported is imported by root
    for path in desk.folder.parents:
        if path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(0o755)
    for path in (desk.folder, *desk.folder.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (desk.folder / "ro").mkdir(mode=0o555)
    if name == "live":
        (desk.folder / "live.db").chmod(0o444)
    if name == "ledger":
        (desk.folder / ".ccconf" / "ledger.db").chmod(0o444)
    args = ["plan", "--out", str(desk.folder / "ro" / "plan.json")] if name == "plan" else ["apply", "--yes"]
    os.seteuid(65534)
    try:
        ran = desk.run(*args)
    finally:
        os.seteuid(0)
    assert ran.code == (5 if name == "live" and ran.err.startswith("applying") else 1), ran
    assert ("permission denied" in ran.err) if name == "plan" else ("CC00" in ran.err + ran.out), ran
    assert desk.fields("user/ann")["name"] == "Ann"
    assert not [path.name for path in desk.folder.rglob(".plan*")]


def _process(desk: Desk, *args: str, **more: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ccconf", "-C", str(desk.folder), *args]
    return subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, **more)


def test_a_reader_who_has_gone_does_not_stop_a_run_half_way(desk: Desk) -> None:
    desk.declare(users={f"p{number}": {"name": f"P {number}"} for number in range(30)})
    plan = str(desk.folder / "plan.json")
    for args, code in ((["plan", "--out", plan], 2), (["apply", "--yes"], 0)):
        reading, writing = os.pipe()
        os.close(reading)
        with _process(desk, *args, stdout=writing) as process:
            os.close(writing)
            _, err = process.communicate(timeout=30)
        assert b"Traceback" not in err and b"Exception ignored" not in err
        assert process.returncode == code
    assert Path(plan).exists()
    desk.silent()


def test_a_log_on_a_full_disk_does_not_stop_a_run_half_way(desk: Desk) -> None:
    desk.declare(users={f"p{number}": {"name": f"P {number}"} for number in range(5)})
    with Path("/dev/full").open("wb") as full:
        for args in (["plan"], ["validate"], ["show", "user"]):
            with _process(desk, *args, stdout=full) as process:
                _, err = process.communicate(timeout=30)
            assert process.returncode == 1
            assert err.decode().splitlines()[-1] == "CC007 no space left on device: output"
    ran = desk.run("plan", "--out", str(desk.folder / "plan.json"))
    assert ran.code == 2


def test_a_log_that_fills_up_during_a_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from ccconf.cli import progress

    def full(line: str, *, err: bool = False) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    desk.declare(users={f"p{number}": {"name": f"P {number}"} for number in range(5)})
    monkeypatch.setattr(progress, "say", full)
    ran = desk.run("apply", "--yes")
    monkeypatch.undo()
    assert (ran.code, sorted(desk.ids())) == (0, [f"p{number}" for number in range(5)])
    assert "5 done." in ran.out
    desk.silent()


def test_the_ledger_s_words_for_a_full_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.apply()
    real = sqlite3.connect

    def tight(*args: Any, **more: Any) -> sqlite3.Connection:
        database: sqlite3.Connection = real(*args, **more)
        database.execute("PRAGMA query_only = ON")
        return database

    monkeypatch.setattr(sqlite3, "connect", tight)
    desk.declare(**{**WORLD, "users": {"ann": {"name": "Ann B"}}})
    _broken(desk, "apply", "--yes", code="CC008", says="ledger.db")
    monkeypatch.undo()
    assert desk.fields("user/ann")["name"] == "Ann"
