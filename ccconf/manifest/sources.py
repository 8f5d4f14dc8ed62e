"""Which files a target reads, in which layer each stands."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ccconf.errors import Broken, broken
from ccconf.findings import Finding
from ccconf.manifest.project import Target, shown

SUFFIXES = (".yaml", ".yml")


class Source(NamedTuple):
    """One manifest file. A later layer overrides an earlier one."""

    path: Path
    name: str
    """The path as it is shown."""
    layer: int


def sources_of(target: Target) -> tuple[Source, ...]:
    """All manifest files of a target, sorted by layer and path. Raises `Broken` (CC001, CC002).

    A file that two entries reach belongs to the later one, so `[base, base/production]` does what it says.
    """
    layers: dict[Path, int] = {}
    missing: list[Finding] = []
    for layer, entry in enumerate(target.form.manifests):
        found = _files(target.base, entry)
        if found is None:
            where = target.where("manifests", layer)
            missing.append(Finding(code="CC001", message=f"there is no {entry}", where=where, hint="check the path"))
        for path in found or ():
            layers[path] = layer
    if missing:
        raise Broken(*missing)
    if not layers:
        entries = ", ".join(target.form.manifests)
        where = target.where("manifests")
        raise broken("CC002", f"no manifest (.yaml) in {entries}", "add one, or correct the path", where)
    ordered = sorted(layers.items(), key=lambda item: (item[1], item[0].as_posix()))
    return tuple(Source(path, shown(path), layer) for path, layer in ordered)


def _files(base: Path, entry: str) -> list[Path] | None:
    """The files of one entry; None where there is nothing of that name."""
    if any(letter in entry for letter in "*?["):
        return [path for path in base.glob(entry) if path.is_file() and path.suffix in SUFFIXES]
    path = base / entry
    if path.is_file():
        return [path]
    if path.is_dir():
        return [file for file in _walk(path) if file.suffix in SUFFIXES]
    return None


def _walk(folder: Path) -> list[Path]:
    """Every file below a folder; hidden ones and links to folders (which may lead in a circle) are left out."""
    found: list[Path] = []
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            found.extend([] if path.is_symlink() else _walk(path))
        else:
            found.append(path)
    return found
