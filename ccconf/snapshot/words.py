"""The words that people type and vendors' screens show, and what they mean: yes and no, permissions, levels, roles."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping

from ccconf.model.shapes import Level
from ccconf.platform.facts import Facts, Labels, Permission

_YES = frozenset(["yes", "y", "x", "✓", "✔", "☑", "true", "1", "on", "да", "sim", "s", "tak", "так"])
_NO = frozenset(["no", "n", "-", "✗", "☐", "false", "0", "off", "нет", "não", "nao", "nie", "ні"])
_AN_ID = re.compile(r"[\w-]+(\.[\w-]+)*")


class Unclear(ValueError):
    """A cell that can mean several things or none. Its arguments say what is wrong, and how to mend it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def flag(text: str) -> bool | None:
    """Yes or no in any of the vendors' languages; None where it is neither."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


class Words:
    """The words of one platform, and the names that are already known there."""

    def __init__(self, facts: Facts, known: Mapping[str, Container[str]]) -> None:
        self.known = known
        """Names by kind: a name may look like something else, such as `Support (N1)`."""
        self.permissions = {row.id: row for row in facts.catalogue.permissions}
        self.permission_ids = _ids((row.id, _wordings(row)) for row in facts.catalogue.permissions)
        self.levels = {row.id: _levels(row) for row in facts.catalogue.permissions}
        self.level_words = {word for levels in self.levels.values() for word in levels}
        self.roles = _ids((row.id, row.labels.values()) for row in facts.in_group_roles.items)
        self.roles_are_open = facts.in_group_roles.open
        self.access_levels = _ids((row.id, row.labels.values()) for row in facts.access_levels)

    def knows(self, kind: str, name: str) -> bool:
        """Whether an object of the kind has just that name."""
        return name in self.known.get(kind, ())

    def permission(self, text: str) -> str | None:
        """The id of a permission by its id or its label. Raises `Unclear` where several have the label."""
        return _meant(self.permission_ids, text)

    def level(self, permission: str, text: str) -> Level:
        """A level by its id, its label, or yes and no; what is none of these stays as it is, to be judged."""
        known = self.levels.get(permission, {}).get(text.casefold())
        meant = flag(text) if known is None else known
        return text if meant is None else meant

    def in_group_role(self, text: str) -> str | None:
        """The id of a role within a group; None where the platform has no such role."""
        return _meant(self.roles, text) or (text if self.roles_are_open else None)

    def access_level(self, text: str) -> str:
        """The id of an access level; what is none stays as it is, to be judged."""
        return _meant(self.access_levels, text) or text

    def grant(self, text: str) -> tuple[str, Level]:
        """`users read` as permission and level; without a level it is granted."""
        if whole := self.permission(text):
            return whole, True
        blanks = [match.span() for match in re.finditer(r"\s+", text)]
        for start, end in reversed(blanks):
            if name := self.permission(text[:start]):
                return name, self.level(name, text[end:])
        for start, end in blanks:
            if _AN_ID.fullmatch(text[:start]) or text[end:].casefold() in self.level_words:
                return text[:start], self.level(text[:start], text[end:])
        return text, True


def _ids(rows: Iterable[tuple[str, Iterable[str]]]) -> dict[str, set[str]]:
    """Ids by every wording, capitals apart."""
    ids: dict[str, set[str]] = {}
    for name, wordings in rows:
        for wording in (name, *wordings):
            ids.setdefault(wording.casefold(), set()).add(name)
    return ids


def _meant(ids: Mapping[str, set[str]], text: str) -> str | None:
    found = ids.get(text.casefold(), set())
    if text in found or len(found) == 1:
        return text if text in found else next(iter(found))
    if found:
        raise Unclear(f"{text} can mean {' or '.join(sorted(found))}", "write one of these ids")
    return None


def _wordings(row: Permission) -> Iterable[str]:
    """The labels, alone and behind the section's: `Users: See all`."""
    for language, label in row.labels.items():
        yield label
        if section := row.section.get(language):
            yield f"{section}: {label}"


def _levels(row: Permission) -> dict[str, Level]:
    """Levels as they are written, by id and label."""
    levels: dict[str, Level] = {}
    for level in row.levels:
        wordings: Labels = row.level_labels.get(level, {})
        for word in (level, *wordings.values()):
            levels[word.casefold()] = True if level == "yes" else False if level == "no" else level
    return levels
