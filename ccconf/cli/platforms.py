"""`ccconf platforms`."""

from __future__ import annotations

import click

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import format_option
from ccconf.platform.discovery import find, names
from ccconf.platform.facts import Facts, Route
from ccconf.report.answers import PlatformTold
from ccconf.report.platform import act_rows, support_rows
from ccconf.report.table import table


@click.command(name="platforms")
@click.argument("name", required=False)
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, name: str | None, format_: str) -> int:
    """List the platforms, or show what one of them can do: each operation on each kind, its way, and why."""
    if name is None:
        facts = [find(known, None).facts for known in names()]
        if format_ == "json":
            print_json([PlatformTold(name=row.name, title=row.title, summary=row.summary) for row in facts])
        else:
            print_lines(table(("name", "title", "what it is"), [(row.name, row.title, row.summary) for row in facts]))
        return 0
    row = find(name, None).facts
    if format_ == "json":
        print_json(row)
    else:
        print_lines(_told(row))
    return 0


def _told(facts: Facts) -> list[str]:
    """The capability table of one platform."""
    ways = {row.route for row in facts.support}
    state = "people do what no API does, with a runbook" if Route.MANUAL in ways else "ccconf drives it by API"
    return [
        f"{facts.title}: {facts.summary or state}",
        *([f"({state})"] if facts.summary else []),
        "",
        *table(("kind", "operation", "way", "why", "certainty"), list(support_rows(facts))),
        *(["", *table(("act", "words", "way", "why", "certainty"), list(act_rows(facts)))] if facts.acts else []),
    ]
