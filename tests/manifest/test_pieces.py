"""A very large file is read in pieces only where that says the same as reading it as a whole."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.manifest import load as load_module
from ccconf.manifest import pieces as pieces_module
from ccconf.manifest.load import load
from ccconf.manifest.pieces import joined, pieces, sections_of
from ccconf.manifest.rows import rows_of
from tests.manifest.mutations import SOUND, spoiled
from tests.manifest.support import target

PEOPLE = "".join(f"  u{n}: {{name: Person {n}, groups: [g{n % 3}], skills: {{s: {n % 5 + 1}}}}}\n" for n in range(40))
GROUPS = "groups:\n  g0: {}\n  g1:\n    name: One\n  g2: {}\n"
LARGE = f"# all of them\nusers:   # people\n{PEOPLE}\n  # a comment between\n{GROUPS}skills:\n    s: {{}}\n"


def cut(text: str, entries: int) -> None:
    """Where a text is cut and its pieces are sound, they say together what the whole says."""
    sections = sections_of(text)
    if sections is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces_module, "ENTRIES_A_PIECE", entries)
        rows = joined(rows_of(piece.encode()) for piece in pieces(text, sections))
    if rows is not None:
        assert rows == rows_of(text.encode())


def test_a_plain_file_is_cut() -> None:
    sections = sections_of(LARGE)
    assert sections is not None
    assert [(section.header, len(section.starts) - 1) for section in sections] == [
        ("users:   # people", 40), ("groups:", 3), ("skills:", 1),
    ]  # fmt: skip
    assert sum(1 for _ in pieces(LARGE, sections)) == 3
    cut(LARGE, 7)


@pytest.mark.parametrize(
    "text",
    [
        "users: {a: {}}\n",
        "users:\n  a: {}\nusers:\n  b: {}\n",
        "users:\n  a: &x {}\n  b: *x\n",
        'users:\n  a: {name: "one\n  b: two"}\n',
        "users:\n  a:\n    name: 'one\n  b: two'\n",
        "users:\n    a: {}\n  b: {}\n",
        "users:\n- a\n",
        "  a: {}\nusers:\n  b: {}\n",
        "users\n",
        "users:\n",
        "",
    ],
)
def test_what_is_not_plain_is_read_as_a_whole(text: str) -> None:
    assert sections_of(text) is None


def test_an_entry_that_stands_twice_is_found_by_the_whole_reading() -> None:
    text = "users:\n  a: {name: A}\n  b: {}\n  a: {name: B}\n"
    sections = sections_of(text)
    assert sections is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces_module, "ENTRIES_A_PIECE", 1)
        assert joined(rows_of(piece.encode()) for piece in pieces(text, sections)) is None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*SOUND, LARGE]), st.integers(0, 2**48), st.integers(1, 9))
def test_pieces_and_whole_say_the_same_of_spoiled_manifests(text: str, seed: int, entries: int) -> None:
    cut(spoiled(text, Random(seed)), entries)


@pytest.mark.parametrize("text", [LARGE, LARGE.replace("Person 7", '"Person'), LARGE.replace("u9:", "u8:")])
def test_one_large_file_loads_the_same_either_way(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = target(tmp_path, {"manifests/all.yaml": text})
    whole = load(place)
    monkeypatch.setattr(load_module, "WORTH_A_CACHE", 0)
    monkeypatch.setattr(load_module, "WORTH_A_POOL", 0)
    monkeypatch.setattr(pieces_module, "ENTRIES_A_PIECE", 3)
    assert load(place).rows == whole.rows
