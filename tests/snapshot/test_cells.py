"""No spreadsheet runs what somebody called himself, and nothing is lost on the way there and back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccconf.snapshot.cells import harmless, plain

_names = st.text("'=+-@\t\ra1 ", max_size=6) | st.text()


@given(_names)
def test_plain_is_the_inverse_of_harmless(text: str) -> None:
    assert plain(harmless(text)) == text


@given(_names)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["Ana", "", "'tHooft", " =1", "a=b", "'"])
def test_what_runs_nowhere_stays_as_it_is(text: str) -> None:
    assert harmless(text) == plain(text) == text


def test_what_people_typed_without_apostrophe_stays_too() -> None:
    assert plain("+48 600 100 200") == "+48 600 100 200"


@given(st.lists(_names, min_size=1, max_size=3))
def test_cells_survive_a_csv(names: list[str]) -> None:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(name) for name in names])
    (row,) = csv.reader(io.StringIO(text.getvalue(), newline=""))
    assert [plain(cell) for cell in row] == names
