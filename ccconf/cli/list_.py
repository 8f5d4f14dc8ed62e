"""`ccconf list`: what a platform has beside the model, to look up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ccconf.cli.asking import agreed
from ccconf.cli.output import declined, print_json, print_lines
from ccconf.cli.session import connected, format_option, person, project_of, target_option
from ccconf.errors import CcconfError, Ending, broken
from ccconf.findings import did_you_mean
from ccconf.ledger.handed import Desk
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.platform.contract import Catalogued, Platform
from ccconf.report.table import table
from ccconf.report.words import shown, visible


@click.command(name="list")
@click.argument("name", required=False)
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@target_option
@click.option("--create", metavar="COLOUR", help="Make what is not there, for instance --create '#2e7d32'.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    name: str | None,
    keys: tuple[str, ...],
    target_name: str | None,
    create: str | None,
    yes: bool,
    format_: str,
) -> int:
    """Show a list that the platform has beside people and groups, whole or by KEY; without NAME, what lists there are.

    They are shown as the platform has them and compared with nothing: no manifest holds them.
    """
    target = project_of(ctx).target(target_name)
    with connected(target) as platform:
        lists = platform.lists() if isinstance(platform, Catalogued) else {}
        if name is None:
            _print(format_, [{"list": known, "what": what} for known, what in lists.items()])
            return 0
        if name not in lists:
            hint = did_you_mean(name, lists) or f"it has {', '.join(lists)}" if lists else ""
            raise broken("CC011", f"{target.name} has no list of {name}", hint, target.where("platform"))
        assert isinstance(platform, Catalogued)
        if create is None:
            _print(format_, platform.listed(name, keys))
        else:
            return _created(target, platform, name, keys, create, yes=yes, format_=format_)
    return 0


def _created(
    target: Target, platform: Platform, name: str, keys: Sequence[str], colour: str, *, yes: bool, format_: str
) -> int:
    """Show the entries of these keys, made where they are not there. Asked first, and noted."""
    if not keys:
        raise click.UsageError("--create needs the KEY of what is to be made")
    if not yes and not agreed(f"Make {', '.join(keys)} among the {name} of {target.name}?"):
        return declined(format_, [])
    assert isinstance(platform, Catalogued)
    found = []
    with Ledger(target.project.ledger) as ledger:
        desk = Desk(ledger, target.name)
        for key in keys:
            line = desk.begin_act(person(), f"create {name}", key)
            try:
                found.append(platform.ensure(name, key, colour))
            except CcconfError as error:
                desk.end_act(line, f"{error.findings[0].code} {error.findings[0].message}")
                raise
            desk.end_act(line, "done")
    _print(format_, found)
    return Ending.DONE


def _print(format_: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if format_ == "json":
        print_json([dict(row) for row in rows])
    else:
        print_lines(_lines(rows))


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    head = tuple(dict.fromkeys(field for row in rows for field in row))
    if rows:
        yield from table(head, [tuple(visible(shown(row.get(field, ""))) for field in head) for row in rows])
    yield f"{len(rows)} entr{'y' if len(rows) == 1 else 'ies'}"
