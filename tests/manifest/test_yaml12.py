"""The reference reader: YAML 1.2, one meaning for each file, and a place for each refusal."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.errors import Broken
from ccconf.findings import Location
from ccconf.manifest import yaml12
from ccconf.manifest.slow_parser import SlowParser
from ccconf.manifest.yaml12 import DEEPEST, LONGEST, Pointer, SecretSource, decode, locate, read
from tests.manifest.mutations import SOUND, spoiled


def data(text: str) -> Any:
    reading = read(text, "x.yaml")
    assert reading.findings == []
    return reading.data


def stopped(text: str) -> str:
    """How a text is refused as a whole: `line:column code`."""
    with pytest.raises(Broken) as caught:
        read(text, "x.yaml")
    (finding,) = caught.value.findings
    assert finding.where is not None and finding.where.path == "x.yaml"
    return f"{finding.where.line}:{finding.where.column} {finding.code}"


def noted(text: str) -> list[str]:
    """What is wrong with a text that can nevertheless be read."""
    return [f"{str(found.where).removeprefix('x.yaml:')} {found.code}" for found in read(text, "x.yaml").findings]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("Off", "Off"), ("y", "y"),
        ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"), ("false", False), ("False", False),
        ("012", 12), ("0o14", 12), ("0O14", "0O14"), ("0x1f", 31), ("0X1F", "0X1F"), ("0b1", "0b1"), ("1_000", "1_000"),
        ("+4", 4), ("-4", -4), ("1e3", 1000.0), ("4.", 4.0), (".5", 0.5), ("1.5", 1.5), (".", "."),
        ("12:30:45", "12:30:45"), ("2026-01-01", "2026-01-01"), ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("~", None), ("", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("'012'", "012"), ('"no"', "no"), ("'~'", "~"), ("''", ""), ("=", "="), ("it''s", "it''s"), ("'it''s'", "it's"),
        ("18446744073709551616", 2**64), ("!!str 012", "012"), ("! 012", "012"), ("a #b", "a"), ("a#b", "a#b"),
        ('"\\u0041\\n"', "A\n"), ("203.0.113.0/24", "203.0.113.0/24"), ("2001:db8::/32", "2001:db8::/32"),
    ],
)  # fmt: skip
def test_a_scalar_means_what_yaml_1_2_says(written: str, meant: Any) -> None:
    value = data(f"key: {written}\n")["key"]
    assert value == meant and type(value) is type(meant)


@pytest.mark.parametrize("key", ["012", "no", "true", "null", "1e3", "0x1f", "12:30", "=", "1", "+48", ".5"])
def test_a_key_keeps_its_text(key: str) -> None:
    assert data(f"{key}: x\n") == {key: "x"}


@pytest.mark.parametrize("number", [".inf", "-.INF", ".nan", "1e999", "-1e999"])
def test_infinity_is_no_number_of_ours(number: str) -> None:
    assert noted(f"a:\n  b: {number}\n") == ["2:6 CC202"]


def test_a_number_of_any_length_is_harmless() -> None:
    assert data(f"a: 0x{'f' * 6000}\n") == {"a": "0x" + "f" * 6000}
    assert noted(f"a: {'9' * 5000}\n") == ["1:4 CC202"]


def test_windows_files_read_like_any_other() -> None:
    text = "# Zażółć\r\nusers:\r\n  a: {name: Zoë}\r\n"
    assert data(decode(b"\xef\xbb\xbf" + text.encode(), "x.yaml")) == {"users": {"a": {"name": "Zoë"}}}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "---\n...\n", "~\n", "null\n"])
def test_an_empty_document_says_nothing(text: str) -> None:
    assert data(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1 CC102"),
        ("users:\n  a: {name: x, name: y}\n", "2:16 CC102"),
        ("users:\n  012: {}\n  '012': {}\n", "3:3 CC102"),
        ("a: !tag x\n", "1:4 CC107"),
        ("a: !!int '5'\n", "1:4 CC107"),
        ("a: !env NAME\n", "1:4 CC110"),
        ("a:\n  - !file x\n", "2:5 CC110"),
        ("a: !foo {b: c}\n", "1:4 CC107"),
        ("x: &x {a: b}\ny:\n  <<: *x\n", "3:3 CC108"),
        ("a:\n  ?\n  : b\n", "2:4 CC112"),
        ("a:\n  ~: b\n", "2:3 CC112"),
        ("a:\n  '': b\n", "2:3 CC112"),
    ],
)
def test_what_could_be_misread_is_noted_at_its_place(text: str, place: str) -> None:
    assert noted(text) == [place]


def test_a_quoted_merge_sign_is_an_ordinary_key() -> None:
    assert data("'<<': x\n'~': y\n") == {"<<": "x", "~": "y"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: *b\n", "1:4 CC105"),
        ("a: &a\n  b: *a\n", "2:6 CC105"),
        ("a: &a [1]\n*a : 2\n", "2:1 CC105"),
        ("a: 1\n---\nb: 2\n", "2:1 CC109"),
        ("a: 1\n...\nb: 2\n", "3:1 CC109"),
        ("[a]: b\n", "1:1 CC112"),
        ("? {a: b}\n: c\n", "1:3 CC112"),
        ("users:\n\ta: {}\n", "2:1 CC101"),
        ("a: 'open\nb: c\n", "1:4 CC101"),
        ("a: b: c\n", "1:5 CC101"),
        ("a: [b, c\nd: e\n", "1:4 CC101"),
        ("a: @b\n", "1:4 CC101"),
        ("a:\n  - b\n c: d\n", "3:2 CC101"),
        (" a: 1\nb: 2\n", "2:1 CC101"),
        ("a: b\x00c\n", "1:5 CC103"),
        ("a: 1\nbb: x\x07\n", "2:6 CC103"),
        ("a: \x7f\n", "1:4 CC103"),
    ],
)
def test_what_breaks_a_file_stops_at_its_place(text: str, place: str) -> None:
    assert stopped(text) == place


def test_the_words_of_a_syntax_error_help() -> None:
    with pytest.raises(Broken, match="a tab stands in the indentation"):
        read("users:\n\ta: {}\n", "x.yaml")
    with pytest.raises(Broken) as caught:
        read("note: 'Agent One\n", "x.yaml")
    assert caught.value.findings[0].hint == "close the quote"


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"\xff\xfea\x00", "1:1"),
        (b"\xfe\xff\x00a", "1:1"),
        ("a: 1\nb: Zoë\n".encode("latin-1"), "2:6"),
        ("ą: 1\nżó: ".encode() + b"\xe9\n", "2:5"),
    ],
)
def test_a_file_that_is_not_utf_8_is_refused_at_the_byte(raw: bytes, place: str) -> None:
    with pytest.raises(Broken) as caught:
        decode(raw, "x.yaml")
    assert str(caught.value.findings[0]).startswith(f"x.yaml:{place} CC103")


def test_an_alias_repeats_its_anchor() -> None:
    assert data("a: &x {k: [1, 2]}\nb: *x\nc: &s text\nd: *s\n") == {
        "a": {"k": [1, 2]}, "b": {"k": [1, 2]}, "c": "text", "d": "text",
    }  # fmt: skip
    assert data("a: &x 1\nb: &x 2\nc: *x\n")["c"] == 2


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert stopped("\n".join(levels)).endswith(" CC105")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening: str) -> None:
    assert stopped(opening * 10_000) == f"1:{DEEPEST * len(opening) + 1} CC104"


def test_the_deepest_nesting_is_still_read() -> None:
    value = data("[" * DEEPEST + "]" * DEEPEST)
    for _ in range(DEEPEST - 1):
        (value,) = value
    assert value == []


def test_fifty_megabytes_in_one_value_are_refused() -> None:
    assert stopped(f"users:\n  a: {{name: {'x' * 50_000_000}}}\n") == "2:13 CC106"


def test_the_longest_text_is_still_read() -> None:
    assert len(data(f"a: {'x' * LONGEST}\n")["a"]) == LONGEST
    assert stopped(f"a: {'x' * (LONGEST + 1)}\n") == "1:4 CC106"


def test_a_nul_far_into_a_large_file_is_found() -> None:
    assert stopped("a: b\n" * 20_000 + "ccc: \x00\n") == "20001:6 CC103"


def test_secrets_are_read_only_where_they_are_asked_for() -> None:
    reading = read("a: !env NAME\nb: !file p/q\n", "c.yaml", secrets=True)
    assert reading.findings == []
    assert reading.data["a"] == SecretSource("env", "NAME", Location("c.yaml", 1, 4))
    assert (reading.data["b"].way, reading.data["b"].name, str(reading.data["b"])) == ("file", "p/q", "***")


class Sunk:
    """What a sink was given."""

    def __init__(self) -> None:
        self.sections: dict[str, dict[str, Any]] = {}

    def __call__(self, section: str, key: str, value: Any) -> None:
        self.sections.setdefault(section, {})[key] = value


@pytest.mark.parametrize("text", [*SOUND, "", "a", "[{users: {a: 1}}]", "users: [a]\nroles: {}\ngroups:\n"])
def test_streaming_gives_the_same_entries_as_reading_whole(text: str) -> None:
    sink = Sunk()
    rest = read(text, "", sink=sink).data
    whole = data(text)
    if not isinstance(whole, dict):
        assert rest == whole and sink.sections == {}
        return
    for section, entries in whole.items():
        assert (sink.sections.get(section) or rest[section]) == entries


def test_streaming_keeps_whole_what_an_alias_may_ask_for() -> None:
    """A section that another one repeats by alias must not arrive there empty."""
    sink = Sunk()
    rest = read("groups: &g {a: {name: A}}\nskills: *g\n", "", sink=sink).data
    assert rest == {"groups": {"a": {"name": "A"}}, "skills": {"a": {"name": "A"}}} and sink.sections == {}


def test_streaming_shows_both_parts_of_a_section_that_is_written_twice() -> None:
    sink = Sunk()
    reading = read("users:\n  a: 1\nusers:\n  b: 2\n", "x", sink=sink)
    assert [str(found.where) for found in reading.findings] == ["x:3:1"]
    assert sink.sections == {"users": {"a": 1, "b": 2}}


_slow_documents = [
    *SOUND,
    "a: [b, {c: d}]\n? e\n: f\n",
    "a: &x {b: 1}\nc: *x\n",
    "a: |\n  two\n  lines\nb: >-\n  folded\n  text\n",
    "a: \"\\u0105\\t\"\nb: 'it''s'\n",
    "012: 012\nno: no\n",
    "",
]


@pytest.mark.parametrize("text", _slow_documents)
def test_a_pyyaml_without_libyaml_reads_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    swift = data(text)
    places = locate(text, "x", frozenset(pointers(swift)))
    monkeypatch.setattr(yaml12, "_Parser", SlowParser)
    assert data(text) == swift
    assert locate(text, "x", frozenset(pointers(swift))) == places


@pytest.mark.parametrize("text", ["a: 'open", "a: b: c", "a: *b", "[" * 100, "a: 1\n--- \nb: 2", "\ta: b\n", "a: \x07"])
def test_a_pyyaml_without_libyaml_refuses_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = stopped(text).split()[1]
    monkeypatch.setattr(yaml12, "_Parser", SlowParser)
    assert stopped(text).split()[1] == code


def pointers(value: Any, at: Pointer = ()) -> list[Pointer]:
    """Every pointer of a document."""
    found = [at]
    if isinstance(value, dict):
        found += [inner for key in value for inner in pointers(value[key], (*at, key))]
    if isinstance(value, list):
        found += [inner for index, item in enumerate(value) for inner in pointers(item, (*at, index))]
    return found


_names = st.text("abz09.é", min_size=1, max_size=6)
_leaves = st.one_of(
    _names, st.integers(0, 99), st.booleans(), st.none(), st.sampled_from(["a: b", "it's", "- x", "007"])
)
_documents = st.dictionaries(
    _names,
    st.recursive(
        _leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_names, inner, max_size=3))
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(_documents, st.sampled_from([None, True, False]), st.integers(2, 4))
def test_every_value_is_found_where_it_stands(document: dict[str, Any], flow: bool | None, indent: int) -> None:
    text = yaml.safe_dump(
        document, default_flow_style=flow, indent=indent, allow_unicode=True, sort_keys=False, width=30
    )
    asked = pointers(document)
    marks = locate(text, "x", frozenset(asked))
    assert marks.keys() == set(asked)
    lines = text.split("\n")
    for pointer in asked[1:]:
        value = document
        for step in pointer:
            value = value[step]  # type: ignore[index] # steps fit by construction
        key, where = marks[pointer]
        standing = lines[where.line - 1][where.column - 1 :]
        assert _begins(standing, value)
        if isinstance(pointer[-1], str):
            assert _begins(lines[key.line - 1][key.column - 1 :], pointer[-1])


def _begins(standing: str, value: Any) -> bool:
    """Whether a line's rest begins with the value as YAML writes it."""
    match value:
        case dict():
            return not value or standing.startswith(("{", "? ", *(mark for key in value for mark in (key, "'", '"'))))
        case list():
            return standing.startswith(("[", "-"))
        case bool():
            return standing.startswith(str(value).lower())
        case None:
            return standing.startswith(("null", "''"))
        case _:
            text = str(value)
            return standing.startswith((text, "'" + text[:1], '"' + text[:1]))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SOUND), st.integers(0, 2**32))
def test_whatever_a_file_holds_is_read_or_refused_with_a_place(text: str, seed: int) -> None:
    """Never a traceback, and never a finding without a place in the file."""
    spoilt = spoiled(text, random.Random(seed))
    try:
        found = read(spoilt, "x.yaml").findings
    except Broken as error:
        found = list(error.findings)
    lines = (
        spoilt.count("\n") + spoilt.count("\r") + spoilt.count("\x85") + spoilt.count("\u2028") + spoilt.count("\u2029")
    )
    assert all(each.where and 1 <= each.where.line <= lines + 2 and each.where.column >= 1 for each in found)
