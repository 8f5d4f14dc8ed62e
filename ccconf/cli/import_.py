"""`ccconf import`."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import click

from ccconf.cli.byhand import whole
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import connected, format_option, in_gits_words, project_of, target_option
from ccconf.errors import Ending
from ccconf.files import write_all
from ccconf.ledger.store import Ledger
from ccconf.manifest.load import collector_paused
from ccconf.manifest.project import Target, shown
from ccconf.manifest.sources import SUFFIXES
from ccconf.manifest.write import manifests
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS
from ccconf.reconcile.observe import complete
from ccconf.report.answers import Imported


@click.command(name="import")
@target_option
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), help="The folder (default: the target's first)."
)
@click.option("--split", type=click.Choice(["group"]), help="Users in one file for each group instead of one file.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context, target_name: str | None, to: Path | None, split: str | None, force: bool, format_: str
) -> int:
    """Write the live state of a platform as manifests, after which a plan is empty.

    The order is stable and nothing is written that goes without saying. Passwords and other secrets are left out:
    platforms do not give them away, and they do not belong into Git.
    """
    target = project_of(ctx).target(target_name)
    folder = to or _home(target)
    with collector_paused(), connected(target) as connection, Ledger(target.project.ledger) as ledger:
        whole(connection, target, KINDS)
        platform, _ = in_gits_words(connection, target, ledger, None)
        live = {kind: {live.ref.key: live.resource for live in complete(platform, kind)} for kind in KINDS}
        files = manifests(live, platform.file, split_users=split == "group")
    write_all({folder / name: content for name, content in files.items()}, overwrite=force)
    if format_ == "json":
        counts = {kind: len(found) for kind, found in live.items() if found}
        wrote = tuple(shown(folder / name) for name in sorted(files))
        print_json(Imported(target=target.name, objects=counts, wrote=wrote))
    elif files:
        print_lines(_told(live, folder, sorted(files)))
    else:
        print_lines([f"{target.name} is empty: there is nothing to import."])
    return Ending.DONE


def _home(target: Target) -> Path:
    """The folder of the target's first manifests, also where a file or a pattern stands for them."""
    entry = Path(target.form.manifests[0])
    plain = list(takewhile(lambda part: not any(letter in part for letter in "*?["), entry.parts))
    folder = target.base.joinpath(*plain)
    return folder.parent if folder.suffix in SUFFIXES else folder


def _told(live: dict[str, dict[str, Resource]], folder: Path, names: list[str]) -> list[str]:
    counted = [
        f"{len(found)} {KINDS[kind].plural if len(found) != 1 else kind}" for kind, found in live.items() if found
    ]
    few = [f"  {shown(folder / name)}" for name in names[:20]]
    more = [f"  and {len(names) - 20} more"] if len(names) > 20 else []
    return [f"Wrote {', '.join(counted)}:", *few, *more, "Secrets are left out. Next: ccconf plan"]
