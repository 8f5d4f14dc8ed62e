"""Which files a target reads, in which layer each stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from glob import glob
from pathlib import Path
from typing import NamedTuple

from ccconf.errors import Broken, broken
from ccconf.findings import Finding, Location
from ccconf.manifest.project import FILE_NAME, Target, shown

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
        where = target.where("manifests", layer)
        found = _files(target.base, entry, where)
        if found is None:
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


def reached(target: Target) -> Iterator[Path]:
    """The files of all entries that can be looked at, whatever is wrong with the others."""
    for layer, entry in enumerate(target.form.manifests):
        with suppress(Broken):
            yield from _files(target.base, entry, target.where("manifests", layer)) or ()


def would_read(target: Target, path: Path) -> bool:
    """Whether one of the entries would find a new file, by whatever way it leads there."""
    return path.suffix in SUFFIXES and any(_finds(target.base, entry, path) for entry in target.form.manifests)


def _finds(base: Path, entry: str, path: Path) -> bool:
    real, folder = path.resolve(), path.parent.resolve()
    if not any(letter in entry for letter in "*?["):
        home = (base / entry).resolve()
        below = real.relative_to(home).parts if real.is_relative_to(home) else None
        return below is not None and not any(part.startswith(".") for part in below)
    *above, name = Path(entry).parts
    if name == "**":
        fits, above = not path.name.startswith("."), [*above, name]
    else:
        fits = fnmatch(path.name, name) and (name.startswith(".") or not path.name.startswith("."))
    try:
        folders = glob(str(Path(*above)), root_dir=base, recursive=True) if above else ["."]  # noqa: PTH207 - as below
    except (OSError, ValueError):  # no pattern, as its own target is told
        return False
    return fits and any((base / one).resolve() == folder for one in folders)


def _files(base: Path, entry: str, where: Location) -> list[Path] | None:
    """The files of one entry; None where there is nothing of that name."""
    if any(letter in entry for letter in "*?["):
        return _matching(base, entry, where) or None
    path = base / entry
    try:
        if path.is_file():
            return [path]
        if path.is_dir():
            return [file for file in _walk(path) if file.suffix in SUFFIXES]
    except OSError as error:  # no right to look into a folder, or a name that no file can have
        reason = (error.strerror or str(error)).lower()
        raise broken("CC001", f"cannot look into {entry}: {reason}", "check the path", where) from error
    return None


def _matching(base: Path, pattern: str, where: Location) -> list[Path]:
    """The files that fit a pattern; a hidden one only where the pattern says its dot."""
    try:
        paths = glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207 - Path.glob also finds hidden files
    except (OSError, ValueError) as error:
        raise broken("CC001", f"{pattern} is not a pattern: {error}", "write folder/*.yaml", where) from error
    return [base / path for path in paths if path.endswith(SUFFIXES) and (base / path).is_file()]


def _walk(folder: Path) -> list[Path]:
    """Every file below a folder; hidden ones and links to folders (which may lead in a circle) are left out."""
    found: list[Path] = []
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name == FILE_NAME:
            continue
        if path.is_dir():
            found.extend([] if path.is_symlink() else _walk(path))
        else:
            found.append(path)
    return found
