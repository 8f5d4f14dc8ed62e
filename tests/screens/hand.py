"""One field of a form by hand: written into its inputs, and read off them, as its shape demands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ccconf.embedded.screens.words import Words
from ccconf.model.fields import FieldSpec
from ccconf.model.hours import DAYS
from ccconf.model.shapes import (
    Choice,
    File,
    Flag,
    Levels,
    Memberships,
    Networks,
    Reference,
    References,
    SkillLevels,
    SpecialDays,
    Text,
    Weekly,
    Whole,
)
from ccconf.platform.facts import Permission
from ccconf.platform.fit import word
from tests.screens.page import Node, NotThere
from tests.screens.paper import Paper

_RANGES = re.compile(r"(\d\d:\d\d-\d\d:\d\d(, |$| ))+")


class Hand:
    """Fills in and reads the fields of one vendor's forms. `fetch` gets the picture behind an address."""

    def __init__(
        self, words: Words, read_file: Callable[[str], bytes], fetch: Callable[[str], str], paper: Paper
    ) -> None:
        self.words = words
        self.facts = words.facts
        self.read_file = read_file
        self.fetch = fetch
        self.paper = paper

    def write(self, kind: str, spec: FieldSpec, value: Any) -> None:
        """Bring the field to a value in plain data; None empties it. Raises `NotThere` for what nobody can choose."""
        label = self.words.field(kind, spec.name)
        form = self.paper.node
        match spec.shape:
            case SkillLevels():
                self._write_each(form.group(label), {name: str(level) for name, level in (value or {}).items()})
            case Weekly():
                hours = {self.words.own(day): ", ".join(ranges) for day, ranges in (value or {}).items()}
                self._write_each(form.group(label), hours)
            case Levels():
                self._write_permissions(form.group(label), Levels().canonical(value or {}))
            case Memberships():
                self._write_edges(form.group(label), value or {})
            case References() if form.has_group(label):
                self._tick(form.group(label), value or ())
            case File():
                self._write_picture(form.group(label), label, value)
            case Flag():
                self.paper.tick(form.labelled(label), on=bool(value))
            case _:
                self._write_one(kind, spec, form.labelled(label), value)

    def _write_one(self, kind: str, spec: FieldSpec, field: Node, value: Any) -> None:
        if field.tag != "select":
            self.paper.write(field, _text_of(spec, value))
            return
        name = next(iter(value or ()), None) if isinstance(spec.shape, References) else value
        if name is not None and not isinstance(spec.shape, Reference | References):
            name = self.words.value(kind, spec.name, name)
        self.paper.choose(field, self.words.own("none") if name is None else name)

    def _write_each(self, group: Node, texts: Mapping[str, str]) -> None:
        for label in texts:
            group.labelled(label)
        for there in group.all("label"):
            self.paper.write(group.labelled(there.text), texts.get(there.text, ""))

    def _tick(self, group: Node, names: Sequence[str]) -> None:
        boxes = [group.labelled(name) for name in names]
        for box in group.all("input"):
            self.paper.tick(box, on=box in boxes)

    def _write_edges(self, group: Node, edges: Mapping[str, Mapping[str, Any]]) -> None:
        self._tick(group, list(edges))
        for name, edge in edges.items():
            lists = group.all("select", where=_beside(group.labelled(name)))
            role = edge.get("role")
            if edge.get("permissions") or (role and not lists):
                raise NotThere(f"a place for what {name} has besides")
            for field in lists:
                self.paper.choose(field, self.words.in_group_role(role) if role else self.words.own("no_role"))

    def _write_permissions(self, form: Node, levels: dict[str, Any]) -> None:
        left = {name: word(level) for name, level in levels.items()}
        for row in self.facts.catalogue.permissions:
            field = self._permission(form, row)
            level = left.pop(row.id, row.levels[0])
            if field.tag == "select":
                self.paper.choose(field, self._level(row, level))
            else:
                self.paper.tick(field, on=level != row.levels[0])
        if left or self.facts.catalogue.open:
            others = form.labelled(self.words.own("other_permissions"))
            self.paper.write(others, "\n".join(f"{name}: {level}" for name, level in left.items()))

    def _permission(self, form: Node, row: Permission) -> Node:
        return form.group(self.words.of(row.section)).labelled(self.words.of(row.labels, row.id))

    def _level(self, row: Permission, level: str) -> str:
        plain = self.words.own(level) if level in ("yes", "no") else level
        return self.words.of(row.level_labels.get(level, {}), plain)

    def _write_picture(self, group: Node, label: str, digest: str | None) -> None:
        if digest is not None:
            self.paper.upload(group.labelled(label), self.read_file(digest))
        elif group.all("img"):
            self.paper.tick(group.labelled(self.words.own("remove_picture")), on=True)

    def read(self, kind: str, spec: FieldSpec) -> Any:
        """What stands in the field as it would be written in a manifest, None where it is empty."""
        label = self.words.field(kind, spec.name)
        form = self.paper.node
        match spec.shape:
            case SkillLevels():
                return {name: int(text) for name, text in self._read_each(form.group(label))} or None
            case Weekly():
                days = {self.words.own(day): day for day in DAYS}
                return {days[name]: text.split(", ") for name, text in self._read_each(form.group(label))} or None
            case Levels():
                return dict(self._read_permissions(form.group(label))) or None
            case Memberships():
                return self._read_edges(form.group(label)) or None
            case References() if form.has_group(label):
                return self._ticked(form.group(label)) or None
            case File():
                return next((self.fetch(node.attributes["src"]) for node in form.group(label).all("img")), None)
            case Flag():
                return self.paper.is_ticked(form.labelled(label))
            case _:
                return self._read_one(kind, spec, form.labelled(label))

    def _read_one(self, kind: str, spec: FieldSpec, field: Node) -> Any:
        if field.tag != "select":
            return _value_of(spec, self.paper.text(field))
        name = self.paper.chosen(field)
        if name == self.words.own("none"):
            return None
        if isinstance(spec.shape, References):
            return [name]
        return name if isinstance(spec.shape, Reference) else self._meant(kind, spec, name)

    def _meant(self, kind: str, spec: FieldSpec, name: str) -> str:
        """The model's value behind a word of the form."""
        known = [row.id for row in self.facts.access_levels] if spec.name == "access_level" else []
        if isinstance(spec.shape, Choice):
            known.extend(spec.shape.words)
        return next(value for value in known if self.words.value(kind, spec.name, value) == name)

    def _read_each(self, group: Node) -> Iterator[tuple[str, str]]:
        for label in group.all("label"):
            if text := self.paper.text(group.labelled(label.text)):
                yield label.raw, text

    def _ticked(self, group: Node) -> list[str]:
        return [label.raw for label in group.all("label") if self.paper.is_ticked(group.labelled(label.text))]

    def _read_edges(self, group: Node) -> dict[str, dict[str, str]]:
        roles = {self.words.in_group_role(row.id): row.id for row in self.facts.in_group_roles.items}
        edges: dict[str, dict[str, str]] = {}
        for name in self._ticked(group):
            lists = group.all("select", where=_beside(group.labelled(name)))
            chosen = [roles[role] for field in lists if (role := self.paper.chosen(field)) in roles]
            edges[name] = {"role": chosen[0]} if chosen else {}
        return edges

    def _read_permissions(self, form: Node) -> Iterator[tuple[str, str]]:
        for row in self.facts.catalogue.permissions:
            field = self._permission(form, row)
            if field.tag == "select":
                yield row.id, next(level for level in row.levels if self._level(row, level) == self.paper.chosen(field))
            elif self.paper.is_ticked(field):
                yield row.id, "yes"
        if self.facts.catalogue.open:
            for line in self.paper.text(form.labelled(self.words.own("other_permissions"))).splitlines():
                name, _, level = line.rpartition(": ")
                yield name, level


def _beside(box: Node) -> Callable[[Node], bool]:
    return lambda node: node.parent is box.parent


def _text_of(spec: FieldSpec, value: Any) -> str:
    match spec.shape:
        case _ if value is None:
            return ""
        case Networks():
            noted = value if isinstance(value, dict) else dict.fromkeys(value, "")
            return "\n".join(f"{network} {note or ''}".strip() for network, note in noted.items())
        case SpecialDays():
            return "\n".join(map(_day_text, value))
        case _:
            return str(value)


def _day_text(day: Mapping[str, Any]) -> str:
    dates = f"{day['date']}..{day['until']}" if day.get("until") else day["date"]
    return " ".join(filter(None, [dates, ", ".join(day.get("hours") or ()), day.get("name")]))


def _value_of(spec: FieldSpec, text: str) -> Any:
    match spec.shape:
        case _ if not text:
            return None
        case Networks():
            return {network: note for network, _, note in (line.partition(" ") for line in text.splitlines())}
        case SpecialDays(with_hours=with_hours):
            return [_day(line, with_hours=with_hours) for line in text.splitlines()]
        case Text():
            return text
        case Whole():
            return int(text)
    raise TypeError(f"a text field for {type(spec.shape).__name__}")


def _day(line: str, *, with_hours: bool) -> dict[str, Any]:
    dates, _, rest = line.partition(" ")
    date, _, until = dates.partition("..")
    ranges = _RANGES.match(rest) if with_hours else None
    hours = ranges[0].strip().split(", ") if ranges else []
    told = {"until": until, "name": rest[ranges.end() :] if ranges else rest}
    return {
        "date": date,
        **{key: text for key, text in told.items() if text},
        **({"hours": hours} if with_hours else {}),
    }
