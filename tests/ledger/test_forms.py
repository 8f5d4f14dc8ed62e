"""How a ledger comes to its newest form: without loss, whole or not at all, and however many begin at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from ccconf.errors import Broken
from ccconf.ledger import database
from ccconf.ledger.book import Runs
from ccconf.ledger.handed import Desk
from ccconf.ledger.migrations.running import upgrade
from ccconf.ledger.place import Place
from ccconf.ledger.store import Ledger
from ccconf.ledger.tables import METADATA
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from tests.ledger.actor import acting, go_on, noted, run_on, told
from tests.ledger.old_forms import old_ledger

ANN = Ref("user", "ann")


def step_by_step(connection: Connection, form: int) -> None:
    """How a ledger came to be when each step was the newest."""
    upgrade(connection, 0, database.SCHEMA if connection.dialect.name == "postgresql" else None)


def shape(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Everything that the database itself tells of the tables, their columns, keys and indexes."""
    telling = {
        "sqlite": "SELECT type, name, sql FROM sqlite_master",
        "postgresql": f"""
            SELECT r.relkind, r.relname, c.attname, c.attnum, format_type(c.atttypid, c.atttypmod), c.attnotnull,
                   c.attidentity, pg_get_expr(d.adbin, d.adrelid), pg_get_indexdef(r.oid), pg_get_constraintdef(k.oid)
            FROM pg_class r JOIN pg_attribute c ON c.attrelid = r.oid AND c.attnum > 0
            LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = c.attnum
            LEFT JOIN pg_constraint k ON k.conindid = r.oid
            WHERE r.relnamespace = '{database.SCHEMA}'::regnamespace""",
    }
    with ledger.reading() as connection:
        found = connection.exec_driver_sql(telling[connection.dialect.name]).fetchall()
    return sorted((tuple(row) for row in found), key=repr)


def test_a_new_ledger_is_what_the_steps_lead_to(
    ledger: Ledger, elsewhere: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.ready()
    with Ledger(elsewhere) as stepwise:
        with monkeypatch.context() as patch:
            patch.setattr(database, "make", step_by_step)
            stepwise.ready()
        assert len(shape(ledger)) > len(METADATA.tables)
        assert shape(ledger) == shape(stepwise)
    with ledger.reading() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL search_path TO {database.SCHEMA}")
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_heads() == (str(database.FORM),)


@pytest.mark.parametrize("form", [1, 2])
def test_an_older_ledger_is_carried_over_whole(tmp_path: Path, form: int) -> None:
    path = tmp_path / "ledger.db"
    rows = [
        "INSERT INTO owned (target, kind, key, native_id, formerly, has_left)"
        f" VALUES ('office', 'user', 'p{number}', '{number}', 'old', {number % 2})"
        for number in range(500)
    ]
    if form == 2:
        change = '{"action":"create","kind":"user","key":"bo","fields":{"name":"Bo"}}'
        rows += [
            "INSERT INTO handed (target, step, number, plan_id, change, confirmed_by, confirmed_at, noted_by)"
            f" VALUES ('office', 'create user/bo', 1, 'p1', '{change}', 'Carla', '2026-11-20T09:30:00.000+00:00',"
            " 'Dora')",
            "INSERT INTO acts (at, target, actor, act, person, outcome)"
            " VALUES ('2026-11-20T09:00:00.000Z', 'office', 'Carla', 'logout', 'user/ann', 'done')",
        ]
    old_ledger(path, form, *rows)
    with Ledger(path) as ledger:
        assert ledger.owned("office", "user") == {
            f"p{number}": Owned(str(number), "old", bool(number % 2)) for number in range(500)
        }
        assert [(row.by, row.noted_by) for row in Desk(ledger, "office").history()] == [("Carla", "Dora")] * (form - 1)
        assert [row.act for row in Desk(ledger, "office").acts()] == ["logout"] * (form - 1)
        with run_on(ledger) as (run, _):
            assert Runs(ledger, "office").run(run.number) == run
    file = sqlite3.connect(path)
    (now,) = file.execute("PRAGMA user_version").fetchone()  # an older ccconf knows by it that it is too old
    file.close()
    assert now == database.FORM


def half(connection: Connection, form: int, schema: str | None) -> None:
    """All steps, and then somebody presses Ctrl-C before the form is noted."""
    upgrade(connection, form, schema)
    raise KeyboardInterrupt


def test_an_upgrade_that_dies_half_way_leaves_the_older_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.db"
    old_ledger(path, 2, "INSERT INTO owned (target, kind, key, native_id) VALUES ('office', 'user', 'ann', '7')")
    with monkeypatch.context() as patch, Ledger(path) as ledger:
        patch.setattr("ccconf.ledger.migrations.running.upgrade", half)
        with pytest.raises(KeyboardInterrupt):
            ledger.ready()
    file = sqlite3.connect(path)
    tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    file.close()
    assert tables == {"owned", "handed", "acts"}
    with Ledger(path) as ledger:
        assert ledger.owned("office", "user") == {"ann": Owned("7")}


@pytest.mark.parametrize("form", [0, 2])
def test_many_that_bring_it_up_to_date_at_the_same_moment_all_end_well(place: Place, form: int) -> None:
    if form:
        if not isinstance(place, Path):
            pytest.skip("there never was a ledger of an older form in PostgreSQL")
        old_ledger(place, form)
    with ExitStack() as stack:
        crowd = [stack.enter_context(acting(place, "migrates")) for _ in range(3)]
        assert [told(process) for process in crowd] == ["ready"] * 3
        for process in crowd:
            go_on(process)
        assert [told(process) for process in crowd] == ["done"] * 3
    with Ledger(place) as ledger:
        assert len(ledger.owned("office", "user")) == 3


def test_a_ledger_of_a_newer_form_is_refused(place: Place) -> None:
    with Ledger(place) as ledger:
        ledger.record("office", ANN, Owned("7"))
        with ledger.writing() as connection:
            if isinstance(place, Path):
                connection.exec_driver_sql("PRAGMA user_version = 9")
            else:
                connection.exec_driver_sql("UPDATE ccconf.alembic_version SET version_num = '9'")
    for act in (lambda ledger: ledger.owned("office", "user"), Ledger.ready):
        with Ledger(place) as ledger, pytest.raises(Broken, match="was written by a newer version of ccconf"):
            act(ledger)


def test_a_ledger_with_a_damaged_page_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger.record_all("office", [(Ref("user", f"p{number}"), Owned(str(number))) for number in range(3000)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with Ledger(path) as ledger, pytest.raises(Broken, match=r"CC008 ledger\.db is damaged or not a database"):
        ledger.owned("office", "user")


def test_nothing_is_made_by_looking(place: Place) -> None:
    with Ledger(place) as ledger:
        assert not ledger.exists()
        assert ledger.owned("office", "user") == {}
        assert ledger.applied("office", "user", ["ann"]) == {}
        assert Desk(ledger, "office").acts() == []
        assert not ledger.exists()
        ledger.ready()
        assert ledger.exists()


def test_many_values_are_found_by_id(ledger: Ledger) -> None:
    from ccconf.ledger import objects

    with ledger.writing() as connection:
        objects.note(connection, "office", [noted(f"p{number}") for number in range(1200)])
    found = ledger.applied("office", "user", [f"id-p{number}" for number in range(0, 2400, 2)])
    assert found == {f"id-p{number}": {"name": f"p{number}"} for number in range(0, 1200, 2)}
    assert ledger.applied("elsewhere", "user", ["id-p1"]) == {}


@pytest.mark.parametrize(
    "code",
    [
        "import ccconf.cli.main",
        "import ccconf.ledger.store, ccconf.ledger.handed, ccconf.ledger.runs, ccconf.ledger.place",
        "from pathlib import Path; from ccconf.ledger.store import Ledger; Ledger(Path('x')).owned('office', 'user')",
        "from ccconf.cli.main import run; run(['--help'])",
        "from ccconf.cli.main import run; run(['validate', '--help'])",
        "from ccconf.cli.main import run; run(['-C', 'examples/quickstart', 'validate'])",
        "from ccconf.cli.main import run; run(['-C', 'examples/quickstart', 'plan'])",
    ],
)
def test_who_opens_no_ledger_does_not_wait_for_its_library(code: str) -> None:
    loaded = f"{code}\nimport sys; sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'alembic', 'psycopg')))"
    ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True)
    assert ran.returncode == 0, ran
