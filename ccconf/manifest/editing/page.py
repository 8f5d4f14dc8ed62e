"""One manifest as a row of slices, one for each object in it, so that an edit only ever looks at its own object.

The slices of an ordinary file are found by its indentation. That is believed only where it finds exactly the objects
that the strict reader found, in their order; any other file is walked through event by event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from ccconf.manifest.editing.tree import Node, line_end, line_start, tree
from ccconf.manifest.rows import FileRows
from ccconf.model.kinds import BY_PLURAL, KINDS

MARK = "\ufeff"
DEFAULTS = "defaults"

_EDGE = re.compile(r"^[^ \t\r\n#].*$", re.MULTILINE)
_HEADER = re.compile(r"([a-z]+):[ \t]*(?:#.*)?\r?")
_FIRST = re.compile(r"^( +)(?=[^ \t\r\n#])", re.MULTILINE)
_KEY = re.compile(r" +(?:\"([^\"\\\n]*)\"|'([^'\n]*)'|([^\s\"'#&*!?|>%@`{}\[\],-][^\n]*?))[ ]*:(?=[ \t\r\n]|$)")


class Slice(NamedTuple):
    """Where an entry stands: from its key, or from the beginning of its line, to where the next one begins."""

    start: int
    end: int


@dataclass(slots=True)
class Section:
    """The users, say, of one file."""

    name: str
    colon: int
    """Behind the colon of its header."""
    end: int
    flow: bool = False
    indent: int = 2
    slices: dict[str, Slice] = field(default_factory=dict)
    tied: bool = False
    """Whether an anchor or an alias stands at the section as a whole."""
    node: Node = field(default_factory=lambda: Node("scalar", 0, 0))
    """The value, where the file was walked through."""


@dataclass(slots=True)
class Page:
    """A file's text without its byte-order mark, and where everything stands."""

    text: str
    marked: bool
    newline: str
    sections: dict[str, Section]
    certain: bool
    """Whether the slices are independent of one another: found by indentation, and as the reader has them."""
    brackets: Node | None = None
    """The whole file, where it stands within brackets, as JSON does."""


def page_of(text: str, rows: FileRows, *, marked: bool) -> Page:
    """The slices of a text that says these rows. Raises `yaml.YAMLError` where it does not read any more."""
    page = cut(text, marked=marked)
    return page if page is not None and _are(page, rows) else walked(text, marked=marked)


def cut(text: str, *, marked: bool = False) -> Page | None:
    """The slices that the indentation shows, whoever may have written them; None where it shows none."""
    newline = "\r\n" if "\r\n" in text else "\n"
    sections = _by_indentation(text)
    if sections is None or len({section.name for section in sections}) != len(sections):
        return None
    return Page(text, marked, newline, {section.name: section for section in sections}, certain=True)


def walked(text: str, *, marked: bool = False) -> Page:
    """The slices of any text that reads."""
    newline = "\r\n" if "\r\n" in text else "\n"
    root = tree(text, deepest=2)
    brackets = root if root is not None and root.form == "map" and root.flow else None
    return Page(text, marked, newline, _walked(text, root), certain=False, brackets=brackets)


def _by_indentation(text: str) -> list[Section] | None:
    edges = list(_EDGE.finditer(text))
    if not edges:
        return None
    sections: list[Section] = []
    for edge, after in zip(edges, [*edges[1:], None], strict=True):
        header = _HEADER.fullmatch(edge[0])
        end = after.start() if after else len(text)
        first = _FIRST.search(text, edge.end(), end)
        if header is None or first is None:
            return None
        section = Section(header[1], edge.start() + len(header[1]) + 1, end, indent=len(first[1]))
        if not _fill(section, text, first.start()):
            return None
        sections.append(section)
    return sections


def _fill(section: Section, text: str, start: int) -> bool:
    """Find the entries; False where a line at their indentation does not begin with a key."""
    lines = re.compile(rf"^ {{{section.indent}}}(?=[^ \t\r\n#])", re.MULTILINE)
    starts = [line.start() for line in lines.finditer(text, start, section.end)]
    for begin, end in zip(starts, [*starts[1:], section.end], strict=True):
        found = _KEY.match(text, begin)
        if found is None:
            return False
        key = next(name for name in found.groups() if name is not None)
        if key in section.slices:
            return False
        section.slices[key] = Slice(begin, end)
    return True


def _are(page: Page, rows: FileRows) -> bool:
    """Whether these are the objects that the reader found, neither more nor fewer, in the same order."""
    found = {section.name: list(section.slices) for section in page.sections.values()}
    read = {KINDS[kind].plural: [row.key for row in objects] for kind, objects in rows.objects.items()}
    if rows.defaults:
        read[DEFAULTS] = [KINDS[kind].plural for kind in rows.defaults]
    return found == read


def _walked(text: str, root: Node | None) -> dict[str, Section]:
    if root is None or root.form != "map":
        return {}
    sections: dict[str, Section] = {}
    ends = [*(line_start(text, key.start) if not root.flow else key.start for key in root.keys[1:]), len(text)]
    for key, body, end in zip(root.keys, root.children, ends, strict=True):
        if key.text in BY_PLURAL or key.text == DEFAULTS:
            sections[key.text] = _section(text, key, body, end, within=root.flow)
    return sections


def _section(text: str, key: Node, body: Node, end: int, *, within: bool) -> Section:
    section = Section(key.text, text.find(":", key.end) + 1, end, node=body)
    section.tied = bool(body.anchor or body.tag or body.form == "alias")
    section.flow = within or (body.flow and bool(body.keys))
    if body.form == "map" and body.keys:
        section.indent = body.keys[0].start - line_start(text, body.keys[0].start)
        if body.flow:
            parts = [Slice(one.start, child.end) for one, child in zip(body.keys, body.children, strict=True)]
        else:
            starts = [line_start(text, one.start) for one in body.keys]
            parts = [Slice(*span) for span in zip(starts, [*starts[1:], end], strict=True)]
        section.slices = {one.text: part for one, part in zip(body.keys, parts, strict=True)}
    return section


class Entry:
    """One object as it is written: its text, and the tree of it with places in that text."""

    def __init__(self, text: str, *, flow: bool) -> None:
        self.text = text
        self.flow = flow
        self.tree = _parsed(text, flow=flow)

    @property
    def key(self) -> Node:
        """The key of the object."""
        return self.tree.keys[0]

    @property
    def body(self) -> Node:
        """The fields of the object."""
        return self.tree.children[0]

    def alone(self, section: str) -> bytes:
        """A manifest that holds this object alone."""
        return (f"{section}: {{{self.text}}}\n" if self.flow else f"{section}:\n{self.text}").encode()

    @property
    def bound(self) -> bool:
        """Whether anchors or aliases stand in here, so that it cannot be read alone."""
        return any(node.anchor or node.form == "alias" for node in self.tree.walk())


def _parsed(text: str, *, flow: bool) -> Node:
    """The mapping of one entry."""
    found = tree(f"{{{text}}}" if flow else text)
    if found is None or found.form != "map" or len(found.keys) != 1 or len(found.children) != 1:
        raise yaml.YAMLError(f"not one entry: {text[:80]!r}")
    if flow:
        for node in found.walk():
            node.start, node.end = node.start - 1, node.end - 1
    return found


def content_end(text: str, node: Node, indent: int) -> int:
    """Behind the last line of a value that stands in a block, with comments that are indented deeper than `indent`."""
    end = line_end(text, max(node.end, node.start))
    if keeps_breaks(text, node):
        while end < len(text) and not text[end : line_end(text, end)].strip():
            end = line_end(text, end)
    look = end
    while look < len(text):
        line = text[look : line_end(text, look)]
        blank = line.strip()
        if blank and not (blank.startswith("#") and len(line) - len(line.lstrip(" ")) > indent):
            break
        look += len(line)
        if blank:
            end = look
    return end


def keeps_breaks(text: str, node: Node) -> bool:
    """Whether the blank lines behind the last thing of this value belong to it: `|+`."""
    last = node
    while last.children:
        last = last.children[-1]
    return last.style in ("|", ">") and "+" in text[last.start : line_end(text, last.start)].partition("#")[0]


def blank_between(page: Page, section: Section) -> bool:
    """Whether the objects of a section stand apart by blank lines, judged by the last two."""
    keys = list(section.slices)
    if section.flow or len(keys) < 2:
        return False
    start, end = section.slices[keys[-2]]
    entry = Entry(page.text[start:end], flow=False)
    rest = entry.text[content_end(entry.text, entry.body, section.indent) :]
    return any(not line.strip() for line in rest.splitlines())
