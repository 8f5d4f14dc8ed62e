"""Writing files so that each is either the old one or the new one, never half of each."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Container, Mapping
from pathlib import Path

from ccconf.errors import Broken, broken
from ccconf.findings import Location


def write_whole(path: Path, content: str | bytes) -> None:
    """Write one file; see `write_all`."""
    write_all({path: content}, overwrite=True)


def write_all(
    files: Mapping[Path, str | bytes],
    *,
    overwrite: bool,
    hint: str = "choose another folder, or say --force",
    secret: Container[Path] = (),
) -> None:
    """Write every file beside its place, flush it to the disk, and only then swap them all in.

    A full disk therefore leaves every old file as it was; only their owner may read the `secret` ones. Raises `Broken`:
    CC009 where a file exists and may not be overwritten, CC007 where one cannot be written.
    """
    taken = sorted(str(path) for path in files if path.exists())
    if taken and not overwrite:
        more = f", and {len(taken) - 1} more" if len(taken) > 1 else ""
        raise broken("CC009", f"{taken[0]} already exists{more}", hint)
    for path in files:
        if path.is_dir():  # found out now, not when half of the files are swapped in
            raise unwritable(path, IsADirectoryError(errno.EISDIR, "Is a directory"))
    staged: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            staged[path] = _beside(path, raw, secret=path in secret)
        for path, waiting in staged.items():
            try:
                waiting.replace(path)
            except OSError as error:
                raise unwritable(path, error) from error
    finally:
        for waiting in staged.values():
            waiting.unlink(missing_ok=True)


def _beside(path: Path, raw: bytes, *, secret: bool) -> Path:
    waiting: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        waiting = Path(name)
        with os.fdopen(handle, "wb") as out:
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
        if not secret:  # a new file is its owner's alone until it is said otherwise
            waiting.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    except BaseException as error:
        if waiting is not None:
            with contextlib.suppress(OSError):
                waiting.unlink()
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise
    return waiting


def unwritable(path: Path, error: OSError) -> Broken:
    """The same words for every file that could not be written."""
    reason = (error.strerror or str(error)).lower()
    return broken("CC007", f"cannot write {path}: {reason}", "the old content is untouched", Location(str(path)))
