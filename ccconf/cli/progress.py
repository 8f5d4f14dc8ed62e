"""Progress of an apply: a bar on a terminal, one line a step in a log."""

from __future__ import annotations

import sys
from typing import Any, Self

import click

from ccconf.cli.asking import is_terminal
from ccconf.cli.output import say
from ccconf.reconcile.outcome import Outcome, Status
from ccconf.reconcile.plan import Plan, Step
from ccconf.report import text


class Told:
    """Called with each step as it ends."""

    def __init__(self, plan: Plan, *, quiet: bool) -> None:
        self.quiet = quiet
        self.total = len(plan.steps)
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Self:
        if self.total and not self.quiet:
            if is_terminal(sys.stderr):
                self._begin_bar()
            else:
                self._say(f"applying {self.total} step{'' if self.total == 1 else 's'}", err=True)
        return self

    def _begin_bar(self) -> None:
        from rich.console import Console  # only an apply on a terminal pays for it
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.bar.start()
        self.task = self.bar.add_task("applying", total=self.total)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def _say(self, line: str, *, err: bool = False) -> None:
        """A log that cannot be written (a full disk) must not stop a run half way; the report at its end will tell."""
        try:
            say(line, err=err)
        except OSError:
            self.quiet = True

    def __call__(self, step: Step, outcome: Outcome) -> None:
        if self.bar is None:
            if not self.quiet:
                self._say(text.outcome(step, outcome))
            return
        self.bar.update(self.task, advance=1, description=step.id)
        if outcome.status is not Status.DONE:
            self.bar.console.print(click.unstyle(text.outcome(step, outcome)), markup=False, highlight=False)
