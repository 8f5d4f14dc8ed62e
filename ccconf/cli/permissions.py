"""`ccconf permissions`."""

from __future__ import annotations

import click

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import format_option
from ccconf.platform.discovery import find
from ccconf.platform.facts import Facts, Permission
from ccconf.report.platform import gate, label, levels
from ccconf.report.table import table


@click.command(name="permissions")
@click.option("-p", "--platform", "name", required=True, metavar="PLATFORM", help="See `ccconf platforms`.")
@click.option("--search", metavar="TEXT", help="Part of an id, of a label in any language, or of a reason.")
@click.option("--sensitivity", type=click.Choice(["low", "medium", "high"]), help="Only those.")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, name: str, search: str | None, sensitivity: str | None, format_: str) -> int:
    """List a platform's permissions: ids, the words of its screens, levels, how sensitive and why, what they need."""
    facts = find(name, None).facts
    found = [
        row
        for row in facts.catalogue.permissions
        if (search is None or _matches(row, search)) and sensitivity in (None, row.sensitivity)
    ]
    if format_ == "json":
        print_json(found)
        return 0
    rows = [(row.id, label(row.labels, facts.language), levels(row), row.sensitivity, _why(row)) for row in found]
    print_lines(table(("id", "words", "levels", "sensitivity", "why, and what it needs"), rows))
    print_lines(_ending(facts, len(found)))
    return 0


def _matches(row: Permission, text: str) -> bool:
    words = (row.id, row.why, *row.labels.values(), *row.section.values())
    return any(text.casefold() in word.casefold() for word in words)


def _why(row: Permission) -> str:
    needs = gate(row)
    unverified = " (unverified)" if row.certainty == "unverified" else ""
    legacy = f"; legacy: {row.legacy}" if row.legacy else ""
    return f"{row.why}{f'; needs {needs}' if needs else ''}{legacy}{unverified}"


def _ending(facts: Facts, count: int) -> list[str]:
    known = f"{count} of {len(facts.catalogue.permissions)} permissions of {facts.title}"
    if not facts.catalogue.permissions:
        return [f"{facts.title} publishes no permissions: its roles are opaque names."]
    return [known + (", which are not all: the public list is incomplete" if facts.catalogue.open else "")]
