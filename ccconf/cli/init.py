"""`ccconf init`."""

from __future__ import annotations

from pathlib import Path

import click

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import format_option
from ccconf.errors import Ending
from ccconf.files import write_all
from ccconf.manifest.project import shown
from ccconf.report.answers import Started

_PROJECT = """\
# A project of ccconf. Every field is explained in the manual and by your editor:
# ccconf schema --write-headers
version: 1
targets:
  office:
    platform: local            # the embedded platform: one SQLite file that behaves like a real one
    url: live.db               # of a vendor: https://pbx.example.org
    manifests: [manifests]     # folders, files or patterns; a later one overrides an earlier one
    # licence: {edition: base, modules: [], seats: 50}
    # credentials: {client_id: reader, client_secret: !env OFFICE_SECRET}
    # owns: {users: listed, groups: all}      # what leaves: listed (default), all, never
    guards:
      deletes: {users: "10%", floor: 3}       # a plan that removes more is refused
      # protect: [user/owner]                 # never leaves, is never deactivated or renamed
"""

_PEOPLE = """\
# People by key. What you leave out is not managed; null clears; [] and {} mean "none".
users:
  agent.01:
    name: Agent One
    email: agent.01@example.org
    groups: [billing]
    roles: [operator]
    skills: {english: 4}
    schedule: day
"""

_TEAM = """\
# Everything that people refer to. It may stand in one file or in many.
groups:
  billing: {description: Invoices and reminders, allowlists: [office]}

roles:
  operator: {permissions: {calls.take: true}}

skills:
  english: {name: English, max_level: 5}

schedules:
  day: {timezone: Europe/Warsaw, weekly: {mon-fri: [09:00-17:00]}}

allowlists:
  office: {networks: {203.0.113.0/24: Head office}}
"""

_IGNORE = """\
# the embedded platform, what ccconf remembers on this machine, and what it hands to people: passwords perhaps
live.db*
.ccconf/
runbooks/
"""


@click.command(name="init")
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--ci", "forge", type=click.Choice(["github", "gitlab"]), help="Write the pipelines too.")
@click.option("--branch", default="main", show_default=True, help="Of --ci: what is merged into it is applied.")
@click.option("--install", metavar="REQUIREMENT", help="Of --ci: what pip installs there. This version, unless said.")
@click.option("--action", metavar="OWNER/REPO@SHA", help="Of --ci github: use this action, and write none.")
@click.option("--force", is_flag=True, help="Of --ci: write over pipelines that are there.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    forge: str | None,
    branch: str,
    install: str | None,
    action: str | None,
    force: bool,
    format_: str,
) -> int:
    """Start a new project in FOLDER: a commented ccconf.yaml, first manifests and a .gitignore.

    With --ci also what checks, plans and applies it on GitHub or GitLab; in a project that is there, only that.
    """
    base = Path(ctx.find_root().obj) / folder
    if forge is None and (install or action or force or branch != "main"):
        raise click.UsageError("--branch, --install, --action and --force belong to --ci")
    if forge is None:
        wrote, todo = _project(base)
        _tell(wrote, [*todo, f"Next: ccconf -C {shown(base)} validate"], format_)
        return Ending.DONE
    from ccconf.cli.ci.setup import Setup, pipelines  # other projects need not wait for it

    setup = Setup(forge, branch, install, action)
    wrote, todo = [], []
    if not (base / "ccconf.yaml").exists():
        setup.check()
        wrote, todo = _project(base)
        if format_ == "text":  # also where the pipelines cannot be written
            _tell(wrote, todo, format_)
            wrote, todo = [], []
    files, advice = pipelines(base, setup, force=force)
    _tell([*wrote, *files], [*todo, *advice], format_)
    return Ending.DONE


def _tell(wrote: list[Path], todo: list[str], format_: str) -> None:
    if format_ == "json":
        lines = tuple(line for line in todo if line)
        print_json(Started(wrote=tuple(shown(path) for path in wrote), todo=lines))
    else:
        print_lines([*(f"wrote {shown(path)}" for path in wrote), *todo])


def _project(base: Path) -> tuple[list[Path], list[str]]:
    """Write a new project; what was written, and what is left to do. Raises `Broken` (CC009)."""
    ignore = base / ".gitignore"
    files: dict[Path, str | bytes] = {
        base / "ccconf.yaml": _PROJECT,
        base / "manifests" / "people.yaml": _PEOPLE,
        base / "manifests" / "team.yaml": _TEAM,
        **({} if ignore.exists() else {ignore: _IGNORE}),
    }
    write_all(files, overwrite=False, hint="choose another folder")
    kept = [] if ignore in files else [f"{shown(ignore)} is there already: add live.db*, .ccconf/ and runbooks/ to it"]
    return list(files), kept
