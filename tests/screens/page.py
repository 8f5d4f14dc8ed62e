"""A page as its reader finds it: by the text of links, labels, legends and headings, never by address or id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from html.parser import HTMLParser
from typing import NamedTuple

_EMPTY = frozenset({"input", "link", "meta", "img", "br", "hr"})
Test = Callable[["Node"], bool]


class NotThere(LookupError):
    """What a reader looks for is not on the page."""


def seen(text: str) -> str:
    """Text as a browser shows it, where several blanks are one."""
    return " ".join(text.split())


class Node:
    """One element with its attributes and what is in it."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Node | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.inside: list[Node | str] = []

    @property
    def text(self) -> str:
        """The words in it, without the blanks between the lines of the source."""
        return seen(self.raw)

    @property
    def raw(self) -> str:
        """The text in it as it stands."""
        return "".join(part if isinstance(part, str) else part.raw for part in self.inside)

    def all(self, *tags: str, where: Test = lambda node: True) -> list[Node]:
        """Every element with one of the tags below this one."""
        return [node for node in self.below if node.tag in tags and where(node)]

    def one(self, *tags: str, where: Test, what: str) -> Node:
        """The only such element. Raises `NotThere`, and says what else there is, where there is none or are several."""
        found = self.all(*tags, where=where)
        if len(found) != 1:
            there = sorted({node.name for node in self.all(*tags)})
            raise NotThere(f"{len(found)} times {what}; there are: {', '.join(there)}")
        return found[0]

    @property
    def name(self) -> str:
        """How it is called when it is read aloud."""
        return seen(self.attributes.get("aria-label") or self.text)

    @cached_property
    def below(self) -> list[Node]:
        """Every element in it, as they stand on the page. Kept: a page is asked a hundred times."""
        return list(self._below())

    @cached_property
    def ungrouped(self) -> list[Node]:
        """Those that stand in no group of their own."""
        return list(self._below(into_groups=False))

    def _below(self, *, into_groups: bool = True) -> Iterator[Node]:
        for part in self.inside:
            if isinstance(part, Node):
                yield part
                if into_groups or part.tag != "fieldset":
                    yield from part._below(into_groups=into_groups)

    def link(self, name: str) -> str:
        """The address behind a link."""
        return self.one("a", where=lambda node: node.name == seen(name), what=f"the link {name!r}").attributes["href"]

    def labelled(self, label: str) -> Node:
        """The input, list or text field with that label; what stands in a group of its own is not looked at."""
        shown = seen(label)
        wanted = [field for text, field in self.labels if text == shown]
        if len(wanted) != 1:
            there = sorted({text for text, _ in self.labels})
            raise NotThere(f"{len(wanted)} times the label {label!r}; there are: {', '.join(there)}")
        return self.one(
            "input",
            "select",
            "textarea",
            where=lambda node: node.attributes.get("id") == wanted[0],
            what=f"the field {label!r}",
        )

    @cached_property
    def labels(self) -> list[tuple[str, str]]:
        """What is said by each label outside of groups, on which nobody writes, and the id of what it is said of."""
        return [(node.text, node.attributes["for"]) for node in self.ungrouped if node.tag == "label"]

    def group(self, legend: str) -> Node:
        """The fields that stand together under that legend."""
        shown = seen(legend)
        return self.one("fieldset", where=lambda node: node.legend == shown, what=f"the fields {legend!r}")

    @cached_property
    def legend(self) -> str:
        """What stands over the fields of a group."""
        return next((part.text for part in self.inside if isinstance(part, Node) and part.tag == "legend"), "")

    def has_group(self, legend: str) -> bool:
        """Whether there is such a group of fields."""
        shown = seen(legend)
        return bool(self.all("fieldset", where=lambda node: node.legend == shown))


class Cells(NamedTuple):
    """A row of a table."""

    name: str
    cells: dict[str, str]
    node: Node


def table(page: Node) -> list[Cells]:
    """The rows of the page's table, each with its cells by the heading of their columns."""
    columns = [node.text for node in page.all("th", where=lambda node: node.attributes.get("scope") == "col")]
    rows = []
    for row in page.all("tr"):
        parts = [part for part in row.inside if isinstance(part, Node)]
        if parts and parts[0].attributes.get("scope") == "row":
            texts = dict(zip(columns, (part.text for part in parts), strict=True))
            rows.append(Cells(parts[0].raw, texts, row))
    return rows


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {}, None)
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.inside.append(node)
        if tag not in _EMPTY:
            self._open = node

    def handle_endtag(self, tag: str) -> None:
        assert self._open.tag == tag, f"</{tag}> closes <{self._open.tag}>"
        assert self._open.parent is not None
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        self._open.inside.append(data)


def read(html: str) -> Node:
    """A page, which has to be well formed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._open is reader.root, f"<{reader._open.tag}> is not closed"
    return reader.root
