"""Hours of a week and special days: brute force over minutes is the referee."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.model.hours import DAYS, days_of, minutes, outside, special_day_flaws, week_flaws
from ccconf.model.shapes import Weekly
from tests.manifest.support import checked, codes, told

DAY = 24 * 60


def flaws(weekly: dict[str, list[str]]) -> list[str]:
    return [f"{flaw.code} {'/'.join(map(str, flaw.path))}" for flaw in week_flaws(weekly)]


@pytest.mark.parametrize(
    ("days", "single"),
    [
        ("mon", ("mon",)), ("mon-wed", ("mon", "tue", "wed")), ("sat,sun", ("sat", "sun")), ("fri-mon", ("fri", "sat",
        "sun", "mon")),
        ("mon-mon", ("mon",)), ("mon,wed-thu", ("mon", "wed", "thu")), ("mon-sun", DAYS), ("tue-mon", (*DAYS[1:],
        "mon")),
    ],
)  # fmt: skip
def test_joined_days_are_single_days(days: str, single: tuple[str, ...]) -> None:
    assert days_of(days) == single


@pytest.mark.parametrize(
    ("hours", "span"),
    [("09:00-17:00", (540, 1020)), ("22:00-06:00", (1320, 1800)), ("00:00-24:00", (0, 1440)), ("22:00-00:00", (1320,
    1440)),
     ("22:00-24:00", (1320, 1440)), ("23:59-00:01", (1439, 1441))],
)  # fmt: skip
def test_a_range_in_minutes(hours: str, span: tuple[int, int]) -> None:
    assert minutes(hours) == span


@pytest.mark.parametrize(
    ("weekly", "found"),
    [
        ({"mon-fri": ["09:00-13:00", "13:00-17:00"]}, []),
        ({"mon-sun": ["00:00-24:00"]}, []),
        ({"mon-sun": ["22:00-06:00"]}, []),
        ({"mon": ["22:00-06:00"], "tue": ["06:00-10:00"]}, []),
        ({"mon": ["22:00-06:00"], "tue": ["05:00-10:00"]}, ["CC314 tue/0"]),
        ({"sun": ["22:00-06:00"], "mon": ["05:00-10:00"]}, ["CC314 mon/0"]),
        ({"sun": ["22:00-06:00"], "mon": ["06:00-10:00"]}, []),
        ({"mon": ["09:00-17:00", "10:00-11:00", "16:00-18:00"]}, ["CC314 mon/1", "CC314 mon/2"]),
        ({"mon": ["09:00-17:00", "09:00-17:00"]}, ["CC314 mon/1"]),
        ({"mon-fri": ["09:00-13:00", "12:00-17:00"]}, ["CC314 mon-fri/1"]),
        ({"mon": ["00:00-24:00", "23:00-24:00"]}, ["CC314 mon/1"]),
        ({"mon": ["09:00-09:00"]}, ["CC313 mon/0"]),
        ({"mon": ["00:00-00:00"]}, ["CC313 mon/0"]),
        ({"mon-fri": ["09:00-10:00"], "wed": ["11:00-12:00"]}, ["CC316 wed"]),
        ({"mon,mon": []}, ["CC316 mon,mon"]),
        ({"fri-mon": [], "sun": []}, ["CC316 sun"]),
        ({"mon-sun": ["20:00-20:00", "10:00-09:00"]}, ["CC313 mon-sun/0"]),
        ({"mon-sun": ["10:00-11:00", "10:30-10:00"]}, ["CC314 mon-sun/1"]),
    ],
)
def test_what_is_wrong_with_a_week(weekly: dict[str, list[str]], found: list[str]) -> None:
    assert flaws(weekly) == found


_clock = st.integers(0, DAY // 30).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
_range = st.tuples(_clock.filter(lambda clock: clock != "24:00"), _clock).map("-".join)
_shifts = st.lists(_range, max_size=3)
_single_days = st.dictionaries(st.sampled_from(DAYS), _shifts, max_size=4)


def _minutes_of_week(weekly: dict[str, list[str]]) -> list[int]:
    """Every minute that is worked, once for each range that covers it, round the week."""
    worked: list[int] = []
    for day, hours in weekly.items():
        for text in hours:
            start, end = minutes(text)
            if text[:5] != text[6:]:
                worked += [(DAYS.index(day) * DAY + minute) % (7 * DAY) for minute in range(start, end, 30)]
    return worked


@settings(max_examples=60, deadline=None)
@given(_single_days)
def test_an_overlap_is_found_exactly_where_a_minute_is_worked_twice(weekly: dict[str, list[str]]) -> None:
    worked = _minutes_of_week(weekly)
    twice = len(worked) != len(set(worked))
    assert any(line.startswith("CC314") for line in flaws(weekly)) is twice


@settings(max_examples=60, deadline=None)
@given(_single_days, _single_days)
def test_a_break_lies_within_hours_exactly_if_its_minutes_do(
    weekly: dict[str, list[str]], pauses: dict[str, list[str]]
) -> None:
    """The minutes of one shift, seen by the clock: after midnight a break may be said with the hour it has then."""
    stray = set(outside(pauses, weekly))
    for day, texts in pauses.items():
        for text in texts:
            start, end = minutes(text)
            shifts = [range(*minutes(hours)) for hours in weekly.get(day, []) if hours[:5] != hours[6:]]
            within = any(
                all(minute + later in shift for minute in range(start, end, 30)) and end - 1 + later in shift
                for shift in shifts
                for later in (0, DAY)
            )
            assert ((day, text) not in stray) is within


@settings(max_examples=60, deadline=None)
@given(_single_days)
def test_a_week_reads_back_as_it_was_written(weekly: dict[str, list[str]]) -> None:
    shape = Weekly()
    canonical = shape.canonical({day: list(dict.fromkeys(hours)) for day, hours in weekly.items()})
    assert list(canonical) == [day for day in DAYS if day in canonical]
    written = shape.written(canonical)
    assert shape.canonical(written) == canonical
    assert not any(flaw.code == "CC316" for flaw in week_flaws(written))
    assert shape.written(shape.canonical(written)) == written


def test_neighbouring_days_with_the_same_hours_are_written_together() -> None:
    shape = Weekly()
    week = {day: ("09:00-17:00",) for day in DAYS if day != "thu"} | {"sun": ("10:00-11:00",)}
    assert shape.written(week) == {"mon-wed": ["09:00-17:00"], "fri-sat": ["09:00-17:00"], "sun": ["10:00-11:00"]}


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ({"date": "2026-12-25"}, []),
        ({"date": "02-29"}, []),
        ({"date": "2024-02-29"}, []),
        ({"date": "2026-02-29"}, ["CC312 0/date"]),
        ({"date": "04-31"}, ["CC312 0/date"]),
        ({"date": "0000-01-01"}, ["CC312 0/date"]),
        ({"date": "12-24", "until": "12-26"}, []),
        ({"date": "12-24", "until": "12-24"}, []),
        ({"date": "12-30", "until": "01-02"}, []),
        ({"date": "2026-12-30", "until": "2027-01-02"}, []),
        ({"date": "2027-01-02", "until": "2026-12-30"}, ["CC317 0/until"]),
        ({"date": "2026-12-24", "until": "12-26"}, ["CC317 0/until"]),
        ({"date": "12-24", "until": "2026-12-26"}, ["CC317 0/until"]),
        ({"date": "12-24", "until": "2026-02-30"}, ["CC312 0/until", "CC317 0/until"]),
        ({"date": "12-24", "hours": ["09:00-12:00", "11:00-13:00"]}, ["CC314 0/hours/1"]),
        ({"date": "12-24", "hours": ["09:00-09:00"]}, ["CC313 0/hours/0"]),
        ({"date": "12-24", "hours": ["22:00-06:00", "05:00-07:00"]}, []),
    ],
)
def test_what_is_wrong_with_a_special_day(day: dict[str, Any], found: list[str]) -> None:
    assert [f"{flaw.code} {'/'.join(map(str, flaw.path))}" for flaw in special_day_flaws([day])] == found


def test_flaws_are_told_at_their_own_places() -> None:
    text = (
        "schedules:\n  s:\n    timezone: Europe/Warsw\n    weekly:\n"
        "      mon-fri: ['09:00-13:00', '12:00-17:00']\n      wed: []\n"
        "    holidays:\n      - date: 02-30\n      - {date: 2026-05-03, until: 2026-05-01}\n"
        "    exceptions: [{date: 12-24, hours: ['10:00-10:00']}]\n"
    )
    assert [" ".join(line.split()[:2]) for line in told(text)] == [
        "3:15 CC311", "5:32 CC314", "6:7 CC316", "8:15 CC312", "9:35 CC317", "10:40 CC313",
    ]  # fmt: skip
    assert told(text)[0].endswith("| did you mean Europe/Warsaw?")


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_of_the_database_is_one(zone: str) -> None:
    assert told(f"schedules: {{s: {{timezone: {zone}}}}}\n") == []


@pytest.mark.parametrize("zone", ["europe", "Europe", "../../etc/passwd", "Mars/Base", "/etc/localtime", "+02:00"])
def test_anything_else_is_no_time_zone(zone: str) -> None:
    assert [line.split()[1] for line in told(f"groups: {{g: {{timezone: {zone}}}}}\n")] == ["CC311"]


def test_flaws_in_defaults_are_told_there() -> None:
    assert [line.split()[:2] for line in told("defaults:\n  schedules: {weekly: {mon: ['09:00-09:00']}}\n")] == [
        ["2:30", "CC313"]
    ]


_BREAKS = "schedules:\n  s:\n    weekly: {weekly}\n    breaks:\n      {breaks}\nusers: {{u: {{schedule: s}}}}\n"


@pytest.mark.parametrize(
    ("weekly", "breaks", "found"),
    [
        ("{mon: ['09:00-17:00']}", "mon: ['12:00-12:30']", []),
        ("{mon: ['09:00-12:00', '12:30-17:00']}", "mon: ['12:00-12:30']", ["x.yaml:5:13 CC315"]),
        ("{mon: ['22:00-06:00']}", "mon: ['23:45-00:15', '02:00-02:30']", []),
        ("{mon: ['22:00-06:00']}", "mon: ['05:45-06:15']", ["x.yaml:5:13 CC315"]),
        ("{mon: ['09:00-17:00']}", "mon-wed: ['12:00-12:30']", ["x.yaml:5:17 CC315"]),
        ("{mon-fri: ['09:00-17:00']}", "mon-fri: ['08:00-08:30', '10:00-10:30']", ["x.yaml:5:17 CC315"]),
        ("{mon-fri: ['09:00-17:00']}", "'mon,wed': ['18:00-18:30']\n      fri: ['19:00-19:30']",
         ["x.yaml:5:19 CC315", "x.yaml:6:13 CC315"]),
        ("{mon-fri: ['09:00-17:00']}", "mon-fri: ['18:00-18:30']\n      wed: ['19:00-19:30']",
         ["x.yaml:5:17 CC315", "x.yaml:6:7 CC316", "x.yaml:6:13 CC315"]),
    ],
)  # fmt: skip
def test_a_break_outside_the_hours_is_told_at_its_own_item(
    tmp_path: Path, weekly: str, breaks: str, found: list[str]
) -> None:
    text = _BREAKS.format(weekly=weekly, breaks=breaks)
    assert codes(checked(tmp_path, {"manifests/x.yaml": text})) == found


def test_breaks_are_judged_on_what_the_layers_say_together(tmp_path: Path) -> None:
    base = (
        "schedules: {s: {weekly: {mon: ['09:00-17:00']}, breaks: {mon: ['16:00-16:30']}}}\nusers: {u: {schedule: s}}\n"
    )
    shorter = {"b/x.yaml": base, "o/y.yaml": "schedules: {s: {weekly: {mon: ['09:00-15:00']}}}\n"}
    assert codes(checked(tmp_path, shorter, "b", "o")) == ["x.yaml:1:64 CC315"]
    moved = {
        **shorter,
        "o/y.yaml": "schedules: {s: {weekly: {mon: ['09:00-15:00']}, breaks: {mon: ['14:00-14:30']}}}\n",
    }
    assert codes(checked(tmp_path, moved, "b", "o")) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", []),
        ("{}", []),
        ("{name: x}", ["CC318"]),
        ("{weekly: {}}", ["CC318"]),
        ("{weekly: {mon: []}}", ["CC318"]),
        ("{weekly: {mon: ['09:00-10:00']}}", []),
        ("{exceptions: [{date: 12-24, hours: ['09:00-10:00']}]}", []),
        ("{weekly: null}", []),
    ],
)
def test_a_schedule_by_which_nobody_works_is_told(tmp_path: Path, body: str, found: list[str]) -> None:
    text = f"schedules:\n  s: {body}\nusers: {{u: {{schedule: s}}}}\n"
    assert [each.code for each in checked(tmp_path, {"manifests/x.yaml": text})] == found
