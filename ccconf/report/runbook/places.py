"""The screens of one object: how to come there, what to change in the order of the form, how to leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ccconf.model.change import Create, Delete, FieldChange
from ccconf.model.kinds import KINDS
from ccconf.platform.guide import ActWay, Way
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.plan import Step
from ccconf.report.runbook.fields import Asked, tasks
from ccconf.report.runbook.named import Named
from ccconf.report.runbook.values import Place, Sentence, Task
from ccconf.report.runbook.vocabulary import Vocabulary, said, value

_BRACES = re.compile(r"\{(\w+)\}")


class Case(NamedTuple):
    """One object on the screens, and what is done to it there."""

    words: Vocabulary
    step: Step
    about: Named
    operation: str
    paths: Mapping[str, str]
    """Where the files are that fields name by their digest."""
    acted: tuple[str, ...] = ()
    """What the API does to the person at once."""

    @property
    def kind(self) -> str:
        """Of the object."""
        return self.step.ref.kind

    def way(self, field: str = "") -> Way | None:
        """How it is done, for one field or for the object."""
        return self.words.guide.way_for(self.kind, self.operation, field, self.about.values)

    @property
    def fills(self) -> dict[str, Sentence]:
        """What the sentences of the guide may ask for."""
        known = {name: value(text) for name, text in self.about.values.items() if isinstance(text, str)}
        return {**known, "name": value(self.about.now), "new_name": value(self.about.later)}


def closes_access(step: Step) -> bool:
    """Whether somebody may no longer sign in: a leaver, or one who is made inactive."""
    closes = any((change.field, change.after) == ("status", "inactive") for change in field_changes(step))
    return step.reason == LEAVES or (closes and not isinstance(step.change, Create | Delete))


def forms(case: Case, changes: Iterable[FieldChange]) -> Iterator[Place]:
    """A place for each form on which something changes; the object's own form comes first."""
    own = case.way()
    by_form: list[tuple[Way | None, list[FieldChange]]] = [(own, [])]
    for change in _as_on_form(case, changes):
        way = case.way(change.field)
        fields = next((fields for known, fields in by_form if known is way), None)
        if fields is None:
            by_form.append((way, [change]))
        else:
            fields.append(change)
    for way, fields in by_form:
        if fields or (way is own and case.operation == "create"):
            yield place(case, way, fields)


def _as_on_form(case: Case, changes: Iterable[FieldChange]) -> list[FieldChange]:
    """In the order of the form; whoever leaves is shut out first."""
    names = [*case.words.guide.form_of(case.kind), *KINDS[case.kind].by_name]
    first = ("status",) if closes_access(case.step) else ()
    return sorted(changes, key=lambda change: (change.field not in first, names.index(change.field)))


def place(case: Case, way: Way | None, changes: Iterable[FieldChange] = ()) -> Place:
    """One screen, with what is changed there."""
    words, fills = case.words, case.fills
    told = [
        task
        for change in changes
        if way is None or not _says(way, change.field, case)
        for task in tasks(Asked(words, case.kind, change, fills["new_name"], case.paths))
    ]
    if way is None:
        return _unguided(case, told)
    screen = words.screen(way.screen)
    begin, end = ([Task(words.vendor(labels, **fills)) for labels in rows] for rows in (way.begin, way.end))
    return Place(
        screen.said,
        (*begin, *told, *end, *_farewell(case, way)),
        words.vendor(way.expect, **fills),
        words.vendor(way.hint, **fills),
        unverified=way.certainty == "unverified" or not screen.sure,
    )


def _unguided(case: Case, told: Iterable[Task]) -> Place:
    """Where nothing is known of the screens, the object is named and the rest is the reader's knowledge."""
    verb = "update" if case.operation == "rename" else case.operation
    first = case.words.tell(verb, kind=case.words.kind(case.kind), name=value(case.about.now))
    return Place((), (Task((*first, *said("."))), *told), unverified=True)


def _says(way: Way, field: str, case: Case) -> bool:
    """Whether the way of a new object has said the field already, by where it leads or in its own sentences."""
    if case.operation != "create" or field == "name":
        return False
    asked = {name for labels in (*way.begin, *way.end) for text in labels.values() for name in _BRACES.findall(text)}
    return field in asked or field in way.when


def _farewell(case: Case, way: Way) -> Iterator[Task]:
    """What else is done on this screen to somebody who may no longer sign in."""
    if not closes_access(case.step) or way.only:
        return
    yield from (_act(case, act) for act in _open_acts(case) if act.screen == way.screen)


def farewells(case: Case, places: Sequence[Place]) -> Iterator[Place]:
    """What else is done to a leaver on screens on which nothing of theirs is changed."""
    told = {task for shown in places for task in shown.tasks}
    by_screen: dict[str, list[Task]] = {}
    for act in _open_acts(case):
        if (task := _act(case, act)) not in told:
            by_screen.setdefault(act.screen, []).append(task)
    for name, tasks_there in by_screen.items():
        screen = case.words.screen(name)
        find = Task(case.words.tell("find_person", name=value(case.about.now)))
        yield Place(screen.said, (find, *tasks_there), unverified=not screen.sure)


def _open_acts(case: Case) -> list[ActWay]:
    """What is done to leavers by hand."""
    return [act for act in case.words.guide.acts if act.leaver and act.id not in case.acted]


def _act(case: Case, act: ActWay) -> Task:
    told = case.words.tell("act", act=case.words.act(act.id), name=value(case.about.now))
    return Task(told, act.certainty == "unverified")
