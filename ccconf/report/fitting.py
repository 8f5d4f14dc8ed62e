"""Markdown that fits into a comment: whole rows and whole sections, and a count of what had to be left out."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

COMMENT = 65_536
"""The most characters of a comment on GitHub. Bytes are counted here, which are never fewer by any way of counting."""

_SHORT = 8
"""Up to so many blocks a section is no burden, and a long one before it may not crowd it out."""

Block = tuple[str, ...]
"""Lines that stay together: the rows of one object."""


class Section(NamedTuple):
    """A part that can be folded; without a title it stands open for good."""

    anchor: str
    """Names the section in a hidden comment, alike in every report."""
    title: str
    head: tuple[str, ...]
    """The head of a table, or nothing."""
    blocks: tuple[Block, ...]
    more: str = "more"
    """What is counted where some are left out: `people more`."""
    is_open: bool = False
    grave: frozenset[int] = frozenset()
    """The numbers of the blocks that are kept before any other."""


def marker(command: str, *targets: str) -> str:
    """The hidden first line by which a comment of an earlier run is found again."""
    named = ",".join(quote(target, safe="", errors="surrogatepass") for target in targets)
    return f"<!-- ccconf {command} {named.replace('--', '-%2D')} -->"


def fitted(
    top: Sequence[str], sections: Sequence[Section], bottom: Sequence[str], *, most: int = COMMENT, link: str = ""
) -> list[str]:
    """All of it where it fits, else as much as fits: short sections, then the others in their order; in both what is
    grave first. Top and bottom are never left out.
    """
    rest = most - _size(top) - _size(bottom) - sum(_size(_frame(section, link)) for section in sections)
    kept: dict[str, set[int]] = {section.anchor: set() for section in sections}
    turns = sorted(
        (len(section.blocks) > _SHORT, number not in section.grave, place, number)
        for place, section in enumerate(sections)
        for number in range(len(section.blocks))
    )
    for _, _, place, number in turns:
        section = sections[place]
        if (size := _size(section.blocks[number])) <= rest:
            rest -= size
            kept[section.anchor].add(number)
    shown = ([section.blocks[number] for number in sorted(kept[section.anchor])] for section in sections)
    told = (line for section, blocks in zip(sections, shown, strict=True) for line in _shown(section, blocks, link))
    return [*top, *told, *bottom]


def fits(top: Sequence[str], sections: Sequence[Section], bottom: Sequence[str], *, most: int = COMMENT) -> bool:
    """Whether nothing has to be left out."""
    blocks = sum(_size(block) for section in sections for block in section.blocks)
    frames = sum(_size(_frame(section, "")) for section in sections)
    return _size(top) + _size(bottom) + frames + blocks <= most


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _frame(section: Section, link: str) -> list[str]:
    """What a section needs besides its blocks, the note of what is left out included."""
    return [*_shown(section, [()], link), "", *_left_out(len(section.blocks), section, link)]


def _shown(section: Section, kept: Sequence[Block], link: str) -> list[str]:
    missing = len(section.blocks) - len(kept)
    body = [*section.head, *(line for block in kept for line in block)] if kept else []
    note = ["", *_left_out(missing, section, link)] if missing > 0 and kept != [()] else []
    return ["", f"<!-- ccconf:{section.anchor} -->", *_folded(section, [*body, *note])]


def _folded(section: Section, body: Sequence[str]) -> Iterator[str]:
    if not section.title:
        yield from body
        return
    yield "<details open>" if section.is_open else "<details>"
    yield f"<summary>{html.escape(section.title)}</summary>"
    yield ""
    yield from body
    yield ""
    yield "</details>"


def _left_out(count: int, section: Section, link: str) -> Iterator[str]:
    yield f"{count:,} {section.more} left out here for want of room: see {elsewhere(link)}."


def elsewhere(link: str) -> str:
    """Where all of it can be read."""
    return f"[the whole report]({link})" if link else "the whole report (`--report html=…` or `json=…`)"
