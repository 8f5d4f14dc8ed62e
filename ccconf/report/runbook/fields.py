"""The change of a field as sentences to do: one for a value, one for each entry of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ccconf.model.change import FieldChange
from ccconf.model.fields import Shape
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
    Rights,
    SkillLevels,
    SpecialDays,
    Weekly,
)
from ccconf.report.runbook.hours import special_days, week
from ccconf.report.runbook.permissions import levels, levels_within
from ccconf.report.runbook.values import Sentence, Task
from ccconf.report.runbook.vocabulary import Vocabulary, value


class Asked(NamedTuple):
    """One field of one object that is to change."""

    words: Vocabulary
    kind: str
    change: FieldChange
    name: Sentence
    """Whom or what it is about."""
    paths: Mapping[str, str] = {}
    """Where the files are that fields name by their digest."""

    @property
    def label(self) -> Sentence:
        """The word of the form."""
        return self.words.field(self.kind, self.change.field).said

    @property
    def shape(self) -> Shape:
        """What the field takes."""
        return KINDS[self.kind].by_name[self.change.field].shape

    def target(self, key: str | None) -> Sentence | None:
        """What the field refers to, by the platform's own name."""
        (kind,) = self.shape.links_to()
        return None if key is None else self.words.name(kind, key)

    def choice(self, chosen: str | None) -> tuple[Sentence | None, bool]:
        """The form's word for a value, and whether we know it; what is no word of the form is what people wrote."""
        if chosen is None:
            return None, True
        word = self.words.choice(self.kind, self.change.field, chosen)
        return (word.said, word.sure) if word else (value(chosen), True)

    def task(self, sentence: str, **fills: Sentence) -> Task:
        """One thing to do to the field."""
        return Task(self.words.tell(sentence, field=self.label, **fills))


def tasks(asked: Asked) -> list[Task]:
    """What is to be done so that the field becomes what it shall be, each with its mark where the word is a guess."""
    guessed = not asked.words.field(asked.kind, asked.change.field).sure
    teller = _TELLERS.get(type(asked.shape), _text)
    return [task._replace(unverified=task.unverified or guessed) for task in teller(asked)]


def _text(asked: Asked) -> Iterator[Task]:
    before, after = asked.change.before, asked.change.after
    if any(asked.words.choice(asked.kind, asked.change.field, str(said)) for said in (before, after)):
        yield from _choice(asked)
    elif after is None:
        yield asked.task("clear", before=value(before))
    elif before is None:
        yield asked.task("type", value=value(after))
    else:
        yield asked.task("retype", before=value(before), value=value(after))


def _choice(asked: Asked) -> Iterator[Task]:
    (before, sure_before), (after, sure_after) = map(asked.choice, (asked.change.before, asked.change.after))
    guessed = not (sure_before and sure_after)
    yield from (task._replace(unverified=guessed) for task in _chosen(asked, before, after))


def _chosen(asked: Asked, before: Sentence | None, after: Sentence | None) -> Iterator[Task]:
    if after is None:
        yield asked.task("unchoose", before=before or ())
    elif before is None:
        yield asked.task("choose", value=after)
    else:
        yield asked.task("rechoose", before=before, value=after)


def _flag(asked: Asked) -> Iterator[Task]:
    yield asked.task("on_field" if asked.change.after else "off_field")


def _file(asked: Asked) -> Iterator[Task]:
    after = asked.change.after
    if after is None:
        yield asked.task("remove_file")
    else:
        yield asked.task("upload", value=value(asked.paths.get(after, after)))


def _reference(asked: Asked) -> Iterator[Task]:
    yield from _chosen(asked, *map(asked.target, (asked.change.before, asked.change.after)))


def _references(asked: Asked) -> Iterator[Task]:
    before, after = asked.change.before or [], asked.change.after or []
    row = asked.words.guide.field_word(asked.kind, asked.change.field)
    if row is not None and row.single:
        yield from _chosen(asked, *(asked.target(keys[0] if keys else None) for keys in (before, after)))
        return
    yield from (_entry(asked, key, comes=True) for key in after if key not in before)
    yield from (_entry(asked, key, comes=False) for key in before if key not in after)


def _entry(asked: Asked, key: str, *, comes: bool) -> Task:
    row = asked.words.guide.field_word(asked.kind, asked.change.field)
    labels = (row.adding if comes else row.removing) if row else {}
    named = asked.target(key) or ()
    if labels:
        return Task(asked.words.vendor(labels, field=asked.label, value=named, name=asked.name))
    return asked.task("add" if comes else "remove", value=named)


def _memberships(asked: Asked) -> Iterator[Task]:
    before, after = asked.change.before or {}, asked.change.after or {}
    for key, edge in after.items():
        if key not in before:
            yield _entry(asked, key, comes=True)
        yield from _edge(asked, key, before.get(key, {}), edge)
    yield from (_entry(asked, key, comes=False) for key in before if key not in after)


def _edge(asked: Asked, key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Task]:
    """What somebody is within one group."""
    named = asked.target(key) or ()
    for sentence, there, other in (("without_role", before, after), ("with_role", after, before)):
        role = there.get("role")
        if role is not None and role != other.get("role"):
            word = asked.words.role_within(role)
            yield asked.task(sentence, value=named, role=word.said)._replace(unverified=not word.sure)
    yield from levels_within(
        asked.words, asked.label, named, before.get("permissions") or {}, after.get("permissions") or {}
    )


def _skills(asked: Asked) -> Iterator[Task]:
    before, after = asked.change.before or {}, asked.change.after or {}
    for key, level in after.items():
        fills = {"value": asked.target(key) or (), "level": value(level)}
        if key not in before:
            yield asked.task("add_skill", **fills)
        elif before[key] != level:
            yield asked.task("change_skill", before=value(before[key]), **fills)
    yield from (_entry(asked, key, comes=False) for key in before if key not in after)


def _networks(asked: Asked) -> Iterator[Task]:
    """What comes stands before what goes: nobody is locked out halfway through the list."""
    before, after = asked.change.before or {}, asked.change.after or {}
    for network, note in after.items():
        fills = {"value": value(network), "note": value(note)}
        if network not in before:
            yield asked.task("add_noted" if note else "add", **fills)
        elif before[network] != note:
            yield asked.task("note" if note else "clear_note", **fills)
    yield from (asked.task("remove", value=value(network)) for network in before if network not in after)


def _permissions(asked: Asked) -> Iterator[Task]:
    yield from levels(asked.words, asked.change.before, asked.change.after)


def _rights(asked: Asked) -> Iterator[Task]:
    before, after = asked.change.before or {}, asked.change.after or {}
    for role in sorted({*before, *after}):
        named = asked.words.role_within(role).said
        yield from levels_within(asked.words, asked.label, named, before.get(role, {}), after.get(role, {}))


def _week(asked: Asked) -> Iterator[Task]:
    for sentence, fills in week(asked.words, asked.change.before or {}, asked.change.after or {}):
        yield asked.task(sentence, **fills)


def _days(asked: Asked) -> Iterator[Task]:
    for sentence, day in special_days(asked.words, asked.change.before or [], asked.change.after or []):
        yield asked.task(sentence, value=day)


_TELLERS: dict[type, Callable[[Asked], Iterator[Task]]] = {
    Choice: _choice,
    File: _file,
    Flag: _flag,
    Levels: _permissions,
    Memberships: _memberships,
    Networks: _networks,
    Reference: _reference,
    References: _references,
    Rights: _rights,
    SkillLevels: _skills,
    SpecialDays: _days,
    Weekly: _week,
}
"""Every other shape is a text."""
