"""One job of a pipeline: what its author wants, where it runs, and the files it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ccconf.cli.ci import child
from ccconf.cli.ci.child import Said
from ccconf.cli.ci.forge import Forge, Level
from ccconf.cli.ci.mark import Mark
from ccconf.cli.ci.rest import Unheard
from ccconf.cli.clock import TIMES, seconds

REPORTS = {
    "markdown": "report.md",
    "sarif": "report.sarif",
    "junit": "junit.xml",
    "codequality": "codequality.json",
    "github": "annotations.txt",
    "html": "report.html",
    "json": "report.json",
    "openmetrics": "metrics.txt",
    "text": "report.txt",
}
"""The file of each kind of report, in the folder of the job."""
FENCE = "`" * 8


class Wishes(NamedTuple):
    """What the job's author wrote down."""

    folder: Path
    """Where reports and plans are put."""
    project: str = "."
    target: str = ""
    comment: bool = True
    kinds: tuple[str, ...] = ()
    """Kinds of reports besides Markdown."""
    fail_on: str = ""
    require_id: str = ""
    wait: float = 1800.0
    """Seconds to wait for another run."""

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Wishes:
        """From the variables of the job. Raises `ValueError` for what is no kind of report, or no time."""
        kinds = tuple(env.get("CCCONF_KINDS", "").split())
        if unknown := [kind for kind in kinds if kind not in REPORTS]:
            raise ValueError(f"no report is called {unknown[0]}; known: {', '.join(sorted(REPORTS))}")
        wait = seconds(env.get("CCCONF_WAIT") or "30m")
        if wait is None:
            raise ValueError(f"wait: {env['CCCONF_WAIT']} is no time; {TIMES}")
        return cls(
            folder=Path(env["CCCONF_REPORTS"]),
            project=env.get("CCCONF_PROJECT") or ".",
            target=env.get("CCCONF_TARGET", ""),
            comment=env.get("CCCONF_COMMENT") != "false",
            kinds=kinds,
            fail_on=env.get("CCCONF_FAIL_ON", ""),
            require_id=env.get("CCCONF_REQUIRE_ID", ""),
            wait=wait,
        )


class Job(NamedTuple):
    """One job on one target."""

    forge: Forge
    wishes: Wishes

    def run(self, command: str, *words: str) -> Said:
        """Run a ccconf command on the project and the target, and show what it says."""
        return child.ccconf(self.forge.print_output, *self._named(command), *words)

    def asked(self, command: str, *words: str) -> Any:
        """What a ccconf command answers as JSON, which is shown nowhere; None where it does not."""
        return child.asked(*self._named(command), *words)

    def file(self, name: str) -> Path:
        """The path of a file of the job; none of an earlier job is left there."""
        path = self.wishes.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return path

    def reports(self, *more: str) -> list[str]:
        """The options for the reports: Markdown, what was wished for, and what the job needs itself."""
        kinds = dict.fromkeys(["markdown", *self.wishes.kinds, *more])
        return [word for kind in kinds for word in ("--report", f"{kind}={self.file(REPORTS[kind])}")]

    def written(self, kind: str) -> str:
        """A report; empty where the command made none."""
        path = self.wishes.folder / REPORTS[kind]
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def markdown(self, said: Said, what: str) -> str:
        """The report for people; where the command made none, its last words."""
        words = [line.replace(FENCE, "") for line in said.last]
        return self.written("markdown") or "\n".join(
            [f"**{what} (exit code {said.code}).**", "", f"{FENCE}text", *words, FENCE]
        )

    def mark(self, **more: Any) -> Mark:
        """The mark of what this job writes into the forge."""
        return Mark(project=self.wishes.project, target=self.wishes.target, **more)

    def tell(self, level: Level, text: str) -> None:
        """Beside the log, and on the page of the run."""
        self.forge.say(level, f"ccconf {self.wishes.target}".rstrip(), text)
        self.forge.summary(f"**{level.capitalize()}:** {text}\n")

    def quietly(self, what: str, act: Callable[[], None]) -> bool:
        """Whether it came about; that the API says no is told, and stops nothing."""
        try:
            act()
        except Unheard as error:
            self.tell(Level.WARNING, f"{what}: {error}")
            return False
        return True

    def outputs(self, said: Said, **more: str) -> None:
        """For the steps after this one. The token of a fork may not upload SARIF."""
        sarif = self.wishes.folder / REPORTS["sarif"]
        files = {"sarif_file": str(sarif)} if sarif.is_file() and not self.forge.without_secrets() else {}
        self.forge.outputs(exit_code=str(said.code), **files, **more)

    def _named(self, command: str) -> list[str]:
        target = ["-t", self.wishes.target] if self.wishes.target else []
        return ["-C", self.wishes.project, command, *target]


def id_of(path: Path) -> str:
    """The id that the file of a plan says; empty where it is none."""
    found = _fields(path).get("id")
    return found if isinstance(found, str) else ""


def is_empty(path: Path) -> bool:
    """Whether it is the file of a plan that holds nothing to do."""
    return _fields(path).get("steps") == []


def _fields(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
