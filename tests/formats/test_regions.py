"""A region ends where YAML's own reader says that the word ends."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.report.region import Region, Text


def marked(text: str) -> list[Any]:
    """Every word of a file, with libyaml's marks."""
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    return [event for event in events if isinstance(event, yaml.ScalarEvent) and not event.anchor and not event.tag]


def cut(text: str, region: Region | None) -> str:
    """What an editor would underline."""
    assert region is not None
    lines = text.split("\n")
    if region.line == region.end_line:
        return lines[region.line - 1][region.column - 1 : region.end_column - 1]
    first, *between = lines[region.line - 1 : region.end_line]
    return "\n".join([first[region.column - 1 :], *between[:-1], between[-1][: region.end_column - 1]])


@pytest.mark.parametrize(
    ("text", "line", "column", "seen"),
    [
        ("a: b # c", 1, 4, "b"),
        ("a: b c\n", 1, 4, "b c"),
        ("a: 'it''s' # c", 1, 4, "'it''s'"),
        ('a: {b: "x \\" y", c: d}', 1, 8, '"x \\" y"'),
        ('a: {b: "x", c: d e}', 1, 16, "d e"),
        ("a: {b: [1, 2], c: d}", 1, 4, "{b: [1, 2], c: d}"),
        ("a: [\n  1,\n  '] ',\n  2]\n", 1, 4, "[\n  1,\n  '] ',\n  2]"),
        ("a: *b", 1, 4, "*b"),
        ("a: &b c", 1, 4, "&b"),
        ("a:\n  - x, y\n", 2, 5, "x, y"),
        ("http://x: y", 1, 1, "http://x"),
        ("a: 😀 b", 1, 4, "😀 b"),
        ("a: |\n  text\n", 1, 4, "|"),
        ("a:\n", 1, 3, ""),
        ("a: [never closed", 1, 4, "["),
        ("key: x", 1, 1, "key"),
        ("a\u2028b: x\r\nc: d", 3, 4, "d"),
    ],
)
def test_what_is_underlined(text: str, line: int, column: int, seen: str) -> None:
    assert cut(text, Text(text).region(line, column)) == seen


def test_lines_count_as_in_an_editor() -> None:
    """YAML breaks a line at U+2028; an editor, and SARIF, do not."""
    region = Text('a: "x\u2028y"\nb: c').region(3, 4)
    assert region is not None and (region.line, region.column, region.end_column) == (2, 4, 5)


def test_a_place_that_is_not_there_any_more_has_no_region() -> None:
    for line, column in ((5, 1), (0, 1), (1, 99)):
        assert Text("a: b").region(line, column) is None


_PLAIN = st.from_regex(r"[a-zé😀][a-z0-9 é😀_.@-]{0,8}[a-z]", fullmatch=True)
_SAID = st.one_of(
    _PLAIN, st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
)
_TREES: Any = st.recursive(
    st.one_of(_SAID, st.integers(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_PLAIN, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(tree=_TREES, flow=st.sampled_from([True, False, None]))
def test_words_end_where_libyaml_says(tree: Any, flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, width=10_000)
    regions = Text(text)
    for event in marked(text):
        start, end = event.start_mark, event.end_mark
        if event.style in ("|", ">") or start.line != end.line or start.column == end.column:
            continue
        region = regions.region(start.line + 1, start.column + 1)
        assert cut(text, region) == text.split("\n")[start.line][start.column : end.column]
