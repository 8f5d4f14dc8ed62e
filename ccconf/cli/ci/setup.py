"""What `ccconf init --ci` writes: the pipelines of a project, with the least rights that they need."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import click

from ccconf import __version__
from ccconf.files import write_all
from ccconf.manifest.project import Project, Target, open_project, shown
from ccconf.manifest.yaml12 import SecretSource

CHECKOUT = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"
ACTION = "./.github/actions/ccconf # zizmor: ignore[self-repository] older servers and runners do not know $/"
WRITTEN = "# Written by `ccconf init"
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", re.ASCII)
_BRANCH = re.compile(r"[\w./-]+")
_NAME = re.compile(r"[\w .@/-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Setup(NamedTuple):
    """What somebody wants of the pipelines."""

    forge: str
    branch: str
    install: str | None
    action: str | None

    def check(self) -> None:
        """Raises `click.UsageError` for what would be no pipeline, or none that is safe."""
        if self.action is not None and self.forge != "github":
            raise click.UsageError("--action belongs to --ci github")
        if self.action is not None and not _PINNED.fullmatch(self.action):
            raise click.UsageError(
                "--action is pinned by the 40 digits of a commit: OWNER/REPO@SHA; a tag can be moved"
            )
        if not _BRANCH.fullmatch(self.branch):
            raise click.UsageError(f"{self.branch} is no branch")
        if self.install is not None and ("${{" in self.install or not self.install.isprintable()):
            raise click.UsageError("--install is what pip takes: ccconf[postgres]==0.1.0, a wheel, an address")


class TargetTold(NamedTuple):
    """A target as a pipeline names it."""

    name: str
    job: str
    """Its name within the names of jobs."""
    secrets: tuple[str, ...]
    """The variables that its `!env` need."""


def pipelines(base: Path, setup: Setup, *, force: bool) -> tuple[list[Path], list[str]]:
    """Write the pipelines of the project in a folder; what was written, and in words what is to be set up.

    Raises `Broken`: CC009 where one is there already and `force` is not said.
    """
    setup.check()
    project = open_project(base / "ccconf.yaml")
    targets = [_told(project, project.target(name)) for name in sorted(project.form.targets)]
    root = _root(base)
    wanted = _github(root, base, targets, setup) if setup.forge == "github" else _gitlab(root, base, targets, setup)
    told = _left_alone(root / ".gitlab-ci.yml", wanted, force=force)
    write_all(dict(wanted), overwrite=force, hint="say --force to write over it")
    advice = _advice_github if setup.forge == "github" else _advice_gitlab
    return list(wanted), [*told, "", *advice(targets)]


def _left_alone(path: Path, wanted: dict[Path, str], *, force: bool) -> list[str]:
    """Takes somebody's own pipeline out of what is wanted, and says what to add to it instead."""
    if path not in wanted or not path.exists():
        return []
    if force and path.read_text(encoding="utf-8", errors="replace").startswith(WRITTEN):
        return []
    return [f"{shown(path)} is there already: add to it", *wanted.pop(path).splitlines()]


def _github(root: Path, base: Path, targets: list[TargetTold], setup: Setup) -> dict[Path, str]:
    workflows = root / ".github" / "workflows"
    action = {} if setup.action else {root / ".github" / "actions" / "ccconf" / "action.yml": _form("action.yml")}
    return action | {
        workflows / "ccconf.yml": _filled("github.yml", root, base, targets, setup),
        workflows / "ccconf-drift.yml": _filled("github-drift.yml", root, base, targets, setup),
    }


def _gitlab(root: Path, base: Path, targets: list[TargetTold], setup: Setup) -> dict[Path, str]:
    return {
        root / ".gitlab" / "ccconf.yml": _form("gitlab.yml"),
        root / ".gitlab-ci.yml": _filled("gitlab-ci.yml", root, base, targets, setup),
    }


def _filled(form: str, root: Path, base: Path, targets: list[TargetTold], setup: Setup) -> str:
    from jinja2 import Environment, StrictUndefined  # only who writes pipelines waits for it

    # GitHub writes {{ }} itself; what is YAML is quoted as JSON, so nothing is left to escape
    environment = Environment(  # noqa: S701
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    own = f"ccconf[postgres]=={__version__}"
    return environment.from_string(_form(form)).render(
        branch=setup.branch,
        project=base.resolve().relative_to(root.resolve()).as_posix(),
        targets=targets,
        checkout=CHECKOUT,
        action=setup.action or ACTION,
        install=setup.install or ("" if setup.action else own),
    )


def _form(name: str) -> str:
    return (files("ccconf.cli.ci") / "forms" / name).read_text(encoding="utf-8")


def _root(base: Path) -> Path:
    """The folder of the repository; the project's own where there is none yet."""
    folder = base.resolve()
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), base)


def _told(project: Project, target: Target) -> TargetTold:
    if not _NAME.fullmatch(target.name):
        raise click.UsageError(f"a pipeline cannot name the target {target.name!r}: rename it in ccconf.yaml")
    sources = [*target.form.credentials.values(), project.ledger_secret]
    variables = [row.name for row in sources if isinstance(row, SecretSource) and row.way == "env"]
    if wrong := [name for name in variables if not _VARIABLE.fullmatch(name)]:
        raise click.UsageError(f"a pipeline cannot set the variable {wrong[0]}")
    readable = re.sub(r"[^a-z0-9]+", "-", target.name.lower()).strip("-")
    job = readable if readable == target.name else f"{readable}-{sha256(target.name.encode()).hexdigest()[:6]}"
    return TargetTold(target.name, job.strip("-"), tuple(sorted(set(variables))))


def _advice_github(targets: list[TargetTold]) -> list[str]:
    return [
        "Set up once, on GitHub:",
        f"- secrets of the repository, for plans and drift, which only read: {_names(targets)}",
        *(
            f"- an environment ccconf-{target.job} with reviewers, and for apply, which writes: {_names([target])}"
            for target in targets
        ),
        "- a rule for the branch: changes come by pull request, and Validate has to pass",
        *_ALWAYS,
    ]


def _advice_gitlab(targets: list[TargetTold]) -> list[str]:
    return [
        "Set up once, on GitLab:",
        "- a project access token (Reporter, scope api) as the masked variable CCCONF_TOKEN",
        f"- masked variables for plans and drift, which only read: {_names(targets)}",
        "- of the same names, protected and for apply alone, where that has rights of its own",
        "- a schedule on the default branch, for drift",
        *_ALWAYS,
    ]


_ALWAYS = (
    "- in ccconf.yaml `ledger:`, a PostgreSQL database: what a job notes beside the project is gone with its machine",
)


def _names(targets: list[TargetTold]) -> str:
    """The secrets to set."""
    names = sorted({name for target in targets for name in target.secrets})
    return ", ".join(names) or "none, as long as ccconf.yaml names none with !env"
