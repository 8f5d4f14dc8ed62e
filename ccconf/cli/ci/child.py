"""Running a ccconf command as a person would, and keeping what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

KEPT = 60
"""The last lines of a command that failed without a report; more than that nobody reads in a comment."""
TOKENS = frozenset(
    {
        "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "CCCONF_TOKEN", "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD", "CI_DEPLOY_PASSWORD",
        "CI_REPOSITORY_URL", "CI_JOB_JWT", "CI_JOB_JWT_V1", "CI_JOB_JWT_V2",
    }
)  # fmt: skip
"""What opens the forge is none of a platform's business; ccconf.yaml could name it with !env, to be sent to its url."""
SHORTEST_TOKEN = 16
"""Letters: what is shorter stands in other values by chance."""


class Said(NamedTuple):
    """How a command left, and its last lines."""

    code: int
    last: tuple[str, ...]


def ccconf(show: Callable[[Iterable[str]], None], *words: str) -> Said:
    """Run `ccconf WORDS`, show its lines as they come, and keep the last ones."""
    last: deque[str] = deque(maxlen=KEPT)
    with subprocess.Popen(  # noqa: S603 - ourselves, and no shell
        _command(words),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as running:
        assert running.stdout is not None
        show(_kept(running.stdout, last))
        code = running.wait()
    return Said(code, tuple(last))


def asked(*words: str) -> Any:
    """What `ccconf WORDS --format json` answers; None where it does not."""
    ran = subprocess.run(  # noqa: S603 - ourselves, and no shell
        _command([*words, "--format", "json"]),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    try:
        return json.loads(ran.stdout) if ran.returncode == 0 else None
    except ValueError:
        return None


def _command(words: Iterable[str]) -> list[str]:
    """The same interpreter, apart from the folder it runs in (-I): no file of a pull request may pass for a module."""
    return [sys.executable, "-I", "-u", "-m", "ccconf", *words]


def _environment() -> dict[str, str]:
    """Without the tokens, and without whatever else holds one: the address of a package registry, say."""
    tokens = [value for name in TOKENS if len(value := os.environ.get(name, "")) >= SHORTEST_TOKEN]
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in TOKENS and not any(token in value for token in tokens)
    }
    return env | {"NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


def _kept(lines: Iterable[str], last: deque[str]) -> Iterator[str]:
    for line in lines:
        last.append(line.rstrip("\r\n"))
        yield last[-1]
