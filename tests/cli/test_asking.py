"""Where nobody can answer, nothing asks: not without a terminal, and not where a CI system lends one."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import ccconf
from ccconf.cli.asking import in_ci, is_terminal
from ccconf.platforms.iqchannels.emulator import Options, Seed
from ccconf.platforms.opasuite.emulator import Seed as Installed
from scripts.demo import coloured
from tests.cli.desk import Desk, crash
from tests.cli.offices import Somebody, commands, copies, typed
from tests.iqchannels.bank import Bank
from tests.opasuite.suite import Suite

WHO = "user2@bank.example"


@contextlib.contextmanager
def _bank(folder: Path) -> Iterator[Callable[[], object]]:
    with Bank(folder, Options(), Seed(users=4)) as bank:
        yield lambda: bank.emulator.done_to(WHO)


@contextlib.contextmanager
def _suite(folder: Path) -> Iterator[Callable[[], object]]:
    with Suite(folder, seed=Installed(users=2, departments=2)) as suite:
        yield lambda: suite.asked("POST", "/etiqueta")


@contextlib.contextmanager
def _office(folder: Path) -> Iterator[Callable[[], object]]:
    desk = Desk.__new__(Desk)
    desk.folder = folder
    yield lambda: (desk.live(), desk.ledger())


@contextlib.contextmanager
def _moved(folder: Path) -> Iterator[Callable[[], object]]:
    """The target is said to be elsewhere."""
    (folder / "ccconf.yaml").write_text((folder / "ccconf.yaml").read_text().replace('"live.db"', '"there.db"'))
    yield lambda: typed(folder, "ledger", "export").out


DEEDS = {
    "apply": _office,
    "undo 1": _office,
    "user restore gone": _office,
    "user avatar bo ann.png": _office,
    "ledger readdress": _moved,
    f"user logout {WHO}": _bank,
    f"user reset-password {WHO}": _bank,
    f"user tokens {WHO}": _bank,
    f"user tokens {WHO} --revoke": _bank,
    "list tags vip --create #00aa00": _suite,
}
"""Every command that asks first, and where it is tried."""


def test_every_command_that_asks_is_tried_here() -> None:
    asking = {path for path, command in commands() if any("--yes" in param.opts for param in command.params)}
    assert asking == {path for path, _ in commands() for deed in DEEDS if tuple(deed.split()[: len(path)]) == path}


def test_one_place_asks() -> None:
    """Whatever waits for an answer is called there, after a look at who is there to give it."""
    home = Path(ccconf.__file__).parent
    waiting = {
        "click.confirm",
        "click.prompt",
        "click.pause",
        "click.getchar",
        "click.edit",
        "getpass.getpass",
        "input",
    }
    found = {
        path.relative_to(home).as_posix()
        for path in home.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in waiting
    }
    assert found == {"cli/asking.py"}
    looking = {
        path.relative_to(home).as_posix() for path in home.rglob("*.py") if "isatty" in path.read_text(encoding="utf-8")
    }
    assert looking == {"cli/asking.py"}


@pytest.mark.parametrize("deed", DEEDS)
def test_where_nobody_can_answer_nothing_is_asked_and_nothing_done(
    deed: str, made: Mapping[str, Path], tmp_path: Path
) -> None:
    (folder,) = copies(made, "office", tmp_path, 1)
    if DEEDS[deed] in (_bank, _suite):
        (folder := tmp_path / "other").mkdir()
    with DEEDS[deed](folder) as seen:
        before = seen()
        for answer, environment in ((None, {}), ("y\n", {"CI": "true"}), ("y\n", {"CI": "1"})):
            ran = typed(folder, *deed.split(), "--format", "json", answer=answer, **environment)
            assert ran.code == 1, ran
            assert [found["code"] for found in ran.data["findings"]] == ["CC704"]
            assert "[y/N]" not in ran.out + ran.err
            assert seen() == before
        no = typed(folder, *deed.split(), answer="n\n")
        assert (no.code, "[y/N]" in no.err, seen() == before) == (2, True, True), no
        assert "Nothing was done." in no.err
        said = typed(folder, *deed.split(), "--format", "json", answer="n\n")
        assert said.code == 2 and isinstance(json.loads(said.out), dict | list)
        yes = typed(folder, *deed.split(), answer="y\n", CI="false")
        assert (yes.code, "[y/N]" in yes.err) == (0, True), yes
        assert seen() != before or deed == f"user tokens {WHO}", "a look at tokens leaves nothing behind"


def test_a_run_that_was_cut_off_is_offered_to_people_only(tmp_path: Path) -> None:
    for number, (answer, environment, asked) in enumerate(
        [(None, {}, False), ("y\ny\n", {"CI": "true"}, False), ("y\ny\n", {}, True)]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        desk = Desk(folder).declare(users={"ann": {"name": "Ann"}, "bo": {"name": "Bo"}})
        crash(desk, 0, after=True)
        ran = typed(folder, "apply", answer=answer, **environment)
        assert "was cut off" in ran.err
        assert ("Finish it now?" in ran.err, sorted(desk.ids())) == (asked, ["ann", "bo"] if asked else ["ann"])
        assert ran.code == (0 if asked else 1), ran


def test_a_terminal_that_a_ci_system_lends_gets_a_log(made: Mapping[str, Path], tmp_path: Path) -> None:
    """No bar and no colours, which would be rubbish on the page of a job."""

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    folders = copies(made, "office", tmp_path)
    for folder, environment in zip(folders, ({}, {"CI": "true"}), strict=True):
        screen = Screen()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERM", "xterm")
            patch.delenv("NO_COLOR", raising=False)
            patch.setattr(contextlib, "redirect_stderr", lambda _: contextlib.nullcontext())
            patch.setattr(contextlib, "redirect_stdout", lambda _: contextlib.nullcontext())
            patch.setattr("sys.stdout", screen)
            patch.setattr("sys.stderr", screen)
            assert typed(folder, "apply", "--yes", **environment).code == 0
        coloured = "\x1b[" in screen.getvalue()
        assert coloured is not bool(environment), screen.getvalue()
        assert ("applying 3 steps" in screen.getvalue()) is bool(environment)


def test_whoever_asks_for_colours_gets_them(made: Mapping[str, Path], tmp_path: Path) -> None:
    """The README's picture is drawn in CI, too."""
    (folder,) = copies(made, "office", tmp_path, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CI", "true")
        assert "\x1b[32m" in coloured(folder, ["plan"])


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (None, False),
        ("", False),
        ("false", False),
        ("0", False),
        ("No", False),
        ("true", True),
        ("1", True),
        ("x", True),
    ],
)
def test_what_a_ci_system_says(said: str | None, means: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    if said is not None:
        monkeypatch.setenv("CI", said)
    assert in_ci() is means
    assert is_terminal(Somebody()) is not means
    assert is_terminal(io.StringIO()) is False
