"""Permissions as the vendor's screen shows them: its sections, its labels, its levels, in its order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccconf.model.shapes import Level
from ccconf.platform.facts import Permission
from ccconf.report.runbook.values import Sentence, Task
from ccconf.report.runbook.vocabulary import Vocabulary

Granted = Mapping[str, Level]


def levels(words: Vocabulary, before: Granted | None, after: Granted | None) -> Iterator[Task]:
    """A sentence for each permission whose level changes; for a new role, one more for all that it does not name."""
    was, becomes = before or {}, after or {}
    for name in _as_on_screen(words, {*was, *becomes}):
        row = words.permissions.get(name)
        old, new = (_level(row, granted.get(name, False)) for granted in (was, becomes))
        if old != new:
            yield _set(words, name, row, old if name in was else None, new)
    if before is None and len(becomes) < len(words.permissions):
        yield Task(words.tell("others_off"))


def levels_within(
    words: Vocabulary, field: Sentence, holder: Sentence, before: Granted, after: Granted
) -> Iterator[Task]:
    """The same for one member of a group, or one role within it, where an unnamed permission is what the role gives."""
    for name in _as_on_screen(words, {*before, *after}):
        if before.get(name) == after.get(name):
            continue
        permission = words.permission(name)
        fills = {"field": field, "value": holder, "permission": permission.said}
        if name in after:
            row = words.permissions.get(name)
            yield Task(
                words.tell("within", level=words.level(row, _level(row, after[name])), **fills), not permission.sure
            )
        else:
            yield Task(words.tell("no_longer_within", **fills), not permission.sure)


def _as_on_screen(words: Vocabulary, names: set[str]) -> list[str]:
    """In the order of the vendor's form; what the catalogue does not know comes last."""
    place = {name: number for number, name in enumerate(words.permissions)}
    return sorted(names, key=lambda name: (place.get(name, len(place)), name))


def _level(row: Permission | None, level: Level) -> str:
    """The id of a level: yes and no stand in manifests as true and false."""
    known = row.levels if row else ("no", "yes")
    if isinstance(level, bool):
        return known[-1] if level else known[0]
    return level


def _set(words: Vocabulary, name: str, row: Permission | None, old: str | None, new: str) -> Task:
    permission = words.permission(name)
    fills = {"permission": permission.said}
    if new in ("yes", "no") and old in ("yes", "no", None):
        return Task(words.tell("on" if new == "yes" else "off", **fills), not permission.sure)
    fills["value"] = words.level(row, new)
    if old is None:
        return Task(words.tell("level", **fills), not permission.sure)
    return Task(words.tell("relevel", before=words.level(row, old), **fills), not permission.sure)
