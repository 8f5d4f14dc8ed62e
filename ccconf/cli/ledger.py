"""`ccconf ledger`: is it sound, what is in it, and how it comes to another place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
import msgspec

from ccconf.cli.asking import agreed
from ccconf.cli.clock import now
from ccconf.cli.output import declined, print_json, print_lines, say
from ccconf.cli.session import format_option, person, project_of, target_option
from ccconf.codes import CODES
from ccconf.errors import CcconfError, Ending, broken
from ccconf.files import write_all
from ccconf.ledger.check import Judges, Trouble
from ccconf.ledger.copying import copied, exported
from ccconf.ledger.known import known_address, readdress
from ccconf.ledger.place import Place, has_password, place_of
from ccconf.ledger.repair import FROM_BACKUP, Found, Locks, Mended, looked_through, repaired
from ccconf.ledger.spot import Spot
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Project, shown
from ccconf.reconcile.outcome import Outcome, Status
from ccconf.reconcile.plan import FORM, decode
from ccconf.report.answers import (
    LedgerChecked,
    LedgerExported,
    LedgerHeld,
    LedgerMoved,
    LedgerTrouble,
    Readdressed,
)
from ccconf.report.words import visible


@click.group(name="ledger")
def command() -> None:
    """Look into what ccconf has noted: whether it is sound, all of it as JSON, and how it moves elsewhere."""


@command.command(name="check")
@click.option("--repair", is_flag=True, help="Mend what can be mended without guessing; the old one is kept beside it.")
@format_option("text", "json")
@click.pass_context
def check(ctx: click.Context, repair: bool, format_: str) -> int:
    """Tell whether the ledger is sound, also one that no other command accepts. Leaves with 1 where it is not."""
    project = project_of(ctx)
    place = project.ledger
    with Ledger(place) as ledger:
        name, exists = ledger.name, ledger.exists()
    if not exists:
        if format_ == "json":
            print_json(LedgerChecked(ledger=name, exists=False, sound=True))
        else:
            say(_no_ledger(name))
        return Ending.DONE
    found, mended = looked_through(place, JUDGES, now()), None
    left = found
    if repair and found.mendable:
        folder = place.parent if isinstance(place, Path) else project.base / ".ccconf"
        mended = repaired(place, folder, JUDGES, now(), _locks(project))
        left = looked_through(place, JUDGES, now())
    if format_ == "json":
        print_json(_answer(name, found, left, mended))
    else:
        print_lines(_told(name, found, left, mended, asked=repair))
    return Ending.BROKEN if left.troubles else Ending.DONE


@command.command(name="export")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@format_option("text", "json")
@click.pass_context
def export(ctx: click.Context, out: Path | None, force: bool, format_: str) -> int:
    """Print everything that the ledger holds as one JSON document; the same bytes for the same content."""
    with Ledger(project_of(ctx).ledger) as ledger:
        if not ledger.exists():
            say(_no_ledger(ledger.name), err=True)
            if format_ == "json":
                print_json(LedgerHeld(ledger=None, tables={}) if out is None else LedgerExported(wrote=None, rows={}))
            return Ending.DONE
        data = exported(ledger)
    if out is None:
        print_json(data)
        return 0
    raw = msgspec.json.format(msgspec.json.encode(data, order="deterministic"), indent=2) + b"\n"
    write_all({out: raw}, overwrite=force, hint="choose another file, or say --force")
    counts = {name: len(rows) for name, rows in data["tables"].items()}
    if format_ == "json":
        print_json(LedgerExported(wrote=shown(out), rows=counts))
    else:
        print_lines([f"{shown(out)} holds {_counted(counts)}."])
    return Ending.DONE


@command.command(name="move")
@click.argument("to", metavar="TO")
@format_option("text", "json")
@click.pass_context
def move(ctx: click.Context, to: str, format_: str) -> int:
    """Copy the whole ledger to TO, a path or postgresql://user@host/database, and compare both. TO has to be empty.

    The old one stays as it is; ccconf uses the new one once ccconf.yaml names it. A password is taken from PGPASSWORD
    or from where libpq finds it.
    """
    project = project_of(ctx)
    if has_password(to):
        hint = "leave it out, and set PGPASSWORD; in ccconf.yaml the whole address may be !env NAME. Change the secret"
        raise broken("CC111", "the password of the ledger stands here as plain text", hint)
    goal = place_of(to, Path.cwd())
    with Ledger(project.ledger) as source, Ledger(goal) as copy:
        if not source.exists():
            if format_ == "json":
                print_json(LedgerMoved(ledger=source.name, to=None, rows={}, setting=None))
            else:
                say(_no_ledger(source.name))
            return Ending.DONE
        if _same(source.place, goal):
            raise broken("CC009", f"{source.name} is the ledger already", "name another place")
        with _locks(project).held(source):
            counts = copied(source, copy)
    setting = f"ledger: {_written(goal, project)}"
    if format_ == "json":
        print_json(LedgerMoved(ledger=source.name, to=copy.name, rows=counts, setting=setting))
        return Ending.DONE
    print_lines(
        [
            f"{copy.name} holds the same as {source.name} now: {_counted(counts)}.",
            "To have ccconf use it, write in ccconf.yaml:",
            f"    {setting}",
            f"{source.name} stays as it is, and knows nothing of what is done from then on.",
        ]
    )
    return Ending.DONE


@command.command(name="readdress")
@target_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@format_option("text", "json")
@click.pass_context
def readdress_(ctx: click.Context, target_name: str | None, yes: bool, format_: str) -> int:
    """Say that a target is still the same platform, although its address in ccconf.yaml is another one.

    Everything that the ledger knows of the target is taken to be true of the new address, so people who are not there
    are taken to have been deleted. For another platform use another target name instead.
    """
    project = project_of(ctx)
    target = project.target(target_name)
    with Ledger(project.ledger) as ledger:
        known = known_address(ledger, target.name)
        answer = partial(Readdressed, target=target.name, was=known or None, address=target.spot.address)
        if known in ("", target.spot.address):
            same = f"{target.name} is {known} in the ledger, too."
            said = same if known else f"The ledger knows nothing of {target.name} yet."
            return _readdressed(answer(changed=False), said, format_)
        question = f"Is {target.spot.address} the same platform as {known}, with the same people?"
        if not yes and not agreed(question):
            return declined(format_, answer(changed=False))
        with Locks(person(), [target.spot, Spot(known, target.name)], lambda line: say(line, err=True)).held(ledger):
            readdress(ledger, target.spot)
    said = f"{target.name} was {known} and is {target.spot.address} from now on."
    return _readdressed(answer(changed=True), said, format_)


def _readdressed(answer: Readdressed, said: str, format_: str) -> int:
    if format_ == "json":
        print_json(answer)
    else:
        say(said)
    return Ending.DONE


def _same(one: Place, other: Place) -> bool:
    if isinstance(one, Path) and isinstance(other, Path):
        return one.resolve() == other.resolve()
    return one == other


def _written(goal: Place, project: Project) -> str:
    """The place as it is written in ccconf.yaml; in quotes where YAML would read something else."""
    if isinstance(goal, Path):
        inside = goal.resolve().is_relative_to(project.base)
        text = os.path.relpath(goal.resolve(), project.base) if inside else str(goal.resolve())
    else:
        text = goal
    return text if re.fullmatch(r"[\w./:@?=&%+-]*[\w/]", text) else json.dumps(text, ensure_ascii=False)


def _no_ledger(name: str) -> str:
    return f"There is no ledger yet: {name} is made by the first apply."


def _locks(project: Project) -> Locks:
    spots = [project.target(name).spot for name in project.form.targets]
    return Locks(f"{person()} with ccconf ledger", spots, lambda line: say(line, err=True))


def _wrong_plan(raw: bytes, plan_id: str, target: str) -> str:
    """What is wrong with the plan of a run. One of another version of ccconf is not judged."""
    try:
        form = msgspec.json.decode(raw, type=_Form).form
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "cannot be read"
    if form != FORM:
        return ""
    try:
        plan = decode(raw, "it")
    except CcconfError:
        return "is not what was approved: its digest differs"
    return "" if (plan.id, plan.target) == (plan_id, target) else "is not the one that the run names"


class _Form(msgspec.Struct):
    """What every version of a plan tells of itself."""

    form: int


def _wrong_outcome(status: str, outcome: str) -> str:
    """What is wrong with what is noted of a step's end."""
    if not status and not outcome:
        return ""
    if status not in set(Status):
        return f"ended as {status!r}, which is none of {', '.join(Status)}"
    try:
        data = msgspec.json.decode(outcome, type=Outcome)
    except (msgspec.DecodeError, UnicodeError):
        return "has an outcome that cannot be read"
    return "" if data.status == status else f"ended as {status} and says {data.status}"


JUDGES = Judges(_wrong_plan, _wrong_outcome)


def _told(name: str, found: Found, left: Found, mended: Mended | None, *, asked: bool) -> Iterator[str]:
    for trouble in found.troubles:
        yield f"{click.style(trouble.code, fg='red', bold=True)} {visible(trouble.message)}"
        yield f"    {_remedy(trouble, done=mended is not None)}"
    if mended is not None:
        yield from _told_of_repair(mended)
    if left is not found:
        yield from (f"{trouble.code} still: {visible(trouble.message)}" for trouble in left.troubles)
    yield from (f"note: {visible(note)}" for note in left.notes)
    yield _verdict(name, found, left, asked=asked)


def _remedy(trouble: Trouble, *, done: bool) -> str:
    if not trouble.remedy:
        return f"nothing can mend it without guessing: {FROM_BACKUP}"
    return f"--repair {trouble.remedy}" + ("" if done else ", and keeps the old ledger beside it")


def _told_of_repair(mended: Mended) -> Iterator[str]:
    for table, saved in sorted(mended.saved.items()):
        if saved.lost != 0:
            lost = "an unknown number" if saved.lost is None else f"about {saved.lost}"
            yield f"{table}: {len(saved.rows)} rows were saved, {lost} lost"
    if mended.saved:
        yield "A run that was cut off before cannot be resumed any more: a new plan shows what is left."
    for path in mended.kept:
        yield f"The ledger as it was: {shown(path)}"
    if mended.removed is not None:
        yield f"What was taken out of it: {shown(mended.removed)}"


def _verdict(name: str, found: Found, left: Found, *, asked: bool) -> str:
    if not found.troubles:
        return click.style(f"{name} is sound.", fg="green", bold=True)
    if not left.troubles:
        return click.style(f"{name} is sound again.", fg="green", bold=True)
    can = sum(trouble.mend is not None for trouble in left.troubles)
    more = f"; ccconf ledger check --repair mends {can} of them" if can and not asked else ""
    return click.style(f"{name}: {len(left.troubles)} found to be wrong{more}.", fg="red", bold=True)


def _answer(name: str, found: Found, left: Found, mended: Mended | None) -> LedgerChecked:
    saved = {} if mended is None else mended.saved
    troubles = (
        LedgerTrouble(
            code=row.code, severity=CODES[row.code].severity, message=row.message, repair=row.remedy or None,
            mended=row not in left.troubles,
        )
        for row in found.troubles
    )  # fmt: skip
    return LedgerChecked(
        ledger=name,
        exists=True,
        sound=not left.troubles,
        findings=tuple(troubles),
        notes=tuple(left.notes),
        kept=() if mended is None else tuple(shown(path) for path in mended.kept),
        removed=shown(mended.removed) if mended is not None and mended.removed else None,
        saved={table: len(rows.rows) for table, rows in saved.items()},
        lost={table: rows.lost for table, rows in saved.items()},
    )


def _counted(rows: dict[str, int]) -> str:
    return ", ".join(f"{count} {table}" for table, count in sorted(rows.items()) if count) or "nothing"
