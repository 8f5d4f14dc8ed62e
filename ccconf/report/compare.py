"""A comparison for people: sums in plain words first, then kind by kind what is on one side only, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from ccconf.model.kinds import KINDS
from ccconf.model.shapes import Weekly
from ccconf.reconcile.compared import Comparison, Difference, Side, Source, There, Unheld
from ccconf.report.fitting import COMMENT, Block, Section, fitted, marker
from ccconf.report.markdown import cell
from ccconf.report.story import TITLES
from ccconf.report.table import table
from ccconf.report.words import counted, described_field, shortened, shown, visible

NOTHING = "(nothing)"
ALIKE = 4
"""From so many entries on that both sides have, they are only counted."""
LONGEST = 400
"""So many letters of a value tell enough; the JSON report has all of them."""
OPEN = 25
"""Up to so many objects a section of Markdown stands open."""

_SOURCES = {
    Source.LIVE: "live", Source.GIT: "what Git says", Source.REVISION: "what Git said",
    Source.SNAPSHOT: "what people saw",
}  # fmt: skip
_COLUMNS = ("", "alike", "differ", "only in A", "only in B")


def compared(found: Comparison) -> Iterator[str]:
    """The whole comparison as text."""
    yield click.style(headline(found), fg="yellow" if found.differences else "green", bold=True)
    yield from (f"  {letter}  {line}" for letter, line in zip("AB", _sides(found), strict=True))
    if found.kinds:
        yield ""
        yield from (f"  {line}" for line in table(_COLUMNS, _counts(found)))
    if found.unheld:
        yield ""
        yield click.style("Not compared, because one side cannot tell it", bold=True)
        yield from (f"  {unheld(found, row)}" for row in found.unheld)
    for chapter in _chapters(found):
        yield ""
        yield click.style(chapter.title, bold=True)
        for number, row in enumerate(chapter.rows):
            yield from _lines(found, row, named=not number or chapter.rows[number - 1].object != row.object)
    if any(row.security for row in found.differences):
        yield ""
        yield "! is about who may sign in, do, hear or reach what."


def headline(found: Comparison) -> str:
    """The one sentence for whoever reads no further."""
    a, b = visible(found.a.word), visible(found.b.word)
    sums = [
        (sum(tally.differing for tally in found.kinds.values()), "has other values", "have other values"),
        (sum(tally.only_a for tally in found.kinds.values()), f"is only in {a}", f"are only in {a}"),
        (sum(tally.only_b for tally in found.kinds.values()), f"is only in {b}", f"are only in {b}"),
    ]
    alike = counted(sum(tally.alike for tally in found.kinds.values()), "object")
    among = f" among {', '.join(map(visible, found.only))}" if found.only else ""
    if not found.differences:
        return f"Nothing differs between {a} and {b}{among}: {alike} alike."
    parts = [f"{count:,} {one if count == 1 else many}" for count, one, many in sums if count]
    differing = sum(count for count, _, _ in sums)
    whole = f"{counted(differing, 'object')} {'differs' if differing == 1 else 'differ'}"
    grave = len({row.object for row in found.differences if row.security})
    about = f" {grave:,} of these {'is' if grave == 1 else 'are'} about access." if grave else ""
    return f"{whole} between {a} and {b}{among}: {', '.join(parts)}; {alike} alike.{about}"


def _sides(found: Comparison) -> Iterator[str]:
    for side in (found.a, found.b):
        yield f"{visible(side.word)}: {_what(side)}"


def _what(side: Side) -> str:
    at = f" {'at' if side.source is Source.REVISION else 'on'} {visible(side.at)}" if side.at else ""
    whose = f", target {visible(side.target)}" if side.target != side.word else ""
    return f"{_SOURCES[side.source]}{at}{whose} ({visible(side.title)})"


def _counts(found: Comparison) -> list[tuple[str, ...]]:
    return [
        (TITLES[kind], *(f"{count:,}" for count in (tally.alike, tally.differing, tally.only_a, tally.only_b)))
        for kind, tally in ((kind, found.kinds[kind]) for kind in KINDS if kind in found.kinds)
    ]


def unheld(found: Comparison, row: Unheld) -> str:
    """What was left out of the comparison, as one sum."""
    side = found.a if row.side == "a" else found.b
    many = counted(row.objects, *(("person", "people") if row.kind == "user" else (row.kind, KINDS[row.kind].plural)))
    what = f"{row.field} of {many}" if row.field else many
    word = visible(side.word)
    why = f"{word} does not tell: no API shows it, or nobody has looked" if row.unseen else ""
    return f"{what}: {why or f'{visible(side.title)} ({word}) has no such thing'}"


class _Chapter(NamedTuple):
    kind: str
    there: There
    title: str
    rows: list[Difference]


def _chapters(found: Comparison) -> Iterator[_Chapter]:
    titles = {
        There.ONLY_A: f"only in {visible(found.a.word)}",
        There.ONLY_B: f"only in {visible(found.b.word)}",
        There.BOTH: "with other values",
    }
    for kind in KINDS:
        for there, said in titles.items():
            rows = [row for row in found.differences if row.kind == kind and row.there is there]
            if rows:
                count = len({row.object for row in rows})
                yield _Chapter(kind, there, f"{TITLES[kind]} {said} ({count:,})", rows)


def _lines(found: Comparison, row: Difference, *, named: bool) -> Iterator[str]:
    alone = row.there is not There.BOTH
    if named:
        mark = click.style("!", fg="red", bold=True) if alone and row.security else " "
        yield f"  {mark} {click.style(_key(row), bold=True)}{_label(row)}"
    if not alone:
        mark = click.style("!", fg="red", bold=True) if row.security else " "
        yield f"    {mark} {row.field}"
        words = (visible(found.a.word), visible(found.b.word))
        width = max(map(len, words)) + 1
        for word, value in zip(words, values(row), strict=True):
            yield f"        {word + ':':<{width}} {value}"


def _key(row: Difference) -> str:
    return shortened(visible(row.object), LONGEST)


def _label(row: Difference) -> str:
    return f"  {shortened(visible(row.label), 200)}" if row.label and row.label != row.object.partition("/")[2] else ""


def values(row: Difference) -> tuple[str, str]:
    """What both sides have; of long lists only that in which they differ."""
    a, b, alike = _apart(row.a, row.b)
    return _with_alike(_value(row, a), alike), _with_alike(_value(row, b), alike)


def _with_alike(told: str, alike: int) -> str:
    if not alike:
        return told
    same = f"the {counted(alike, 'entry', 'entries')} that both have"
    return f"only {same}" if told == NOTHING else f"{told} (and {same})"


def _apart(a: Any, b: Any) -> tuple[Any, Any, int]:
    """Both values without what both have, and how much that is; as they are, where it is not much."""
    match a, b:
        case dict(), dict():
            same = [key for key, value in a.items() if key in b and b[key] == value]
            rest: list[Any] = [{key: side[key] for key in side if key not in same} for side in (a, b)]
        case list(), list():
            same = [value for value in a if value in b]
            rest = [[value for value in side if value not in same] for side in (a, b)]
        case _:
            return a, b, 0
    return (rest[0], rest[1], len(same)) if len(same) >= ALIKE else (a, b, 0)


def _value(row: Difference, value: Any) -> str:
    if value is None or value in ([], {}):
        return NOTHING
    shape = KINDS[row.kind].by_name[row.field].shape
    if isinstance(value, dict):
        week = isinstance(shape, Weekly)
        parts = described_field(shape, None, value) if week else [_entry(key, part) for key, part in value.items()]
        return shortened(", ".join(parts), LONGEST)
    return shortened(shown(value), LONGEST)


def _entry(key: str, value: Any) -> str:
    if value in ({}, [], "", None):
        return visible(key)
    return f"{visible(key)} ({shown(value)})" if isinstance(value, dict) else f"{visible(key)} {shown(value)}"


def compared_markdown(found: Comparison, *, most: int = COMMENT, link: str = "") -> list[str]:
    """The comparison for a pull request or an issue, as far as it fits into `most` bytes."""
    a, b = cell(found.a.word), cell(found.b.word)
    sides = [f"- {letter}: {cell(line)}" for letter, line in zip("AB", _sides(found), strict=True)]
    counts = [f"| {' | '.join(row)} |" for row in _counts(found)]
    head = ["", f"| {' | '.join(_COLUMNS)} |", "|---|--:|--:|--:|--:|", *counts] if counts else []
    top = [
        marker("compare", found.a.word, found.b.word), f"## {a} and {b}", "", f"**{cell(headline(found))}**", "",
        *sides, *head,
    ]  # fmt: skip
    bottom = ["", ":warning: is about who may sign in, do, hear or reach what."]
    secure = any(row.security for row in found.differences)
    return fitted(top, [*_unheld_section(found), *_sections(found)], bottom if secure else [], most=most, link=link)


def _unheld_section(found: Comparison) -> Iterator[Section]:
    if found.unheld:
        blocks = tuple((f"- {cell(unheld(found, row))}",) for row in found.unheld)
        yield Section("unheld", "Not compared, because one side cannot tell it", (), blocks, "lines")


def _sections(found: Comparison) -> Iterator[Section]:
    for chapter in _chapters(found):
        alone = chapter.there is not There.BOTH
        a, b = cell(found.a.word), cell(found.b.word)
        head = (
            ("| | Object | |", "|---|---|---|")
            if alone
            else (f"| | Object | Field | {a} | {b} |", "|---|---|---|---|---|")
        )
        blocks = _alone(chapter.rows) if alone else _blocks(chapter.rows)
        few = len(blocks) <= OPEN
        yield Section(f"{chapter.kind}-{chapter.there}", chapter.title, head, blocks, "objects", is_open=few)


def _alone(rows: Sequence[Difference]) -> tuple[Block, ...]:
    return tuple((f"| {_mark(row)} | **{cell(row.object)}** | {cell(row.label)} |",) for row in rows)


def _blocks(rows: Sequence[Difference]) -> tuple[Block, ...]:
    blocks: dict[str, list[str]] = {}
    for row in rows:
        lines = blocks.setdefault(row.object, [])
        name = f"**{cell(row.object)}** {cell(row.label)}" if not lines else ""
        a, b = map(cell, values(row))
        lines.append(f"| {_mark(row)} | {name} | {cell(row.field)} | {a} | {b} |")
    return tuple(map(tuple, blocks.values()))


def _mark(row: Difference) -> str:
    return ":warning:" if row.security else ""
