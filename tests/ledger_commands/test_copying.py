"""The ledger as one document, and moved to another place and back."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ccconf.ledger import copying
from ccconf.ledger.book import Runs
from ccconf.ledger.database import FORM
from ccconf.ledger.handed import Asked
from ccconf.ledger.handed import Desk as People
from ccconf.ledger.lock import take
from ccconf.ledger.place import Place
from ccconf.ledger.tables import BUDGETS
from ccconf.model.change import Create
from tests.ledger_commands.office import Office
from tests.postgres import server
from tests.spots import SHOP


@pytest.fixture(name="there", params=["file", "postgresql"])
def use_there(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Another place, where there is nothing yet."""
    return tmp_path / "else where" / "other.db" if request.param == "file" else server().new_database()


def full(office: Office) -> Office:
    """With something in every table."""
    office.worked()
    office.run("drift")
    with office.opened() as ledger:
        desk = People(ledger, "office")
        desk.end_act(desk.begin_act("Łucja", "sign out", "user/ann"), "done")
        change = Create(kind="user", key="cy", fields={"name": "Кира 🙂"})
        desk.hand_out([Asked("create user/cy", 1, "p", change)])
        runs = Runs(ledger, "shop")
        runs.end(runs.begin(b"\x00\xff", "p9", actor="Bo", commit="c0ffee"), "interrupted", 130)
        with ledger.writing() as connection:
            budget = {"address": "https://pbx.example.org", "next_at": 1.1, "noted_at": 0.1, "rate": None, "learnt": ""}
            connection.execute(BUDGETS.insert(), budget)
    return office


def at(office: Office, place: Place) -> Office:
    """The same project once ccconf.yaml names another ledger."""
    return Office(office.folder, place)


def test_an_export_is_the_same_bytes_for_the_same_content(office: Office, tmp_path: Path) -> None:
    full(office)
    first, second = office.run("ledger", "export"), office.run("ledger", "export")
    assert first == second and first.code == 0
    assert first.data["ledger"]["form"] == FORM
    assert sorted(first.data["tables"]) == [table.name for table in copying.TABLES]
    assert all(first.data["tables"].values())
    plan = next(row["plan"] for row in first.data["tables"]["runs"] if row["number"] == 1)
    assert json.loads(plan)["target"] == "office"
    out = tmp_path / "all.json"
    assert office.run("ledger", "export", "--out", str(out)).code == 0
    assert out.read_text() == first.out
    assert office.run("ledger", "export", "--out", str(out)).err.startswith("CC009")
    assert office.run("ledger", "export", "--out", str(out), "--force").code == 0


def test_where_there_is_no_ledger_there_is_nothing_to_export_or_move(office: Office, tmp_path: Path) -> None:
    assert office.run("ledger", "export").out == ""
    ran = office.run("ledger", "move", str(tmp_path / "other.db"))
    assert ran.code == 0 and "There is no ledger yet" in ran.out
    assert not (tmp_path / "other.db").exists()
    assert office.run("ledger", "check").code == 0


def test_there_and_back_it_is_the_same(office: Office, there: Place, tmp_path: Path) -> None:
    full(office)
    before = office.content()
    ran = office.run("ledger", "move", str(there))
    assert ran.code == 0, ran
    assert "To have ccconf use it, write in ccconf.yaml:\n    ledger: " in ran.out
    assert office.content() == before
    moved = at(office, there)
    assert moved.content() == before
    back = tmp_path / "back.db"
    assert moved.run("ledger", "move", str(back)).code == 0
    assert at(moved, back).content() == before


def test_work_goes_on_in_the_new_place(office: Office, there: Place) -> None:
    """Numbers go on where they were, nobody holds a lock, and nothing is planned twice."""
    full(office)
    office.run("ledger", "move", str(there))
    moved = at(office, there)
    moved.silent()
    moved.declare(users={"ann": {"name": "Anja", "email": "ann@example.org"}, "bo": {"name": "Bo"}})
    moved.apply()
    assert [row["run"] for row in moved.run("history", "--format", "json").data["runs"]] == [4, 2, 1]
    with moved.opened() as ledger:
        desk = People(ledger, "office")
        assert desk.begin_act("Bo", "sign out", "user/bo") == 2
        desk.hand_out([Asked("create user/di", 1, "p", Create(kind="user", key="di", fields={}))])


def test_the_line_for_the_project_file_is_one_that_it_takes(office: Office, there: Place) -> None:
    full(office)
    line = office.run("ledger", "move", str(there)).out.splitlines()[2].strip()
    text = (office.folder / "ccconf.yaml").read_text()
    form: dict[str, Any] = json.loads(text)
    del form["ledger"]
    office.write("ccconf.yaml", f"{line}\nversion: 1\ntargets: {json.dumps(form['targets'])}\n")
    assert len(office.run("history").out.splitlines()) == 4
    office.silent()


def test_a_place_that_is_not_empty_is_refused(office: Office, there: Place, tmp_path: Path) -> None:
    full(office)
    other = Office(tmp_path / "other project", there).worked()
    before = other.content()
    ran = office.run("ledger", "move", str(there))
    assert (ran.code, ran.err.split()[0]) == (1, "CC009") and "holds a ledger already" in ran.err
    assert other.content() == before
    same = office.run("ledger", "move", str(office.place))
    assert same.err.startswith("CC009") and "is the ledger already" in same.err


def test_something_else_is_never_written_into(office: Office, tmp_path: Path) -> None:
    full(office)
    letter = tmp_path / "letter.db"
    letter.write_text("Dear diary, " * 1000)
    assert office.run("ledger", "move", str(letter)).err.startswith(f"{letter}:1:1 CC008")
    assert letter.read_text() == "Dear diary, " * 1000


def test_not_while_a_run_is_at_work(office: Office, there: Place) -> None:
    full(office)
    with office.opened() as ledger, take(ledger, SHOP, "Dora", 0.0, lambda _: None):
        ran = office.run("ledger", "move", str(there))
    assert (ran.code, ran.err.split()[0]) == (1, "CC012") and "Dora" in ran.err
    assert office.run("ledger", "move", str(there)).code == 0


def test_a_copy_that_gives_back_something_else_is_not_kept(
    office: Office, there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(office)
    real = copying.add

    def forgetful(connection: Any, table: Any, new: Any) -> None:
        real(connection, table, new[1:] if table.name == "runs" else new)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "add", forgetful)
        ran = office.run("ledger", "move", str(there))
    assert ran.code == 1 and "gives back other rows of the table runs" in ran.err
    assert not any(at(office, there).content().values())
    assert Office(office.folder, office.place).run("ledger", "move", str(there)).code == 0


def test_a_password_on_the_command_line_is_refused_and_not_repeated(office: Office) -> None:
    full(office)
    ran = office.run("ledger", "move", "postgresql://ann:hunter2@127.0.0.1/db")
    assert (ran.code, ran.err.split()[0]) == (1, "CC111") and "PGPASSWORD" in ran.err
    assert "hunter2" not in ran.out + ran.err


def test_a_password_from_the_environment_works(filed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    full(filed)
    address = server().new_database()
    with psycopg.connect(address, autocommit=True) as connection:
        name = address.rpartition("/")[2]
        connection.execute(f"GRANT CREATE ON DATABASE {name} TO locked")
    goal = address.replace("owner@", "locked@")
    assert filed.run("ledger", "move", goal).err.startswith("CC008")
    monkeypatch.setenv("PGPASSWORD", "secret-word")
    ran = filed.run("ledger", "move", goal)
    assert ran.code == 0 and f"ledger: {goal}" in ran.out
    assert "secret-word" not in ran.out + ran.err + json.dumps(at(filed, goal).content())


def test_a_server_that_is_not_there(filed: Office) -> None:
    full(filed)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ran = filed.run("ledger", "move", f"postgresql://ann@127.0.0.1:{nobody.getsockname()[1]}/db")
    assert ran.code == 1 and ran.err.startswith("CC008")
