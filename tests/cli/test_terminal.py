"""What only a terminal, a signal or a process of its own can show: questions, colours, progress, Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, environment

ESCAPE = "\x1b["


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).declare(users={"ann": {"name": "Ann", "status": "active"}})


def _command(desk: Desk, *args: str) -> list[str]:
    return [sys.executable, "-m", "ccconf", "-C", str(desk.folder), *args]


def _on_a_terminal(desk: Desk, *args: str, answers: str | None = None, **more: str) -> tuple[int, str]:
    """Type a command, answer its question, and see what the screen got."""
    ours, theirs = pty.openpty()
    given = environment(TERM="xterm", COLUMNS="100")
    env = {key: value for key, value in given.items() if key not in ("NO_COLOR", "CI")}
    process = subprocess.Popen(
        _command(desk, *args), stdin=theirs, stdout=theirs, stderr=theirs, env={**env, **more},
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    screen, asked = "", False
    while select.select([ours], [], [], 20)[0]:
        try:
            got = os.read(ours, 65536)
        except OSError:  # the other side has hung up
            break
        screen += got.decode()
        if answers is not None and not asked and "[y/N]" in screen:
            asked = True
            time.sleep(0.3)  # nobody answers before they have read; Python's readline would miss a Ctrl-C so early
            os.write(ours, answers.encode())
    os.close(ours)
    assert asked == (answers is not None)
    return process.wait(timeout=20), screen


def test_yes_is_done(desk: Desk) -> None:
    code, screen = _on_a_terminal(desk, "apply", answers="y\n")
    assert code == 0
    assert screen.index("user/ann") < screen.index("Apply plan")
    assert sorted(desk.ids()) == ["ann"]
    desk.silent()


@pytest.mark.parametrize(("answer", "code", "says"), [
    ("n\n", 2, "Nothing was done."), ("\n", 2, "Nothing was done."), ("\x03", 130, "interrupted"),
    ("\x04", 130, "interrupted"),
])  # fmt: skip
def test_anything_else_is_not_done(desk: Desk, answer: str, code: int, says: str) -> None:
    ended, screen = _on_a_terminal(desk, "apply", answers=answer)
    assert (ended, says in screen, desk.ids()) == (code, True, {})


def test_a_terminal_in_ci_has_nobody_at_it(desk: Desk) -> None:
    code, screen = _on_a_terminal(desk, "apply", CI="true")
    assert (code, "CC704" in screen, "[y/N]" in screen, ESCAPE in screen, desk.ids()) == (1, True, False, False, {})


def test_nobody_agrees_to_what_they_have_not_seen(desk: Desk) -> None:
    code, screen = _on_a_terminal(desk, "apply", "--format", "json", answers="n\n")
    assert code == 2 and screen.index("user/ann") < screen.index("Apply plan")


def test_nothing_to_do_asks_nothing(desk: Desk) -> None:
    desk.apply()
    code, screen = _on_a_terminal(desk, "apply")
    assert code == 0 and "Nothing to do." in screen


def test_colours_are_for_terminals_that_want_them(desk: Desk) -> None:
    _, screen = _on_a_terminal(desk, "plan")
    assert f"{ESCAPE}32m" in screen and f"{ESCAPE}1m" in screen
    _, screen = _on_a_terminal(desk, "plan", NO_COLOR="1")
    assert "m" not in re.findall(r"\x1b\[[0-9;]*([A-Za-z])", screen)
    assert ESCAPE not in desk.run("plan").out
    _, screen = _on_a_terminal(desk, "plan", "-t", "nowhere")
    assert f"{ESCAPE}31m" in screen
    _, screen = _on_a_terminal(desk, "plan", "-t", "nowhere", NO_COLOR="1")
    assert ESCAPE not in screen


def test_an_error_does_not_stand_behind_the_progress_line(desk: Desk) -> None:
    (desk.folder / "live.db").write_text("no database" * 1000)
    _, screen = _on_a_terminal(desk, "plan", NO_COLOR="1")
    assert "Reading office (local) …\r\x1b[K" in screen


def test_a_bar_on_a_terminal(desk: Desk) -> None:
    desk.declare(users={f"p{number}": {"name": "P"} for number in range(300)})
    code, screen = _on_a_terminal(desk, "apply", "--yes")
    assert code == 0
    assert "applying" in screen and "/300" in screen and "300 done." in screen
    assert "done      create user/p7" not in screen


def test_what_fails_is_told_above_the_bar(desk: Desk) -> None:
    desk.apply()
    plan = desk.folder / "plan.json"
    desk.declare(users={"ann": {"name": "Ann", "position": "Head"}, "bo": {"name": "Bo"}})
    desk.run("plan", "--out", str(plan))
    desk.console("user/ann", position="[red]Boss[/red]")
    code, screen = _on_a_terminal(desk, "apply", "--yes", str(plan))
    assert code == 4
    assert re.search(r"stale +update user/ann", screen)
    assert "[red]Boss[/red]" in screen.replace("\r\n", "")


def test_a_log_gets_a_line_for_each_step_and_the_first_sign_at_once(desk: Desk) -> None:
    desk.declare(users={f"p{number}": {"name": "P"} for number in range(300)})
    began = time.monotonic()
    with subprocess.Popen(
        _command(desk, "apply", "--yes"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment(), text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        first = process.stdout.readline()
        waited = time.monotonic() - began
        out, err = process.stdout.read(), process.stderr.read()
    assert first == "Plan for office (local)\n"
    assert waited < 3, "one second on a quiet machine; this one may be busy"
    assert out.count("\ndone      create user/p") == 300
    assert ESCAPE not in out + err and "\r" not in out + err
    assert err == "applying 300 steps\n"
    assert process.returncode == 0


def test_ctrl_c_in_the_middle_of_a_run(desk: Desk) -> None:
    """The step in flight is ended and noted, all others are told as blocked, and a new run does the rest."""
    desk.declare(users={f"p{number:04}": {"name": "P"} for number in range(1500)})
    with subprocess.Popen(
        _command(desk, "apply", "--yes"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment(), text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        out = ""
        while "done      create user/p0000\n" not in out:
            line = process.stdout.readline()
            assert line, f"it has ended, having said:\n{out}"
            out += line
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        out += process.stdout.read()
        err = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in err
    done = re.findall(r"^done      create user/(\S+)$", out, re.M)
    blocked = re.findall(r"^blocked   create user/(\S+)  CC705 the run was interrupted$", out, re.M)
    assert 0 < len(done) < 1500 and sorted([*done, *blocked]) == [f"p{number:04}" for number in range(1500)]
    assert sorted(desk.ids()) == sorted(done) == sorted(desk.ledger())
    desk.apply()
    assert len(desk.ids()) == 1500


def test_kill_in_the_middle_of_a_run(desk: Desk) -> None:
    people = {f"p{number:04}": {"name": "P", "email": f"p{number}@example.org"} for number in range(1500)}
    desk.declare(users=people)
    with subprocess.Popen(
        _command(desk, "apply", "--yes"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment(), text=True
    ) as process:
        assert process.stdout is not None
        while "done " not in (line := process.stdout.readline()):
            assert line, "it has ended"
        process.kill()
        process.communicate(timeout=30)
    left: Any = desk.ids()
    assert 0 < len(left) < 1500
    desk.apply()
    assert len(desk.ids()) == 1500
    assert left.items() <= desk.ids().items()
