"""The words of one runbook: the vendor's for screens, forms and permissions, ours for what is done to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts, Labels, Permission, Row
from ccconf.platform.guide import Guide, word
from ccconf.report.runbook.languages import LANGUAGES, sentence
from ccconf.report.runbook.values import Piece, Sentence
from ccconf.report.words import visible

OwnName = Callable[[Ref], str]
"""What the platform calls an object that Git calls so."""

NO_GUIDE = Guide()
_PARTS = re.compile(r"\*\*(?P<word>.+?)\*\*|\{(?P<filled>\w+)\}")


class Word(NamedTuple):
    """A word of the vendor's screens, with what it means where the reader may not know its language."""

    said: Sentence
    sure: bool


def languages_of(guide: Guide | None) -> tuple[str, ...]:
    """The languages in which a runbook can be told: those of the guide for which we have words, English at least."""
    return tuple(name for name in (guide or NO_GUIDE).languages if name in LANGUAGES) or ("en",)


def filled(text: str, fills: Mapping[str, Sentence]) -> Sentence:
    """A sentence with the words of the screen marked, and the braces filled in; what is filled in is not read again."""
    pieces: list[Piece] = []
    end = 0
    for part in _PARTS.finditer(text):
        pieces.append(Piece(text[end : part.start()]))
        end = part.end()
        if part["word"]:
            pieces.append(Piece(part["word"], "word"))
        else:
            pieces.extend(fills.get(part["filled"], (Piece(part[0]),)))
    return tuple(piece for piece in (*pieces, Piece(text[end:])) if piece.text)


def value(text: object) -> Sentence:
    """What people or the platform brought; never empty, so that a reader sees that it is."""
    return (Piece(str(text) if visible(str(text)) else "—", "value"),)


def on_screen(text: str) -> Sentence:
    """A word as the screen has it."""
    return (Piece(text, "word"),)


def said(text: str) -> Sentence:
    """Words of our own."""
    return (Piece(text),)


class Vocabulary:
    """Facts, guide and a language, asked for one word at a time."""

    def __init__(self, facts: Facts, guide: Guide | None, own_name: OwnName, language: str) -> None:
        self.facts = facts
        self.guide = guide or NO_GUIDE
        self.own_name = own_name
        self.language = language if language in languages_of(guide) else "en"
        self.permissions = {row.id: row for row in facts.catalogue.permissions}
        self._screens = {row.id: row for row in (*facts.screens, *self.guide.screens)}

    def tell(self, name: str, /, **fills: Sentence) -> Sentence:
        """One of our own sentences."""
        return filled(sentence(name, self.language), fills)

    def vendor(self, labels: Labels, /, **fills: Sentence) -> Sentence:
        """A sentence of the guide."""
        return filled(word(labels, self.language), fills)

    def kind(self, kind: str) -> Sentence:
        """The word for an object of the kind, as something is done to it."""
        row = self.guide.kind_word(kind)
        bent = row.as_object.get(self.language, "") if row else ""
        return said(bent or self.guide.word_of_kind(kind, self.language))

    def name(self, kind: str, key: str) -> Sentence:
        """An object by the platform's own name."""
        return value(self.own_name(Ref(kind, key)))

    def screen(self, name: str) -> Word:
        """The way to a screen."""
        row = self._screens.get(name)
        return self._word(row, row.labels if row else {}, on_screen(name))

    def field(self, kind: str, field: str) -> Word:
        """The word of the form; the model's, where none is known."""
        row = self.guide.field_word(kind, field)
        return self._word(row, row.labels if row else {}, on_screen(field))

    def choice(self, kind: str, field: str, chosen: str) -> Word | None:
        """The form's word for a value; None where the value is no word of the form."""
        if field == "access_level":
            level = next((row for row in self.facts.access_levels if row.id == chosen), None)
            return self._word(level, level.labels, value(chosen)) if level else None
        row = self.guide.value_word(kind, field, chosen)
        return self._word(row, row.labels, value(chosen)) if row else None

    def role_within(self, role: str) -> Word:
        """The word for a role within a group."""
        row = next((row for row in self.facts.in_group_roles.items if row.id == role), None)
        return self._word(row, row.labels if row else {}, value(role))

    def permission(self, name: str) -> Word:
        """A permission with its section, as the screen shows them."""
        row = self.permissions.get(name)
        if row is None:
            return Word(value(name), sure=False)
        section = (*self._shown(row.section, ()), *said(" → ")) if row.section and "." in row.id else ()
        return Word((*section, *self._shown(row.labels, value(name))), row.certainty != "unverified")

    def level(self, permission: Permission | None, level: str) -> Sentence:
        """The word of a permission's level."""
        return self._shown(permission.level_labels.get(level, {}) if permission else {}, value(level))

    def act(self, name: str) -> Sentence:
        """The word for something that is done to one person."""
        row = next((row for row in self.facts.acts if row.id == name), None)
        return self._shown(row.labels if row else {}, value(name))

    def effect(self, says: str) -> Sentence:
        """What the platform does by itself, in the language where the guide tells it."""
        names = {row.id for row in self.facts.effects if row.says == says}
        row = next((row for row in self.guide.effects if row.id in names), None)
        return said(word(row.labels, self.language)) if row else value(says)

    def _word(self, row: Row | None, labels: Labels, otherwise: Sentence) -> Word:
        return Word(self._shown(labels, otherwise), row is not None and row.certainty != "unverified")

    def _shown(self, labels: Labels, otherwise: Sentence) -> Sentence:
        """The word as the screen has it. Who reads another language finds it there and is told what it means."""
        own = word(labels, self.facts.language)
        meaning = labels.get(self.language, own)
        if not own:
            return otherwise
        return on_screen(own) if meaning == own else (*on_screen(own), *said(f" ({meaning})"))
