"""A form as a person fills it in: nothing is touched but what they mean to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.screens.page import Node, NotThere, seen


class Filled(NamedTuple):
    """What a browser sends of a form."""

    address: str
    values: list[tuple[str, str]]
    files: list[tuple[str, bytes]]
    by_parts: bool


class Paper:
    """The form of a page."""

    def __init__(self, page: Node) -> None:
        self.node = page.one("form", where=lambda node: True, what="a form")
        self._files: list[tuple[str, bytes]] = []

    def text(self, field: Node) -> str:
        """What stands in a text field."""
        if field.tag == "textarea":
            return field.raw.removeprefix("\n")
        return field.attributes.get("value", "")

    def write(self, field: Node, text: str) -> None:
        """Type in place of what stands there."""
        if field.tag == "textarea":
            field.inside = [f"\n{text}"]
        else:
            field.attributes["value"] = text

    def is_ticked(self, box: Node) -> bool:
        """Whether a check box is ticked."""
        return "checked" in box.attributes

    def tick(self, box: Node, *, on: bool) -> None:
        """Tick it or take the tick away."""
        box.attributes.pop("checked", None)
        if on:
            box.attributes["checked"] = ""

    def chosen(self, field: Node) -> str:
        """What is chosen from a list, as it is called there."""
        return _chosen(field).raw

    def choose(self, field: Node, name: str) -> None:
        """Choose from a list. Raises `NotThere`."""
        wanted = field.one("option", where=lambda node: node.text == seen(name), what=f"the choice {name!r}")
        for option in field.all("option"):
            option.attributes.pop("selected", None)
        wanted.attributes["selected"] = ""

    def upload(self, field: Node, content: bytes) -> None:
        """Choose a file."""
        self._files.append((field.attributes["name"], content))

    def sent(self) -> Filled:
        """What pressing the form's button sends."""
        if len(self.node.all("button")) != 1:
            raise NotThere("a form with one button")
        by_parts = self.node.attributes.get("enctype") == "multipart/form-data"
        return Filled(self.node.attributes["action"], list(self._values()), self._files, by_parts)

    def _values(self) -> Iterator[tuple[str, str]]:
        for field in self.node.all("input", "select", "textarea"):
            kind, name = field.attributes.get("type", "text"), field.attributes.get("name", "")
            if not name or "disabled" in field.attributes or kind == "file":
                continue
            if field.tag == "select":
                yield name, _chosen(field).attributes["value"]
            elif kind != "checkbox" or self.is_ticked(field):
                yield name, self.text(field)


def _chosen(field: Node) -> Node:
    options = field.all("option")
    return next((option for option in options if "selected" in option.attributes), options[0])
