"""A ledger's file is damaged: whatever can be read is carried into a new one, and what is lost is told."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ccconf.ledger import objects, salvage
from ccconf.ledger.book import Runs
from ccconf.ledger.salvage import Nothing
from ccconf.ledger.tables import JOURNAL, OWNED
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from tests.ledger_commands.office import Office

PAGE = 4096
HEAD = 100
"""SQLite counts in the head of a file how often it was opened for writing."""
PEOPLE = 1500


def filled(office: Office) -> None:
    """So much that most tables have many pages."""
    office.worked()
    with office.opened() as ledger:
        ledger.record_all("office", [(Ref("user", f"p{n:04}"), Owned(f"id{n}")) for n in range(PEOPLE)])
        first = Runs(ledger, "office").run(1)
        run = Runs(ledger, "office").begin(first.plan, first.plan_id, actor="Carla", commit="")
        row = {"run": run.number, "status": "", "outcome": "", "intended": run.begun, "ended": ""}
        with ledger.writing() as connection:
            connection.execute(JOURNAL.insert(), [{**row, "step": f"create user/p{n:04}"} for n in range(PEOPLE)])
            objects.keep_fields(connection, "office", [("user", f"id{n}", {"name": f"P{n}"}) for n in range(PEOPLE)])


def pages_of(path: Path, table: str) -> list[int]:
    """The pages that hold the rows of a table: by what is written in them."""
    word = {"owned": b"officeuserp0", "journal": b"create user/p0", "applied": b'{"name":"P'}[table]
    raw = path.read_bytes()
    found = [at // PAGE for at in range(0, len(raw), PAGE) if raw[at : at + PAGE].count(word) > 10]
    return [page for page in found if raw[page * PAGE] in (0x0A, 0x0D)]  # leaves


def overwrite(path: Path, page: int, content: bytes = b"\xff" * PAGE) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(content)


def test_a_damaged_page_costs_the_rows_on_it_and_no_others(filed: Office) -> None:
    filled(filed)
    damaged = pages_of(filed.path, "owned")
    overwrite(filed.path, damaged[2])
    overwrite(filed.path, damaged[-3])
    old = filed.path.read_bytes()
    found = filed.run("ledger", "check")
    assert found.code == 1 and "CC015 ledger.db is damaged: " in found.out
    assert "--repair carries every row that can be read into a new file" in found.out
    assert filed.path.read_bytes() == old
    ran = filed.run("ledger", "check", "--repair", "--format", "json")
    assert (ran.code, ran.data["sound"]) == (0, True), ran
    saved, lost = ran.data["saved"], ran.data["lost"]
    assert 0 < lost["owned"] < 300 and saved["owned"] + lost["owned"] == PEOPLE + 2  # what lies between them is saved
    assert saved["journal"] == PEOPLE + 3 and lost["journal"] == 0
    assert Path(ran.data["kept"][0]).read_bytes() == old
    assert len(filed.ledger_of("user")) == saved["owned"]
    assert filed.run("ledger", "check").out == "ledger.db is sound.\n"
    assert filed.run("history").code == 0


def test_it_is_told_how_much_was_lost_of_what(filed: Office) -> None:
    filled(filed)
    overwrite(filed.path, pages_of(filed.path, "journal")[3])
    overwrite(filed.path, pages_of(filed.path, "applied")[3])
    ran = filed.run("ledger", "check", "--repair")
    assert ran.code == 0
    assert "journal: " in ran.out and "rows were saved, an unknown number lost" in ran.out
    assert "applied: " in ran.out and "rows were saved, about " in ran.out
    assert "The ledger as it was: " in ran.out and ran.out.endswith("ledger.db is sound again.\n")


def test_a_run_of_which_a_part_may_be_lost_is_not_resumed(filed: Office) -> None:
    """Its lost steps would be taken once more, for nobody would know that they were begun."""
    filled(filed)
    overwrite(filed.path, pages_of(filed.path, "journal")[3])
    assert "cannot be resumed any more" in filed.run("ledger", "check", "--repair").out
    assert filed.run("apply", "--resume", "--yes").err.startswith("CC014")


def test_a_file_that_was_cut_off(filed: Office) -> None:
    filled(filed)
    raw = filed.path.read_bytes()
    filed.path.write_bytes(raw[: len(raw) * 2 // 3])
    assert filed.run("plan").code == 1  # the ordinary opening refuses it
    ran = filed.run("ledger", "check", "--repair")
    assert ran.code == 0, ran
    assert filed.run("ledger", "check").code == 0
    assert filed.run("plan").code in (0, 2)


@pytest.mark.parametrize("content", [b"Dear diary, " * 1000, b"\x00" * PAGE * 4], ids=["letter", "zeros"])
def test_what_is_no_database_is_left_alone(filed: Office, content: bytes) -> None:
    filed.path.write_bytes(content)
    ran = filed.run("ledger", "check", "--repair")
    assert ran.code == 1 and "CC008 ledger.db cannot be read at all: file is not a database" in ran.out
    assert "nothing can mend it without guessing: restore it from a backup" in ran.out
    assert filed.path.read_bytes() == content
    assert sorted(path.name for path in filed.folder.iterdir()) == ["ccconf.yaml", "ledger.db"]


def test_an_empty_file_is_no_sound_ledger(filed: Office) -> None:
    """Every other command takes it for one that is just beginning."""
    filed.path.touch()
    ran = filed.run("ledger", "check", "--repair")
    assert ran.code == 1 and "CC008 ledger.db is empty" in ran.out
    assert filed.path.stat().st_size == 0


def test_another_programs_database_is_left_alone(filed: Office) -> None:
    with closing(sqlite3.connect(filed.path)) as file:
        file.execute("CREATE TABLE birds (name)")
    ran = filed.run("ledger", "check", "--repair")
    assert ran.code == 1 and "CC008 ledger.db is not a ledger of ccconf" in ran.out


def test_nothing_is_begun_anew_where_not_one_row_can_be_read(filed: Office) -> None:
    filled(filed)
    raw = filed.path.read_bytes()
    filed.path.write_bytes(raw[:PAGE])
    cut_off = filed.path.read_bytes()
    ran = filed.run("ledger", "check", "--repair")
    assert ran.code == 1 and "not one row of it can be read" in ran.err
    assert filed.path.read_bytes()[HEAD:] == cut_off[HEAD:]


def test_an_index_that_is_wrong_costs_nothing(filed: Office) -> None:
    filled(filed)
    before = filed.content()
    with closing(sqlite3.connect(filed.path)) as file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'native_id)', 'formerly)') WHERE name LIKE 'owned_by%'"
        )
        file.commit()
    assert filed.run("ledger", "check").code == 1
    assert filed.run("ledger", "check", "--repair").code == 0
    for run in before["runs"]:
        run["state"] = "superseded" if run["state"] == "running" else run["state"]
    assert filed.content()["owned"] == before["owned"] and filed.content()["runs"] == before["runs"]


def test_a_table_that_is_missing_is_made_anew(filed: Office) -> None:
    filed.worked()
    filed.tamper("DROP TABLE acts")
    assert "the table acts is missing" in filed.run("ledger", "check").out
    assert "acts: 0 rows were saved, an unknown number lost" in filed.run("ledger", "check", "--repair").out
    assert filed.run("ledger", "check").code == 0


def test_what_was_not_carried_into_the_file_yet_is_saved_too(filed: Office) -> None:
    """The process died: its last commits stand in the file beside the ledger."""
    filled(filed)
    overwrite(filed.path, pages_of(filed.path, "applied")[3])
    script = (
        "import os, sqlite3, sys; file = sqlite3.connect(sys.argv[1]);"
        'file.execute("INSERT INTO acts (at, target, actor, act, person, outcome)'
        " VALUES ('2026-11-20', 'office', 'Zoe', 'sign out', 'user/ann', 'done')\");"
        "file.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(filed.path)], check=True)
    assert filed.path.with_name("ledger.db-wal").stat().st_size > 0
    assert filed.run("ledger", "check", "--repair").code == 0
    assert [row["actor"] for row in filed.content()["acts"]] == ["Zoe"]


def test_a_damaged_file_is_not_touched_while_another_program_has_it_open(filed: Office) -> None:
    filled(filed)
    overwrite(filed.path, pages_of(filed.path, "applied")[3])
    script = (
        "import sqlite3, sys; file = sqlite3.connect(sys.argv[1]);"
        "file.execute('SELECT count(*) FROM acts').fetchall(); print('open', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script, str(filed.path)], stdin=pipe, stdout=pipe) as other:
        assert other.stdout is not None and other.stdin is not None
        other.stdout.readline()
        ran = filed.run("ledger", "check", "--repair")
        other.stdin.close()
    assert ran.code == 1 and "CC012 another program has ledger.db open" in ran.err
    assert not list(filed.folder.glob("ledger.db.damaged*"))
    assert filed.run("ledger", "check", "--repair").code == 0


def test_a_repair_that_fails_leaves_the_old_file(filed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(filed)
    overwrite(filed.path, pages_of(filed.path, "applied")[3])
    old = filed.path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "ledger.db")

    with monkeypatch.context() as patch:
        patch.setattr(salvage, "add", full)
        assert filed.run("ledger", "check", "--repair").code == 1
    assert filed.path.read_bytes() == old
    assert not list(filed.folder.glob(".ledger.db*"))
    assert filed.run("ledger", "check", "--repair").code == 0


@pytest.fixture(name="sound", scope="module")
def use_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    office = Office(folder, folder / "ledger.db")
    filled(office)
    return office.path


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 2**32), holes=st.integers(1, 6), cut=st.booleans())
def test_whatever_is_damaged_nothing_is_made_up(
    sound: Path, tmp_path_factory: pytest.TempPathFactory, seed: int, holes: int, cut: bool
) -> None:
    """What comes out is a sound ledger with rows that were there, or a refusal and no ledger."""
    chance = random.Random(seed)
    raw = bytearray(sound.read_bytes())
    for _ in range(holes):
        at = chance.randrange(PAGE, len(raw) - PAGE)
        length = chance.randrange(1, PAGE)
        raw[at : at + length] = b"\x00" * length
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "ledger.db"
    path.write_bytes(raw[: chance.randrange(PAGE, len(raw))] if cut else raw)
    if not salvage.flaws(path):
        return
    try:
        saved = salvage.rebuilt(path, folder / "kept")
    except Nothing:
        assert salvage.flaws(path) and [path] == sorted(folder.glob("*.db")) and not (folder / "kept").exists()
        return
    assert salvage.flaws(path) == []
    known = {f"p{n:04}" for n in range(PEOPLE)} | {"ann", "bo"}
    strange = [key for _, _, key in saved[OWNED.name].rows if key.strip("\x00") not in known]
    assert len(strange) <= holes  # a row that was overwritten within its text is for the checks that follow
