"""A YAML text as a tree in which every node knows where it stands, so that one value can be changed and no other byte.

Offsets count characters of the text that was given. Nothing is resolved: an alias stays an alias.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import yaml

from ccconf.manifest.yaml12 import DEEPEST, _Parser, scalar

Form = Literal["scalar", "map", "list", "alias"]

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+|[&!]\S*$")
_CONTENT = (yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)


class Node:
    """One value. `start` includes its anchor and tag; the `end` of a block is the end of the last thing in it."""

    __slots__ = ("anchor", "children", "end", "flow", "form", "keys", "start", "style", "tag", "text")

    def __init__(self, form: Form, start: int, end: int) -> None:
        self.form = form
        self.start = start
        self.end = end
        self.flow = False
        self.text = ""
        """The text of a scalar, or the name that an alias repeats."""
        self.style = ""
        """The quote or block sign of a scalar; empty for a plain one."""
        self.anchor = ""
        self.tag = ""
        self.keys: list[Node] = []
        """The keys of a mapping, one for each child."""
        self.children: list[Node] = []

    @property
    def empty(self) -> bool:
        """Whether nothing at all is written here."""
        return self.start == self.end

    def value(self) -> Any:
        """Plain data by the rules of the reader; an alias has none, so whoever asks has looked for aliases before."""
        match self.form:
            case "map":
                return {key.text: child.value() for key, child in zip(self.keys, self.children, strict=True)}
            case "list":
                return [child.value() for child in self.children]
            case _:
                return self.text if self.style else scalar(self.text)

    def child(self, key: str) -> Node | None:
        """The value under a key of a mapping."""
        return next((child for name, child in zip(self.keys, self.children, strict=True) if name.text == key), None)

    def walk(self) -> Iterator[Node]:
        """This node, its keys and everything below, in the order of the text."""
        yield self
        for at, child in enumerate(self.children):
            if self.keys:
                yield self.keys[at]
            yield from child.walk()

    def tied(self) -> Node | None:
        """The first anchor, alias or tag in here: what stands there is bound to another place."""
        return next((node for node in self.walk() if node.anchor or node.tag or node.form == "alias"), None)


def tree(text: str, deepest: int = DEEPEST) -> Node | None:
    """The tree of the one document; None where the text says nothing. Below `deepest` levels only spans are known.

    Raises `yaml.YAMLError`; the text has been read before, so that this tells of a text that was spoiled since.
    """
    parser = _Parser(text)
    root: Node | None = None
    stack: list[Node] = []
    last = 0
    while True:
        event: Any = parser.get_event()
        kind = type(event)
        if kind is yaml.StreamEndEvent:
            return root
        if kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            node = stack.pop()
            node.end = last = event.end_mark.index if node.flow else max(last, node.start)
            continue
        if kind not in _CONTENT:
            continue
        node = _node(event, text)
        last = node.end
        if not stack:
            root = node
        elif len(stack) <= deepest:
            _hang(stack[-1], node)
        if kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            stack.append(node)


def _hang(above: Node, node: Node) -> None:
    if above.form == "map" and len(above.keys) == len(above.children):
        above.keys.append(node)
    else:
        above.children.append(node)


def _node(event: Any, text: str) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    match event:
        case yaml.AliasEvent():
            node = Node("alias", start, end)
            node.text = str(event.anchor)
            return node
        case yaml.ScalarEvent():
            node = Node("scalar", start, end)
            node.text = event.value
            node.style = event.style or ""
            if node.style in ("|", ">"):  # libyaml counts the line breaks behind a block as part of it
                node.end = start + len(text[start:end].rstrip())
            elif event.tag is not None and not event.implicit[1]:
                node.style = node.style or "!"  # a tagged scalar is text whatever it looks like
        case _:
            node = Node("map" if isinstance(event, yaml.MappingStartEvent) else "list", start, end)
            node.flow = bool(event.flow_style)
    node.anchor, node.tag = event.anchor or "", event.tag or ""
    return node


def properties(node: Node, text: str) -> str:
    """The anchor and tag of a node as they are written, with the blanks behind them."""
    if not (node.anchor or node.tag):
        return ""
    found = _PROPERTIES.match(text, node.start)
    return found[0] if found else ""


def line_start(text: str, offset: int) -> int:
    """Where the line begins on which a place is."""
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Behind the line break of the line on which a place is, or the end of the text."""
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1
