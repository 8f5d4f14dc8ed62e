"""Puts the new slices of a file together: entries that changed, went or came."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ccconf.manifest.editing.page import Entry, Page, Section, blank_between, content_end
from ccconf.manifest.editing.paper import Hand
from ccconf.manifest.editing.pen import Patch, Pen, patched
from ccconf.manifest.editing.tree import Node, line_end, line_start
from ccconf.model.kinds import KINDS


@dataclass(slots=True)
class Turn:
    """What becomes of the entries of one section."""

    texts: dict[str, str] = field(default_factory=dict)
    """New slices of entries that stay."""
    gone: set[str] = field(default_factory=set)
    fresh: dict[str, str] = field(default_factory=dict)
    """New entries."""


def assembled(page: Page, turns: Mapping[str, Turn]) -> str:
    """The new text of a page, by the turns of its sections. Raises `Tied`."""
    patches: list[Patch] = []
    for name, turn in turns.items():
        section = page.sections.get(name)
        if section is None:
            continue
        if not section.slices:
            patches.append(_first_entries(page, section, turn.fresh))
        elif section.flow:
            patches += _flow_section(page, section, turn)
        else:
            patches += _block_section(page, section, turn)
    new = {
        kind.plural: turns[kind.plural].fresh
        for kind in KINDS.values()
        if kind.plural in turns and kind.plural not in page.sections
    }
    if page.brackets is not None:
        return patched(page.text, [*patches, *_within(page, page.brackets, new)])
    text = patched(page.text, patches)
    for plural, fresh in new.items():
        text = _with_section(text, plural, fresh, page.newline)
    return text


def _block_section(page: Page, section: Section, turn: Turn) -> Iterator[Patch]:
    keys = list(section.slices)
    behind = _behind(keys, turn.fresh)
    gap = page.newline if turn.fresh and blank_between(page, section) else ""
    for at, key in enumerate(keys):
        if key not in turn.gone and key not in turn.texts and key not in behind:
            continue
        start, end = section.slices[key]
        stop = _stop(page, section, key)
        added = "".join(gap + turn.fresh[name] for name in behind.get(key, ()))
        if key in turn.gone:
            start, stop = _leaving(page, section, turn, at, stop)
            yield Patch(start, stop, added)
            continue
        text = turn.texts.get(key, page.text[start:end])
        kept = text[: len(text) - (end - stop)]
        yield Patch(start, stop, _joined(kept, added, page.newline))
    if "" in behind:
        first = section.slices[keys[0]].start
        yield Patch(first, first, "".join(turn.fresh[name] + gap for name in behind[""]))
    if turn.gone.issuperset(keys) and not turn.fresh:
        yield Patch(section.colon, section.colon, " {}")


def _stop(page: Page, section: Section, key: str) -> int:
    """Behind the last line of an entry; what follows in its slice are blank lines, and comments on the next one."""
    start, end = section.slices[key]
    text = page.text[start:end]
    return start + content_end(text, Entry(text, flow=False).body, section.indent)


def _leaving(page: Page, section: Section, turn: Turn, at: int, stop: int) -> tuple[int, int]:
    """What goes with an entry: the comments right above it, in its own column, and one of the blank lines around it."""
    keys = list(section.slices)
    start = section.slices[keys[at]].start
    least = _stop(page, section, keys[at - 1]) if at else start
    while start > least:
        above = line_start(page.text, start - 1)
        if above < least or not page.text.startswith(" " * section.indent + "#", above):
            break
        start = above
    below = page.text[stop : line_end(page.text, stop)]
    is_last = stop == len(page.text)
    above = line_start(page.text, start - 1) if start > least else start
    if above < start and not page.text[above:start].strip() and (is_last or not below.strip()):
        return above, stop
    if not at and not is_last and not below.strip() and not turn.gone.issuperset(keys[1:2]):
        return start, stop + len(below)
    return start, stop


def _behind(keys: list[str], fresh: Collection[str]) -> dict[str, list[str]]:
    """Behind which entry each new one comes: in key order where the file is in key order, else behind the last."""
    ordered = keys == sorted(keys)
    found: dict[str, list[str]] = {}
    for key in sorted(fresh):
        at = bisect(keys, key) if ordered else len(keys)
        found.setdefault(keys[at - 1] if at else "", []).append(key)
    return found


def _joined(text: str, added: str, newline: str) -> str:
    """Entries behind an entry; a last line without a line break leaves the file without one."""
    if not added or text.endswith("\n") or not text:
        return text + added
    return text + newline + added.removesuffix(newline)


def _flow_section(page: Page, section: Section, turn: Turn) -> Iterator[Patch]:
    for key, text in turn.texts.items():
        yield Patch(*section.slices[key], text)
    keys = list(section.slices)
    spans = [(part.start, child) for part, child in zip(section.slices.values(), section.node.children, strict=True)]
    if turn.gone.issuperset(keys) and not turn.fresh:
        yield Patch(spans[0][0], spans[-1][1].end, "")
        return
    pen = Pen(page.text, Hand(page.newline))
    names = [None if key in turn.gone else key for key in keys]
    ordered = keys == sorted(keys)
    pen.brackets(section.node, spans, names, sorted(turn.fresh), lambda key: key if ordered else "", turn.fresh)
    yield from pen.patches


def _first_entries(page: Page, section: Section, fresh: Mapping[str, str]) -> Patch:
    """Into a section that said nothing: `users:`, `users: {}` or `users: null`."""
    body = section.node
    parts = [fresh[key] for key in sorted(fresh)]
    if section.flow:
        return Patch(body.start, body.end, f"{{{', '.join(parts)}}}")
    end = line_end(page.text, section.colon)
    rest = page.text[section.colon : end] if body.empty else page.text[max(body.end, section.colon) : end]
    rest = rest.rstrip()
    return Patch(section.colon, end, f"{rest}{page.newline}{''.join(parts)}")


def _within(page: Page, root: Node, new: Mapping[str, Mapping[str, str]]) -> Iterator[Patch]:
    """New sections in a file that stands within brackets: behind the last one, on a line of their own if that is."""
    if not new:
        return
    is_json = all(key.style == '"' for key in root.keys)
    sections = [
        f"{Hand(json=is_json).word(plural, flow=True)}: {{{', '.join(fresh[key] for key in sorted(fresh))}}}"
        for plural, fresh in new.items()
    ]
    if not root.keys:
        yield Patch(root.start + 1, root.start + 1, ", ".join(sections))
        return
    lead = page.text[line_start(page.text, root.keys[-1].start) : root.keys[-1].start]
    between = f",{page.newline}{lead}" if not lead.strip() else ", "
    end = root.children[-1].end
    yield Patch(end, end, "".join(between + section for section in sections))


def _with_section(text: str, plural: str, fresh: Mapping[str, str], newline: str) -> str:
    """A new section stands at the end of the file."""
    lead = "" if not text or text.endswith("\n") else newline
    gap = newline if text.strip() else ""
    return f"{text}{lead}{gap}{plural}:{newline}{''.join(fresh[key] for key in sorted(fresh))}"
