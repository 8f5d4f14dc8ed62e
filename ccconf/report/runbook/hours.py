"""Hours by weekday and special days, as somebody types them into a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccconf.model.hours import DAYS as WEEK
from ccconf.model.hours import minutes
from ccconf.model.shapes import spans
from ccconf.report.runbook.languages import DAYS, date
from ccconf.report.runbook.values import Sentence
from ccconf.report.runbook.vocabulary import Vocabulary, said, value

_MIDNIGHT = 24 * 60

Hours = Mapping[str, Sequence[str]]


def week(words: Vocabulary, before: Hours, after: Hours) -> Iterator[tuple[str, dict[str, Sentence]]]:
    """For each run of days to which the same happens: which sentence, and what fills it."""
    pairs = {day: (before.get(day), after.get(day)) for day in WEEK if before.get(day) != after.get(day)}
    for span, (was, becomes) in spans(pairs):
        fills = {"days": said(_days(words, span))}
        if was:
            fills["before"] = _ranges(words, was)
        if becomes:
            fills["hours"] = _ranges(words, becomes)
        yield "no_hours" if not becomes else "rehours" if was else "hours", fills


def special_days(
    words: Vocabulary, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, Sentence]]:
    """The days that come, and the days that go."""
    yield from (("add", _special_day(words, day)) for day in after if day not in before)
    yield from (("remove", _special_day(words, day)) for day in before if day not in after)


def _days(words: Vocabulary, span: str) -> str:
    first, *last = (DAYS[words.language][WEEK.index(day)] for day in span.split("-"))
    return _from_to(words, first, last[0]) if last else first


def _from_to(words: Vocabulary, first: str, last: str) -> str:
    return "".join(piece.text for piece in words.tell("from_to", first=said(first), last=said(last)))


def _ranges(words: Vocabulary, hours: Sequence[str]) -> Sentence:
    """The ranges of a day; one that crosses midnight says so."""
    told: Sentence = ()
    for range_ in hours:
        ends_later = minutes(range_)[1] > _MIDNIGHT
        told += (*(said(", ") if told else ()), *value(range_), *(words.tell("next_day") if ends_later else ()))
    return told


def _special_day(words: Vocabulary, day: Mapping[str, Any]) -> Sentence:
    """`25 December (every year), Christmas Day: 09:00-13:00`."""
    text = date(day["date"], words.language)
    if day.get("until"):
        text = _from_to(words, text, date(day["until"], words.language))
    told = said(text)
    if day["date"].count("-") == 1:
        told += words.tell("every_year")
    if day.get("name"):
        told += (*said(", "), *value(day["name"]))
    if day.get("hours"):
        told += (*said(": "), *_ranges(words, day["hours"]))
    return told
