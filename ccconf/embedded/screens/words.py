"""Every word on the screens: the vendor's from its guide and facts, the frame's own from `phrases`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ccconf.embedded.screens.phrases import PHRASES
from ccconf.model.kinds import KINDS
from ccconf.platform.facts import Facts, Labels
from ccconf.platform.guide import Guide, Way, word

_WORD_OF_THE_SCREEN = re.compile(r"\*\*(.+?)\*\*")
_MESSAGES = {"delete": "deleted", "restore": "restored"}
"""The frame's phrase after an operation, where it is not called like the operation."""


class Words:
    """The words of one vendor's screens in one language; what it lacks is said in English."""

    def __init__(self, facts: Facts, guide: Guide, language: str) -> None:
        self.facts = facts
        self.guide = guide
        self.language = language
        self._screens = {row.id: row.labels for row in (*facts.screens, *guide.screens)}
        self._own = {**PHRASES["en"], **PHRASES.get(language, {})}

    def own(self, phrase: str, **blanks: str) -> str:
        """What the frame says, no vendor's word."""
        return self._own[phrase].format(**blanks)

    def of(self, labels: Labels, otherwise: str = "") -> str:
        """A row's label."""
        return word(labels, self.language) or otherwise

    def kind(self, kind: str) -> str:
        """What the vendor calls an object of the kind."""
        return self.guide.word_of_kind(kind, self.language)

    def field(self, kind: str, field: str) -> str:
        """What the form calls a field."""
        return self.guide.word_of_field(kind, field, self.language)

    def value(self, kind: str, field: str, value: str) -> str:
        """What the form calls one value of a field."""
        levels = {row.id: row.labels for row in self.facts.access_levels} if field == "access_level" else {}
        return self.of(levels.get(value, {})) or self.guide.word_of_value(kind, field, value, self.language)

    def in_group_role(self, role: str) -> str:
        """A role within a group."""
        labels = {row.id: row.labels for row in self.facts.in_group_roles.items}
        return self.of(labels.get(role, {}), role)

    def screen(self, kind: str) -> str:
        """The heading over the objects of a kind: the screen of its way; else one that is called like the kind."""
        way = self._way(kind)
        like_the_kind = (KINDS[kind].plural, f"{self.guide.word_of_kind(kind, 'en').lower()}s")
        places = [way.screen] if way else [place for place in like_the_kind if place in self._screens]
        return self.of(self._screens.get(places[0], {}) if places else {}, self.kind(kind))

    def part(self, kind: str, whole: str) -> str:
        """The heading over what is a part of another object: its own screen, else its name."""
        screen = self.screen(kind)
        return screen if screen != self.screen(whole) else self.kind(kind)

    def guessed(self, kind: str) -> bool:
        """Whether nobody knows how the vendor's screen looks."""
        way = self._way(kind)
        return way is None or way.certainty == "unverified"

    def add(self, kind: str) -> str:
        """The button for a new object: the last word of the screen on the way to its form."""
        way = self.guide.way_for(kind, "create")
        return self._last(way.begin if way else ()) or self.own("add", kind=self.kind(kind))

    def submit(self, kind: str) -> str:
        """The button that sends the form."""
        way = self.guide.way_for(kind, "update") or self.guide.way_for(kind, "create")
        return self._last(way.end if way else ()) or self.own("save")

    def done(self, kind: str, operation: str) -> str:
        """The message after an operation: what the vendor's screen is known to say, else something plain."""
        way = self.guide.way_for(kind, operation)
        told = [text for text in self._marked([way.expect] if way else []) if text not in self._titles()]
        return told[-1] if told else self.own(_MESSAGES.get(operation, operation), kind=self.kind(kind))

    def mistake(self, label: str, expected: str) -> str:
        """A field that cannot be read; without words it is needed and empty."""
        return self.own("ill_formed", field=label, form=expected) if expected else self.own("needed", field=label)

    def changed_since(self, labels: list[str]) -> str:
        """Somebody was quicker."""
        return self.own("changed_since", fields=", ".join(labels) or self.own("none"))

    def _way(self, kind: str) -> Way | None:
        return next((row for row in self.guide.ways if row.kind == kind and not row.only), None)

    def _last(self, sentences: Iterable[Labels]) -> str:
        return next(iter(reversed([text for text in self._marked(sentences) if text not in self._titles()])), "")

    def _marked(self, sentences: Iterable[Labels]) -> Iterator[str]:
        for labels in sentences:
            yield from _WORD_OF_THE_SCREEN.findall(self.of(labels))

    def _titles(self) -> set[str]:
        """Words that name a place, hence no button and no message; facts may name buttons and messages too."""
        places = {row.screen for row in self.guide.ways}
        return {self.of(self._screens.get(place, {})) for place in places}
