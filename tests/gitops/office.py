"""A repository with a project, and the jobs that a push, a merge and the clock start in it: the very command that
action.yml runs, with the environment that GitHub gives it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests.gitops.hub import REPOSITORY, TOKEN, Hub


class Ran(NamedTuple):
    """What a job left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


class Office:
    """A clone of the repository on a runner."""

    def __init__(self, folder: Path, hub: Hub) -> None:
        self.folder, self.hub = folder, hub
        self.runs = 0
        folder.mkdir(parents=True, exist_ok=True)

    def ccconf(self, *words: str) -> str:
        """Somebody types a command at a desk."""
        ran = subprocess.run(
            [sys.executable, "-m", "ccconf", *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran
        return ran.stdout

    def edit(self, name: str, before: str, after: str) -> None:
        """Somebody changes a file."""
        path = self.folder / name
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))

    def push(self, number: int, head: str, **wishes: str) -> Ran:
        """A push to a pull request: the job of the plan, and its file is kept as the action does."""
        pull = self.hub.pull(number, head)
        ran = self.job("plan", {"pull_request": pull}, GITHUB_EVENT_NAME="pull_request", **wishes)
        if "plan-file" in ran.outputs:
            self.hub.keep(ran.outputs["artifact"], Path(ran.outputs["plan-file"]).read_bytes(), self.runs, head)
        return ran

    def merge(self, number: int, commit: str, **wishes: str) -> Ran:
        """A merge: the job that applies."""
        self.hub.merge(number, commit)
        return self.after_push(commit, **wishes)

    def after_push(self, commit: str, **wishes: str) -> Ran:
        """A commit on the branch."""
        self.hub.branches["main"] = commit
        return self.again(commit, **wishes)

    def again(self, commit: str, **wishes: str) -> Ran:
        """Somebody presses *Re-run* at the job of a commit, whatever came after it."""
        return self.job("apply", {}, GITHUB_EVENT_NAME="push", GITHUB_SHA=commit, **wishes)

    def night(self, **wishes: str) -> Ran:
        """The schedule's job."""
        return self.job("drift", {}, GITHUB_EVENT_NAME="schedule", **wishes)

    def job(self, command: str, event: dict[str, Any], **more: str) -> Ran:
        """One job on a fresh runner."""
        self.runs += 1
        runner = self.folder.parent / f"runner-{self.runs}"
        runner.mkdir()
        (runner / "event.json").write_text(json.dumps(event))
        env = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_", "CCCONF_"))}
        env |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REF_NAME": "main",
            "GITHUB_SHA": "f" * 40,
            "GITHUB_RUN_ID": str(self.runs),
            "GITHUB_ACTOR": "dev",
            "GITHUB_EVENT_PATH": str(runner / "event.json"),
            "GITHUB_OUTPUT": str(runner / "outputs"),
            "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
            "CCCONF_REPORTS": str(runner / "reports"),
            "CCCONF_TARGET": "office",
            "CCCONF_PROJECT": ".",
            "NO_PROXY": "127.0.0.1",
            **more,
        }
        ran = subprocess.run(
            [sys.executable, "-I", "-m", "ccconf.cli.ci", command],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        log, summary = ran.stdout + ran.stderr, _read(runner / "summary.md")
        assert "Traceback" not in log, log
        assert TOKEN not in log + summary + _read(runner / "outputs")
        return Ran(ran.returncode, log, _outputs(_read(runner / "outputs")), summary)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _outputs(text: str) -> dict[str, str]:
    """The file in which a step says its outputs: NAME<<WORD, the value, WORD."""
    outputs: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, word = line.partition("<<")
        value = []
        for row in lines:
            if row == word:
                break
            value.append(row)
        outputs[name] = "\n".join(value)
    return outputs
