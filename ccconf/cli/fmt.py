"""`ccconf fmt`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from ccconf.cli.output import print_json, print_lines, told
from ccconf.cli.session import format_option, project_of
from ccconf.errors import Broken, Ending, broken
from ccconf.files import write_all
from ccconf.findings import Finding, Location, errors, in_order
from ccconf.manifest.project import FILE_NAME, Project, shown
from ccconf.manifest.restyle import restyled
from ccconf.manifest.rows import rows_of, with_path
from ccconf.manifest.sources import SUFFIXES, sources_of
from ccconf.manifest.yaml12 import decode
from ccconf.report import text as words
from ccconf.report.answers import Formatted, Restyled

_MARK = "\ufeff"


class _File(NamedTuple):
    """A manifest before and after."""

    path: Path
    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@click.command(name="fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; leave with 2 where a file is not in the style.")
@click.option("--diff", "show", is_flag=True, help="Write nothing; show what would change, and leave with 2.")
@click.option("--sort", is_flag=True, help="Put the objects of each section in the order of their keys, too.")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], check: bool, show: bool, sort: bool, format_: str) -> int:
    """Write manifests in one style: the order of the model, two blanks a level, quotes only where they are needed.

    PATHS are files or folders; without any, the manifests of all targets. Comments stay beside what they are about, and
    no value changes: each file is read again, and what would say something else is not written. Of the files that are
    named, as by a pre-commit hook, those that are no manifests of the project are passed over.
    """
    files: list[_File] = []
    wrong: list[Finding] = []
    for path in _manifests(ctx, paths):
        try:
            files.append(_styled(path, sort=sort))
        except Broken as error:
            wrong.extend(error.findings)
    print_lines(words.findings(in_order(wrong)), err=True)
    waiting = [file for file in files if file.differs]
    looks = check or show
    if not looks:
        write_all({file.path: file.after for file in waiting}, overwrite=True)
    if format_ == "json":
        rows = tuple(Restyled(path=file.name, diff="\n".join(_difference(file)) if show else None) for file in waiting)
        findings = told(in_order(wrong))
        print_json(Formatted(wrote=not looks, files=rows, alike=len(files) - len(waiting), findings=findings))
    elif show:
        print_lines(line for file in waiting for line in _difference(file))
    else:
        print_lines(f"{file.name} is not in the style" if check else f"wrote {file.name}" for file in waiting)
        print_lines([_tally(files, waiting, wrong, done=not check)])
    if wrong:
        return Ending.BROKEN
    return Ending.CHANGES if waiting and looks else Ending.DONE


def _tally(files: Sequence[_File], waiting: Sequence[_File], wrong: Sequence[Finding], *, done: bool) -> str:
    """All in one line: how many were changed, or would be, and how many stay."""
    broken_files = len({finding.where.path for finding in wrong if finding.where})
    parts = [
        f"{len(waiting)} {'formatted' if done else 'to format'}",
        f"{len(files) - len(waiting)} in the style already",
    ]
    return ", ".join([*parts, f"{broken_files} with mistakes"] if wrong else parts)


def _manifests(ctx: click.Context, paths: Iterable[Path]) -> list[Path]:
    """The files to look at, each once."""
    project = _project(ctx, needed=not paths)
    known = _of_project(project) if project is not None else None
    if not paths:
        return sorted(known or {})
    named: dict[Path, None] = {}
    for path in paths:
        for file in _files(path):
            if file.name != FILE_NAME and (known is None or file.resolve() in known):
                named[known[file.resolve()] if known is not None else file] = None
    return sorted(named)


def _project(ctx: click.Context, *, needed: bool) -> Project | None:
    """The project around; files that are named may stand in none."""
    try:
        return project_of(ctx)
    except Broken as error:
        if not needed and all(finding.code == "CC003" for finding in error.findings):
            return None
        raise


def _of_project(project: Project) -> dict[Path, Path]:
    """The manifests of all targets, by the path that no link hides."""
    found = {source.path for name in project.form.targets for source in sources_of(project.target(name))}
    return {path.resolve(): path for path in found}


def _files(path: Path) -> list[Path]:
    """A file that was named, or the YAML files of a folder. Raises `Broken` (CC001) where there is nothing."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not path.exists():
        raise broken("CC001", f"there is no {path}", "check the path", Location(str(path)))
    return [path]


def _styled(path: Path, *, sort: bool) -> _File:
    """A file with its new text. Raises `Broken` with its mistakes, as validate tells them."""
    name = shown(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise broken("CC001", f"cannot read the file: {reason}", where=Location(name)) from error
    rows = rows_of(raw)
    if mistakes := errors(rows.findings):
        raise Broken(*(with_path(finding, name) for finding in mistakes))
    text = decode(raw, name)
    mark = _MARK if raw.startswith(_MARK.encode()) else ""
    after = restyled(text, rows, name, sort=sort)
    return _File(path, name, mark + text, mark + after)


def _difference(file: _File) -> list[str]:
    """As `diff -u` shows it."""
    before, after = file.before.splitlines(), file.after.splitlines()
    return list(difflib.unified_diff(before, after, file.name, file.name, lineterm=""))
