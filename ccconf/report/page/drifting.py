"""The page of a drift report: what somebody changed outside Git, who and when, with the three values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ccconf.model.change import KEY
from ccconf.model.kinds import KINDS
from ccconf.reconcile.drifted import Difference, Drift, Sort, Weight
from ccconf.reconcile.plan import Plan
from ccconf.report.page import seen
from ccconf.report.page.differing import differing, side_by_side
from ccconf.report.page.folding import folded, warning
from ccconf.report.page.nouns import moment, noun, number, said
from ccconf.report.page.planned import found_on_the_way, refusal
from ccconf.report.page.view import (
    SECURITY,
    Banner,
    Entry,
    Facet,
    Mark,
    Page,
    Row,
    Section,
    Tile,
    Tone,
    facet,
)
from ccconf.report.story import TITLES, in_numbers
from ccconf.report.words import visible

COLUMNS = ("Field", "Both once had", "Platform has", "Git says", "Who, when, where in Git")
_NOTHING = ("not noted", "nothing", "nothing")
"""What an empty value of the three is called."""

SORTS = {
    Sort.DRIFT: Mark("changed outside Git", Tone.BAD, "≠"),
    Sort.CONFLICT: Mark("changed on both sides", Tone.BAD, "⇄"),
    Sort.PENDING: Mark("changed in Git, not applied yet", Tone.CALM, "→"),
    Sort.EXPIRED: Mark("ran out", Tone.CALM, "·"),
    Sort.WAITING: Mark("waits for a person", Tone.CAUTION, "…"),
    Sort.UNMANAGED: Mark("never in Git", Tone.CALM, "·"),
}
WEIGHTS = {
    Weight.SECURITY: SECURITY,
    Weight.ROUTING: Mark("routing", Tone.CAUTION, "›"),
    Weight.COSMETIC: Mark("cosmetic", Tone.CALM),
}
PASSED_OVER = "passed-over"


def drift_page(drift: Drift, plan: Plan | None) -> Page:
    """What differs between Git and a platform; `plan` would put Git's values back."""
    every = tuple(_sections(drift))
    shown, rest = folded(every)
    return Page(
        what="Drift report: nothing has been changed by it",
        title=f"Drift on {visible(drift.target)}",
        facts=_facts(drift),
        banners=(*_banners(drift, plan), *warning(rest)),
        tiles=tuple(_tiles(drift)),
        notes=tuple(_notes(drift, plan)),
        found=found_on_the_way(plan.findings) if plan is not None else (),
        bars=seen.by_kind(drift),
        charts=(*seen.over_time(drift), *seen.licence(drift)),
        tables=(*seen.who_changed(drift), *seen.coverage(drift)),
        heading="What differs",
        order="In each kind, what was changed outside Git comes first, the gravest on top.",
        sections=shown,
        facets=_facets(every),
        folded=rest,
    )


def _facts(drift: Drift) -> tuple[tuple[str, str], ...]:
    rows = (
        ("Target", visible(drift.target)),
        ("Platform", visible(drift.platform)),
        ("Address", visible(drift.url)),
        ("Platform read", moment(drift.at)),
        ("Plan that settles it", visible(drift.plan_id[:12])),
    )
    return tuple((name, value) for name, value in rows if value)


def _count(rows: Iterable[Difference], *sorts: Sort) -> int:
    return sum(row.sort in sorts for row in rows)


def _banners(drift: Drift, plan: Plan | None) -> Iterator[Banner]:
    rows = drift.open()
    outside = drift.outside()
    secure = len(drift.outside(Weight.SECURITY))
    if plan is not None and plan.refused:
        yield refusal(plan, "The plan that would put Git's values back is refused; nothing of it will be applied.")
    if secure:
        title = f"{said(secure, 'change', 'changes')} outside Git {'touches' if secure == 1 else 'touch'} security."
        yield Banner(Tone.BAD, title, ("They change who may sign in, do, hear or reach what.",))
    conflicts, waiting = _count(rows, Sort.CONFLICT), _count(rows, Sort.WAITING)
    if conflicts:
        title = f"A person has to decide {said(conflicts, 'difference', 'differences')}."
        lines = ("Both sides changed, or nobody noted what both said before: accept the platform's value or Git's.",)
        yield Banner(Tone.CAUTION, title, lines)
    if waiting:
        title = f"A person is needed for {said(waiting, 'difference', 'differences')}."
        yield Banner(Tone.CAUTION, title, ("It was handed over to be done on the platform's screens.",))
    if not outside:
        yield _calm(drift)


def _calm(drift: Drift) -> Banner:
    """That nobody changed anything, which is said of what ignore: passes over only with these words."""
    but = "But for what ignore: passes over, " if len(drift.open()) < len(drift.differences) else ""
    same = not drift.open() and not sum(drift.unmanaged.values())
    says = "the platform is as Git says." if same else "nobody changed anything of ours outside Git."
    return Banner(Tone.GOOD, but + (says if but else says[0].upper() + says[1:]))


def _tiles(drift: Drift) -> Iterator[Tile]:
    rows = drift.open()
    yield from _outside(drift.outside())
    words = (
        (Sort.PENDING, "change of Git is not applied yet", "changes of Git are not applied yet"),
        (Sort.EXPIRED, "entry with a date ran out", "entries with a date ran out"),
        (Sort.WAITING, "difference waits for a person", "differences wait for a person"),
    )
    for sort, one, many in words:
        count = _count(rows, sort)
        if count:
            yield Tile(count, one if count == 1 else many, SORTS[sort].tone)
    for kind, count in _strangers(drift):
        verb = "is" if count == 1 else "are"
        yield Tile(count, f"{noun(kind, count)} on the platform {verb} not in Git")
    passed = len(drift.differences) - len(rows)
    if passed:
        yield Tile(passed, f"{'difference is' if passed == 1 else 'differences are'} passed over by ignore:")


def _strangers(drift: Drift) -> Iterator[tuple[str, int]]:
    """By kind, how many objects of the platform were never in Git."""
    return ((kind, drift.unmanaged[kind]) for kind in TITLES if drift.unmanaged.get(kind))


def _outside(rows: Sequence[Difference]) -> Iterator[Tile]:
    """What was changed on the platform: all of it, and how much of what weight."""
    one, many = "change was made outside Git", "changes were made outside Git"
    if rows:
        yield Tile(len(rows), one if len(rows) == 1 else many, Tone.BAD)
    words = {
        Weight.SECURITY: ("of them touches security", "of them touch security"),
        Weight.ROUTING: ("of them is about routing", "of them are about routing"),
        Weight.COSMETIC: ("of them is cosmetic", "of them are cosmetic"),
    }
    for weight, (single, several) in words.items():
        count = sum(row.weight is weight for row in rows)
        if count:
            yield Tile(count, single if count == 1 else several, WEIGHTS[weight].tone)


def _notes(drift: Drift, plan: Plan | None) -> Iterator[str]:
    outside = drift.outside()
    concerned = Counter(kind for kind, _ in {(row.ref.kind, row.object) for row in outside})
    if concerned:
        kinds = ", ".join(
            f"{number(concerned[kind])} {noun(kind, concerned[kind])}" for kind in TITLES if concerned[kind]
        )
        yield f"Concerned by changes outside Git: {kinds}."
    if outside and not any(row.weight is Weight.SECURITY for row in outside):
        yield "Nothing that was changed outside Git touches security."
    if plan is not None and plan.steps:
        yield f"The plan that puts Git's values back: {', '.join(in_numbers(plan.counts))}."
    named = Counter(row.ref.kind for row in drift.differences if row.sort is Sort.UNMANAGED and not row.field)
    for kind, count in _strangers(drift):
        if named[kind] < count:
            yield f"Of {said(count, noun(kind, 1), noun(kind, 2))} not in Git, {number(named[kind])} are named below."


def _sections(drift: Drift) -> Iterator[Section]:
    for kind, title in TITLES.items():
        entries = tuple(_entries(row for row in drift.open() if row.ref.kind == kind))
        if entries:
            yield Section(kind, title, COLUMNS, entries)
    passed = tuple(_entries(row for row in drift.differences if row.ignored))
    if passed:
        says = "ignore: in ccconf.yaml passes over these; they do not count."
        yield Section(PASSED_OVER, "Passed over", COLUMNS, passed, says)


def _entries(rows: Iterable[Difference]) -> Iterator[Entry]:
    by_object: dict[str, list[Difference]] = {}
    for row in rows:
        by_object.setdefault(row.object, []).append(row)
    yield from sorted((_entry(mine) for mine in by_object.values()), key=lambda entry: (-entry.urgency, entry.name))


def _entry(rows: Sequence[Difference]) -> Entry:
    ref = rows[0].ref
    order = {name: place for place, name in enumerate(["", KEY, *KINDS[ref.kind].by_name])}
    ordered = sorted(rows, key=lambda row: (order.get(row.field, len(order)), row.field, row.sort))
    secure = any(row.weight is Weight.SECURITY for row in rows)
    return Entry(
        name=visible(rows[0].object),
        label=visible(rows[0].label) if rows[0].label != ref.key else "",
        act=None,
        marks=(SECURITY,) if secure else (),
        rows=tuple(map(_row, ordered)),
        tokens=(f"kind-{ref.kind}",),
        urgency=max(_urgency(row) for row in rows),
    )


def _urgency(row: Difference) -> int:
    """What somebody did outside Git comes before what is only on its way, each by its weight."""
    outside = row.sort in (Sort.DRIFT, Sort.CONFLICT)
    return row.weight.rank + (len(Weight) if outside else 0)


def _row(row: Difference) -> Row:
    values = (row.applied, row.live, row.wanted)
    spec = KINDS[row.ref.kind].by_name.get(row.field)
    told = any(value is not None for value in values)
    found = differing(spec, values)
    secure = ("security",) if row.weight is Weight.SECURITY else ()
    return Row(
        field=visible(row.field) or "the whole " + noun(row.ref.kind, 1),
        cells=side_by_side(found, values, _NOTHING) if told else (),
        says=visible(row.says) or ("" if told else _WHOLE[row.sort]),
        same=found.same,
        marks=(SORTS[row.sort], WEIGHTS[row.weight]),
        side=tuple(_side(row)),
        tokens=(f"sort-{row.sort}", f"weight-{row.weight}", *secure),
    )


_WHOLE = {
    Sort.DRIFT: "on one side only",
    Sort.CONFLICT: "on one side only",
    Sort.PENDING: "on one side only",
    Sort.EXPIRED: "over",
    Sort.WAITING: "handed over to a person",
    Sort.UNMANAGED: "on the platform, and not in Git",
}
"""What is said of a difference that has neither values nor words of its own."""


def _side(row: Difference) -> Iterator[str]:
    if row.who:
        yield f"by {visible(row.who)}"
    elif row.sort in (Sort.DRIFT, Sort.CONFLICT):
        yield "nobody knows by whom"
    if row.when:
        yield moment(row.when)
    if row.file:
        place = ":".join(str(part) for part in (row.line, row.column) if part)
        yield ":".join(filter(None, (visible(row.file), place)))
    if row.ignored:
        until = f" (until {visible(row.until)})" if row.until else ""
        yield f"passed over: {visible(row.ignored)}{until}"


def _facets(every: Sequence[Section]) -> tuple[Facet, ...]:
    entries = [entry for section in every for entry in section.entries]
    return (
        *facet("kind", "Kind", [(f"kind-{kind}", title) for kind, title in TITLES.items()], entries),
        *facet("sort", "Sort", [(f"sort-{sort}", mark.text) for sort, mark in SORTS.items()], entries),
        *facet("weight", "Weight", [(f"weight-{weight}", mark.text) for weight, mark in WEIGHTS.items()], entries),
        *facet("security", "Security only", [("security", "security")], entries),
    )
