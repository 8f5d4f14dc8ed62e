"""`ccconf licence`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.planning import plan_for
from ccconf.cli.session import connected, facts_of, format_option, project_of, target_option
from ccconf.model.licence import SEAT, Licence, Rule
from ccconf.platform.facts import Facts
from ccconf.reconcile.tally import Use, name_of, uses
from ccconf.report.answers import LicenceRow, LicenceTold
from ccconf.report.table import table


@click.command(name="licence")
@target_option
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, target_name: str | None, format_: str) -> int:
    """Show what of the licence is used now, what the plan would use, what is left, and what would open more."""
    target = project_of(ctx).target(target_name)
    facts, licence = facts_of(target), target.form.licence
    plan = plan_for(target, (), ())
    with connected(target) as platform:
        counted = uses(platform, plan.steps, [SEAT, *(rule.select for rule in facts.rules)])
    rows = tuple(_rows(facts, licence, counted))
    if format_ == "json":
        print_json(LicenceTold(edition=licence.edition, modules=tuple(licence.modules), rows=rows))
        return 0
    bought = ", ".join([licence.edition or "no edition said", *licence.modules])
    print_lines([f"{facts.title}: {bought}", ""])
    head = ("what", "allowed", "now", "after the plan", "left", "what opens more")
    print_lines(table(head, [tuple(str(getattr(row, name)) for name in _COLUMNS) for row in rows]))
    print_lines(_opens(facts, licence))
    return 0


_COLUMNS = ("what", "allowed", "now", "then", "left", "opens")


def _rows(facts: Facts, licence: Licence, counted: dict[str, Use]) -> Iterator[LicenceRow]:
    seats = counted[name_of(SEAT)]
    yield _row("seats (active users)", licence.seats, seats, "more seats" if licence.seats is not None else "")
    for rule in facts.rules:
        allowed = None if rule.lifted_by(licence) else rule.limit
        yield _row(rule.label, allowed, counted[name_of(rule.select)], "" if allowed is None else _needs(rule))


def _row(what: str, allowed: int | None, use: Use, opens: str) -> LicenceRow:
    return LicenceRow(
        what=what,
        allowed="no limit" if allowed is None else allowed,
        now=use.now,
        then=use.then,
        left="" if allowed is None else allowed - use.then,
        opens=opens,
    )


def _needs(rule: Rule) -> str:
    return " or ".join([*(f"edition {name}" for name in rule.editions), *(f"module {name}" for name in rule.modules)])


def _opens(facts: Facts, licence: Licence) -> Iterator[str]:
    """What each edition or module that was not bought would open."""
    told = [f"module {row.id} would open {row.opens}" for row in facts.modules if row.id not in licence.modules]
    for row in facts.editions:
        gated = [
            known.id for known in facts.catalogue.permissions if row.id in known.editions and _shut(known, licence)
        ]
        if gated and row.id != licence.edition:
            told.append(f"edition {row.id} would open {', '.join(gated)}")
    if told:
        yield from ("", *told)


def _shut(gated: Any, licence: Licence) -> bool:
    return bool(licence.edition) and licence.edition not in gated.editions
