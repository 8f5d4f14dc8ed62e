"""Where something stands is found by reading its object alone, and is where a reading of the whole file finds it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccconf.conformance.worlds import worlds
from ccconf.manifest.places import marks_of
from ccconf.manifest.yaml12 import Marks, Pointer, _walk, decode, locate
from tests.editing.pages import projects


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_each_object_alone_tells_what_the_whole_file_does(data: st.DataObject) -> None:
    files, _ = data.draw(projects(data.draw(worlds())))
    for name, raw in files.items():
        text = decode(raw, name)
        every = [pointer for pointer, _ in _walk(text, name) if len(pointer) > 1]
        for pointer in every:
            whole = locate(text, name, frozenset([pointer]))
            assert {pointer: marks_of(text, name, [pointer])[pointer]} == whole


@pytest.mark.parametrize("odd", ["\r", "\x85", "\u2028"])
def test_whatever_counts_as_a_line_break(odd: str) -> None:
    text = f'users:\n  ann:\n    name: "A{odd}    nn"\n  bo:\n    name: Bo\n'
    pointer: Pointer = ("users", "bo", "name")
    assert marks_of(text, "a.yaml", [pointer])[pointer] == locate(text, "a.yaml", frozenset([pointer]))[pointer]


def test_a_file_of_many_is_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def counted(text: str, path: str, pointers: frozenset[Pointer]) -> dict[Pointer, Marks]:
        read.append(len(text))
        return locate(text, path, pointers)

    monkeypatch.setattr("ccconf.manifest.places.locate", counted)
    text = "users:\n" + "".join(f"  p{number}:\n    name: P\n" for number in range(1000))
    found = marks_of(text, "a.yaml", [("users", "p999", "name")])
    assert found["users", "p999", "name"].value.line == 2001 and sum(read) < 100
