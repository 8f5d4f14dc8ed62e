"""A drift report in plain words that its formats share: what happened, how much it matters, what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ccconf.model.kinds import KINDS
from ccconf.model.shapes import Weekly
from ccconf.reconcile.drifted import Difference, Drift, Moment, Sort, Weight
from ccconf.report.entries import NOT_KNOWN, Sensitivities, gravest_first, is_gravest, left_out, of_field
from ccconf.report.words import Phrase, counted, described_field, opening, shortened, shown, visible

WEIGHTS = {
    Weight.SECURITY: "Security: who may sign in, do, hear or reach what",
    Weight.ROUTING: "Routing: who gets which calls and chats, and when",
    Weight.COSMETIC: "Cosmetic: nobody can do more or less because of it",
}
"""The chapters, gravest first."""

SORTS = {
    Sort.CONFLICT: "changed on both sides",
    Sort.DRIFT: "changed outside Git",
    Sort.EXPIRED: "ran out",
    Sort.WAITING: "waits for a person",
    Sort.PENDING: "changed in Git, not applied yet",
    Sort.UNMANAGED: "never in Git",
}
"""Why something differs, what needs a decision first."""

TITLES = ("both once had", "platform has", "Git says")
"""What the three values of a difference are."""

NOTHING = "(nothing)"
ALIKE = 4
"""From so many entries on that are the same everywhere, they are only counted."""
LONGEST = 400
"""So many letters of a text tell enough; the JSON report has all of them. Of a longer value what differs is told."""
ROOMY = 4_000
"""So many letters of what differs are shown where nothing limits them."""
_SENTENCE = 800
"""So many in a sentence, whose three values have to fit into an annotation of GitHub."""
BOTH_AGREE = "on which the platform and Git agree"
FIRST = 5
"""So many names stand for all."""

_KINDS = {"user": ("person", "people")}
_STEPS = "▁▂▃▄▅▆▇█"


def kinds(kind: str, count: int) -> str:
    """`1 person`, `3 groups`."""
    one, many = _KINDS.get(kind, (kind, KINDS[kind].plural if kind in KINDS else f"{kind}s"))
    return counted(count, one, many)


def in_order(rows: Sequence[Difference]) -> list[Difference]:
    """By weight, gravest first, then by what needs a decision first, then by object."""
    sorts = list(SORTS)
    return sorted(rows, key=lambda row: (-row.weight.rank, sorts.index(row.sort), row.object, row.field))


def told(drift: Drift) -> list[Difference]:
    """What is told one by one: neither passed over nor merely unknown to Git."""
    return in_order([row for row in drift.open() if row.sort is not Sort.UNMANAGED])


def headline(drift: Drift) -> str:
    """The one sentence for whoever reads no further."""
    outside, target = drift.outside(), visible(drift.target)
    rest = [f"{number} {_OTHERS[sort]}" for sort, number in _counts(drift).items() if sort in _OTHERS and number]
    if not outside:
        if not rest:
            return f"{opening(drift.target)} is as Git says: nothing was changed outside."
        return f"Nothing on {target} was changed outside Git; {', '.join(rest)}."
    one = len(outside) == 1
    grave = sum(row.weight is Weight.SECURITY for row in outside)
    touches = ", which touches security" if one and grave else f", {_touch(grave)}" if not one else ""
    thing = "thing was" if one else "things were"
    said = f"{len(outside):,} {thing} changed outside Git on {target}{touches}"
    since = min((row.when for row in outside if row.when), default="")
    parts = [said, *([f"since {moment(since)}{ago(since, drift.at)}"] if since else []), *_by(outside)]
    return f"{', '.join(parts)}{'; ' + ', '.join(rest) if rest else ''}."


_OTHERS = {
    Sort.PENDING: "changed in Git and not applied yet", Sort.EXPIRED: "ran out", Sort.WAITING: "waiting for a person",
}  # fmt: skip


def _touch(grave: int) -> str:
    return f"{grave:,} of them {'touches' if grave == 1 else 'touch'} security" if grave else "none touches security"


def _counts(drift: Drift) -> dict[Sort, int]:
    return {sort: sum(row.sort is sort for row in drift.open()) for sort in Sort}


def _by(rows: Sequence[Difference]) -> Iterator[str]:
    people = list(dict.fromkeys(row.who for row in in_order(rows) if row.who))
    if not people:
        return
    more = len(people) - 1
    known = all(row.who for row in rows)
    others = f" and {counted(more, 'other')}" if more else ""
    yield f"by {shortened(visible(people[0]), 80)}{others}{'' if known else ' as far as is known'}"


def moment(text: str) -> str:
    """A moment as people read it; what is none stays as it is."""
    read = _read(text)
    return f"{read:%Y-%m-%d %H:%M} UTC" if read else visible(text)


def ago(text: str, now: str) -> str:
    """How long before `now` that was, in brackets; nothing where one of the two is no moment."""
    seconds = age(text, now)
    if seconds is None or seconds < 0:
        return ""
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            return f" ({counted(int(seconds // length), unit)} ago)"
    return " (just now)"


def age(text: str, now: str) -> float | None:
    """Seconds from one moment to the other."""
    then, at = _read(text), _read(now)
    return (at - then).total_seconds() if then and at else None


def _read(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def why(row: Difference, now: str) -> str:
    """What happened, by whom and when: `changed outside Git by bo on …`."""
    by = f" by {shortened(visible(row.who), 80)}" if row.who else ""
    when = f" on {moment(row.when)}{ago(row.when, now)}" if row.when else ""
    return f"{SORTS[row.sort]}{by}{when}"


def values(row: Difference, sensitivities: Sensitivities = NOT_KNOWN, most: int = ROOMY) -> tuple[str, str, str]:
    """What both once had, what the platform has, what Git says; many entries that are the same everywhere are only
    counted.

    Of long values only the entries that differ are shown, the gravest first and in about `most` letters each, and the
    others are counted.
    """
    three = (row.applied, row.live, row.wanted)
    told, alike = _apart(row, three)
    texts = [_value(row, value) for value in told]
    if max(map(len, texts)) > LONGEST and (sides := _sides(row)) is not None:
        return _differing(sides, of_field(sensitivities, row.field), most, noted=row.applied is not None)
    more = f" (and {alike:,} more, the same everywhere)" if alike else ""
    once, live, wanted = (shortened(text, LONGEST) for text in texts)
    return once, live + more, wanted


_Side = Mapping[str, Phrase]
"""The entries of one of the three values, each by what makes it the same on all sides."""


def _sides(row: Difference) -> tuple[_Side, _Side, _Side] | None:
    """The three values by their entries; None where they have none of their own."""
    once, live, wanted = (_entries(row, value) for value in (row.applied, row.live, row.wanted))
    return None if once is None or live is None or wanted is None else (once, live, wanted)


def _entries(row: Difference, value: Any) -> _Side | None:
    match value:
        case None:
            return {}
        case list() | tuple():
            return {text: Phrase(text) for text in (visible(shown(_listed(item))) for item in value)}
        case dict() if row.field and not _is_weekly(row):
            return dict(_of_mapping(value, nested=row.field == "rights"))
        case _:
            return None


def _of_mapping(value: Mapping[str, Any], *, nested: bool) -> Iterator[tuple[str, Phrase]]:
    for key, inner in value.items():
        if nested and isinstance(inner, dict) and inner:
            for name, level in inner.items():
                yield f"{key}\0{name}", Phrase(visible(f"{key}: {name} {shown(level)}"), (name,))
        else:
            yield key, Phrase(visible(shown({key: inner})), (key,))


def _differing(
    sides: tuple[_Side, _Side, _Side], known: Sensitivities, most: int, *, noted: bool
) -> tuple[str, str, str]:
    once, live, wanted = sides
    every = sorted({*once, *live, *wanted})
    alike = {name for name in every if live.get(name) == wanted.get(name) == (once if noted else live).get(name)}
    agreed = {name for name in every if live.get(name) == wanted.get(name)} - alike
    told = [name for name in every if name not in alike | agreed] or [name for name in every if name not in alike]
    shown = [
        _in_room(gravest_first([side[name] for name in told if name in side], known), known, most) for side in sides
    ]
    more = "".join(
        f" (and {count:,} more, {what})"
        for count, what in ((len(alike), "the same everywhere"), (len(agreed - {*told}), BOTH_AGREE))
        if count
    )
    return shown[0], shown[1] + more, shown[2]


def _in_room(entries: Sequence[Phrase], known: Sensitivities, most: int) -> str:
    """As many as there is room for; of the gravest four times as many, so that hardly ever one of them is left out."""
    size, count = 0, 0
    for entry in entries:
        size += len(entry.text) + 2
        if size > most and (size > most * 4 or not is_gravest(entry, known)):
            break
        count += 1
    said = ", ".join(entry.text for entry in entries[:count])
    if rest := entries[count:]:
        return f"{said}, … and {left_out(rest, known)}" if said else f"{left_out(rest, known)}"
    return said or NOTHING


def _apart(row: Difference, three: tuple[Any, Any, Any]) -> tuple[Sequence[Any], int]:
    there = [value for value in three if value is not None]
    if row.live is None or row.wanted is None:  # an empty side has nothing in common with the others
        return three, 0
    if len(there) > 1 and row.field and all(isinstance(value, dict) for value in there):
        alike = {key for key in there[0] if all(key in value and value[key] == there[0][key] for value in there[1:])}
        if len(alike) >= ALIKE:
            return [_without(value, alike) for value in three], len(alike)
    if len(there) > 1 and all(isinstance(value, list | tuple) for value in there):
        same = [item for item in there[0] if all(item in value for value in there[1:])]
        if len(same) >= ALIKE:
            return [None if value is None else [item for item in value if item not in same] for value in three], len(
                same
            )
    return three, 0


def _without(value: Any, keys: set[str]) -> Any:
    return None if value is None else {key: inner for key, inner in value.items() if key not in keys}


def _value(row: Difference, value: Any) -> str:
    if value is None or value in ([], {}):
        return NOTHING
    week = _is_weekly(row) and isinstance(value, dict)
    return visible(", ".join(described_field(Weekly(), None, value)) if week else shown(_listed(value)))


def _is_weekly(row: Difference) -> bool:
    spec = KINDS[row.ref.kind].by_name.get(row.field) if row.ref.kind in KINDS else None
    return spec is not None and isinstance(spec.shape, Weekly)


def _listed(value: Any) -> Any:
    """Tuples as the lists that JSON makes of them."""
    return list(value) if isinstance(value, tuple) else value


def sentence(row: Difference, sensitivities: Sensitivities = NOT_KNOWN) -> str:
    """The difference in one sentence, for formats that have only one."""
    once, live, wanted = values(row, sensitivities, _SENTENCE)
    what = f"{row.object}: {row.field}" if row.field else row.object
    by = f" by {shortened(row.who, 80)}" if row.who else ""
    when = f" on {moment(row.when)}" if row.when else ""
    told = f"the platform has {live}, Git says {wanted}, both once had {once}"
    if row.sort is Sort.UNMANAGED:
        return f"{what} is on the platform and was never in Git{f'; last changed{by}{when}' if by or when else ''}"
    return f"{what} {_VERBS[row.sort]}{by}{when}: {told}"


_VERBS = {
    Sort.DRIFT: "changed outside Git", Sort.CONFLICT: "changed on both sides",
    Sort.PENDING: "changed in Git and is not applied yet", Sort.EXPIRED: "ran out",
    Sort.WAITING: "waits for a person",
}  # fmt: skip


def unmanaged(drift: Drift) -> Iterator[str]:
    """Of each kind how many objects were never in Git, with the first of their names."""
    names: dict[str, list[str]] = {}
    for row in drift.open():
        if row.sort is Sort.UNMANAGED:
            names.setdefault(row.ref.kind, []).append(row.label or row.ref.key)
    for kind, count in sorted({**{kind: len(rows) for kind, rows in names.items()}, **drift.unmanaged}.items()):
        if count:
            first = [shortened(visible(name), 60) for name in names.get(kind, [])[:FIRST]]
            more = ", …" if first and count > len(first) else ""
            yield kinds(kind, count) + (f": {', '.join(first)}{more}" if first else "")


def passed_over(drift: Drift) -> Iterator[str]:
    """By reason, what is ignored and until when."""
    reasons: dict[tuple[str, str], int] = {}
    for row in drift.differences:
        if row.ignored:
            reasons[row.until, row.ignored] = reasons.get((row.until, row.ignored), 0) + 1
    for (until, reason), count in sorted(reasons.items()):
        yield f"{count:,} until {visible(until) or 'further notice'}: {shortened(visible(reason), 200)}"


def covered(drift: Drift) -> Iterator[str]:
    """Of each kind, how much of what is on the platform is in Git."""
    for kind, share in sorted(drift.coverage.items()):
        whole = share.managed + share.unmanaged
        if whole:
            yield f"{share.managed:,} of {kinds(kind, whole)} ({share.managed * 100 // whole}%)"


def seats(drift: Drift) -> str:
    """The use of the licence; empty where nothing is known of it."""
    if drift.seats_bought is not None:
        return f"{drift.seats:,} of {drift.seats_bought:,} seats taken"
    return f"{counted(drift.seats, 'seat')} taken" if drift.seats else ""


def outside_then(moment_: Moment) -> int:
    """How much had been changed outside at that time."""
    return sum(moment_.sorts.get(sort, 0) for sort in (Sort.DRIFT, Sort.CONFLICT))


def trend(drift: Drift) -> str:
    """What was changed outside, from report to report, as a small drawing; empty for a first report."""
    moments = drift.trend[-24:]
    if len(moments) < 2:
        return ""
    counts = [outside_then(row) for row in moments]
    top = max(counts) or 1
    drawn = "".join(_STEPS[count * (len(_STEPS) - 1) // top] for count in counts)
    before, now = counts[-2:]
    last = "→ as before" if now == before else f"{'↑ up' if now > before else '↓ down'} from {before:,}"
    return f"{drawn} {now:,}, {last} ({counted(len(moments), 'report')} since {moment(moments[0].at)})"


def next_steps(drift: Drift) -> Iterator[tuple[str, str]]:
    """What to do, with the exact command for it."""
    counts, outside = _counts(drift), in_order(drift.outside())
    target = shlex.quote(visible(drift.target))
    if outside:
        first = shlex.quote(visible(outside[0].object))
        yield "keep what the platform has", f"ccconf drift -t {target} --accept"
        yield "put back what Git says", f"ccconf drift -t {target} --revert --out back.json"
        if len({row.object for row in outside}) > 1:
            yield "settle one object only", f"ccconf drift -t {target} --accept --only {first}"
    if counts[Sort.PENDING]:
        yield "apply what was changed in Git", f"ccconf apply -t {target}"
    if counts[Sort.WAITING]:
        yield "say what people have done", f"ccconf confirm -t {target}"
    if any(drift.unmanaged.values()) or counts[Sort.UNMANAGED]:
        yield "take what is unknown into Git", f"ccconf import -t {target}"
