"""A property: filter, order and page agree with plain Python over what the API itself tells of everybody."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccconf.platforms.threecx.emulator import Emulator, Seed
from tests.emulation.desk import Clock

Row = dict[str, Any]
TEXTS = ("FirstName", "LastName", "Mobile", "Number")
NUMBERS = ("Id", "PrimaryGroupId")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class Asked(NamedTuple):
    """A condition twice: in OData's words and in Python."""

    words: str
    holds: Callable[[Row], bool]


def _estate() -> Emulator:
    emulator = Emulator(seed=Seed(users=25, departments=5, seed=4), now=Clock())
    for id_, mobile in ((2, None), (3, ""), (4, "O'1"), (5, "żółw")):
        emulator.patch(f"/Users({id_})", {"Mobile": mobile})
    return emulator


ESTATE = _estate()
EVERYBODY: list[Row] = ESTATE.get("/Users")["value"]


def _text_of(name: str) -> st.SearchStrategy[str]:
    values = sorted({row[name] for row in EVERYBODY if row[name]})
    return st.one_of(st.sampled_from(values), st.sampled_from(["", "a", "A", "1", "O'", "ż"]))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _compared(name: str, word: str, value: Any, words: str) -> Asked:
    def holds(row: Row) -> bool:
        held = row[name]
        if word in ("eq", "ne"):
            return bool(held == value) == (word == "eq")
        return held is not None and value is not None and bool(_ORDER[word](held, value))

    return Asked(f"{name} {word} {words}", holds)


def _searched(function: str, name: str, part: str, *, lower: bool) -> Asked:
    tests: dict[str, Callable[[str, str], bool]] = {
        "contains": lambda whole, part: part in whole,
        "startswith": str.startswith,
        "endswith": str.endswith,
    }

    def holds(row: Row) -> bool:
        held = row[name]
        return held is not None and tests[function](held.lower() if lower else held, part)

    return Asked(f"{function}({f'tolower({name})' if lower else name},{_quoted(part)})", holds)


def _listed(name: str, values: list[int]) -> Asked:
    return Asked(f"{name} in ({','.join(map(str, values))})", lambda row: row[name] in values)


@st.composite
def text_comparisons(draw: st.DrawFn) -> Asked:
    name = draw(st.sampled_from(TEXTS))
    value = draw(st.none() | _text_of(name))
    word = draw(st.sampled_from(["eq", "ne", *_ORDER]))
    return _compared(name, word, value, "null" if value is None else _quoted(value))


@st.composite
def number_comparisons(draw: st.DrawFn) -> Asked:
    name, value = draw(st.sampled_from(NUMBERS)), draw(st.integers(-2, 30))
    return _compared(name, draw(st.sampled_from(["eq", "ne", *_ORDER])), value, str(value))


@st.composite
def searches(draw: st.DrawFn) -> Asked:
    name = draw(st.sampled_from(TEXTS))
    function = draw(st.sampled_from(["contains", "startswith", "endswith"]))
    return _searched(function, name, draw(_text_of(name)), lower=draw(st.booleans()))


lists = st.builds(_listed, st.sampled_from(NUMBERS), st.lists(st.integers(0, 27), min_size=1, max_size=4))
flags = st.sampled_from(["true", "false"]).map(
    lambda words: Asked(f"Enabled eq {words}", lambda row: bool(row["Enabled"]) == (words == "true"))
)


def _grown(children: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    pairs = st.tuples(children, children)
    return st.one_of(
        children.map(lambda one: Asked(f"not ({one.words})", lambda row: not one.holds(row))),
        pairs.map(lambda p: Asked(f"({p[0].words} and {p[1].words})", lambda row: p[0].holds(row) and p[1].holds(row))),
        pairs.map(lambda p: Asked(f"({p[0].words}) or {p[1].words}", lambda row: p[0].holds(row) or p[1].holds(row))),
    ).map(lambda asked: Asked(f"({asked.words})", asked.holds))


conditions = st.recursive(text_comparisons() | number_comparisons() | searches() | lists | flags, _grown, max_leaves=6)
orders = st.lists(
    st.tuples(st.sampled_from((*TEXTS, *NUMBERS, "Enabled")), st.booleans()), max_size=3, unique_by=lambda pair: pair[0]
)


def _sorted(rows: list[Row], order: list[tuple[str, bool]]) -> list[Row]:
    """By the last key first, since sorting is stable, `reverse` too; nothing comes before something."""
    result = sorted(rows, key=lambda row: row["Id"])
    for name, descending in reversed(order):
        ranked = [(row[name] is not None, row[name] if row[name] is not None else 0) for row in result]
        places = sorted(range(len(result)), key=ranked.__getitem__, reverse=descending)
        result = [result[place] for place in places]
    return result


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    asked=conditions,
    order=orders,
    top=st.none() | st.integers(0, 30),
    skip=st.integers(0, 30),
)
def test_a_question_is_answered_as_plain_python_would(
    asked: Asked, order: list[tuple[str, bool]], top: int | None, skip: int
) -> None:
    query = f"$filter={_escaped(asked.words)}&$count=true&$skip={skip}"
    if order:
        query += "&$orderby=" + ",".join(f"{name} desc" if down else name for name, down in order)
    if top is not None:
        query += f"&$top={top}"
    answer = ESTATE.get("/Users", query)
    fitting = _sorted([row for row in EVERYBODY if asked.holds(row)], order)
    assert answer["@odata.count"] == len(fitting), asked.words
    expected = fitting[skip:][:top]
    assert [row["Id"] for row in answer["value"]] == [row["Id"] for row in expected], asked.words


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("+", "%2B").replace("&", "%26").replace("#", "%23")
