"""The one way in. Commands are imported only when they run, so that help and validation stay quick."""

from __future__ import annotations

import importlib
import os
import sys
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

import click

from ccconf import __version__
from ccconf.cli.asking import in_ci
from ccconf.errors import CcconfError, Ending
from ccconf.findings import Finding, did_you_mean

FORMAT = "ccconf.format"
"""Under this name a command leaves in click's context how it was asked to print."""
MISTYPED = "CC020"
UNWRITTEN = "CC007"


class Row(NamedTuple):
    """Where a command lives, and its line in the help."""

    module: str
    help: str


COMMANDS = {
    "init": Row("init", "Start a new project in a folder."),
    "validate": Row("validate", "Check the manifests offline: all mistakes at once, each with its place."),
    "fmt": Row("fmt", "Write manifests in one style; comments and values stay."),
    "plan": Row("plan", "Show what would change on the platform. Changes nothing."),
    "apply": Row("apply", "Bring the platform to what the manifests say."),
    "drift": Row("drift", "Tell what was changed outside of Git, by whom, and what else differs."),
    "compare": Row("compare", "Tell in what two targets differ, or a target and Git, a revision, a snapshot."),
    "undo": Row("undo", "Put back what a run changed, by a plan of its own."),
    "history": Row("history", "Tell what was done: the runs, the steps of one, all that befell one object."),
    "ledger": Row("ledger", "Check, export or move what ccconf has noted."),
    "confirm": Row("confirm", "Say which of a runbook's steps were done; list the ones that are not."),
    "user": Row("user", "Act on one person at once: sign out, reset the password, tokens, restore, picture."),
    "import": Row("import_", "Write the live state of a platform as manifests."),
    "snapshot": Row("snapshot", "Take what people saw on the screens: for what no API shows."),
    "show": Row("show", "List and search people, groups, roles, skills, schedules, allowlists."),
    "list": Row("list_", "Look up lists beside the model: reasons, holidays, tags; make a tag."),
    "emulator": Row("emulator", "Serve an emulated platform on this machine: for try-outs, training and tests."),
    "explain": Row("explain", "Tell where a value comes from, or what a finding code means."),
    "schema": Row("schema", "Print the JSON Schemas, or write the editor's header into manifests."),
    "platforms": Row("platforms", "List the platforms, and show what each can do, how, and why."),
    "permissions": Row("permissions", "Search a platform's permissions: ids, labels, levels, gates."),
    "licence": Row("licence", "Show what of the licence is used, what the plan would use, what is left."),
    "local": Row("local", "Act as the console of the embedded platform: for try-outs and training."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Errors are told here, where it is still known how the command was asked to speak."""
        try:
            return super().invoke(ctx)
        except CcconfError as error:
            from ccconf.cli.output import print_error

            print_error(error, as_json=ctx.meta.get(FORMAT) == "json")
            return error.exit_code

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command."""
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        command: click.Command = importlib.import_module(f"ccconf.cli.{row.module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.help) for name, row in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A misspelt command gets a suggestion."""
        name = args[0]
        if name not in COMMANDS:
            ctx.fail(f"there is no command {name}. {did_you_mean(name, COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("-C", "--project", metavar="FOLDER", default=".", help="Where ccconf.yaml is (default: here or above).")
@click.version_option(__version__, prog_name="ccconf")
@click.pass_context
def ccconf(ctx: click.Context, project: str) -> None:
    """Keep a contact centre's people and access in Git.

    Exit codes: 0 nothing to do, or all done; 1 broken input; 2 changes are waiting; 3 refused by a guard;
    4 the plan is stale; 5 partly done; 6 people's steps are waiting; 130 interrupted.

    With --format json a command answers programs by a schema, its own mistakes included; `ccconf schema` lists them.
    """
    ctx.obj = project
    if ctx.color is None and (os.environ.get("NO_COLOR") or in_ci()):
        ctx.color = False


def main(args: list[str] | None = None) -> None:
    """Run a command and leave with its exit code; a user's mistake never ends in a traceback."""
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """The same, with the exit code as the result."""
    words = sys.argv[1:] if args is None else args
    try:
        return _ended(words)
    except OSError as error:
        message = f"{(error.strerror or str(error)).lower()}: {error.filename or 'output'}"
        click.echo(f"{UNWRITTEN} {message}", err=True)
        if error.filename:  # else it is the output itself that takes nothing more
            _tell_too([Finding(code=UNWRITTEN, message=message)], words)
        _give_up_output()
        return Ending.BROKEN


def _ended(words: list[str]) -> int:
    try:
        code: Any = ccconf.main(args=list(words), prog_name="ccconf", standalone_mode=False)
        return code if isinstance(code, int) else Ending.DONE
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        _tell_too([_mistyped(error)], words)
        return Ending.BROKEN
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return Ending.INTERRUPTED


def _tell_too(findings: list[Finding], words: list[str]) -> None:
    """The same to a program, where one has typed the command: what cannot be parsed is looked at word by word."""
    said = list(takewhile(lambda word: word != "--", words))
    if "--format=json" in said or ("--format", "json") in pairwise(said):
        from ccconf.cli.output import print_findings

        print_findings(findings)


def _mistyped(error: click.ClickException) -> Finding:
    """What is wrong with the command line."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    names: list[str] = []
    while ctx is not None and ctx.parent is not None:
        names.insert(0, ctx.info_name or "")
        ctx = ctx.parent
    message = " ".join(error.format_message().split())  # click breaks some messages into lines
    return Finding(code=MISTYPED, message=message.rstrip("."), hint=f"see {' '.join(['ccconf', *names])} --help")


def _give_up_output() -> None:
    """What could not be written to a full disk is not tried once more when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


if __name__ == "__main__":
    main()
