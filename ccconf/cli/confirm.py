"""`ccconf confirm`: people say what they have done of a runbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ccconf.cli.clock import now
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import format_option, person, project_of, target_option
from ccconf.errors import broken
from ccconf.ledger.handed import Asked, Desk
from ccconf.ledger.store import Ledger
from ccconf.model.refs import parse_ref
from ccconf.report.words import visible

WAITING = 6


@click.command(name="confirm")
@click.argument("what", nargs=-1, metavar="[NUMBER|OBJECT]...")
@target_option
@click.option("--all", "everything", is_flag=True, help="Everything that the last runbook asks for.")
@click.option("--by", metavar="NAME", help="Who did it (default: whoever types this).")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context, what: tuple[str, ...], target_name: str | None, everything: bool, by: str | None, format_: str
) -> int:
    """Say which of the last runbook's steps were done: by their numbers (2 5-7), by object (user/ana*), or --all.

    Without any, list what is asked. Confirming is a statement, not a proof: the next snapshot, or what the platform's
    API shows, tells whether it is so. Leaves with 6 while there are steps that nobody has confirmed.
    """
    target = project_of(ctx).target(target_name)
    if what and everything:
        raise click.UsageError("--all and single steps exclude each other")
    with Ledger(target.project.ledger) as ledger:
        desk = Desk(ledger, target.name)
        chosen = _chosen(desk.asked(), what, everything=everything)
        if chosen:
            desk.confirm([row.step for row in chosen], by or person(), now().replace(microsecond=0))
        asked = desk.asked()
    if format_ == "json":
        print_json({"target": target.name, "confirmed": [row.step for row in chosen], "steps": list(map(_data, asked))})
    elif chosen:
        print_lines(_thanks(chosen, asked, target.name))
    else:
        print_lines(_list(asked, target.name))
    return WAITING if _open(asked) else 0


def _open(asked: Sequence[Asked]) -> list[Asked]:
    """What nobody has confirmed."""
    return [row for row in asked if row.at is None]


def _chosen(asked: Sequence[Asked], what: Sequence[str], *, everything: bool) -> list[Asked]:
    """The steps that are meant. Raises `Broken` (CC011) for a number or pattern that fits none."""
    if everything:
        return _open(asked)
    chosen: dict[str, Asked] = {}
    for word in what:
        fitting = [row for row in asked if _fits(row, word)]
        if not fitting:
            raise broken("CC011", f"no step of the last runbook is {word}", "ccconf confirm lists them")
        chosen.update((row.step, row) for row in fitting if row.at is None)
    return list(chosen.values())


def _fits(row: Asked, word: str) -> bool:
    first, dash, last = word.partition("-")
    if first.isdecimal() and (not dash or last.isdecimal()):
        return int(first) <= row.number <= int(last or first)
    return parse_ref(row.step.partition(" ")[2]).fits(word)


def _data(row: Asked) -> dict[str, object]:
    return {
        "number": row.number,
        "step": row.step,
        "plan": row.plan_id,
        "confirmed_by": row.by or None,
        "confirmed_at": f"{row.at:%Y-%m-%dT%H:%M:%SZ}" if row.at else None,
    }


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
