"""Where the ledger is, as somebody writes it; and what they read when it cannot be used. No password is ever shown."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ccconf.errors import Broken
from ccconf.ledger.place import has_password, place_of, shown
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Project, open_project
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from tests.postgres import server

SECRET = "hunter2-very-secret"
ANN = Ref("user", "ann")


def _project(folder: Path, ledger: str) -> Project:
    text = f"version: 1\ntargets: {{office: {{platform: local, manifests: [m]}}}}\nledger: {ledger}\n"
    (folder / "ccconf.yaml").write_text(text)
    return open_project(folder / "ccconf.yaml")


@contextmanager
def _says(*words: str) -> Iterator[None]:
    with pytest.raises(Broken) as caught:
        yield
    told = " | ".join(f"{found.where} {found.code} {found.message} {found.hint}" for found in caught.value.findings)
    for word in words:
        assert word in told, told
    assert SECRET not in told and "Traceback" not in told and "\n" not in told
    assert SECRET not in str(caught.value)


def test_a_path_starts_at_the_folder_of_the_project(tmp_path: Path) -> None:
    assert _project(tmp_path, "deep/ledger.db").ledger == tmp_path / "deep/ledger.db"
    assert _project(tmp_path, "/var/lib/ledger.db").ledger == Path("/var/lib/ledger.db")


def test_an_address_stands_as_it_is(tmp_path: Path) -> None:
    for address in (
        "postgresql://ccconf@db.example.org/ledger",
        "postgres://db:5433/x?sslmode=require",
        "postgresql://",
    ):
        assert _project(tmp_path, address).ledger == address


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://ann:{SECRET}@db/ledger",
        f"postgresql://db/ledger?user=ann&password={SECRET}",
        f"postgres://ann:{SECRET}@one:5432,two:5433/ledger",
        f"postgresql:///ledger?password={SECRET}&host=/run",
    ],
)
def test_a_password_that_is_typed_into_the_project_is_refused(tmp_path: Path, address: str) -> None:
    with _says("ccconf.yaml:3:9 CC111 the password of the ledger stands here as plain text", "write !env LEDGER"):
        _project(tmp_path, address)
    assert has_password(address)
    assert SECRET not in shown(address)


def test_an_address_may_be_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"postgresql://ann:{SECRET}@db/ledger"
    project = _project(tmp_path, "!env LEDGER_URL")
    with _says("ccconf.yaml:3:9 CC006 the variable LEDGER_URL is not set"):
        assert project.ledger
    monkeypatch.setenv("LEDGER_URL", address)
    assert str(project.ledger) == address
    assert SECRET not in repr(project)
    (tmp_path / "url").write_text("postgresql://db/x\n")
    assert _project(tmp_path, "!file url").ledger == "postgresql://db/x"
    monkeypatch.setenv("LEDGER_URL", "shared/ledger.db")
    assert project.ledger == tmp_path / "shared/ledger.db"


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    project = _project(tmp_path, "mysql://db/ledger")
    with _says("ccconf.yaml:3:9 CC202 the ledger is neither a file nor a PostgreSQL database", "postgresql://user@"):
        assert project.ledger


def test_secrets_stand_nowhere_else_in_a_project(tmp_path: Path) -> None:
    with _says("CC110 a secret cannot stand here"):
        (tmp_path / "ccconf.yaml").write_text("version: 1\ntargets: {o: {platform: !env X, manifests: [m]}}\n")
        open_project(tmp_path / "ccconf.yaml")


def test_a_place_is_shown_without_anything_that_opens_it() -> None:
    assert shown(Path("/a/b/ledger.db")) == "ledger.db"
    assert shown(f"postgresql://ann:{SECRET}@db.example.org:5433/ledger?password={SECRET}&sslmode=require") == (
        "postgresql://db.example.org:5433/ledger"
    )
    assert shown("postgresql://") == "postgresql:///"
    assert place_of(shown("postgresql://db/x"), Path()) == "postgresql://db/x"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{SECRET}/ret@db/x",
        f"postgresql://u:{SECRET}?x@db/x",
        f"postgresql://u:a@{SECRET}@db/x",
        f"postgresql://db/x&password={SECRET}",
        f"postgresql://db/x;password={SECRET}",
    ],
)
def test_an_address_that_is_written_wrongly_is_not_repeated(tmp_path: Path, address: str) -> None:
    assert shown(address) == "the ledger in PostgreSQL"
    with _says("CC111 the password of the ledger stands here as plain text"):
        assert _project(tmp_path, address).ledger


def test_words_are_no_path(tmp_path: Path) -> None:
    with _says("CC202 the ledger is written as words and not as an address", "postgresql://user@host/database"):
        assert _project(tmp_path, f"host=db user=u password={SECRET}").ledger


def test_the_password_of_a_secret_address_opens_the_database() -> None:
    address = server().new_database()
    database = address.rpartition("/")[2]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"GRANT CREATE ON DATABASE {database} TO locked")
    with Ledger(address.replace("owner@", "locked:secret-word@")) as ledger:
        ledger.record("office", ANN, Owned("7"))
        assert ledger.owned("office", "user") == {"ann": Owned("7")}


def test_a_wrong_password_and_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    address = server().new_database()
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    for user in (f"locked:{SECRET}@", "locked@"):
        refused = _says(f"CC008 {address.replace('owner@', '')} refuses the login", "PGPASSWORD")
        with refused, Ledger(address.replace("owner@", user)) as ledger:
            ledger.ready()
    monkeypatch.setenv("PGPASSWORD", "secret-word")
    with Ledger(address.replace("owner@", "locked@")) as ledger:
        assert not ledger.exists()


def test_nobody_of_that_name_and_no_such_database() -> None:
    with _says("CC008", "refuses the login"), Ledger(server().address("postgres", "nobody")) as ledger:
        ledger.exists()
    missing = _says("CC008", "/nowhere does not exist", "create the database")
    with missing, Ledger(server().address("nowhere")) as ledger:
        ledger.exists()


def test_a_server_that_is_not_there() -> None:
    away = _says("CC008 postgresql://127.0.0.1:1/x cannot be reached", "Connection refused", "see that the server runs")
    with away, Ledger(f"postgresql://ann:{SECRET}@127.0.0.1:1/x") as ledger:
        ledger.exists()


def test_an_address_that_cannot_be_read() -> None:
    for address in (f"postgresql://ann:{SECRET}@[::1/x", f"postgresql://db/x?nonsense={SECRET}"):
        with _says("CC008", "cannot be read as an address"), Ledger(address) as ledger:
            ledger.exists()


def test_a_user_who_may_not_write() -> None:
    address = server().new_database()
    reader = address.replace("owner@", "reader@")
    with _says("CC008", "may not be written by this user", "the right to create a schema"), Ledger(reader) as ledger:
        ledger.ready()
    with Ledger(address) as ledger:
        ledger.record("office", ANN, Owned("7"))
    with _says("CC008", "may not be written by this user"), Ledger(reader) as ledger:
        ledger.owned("office", "user")


def test_a_server_that_goes_away_between_two_questions() -> None:
    with Ledger(server().new_database()) as ledger:
        ledger.record("office", ANN, Owned("7"))
        server().stop()
        try:
            with _says("CC008", "cannot be reached"):
                ledger.owned("office", "user")
        finally:
            server().start()
        assert ledger.owned("office", "user") == {"ann": Owned("7")}


def test_a_session_that_is_ended_within_a_question() -> None:
    with Ledger(server().new_database()) as ledger:
        ledger.ready()
        with _says("CC008", "went away"), ledger.writing() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_table_that_another_program_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    address = server().new_database()
    with Ledger(address) as ledger:
        ledger.ready()
    with Ledger(address, busy_seconds=0.05) as ledger, psycopg.connect(address) as other:
        other.execute("LOCK TABLE ccconf.owned IN ACCESS EXCLUSIVE MODE")
        with _says("CC008", "is in use by another program"):
            ledger.record("office", ANN, Owned("7"))


def test_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name == "psycopg":
            raise ImportError(name)
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with _says("CC008 a ledger in PostgreSQL needs its driver", "pip install 'ccconf[postgres]'"):
        Ledger("postgresql://db/x").ready()
