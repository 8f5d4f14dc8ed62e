"""`ccconf validate`."""

from __future__ import annotations

import click

from ccconf.cli.notify import look_at_addresses
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.reporting import report_options, reporting
from ccconf.cli.session import checked, format_option, project_of, target_option
from ccconf.errors import Ending
from ccconf.findings import Finding, errors, findings_data, in_order
from ccconf.report import text


@click.command(name="validate")
@target_option
@format_option("text", "json")
@report_options
@click.pass_context
def command(ctx: click.Context, target_name: str | None, format_: str) -> int:
    """Check the manifests of one target, or of all, without asking any platform.

    All mistakes are told at once, each with its place and how to mend it. Warnings do not stop anything.
    """
    project = project_of(ctx)
    named = [target_name] if target_name else sorted(project.form.targets)
    found: list[Finding] = []
    objects = 0
    look_at_addresses(project)
    with reporting(ctx, "validate", project, named) as reports:
        for name in named:
            declared, findings = checked(project.target(name))
            found.extend(findings)
            objects += len(declared)
        told = in_order(found)
        code = Ending.BROKEN if errors(told) else Ending.DONE
        if reports.asked:
            told = reports.tell(reports.of_findings(told, exit_code=code, objects=objects)).findings
    if format_ == "json":
        print_json({"targets": named, "objects": objects, "findings": findings_data(told)})
    else:
        print_lines(text.findings(told))
        print_lines([f"{objects} object{'' if objects == 1 else 's'} in {', '.join(named)}: {text.tally(told)}"])
    return code
