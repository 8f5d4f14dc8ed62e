"""`ccconf emulator iptel` as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests

RUN = "import sys; from ccconf.cli.emulator import command; sys.exit(command(sys.argv[1:], standalone_mode=False))"


def test_it_says_where_it_is_and_how_ccconf_is_told_of_it(tmp_path: Path) -> None:
    options = ["iptel", "--users", "3", "--role", "dialler", "--role", "reports", "--database", str(tmp_path / "i.db")]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        [sys.executable, "-c", RUN, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        words = []
        for line in process.stdout:
            words.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        try:
            assert "It is not IPTEL and was not made by its vendor" in words[1]
            assert "Roles of this installation: dialler, reports" in words
            assert "platform: iptel" in words
            assert not any(line.startswith("url:") for line in words)
            url = next(word for word in words[0].split() if word.startswith("http"))
            assert "Employee 003" in requests.get(f"{url}/users", timeout=10).text
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=10)
            assert "has stopped" in rest
            assert (errors, process.returncode) == ("", 0)
        finally:
            process.kill()


def test_the_package_is_loaded_without_its_emulator_and_the_emulator_without_plans() -> None:
    script = (
        "import sys, ccconf.platforms.iptel; assert 'jinja2' not in sys.modules;"
        "assert 'ccconf.emulation' not in sys.modules; import ccconf.platforms.iptel.emulator;"
        "print([name for name in sys.modules if name.startswith(('ccconf.reconcile', 'ccconf.ledger', 'ccconf.cli'))])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
