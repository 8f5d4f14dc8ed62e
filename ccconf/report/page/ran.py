"""The page of a run: what is done, and first what is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Plan
from ccconf.report.page.folding import folded, warning
from ccconf.report.page.nouns import said
from ccconf.report.page.planned import facts, found_on_the_way, plan_facets
from ccconf.report.page.steps import Told, sections, told
from ccconf.report.page.view import Banner, Bars, Entry, Facet, Mark, Page, Section, Tile, Tone, facet
from ccconf.report.story import TITLES
from ccconf.report.words import visible

_UNTRIED = "untried"
_NAMED = 10
"""So many steps that are open stand on top."""
_ENDS: Mapping[str, tuple[Mark, str, str]] = {
    Status.FAILED: (Mark("failed", Tone.BAD, "✕"), "step failed", "steps failed"),
    Status.UNCERTAIN: (
        Mark("uncertain", Tone.BAD, "?"),
        "step is uncertain: its answer was lost",
        "steps are uncertain: their answers were lost",
    ),
    Status.STALE: (
        Mark("not done: changed since the plan", Tone.BAD, "✕"),
        "step was not done: its object changed since the plan",
        "steps were not done: their objects changed since the plan",
    ),
    Status.BLOCKED: (
        Mark("not done: needs a step that was not done", Tone.BAD, "✕"),
        "step was not done: it needs another that was not",
        "steps were not done: they need others that were not",
    ),
    _UNTRIED: (Mark("not tried", Tone.BAD, "✕"), "step was not tried", "steps were not tried"),
    Status.WAITING: (
        Mark("a person must do it", Tone.CAUTION, "…"),
        "step waits for a person",
        "steps wait for a person",
    ),
    Status.DONE: (Mark("done", Tone.GOOD, "✓"), "step is done", "steps are done"),
}
"""How a step can end, the worst first: the mark, and the words for one and for several."""


def run_page(plan: Plan, report: Report, *, at: str) -> Page:
    """What became of each step."""
    ends = {outcome.step: outcome for outcome in report.outcomes}
    steps = told(plan)
    every = sections(steps, lambda step: _more(ends.get(step.step.id)))
    shown, rest = folded(every)
    counts = {end: sum(_end(ends.get(step.id)) == end for step in plan.steps) for end in _ENDS}
    return Page(
        what="Run: what became of a plan",
        title=f"Run for {visible(plan.target)}",
        facts=facts(plan, at),
        banners=(*_banners(plan, report, steps, ends, counts), *warning(rest)),
        tiles=tuple(_tiles(counts)),
        notes=tuple(_notes(steps, ends, report)),
        found=found_on_the_way(plan.findings),
        bars=_bars(steps, ends),
        heading="What became of each change",
        order="In each kind, what is not done comes first, then what touches security.",
        sections=shown,
        facets=(*plan_facets(every), *_outcomes(every)),
        folded=rest,
    )


def _end(outcome: Outcome | None) -> str:
    return outcome.status if outcome is not None else _UNTRIED


def _more(outcome: Outcome | None) -> tuple[tuple[Mark, ...], tuple[str, ...], tuple[str, ...], int]:
    """The mark, notes, token and urgency of a step that ended so."""
    end = _end(outcome)
    notes: tuple[str, ...] = ()
    if outcome is not None:
        detail = " ".join(filter(None, (outcome.code, outcome.detail)))
        notes = tuple(visible(note) for note in (detail, outcome.hint) if note)
    return (_ENDS[end][0],), notes, (f"end-{end}",), len(_ENDS) - list(_ENDS).index(end)


def _banners(
    plan: Plan, report: Report, steps: Sequence[Told], ends: Mapping[str, Outcome], counts: Mapping[str, int]
) -> Iterator[Banner]:
    undone = sum(counts[end] for end in _ENDS if end not in (Status.DONE, Status.WAITING))
    if report.interrupted:
        lines = ("What was begun is noted; ccconf apply --resume finishes the run.",)
        yield Banner(Tone.BAD, "The run was interrupted.", lines)
    if undone:
        title = f"Not everything is done: {said(undone, 'step is', 'steps are')} open."
        yield Banner(Tone.BAD, title, (*_open_ends(counts), *_open_steps(steps, ends)))
    if plan.undoes:
        yield Banner(Tone.CAUTION, f"This run undoes run {plan.undoes}.")
    if counts[Status.WAITING]:
        title = f"A person is needed for {said(counts[Status.WAITING], 'step', 'steps')}."
        yield Banner(Tone.CAUTION, title, ("What is to be done on which screen stands in the runbook.",))
    if not undone and not report.interrupted and not counts[Status.WAITING]:
        yield Banner(Tone.GOOD, "Everything is done." if counts[Status.DONE] else "There was nothing to do.")


def _open_ends(counts: Mapping[str, int]) -> Iterator[str]:
    for end, (_, one, many) in _ENDS.items():
        if counts[end] and end not in (Status.DONE, Status.WAITING):
            yield f"{said(counts[end], one, many)}."


def _open_steps(steps: Sequence[Told], ends: Mapping[str, Outcome]) -> Iterator[str]:
    """The first of them by name, the worst first, with what is known of the reason."""
    order = list(_ENDS)
    worst = [step for step in steps if _end(ends.get(step.step.id)) not in (Status.DONE, Status.WAITING)]
    worst.sort(key=lambda step: order.index(_end(ends.get(step.step.id))))  # else in the order of the story
    for step in worst[:_NAMED]:
        outcome = ends.get(step.step.id)
        why = (outcome.code, outcome.detail) if outcome is not None else ()
        yield visible(" ".join(filter(None, (str(step.ref), _ENDS[_end(outcome)][0].text, *why))))
    if len(worst) > _NAMED:
        yield f"and {len(worst) - _NAMED:,} more, below"


def _tiles(counts: Mapping[str, int]) -> Iterator[Tile]:
    for end, (mark, one, many) in _ENDS.items():
        if counts[end]:
            yield Tile(counts[end], one if counts[end] == 1 else many, mark.tone)


def _notes(steps: Sequence[Told], ends: Mapping[str, Outcome], report: Report) -> Iterator[str]:
    secure = [step for step in steps if step.security]
    done = sum(_end(ends.get(step.step.id)) == Status.DONE for step in secure)
    if secure:
        yield f"{done} of {said(len(secure), 'change', 'changes')} that touch security are done."
    if report.adopted:
        yield f"{said(report.adopted, 'object was', 'objects were')} noted as ours."


def _bars(steps: Sequence[Told], ends: Mapping[str, Outcome]) -> Bars | None:
    rows = []
    for kind, title in TITLES.items():
        mine = [_end(ends.get(step.step.id)) for step in steps if step.ref.kind == kind]
        done, waiting = mine.count(Status.DONE), mine.count(Status.WAITING)
        if mine:
            rows.append((title, (done, waiting, len(mine) - done - waiting)))
    return Bars("Outcomes by kind", "Kind", ("done", "waits for a person", "not done"), tuple(rows)) if rows else None


def _outcomes(every: Sequence[Section]) -> tuple[Facet, ...]:
    entries: list[Entry] = [entry for section in every for entry in section.entries]
    return facet("end", "Outcome", [(f"end-{end}", mark.text) for end, (mark, _, _) in _ENDS.items()], entries)
