"""What a person is asked to do, told step by step: which screen, what to change there, how to see that it is right."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from ccconf.model.kinds import KINDS
from ccconf.platform.facts import Facts
from ccconf.platform.guide import Guide
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.plan import Plan, Step
from ccconf.report.runbook.entries import Telling, entry_of, heading, import_of
from ccconf.report.runbook.languages import counted
from ccconf.report.runbook.turns import Import, Wait, in_turn, put_off
from ccconf.report.runbook.values import Entry, FileRow, Later, Piece, Runbook, Sentence, plain
from ccconf.report.runbook.vocabulary import OwnName, Vocabulary, on_screen, said, value


def runbook(
    plan: Plan,
    steps: Sequence[Step],
    facts: Facts,
    guide: Guide | None,
    own_name: OwnName,
    language: str = "en",
    *,
    files: Sequence[FileRow] = (),
    deferred: Mapping[str, str] | None = None,
) -> Runbook:
    """The runbook of those steps of a plan that people have to do, in the order of the steps.

    `files` are for the vendor's import screen; `deferred` says by step why it cannot be done in this round. Steps that
    need a deferred one are deferred with it. Without a guide it is told in English and in the words of the model.
    """
    words = Vocabulary(facts, guide, own_name, language)
    file_of = {step: file.name for file in files for step in file.steps}
    telling = Telling(words, plan.files, file_of, {step.ref: step.acts for step in plan.steps if step.acts})
    waiting = put_off(steps, deferred or {})
    turns = in_turn([step for step in steps if step.id not in waiting], files)
    entries = tuple(_numbered(telling, turns))
    return Runbook(
        language=words.language,
        target=plan.target,
        platform=facts.title,
        plan_id=plan.id,
        title=words.tell("title", platform=said(facts.title), target=value(plan.target)),
        before=tuple(_before(words, entries, turns, plan.files)),
        entries=entries,
        later=tuple(_later(words, step, waiting[step.id]) for step in steps if step.id in waiting),
        back=tuple(_back(words, plan, entries)),
    )


def _numbered(telling: Telling, turns: Sequence[Step | Import]) -> Iterator[Entry]:
    number = 0
    for turn in turns:
        entry = entry_of(telling, turn) if isinstance(turn, Step) else import_of(telling, turn)
        if entry is not None:
            number += 1
            yield entry._replace(number=number)


def _before(
    words: Vocabulary,
    entries: Sequence[Entry],
    turns: Sequence[Step | Import],
    paths: Mapping[str, str],
) -> Iterator[Sentence]:
    """What to have at hand, how much it is, and what the mark means where there is one."""
    yield words.tell("sign_in", platform=said(words.facts.title))
    for turn in turns:
        if isinstance(turn, Step):
            yield from (words.tell("picture_at_hand", file=value(path)) for path in _pictures(turn, paths))
        else:
            yield words.tell("file_at_hand", file=value(turn.file.name))
            if turn.file.secret:
                yield words.tell("secret_file", file=value(turn.file.name))
    if entries:
        yield said(counted("entries", len(entries), words.language))
    if len(entries) > 1:
        yield words.tell("order")
    if any(entry.unverified for entry in entries):
        yield words.tell("mark", mark=on_screen(f"({plain(words.tell('unverified'))})"))


def _pictures(step: Step, paths: Mapping[str, str]) -> Iterator[str]:
    for change in field_changes(step):
        if change.field in KINDS[step.ref.kind].filed and change.after in paths:
            yield paths[change.after]


def _later(words: Vocabulary, step: Step, wait: Wait) -> Later:
    because = (
        words.tell("waits", step=value(wait.needs)) if wait.needs else words.tell("because", reason=value(wait.reason))
    )
    return Later(heading(words, step), step.id, because)


def _back(words: Vocabulary, plan: Plan, entries: Sequence[Entry]) -> Iterator[Sentence]:
    """The commands to type. They name the plan, since the numbers of another runbook mean other steps."""
    name = shlex.quote(plan.target)
    example = any(entry.settles for entry in entries)
    confirm = f"ccconf confirm -t {name} --plan {plan.id[:12]}"
    commands = (
        ("confirm", f"{confirm} NUMBERS"),
        ("confirm_all", f"{confirm} --all"),
        ("look_again", f"ccconf snapshot import -t {name} FILE"),
        ("plan_again", f"ccconf plan -t {name}"),
    )
    for sentence, command in commands:
        if example or not sentence.startswith("confirm"):
            yield words.tell(sentence, command=(Piece(command, "command"),), platform=said(words.facts.title))
