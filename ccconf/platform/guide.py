"""How a person does it on the vendor's own screens, as rows of data: a runbook is made of nothing else.

A vendor's package keeps its rows in `guide.yaml` beside its `facts.yaml`; `ccconf.manifest.guide` reads them. Texts are
sentences by language. In a sentence, `**Submit**` is a word of the screen, and a word between braces is filled in:

- `{name}`: what the platform calls the object now, `{new_name}`: what it is called when the step is done
- `{field}`: the word of the field on the form, `{value}`: what it is to be, `{before}`: what it is
- `{file}`: the name of the file to import, `{count}`: the number of its rows
- the name of a field: its value, where the way knows it (`{segment}`); the form is then not asked for it again
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ccconf.platform.facts import KindName, Labelled, Labels, Row

Done = Literal["create", "update", "rename", "delete", "restore"]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class FieldWord(Row, frozen=True, kw_only=True):
    """What the vendor's form calls a field. The rows of a kind stand in the order of its form."""

    kind: KindName
    field: str
    labels: Labels
    single: Annotated[bool, Meta(description="The form takes one where the model takes several.")] = False
    adding: Labels = msgspec.field(default_factory=dict)
    """How one entry of it comes, where the form is no list to add to."""
    removing: Labels = msgspec.field(default_factory=dict)
    """How one entry of it goes."""


class ValueWord(Row, frozen=True, kw_only=True):
    """What the vendor's form calls one value of a field: `inactive`."""

    kind: KindName
    field: str
    value: str
    labels: Labels


class KindWord(Row, frozen=True, kw_only=True):
    """What the vendor calls an object of the kind: a department, a permission group."""

    kind: KindName
    labels: Labels
    as_object: Labels = msgspec.field(default_factory=dict)
    """The same where something is done to it, in languages that bend the word for that."""


class Way(Row, frozen=True, kw_only=True):
    """How one operation is done on the screens: how to come to the form, and how to leave it."""

    kind: KindName
    operations: tuple[Done, ...]
    screen: Annotated[str, Meta(description="The id of a row under `screens` in facts.yaml, or here.")]
    begin: tuple[Labels, ...] = ()
    end: tuple[Labels, ...] = ()
    expect: Labels = msgspec.field(default_factory=dict)
    """What the screen shows when it was right; a word of the screen in it is a message."""
    hint: Labels = msgspec.field(default_factory=dict)
    """What to know before it; nothing is done for it."""
    only: tuple[str, ...] = ()
    """The way for these fields alone, where the vendor has a form of its own for them (a status, a list)."""
    when: dict[str, str] = msgspec.field(default_factory=dict)
    """The way for objects that are not known to have other values than these. The form does not ask for them."""

    def suits(self, values: Mapping[str, Any]) -> bool:
        """Whether an object with these values may go this way."""
        return all(values.get(field, value) == value for field, value in self.when.items())


class ImportWay(Row, frozen=True, kw_only=True):
    """How a file is carried to the vendor's import screen."""

    kind: KindName
    screen: str
    steps: tuple[Labels, ...]
    expect: Labels = msgspec.field(default_factory=dict)


class EffectWord(Row, frozen=True, kw_only=True):
    """A row under `effects` in facts.yaml in the languages of the guide."""

    id: str
    labels: Labels


class ActWay(Row, frozen=True, kw_only=True):
    """On which screen a row under `acts` in facts.yaml is done to a person."""

    id: str
    screen: str
    leaver: Annotated[bool, Meta(description="Done to whoever leaves, too.")] = False


class Guide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a runbook needs to know of a vendor's screens."""

    languages: tuple[str, ...] = ("en",)
    """English first, then the language of the vendor's own screens."""
    screens: tuple[Labelled, ...] = ()
    """Screens that facts.yaml does not name."""
    kinds: tuple[KindWord, ...] = ()
    fields: tuple[FieldWord, ...] = ()
    values: tuple[ValueWord, ...] = ()
    ways: tuple[Way, ...] = ()
    imports: tuple[ImportWay, ...] = ()
    effects: tuple[EffectWord, ...] = ()
    acts: tuple[ActWay, ...] = ()

    def kind_word(self, kind: str) -> KindWord | None:
        """The row that names the kind."""
        return next((row for row in self.kinds if row.kind == kind), None)

    def field_word(self, kind: str, field: str) -> FieldWord | None:
        """The row that names the field."""
        return next((row for row in self.fields if (row.kind, row.field) == (kind, field)), None)

    def value_word(self, kind: str, field: str, value: str) -> ValueWord | None:
        """The row that names one value of a field."""
        return next((row for row in self.values if (row.kind, row.field, row.value) == (kind, field, value)), None)

    def form_of(self, kind: str) -> tuple[str, ...]:
        """The fields of a kind in the order of the vendor's form."""
        return tuple(row.field for row in self.fields if row.kind == kind)

    def way_for(self, kind: str, operation: str, field: str = "", values: Mapping[str, Any] = NOTHING) -> Way | None:
        """How it is done: the field's own way where it has one, else the way of the form. `values` is what is known
        of the object.
        """
        rows = [row for row in self.ways if row.kind == kind and operation in row.operations and row.suits(values)]
        own = next((row for row in rows if field in row.only), None)
        return own or next((row for row in rows if not row.only), None)

    def import_for(self, kind: str) -> ImportWay | None:
        """How a file with objects of the kind is imported."""
        return next((row for row in self.imports if row.kind == kind), None)

    def word_of_kind(self, kind: str, language: str) -> str:
        """The vendor's word for an object of the kind; ours, where none is known."""
        row = self.kind_word(kind)
        return word(row.labels, language) if row else kind

    def word_of_field(self, kind: str, field: str, language: str) -> str:
        """The word on the form; the model's, where none is known."""
        row = self.field_word(kind, field)
        return word(row.labels, language) if row else field

    def word_of_value(self, kind: str, field: str, value: str, language: str) -> str:
        """The form's word for a value; the value itself, where none is known."""
        row = self.value_word(kind, field, value)
        return word(row.labels, language) if row else value


def word(labels: Labels, language: str) -> str:
    """The label in the language; else in English, else in any."""
    return labels.get(language) or labels.get("en") or next(iter(labels.values()), "")
