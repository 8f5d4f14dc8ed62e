"""The forms a field's value can take. Each knows its schema, its canonical value and the way back to paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ccconf.model.addresses import network_flaws, network_text
from ccconf.model.fields import Link, Maybe, Shape, Written
from ccconf.model.flaws import Flaw
from ccconf.model.hours import DAYS, days_of, special_day_flaws, week_flaws, zone_flaws

KEY_PATTERN = r"^[^\s/*?\[\]]([^/*?\[\]\n\r\t]{0,98}[^\s/*?\[\]])?$"
"""A name of an object: 1 to 100 characters, no slash, no pattern characters, no blank at either end."""

EMAIL_PATTERN = r"^[^\s@]+@[^\s@]+\.[^\s@]+$"
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
TIME_RANGE_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
SHARE_PATTERN = r"^(100|[0-9]{1,2})%$"
_HIDDEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
ONE_LINE = rf"^[^\n\r\t{_HIDDEN}]*$"
SEVERAL_LINES = rf"^[^{_HIDDEN}]*$"
"""No control characters, and none that turn the direction of writing: they could hide parts of a plan."""

DATE_PATTERN = r"^([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

Level = bool | str
T = TypeVar("T")
NewKey = Callable[[str, str], str]


def key_schema() -> dict[str, Any]:
    """The schema of an object's name."""
    return {"type": "string", "pattern": KEY_PATTERN, "maxLength": 100}


class Text(Shape):
    """One line of text (or several, where a description is meant)."""

    def __init__(
        self, longest: int = 200, *, pattern: str | None = None, form: str = "text", lines: bool = False
    ) -> None:
        self.longest = longest
        self.form = form if form != "text" or lines else "text on one line"
        self.pattern = pattern or (SEVERAL_LINES if lines else ONE_LINE)

    def schema(self) -> dict[str, Any]:
        pattern = {"pattern": self.pattern} if self.pattern else {}
        return {"type": "string", "minLength": 1, "maxLength": self.longest, **pattern}


class Zone(Text):
    """The IANA name of a time zone."""

    judged = True

    def __init__(self) -> None:
        super().__init__(60, form="a time zone such as Europe/Warsaw")

    def flaws(self, written: Written) -> Iterator[Flaw]:
        return zone_flaws(written)


class Flag(Shape):
    """true or false."""

    form = "true or false"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Whole(Shape):
    """A whole number between two bounds."""

    plain = False

    def __init__(self, least: int, greatest: int) -> None:
        self.least, self.greatest = least, greatest
        self.form = f"a whole number from {least} to {greatest}"

    def canonical(self, written: Written) -> Any:
        return int(written)  # 5.0 is a whole number too

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.greatest}


class Choice(Shape):
    """One word of a closed list."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.form = " or ".join(words)

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


class File(Shape):
    """A file beside the manifest; its canonical value is the digest of its content, which `compose` fills in."""

    form = "the path of a file"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": 400}


class Reference(Shape):
    """The name of one object of another kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.form = f"the name of one {kind}"

    def schema(self) -> dict[str, Any]:
        return key_schema()

    def links(self, value: Any) -> Iterator[Link]:
        yield Link(self.kind, value)

    def keys(self, value: Any) -> Iterable[str]:
        return (value,)

    def renamed(self, value: Any, new_key: NewKey) -> Any:
        return new_key(self.kind, value)

    def links_to(self) -> tuple[str, ...]:
        return (self.kind,)


class References(Shape):
    """A set of names; the order on paper says nothing."""

    plain = False

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.form = f"a list of names of {kind}s"

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": key_schema(), "uniqueItems": True}

    def canonical(self, written: Written) -> Any:
        return tuple(sorted(written))

    def written(self, value: Any) -> Written:
        return list(value)

    def links(self, value: Any) -> Iterator[Link]:
        return (Link(self.kind, key) for key in value)

    def keys(self, value: Any) -> Iterable[str]:
        return value  # type: ignore[no-any-return]

    def renamed(self, value: Any, new_key: NewKey) -> Any:
        return tuple(sorted(new_key(self.kind, key) for key in value))

    def links_to(self) -> tuple[str, ...]:
        return (self.kind,)


class Levels(Shape):
    """Permissions by id. What is not named, or named with its lowest level, is not granted."""

    plain = False
    form = "a mapping of permission to true, false or a level"
    nothing = frozenset(["no", "off", "none"])
    everything = frozenset(["yes", "on"])

    def __init__(self, *, overrides: bool = False) -> None:
        self.overrides = overrides
        """Whether they change what a role gives, so that taking away has to be said."""

    def schema(self) -> dict[str, Any]:
        level = {"anyOf": [{"type": "boolean"}, {"type": "string", "minLength": 1, "maxLength": 40}]}
        return {
            "type": "object",
            "propertyNames": {"type": "string", "pattern": r"^\S(.*\S)?$", "maxLength": 100},
            "additionalProperties": level,
        }

    def canonical(self, written: Written) -> Any:
        levels = {name: self._level(level) for name, level in written.items()}
        return {name: levels[name] for name in sorted(levels) if self.overrides or levels[name] is not False}

    def _level(self, level: Level) -> Level:
        if level in self.everything:
            return True
        return False if level in self.nothing else level


class Membership(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What a user is within one group. What is left unsaid is not ours."""

    role: Maybe[str] = UNSET
    permissions: Maybe[dict[str, Level]] = UNSET

    def over(self, live: Membership | None) -> Membership:
        """This membership, with what it leaves unsaid taken from the live one."""
        if live is None:
            return self
        return Membership(
            role=live.role if self.role is UNSET else (self.role or UNSET),
            permissions=live.permissions if self.permissions is UNSET else (self.permissions or UNSET),
        )


PLAIN_MEMBERSHIP = Membership()
_IN_GROUP_ROLE = {
    "type": ["string", "null"],
    "minLength": 1,
    "maxLength": 60,
    "description": "The role within this group, as the platform names it (for instance manager). null clears it.",
}


class Memberships(Shape):
    """The other ends of user-in-group edges: a list of names, or a mapping name -> role and overrides."""

    plain = False

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.levels = Levels(overrides=True)
        self.form = f"a list of names of {kind}s, or a mapping of {kind} to role and permissions"

    def schema(self) -> dict[str, Any]:
        overrides = {
            **self.levels.schema(),
            "description": "Permissions that differ from the role's for this member only.",
        }
        edge = {
            "type": ["object", "null"],
            "properties": {"role": _IN_GROUP_ROLE, "permissions": overrides},
            "additionalProperties": False,
        }
        return {
            "anyOf": [
                {"type": "array", "items": key_schema(), "uniqueItems": True},
                {"type": "object", "propertyNames": key_schema(), "additionalProperties": edge},
            ]
        }

    def canonical(self, written: Written) -> Any:
        if isinstance(written, list):
            return dict.fromkeys(sorted(written), PLAIN_MEMBERSHIP)
        return {key: self._edge(written[key]) for key in sorted(written)}

    def _edge(self, written: Mapping[str, Any] | None) -> Membership:
        if not written:
            return PLAIN_MEMBERSHIP
        overrides = written.get("permissions")
        return Membership(
            role=written.get("role", UNSET),
            permissions=UNSET if overrides is None else self.levels.canonical(overrides),
        )

    def written(self, value: Any) -> Written:
        if all(edge == PLAIN_MEMBERSHIP for edge in value.values()):
            return list(value)
        return {key: msgspec.to_builtins(edge) for key, edge in value.items()}

    def links(self, value: Any) -> Iterator[Link]:
        return (Link(self.kind, key) for key in value)

    def keys(self, value: Any) -> Iterable[str]:
        return value  # type: ignore[no-any-return]

    def renamed(self, value: Any, new_key: NewKey) -> Any:
        return dict(sorted((new_key(self.kind, key), edge) for key, edge in value.items()))

    def wanted(self, declared: Any, live: Any) -> Any:
        there = live or {}
        return {key: edge.over(there.get(key)) for key, edge in declared.items()} if declared else declared

    def links_to(self) -> tuple[str, ...]:
        return (self.kind,)


class SkillLevels(Shape):
    """A level for each skill by name."""

    plain = False
    form = "a mapping of skill to a level from 1 to 100"

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": key_schema(),
            "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 100},
        }

    def canonical(self, written: Written) -> Any:
        return {skill: int(written[skill]) for skill in sorted(written)}

    def links(self, value: Any) -> Iterator[Link]:
        return (Link("skill", key) for key in value)

    def keys(self, value: Any) -> Iterable[str]:
        return value  # type: ignore[no-any-return]

    def renamed(self, value: Any, new_key: NewKey) -> Any:
        return dict(sorted((new_key("skill", key), level) for key, level in value.items()))

    def links_to(self) -> tuple[str, ...]:
        return ("skill",)


class Rights(Shape):
    """Permissions for each role within a group. A role that is not named is not ours."""

    plain = False
    form = "a mapping of role to permissions"

    def __init__(self) -> None:
        self.levels = Levels()

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": {"type": "string", "minLength": 1, "maxLength": 60},
            "additionalProperties": self.levels.schema(),
        }

    def canonical(self, written: Written) -> Any:
        return {role: self.levels.canonical(written[role]) for role in sorted(written)}

    def wanted(self, declared: Any, live: Any) -> Any:
        return dict(sorted({**(live or {}), **declared}.items())) if declared else declared


class Weekly(Shape):
    """Time ranges by weekday. Days may be joined on paper: `mon-fri`, `sat,sun`."""

    plain = False
    judged = True
    form = "a mapping of days (mon, mon-fri) to a list of time ranges"

    def flaws(self, written: Written) -> Iterator[Flaw]:
        return week_flaws(written)

    def schema(self) -> dict[str, Any]:
        day = f"({'|'.join(DAYS)})"
        span = f"{day}(-{day})?"
        return {
            "type": "object",
            "propertyNames": {"type": "string", "pattern": f"^{span}(,{span})*$"},
            "additionalProperties": hours_schema(),
        }

    def canonical(self, written: Written) -> Any:
        by_day = {day: tuple(sorted(hours)) for days, hours in written.items() for day in days_of(days)}
        return {day: by_day[day] for day in DAYS if by_day.get(day)}

    def written(self, value: Any) -> Written:
        paper: dict[str, list[str]] = {}
        for span, hours in spans(value):
            paper[span] = list(hours)
        return paper


def hours_schema() -> dict[str, Any]:
    """A list of time ranges."""
    return {"type": "array", "items": {"type": "string", "pattern": TIME_RANGE_PATTERN}, "uniqueItems": True}


def spans(by_day: Mapping[str, T]) -> Iterator[tuple[str, T]]:
    """Neighbouring days with the same value, joined: `mon-fri`."""
    run: list[str] = []
    for day in DAYS:
        if run and by_day.get(day) != by_day.get(run[0]):
            yield _span(run), by_day[run[0]]
            run = []
        if day in by_day:
            run.append(day)
    if run:
        yield _span(run), by_day[run[0]]


def _span(run: Sequence[str]) -> str:
    return run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"


class SpecialDay(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A holiday (no hours) or an exception (other hours); a date without a year comes back every year."""

    date: str
    until: Maybe[str] = UNSET
    name: Maybe[str] = UNSET
    hours: tuple[str, ...] | UnsetType = UNSET


class SpecialDays(Shape):
    """Dates on which the week does not hold."""

    plain = False
    judged = True

    def __init__(self, *, with_hours: bool) -> None:
        self.with_hours = with_hours
        self.form = f"a list of days with date, until, name{' and hours' if with_hours else ''}"

    def flaws(self, written: Written) -> Iterator[Flaw]:
        return special_day_flaws(written)

    def schema(self) -> dict[str, Any]:
        date = {"type": "string", "pattern": DATE_PATTERN}
        hours = {"hours": {**hours_schema(), "description": "The hours of that day in place of the week's."}}
        return {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["date", "hours"] if self.with_hours else ["date"],
                "properties": {
                    "date": {**date, "description": "2026-12-25, or 12-25 for every year."},
                    "until": {**date, "description": "The last day, where there are several."},
                    "name": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 100,
                        "description": "What it is.",
                    },
                    **(hours if self.with_hours else {}),
                },
                "additionalProperties": False,
            },
        }

    def canonical(self, written: Written) -> Any:
        days = [
            SpecialDay(
                date=day["date"],
                until=day.get("until", UNSET),
                name=day.get("name", UNSET),
                hours=tuple(sorted(day["hours"])) if "hours" in day else UNSET,
            )
            for day in written
        ]
        return tuple(sorted(days, key=lambda day: (day.date, day.until or "", day.name or "")))

    def written(self, value: Any) -> Written:
        return [msgspec.to_builtins(day) for day in value]


class Networks(Shape):
    """Addresses and networks, each with a note. Written as a list, or as a mapping network -> note."""

    plain = False
    judged = True
    form = "a list of addresses and networks, or a mapping of network to a note"

    def flaws(self, written: Written) -> Iterator[Flaw]:
        return network_flaws(list(written), keyed=isinstance(written, dict))

    def schema(self) -> dict[str, Any]:
        network = {"type": "string", "minLength": 2, "maxLength": 64}
        note = {"type": ["string", "null"], "maxLength": 200}
        return {
            "anyOf": [
                {"type": "array", "items": network, "uniqueItems": True},
                {"type": "object", "propertyNames": network, "additionalProperties": note},
            ]
        }

    def canonical(self, written: Written) -> Any:
        noted = written if isinstance(written, dict) else dict.fromkeys(written, "")
        entries = {network_text(network): note or "" for network, note in noted.items()}
        return {network: entries[network] for network in sorted(entries)}

    def written(self, value: Any) -> Written:
        return {network: note or None for network, note in value.items()} if any(value.values()) else list(value)
