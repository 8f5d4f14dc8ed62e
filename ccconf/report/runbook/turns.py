"""In which order people do it: the order of the plan, with each file imported as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ccconf.reconcile.plan import Step
from ccconf.report.runbook.values import FileRow


class Import(NamedTuple):
    """The import of one file, with the steps whose objects it brings."""

    file: FileRow
    steps: tuple[Step, ...]


class Wait(NamedTuple):
    """Why a step cannot be done in this round: for a reason that was given, or because it needs another step."""

    reason: str = ""
    needs: str = ""


def put_off(steps: Sequence[Step], deferred: Mapping[str, str]) -> dict[str, Wait]:
    """What cannot be done in this round: the deferred steps, and whatever needs one of them."""
    waits: dict[str, Wait] = {}
    for step in steps:  # in the order of the plan, so what is needed was looked at before
        needed = next((need for need in step.needs if need in waits), "")
        if step.id in deferred:
            waits[step.id] = Wait(reason=deferred[step.id])
        elif needed:
            waits[step.id] = Wait(needs=needed)
    return waits


def in_turn(steps: Sequence[Step], files: Sequence[FileRow]) -> list[Step | Import]:
    """The steps one by one. A file is imported before the first step that needs somebody in it, else at the end; a
    person in a file then comes once more, for what the file does not carry.
    """
    return list(_Turns(steps, files).all())


class _Turns:
    def __init__(self, steps: Sequence[Step], files: Sequence[FileRow]) -> None:
        self.steps = {step.id: step for step in steps}
        self.file_of = {name: file for file in files for name in file.steps if name in self.steps}
        self.turns: list[Step | Import] = []
        self.taken: set[str] = set()
        self.imported: set[FileRow] = set()

    def all(self) -> list[Step | Import]:
        """Those that stand in no file in their order, with what each needs before it; then the other files."""
        for step in self.steps.values():
            if step.id not in self.file_of:
                self._take(step)
        for file in dict.fromkeys(self.file_of.values()):
            self._import(file)
        return self.turns

    def _take(self, step: Step) -> None:
        if step.id in self.taken:
            return
        self.taken.add(step.id)
        self._take_needs(step)
        self.turns.append(step)

    def _take_needs(self, step: Step) -> None:
        for need in step.needs:
            if need in self.file_of:
                self._import(self.file_of[need])
            elif need in self.steps:
                self._take(self.steps[need])

    def _import(self, file: FileRow) -> None:
        if file in self.imported:
            return
        self.imported.add(file)
        rows = tuple(self.steps[name] for name in file.steps if name in self.steps)
        for step in rows:
            self._take_needs(step)
        self.turns.append(Import(file, rows))
        self.turns.extend(rows)
