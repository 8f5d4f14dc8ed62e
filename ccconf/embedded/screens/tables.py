"""The fields that are little tables: permissions by section, hours by day, and lists typed one a line."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from msgspec import UNSET

from ccconf.embedded.screens.controls import Control, IllFormed, Option, Typed
from ccconf.embedded.screens.sent import Sent
from ccconf.model.fields import Shape, plain
from ccconf.model.hours import DAYS
from ccconf.model.shapes import DATE_PATTERN, TIME_RANGE_PATTERN, Levels, Networks, SpecialDays, Weekly
from ccconf.platform.fit import word

OTHERS = "*"
"""The entry for permissions that no list of the vendor's names."""

_RANGE = re.compile(TIME_RANGE_PATTERN)
_DATE = re.compile(DATE_PATTERN)


class Scale(NamedTuple):
    """One permission and its levels, the lowest first."""

    id: str
    label: str
    levels: tuple[Option, ...]

    @property
    def is_a_tick(self) -> bool:
        """Whether it is on or off."""
        return tuple(level.value for level in self.levels) == ("no", "yes")


class Section(NamedTuple):
    """Permissions under one heading."""

    heading: str
    scales: tuple[Scale, ...]


@dataclass(frozen=True, kw_only=True)
class Permissions(Control):
    """Every permission by section; what no list names is typed, where the vendor's list is known to be incomplete."""

    template = "permissions"
    sections: tuple[Section, ...]
    others: str = ""
    """The label for those that no list names; empty where there can be none."""

    def filled(self, value: Any) -> Typed:
        levels = {name: word(level) for name, level in (value or {}).items()}
        known = {scale.id: levels.pop(scale.id) for scale in self._scales() if scale.id in levels}
        return {**known, OTHERS: "\n".join(f"{name}: {levels[name]}" for name in sorted(levels))}

    def posted(self, sent: Sent) -> Typed:
        named = {scale.id: (scale, sent.one(f"{self.id}.{scale.id}")) for scale in self._scales()}
        typed = {name: level for name, (scale, level) in named.items() if level and level != scale.levels[0].value}
        return {**typed, OTHERS: sent.text(f"{self.id}.{OTHERS}")}

    def meant(self, typed: Typed, before: Any) -> Any:
        assert isinstance(typed, dict)
        named = {name: level for name, level in typed.items() if name != OTHERS}
        return Levels().canonical({**named, **dict(self._typed_out(typed[OTHERS]))}) or None

    def _typed_out(self, text: str) -> Iterator[tuple[str, str]]:
        for line in filter(None, map(str.strip, text.splitlines())):
            name, colon, level = line.rpartition(":")
            if not (name.strip() and colon and level.strip()):
                raise IllFormed(self.hint)
            yield name.strip(), level.strip()

    def _scales(self) -> Iterator[Scale]:
        for section in self.sections:
            yield from section.scales


@dataclass(frozen=True, kw_only=True)
class Week(Control):
    """The hours of each day."""

    template = "week"
    days: tuple[Option, ...]

    def filled(self, value: Any) -> Typed:
        return {day: ", ".join(value[day]) for day in DAYS if (value or {}).get(day)}

    def posted(self, sent: Sent) -> Typed:
        typed = {day: sent.text(f"{self.id}.{day}") for day in DAYS}
        return {day: text for day, text in typed.items() if text}

    def meant(self, typed: Typed, before: Any) -> Any:
        assert isinstance(typed, dict)
        week = {day: _ranges(text.split(",")) for day, text in typed.items()}
        _sound(Weekly(), week)
        return Weekly().canonical(week) or None


@dataclass(frozen=True, kw_only=True)
class Lines(Control):
    """A list that is typed one entry a line."""

    template = "lines"

    def filled(self, value: Any) -> Typed:
        return "\n".join(self._line(entry) for entry in self._entries(value or ()))

    def meant(self, typed: Typed, before: Any) -> Any:
        assert isinstance(typed, str)
        return self._read([line.strip() for line in typed.splitlines() if line.strip()]) or None

    def _entries(self, value: Any) -> Sequence[Any]:
        return list(value)

    def _line(self, entry: Any) -> str:
        raise NotImplementedError

    def _read(self, lines: list[str]) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class NetworkLines(Lines):
    """`203.0.113.0/24 Head office`"""

    def _entries(self, value: Any) -> Sequence[Any]:
        return list(dict(value).items())

    def _line(self, entry: Any) -> str:
        network, note = entry
        return _on_one_line(f"{network} {note}")

    def _read(self, lines: list[str]) -> Any:
        noted = dict(_network(line) for line in lines)
        return Networks().canonical(noted)


def _network(line: str) -> tuple[str, str]:
    """A vendor takes any network that can be read; whether it is wise is not its question."""
    network, _, note = line.partition(" ")
    try:
        ipaddress.ip_network(network)
    except ValueError as error:
        raise IllFormed(str(error)) from error
    return network, note.strip()


@dataclass(frozen=True, kw_only=True)
class DayLines(Lines):
    """`2026-12-24 Christmas Eve`, `12-25..12-26 Christmas`, and hours before the name where the day has some."""

    with_hours: bool

    def _line(self, entry: Any) -> str:
        dates = f"{entry.date}..{entry.until}" if entry.until else entry.date
        hours = ", ".join(entry.hours) if entry.hours is not UNSET else ""
        return " ".join(filter(None, [dates, hours, _on_one_line(entry.name or "")]))

    def _read(self, lines: list[str]) -> Any:
        days = [self._day(line) for line in lines]
        shape = SpecialDays(with_hours=self.with_hours)
        _sound(shape, days)
        return plain(shape.canonical(days))

    def _day(self, line: str) -> dict[str, Any]:
        dates, _, rest = line.partition(" ")
        date, _, until = dates.partition("..")
        if not all(_DATE.search(text) for text in filter(None, [date, until])) or not date:
            raise IllFormed(self.hint)
        hours: list[str] = []
        while self.with_hours and _RANGE.search(first := rest.split(" ")[0].rstrip(",")):
            hours.append(first)
            rest = rest.removeprefix(first).lstrip(",").lstrip()
        told = {"until": until, "name": rest.strip()}
        return {
            "date": date,
            **{name: text for name, text in told.items() if text},
            **({"hours": hours} if self.with_hours else {}),
        }


def _on_one_line(text: str) -> str:
    return text.replace("\n", " ").strip()


def _ranges(texts: Sequence[str]) -> list[str]:
    found = [text.strip() for text in texts]
    for text in found:
        if not _RANGE.search(text):
            raise IllFormed(f"{text!r}: 09:00-13:00, 13:30-17:30")
    return found


def _sound(shape: Shape, written: Mapping[str, Any] | Sequence[Any]) -> None:
    for flaw in shape.flaws(written):
        raise IllFormed(flaw.message)
