"""`ccconf emulator 3cx` as a person runs it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from ccconf.cli.emulator import command

RUN = "import sys; from ccconf.cli.emulator import command; sys.exit(command(sys.argv[1:], standalone_mode=False))"


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, with what it says before it serves."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "3cx", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        words = []
        for line in process.stdout:
            words.append(line)
            if line.startswith("Ctrl-C"):
                break
        try:
            yield process, "".join(words)
        finally:
            process.kill()


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def test_it_tells_how_to_reach_it_serves_and_ends_cleanly(tmp_path: Path) -> None:
    options = ("--users", "5", "--departments", "2", "--calls", "16", "--version", "20.0.9.1", "--client-id", "me")
    with running(*options, "--database", str(tmp_path / "pbx.db"), "--faults", "status=503:at=1:path=Groups") as run:
        process, words = run
        assert "not 3CX and was not made by 3CX" in words
        assert "licence: {edition: enterprise, calls: 16}" in words
        url, secret = found(r"listens on (\S+)", words), found(r"client secret: (\S+)", words)
        form = {"grant_type": "client_credentials", "client_id": "me", "client_secret": secret}
        token = requests.post(f"{url}/connect/token", data=form, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{url}/xapi/v1/Users", headers=headers, timeout=10)
        assert (len(answer.json()["value"]), answer.headers["X-3CX-Version"]) == (5, "20.0.9.1")
        statuses = [requests.get(f"{url}/xapi/v1/Groups", headers=headers, timeout=10).status_code for _ in range(2)]
        assert statuses == [503, 200]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
        assert "has stopped" in rest
        assert (errors, process.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--faults", "lsot"], "there is no fault 'lsot'"),
        (["--faults", "lost:at=soon"], "lost:at=soon"),
        (["--edition", "gold"], "'gold' is not one of"),
        (["--rate-limit", "0"], "--rate-limit"),
    ],
)
def test_nonsense_is_named_before_anything_starts(options: list[str], words: str) -> None:
    result = CliRunner().invoke(command, ["3cx", *options])
    assert result.exit_code == 2
    assert words in result.output


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(command, ["3cx", "--port", port])
    assert result.exit_code == 2
    assert "in use" in result.output


def test_the_emulator_knows_nothing_of_plans() -> None:
    """And a vendor's package is loaded without its emulator."""
    script = (
        "import sys, ccconf.platforms.threecx; assert 'ccconf.emulation' not in sys.modules;"
        "import ccconf.platforms.threecx.emulator;"
        "print([name for name in sys.modules if name.startswith(('ccconf.reconcile', 'ccconf.ledger', 'ccconf.cli'))])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
