"""One entry of a runbook: what a person does for one object, or for one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ccconf.model.change import KEY, FieldChange
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.byhand import operation_of
from ccconf.platform.facts import Operation
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.plan import Step, parks
from ccconf.report.runbook.named import named
from ccconf.report.runbook.places import Case, closes_access, farewells, forms, place
from ccconf.report.runbook.turns import Import
from ccconf.report.runbook.values import Entry, Place, Sentence, Task
from ccconf.report.runbook.vocabulary import Vocabulary, said, value


class Telling(NamedTuple):
    """What all entries of a runbook share."""

    words: Vocabulary
    paths: Mapping[str, str]
    """Where the files are that fields name by their digest."""
    file_of: Mapping[str, str]
    """By step the file that brings its object."""
    acted: Mapping[Ref, tuple[str, ...]]
    """What the API does to people who leave."""

    def case(self, step: Step, operation: Operation) -> Case:
        """A step on the screens."""
        acted = self.acted.get(step.ref, ())
        return Case(self.words, step, named(self.words, step), str(operation), self.paths, acted)


def heading(words: Vocabulary, step: Step) -> Sentence:
    """What a step is, in a line."""
    about, verb = named(words, step), str(operation_of(step.change))
    if verb in (Operation.UPDATE, Operation.RENAME):
        verb = "leave" if closes_access(step) else "rename" if about.only_renamed else "update"
    return words.tell(verb, kind=words.kind(step.ref.kind), name=about.heading, new_name=value(about.later))


def entry_of(telling: Telling, step: Step) -> Entry | None:
    """What a person does for one step; None where a file has done it all."""
    if step.id in telling.file_of:
        return _completion(telling, step)
    places = tuple(_places(telling, step)) or (Place((), (Task(telling.words.tell("nothing")),)),)
    notes = tuple(_notes(telling.words, step))
    return Entry(0, heading(telling.words, step), (step.id,), (step.id,), places, notes)


def _places(telling: Telling, step: Step) -> Iterator[Place]:
    operation = operation_of(step.change)
    case = telling.case(step, operation)
    if operation in (Operation.DELETE, Operation.RESTORE):
        yield place(case, case.way())
        case = case._replace(operation="update")
    places = tuple(forms(case, case.about.changes))
    yield from places
    if step.reason == LEAVES:
        yield from farewells(case, places)


def _notes(words: Vocabulary, step: Step) -> Iterator[Sentence]:
    if step.reason == LEAVES:
        yield words.tell("leaves", name=named(words, step).heading)
    if parks(step):
        yield words.tell("parked")
    yield from (words.tell("effect", effect=words.effect(effect)) for effect in step.effects)


def import_of(telling: Telling, turn: Import) -> Entry:
    """The import of one file. Whom it brings in part is settled by an entry of their own."""
    words = telling.words
    fills = {"file": value(turn.file.name), "count": said(str(len(turn.steps)))}
    whole = tuple(step.id for step in turn.steps if not _left_by_file(words, step))
    names = [piece for step in turn.steps for piece in (*said(", "), *named(words, step).heading)][1:]
    return Entry(
        0,
        words.tell("import", **fills),
        tuple(step.id for step in turn.steps),
        whole,
        (_import_place(words, turn.steps[0].ref.kind, fills),),
        (words.tell("in_file", names=tuple(names)),),
    )


def _import_place(words: Vocabulary, kind: str, fills: Mapping[str, Sentence]) -> Place:
    way = words.guide.import_for(kind)
    if way is None:
        return Place((), (Task((*words.tell("import", **fills), *said("."))),), unverified=True)
    screen = words.screen(way.screen)
    return Place(
        screen.said,
        tuple(Task(words.vendor(labels, **fills)) for labels in way.steps),
        words.vendor(way.expect, **fills),
        unverified=way.certainty == "unverified" or not screen.sure,
    )


def _completion(telling: Telling, step: Step) -> Entry | None:
    """What a file did not carry, by hand on the person's own form."""
    words = telling.words
    left = _left_by_file(words, step)
    if not left:
        return None
    case = telling.case(step, Operation.UPDATE)
    told = words.tell("complete", kind=words.kind(step.ref.kind), name=case.about.heading)
    note = words.tell("after_import", file=value(telling.file_of[step.id]))
    return Entry(0, told, (step.id,), (step.id,), tuple(forms(case, left)), (note,))


def _left_by_file(words: Vocabulary, step: Step) -> tuple[FieldChange, ...]:
    """The fields that do not go by file; what a platform gives everybody anyway needs nobody."""
    rows = (row for row in words.facts.support if (row.kind, row.operation) == (step.ref.kind, Operation.CREATE))
    carried = next((row.fields for row in rows), ())
    specs = KINDS[step.ref.kind].by_name
    return tuple(
        change
        for change in field_changes(step)
        if carried and change.field not in (KEY, *carried) and change.after != specs[change.field].marker.initial
    )
