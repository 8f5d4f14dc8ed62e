"""Plays an example as a person would at a terminal: copies it, stands in the copy, and types the commands."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from ccconf.cli.main import run

EXAMPLES = Path(__file__).parent.parent / "examples"
QUICKSTART = EXAMPLES / "quickstart"
MISTAKES = EXAMPLES / "mistakes"

_LEFT_BEHIND = shutil.ignore_patterns("*.db", "*.db-*", ".ccconf", "saved.json", "imported", "runbooks")
_PLAN_ID = re.compile(r"\bPlan [0-9a-f]{12}\b")


class Screen(NamedTuple):
    """What a person sees: everything that was printed, in its order, and the exit code."""

    text: str
    code: int


def typed(command: str, minute: int = 0) -> Screen:
    """One command, typed in the current folder where there is no terminal to answer on, so many minutes after noon."""
    printed = io.StringIO()
    today = mock.patch.dict(os.environ, {"CCCONF_NOW": f"2026-11-20T12:{minute:02}:00Z"})
    with today, redirect_stdout(printed), redirect_stderr(printed):
        code = run(shlex.split(command))
    return Screen(printed.getvalue(), code)


def copied(example: Path, to: Path) -> Path:
    """A copy of an example, without what earlier try-outs left in it."""
    return Path(shutil.copytree(example, to, ignore=_LEFT_BEHIND))


def mistakes() -> list[Path]:
    """Every folder of `examples/mistakes`, one for each code."""
    return sorted(path for path in MISTAKES.iterdir() if path.is_dir())


def code_of(mistake: Path) -> str:
    """`CC203` of `CC203-unknown-reference`."""
    return mistake.name.partition("-")[0]


def played(mistake: Path, to: Path) -> Screen:
    """A mistake from its `before/` to its command, as examples/mistakes/README.md tells it.

    Plan ids and the folder differ from run to run, so both are replaced by a word.
    """
    with chdir(copied(mistake, to)):
        if Path("before").is_dir():
            _without_trouble("-C before apply --yes")
        minute = 0
        for minute, command in enumerate(_lines(Path("console.txt")), 1):
            _without_trouble(command, minute)
        screen = typed(next(_lines(Path("command.txt")), "validate"), minute + 1)
        text = screen.text.replace(str(Path.cwd()), "FOLDER")
    return Screen(_PLAN_ID.sub("Plan ID", text), screen.code)


def _without_trouble(command: str, minute: int = 0) -> None:
    screen = typed(command, minute)
    assert screen.code in (0, 2, 6), f"ccconf {command} left with {screen.code}:\n{screen.text}"


def _lines(path: Path) -> Iterator[str]:
    """The commands of a file, one a line; none where there is no such file."""
    if path.exists():
        yield from (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def expected(mistake: Path) -> Screen:
    """What the folder says that a person will see."""
    text, code = mistake / "expected.txt", mistake / "expected.exit"
    return Screen(
        text.read_text(encoding="utf-8") if text.exists() else "",
        int(code.read_text(encoding="utf-8")) if code.exists() else 1,
    )


def write_expected(mistake: Path, screen: Screen) -> None:
    """Make what was seen the expectation; somebody reads it before it is committed."""
    (mistake / "expected.txt").write_text(screen.text, encoding="utf-8")
    if screen.code != 1:
        (mistake / "expected.exit").write_text(f"{screen.code}\n", encoding="utf-8")


def writes_expectations() -> bool:
    """Whether CCCONF_WRITE_CASES=1 asks to write expectations anew."""
    return os.environ.get("CCCONF_WRITE_CASES") == "1"
