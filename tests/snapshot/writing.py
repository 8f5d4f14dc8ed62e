"""Writes canonical values into cells as a careful person would type them: the inverse of `ccconf.snapshot.values`."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.model.fields import FieldSpec, Resource
from ccconf.model.shapes import (
    Flag,
    Levels,
    Memberships,
    Networks,
    References,
    SkillLevels,
    SpecialDays,
    Weekly,
    spans,
)
from ccconf.snapshot.cells import harmless


def cell(spec: FieldSpec, value: Any) -> str:
    """The text of a cell; JSON where a value has more than the short forms can say."""
    match spec.shape:
        case Flag():
            return "yes" if value else "no"
        case References():
            return "; ".join(map(quoted, value))
        case Memberships() if all(edge.permissions is UNSET for edge in value.values()):
            return "; ".join(
                f"{quoted(name)} ({edge.role})" if edge.role else quoted(name) for name, edge in value.items()
            )
        case SkillLevels():
            return "; ".join(f"{quoted(name)} {level}" for name, level in value.items())
        case Levels():
            return "; ".join(name if level is True else f"{name} {level}" for name, level in value.items())
        case Networks() if not any(set(';"\n') & set(note) for note in value.values()):
            return "\n".join(f"{network} {note}".strip() for network, note in value.items())
        case Weekly():
            return "; ".join(f"{days} {', '.join(hours)}" for days, hours in spans(value))
        case SpecialDays() if not any(set(';",:0123456789.') & set(day.name or "") for day in value):
            return "; ".join(map(_day, value))
        case shape if not shape.plain and not isinstance(value, int):
            return msgspec.json.encode(shape.written(value)).decode()
        case _:
            return str(value)


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _day(day: Any) -> str:
    date = f"{day.date}..{day.until}" if day.until else day.date
    return " ".join([date, *([", ".join(day.hours)] if day.hours else []), *([day.name] if day.name else [])])


def row(specs: list[FieldSpec], resource: Resource) -> list[str]:
    """The cells of an object."""
    values = [getattr(resource, spec.name) for spec in specs]
    return [
        harmless(cell(spec, value)) if value or isinstance(value, bool | int) else ""
        for spec, value in zip(specs, values, strict=True)
    ]


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode()
