"""How commands end: the table in docs/using.md, every row of it told as a story that ends so."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ccconf.cli import run as running
from ccconf.cli import user
from ccconf.cli.main import ccconf
from ccconf.cli.session import connected as real
from ccconf.conformance.laws import Through
from ccconf.errors import Ending, Rejected, Uncertain
from ccconf.findings import Finding
from ccconf.model.change import Change
from ccconf.platform.contract import Performed, Platform
from ccconf.platforms.iqchannels.emulator import Options, Seed
from ccconf.platforms.opasuite.emulator import Seed as Installed
from tests.cli.desk import Desk, Ran
from tests.cli.offices import commands, does, typed
from tests.iqchannels.bank import Bank
from tests.opasuite.suite import Suite

PAGE = (Path(__file__).parents[2] / "docs" / "using.md").read_text(encoding="utf-8")
WHO = "user2@bank.example"
Story = Callable[[Path], Ran]
"""What happens in a copy of a centre, to the command that ends so."""


def _asked(words: str, answer: str | None = None) -> Story:
    return lambda folder: typed(folder, *words.split(), answer=answer)


def _edited(folder: Path, name: str, **changes: Any) -> None:
    """Change a file of JSON, which is YAML too."""
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _target(folder: Path, **changes: Any) -> None:
    form = json.loads((folder / "ccconf.yaml").read_text())
    ((name, target),) = form["targets"].items()
    _edited(folder, "ccconf.yaml", targets={name: {**target, **changes}})


def _desk(folder: Path) -> Desk:
    desk = Desk.__new__(Desk)
    desk.folder = folder
    return desk


def _with_nobody_left(words: str) -> Story:
    def story(folder: Path) -> Ran:
        for key in ("ann", "bo"):
            _desk(folder).console_deletes(f"user/{key}")
        return typed(folder, *words.split())

    return story


def _before_anybody_has_looked(words: str) -> Story:
    def story(folder: Path) -> Ran:
        shutil.rmtree(folder / "snapshots")
        return typed(folder, *words.split())

    return story


class _Lost(Through):
    """The answer to every write is lost."""

    def perform(self, change: Change) -> Performed:
        super().perform(change)
        raise Uncertain(Finding(code="CC703", message="the answer was lost"))


def _through(module: Any, wrap: Callable[[Platform], Platform], words: str) -> Story:
    @contextlib.contextmanager
    def connected(target: Any, **more: Any) -> Any:
        with real(target, **more) as platform:
            yield wrap(platform)

    def story(folder: Path) -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "connected", connected)
            return typed(folder, *words.split())

    return story


class _Refusing(Through):
    """The platform says no to every write."""

    def perform(self, change: Change) -> Performed:
        raise Rejected(Finding(code="CC702", message="no"))


def _changed_meanwhile(words: str, name: str, **fields: Any) -> Story:
    """Somebody changes what the run is about to change, in the moment before it does."""

    def story(folder: Path) -> Ran:
        def wrap(platform: Platform) -> Platform:
            _desk(folder).console(name, **fields)
            return platform

        return _through(running, wrap, words)(folder)

    return story


def _stale_rebase(folder: Path) -> Ran:
    people = json.loads((folder / "manifests" / "all.yaml").read_text())["users"]
    _edited(folder, "manifests/all.yaml", users={key: row for key, row in people.items() if key != "cy"})
    return typed(folder, "plan", "--rebase", "approved.json")


def _protected_undo(folder: Path) -> Ran:
    _target(folder, guards={"protect": ["user/ann"]})
    return typed(folder, "undo", "1", "--yes")


def _undone_by_people(folder: Path) -> Ran:
    does(folder, "confirm", "--all")
    return typed(folder, "undo", "--yes")


def _emptied(folder: Path) -> Ran:
    (folder / "users.csv").write_text("name,groups\n")
    return typed(folder, "snapshot", "import", "users.csv")


def _moved(folder: Path) -> Ran:
    _target(folder, url="there.db")
    return typed(folder, "ledger", "readdress", answer="n\n")


def _on_a_bank(words: str, *, answer: str | None = None, lost: str = "", **target: Any) -> Story:
    def story(folder: Path) -> Ran:
        home = folder / "bank"
        home.mkdir()
        with Bank(home, Options(), Seed(users=4)) as bank:
            bank.target(**target)
            if lost:
                bank.goes_wrong(kind="lost", path=lost)
            return typed(home, *words.split(), answer=answer)

    return story


def _on_a_suite(words: str, *, answer: str | None = None, lost: str = "") -> Story:
    def story(folder: Path) -> Ran:
        home = folder / "suite"
        home.mkdir()
        with Suite(home, seed=Installed(users=2, departments=2)) as suite:
            if lost:
                suite.goes_wrong(kind="refuse", method="POST", path=lost)
            return typed(home, *words.split(), answer=answer)

    return story


STORIES: dict[tuple[str, int], tuple[str, Story]] = {
    ("fmt", 2): ("office", _asked("fmt --check")),
    ("plan", 2): ("office", _asked("plan")),
    ("plan", 3): ("office", _with_nobody_left("plan")),
    ("plan", 4): ("office", _stale_rebase),
    ("apply", 2): ("office", _asked("apply", "n\n")),
    ("apply", 3): ("office", _with_nobody_left("apply --yes")),
    ("apply", 4): ("office", _changed_meanwhile("apply --yes", "user/bo", email="else@example.org")),
    ("apply", 5): ("office", _through(running, _Refusing, "apply --yes")),
    ("apply", 6): ("calls", _asked("apply --yes")),
    ("drift", 2): ("office", _asked("drift")),
    ("drift", 3): ("office", _with_nobody_left("drift")),
    ("compare", 2): ("office", _asked("compare office office:git")),
    ("compare", 3): ("calls", _before_anybody_has_looked("compare calls calls:git")),
    ("undo", 2): ("office", _asked("undo 1", "n\n")),
    ("undo", 3): ("office", _protected_undo),
    ("undo", 4): ("office", _changed_meanwhile("undo 1 --yes", "user/ann", groups={})),
    ("undo", 5): ("office", _through(running, _Refusing, "undo 1 --yes")),
    ("undo", 6): ("calls", _undone_by_people),
    ("confirm", 4): ("calls", _asked("confirm --plan 0123456789ab")),
    ("confirm", 6): ("calls", _asked("confirm")),
    ("import", 3): ("calls", _before_anybody_has_looked("import --to in")),
    ("show", 3): ("calls", _before_anybody_has_looked("show user")),
    ("licence", 3): ("office", _with_nobody_left("licence")),
    ("snapshot import", 3): ("calls", _emptied),
    ("ledger readdress", 2): ("office", _moved),
    ("user logout", 2): ("office", _on_a_bank(f"user logout {WHO}", answer="n\n")),
    ("user logout", 3): ("office", _on_a_bank(f"user logout {WHO} --yes", identity=WHO)),
    ("user logout", 5): ("office", _on_a_bank(f"user logout {WHO} --yes", lost="logout")),
    ("user reset-password", 2): ("office", _on_a_bank(f"user reset-password {WHO}", answer="n\n")),
    ("user reset-password", 3): ("office", _on_a_bank(f"user reset-password {WHO} --yes", identity=WHO)),
    ("user reset-password", 5): ("office", _on_a_bank(f"user reset-password {WHO} --yes", lost="reset-password")),
    ("user tokens", 2): ("office", _on_a_bank(f"user tokens {WHO}", answer="n\n")),
    ("user tokens", 3): ("office", _on_a_bank(f"user tokens {WHO} --revoke --yes", identity=WHO)),
    ("user tokens", 5): ("office", _on_a_bank(f"user tokens {WHO} --revoke --yes", lost="token")),
    ("user restore", 2): ("office", _asked("user restore gone", "n\n")),
    ("user restore", 5): ("office", _through(user, _Lost, "user restore gone --yes")),
    ("user avatar", 2): ("office", _asked("user avatar bo ann.png", "n\n")),
    ("user avatar", 5): ("office", _through(user, _Lost, "user avatar bo ann.png --yes")),
    ("list", 2): ("office", _on_a_suite("list tags vip --create #00aa00", answer="n\n")),
    ("list", 5): ("office", _on_a_suite("list tags vip --create #00aa00 --yes", lost="etiqueta")),
}
"""By command and exit code, besides those that every command has: the centre, and what happens there."""

EVERY = {Ending.DONE, Ending.BROKEN, Ending.INTERRUPTED}


def _table(*heads: str) -> list[list[str]]:
    """The rows of the table with these heads, as far as the page has one."""
    lines = PAGE.splitlines()
    start = lines.index(f"| {' | '.join(heads)} |") + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def test_the_page_has_every_code_and_no_other() -> None:
    assert _table("code", "means") == [[str(int(ending)), ending.means] for ending in Ending]


def test_the_help_has_every_code() -> None:
    assert ccconf.help is not None
    told = re.sub(r"\s+", " ", ccconf.help)
    for ending in Ending:
        assert re.search(rf"\b{int(ending)} [a-z]", told), ending


def _documented() -> set[tuple[str, int]]:
    return {
        (command, int(code))
        for commands_, codes in _table("command", "leaves also with")
        for command in re.findall(r"`([^`]+)`", commands_)
        for code in re.findall(r"\*\*(\d+)\*\*", codes)
    }


def test_the_page_tells_of_every_story_and_every_row_has_one() -> None:
    assert _documented() == STORIES.keys()
    assert {command for command, _ in STORIES} <= {" ".join(path) for path, _ in commands()}
    assert not {code for _, code in STORIES} & EVERY


@pytest.mark.parametrize(("command", "code"), STORIES, ids=lambda value: str(value).replace(" ", "-"))
def test_the_story_ends_so(command: str, code: int, made: Mapping[str, Path], tmp_path: Path) -> None:
    office, story = STORIES[command, code]
    folder = Path(shutil.copytree(made[office], tmp_path / office))
    ran = story(folder)
    assert ran.code == code, ran


def test_what_is_broken_is_1_and_what_is_cut_off_130(
    made: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(made["office"], tmp_path / "office"))
    assert typed(folder, "show", "user", "nobody").code == Ending.BROKEN
    assert typed(folder, "apply", answer="").code == Ending.INTERRUPTED, "the terminal was closed"

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ccconf.cli.show.connected", pressed)
    assert typed(folder, "show", "user").code == Ending.INTERRUPTED
