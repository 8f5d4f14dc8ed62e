"""The one way in. Commands are imported only when they run, so that help and validation stay quick."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NamedTuple

import click

from ccconf import __version__
from ccconf.errors import CcconfError

BROKEN = 1
INTERRUPTED = 130


class Row(NamedTuple):
    """Where a command lives, and its line in the help."""

    module: str
    help: str


COMMANDS = {
    "init": Row("init", "Start a new project in a folder."),
    "validate": Row("validate", "Check the manifests offline: all mistakes at once, each with its place."),
    "plan": Row("plan", "Show what would change on the platform. Changes nothing."),
    "apply": Row("apply", "Bring the platform to what the manifests say."),
    "import": Row("import_", "Write the live state of a platform as manifests."),
    "show": Row("show", "List and search people, groups, roles, skills, schedules, allowlists."),
    "explain": Row("explain", "Tell where a value comes from, or what a finding code means."),
    "schema": Row("schema", "Print the JSON Schemas, or write the editor's header into manifests."),
    "local": Row("local", "Act as the console of the embedded platform: for try-outs and training."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is asked for."""

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
            from ccconf.findings import did_you_mean

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
    """
    ctx.obj = project
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main(args: list[str] | None = None) -> None:
    """Run a command and leave with its exit code; a user's mistake never ends in a traceback."""
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """The same, with the exit code as the result."""
    try:
        code: Any = ccconf.main(args=args, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except CcconfError as error:
        from ccconf.cli.output import print_error

        print_error(error)
        return error.exit_code
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        return BROKEN
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, which is no mistake
        sys.stderr.close()
        return 0
    except OSError as error:
        click.echo(f"CC007 {(error.strerror or str(error)).lower()}: {error.filename or 'output'}", err=True)
        return BROKEN


if __name__ == "__main__":
    main()
