"""Changes in words, and words that cannot do harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccconf.model.kinds import KINDS
from ccconf.report.markdown import safe
from ccconf.report.words import described, described_field, shown, visible


@pytest.mark.parametrize(
    ("before", "after", "phrases"),
    [
        (None, "Head", ["Head"]),
        ("Head", None, ["Head -> (empty)"]),
        ("a", "b", ["a -> b"]),
        (None, False, ["no"]),
        (True, False, ["yes -> no"]),
        (["a", "b"], ["b", "c"], ["+ c", "- a"]),
        (None, ["a"], ["+ a"]),
        (["a"], None, ["- a"]),
        ({"english": 4}, {"english": 5, "polish": 1}, ["english: 4 -> 5", "+ polish 1"]),
        ({"english": 4}, None, ["- english 4"]),
        ({"team": {}}, {"team": {"role": "manager"}}, ["team: + role manager"]),
        ({"team": {"role": "a"}}, {"team": {"role": "b"}}, ["team: role: a -> b"]),
        (None, {"team": {"role": "a", "permissions": {"x": True}}}, ["+ team (role a, permissions x yes)"]),
        ({"a": ""}, {"a": "note"}, ["a:  -> note"]),
        (None, {"203.0.113.0/24": ""}, ["+ 203.0.113.0/24"]),
        ("sha256:0123456789abcdef", "sha256:fedcba9876543210", ["file 01234567 -> file fedcba98"]),
        (None, "two\nlines", ["two lines"]),
        ([{"date": "12-25"}], [{"date": "12-26", "name": "Day off"}], ["+ date 12-26, name Day off", "- date 12-25"]),
    ],
)
def test_a_change_in_words(before: Any, after: Any, phrases: list[str]) -> None:
    assert described(before, after) == phrases


def test_days_to_which_the_same_happens_are_told_together() -> None:
    weekly = KINDS["schedule"].by_name["weekly"].shape
    day, late = ["09:00-17:00"], ["10:00-18:00"]
    before = {"mon": day, "tue": day, "wed": day, "fri": day}
    after = {"mon": late, "tue": late, "thu": late, "fri": day}
    assert described_field(weekly, before, after) == [
        "mon-tue 09:00-17:00 -> 10:00-18:00",
        "wed 09:00-17:00 -> free",
        "thu 10:00-18:00",
    ]
    assert described_field(weekly, None, None) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Zażółć 文 😀", "Zażółć 文 😀"),
        ("Ann\x1b[8m hidden", "Ann\\u001b[8m hidden"),
        ("Ann\rBo", "Ann Bo"),
        ("a\u2028b", "a b"),
        ("evil\u202egpj.exe", "evil\\u202egpj.exe"),
        ("tab\there", "tab\\u0009here"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("An\u200dn \u200bLee\ufeff", "An\\u200dn \\u200bLee\\ufeff"),
        ("Ив\u200cан", "Ив\\u200cан"),
        ("half \ud800 a pair, \uffff, \U000e0041", "half \\ud800 a pair, \\uffff, \\U000e0041"),
        ("\u3164", "\\u3164"),
        ("##[set-output name=a]b", "##\\u005bset-output name=a]b"),
    ],
)
def test_names_cannot_steer_a_terminal(text: str, seen: str) -> None:
    assert visible(text) == seen == shown(text)


@given(st.text())
def test_whatever_is_shown_stays_on_its_line(text: str) -> None:
    for made in (visible(text), shown(text), shown([text]), shown({text: text}), safe(text)):
        assert len(made.splitlines()) <= 1
        assert not {"\x1b", "\r", "\x07", "\x08", "\u202e"} & set(made)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a|b", "a\\|b"),
        ("`rm`", "\\`rm\\`"),
        ("<img src=x onerror=alert(1)>", "\\<img src=x onerror=alert(1)\\>"),
        ("[click](http://x)", "\\[click\\](http:&#8203;//x)"),
        ("@octocat fixes #1", "@&#8203;octocat fixes \\#&#8203;1"),
        ("ann@example.org &lt; www.example.org", "ann@example.org &amp;lt; www.&#8203;example.org"),
        ("**bold** _it_ ~~no~~", "\\*\\*bold\\*\\* \\_it\\_ \\~\\~no\\~\\~"),
        ("# title\n- item", "\\# title - item"),
        ("back\\|slash", "back\\\\\\|slash"),
        ("![x](y)", "\\!\\[x\\](y)"),
    ],
)
def test_names_cannot_become_markup(text: str, seen: str) -> None:
    assert safe(text) == seen
