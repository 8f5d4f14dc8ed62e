"""What an apply leaves to people: the runbook, the files for the vendor's import screens, and a note of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ccconf.errors import CcconfError
from ccconf.files import unwritable, write_all
from ccconf.findings import findings_data
from ccconf.ledger.handed import Asked, Desk
from ccconf.manifest.project import Target, shown
from ccconf.model.change import KEY, Change, Create, FieldChange, Restore, Update
from ccconf.model.kinds import relinked_data
from ccconf.platform.byhand import ByHand
from ccconf.platform.contract import Descriptor, Handed, Platform, Route
from ccconf.platform.discovery import find
from ccconf.platform.names import Named
from ccconf.reconcile.apply import COMES_LATER
from ccconf.reconcile.outcome import Report, Status
from ccconf.reconcile.plan import Plan, Step
from ccconf.report.words import visible

if TYPE_CHECKING:
    from ccconf.report.runbook import Runbook

FOLDER = "runbooks"


class HandedOver(NamedTuple):
    """Where a person finds the work."""

    page: Path
    plan_id: str
    entries: int
    later: Mapping[str, str]
    """By step why it cannot be done in this round."""
    secret: tuple[str, ...]
    """Files that only their owner may read."""


def make_room(target: Target) -> None:
    """The folder of the runbooks, before anything is done that would need one. Raises `Broken` (CC007)."""
    folder = target.base / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # a password must not slip into Git
    except OSError as error:
        raise unwritable(folder, error) from error


def own_change(platform: Platform, change: Change) -> Change:
    """The change in the platform's own names."""
    return platform.inward(change) if isinstance(platform, Named) else change


def hand_over(plan: Plan, report: Report, target: Target, platform: Platform, desk: Desk) -> HandedOver | None:
    """Write the runbook of a run and note what it asks for. None where nothing is left to people.

    What an earlier runbook asked for and nobody confirmed is withdrawn, unless only selected objects were looked at.
    """
    by_hand = platform.inner if isinstance(platform, Named) else platform
    work = _Work(plan, report, target, platform)
    if not isinstance(by_hand, ByHand):
        return None
    if not work.steps:
        if not plan.selection and not report.interrupted and desk.asked():
            desk.hand_out(())
        return None
    from ccconf.report.runbook import plain  # only a run with people's work pays for it

    handed = work.files(by_hand)
    books = work.books(handed)
    secret = [work.folder / file.name for file in handed.files if file.secret]
    write_all(dict(work.pages(books, handed)), overwrite=True, secret=secret)
    first = books[0]
    desk.hand_out(work.asked(first.numbers))
    later = {row.step: handed.deferred.get(work.own[row.step].ref, plain(row.reason)) for row in first.later}
    names = tuple(path.name for path in secret)
    return HandedOver(work.folder / "runbook.html", plan.id, len(first.entries), later, names)


@dataclass(frozen=True)
class _Work:
    """What one run leaves to people."""

    plan: Plan
    report: Report
    target: Target
    platform: Platform

    @cached_property
    def steps(self) -> list[Step]:
        """What people can do now, in the safe order."""
        waiting = [ended for ended in self.report.outcomes if ended.status is Status.WAITING]
        now = {ended.step for ended in waiting if ended.code != COMES_LATER}
        return [step for step in self.plan.steps if step.id in now]

    @cached_property
    def own(self) -> dict[str, Change]:
        """By step the change in the platform's own names, those that it gets on the way included."""
        naming = self.descriptor.facts.recognised_by
        called: dict[tuple[str, str], str] = {}
        own: dict[str, Change] = {}
        for step in self.steps:
            change = _relinked(own_change(self.platform, step.change), called)
            for row in change.changes if isinstance(change, Update | Restore) else ():
                if row.field in (KEY, naming.get(change.kind)) and isinstance(row.after, str):
                    called[change.kind, change.key if row.field != KEY else str(row.before)] = row.after
            own[step.id] = change
        return own

    @property
    def descriptor(self) -> Descriptor:
        """The vendor."""
        return find(self.target.form.platform, None)

    @property
    def folder(self) -> Path:
        """Where the runbook of this plan lies."""
        return self.target.base / FOLDER / f"{self.target.name}-{self.plan.id[:12]}"

    def files(self, by_hand: ByHand) -> Handed:
        """The vendor's import files; a password that an earlier run gave out is kept."""
        by_file = [self.own[step.id] for step in self.steps if step.route is Route.FILE]
        creates = [change for change in by_file if isinstance(change, Create)]
        if self.descriptor.import_file is None or not creates:
            return Handed()
        ours = re.compile(re.escape(self.target.name) + "-[0-9a-f]{12}")  # not those of a target called alike
        files = (path for path in self.folder.parent.glob("*/*.csv") if ours.fullmatch(path.parent.name))
        earlier = sorted(files, key=lambda path: path.stat().st_mtime)
        return self.descriptor.import_file(creates, by_hand.native_id, [path.read_bytes() for path in earlier])

    def books(self, handed: Handed) -> list[Runbook]:
        """The runbook in every language that the vendor's guide has."""
        from ccconf.report.runbook import FileRow, languages_of, runbook  # only a run with people's work pays for it

        guide = self.descriptor.guide() if self.descriptor.guide else None
        step_of = {change.ref: id_ for id_, change in self.own.items()}
        rows = [FileRow(file.name, tuple(step_of[ref] for ref in file.rows), file.secret) for file in handed.files]
        steps = [self._by_its_way(step, handed) for step in self.steps]
        return [
            runbook(
                self.plan,
                steps,
                self.descriptor.facts,
                guide,
                lambda ref: ref.key,
                language,
                files=rows,
                deferred={step_of[ref]: reason for ref, reason in handed.deferred.items()},
            )
            for language in languages_of(guide)
        ]

    def _by_its_way(self, step: Step, handed: Handed) -> Step:
        """The step in the platform's own names. Whom no file can bring is made by hand."""
        change = self.own[step.id]
        route = Route.MANUAL if change.ref in handed.by_hand else step.route
        return msgspec.structs.replace(step, change=change, route=route)

    def pages(self, books: list[Runbook], handed: Handed) -> Iterator[tuple[Path, str | bytes]]:
        """Every file with its content."""
        from ccconf.report.runbook import html, markdown

        for book in books:
            ending = "" if book.language == "en" else f".{book.language}"
            yield self.folder / f"runbook{ending}.md", "\n".join([*markdown(book), ""])
        yield self.folder / "runbook.html", html(books)
        for file in handed.files:
            yield self.folder / file.name, file.content

    def asked(self, numbers: Mapping[str, int]) -> Iterator[Asked]:
        """What the ledger remembers: the steps that the runbook asks for."""
        for step in self.steps:
            if step.id in numbers:
                yield Asked(step.id, numbers[step.id], self.plan.id, self.own[step.id])


def _relinked(change: Change, called: Mapping[tuple[str, str], str]) -> Change:
    """The change with references to what earlier steps have renamed."""

    def rename(kind: str, key: str) -> str:
        return called.get((kind, key), key)

    match change:
        case Create(kind=kind, fields=fields):
            return msgspec.structs.replace(change, fields=relinked_data(kind, fields, rename))
        case Update(kind=kind, changes=changes) | Restore(kind=kind, changes=changes):
            rows = tuple(row if row.field == KEY else _row(kind, row, rename) for row in changes)
            return msgspec.structs.replace(change, changes=rows)
        case _:
            return change


def _row(kind: str, row: FieldChange, rename: Callable[[str, str], str]) -> FieldChange:
    before, after = (relinked_data(kind, {row.field: value}, rename)[row.field] for value in (row.before, row.after))
    return msgspec.structs.replace(row, before=before, after=after)


def told(handed: HandedOver, target: Target) -> Iterator[str]:
    """Where the work lies, and what to do with it."""
    count = f"{handed.entries} entr{'y' if handed.entries == 1 else 'ies'}"
    later = f", {len(handed.later)} more come in a later round" if handed.later else ""
    yield f"A runbook for people, {count}{later}: {shown(handed.page)}"
    for step, reason in handed.later.items():
        yield f"  later: {visible(step)}: {visible(reason)}"
    for name in handed.secret:
        yield f"{name} beside it holds initial passwords; only you can read it. Delete it after the import."
    if handed.entries:
        yield f"When it is done: ccconf confirm -t {target.name} --plan {handed.plan_id[:12]} --all"


def as_data(handed: HandedOver | CcconfError | None) -> dict[str, Any]:
    """The same for machines."""
    match handed:
        case HandedOver():
            return {"runbook": shown(handed.page), "later": dict(handed.later)}
        case CcconfError():
            return {"findings": findings_data(handed.findings)}
        case None:
            return {}


def with_later(report: Report, handed: HandedOver) -> Report:
    """The report, in which what nobody can do in this round says so."""
    outcomes = (
        msgspec.structs.replace(ended, code=COMES_LATER, detail=handed.later[ended.step])
        if ended.step in handed.later
        else ended
        for ended in report.outcomes
    )
    return msgspec.structs.replace(report, outcomes=tuple(outcomes))
