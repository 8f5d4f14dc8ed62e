"""The page of a plan: nothing of it has been done yet, and what is refused says so on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ccconf.codes import Severity
from ccconf.platform.facts import Route
from ccconf.reconcile.plan import FoundIn, Plan
from ccconf.report.page.folding import folded, warning
from ccconf.report.page.nouns import moment, said
from ccconf.report.page.overview import by_kind, tiles
from ccconf.report.page.steps import ACTS, WAYS, Told, nothing_more, sections, told
from ccconf.report.page.view import Banner, Facet, Found, Mark, Page, Section, Tone, facet
from ccconf.report.story import TITLES, at_rest, by_people, in_numbers, seen_by_people
from ccconf.report.words import visible


def plan_page(plan: Plan, *, at: str) -> Page:
    """What a plan would do."""
    steps = told(plan)
    every = sections(steps, nothing_more)
    shown, rest = folded(every)
    return Page(
        what="Plan: nothing has been changed yet",
        title=f"Plan for {visible(plan.target)}",
        facts=facts(plan, at),
        banners=(*_banners(plan, steps), *warning(rest)),
        tiles=tiles(steps),
        notes=tuple(_notes(plan)),
        found=found_on_the_way(plan.findings),
        bars=by_kind(steps),
        heading="What changes for whom",
        order="In each kind, what touches security comes first.",
        sections=shown,
        facets=plan_facets(every),
        folded=rest,
    )


def facts(plan: Plan, at: str) -> tuple[tuple[str, str], ...]:
    """What the page is about."""
    rows = (
        ("Target", visible(plan.target)),
        ("Platform", visible(plan.platform)),
        ("Address", visible(plan.url)),
        ("Page made", moment(at)),
        ("Plan", visible(plan.id[:12])),
    )
    return tuple((name, value) for name, value in rows if value)


def _banners(plan: Plan, steps: Sequence[Told]) -> Iterator[Banner]:
    if plan.refused:
        yield refusal(plan, "This plan is refused; nothing of it will be applied.")
    if plan.undoes:
        yield Banner(Tone.CAUTION, f"This plan undoes run {plan.undoes}.")
    if plan.selection:
        only = ", ".join(map(visible, plan.selection))
        lines = ("Other objects may differ, too; this plan does not look at them.",)
        yield Banner(Tone.CAUTION, f"Only a part: {only}, and what that needs.", lines)
    yield from for_people(plan)
    if steps:
        yield _security(steps)
    elif not plan.refused:
        adopted = ("The next apply only notes what is already as wanted.",) if plan.counts.adopt else ()
        yield Banner(Tone.GOOD, "Nothing to do.", adopted)


def _security(steps: Sequence[Told]) -> Banner:
    """What is at stake, said of every plan, so that nobody has to conclude it from silence."""
    secure, every = (len({step.ref for step in chosen}) for chosen in ([s for s in steps if s.security], steps))
    if not secure:
        return Banner(Tone.CALM, "Nothing here touches security.", ("Who may sign in, do, hear or reach what stays.",))
    title = f"{secure:,} of {said(every, 'object', 'objects')} {'touches' if secure == 1 else 'touch'} security."
    line = f"{'It changes' if secure == 1 else 'They change'} who may sign in, do, hear or reach what."
    return Banner(Tone.CALM, title, (line,))


def refusal(plan: Plan, title: str) -> Banner:
    """Why a plan cannot be applied."""
    reasons = (found for found in plan.findings if found.severity is Severity.ERROR)
    return Banner(Tone.BAD, title, tuple(_reason(found) for found in reasons))


def _reason(found: FoundIn) -> str:
    hint = f" ({visible(found.hint)})" if found.hint else ""
    return f"{visible(found.code)}: {visible(found.message)}{hint}"


def for_people(plan: Plan) -> Iterator[Banner]:
    """What the program cannot do itself."""
    by_hand = ", ".join(by_people(plan))
    if by_hand:
        count = sum(step.route is not Route.API for step in plan.steps)
        title = f"A person is needed for {said(count, 'step', 'steps')}."
        yield Banner(Tone.CAUTION, title, (f"{by_hand}. Apply writes down what is to be done on which screen.",))


def _notes(plan: Plan) -> Iterator[str]:
    doing, resting = ", ".join(in_numbers(plan.counts)), ", ".join(at_rest(plan.counts))
    if doing:
        yield f"In numbers: {doing}. The platform gets {said(plan.cost, 'call', 'calls')}."
    if resting:
        yield f"{resting[:1].upper()}{resting[1:]}."
    if plan.counts.adopt:
        yield f"{said(plan.counts.adopt, 'object is', 'objects are')} noted as ours with the next apply."
    for seen in seen_by_people(plan):
        yield f"{visible(seen)}."


def found_on_the_way(findings: Iterable[FoundIn]) -> tuple[Found, ...]:
    """The findings of a plan, errors first."""
    ranked = sorted(findings, key=lambda found: list(Severity).index(found.severity))
    return tuple(
        Found(MARKS[found.severity], *map(visible, (found.code, found.message, found.where, found.hint)))
        for found in ranked
    )


MARKS = {
    Severity.ERROR: Mark("error", Tone.BAD, "✕"),
    Severity.WARNING: Mark("warning", Tone.CAUTION, "!"),
    Severity.INFO: Mark("note", Tone.CALM, "i"),
}
"""How a severity is shown."""


def plan_facets(every: Sequence[Section]) -> tuple[Facet, ...]:
    """The filters of a plan."""
    entries = [entry for section in every for entry in section.entries]
    return (
        *facet("kind", "Kind", [(f"kind-{kind}", title) for kind, title in TITLES.items()], entries),
        *facet("act", "Change", [(f"act-{act}", mark.text) for act, mark in ACTS.items()], entries),
        *facet("way", "Way", [(f"way-{route}", word) for route, word in WAYS.items()], entries),
        *facet("security", "Security only", [("security", "security")], entries),
    )
