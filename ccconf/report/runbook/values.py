"""A runbook as values, before it is Markdown or a page: what is said, and what of it people brought."""

from __future__ import annotations

from typing import Literal, NamedTuple

Says = Literal["text", "word", "value", "command"]


class Piece(NamedTuple):
    """A part of a sentence: our text, a word of the screen, a value that people brought, or a command to type."""

    text: str
    says: Says = "text"


Sentence = tuple[Piece, ...]


class Task(NamedTuple):
    """One sentence to do and to tick off."""

    said: Sentence
    unverified: bool = False
    """It rests on a word of the screen that is our guess."""


class Place(NamedTuple):
    """What is done on one screen."""

    where: Sentence
    tasks: tuple[Task, ...]
    expect: Sentence = ()
    hint: Sentence = ()
    unverified: bool = False
    """The screen itself, or the way on it, is our guess: then so is every task."""


class Entry(NamedTuple):
    """One numbered part: the change of one object, or the import of one file."""

    number: int
    heading: Sentence
    about: tuple[str, ...]
    """The steps of the plan that it serves."""
    settles: tuple[str, ...]
    """Those of them that are done when it is done. A person whom a file brings in part is settled by an own entry."""
    places: tuple[Place, ...]
    notes: tuple[Sentence, ...] = ()

    @property
    def unverified(self) -> bool:
        """Whether anything in it is our guess."""
        return any(place.unverified or any(task.unverified for task in place.tasks) for place in self.places)


class Later(NamedTuple):
    """A step that cannot be done in this round, and why."""

    heading: Sentence
    step: str
    reason: Sentence


class Runbook(NamedTuple):
    """Everything that a person is asked to do on one target, in one language, in an order that works."""

    language: str
    target: str
    platform: str
    plan_id: str
    title: Sentence
    before: tuple[Sentence, ...]
    """What to have at hand, and what to know."""
    entries: tuple[Entry, ...]
    later: tuple[Later, ...]
    back: tuple[Sentence, ...]
    """How to report what was done."""

    @property
    def numbers(self) -> dict[str, int]:
        """By step of the plan the number of the entry that settles it."""
        return {step: entry.number for entry in self.entries for step in entry.settles}


class FileRow(NamedTuple):
    """A file that was made for the vendor's import screen, and the steps whose objects its rows bring."""

    name: str
    steps: tuple[str, ...]
    secret: bool = False


def plain(sentence: Sentence) -> str:
    """A sentence for a terminal."""
    return "".join(piece.text for piece in sentence)
