"""A plan in plain words: how many people get, lose or keep what, and what changes besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ccconf.model.kinds import KINDS
from ccconf.report.page.differing import ABSENT
from ccconf.report.page.nouns import noun
from ccconf.report.page.steps import Change, Told
from ccconf.report.page.view import Bars, Tile, Tone
from ccconf.report.story import TITLES
from ccconf.report.words import visible

_STAYING = ("changed", "renamed")
_RIGHTS = ("groups", "roles")


def tiles(steps: Sequence[Told]) -> tuple[Tile, ...]:
    """The overview, people first."""
    steps = _whole(steps)
    people = [step for step in steps if step.ref.kind == "user"]
    others = [step for step in steps if step.ref.kind != "user"]
    return tuple(tile for tile in (*_people(people), *_others(others)) if tile.number)


def _whole(steps: Sequence[Told]) -> Sequence[Told]:
    """Without what a person completes of an object that comes or goes: that is told once."""
    moving = {step.ref for step in steps if step.act not in _STAYING}
    return [step for step in steps if step.act not in _STAYING or step.ref not in moving]


def _people(steps: Sequence[Told]) -> Iterator[Tile]:
    yield _tile(steps, lambda step: step.act == "new", "joins", "join", Tone.GOOD, security=True)
    yield _tile(steps, lambda step: step.act == "back", "comes back", "come back", Tone.GOOD, security=True)
    yield _tile(steps, lambda step: step.act == "leaves", "leaves", "leave", Tone.CAUTION, security=True)
    staying = [step for step in steps if step.act in _STAYING]
    for holds, one, many in _ABOUT_ACCESS:
        yield _tile(staying, holds, one, many, Tone.BAD, security=True)
    yield _tile(staying, lambda step: step.act == "renamed", "is renamed", "are renamed")
    yield _otherwise([step for step in staying if step.act != "renamed" and not _about_access(step)])


def _tile(
    steps: Sequence[Told],
    holds: Callable[[Told], bool],
    one: str,
    many: str,
    tone: str = Tone.CALM,
    *,
    security: bool = False,
) -> Tile:
    """How many people it holds for; what a person completes is of the same one."""
    count = len({step.ref for step in steps if holds(step)})
    return Tile(count, f"{noun('user', count)} {one if count == 1 else many}", tone, security)


def _entries(step: Told) -> Iterator[tuple[bool, bool]]:
    """Of each right that changes: whether it was there before, and whether it is afterwards."""
    for change in step.changes:
        if change.field in _RIGHTS:
            for row in change.found.parted:
                yield row.values[0] is not ABSENT, row.values[1] is not ABSENT


def _becomes(field: str, value: object) -> Callable[[Told], bool]:
    def holds(step: Told) -> bool:
        return any(change.field == field and change.after == value for change in step.changes)

    return holds


def _gains(step: Told) -> bool:
    return (False, True) in _entries(step)


def _loses(step: Told) -> bool:
    return (True, False) in _entries(step)


def _others_than_before(step: Told) -> bool:
    return (True, True) in _entries(step)


def _no_second_factor(step: Told) -> bool:
    return any(change.field == "two_factor" and change.before and not change.after for change in step.changes)


_ABOUT_ACCESS: tuple[tuple[Callable[[Told], bool], str, str], ...] = (
    (_gains, "gets new rights", "get new rights"),
    (_loses, "loses rights", "lose rights"),
    (_others_than_before, "gets other rights where rights were", "get other rights where rights were"),
    (_becomes("status", "active"), "may sign in again", "may sign in again"),
    (_becomes("status", "inactive"), "may no longer sign in", "may no longer sign in"),
    (_becomes("two_factor", True), "needs a second factor from now on", "need a second factor from now on"),
    (_no_second_factor, "no longer needs a second factor", "no longer need a second factor"),
)


def _about_access(step: Told) -> bool:
    return any(holds(step) for holds, _, _ in _ABOUT_ACCESS)


def _otherwise(steps: Sequence[Told]) -> Tile:
    fields = {change.field for step in steps for change in step.changes}
    named = [name for name in KINDS["user"].by_name if name in fields]
    tile = _tile(steps, lambda step: True, "changes otherwise", "change otherwise")
    return tile._replace(words=f"{tile.words}: {', '.join(named)}" if named else tile.words)


def _others(steps: Sequence[Told]) -> Iterator[Tile]:
    for kind in TITLES:
        mine = [step for step in steps if step.ref.kind == kind]
        if mine:
            yield from _of_kind(kind, mine)


_MEANS = {
    "role": ("changes what its holders may do", "change what their holders may do"),
    "group": ("changes what its members may do or reach", "change what their members may do or reach"),
    "allowlist": ("changes from where people may sign in", "change from where people may sign in"),
}


def _of_kind(kind: str, steps: Sequence[Told]) -> Iterator[Tile]:
    def tile(chosen: Sequence[Told], one: str, many: str, tone: str, *, security: bool) -> Tile:
        count = len({step.ref for step in chosen})
        return Tile(count, f"{noun(kind, count)} {one if count == 1 else many}", tone, security)

    new, gone = ([step for step in steps if step.act in acts] for acts in (("new", "back"), ("gone", "leaves")))
    staying = [step for step in steps if step.act in _STAYING]
    secure = {step.ref for step in staying if step.security}
    yield tile(new, "is new", "are new", Tone.GOOD, security=any(step.security for step in new))
    yield tile(gone, "is deleted", "are deleted", Tone.CAUTION, security=any(step.security for step in gone))
    touching = [step for step in staying if step.ref in secure]
    yield tile(touching, *_MEANS.get(kind, ("changes access", "change access")), Tone.BAD, security=True)
    calm = [step for step in staying if step.ref not in secure]
    renamed = [step for step in calm if step.act == "renamed"]
    yield tile(renamed, "is renamed", "are renamed", Tone.CALM, security=False)
    rest = [step for step in calm if step.act == "changed"]
    yield tile(rest, f"changes: {_fields(rest)}", f"change: {_fields(rest)}", Tone.CALM, security=False)


def _fields(steps: Sequence[Told]) -> str:
    changes: dict[str, Change] = {change.field: change for step in steps for change in step.changes}
    return ", ".join(map(visible, sorted(changes)))


def by_kind(steps: Sequence[Told]) -> Bars | None:
    """How many objects of each kind come, change and go."""
    steps = _whole(steps)
    acts = (("new", "back"), _STAYING, ("leaves", "gone"))
    rows = []
    for kind, title in TITLES.items():
        counts = tuple(
            len({step.ref for step in steps if step.ref.kind == kind and step.act in chosen}) for chosen in acts
        )
        if any(counts):
            rows.append((title, counts))
    return (
        Bars("Changes by kind", "Kind", ("new or back", "changed", "leaves or deleted"), tuple(rows)) if rows else None
    )
