"""Changes one value within a text, and nothing else: the smallest patches from what is written to what shall be.

Keys, items and fields that stay keep their lines, quotes, order and comments. What stands behind an anchor or an alias
is bound to another place and is not touched.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ccconf.manifest.editing.page import content_end, keeps_breaks
from ccconf.manifest.editing.paper import Hand, quoted
from ccconf.manifest.editing.tree import Node, line_end, line_start

_COMMA = re.compile(r"[ \t]*,")

Rank = Callable[[str], Any]
"""The place of a key among its sisters, for keys that are new."""


class Tied(Exception):
    """The place cannot be changed without damage. `offset` is where, in the text that is being changed."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


class Patch(NamedTuple):
    """What stands between two places is replaced; an insertion has no width."""

    start: int
    end: int
    text: str


def patched(text: str, patches: Iterable[Patch]) -> str:
    """The text with all patches, which do not overlap; insertions at one place stay in their order."""
    parts: list[str] = []
    done = 0
    for start, end, fresh in sorted(patches, key=lambda patch: (patch.start, patch.end)):
        if start < done:
            raise Tied(start, "two changes meet here")
        parts += [text[done:start], fresh]
        done = end
    return "".join([*parts, text[done:]])


def same(one: Any, other: Any) -> bool:
    """Whether two written values are the same: 1 is not true, and the order of keys says nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(part, other[key]) for key, part in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


class Pen:
    """Collects the patches for one text."""

    def __init__(self, text: str, hand: Hand) -> None:
        self.text = text
        self.hand = hand
        self.moved: Mapping[str, str] = {}
        """Names that are others now: where the new one is wanted it replaces the old one in its place."""
        self.patches: list[Patch] = []

    def done(self) -> str:
        """The new text."""
        return patched(self.text, self.patches)

    def replace(self, node: Node, fresh: str) -> None:
        """Put another text in the place of a node."""
        self.patches.append(Patch(node.start, node.end, fresh))

    def rename(self, key: Node, fresh: str, *, flow: bool) -> None:
        """Another name, in the quotes that the old one had."""
        self.replace(key, self._word(key, fresh, flow=flow))

    def _word(self, old: Node, fresh: str, *, flow: bool) -> str:
        """A text in the quotes that the old one had."""
        return quoted(fresh, old.style) if old.style in ("'", '"') else self.hand.word(fresh, flow=flow)

    def put(self, node: Node, fresh: Any, *, flow: bool, key: Node | None = None, indent: int = 0) -> None:
        """Make a node say `fresh`. `key` is the key in front of it, and `indent` the key's column, in a block."""
        if tied := node.tied():
            raise Tied(tied.start, _bond(tied))
        if same(node.value(), fresh):
            return
        match node.form, fresh:
            case "map", dict() if fresh and node.keys:
                self.map(node, fresh)
            case "list", list() if fresh and node.children:
                self.items(node, fresh)
            case _:
                self._anew(node, fresh, flow=flow, key=key, indent=indent)

    def _anew(self, node: Node, fresh: Any, *, flow: bool, key: Node | None, indent: int) -> None:
        if node.form in ("map", "list") and not node.flow:
            self._block_gone(node)
            self._behind_colon(key, fresh, indent)
        elif node.empty:
            self._behind_colon(key, fresh, indent, flow=flow)
        elif node.flow and "#" in self._gaps(node):
            raise Tied(node.start, "comments stand within the brackets")
        else:
            self._scalar(node, fresh, flow=flow, key=key, indent=indent)

    def _scalar(self, node: Node, fresh: Any, *, flow: bool, key: Node | None, indent: int) -> None:
        """In the place of a scalar, or of brackets."""
        if isinstance(fresh, str) and "\n" not in fresh:
            text = self._word(node, fresh, flow=flow)
        elif flow or key is None:
            text = self.hand.inline(fresh, flow=flow)
        else:
            text = self.hand.behind(indent, node.start - line_start(self.text, node.start) - 1, fresh).removeprefix(" ")
        header = self.text[node.start : line_end(self.text, node.start)]
        if node.style in ("|", ">") and " #" in header:  # the comment behind the sign stays behind what comes instead
            comment = header[header.index(" #") :].rstrip()
            first, _, rest = text.partition(self.hand.newline)
            text = f"{first}{comment}{self.hand.newline}{rest}" if rest else f"{first}{comment}"
        if self.hand.newline in text:
            self._several(node, text)
        else:
            self.replace(node, text)

    def _several(self, node: Node, text: str) -> None:
        """Several lines in the place of a node; a comment behind it stays behind the first of them."""
        first, _, rest = text.partition(self.hand.newline)
        start, end = node.start, node.end
        if not first:  # a list or mapping begins on the next line
            while self.text[start - 1] == " ":
                start -= 1
        behind = self.text[end : line_end(self.text, end)].rstrip()
        comment = behind if behind.lstrip().startswith("#") else ""
        self.patches.append(Patch(start, end + len(comment), f"{first}{comment}{self.hand.newline}{rest}"))

    def _behind_colon(self, key: Node | None, fresh: Any, indent: int, *, flow: bool = False) -> None:
        if key is None:
            raise Tied(0, "the value stands by itself")
        colon = self.colon(key)
        column = colon - line_start(self.text, colon)
        text = f" {self.hand.inline(fresh, flow=True)}" if flow else self.hand.behind(indent, column, fresh)
        head, _, rest = text.partition(self.hand.newline)
        self.patches.append(Patch(colon, colon, head))
        if rest:  # a comment behind the colon stays on its line
            end = line_end(self.text, colon)
            self.patches.append(Patch(end, end, self.line_at(end, rest + self.hand.newline)))

    def colon(self, key: Node) -> int:
        """Behind the colon of a key."""
        found = re.compile(r"[ \t]*:").match(self.text, key.end)
        if found is None:
            raise Tied(key.start, "the key and its value stand on lines of their own")
        return found.end()

    def map(self, node: Node, fresh: Mapping[str, Any]) -> None:
        """Make a mapping say `fresh`, which is not empty, and nothing else; new keys stand in the order of `fresh`."""
        names = [self._name(key.text, fresh) for key in node.keys]
        for at, child in enumerate(node.children):
            names[at] = names[at] or _alike(child, fresh, {*names, *(key.text for key in node.keys)})
        self._pairs(node, names, fresh, list(fresh).index)

    def fields(self, node: Node, fresh: Mapping[str, Any], rank: Rank) -> None:
        """Make some fields of a mapping that has any say `fresh`, and leave the others."""
        self._pairs(node, [key.text for key in node.keys], fresh, rank)

    def _pairs(self, node: Node, names: list[str | None] | list[str], fresh: Mapping[str, Any], order: Rank) -> None:
        for key, child, name in zip(node.keys, node.children, names, strict=True):
            if name not in fresh or name is None:
                continue
            if name != key.text:
                self.rename(key, name, flow=node.flow)
            column = key.start - line_start(self.text, key.start)
            self.put(child, fresh[name], flow=node.flow, key=key, indent=column)
        added = [name for name in fresh if name not in names]
        spans = [(key.start, child) for key, child in zip(node.keys, node.children, strict=True)]
        if node.flow:
            self.brackets(node, spans, names, added, order, {name: self.flow_pair(name, fresh[name]) for name in added})
            return
        indent = node.keys[0].start - line_start(self.text, node.keys[0].start)
        lines = {name: self.hand.pair(indent, name, fresh[name]) for name in added}
        self._block(spans, names, added, order, lines, indent, sign="")

    def without(self, node: Node, gone: str) -> None:
        """Take one field out of a mapping."""
        names = [None if key.text == gone else key.text for key in node.keys]
        if any(names):
            self._pairs(node, names, {}, len)
        else:
            self._anew(node, {}, flow=True, key=None, indent=0)

    def flow_pair(self, name: str, value: Any) -> str:
        """A field within brackets."""
        return f"{self.hand.word(name, flow=True)}: {self.hand.inline(value, flow=True)}"

    def _name(self, old: str, fresh: Mapping[str, Any] | Sequence[Any]) -> str | None:
        """What an entry is called afterwards; None where it goes."""
        if old in fresh:
            return old
        return new if (new := self.moved.get(old)) is not None and new in fresh else None

    def items(self, node: Node, fresh: Sequence[Any]) -> None:
        """Make a list say `fresh`, which is not empty."""
        old = [child.value() for child in node.children]
        if any(not isinstance(item, str) for item in [*old, *fresh]):
            self._records(node, old, fresh)
            return
        names = [self._name(item, fresh) for item in old]
        for child, item, name in zip(node.children, old, names, strict=True):
            if name is not None and name != item:
                self.replace(child, self._word(child, name, flow=node.flow))
        added = [item for item in fresh if item not in names]
        styles = {child.style for child in node.children}
        sign = styles.pop() if styles in ({"'"}, {'"'}) else ""  # where all are in quotes, a new one is, too
        texts = {item: quoted(item, sign) if sign else self.hand.word(item, flow=node.flow) for item in added}
        self._listed(node, names, added, list(fresh).index, texts)

    def _records(self, node: Node, old: Sequence[Any], fresh: Sequence[Any]) -> None:
        """A list of mappings, which are known by their first field: special days by their date."""
        by_name = {_record(item): item for item in fresh}
        old_names = [_record(item) for item in old]
        names = [name if name in by_name and name not in old_names[:at] else None for at, name in enumerate(old_names)]
        for child, name in zip(node.children, names, strict=True):
            if name is not None:
                self.put(child, by_name[name], flow=node.flow)
        added = [name for name in by_name if name not in names]
        texts = {name: self.hand.inline(by_name[name], flow=node.flow) for name in added}
        self._listed(node, names, added, list(by_name).index, texts)

    def _listed(
        self, node: Node, names: list[str | None], added: list[str], order: Rank, texts: Mapping[str, str]
    ) -> None:
        spans = [(child.start, child) for child in node.children]
        if node.flow:
            self.brackets(node, spans, names, added, order, texts)
            return
        first = node.children[0].start
        dash = self.text.rfind("-", line_start(self.text, first), first)
        indent = dash - line_start(self.text, first)
        if dash < 0 or self.text[line_start(self.text, first) : dash].strip():
            raise Tied(first, "the list stands in the middle of a line")
        lines = {name: f"{' ' * indent}- {text}{self.hand.newline}" for name, text in texts.items()}
        self._block(spans, names, added, order, lines, indent, sign="-")

    def _block(
        self,
        spans: Sequence[tuple[int, Node]],
        names: Sequence[str | None],
        added: Iterable[str],
        order: Rank,
        lines: Mapping[str, str],
        indent: int,
        *,
        sign: str,
    ) -> None:
        """Take lines out of a block and put others in. `sign` begins its entries: a dash, or nothing."""
        for (start, child), name in zip(spans, names, strict=True):
            if name is None:
                self._line_gone(start, child, sign)
        for name, after in _anchors(names, added, order):
            begin = line_start(self.text, spans[0][0])
            if after is None and self.text[begin : spans[0][0]].strip(" ") == sign:
                self.patches.append(Patch(begin, begin, lines[name]))
                continue
            # the first key of an item stands behind the item's dash, so nothing can come before it
            end = content_end(self.text, spans[after or 0][1], indent)
            self.patches.append(Patch(end, end, self.line_at(end, lines[name])))

    def line_at(self, end: int, line: str) -> str:
        """A line to be put in at a place; behind a last line without a break it brings the break with it."""
        if end == len(self.text) and end and self.text[end - 1] != "\n":
            return self.hand.newline + line.removesuffix(self.hand.newline)
        return line

    def _line_gone(self, start: int, child: Node, sign: str) -> None:
        if tied := child.tied():
            raise Tied(tied.start, _bond(tied))
        begin = line_start(self.text, start)
        if self.text[begin:start].strip(" ") != sign:
            raise Tied(start, "it shares its line with something else")
        end = line_end(self.text, max(child.end, start))
        if keeps_breaks(self.text, child):
            end = content_end(self.text, child, start - begin)
        self.patches.append(Patch(begin, end, ""))

    def _block_gone(self, node: Node) -> None:
        """Every entry of a block goes; comments on lines of their own stay."""
        starts = [key.start for key in node.keys] or [child.start for child in node.children]
        for start, child in zip(starts, node.children, strict=True):
            self._line_gone(start, child, "-" if node.form == "list" else "")

    def _gaps(self, node: Node) -> str:
        """What stands between the scalars of brackets: signs, blanks and comments."""
        parts, at = [], node.start
        for leaf in node.walk():
            if leaf.form in ("scalar", "alias"):
                parts.append(self.text[at : leaf.start])
                at = leaf.end
        return "".join([*parts, self.text[at : node.end]])

    def brackets(
        self,
        node: Node,
        spans: Sequence[tuple[int, Node]],
        names: Sequence[str | None],
        added: Sequence[str],
        order: Rank,
        texts: Mapping[str, str],
    ) -> None:
        """Take entries out of brackets and put others in."""
        gone = [at for at, name in enumerate(names) if name is None]
        for at in gone:
            if tied := spans[at][1].tied():
                raise Tied(tied.start, _bond(tied))
        if len(gone) == len(spans):
            ends = [node.start, *(child.end for _, child in spans)]
            starts = [*(start for start, _ in spans), node.end]
            if any("#" in self.text[end:start] for end, start in zip(ends, starts, strict=True)):
                raise Tied(node.start, "comments stand within the brackets")
            self.patches.append(Patch(spans[0][0], spans[-1][1].end, ", ".join(texts[name] for name in added)))
            return
        kept = [at for at, name in enumerate(names) if name is not None]
        for at in gone:
            self._out_of_flow(spans, at, kept[-1])
        for name, after in _anchors(names, added, order):
            self._into_flow(node, spans, kept, after, texts[name])

    def _out_of_flow(self, spans: Sequence[tuple[int, Node]], at: int, last: int) -> None:
        """The entry with the comma behind it; behind the `last` that stays, with the comma in front of it."""
        start, child = spans[at]
        if at > last:
            before = spans[at - 1][1].end
            gap = self.text[before:start]
            self.patches.append(Patch(start if "#" in gap else before, child.end, ""))
            return
        gap = self.text[child.end : spans[at + 1][0]]
        end = spans[at + 1][0]
        if "#" in gap:
            comma = _COMMA.match(self.text, child.end)
            end = comma.end() if comma else child.end
        self.patches.append(Patch(start, end, ""))

    def _into_flow(
        self, node: Node, spans: Sequence[tuple[int, Node]], kept: Sequence[int], after: int | None, text: str
    ) -> None:
        before = next((at for at in kept if after is None or at > after), None)
        if before is not None:
            start = spans[before][0]
            gap = self.text[spans[before - 1][1].end : start] if before else ""
            lead = self.text[line_start(self.text, start) : start]
            break_ = self.hand.newline + lead if "\n" in gap and not lead.strip() else " "
            self.patches.append(Patch(start, start, f"{text},{break_}"))
            return
        end = spans[kept[-1]][1].end
        start = spans[kept[-1]][0]
        is_last = kept[-1] == len(spans) - 1
        lead = self.text[line_start(self.text, start) : start]
        own_line = not lead.strip()
        if is_last and "#" in self.text[end : node.end - 1]:
            if not _COMMA.match(self.text, end):
                self.patches.append(Patch(end, end, ","))
            stop = line_end(self.text, end)
            self.patches.append(Patch(stop, stop, f"{lead if own_line else ' '}{text},{self.hand.newline}"))
            return
        self.patches.append(Patch(end, end, f",{self.hand.newline + lead if own_line else ' '}{text}"))


def _bond(node: Node) -> str:
    if node.form == "alias":
        return f"the alias *{node.text} stands here"
    return f"the anchor &{node.anchor} stands here" if node.anchor else "a tag stands here"


def _record(item: Any) -> str:
    """The name of an item among its sisters: of a special day its date."""
    return str(next(iter(item.values()), "")) if isinstance(item, dict) else str(item)


def _alike(child: Node, fresh: Mapping[str, Any], taken: set[str | None]) -> str | None:
    """The new key of the same list: `mon-fri` that becomes `mon-thu` keeps its line and its comment."""
    if child.form != "list" or not child.children or child.tied():
        return None
    value = child.value()
    return next((name for name, part in fresh.items() if name not in taken and same(part, value)), None)


def _anchors(names: Sequence[str | None], added: Iterable[str], order: Rank) -> list[tuple[str, int | None]]:
    """For each new entry the one that stays behind which it comes; None: before the first."""
    kept = [(at, name) for at, name in enumerate(names) if name is not None]
    fresh: list[tuple[Any, int, str]] = []
    for at, name in enumerate(added):
        insort(fresh, (order(name), at, name))
    return [(name, _behind(kept, rank, order)) for rank, _, name in fresh]


def _behind(kept: Sequence[tuple[int, str]], rank: Any, order: Rank) -> int | None:
    below = [(order(name), at) for at, name in kept if order(name) <= rank]
    return max(below)[1] if below else None
