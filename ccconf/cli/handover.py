"""What an apply leaves to people: the runbook, the files for the vendor's import screens, and a note of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ccconf.files import write_all
from ccconf.ledger.handed import Asked, Desk
from ccconf.manifest.project import Target, shown
from ccconf.model.change import Change, Create
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand
from ccconf.platform.contract import Descriptor, Handed, Platform, Route
from ccconf.platform.discovery import find
from ccconf.platform.names import Named
from ccconf.reconcile.apply import COMES_LATER
from ccconf.reconcile.outcome import Report, Status
from ccconf.reconcile.plan import Plan, Step

if TYPE_CHECKING:
    from ccconf.report.runbook import Runbook

FOLDER = "runbooks"


class HandedOver(NamedTuple):
    """Where a person finds the work."""

    page: Path
    entries: int
    later: int
    secret: tuple[str, ...]
    """Files that only their owner may read."""


def hand_over(plan: Plan, report: Report, target: Target, platform: Platform, desk: Desk) -> HandedOver | None:
    """Write the runbook of a run and note what it asks for. None where nothing is left to people."""
    by_hand = platform.inner if isinstance(platform, Named) else platform
    work = _Work(plan, report, target, platform)
    if not work.steps or not isinstance(by_hand, ByHand):
        return None
    handed = work.files(by_hand)
    books = work.books(handed)
    secret = [work.folder / file.name for file in handed.files if file.secret]
    work.folder.mkdir(parents=True, exist_ok=True)
    (work.folder.parent / ".gitignore").write_text("*\n", encoding="utf-8")  # a password must not slip into Git
    write_all(dict(work.pages(books, handed)), overwrite=True, secret=secret)
    desk.hand_out(work.asked(books[0].numbers))
    first = books[0]
    return HandedOver(
        work.folder / "runbook.html", len(first.entries), len(first.later), tuple(path.name for path in secret)
    )


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
        """By step the change in the platform's own names."""
        inward = self.platform.inward if isinstance(self.platform, Named) else lambda change: change
        return {step.id: inward(step.change) for step in self.steps}

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
        earlier = sorted(self.folder.parent.glob(f"{self.target.name}-*/*.csv"), key=lambda path: path.stat().st_mtime)
        return self.descriptor.import_file(creates, by_hand.native_id, [path.read_bytes() for path in earlier])

    def books(self, handed: Handed) -> list[Runbook]:
        """The runbook in every language that the vendor's guide has."""
        from ccconf.report.runbook import FileRow, languages_of, runbook  # only a run with people's work pays for it

        guide = self.descriptor.guide() if self.descriptor.guide else None
        step_of = {change.ref: id_ for id_, change in self.own.items()}
        rows = [FileRow(file.name, tuple(step_of[ref] for ref in file.rows), file.secret) for file in handed.files]
        return [
            runbook(
                self.plan,
                [self._by_its_way(step, handed) for step in self.steps],
                self.descriptor.facts,
                guide,
                self._own_name,
                language,
                files=rows,
                deferred={step_of[ref]: reason for ref, reason in handed.deferred.items()},
            )
            for language in languages_of(guide)
        ]

    def _by_its_way(self, step: Step, handed: Handed) -> Step:
        """Whom no file can bring is made by hand."""
        return msgspec.structs.replace(step, route=Route.MANUAL) if self.own[step.id].ref in handed.by_hand else step

    def _own_name(self, ref: Ref) -> str:
        return self.platform.names.own_of(*ref) if isinstance(self.platform, Named) else ref.key

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


def told(handed: HandedOver, target: Target) -> Iterator[str]:
    """Where the work lies, and what to do with it."""
    count = f"{handed.entries} entr{'y' if handed.entries == 1 else 'ies'}"
    later = f", {handed.later} more come in the next round" if handed.later else ""
    yield f"A runbook for people, {count}{later}: {shown(handed.page)}"
    for name in handed.secret:
        yield f"{name} beside it holds initial passwords; only you can read it. Delete it after the import."
    yield f"When it is done: ccconf confirm -t {target.name} --all"
