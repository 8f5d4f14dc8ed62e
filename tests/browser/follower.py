"""Somebody who reads a runbook in one window and does in another, to the letter, what each sentence says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Locator, Page, expect

_PIECES = """(node) => [...node.childNodes].filter((part) => !part.classList?.contains("mark")).map((part) => [
    part.classList?.contains("word") ? "word" : part.classList?.contains("value") ? "value" : "", part.textContent
])"""


class Sentence(NamedTuple):
    """A sentence of a runbook: its words with blanks, and what stands in them."""

    form: str
    """`Click {word} at the top right of the screen.`"""
    said: tuple[str, ...]


def read(node: Locator) -> Sentence:
    """A sentence off the page. Words of the screen and values are marked there."""
    pieces: list[tuple[str, str]] = node.evaluate(_PIECES)
    form = "".join(f"{{{mark}}}" if mark else text for mark, text in pieces)
    return Sentence(" ".join(form.split()), tuple(text for mark, text in pieces if mark))


class Follower:
    """Two windows: the runbook, and the vendor's screens."""

    def __init__(self, runbook: Page, screens: Page) -> None:
        self.runbook = runbook
        self.screens = screens
        self.done: list[str] = []
        """Every sentence that was followed, in order."""

    def follow(self) -> None:
        """The whole runbook, entry by entry."""
        for entry in self.runbook.locator("article.entry").all():
            self._entry(entry)

    def _entry(self, entry: Locator) -> None:
        place = read(entry.locator(".where"))
        menu = self.screens.get_by_role("navigation")
        menu.get_by_role("link", name=place.said[-1], exact=True).click()
        for task in entry.locator(".tasks > li").all():
            self._do(read(task.locator("label > span")))
            task.get_by_role("checkbox").check()
        self._sees(read(entry.locator(".expect")))

    def _do(self, sentence: Sentence) -> None:
        """Raises `AssertionError` for a sentence that cannot be followed on these screens."""
        self.done.append(sentence.form.replace("{word}", "{}").replace("{value}", "{}").format(*sentence.said))
        for form, way in self._ways.items():
            if re.match(form, sentence.form):
                way(*sentence.said)
                return
        raise AssertionError(f"nobody can follow: {sentence}")

    @property
    def _ways(self) -> dict[str, Callable[..., None]]:
        """What a person understands by the sentences of a runbook and of the vendor's guide."""
        return {
            r"Click \{word\} at the top right": self._open,
            r"Click \{word\} at the bottom": self._press,
            r"Type \{value\} into \{word\}": lambda value, word: self._type(word, value),
            r"Change \{word\} from \{value\} to \{value\}": lambda word, before, value: self._retype(
                word, before, value
            ),
            r"In the centre block select \{value\}": lambda value: self._tick("Roles", value, on=True),
            r"In the centre block deselect \{value\}": lambda value: self._tick("Roles", value, on=False),
            r"Under \{word\} add \{value\}": lambda word, value: self._tick(word, value, on=True),
            r"Under \{word\} remove \{value\}": lambda word, value: self._tick(word, value, on=False),
            r"Click the pencil icon next to \{value\}": lambda name: self._open(f"Edit {name}"),
            r"Click the trash can icon next to \{value\}": self._delete,
            r"Click the button with the person's icon next to \{value\}": self._see_that_nobody_is_in,
            r"Open the form for a new employee": lambda: self._open("Add Employee"),
            r"Open the form of \{value\}": lambda name: self._open(f"Edit {name}"),
            r"Save the form": lambda: self._press("Save"),
            r"Find \{value\} on the list": self._find,
            r"Delete \{value\}": self._delete,
        }

    def _open(self, name: str) -> None:
        self.screens.get_by_role("main").get_by_role("link", name=name, exact=True).click()

    def _press(self, name: str) -> None:
        self.screens.get_by_role("button", name=name, exact=True).click()
        expect(self.screens.get_by_role("alert")).to_have_count(0)

    def _type(self, label: str, text: str) -> None:
        self.screens.get_by_label(label, exact=True).fill(text)

    def _retype(self, label: str, before: str, text: str) -> None:
        expect(self.screens.get_by_label(label, exact=True)).to_have_value(before)
        self._type(label, text)

    def _tick(self, legend: str, name: str, *, on: bool) -> None:
        box = self.screens.get_by_role("group", name=legend).get_by_label(name, exact=True)
        expect(box).to_be_checked(checked=not on)
        box.set_checked(on)

    def _delete(self, name: str) -> None:
        self._open(f"Delete {name}")
        self._press("Yes, delete")

    def _find(self, name: str) -> None:
        expect(self._row(name)).to_be_visible()

    def _see_that_nobody_is_in(self, name: str) -> None:
        self._open(f"People of {name}")
        expect(self.screens.get_by_role("main").get_by_role("listitem")).to_have_count(0)
        self._open("Back to the list")

    def _sees(self, sentence: Sentence) -> None:
        """What the runbook says is to be seen when it is right."""
        if "no longer shows" in sentence.form:
            expect(self._row(sentence.said[-1])).to_have_count(0)
        elif "The message {word} appears" in sentence.form:
            expect(self.screens.get_by_role("status")).to_have_text(sentence.said[-1])
        else:
            self._find(next(said for said in sentence.said if said != "Groups and Rights"))

    def _row(self, name: str) -> Locator:
        head = self.screens.get_by_role("rowheader", name=name, exact=True)
        return self.screens.get_by_role("row").filter(has=head)
