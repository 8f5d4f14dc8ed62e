"""The main job, as a person would do it, on a copy of examples/quickstart: `make demo`.

The README shows exactly this output; `scripts/generate.py` puts it there.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ccconf.cli.main import ccconf, run

ROOT = Path(__file__).parent.parent

STORY: tuple[tuple[str, int, list[str]], ...] = (
    ("Check the manifests, offline.", 0, ["validate"]),
    ("See what would happen on the (still empty) platform.", 2, ["plan"]),
    ("Do it.", 0, ["apply", "--yes"]),
    ("And then silence.", 0, ["plan"]),
    (
        "Somebody changes a person by hand, on the platform itself.",
        0,
        ["local", "set", "user/dmytro.koval-hayes", "position=Team lead", "roles=[supervisor]"],
    ),
    ("The next plan finds it, and would put it right.", 2, ["plan"]),
)


def told(folder: Path) -> Iterator[str]:
    """The story, command by command, with its output. Raises `SystemExit` where a command ends unexpectedly."""
    shutil.copytree(ROOT / "examples" / "quickstart", folder, ignore=shutil.ignore_patterns("live.db*", ".ccconf"))
    with contextlib.chdir(folder):
        for what, expected, words in STORY:
            yield f"# {what}\n$ ccconf {shlex.join(words)}\n"
            code, output = _output(words)
            yield f"{output}\n"
            if code != expected:
                raise SystemExit(f"expected exit code {expected}, got {code}")


def _output(words: list[str]) -> tuple[int, str]:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        code = run(words)
    return code, stream.getvalue()


def coloured(folder: Path, words: list[str]) -> str:
    """The output of one command in a folder where the story was told, as on a terminal."""
    stream = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(stream):
        ccconf.main(words, standalone_mode=False, color=True)
    return stream.getvalue()


def main() -> None:
    """Print the story as it happens."""
    os.environ["CCCONF_ACTOR"] = "demo"
    with tempfile.TemporaryDirectory() as folder:
        for part in told(Path(folder) / "quickstart"):
            sys.stdout.write(part)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
