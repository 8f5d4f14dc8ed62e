"""A drift report as a manager reads it: the first line is enough, and the last ones say what to type."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import pytest

from ccconf.reconcile.drifted import Difference, Drift, Moment, Sort, Weight
from ccconf.report.drift_words import age, ago, headline, next_steps, sentence, trend, unmanaged, values
from ccconf.report.formats import FORMATS
from ccconf.report.sheet import nowhere
from tests.formats.estate import AT, drift, subjects

HERE = Path(__file__).parent


@pytest.mark.parametrize(("kind", "name"), [("text", "drift.txt"), ("markdown", "drift.md")])
def test_the_whole_report(kind: str, name: str) -> None:
    """CCCONF_WRITE_CASES=1 writes what is expected anew, to be read before it is committed."""
    said = FORMATS[kind](subjects()["drift"])
    if os.environ.get("CCCONF_WRITE_CASES"):
        (HERE / name).write_text(said)
    assert said == (HERE / name).read_text()


def test_where_nothing_happened_one_friendly_line_says_so() -> None:
    assert FORMATS["text"](subjects()["calm"]) == "office is as Git says: nothing was changed outside.\n"


def change(**more: Any) -> Difference:
    usual: dict[str, Any] = {
        "object": "user/ann", "field": "roles", "sort": Sort.DRIFT, "weight": Weight.SECURITY, "live": ["admin"],
        "wanted": ["agent"], "applied": ["agent"],
    }  # fmt: skip
    return Difference(**{**usual, **more})


def report(*rows: Difference, **more: Any) -> Drift:
    return drift(differences=rows, **{"unmanaged": {}, "trend": (), **more})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "office is as Git says: nothing was changed outside."),
        (
            [change(sort=Sort.PENDING)],
            "Nothing on office was changed outside Git; 1 changed in Git and not applied yet.",
        ),
        ([change(ignored="on holiday")], "office is as Git says: nothing was changed outside."),
        ([change()], "1 thing was changed outside Git on office, which touches security."),
        ([change(weight=Weight.COSMETIC)], "1 thing was changed outside Git on office."),
        (
            [change(who="Bo", when="2026-11-20T08:30:00Z")],
            "1 thing was changed outside Git on office, which touches security, "
            "since 2026-11-20 08:30 UTC (30 minutes ago), by Bo.",
        ),
        (
            [change(who="Bo"), change(field="name", weight=Weight.COSMETIC), change(field="groups", who="Cy")],
            "3 things were changed outside Git on office, 2 of them touch security, "
            "by Cy and 1 other as far as is known.",
        ),
        (
            [change(weight=Weight.ROUTING, who="\x1b[2J"), change(weight=Weight.ROUTING, field="x", who="\x1b[2J")],
            "2 things were changed outside Git on office, none touches security, by \\u001b[2J.",
        ),
    ],
)  # fmt: skip
def test_the_first_line(rows: list[Difference], said: str) -> None:
    assert headline(report(*rows)) == said


def test_of_many_entries_only_those_that_differ_are_shown() -> None:
    many: dict[str, Any] = {f"team{number}": {} for number in range(9)}
    row = change(field="groups", applied=many, live={**many, "admins": {"role": "head"}}, wanted={**many, "new": {}})
    assert values(row) == ("(nothing)", "admins role head (and 9 more, the same everywhere)", "new ")
    listed = change(applied=["a", "b", "c", "d"], live=["a", "b", "c", "d", "e"], wanted=["a", "b", "c", "d"])
    assert values(listed) == ("(nothing)", "e (and 4 more, the same everywhere)", "(nothing)")


def test_a_week_is_told_by_days() -> None:
    week = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed")}
    row = change(
        object="schedule/day", field="weekly", applied=week, live={**week, "wed": ["09:00-13:00"]}, wanted=None
    )
    assert values(row) == ("mon-wed 09:00-17:00", "mon-tue 09:00-17:00, wed 09:00-13:00", "(nothing)")


def test_a_very_long_value_is_told_by_its_beginning() -> None:
    assert values(change(live="x" * 9_000))[1] == "x" * 400 + "… (9,000 characters)"


def test_one_sentence_for_formats_that_have_only_one() -> None:
    row = change(who="Bo", when="2026-11-20T08:30:00Z")
    assert sentence(row) == (
        "user/ann: roles changed outside Git by Bo on 2026-11-20 08:30 UTC: "
        "the platform has admin, Git says agent, both once had agent"
    )
    assert sentence(change(field="", sort=Sort.UNMANAGED)) == "user/ann is on the platform and was never in Git"


def test_what_to_do_can_be_typed_as_it_stands() -> None:
    bad = report(change(object="user/o'neil $(rm)"), change(object="user/x"), target="my office; rm")
    commands = [command for _, command in next_steps(bad)]
    assert commands == [
        "ccconf drift -t 'my office; rm' --accept",
        "ccconf drift -t 'my office; rm' --revert --out back.json",
        """ccconf drift -t 'my office; rm' --accept --only 'user/o'"'"'neil $(rm)'""",
    ]
    assert not list(next_steps(report()))


def test_the_trend_in_a_drawing() -> None:
    def moments(*counts: int) -> tuple[Moment, ...]:
        return tuple(
            Moment(at=f"2026-11-{day + 1:02}T09:00:00Z", sorts={"drift": count}, weights={})
            for day, count in enumerate(counts)
        )

    assert trend(report(trend=moments(3))) == ""
    assert trend(report(trend=moments(0, 0))) == "▁▁ 0, → as before (2 reports since 2026-11-01 09:00 UTC)"
    assert trend(report(trend=moments(0, 7, 14))) == "▁▄█ 14, ↑ up from 7 (3 reports since 2026-11-01 09:00 UTC)"
    assert trend(report(trend=moments(2, 1))) == "█▄ 1, ↓ down from 2 (2 reports since 2026-11-01 09:00 UTC)"


def test_who_is_unknown_to_git_is_counted_with_first_names() -> None:
    rows = [
        change(object=f"user/x{n}", label=f"X {n}", field="", sort=Sort.UNMANAGED, weight=Weight.ROUTING)
        for n in range(7)
    ]
    assert list(unmanaged(report(*rows, unmanaged={"user": 700, "role": 1, "skill": 0}))) == [
        "1 role", "700 people: X 0, X 1, X 2, X 3, X 4, …",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("2026-11-20T09:00:00Z", " (just now)"),
        ("2026-11-20T10:59:00+02:00", " (1 minute ago)"),
        ("2026-11-18T09:12:00", " (1 day ago)"),
        ("2026-11-21T00:00:00Z", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_how_long_ago(then: str, said: str) -> None:
    assert ago(then, AT) == said
    assert (age(then, AT) is None) == (then in ("yesterday", ""))


def test_colours_only_where_they_belong() -> None:
    from ccconf.report.drift_text import drift as told

    lines = list(told(drift()))
    assert any("\x1b[" in line for line in lines)
    assert "\x1b" not in click.unstyle("".join(lines)) and "\x1b" not in FORMATS["text"](subjects()["drift"])


def test_the_gravest_comes_first_in_text_and_markdown() -> None:
    grave, light = change(object="user/z"), change(object="user/a", field="name", weight=Weight.COSMETIC)
    from ccconf.report.sheet import drifted

    for kind in ("text", "markdown"):
        said = FORMATS[kind](drifted(report(light, grave), nowhere, exit_code=2))
        assert said.index("user/z") < said.index("user/a")
