"""`ccconf confirm`: people say what they have done of a runbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ccconf.cli.clock import now
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import format_option, person, project_of, target_option
from ccconf.errors import Ending, Stale, broken
from ccconf.findings import Finding
from ccconf.ledger.handed import Asked, Desk
from ccconf.ledger.store import Ledger
from ccconf.model.refs import parse_ref
from ccconf.report.answers import AskedOf, Confirmations, Confirmed
from ccconf.report.words import visible


@click.command(name="confirm")
@click.argument("what", nargs=-1, metavar="[NUMBER|OBJECT]...")
@target_option
@click.option("--all", "everything", is_flag=True, help="Everything that the last runbook asks for.")
@click.option("--by", metavar="NAME", help="Who did it (default: whoever types this).")
@click.option("--plan", "plan_id", metavar="ID", help="The plan of the runbook; numbers of another one are refused.")
@click.option("--history", is_flag=True, help="Everything that was ever confirmed, and what was seen of it.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context, what: tuple[str, ...], target_name: str | None, everything: bool, by: str | None,
    plan_id: str | None, history: bool, format_: str,
) -> int:  # fmt: skip
    """Say which of the last runbook's steps were done: by their numbers (2 5-7), by object (user/ana*), or --all.

    Without any, list what is asked. Confirming is a statement, not a proof: the next snapshot, or what the platform's
    API shows, tells whether it is so. Leaves with 6 while there are steps that nobody has confirmed.
    """
    target = project_of(ctx).target(target_name)
    if (bool(what), everything, history).count(True) > 1:
        raise click.UsageError("single steps, --all and --history exclude each other")
    if by is not None and not (by.strip() and by.isprintable()):
        raise click.UsageError("--by is a name, on one line")
    with Ledger(target.project.ledger) as ledger:
        desk = Desk(ledger, target.name)
        if history:
            return _told_history(desk.history(), target.name, format_)
        before = desk.asked()
        _of_plan(before, plan_id)
        chosen = _chosen(before, what, everything=everything)
        desk.confirm(chosen, by or person(), person(), now().replace(microsecond=0))
        asked = desk.asked()
    if format_ == "json":
        steps = tuple(row.step for row in chosen)
        print_json(Confirmed(target=target.name, confirmed=steps, steps=tuple(map(_told, asked))))
    elif what or everything:
        print_lines(_thanks(chosen, asked, target.name))
        print_lines(_already(before, what))
    else:
        print_lines(_list(asked, target.name))
    return Ending.WAITING if _open(asked) else Ending.DONE


def _told_history(rows: Sequence[Asked], target: str, format_: str) -> int:
    if format_ == "json":
        print_json(Confirmations(target=target, confirmed=tuple(map(_told, rows))))
        return 0
    for row in rows:
        typed = f" (typed by {visible(row.noted_by)})" if row.noted_by not in ("", row.by) else ""
        who = f"{visible(row.by)}{typed}"
        print_lines([f"{row.at:%Y-%m-%d %H:%M}  {visible(row.step)}  {who}: {row.outcome or 'open'}"])
    print_lines([f"{len(rows)} confirmed on {target}."])
    return 0


def _of_plan(asked: Sequence[Asked], plan_id: str | None) -> None:
    """Raises `Stale` (CC701) where the runbook in somebody's hand is not the last one."""
    current = next((row.plan_id for row in asked if row.at is None), None)
    if plan_id and current and not current.startswith(plan_id):
        message = f"the last runbook is of plan {current[:12]}, not of {plan_id}: its numbers mean other steps"
        raise Stale(Finding(code="CC701", message=message, hint="ccconf confirm lists what is asked now"))


def _already(asked: Sequence[Asked], what: Sequence[str]) -> Iterator[str]:
    """What somebody confirms once more."""
    for row in asked:
        if row.at is not None and any(_fits(row, word) for word in what if not word[0].isdecimal()):
            yield f"     {visible(row.step)}  confirmed already by {visible(row.by)} on {row.at:%Y-%m-%d}"


def _open(asked: Sequence[Asked]) -> list[Asked]:
    """What nobody has confirmed."""
    return [row for row in asked if row.at is None]


def _chosen(asked: Sequence[Asked], what: Sequence[str], *, everything: bool) -> list[Asked]:
    """The steps that are meant. Raises `Broken` (CC011) for a number or pattern that fits none."""
    if everything:
        return _open(asked)
    chosen: dict[str, Asked] = {}
    for word in what:
        fitting = [row for row in asked if _fits(row, word) and (row.at is None or not word[0].isdecimal())]
        if not fitting:
            raise broken("CC011", f"no step of the last runbook is {word}", "ccconf confirm lists them")
        chosen.update((row.step, row) for row in fitting if row.at is None)
    return list(chosen.values())


def _fits(row: Asked, word: str) -> bool:
    first, dash, last = word.partition("-")
    if first.isdecimal() and (not dash or last.isdecimal()):
        return int(first) <= row.number <= int(last or first)
    return parse_ref(row.step.partition(" ")[2]).fits(word)


def _told(row: Asked) -> AskedOf:
    return AskedOf(
        number=row.number,
        step=row.step,
        plan=row.plan_id,
        confirmed_by=row.by or None,
        noted_by=row.noted_by or None,
        outcome=row.outcome or None,
        confirmed_at=f"{row.at:%Y-%m-%dT%H:%M:%SZ}" if row.at else None,
    )


def _thanks(chosen: Sequence[Asked], asked: Sequence[Asked], target: str) -> Iterator[str]:
    for row in chosen:
        yield f"{row.number:>3}  {visible(row.step)}  confirmed"
    left = len(_open(asked))
    yield f"{left} left to do." if left else f"All done. To have it seen: ccconf snapshot import -t {target} FILE"


def _list(asked: Sequence[Asked], target: str) -> Iterator[str]:
    for row in asked:
        done = f"  done by {visible(row.by)} on {row.at:%Y-%m-%d}" if row.at else ""
        yield f"{row.number:>3}  {visible(row.step)}{done}"
    yield f"{len(_open(asked))} to do on {target}." if asked else f"Nothing is asked of anybody on {target}."
