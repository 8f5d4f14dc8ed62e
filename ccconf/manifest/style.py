"""One style for all manifests: the order of the model, two blanks a level, quotes only where they are needed.

What people decided stays: the order of objects, what stands on one line and what on several (as far as it fits), single
blank lines, and every comment beside what it is about. Where an anchor or an alias stands, nothing changes its place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ccconf.manifest.editing.page import DEFAULTS
from ccconf.manifest.editing.paper import STEP, WIDTH, Hand, is_plain, quoted
from ccconf.manifest.editing.tree import Node, line_end, line_start, properties, tree
from ccconf.model.fields import Shape
from ccconf.model.kinds import BY_PLURAL, Kind
from ccconf.model.schema import FORMERLY
from ccconf.model.shapes import Memberships, Networks, Weekly

_COMMENT = re.compile(r"(?:(?<=\s)|^)#[^\n]*", re.MULTILINE)
_START = re.compile(r"^---(?=[ \t\r\n]|$)[^\n]*\n?", re.MULTILINE)
_END = re.compile(r"^\.\.\.(?=[ \t\r\n]|$)", re.MULTILINE)
_EDITORS_LINE = "# yaml-language-server:"
_WORDS = {
    **dict.fromkeys(["True", "TRUE"], "true"),
    **dict.fromkeys(["False", "FALSE"], "false"),
    **dict.fromkeys(["~", "Null", "NULL"], "null"),
}

Order = Callable[[str], Any]


def comments_of(text: str) -> list[str]:
    """Every comment in a text, sorted: what formatting has to keep."""
    return sorted(comment.text for comment in _Stylist(text.replace("\r\n", "\n"), sort=False).comments)


def formatted(text: str, *, sort: bool = False) -> str:
    """A manifest in the house's style; with `sort` its objects in the order of their keys.

    The text has been read before, without its byte-order mark. Its line breaks stay what they are.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = _Stylist(text.replace("\r\n", "\n"), sort=sort).lines()
    return newline.join([*lines, ""]) if lines else ""


class _Comment(NamedTuple):
    start: int
    column: int
    indent: int
    """Of the line on which it stands."""
    text: str
    alone: bool
    """Whether it has the line for itself."""
    blank: bool
    """Whether a blank line stands above it."""


class _Entry(NamedTuple):
    """A child of a mapping or a list, with what belongs to it."""

    key: Node | None
    child: Node
    lead: list[_Comment]
    tail: list[_Comment]
    """Comments behind the last thing in it."""
    limit: int
    """Where the next thing begins."""
    blank: bool

    @property
    def name(self) -> str:
        return self.key.text if self.key is not None else ""


class _Level(NamedTuple):
    """What is known of the things at a level: their order, and what each of them is."""

    order: Order | None = None
    inside: Callable[[str], _Level] | None = None
    shape: Shape | None = None
    """Of a field, how its value may be written."""


class _Stylist:
    """Writes one text anew, line by line."""

    def __init__(self, text: str, *, sort: bool) -> None:
        self.text = text
        self.sort = sort
        self.hand = Hand()
        self.root = tree(text)
        self.comments = list(self._comments())
        self.starts = [comment.start for comment in self.comments]
        self.out: list[str] = []
        self.kept = 0
        """So many lines are not taken away at the end, as they are blank lines of a text."""

    def lines(self) -> list[str]:
        """The new lines, without blank ones at either end."""
        begin, end = self._frame()
        head = self.text[:begin].rstrip().split("\n") if begin else []
        foot = self.text[end:].rstrip().split("\n") if end < len(self.text) else []
        self.out = [line.rstrip() for line in head]
        if self.root is None or self.root.form != "map" or not self.root.keys or self.root.start < begin:
            self.out += self._as_they_are(begin, end)
        else:
            self._body(self.root, begin, end)
        self.out += [line.rstrip() for line in foot]
        while len(self.out) > self.kept and not self.out[-1]:
            self.out.pop()
        return self.out

    def _frame(self) -> tuple[int, int]:
        """Where the document's content may stand: behind `---`, before `...`."""
        first = self.root.start if self.root is not None else len(self.text)
        start = _START.search(self.text, 0, first)
        end = _END.search(self.text, self.root.end if self.root is not None else 0)
        return start.end() if start else 0, end.start() if end else len(self.text)

    def _as_they_are(self, begin: int, end: int) -> list[str]:
        """A text that says nothing, or stands on the line of its `---`: only blanks are put in order."""
        kept: list[str] = []
        for line in self.text[begin:end].split("\n"):
            if line.strip() or (kept and kept[-1]):
                kept.append(line.rstrip())
        return kept

    def _comments(self) -> list[_Comment]:
        found: list[_Comment] = []
        at = 0
        leaves = [leaf for leaf in self.root.walk() if leaf.form in ("scalar", "alias")] if self.root else []
        for start, end in [*((leaf.start, leaf.end) for leaf in leaves), (len(self.text), len(self.text))]:
            for match in _COMMENT.finditer(self.text, at, start):
                line = line_start(self.text, match.start())
                alone = not self.text[line : match.start()].strip()
                column = match.start() - line
                indent = _lead(self.text[line : match.start()])
                found.append(
                    _Comment(match.start(), column, indent, match[0].rstrip(), alone, alone and self._blank(line))
                )
            at = end
        return found

    def _blank(self, line: int) -> bool:
        """Whether a blank line stands above the one that begins here."""
        return line > 0 and not self.text[line_start(self.text, line - 1) : line].strip()

    def _between(self, start: int, end: int, *, alone: bool) -> list[_Comment]:
        found = self.comments[bisect_left(self.starts, start) : bisect_left(self.starts, end)]
        return [comment for comment in found if comment.alone == alone]

    # levels

    def _section_level(self, name: str) -> _Level:
        if name == DEFAULTS:
            return _Level(_by_rank(list(BY_PLURAL)), self._fields_of)
        return _Level((lambda key: key) if self.sort else None, lambda _: self._fields_of(name))

    @staticmethod
    def _fields_of(plural: str) -> _Level:
        kind = BY_PLURAL.get(plural)
        return _field_level(kind) if kind is not None else _Level()

    # blocks

    def _body(self, root: Node, begin: int, end: int) -> None:
        """The sections, with one blank line between them."""
        entries, rest = self._entries(root, begin, self._between(root.end, end, alone=True), end)
        header = self._header(entries[0])
        self._leads(header, 0, first=True)
        entries[0] = entries[0]._replace(lead=entries[0].lead[len(header) :])
        level = _Level(_by_rank([DEFAULTS, *BY_PLURAL]), self._section_level)
        for at, entry in enumerate(self._ordered(entries, level)):
            if at or header:
                self._gap()
            self._entry(entry, 0, level, first=True)
        self._leads(rest, 0, first=False)

    @staticmethod
    def _header(first: _Entry) -> list[_Comment]:
        """The comments on the file as a whole: those that a blank line parts from the first section."""
        if first.blank:
            return first.lead
        parted = [at for at, comment in enumerate(first.lead) if at and comment.blank]
        if not parted and first.lead and first.lead[0].text.startswith(_EDITORS_LINE):
            parted = [1]
        return first.lead[: parted[-1]] if parted else []

    def _gap(self) -> None:
        if self.out and self.out[-1]:
            self.out.append("")

    def _leads(self, comments: Sequence[_Comment], indent: int, *, first: bool) -> None:
        """Comments on lines of their own; a blank line above one stays, but none begins a block."""
        for at, comment in enumerate(comments):
            if comment.blank and not (first and not at):
                self._gap()
            self.out.append(" " * indent + comment.text)

    def _entries(self, node: Node, begin: int, tail: list[_Comment], end: int) -> tuple[list[_Entry], list[_Comment]]:
        """The children with their comments, and the comments behind all of them that belong to the whole."""
        spans = [key.start for key in node.keys] or [child.start for child in node.children]
        column = spans[0] - line_start(self.text, spans[0]) if node.form == "map" else self._dash(spans[0])
        entries: list[_Entry] = []
        for at, (start, child) in enumerate(zip(spans, node.children, strict=True)):
            zone = self._between(node.children[at - 1].end if at else begin, start, alone=True)
            if at:
                deeper, zone = self._split(zone, entries[-1].child, column)
                entries[-1].tail.extend(deeper)
            limit = spans[at + 1] if at + 1 < len(spans) else (node.end - 1 if node.flow else end)
            blank = self._blank(line_start(self.text, start)) and self._begins_line(start)
            entries.append(_Entry(node.keys[at] if node.keys else None, child, zone, [], limit, blank))
        behind = [*self._between(node.children[-1].end, node.end - 1, alone=True), *tail] if node.flow else tail
        deeper, rest = self._split(behind, entries[-1].child, column)
        entries[-1].tail.extend(deeper)
        return entries, rest

    def _dash(self, start: int) -> int:
        line = line_start(self.text, start)
        dash = self.text.rfind("-", line, start)
        return (dash if dash >= 0 else start) - line

    def _begins_line(self, start: int) -> bool:
        return not self.text[line_start(self.text, start) : start].strip(" -")

    @staticmethod
    def _split(zone: list[_Comment], before: Node, column: int) -> tuple[list[_Comment], list[_Comment]]:
        """Comments behind a block that are indented like what is in it belong to it; the others to what comes next."""
        if before.form not in ("map", "list") or before.flow:
            return [], zone
        at = next((at for at, comment in enumerate(zone) if comment.column <= column), len(zone))
        return zone[:at], zone[at:]

    def _ordered(self, entries: list[_Entry], level: _Level) -> list[_Entry]:
        """In the order of the level, unless something here is bound to its place."""
        order = level.order
        if order is None or any(entry.child.tied() or (entry.key and entry.key.anchor) for entry in entries):
            return entries
        return sorted(entries, key=lambda entry: order(entry.name))

    def _block(self, node: Node, begin: int, tail: list[_Comment], limit: int, indent: int, level: _Level) -> None:
        """The children of a node, each on lines of its own."""
        entries, rest = self._entries(node, begin, tail, limit)
        for at, entry in enumerate(self._ordered(entries, level)):
            self._entry(entry, indent, level, first=not at)
        self._leads(rest, indent, first=False)

    def _entry(self, entry: _Entry, indent: int, level: _Level, *, first: bool) -> None:
        """One child: its comments, its key or dash, and its value."""
        inner = level.inside(entry.name) if level.inside is not None else _Level()
        key, child = entry.key, entry.child
        start = " " * indent + (f"{self._scalar(key, flow=False)}:" if key is not None else "-")
        begin = key.end if key is not None else child.start
        self._leads(entry.lead, indent, first=first)
        if entry.blank and (entry.lead or not first):
            self._gap()
        line = self._one_line(child, inner, indent, len(start))
        if line is None and child.form != "scalar":
            self._opened(start, begin, entry, indent, inner)
            return
        notes = [*self._between(begin, child.start, alone=False), *self._behind(child, entry.limit)]
        self._leads([*self._between(begin, child.start, alone=True), *notes[1:]], indent, first=False)
        if line is None:
            self._literal(start, entry, indent)
        else:
            head, *more = line.split("\n")
            self.out += [_with(f"{start}{head}", notes[:1]), *more]
        self._leads(entry.tail, indent, first=False)

    def _behind(self, child: Node, limit: int) -> list[_Comment]:
        """The comment behind a value, on its last line."""
        return self._between(child.end, min(line_end(self.text, child.end), max(limit, child.end)), alone=False)

    def _opened(self, start: str, begin: int, entry: _Entry, indent: int, level: _Level) -> None:
        """A list or mapping with its entries on lines of their own."""
        child = entry.child
        first = (child.keys or child.children)[0].start
        head = [*self._between(begin, first, alone=False), *(self._behind(child, entry.limit) if child.flow else ())]
        tied = properties(child, self.text).rstrip()
        limit = child.end - 1 if child.flow else entry.limit
        if entry.key is None and child.form == "map" and not tied:
            self._leads(head, indent, first=False)
            self._item(start, entry, limit, indent, level)
            return
        self._leads(head[1:], indent, first=False)
        self.out.append(_with(f"{start} {tied}" if tied else start, head[:1]))
        self._block(child, begin, entry.tail, limit, indent + len(STEP), level)

    def _item(self, start: str, entry: _Entry, limit: int, indent: int, level: _Level) -> None:
        """A mapping in a list: its first key stands behind the dash, and what stood above the key above both."""
        at = len(self.out)
        self._block(entry.child, entry.child.start, entry.tail, limit, indent + len(STEP), level)
        while self.out[at].lstrip().startswith("#") or not self.out[at]:
            self.out[at] = self.out[at][len(STEP) :]
            at += 1
        self.out[at] = f"{start} {self.out[at].lstrip()}"

    def _literal(self, start: str, entry: _Entry, indent: int) -> None:
        """Text on several lines, moved to its new column as a whole."""
        node = entry.child
        header, *lines = self.text[node.start : node.end].split("\n")
        sign = header.partition(" #")[0]
        above = (entry.key or node).start
        old = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
        column = above - line_start(self.text, above)
        shift = indent - column if re.search("[0-9]", sign) else indent + len(STEP) - old
        self.out += [f"{start} {header.rstrip()}", *(_shifted(line, shift) for line in lines)]
        if "+" in sign:  # the blank lines behind it are part of the text
            behind = self.text[node.end :]
            blank = behind[: len(behind) - len(behind.lstrip())]
            self.out += [""] * (blank.count("\n") - 1)
            self.kept = len(self.out)

    # one line

    def _one_line(self, node: Node, level: _Level, indent: int, column: int) -> str | None:
        """What stands behind a key on its line; None for what needs lines of its own."""
        if node.form in ("scalar", "alias"):
            text = None if node.style in ("|", ">") else self._scalar(node, flow=False)
            return f" {text}" if text else text
        if not node.children:
            return f" {properties(node, self.text)}{'{}' if node.form == 'map' else '[]'}"
        noted = bisect_left(self.starts, node.end) > bisect_left(self.starts, node.start)
        short = None if noted or node.tied() else _short(level.shape, node)
        if short is not None:
            return self.hand.behind(indent, column, short)
        if noted or not node.flow:
            return None
        text = self._flow(node, level)
        return f" {text}" if column + 1 + len(text) <= WIDTH else None

    def _flow(self, node: Node, level: _Level) -> str:
        """Any value within brackets."""
        if node.form in ("scalar", "alias"):
            return self._scalar(node, flow=True)
        tied = properties(node, self.text)
        if node.form == "list":
            return f"{tied}[{', '.join(self._flow(child, _Level()) for child in node.children)}]"
        short = None if node.tied() else _short(level.shape, node)
        if short is not None:
            return self.hand.inline(short, flow=True)
        entries = [_Entry(key, child, [], [], 0, False) for key, child in zip(node.keys, node.children, strict=True)]
        pairs = [self._pair(entry, level) for entry in self._ordered(entries, level)]
        return f"{tied}{{{', '.join(pairs)}}}"

    def _pair(self, entry: _Entry, level: _Level) -> str:
        inner = level.inside(entry.name) if level.inside is not None else _Level()
        assert entry.key is not None
        value = self._flow(entry.child, inner)
        return f"{self._scalar(entry.key, flow=True)}: {value}" if value else f"{self._scalar(entry.key, flow=True)}:"

    def _scalar(self, node: Node, *, flow: bool) -> str:
        """A scalar as it is written, without quotes that it does not need."""
        raw = self.text[node.start : node.end]
        if node.form == "alias" or node.tag or node.anchor:
            return raw
        if node.style in ("'", '"'):
            if is_plain(node.text, flow=flow):
                return node.text
            return raw if "\n" not in raw else quoted(node.text, node.style)
        if "\n" in raw:
            return node.text if is_plain(node.text, flow=flow) else quoted(node.text, '"')
        return _WORDS.get(raw, raw)


def _short(shape: Shape | None, node: Node) -> Any:
    """A shorter way to write a value: groups without roles as a list, days with the same hours together."""
    value = node.value()
    match shape, value:
        case Memberships() | Networks(), dict() if not any(value.values()):
            return list(value)
        case Weekly(), dict():
            short = shape.written(shape.canonical(value))
            return short if 0 < len(short) < len(value) and all(value.values()) else None
    return None


def _field_level(kind: Kind) -> _Level:
    """The fields of an object in the order of the model; `formerly` comes last."""
    return _Level(
        _by_rank([spec.name for spec in kind.specs] + [FORMERLY]),
        lambda name: _Level(shape=kind.by_name[name].shape) if name in kind.by_name else _Level(),
    )


def _by_rank(names: Sequence[str]) -> Order:
    ranks = {name: at for at, name in enumerate(names)}
    return lambda name: ranks.get(name, len(ranks))


def _with(line: str, notes: Sequence[_Comment]) -> str:
    """A line with the comment behind it, in the column where it stood if the line leaves room for that."""
    if not notes:
        return line
    moved = _lead(line) - notes[0].indent
    blanks = notes[0].column + moved - len(line)
    return f"{line}{' ' * (blanks if blanks > 0 else 2)}{notes[0].text}"


def _lead(line: str) -> int:
    """The column where a line begins to say something, behind its dash."""
    return len(line) - len(line.lstrip(" -"))


def _shifted(line: str, shift: int) -> str:
    """A line of a text, further right or left."""
    if shift < 0:
        return line[-shift:] if line[:-shift].strip() == "" else line
    return " " * shift + line if line else ""
