"""What ccconf writes at somebody's word spares the project: manifests, ccconf.yaml, ledger, embedded platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ccconf.errors import CcconfError
from ccconf.findings import Finding
from ccconf.manifest.project import Project, Target, shown
from ccconf.manifest.sources import SUFFIXES, sources_of

Same = tuple[int, int]
"""A file by device and number, whatever it is called."""


def would_go_over(project: Project, paths: Iterable[Path]) -> Iterator[Finding]:
    """A finding (CC009) for each path that belongs to the project, or would be read as a manifest of any target."""
    paths = list(paths)
    if not paths:
        return
    targets = [project.target(name) for name in sorted(project.form.targets)]
    files = {same for target in targets for path in _manifests(target) if (same := _same(path))}
    files |= {same for path in (project.path, *_databases(project, targets)) if (same := _same(path))}
    folders = [path.resolve() for target in targets for path in _folders(target)]
    for path in paths:
        new = path.suffix in SUFFIXES and any(path.resolve().is_relative_to(folder) for folder in folders)
        if new or _same(path) in files:
            what = "a part of the project" if _same(path) in files else "where manifests are read from"
            hint = "choose another place: what is written here is no manifest"
            yield Finding(code="CC009", message=f"{shown(path)} is {what}, and stays as it is", hint=hint)


def _databases(project: Project, targets: Iterable[Target]) -> Iterator[Path]:
    with suppress(CcconfError):  # a ledger of which nobody knows where it is has no file here
        if isinstance(project.ledger, Path):
            yield project.ledger
    yield from (target.base / target.form.url for target in targets if target.form.platform == "local")


def _manifests(target: Target) -> Iterator[Path]:
    try:
        yield from (source.path for source in sources_of(target))
    except CcconfError:  # what cannot be found is told by whoever reads it
        yield from (path for folder in _folders(target) for path in folder.rglob("*") if path.suffix in SUFFIXES)


def _folders(target: Target) -> Iterator[Path]:
    return (path for entry in target.form.manifests if (path := target.base / entry).is_dir())


def _same(path: Path) -> Same | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
