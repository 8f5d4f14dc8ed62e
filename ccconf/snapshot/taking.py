"""Takes what a file states into the snapshot, unless something about it says that it should not be believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ccconf.errors import Broken, Refused
from ccconf.findings import Finding, Location, did_you_mean, errors, in_order
from ccconf.manifest.shape import Mistake
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts, Operation, Route
from ccconf.platform.record import Entry, Known, Snapshot
from ccconf.snapshot.fields import fields_of, route, seen_by_people
from ccconf.snapshot.judged import Seen, judged
from ccconf.snapshot.stated import Reading, Stated

GUARDS = frozenset(["CC810", "CC811", "CC812"])
"""What is refused although the file is sound, because it would make a plan do much harm."""
FEWEST_TO_SHRINK = 4
"""Of less than so many, half may well go in a day."""


class Consent(NamedTuple):
    """What the person who imports says to know."""

    empty: frozenset[str] = frozenset()
    """The kinds of which there may be none."""
    fewer: bool = False
    older: bool = False


class Taken(NamedTuple):
    """The snapshot as it is with the file, and what is worth knowing about the file."""

    snapshot: Snapshot
    warnings: tuple[Finding, ...]


def take(reading: Reading, file: Path, facts: Facts, held: Snapshot, taken: datetime, consent: Consent) -> Taken:
    """The snapshot with what a file states, taken at that moment.

    Raises `Broken` with everything that is wrong in the file, or `Refused` where only a guard speaks against it.
    """
    seen, mistakes = judged(facts, reading, file.parent)
    kinds = {kind: _known(kind, seen, taken, file.name) for kind in reading.objects}
    found = [*reading.findings, *reading.placed(mistakes), *_twice(reading, seen)]
    found += reading.placed(_nowhere(seen, facts, {**held.kinds, **kinds}))
    if not errors(found):  # what was left out for its mistakes would be missed for no reason
        found += _guards(reading, facts, held, kinds, consent)
    told = in_order(found)
    if stopping := errors(told):
        raise (Refused if all(finding.code in GUARDS for finding in stopping) else Broken)(*told)
    return Taken(Snapshot(dict(sorted({**held.kinds, **kinds}.items()))), told)


def _known(kind: str, seen: Iterable[Seen], taken: datetime, source: str) -> Known:
    mine = sorted((one for one in seen if one.stated.ref.kind == kind), key=lambda one: one.stated.ref.key)
    entries = [(one.stated, Entry(one.resource, one.stated.native_id)) for one in mine]
    live = {stated.ref.key: entry for stated, entry in entries if not stated.deleted}
    gone = {stated.ref.key: entry for stated, entry in entries if stated.deleted}
    return Known(taken, source, live, gone)


def _twice(reading: Reading, seen: Sequence[Seen]) -> Iterator[Finding]:
    """Objects of one name, one id, or one value that no two may share (CC807)."""
    doubles = list(_doubles(seen))
    firsts = reading.placed([first.mistake("CC807", "", *path) for first, _, path, _ in doubles])
    seconds = reading.placed([second.mistake("CC807", message, *path) for _, second, path, message in doubles])
    for first, second in zip(firsts, seconds, strict=True):
        yield Finding(
            code="CC807",
            message=second.message,
            where=second.where,
            subject=second.subject,
            hint=f"the first is at {first.where}: keep the one that is right",
        )


Double = tuple[Stated, Stated, tuple[str, ...], str]
"""The first that said it, the second, the way to what they share, and what that is."""


def _doubles(seen: Sequence[Seen]) -> Iterator[Double]:
    first: dict[tuple[str, ...], Stated] = {}
    for stated, resource in seen:
        kind, key = stated.ref
        state = "deleted" if stated.deleted else "live"
        same = first.setdefault((kind, state, key), stated)
        if same is not stated:
            yield same, stated, (), f"{stated.ref} is listed twice"
            continue
        claims = [(field, getattr(resource, field)) for field in KINDS[kind].unique if not stated.deleted]
        for field, value in [("id", stated.native_id), *claims]:
            if not isinstance(value, str) or not value:
                continue
            other = first.setdefault((kind, field, "", value if field == "id" else value.casefold()), stated)
            if other is not stated:
                yield other, stated, (field,), f"the {field} {value} of {stated.ref} is also {other.ref}'s"


def _nowhere(seen: Iterable[Seen], facts: Facts, known: Mapping[str, Known]) -> Iterator[Mistake]:
    """Names of objects that nobody has seen, each once (CC809). What the API shows may well be there."""
    missing: dict[Ref, list[tuple[Stated, str]]] = {}
    for stated, resource in seen:
        links = [(field, Ref(link.kind, link.key)) for field, link in KINDS[stated.ref.kind].links(resource)]
        whole = facts.within.get(stated.ref.kind)
        for field, ref in [*links, *([("key", Ref(whole, stated.ref.key))] if whole else [])]:
            by_api = route(facts, ref.kind, Operation.READ) is Route.API
            if not by_api and (ref.kind not in known or ref.key not in known[ref.kind].objects):
                missing.setdefault(ref, []).append((stated, field))
    for ref, users in missing.items():
        stated, field = users[0]
        more = f" (and in {len(users) - 1} more)" if len(users) > 1 else ""
        message = f"{field}: nobody has seen a {ref.kind} called {ref.key}{more}"
        there = known[ref.kind].objects if ref.kind in known else {}
        hint = did_you_mean(ref.key, there) if there else f"import the {KINDS[ref.kind].plural} too"
        yield stated.mistake("CC809", message, field, hint=hint)


def _guards(
    reading: Reading, facts: Facts, held: Snapshot, kinds: Mapping[str, Known], consent: Consent
) -> Iterator[Finding]:
    where = Location(reading.path)
    if not kinds:
        yield Finding(code="CC810", message="the file lists nothing", where=where, hint="export it again")
    for kind, known in kinds.items():
        plural = KINDS[kind].plural
        if fields_of(facts, kind) and not seen_by_people(facts, kind):
            message = f"{facts.title} shows its {plural} by API; what this file says of them is not used"
            yield Finding(code="CC815", message=message, where=where)
        if not known.objects and kind not in consent.empty:
            hint = f"export it again; if there are none, say --accept-empty {plural}"
            yield Finding(code="CC810", message=f"the file lists no {plural}", where=where, hint=hint)
        before = held.kinds.get(kind)
        if before is not None:
            yield from _against(before, known, plural, where, consent)


def _against(before: Known, known: Known, plural: str, where: Location, consent: Consent) -> Iterator[Finding]:
    if known.taken < before.taken and not consent.older:
        message = f"the {plural} of {known.taken:%Y-%m-%d %H:%M} UTC are older than those held"
        hint = f"held since {before.taken:%Y-%m-%d %H:%M} UTC, from {before.source}; to go back, say --replace"
        yield Finding(code="CC811", message=message, where=where, hint=hint)
    was, now = len(before.objects), len(known.objects)
    if was >= FEWEST_TO_SHRINK and 0 < now < was / 2 and not consent.fewer:
        message = f"the file lists {now} of the {plural}, and {was} were held"
        hint = "export all of them, without a filter; if so many have gone, say --accept-fewer"
        yield Finding(code="CC812", message=message, where=where, hint=hint)
