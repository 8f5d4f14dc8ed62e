"""The file of the embedded platform: made, locked, damaged, foreign, full. Nobody ever sees a traceback."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ccconf.embedded import schema
from ccconf.errors import Broken
from ccconf.model.refs import Ref
from tests.platforms.centre import Centre, opened, words

use_centre = pytest.fixture(name="centre")(opened)


def test_looking_makes_no_file(centre: Centre) -> None:
    assert centre.keys("user") == []
    assert centre.live.lookup(Ref("user", "ann")) is None
    assert list(centre.live.trail()) == []
    assert not centre.path.exists()


def test_a_new_file_carries_our_mark(centre: Centre) -> None:
    centre.create("skill/english")
    assert centre.sql("PRAGMA application_id") == [(schema.APPLICATION_ID,)]
    assert centre.sql("PRAGMA user_version") == [(schema.VERSION,)]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Broken) as caught:
        Centre(tmp_path / "nowhere").keys("user")
    code, message = words(caught.value)
    assert code == "CC008"
    assert message == f"the folder of {tmp_path / 'nowhere' / 'live.db'} does not exist"


def test_a_locked_file_is_in_use(centre: Centre) -> None:
    centre.create("group/sales")
    other = sqlite3.connect(centre.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Broken) as caught:
        centre.create("group/billing")
    other.execute("ROLLBACK")
    other.close()
    assert words(caught.value) == ("CC008", f"{centre.path} is in use by another program")
    centre.create("group/billing")
    assert centre.keys("group") == ["billing", "sales"]


def test_reading_goes_on_while_another_program_writes(centre: Centre) -> None:
    centre.create("group/sales")
    other = sqlite3.connect(centre.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM objects")
    assert centre.keys("group") == ["sales"]
    other.close()


def test_a_read_sees_one_moment(centre: Centre) -> None:
    for number in range(1001):
        centre.create(f"skill/{number:04}")
    pages = centre.live.observe("skill")
    first = next(pages)
    centre.create("skill/9999")
    second = next(pages)
    assert (len(first.items), len(second.items), second.total) == (1000, 1, 1001)
    assert next(pages, None) is None


def test_a_file_that_is_no_database_is_left_alone(centre: Centre) -> None:
    centre.path.write_text("users:\n  agent.01: {}\n" * 100)
    with pytest.raises(Broken) as caught:
        centre.keys("user")
    assert words(caught.value) == ("CC008", f"{centre.path} is not a ccconf database or is damaged")
    assert centre.path.read_text().startswith("users:")


def test_a_database_of_another_program_is_left_alone(centre: Centre) -> None:
    centre.sql("CREATE TABLE customers (name TEXT)")
    before = centre.path.read_bytes()
    with pytest.raises(Broken) as caught:
        centre.create("group/sales")
    assert words(caught.value) == ("CC008", f"{centre.path} is not a ccconf database or is damaged")
    assert centre.path.read_bytes() == before


def test_a_newer_file_asks_for_a_newer_ccconf(centre: Centre) -> None:
    centre.create("skill/english")
    centre.live.close()
    centre.sql(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(Broken) as caught:
        centre.keys("user")
    assert words(caught.value) == ("CC008", f"{centre.path} was made by a newer ccconf")


def test_damage_in_the_middle_is_told(centre: Centre) -> None:
    for number in range(300):
        centre.create(f"skill/{number:04}", description="x" * 500)
    centre.live.close()
    raw = bytearray(centre.path.read_bytes())
    raw[len(raw) // 3 :] = b"\xff" * (len(raw) - len(raw) // 3)
    centre.path.write_bytes(raw)
    with pytest.raises(Broken) as caught:
        centre.keys("skill")
    assert words(caught.value) == ("CC008", f"{centre.path} is not a ccconf database or is damaged")


def test_an_object_spoilt_by_hand_is_told(centre: Centre) -> None:
    centre.create("group/sales")
    db = sqlite3.connect(centre.path)
    db.execute("""UPDATE objects SET resource = '{"name": 7}'""")
    db.commit()
    db.close()
    with pytest.raises(Broken, match="is not a ccconf database or is damaged"):
        centre.keys("group")


def test_a_full_disk_leaves_everything_as_it_was(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.create("group/sales")
    centre.live.close()
    pages = centre.sql("PRAGMA page_count")[0][0]
    monkeypatch.setattr(schema, "PRAGMAS", (*schema.PRAGMAS, f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(Broken) as caught:
        centre.create("group/billing", description="x" * 20_000)
    assert words(caught.value) == ("CC007", f"cannot write {centre.path}: the disk is full")
    assert centre.keys("group") == ["sales"]


def test_a_folder_in_place_of_the_file_is_told(centre: Centre) -> None:
    centre.path.mkdir()
    with pytest.raises(Broken, match=r"CC008 .* cannot be used: unable to open database file"):
        centre.keys("user")


def test_waiting_time_is_a_number(centre: Centre) -> None:
    with pytest.raises(Broken, match="busy_seconds is 'long', not a number of seconds"):
        centre.connect(options={"busy_seconds": "long"})
