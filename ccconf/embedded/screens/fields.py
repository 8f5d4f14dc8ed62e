"""Which control each field of a kind gets, from the field's shape and the vendor's rows."""

from __future__ import annotations

from typing import Any

from ccconf.embedded.screens.centre import Centre
from ccconf.embedded.screens.controls import Control, Edges, Line, Marks, OneOf, Option, Picture, Tick, Ticks
from ccconf.embedded.screens.form import Form, Part
from ccconf.embedded.screens.tables import DayLines, NetworkLines, Permissions, Scale, Section, Week
from ccconf.embedded.screens.words import Words
from ccconf.model.fields import FieldSpec
from ccconf.model.hours import DAYS
from ccconf.model.kinds import KINDS
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
from ccconf.platform.contract import Observed
from ccconf.platform.facts import Permission


class Fields:
    """Makes the forms of one vendor."""

    def __init__(self, words: Words, centre: Centre) -> None:
        self.words = words
        self.centre = centre
        self.facts = words.facts

    def form(self, kind: str, item: Observed | None) -> Form:
        """The form of an object, filled with it; of a new one where there is none."""
        whole = Part(kind, "", self._controls(kind), item, self.naming(kind))
        parts = (
            Part(part, self.words.part(part, kind), self._controls(part), self.centre.part_of(part, item))
            for part in self.centre.parts(kind)
        )
        return Form((whole, *parts))

    def naming(self, kind: str) -> str:
        """The field that is the object's name."""
        return self.facts.recognised_by.get(kind, "name")

    def of(self, kind: str) -> tuple[FieldSpec, ...]:
        """The fields that the screens of a kind show, in the order of the vendor's form."""
        order = self.words.guide.form_of(kind)
        have = self.facts.fields.get(kind)
        specs = [spec for spec in KINDS[kind].stored if have is None or spec.name in have]
        return tuple(sorted(specs, key=lambda spec: order.index(spec.name) if spec.name in order else len(order)))

    def _controls(self, kind: str) -> tuple[Control, ...]:
        return tuple(self._control(kind, spec) for spec in self.of(kind))

    def _control(self, kind: str, spec: FieldSpec) -> Control:
        known: dict[str, Any] = {
            "id": f"{kind}.{spec.name}",
            "field": spec.name,
            "label": self.words.field(kind, spec.name),
        }
        if spec.name == "access_level" and self.facts.access_levels:
            return OneOf(**known, options=self._values(kind, spec.name, [row.id for row in self.facts.access_levels]))
        control = self._simple(kind, spec, known) or self._of_several(kind, spec, known) or self._table(spec, known)
        if control is None:
            raise TypeError(f"no control for {type(spec.shape).__name__} (field {spec.name})")
        return control

    def _simple(self, kind: str, spec: FieldSpec, known: dict[str, Any]) -> Control | None:
        match spec.shape:
            case Choice() as choice:
                return OneOf(**known, options=self._values(kind, spec.name, choice.words))
            case Text() | Whole() as shape:
                return Line(**known, shape=shape)
            case Flag():
                return Tick(**known)
            case Reference() as reference:
                return OneOf(**known, options=self.centre.options(reference.kind))
            case File():
                return Picture(**known)
        return None

    def _of_several(self, kind: str, spec: FieldSpec, known: dict[str, Any]) -> Control | None:
        match spec.shape:
            case References() as references:
                return self._several(kind, references, known)
            case Memberships() as memberships:
                return Edges(**known, options=self.centre.options(memberships.kind), roles=self._roles())
            case SkillLevels():
                return Marks(**known, options=self.centre.options("skill"))
        return None

    def _table(self, spec: FieldSpec, known: dict[str, Any]) -> Control | None:
        match spec.shape:
            case Levels():
                return self._permissions(known)
            case Weekly():
                days = tuple(Option(day, self.words.own(day), day) for day in DAYS)
                return Week(**known, days=days, hint=self.words.own("hint_hours"))
            case Networks():
                return NetworkLines(**known, hint=self.words.own("hint_networks"))
            case SpecialDays(with_hours=with_hours):
                hint = self.words.own("hint_special" if with_hours else "hint_days")
                return DayLines(**known, with_hours=with_hours, hint=hint)
        return None

    def _several(self, kind: str, shape: References, known: dict[str, Any]) -> Control:
        options = self.centre.options(shape.kind)
        row = self.words.guide.field_word(kind, known["field"])
        if row is not None and row.single:
            return OneOf(**known, options=options, listed=True)
        return Ticks(**known, options=options)

    def _values(self, kind: str, field: str, values: Any) -> tuple[Option, ...]:
        return tuple(Option(value, self.words.value(kind, field, value), value) for value in values)

    def _roles(self) -> tuple[Option, ...]:
        roles = (row.id for row in self.facts.in_group_roles.items)
        return tuple(Option(role, self.words.in_group_role(role), role) for role in roles)

    def _permissions(self, known: dict[str, Any]) -> Permissions:
        sections: dict[str, list[Scale]] = {}
        for row in self.facts.catalogue.permissions:
            sections.setdefault(self.words.of(row.section), []).append(self._scale(row))
        others = self.words.own("other_permissions") if self.facts.catalogue.open else ""
        return Permissions(
            **known,
            sections=tuple(Section(heading, tuple(scales)) for heading, scales in sections.items()),
            others=others,
            hint=self.words.own("hint_permissions"),
        )

    def _scale(self, row: Permission) -> Scale:
        levels = tuple(Option(level, self._level(row, level), level) for level in row.levels)
        return Scale(row.id, self.words.of(row.labels, row.id), levels)

    def _level(self, row: Permission, level: str) -> str:
        plain = self.words.own(level) if level in ("yes", "no") else level
        return self.words.of(row.level_labels.get(level, {}), plain)
