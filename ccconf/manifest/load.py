"""Reads all manifest files of a target: from the cache what did not change, the rest on all cores."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.pool import Pool
from pathlib import Path

import msgspec

from ccconf.errors import Broken
from ccconf.findings import Finding, Location
from ccconf.manifest.cache import Cache, digest
from ccconf.manifest.pieces import joined, pieces, sections_of
from ccconf.manifest.project import Target
from ccconf.manifest.rows import FileRows, rows_of
from ccconf.manifest.sources import Source, sources_of
from ccconf.manifest.yaml12 import decode

CACHE = ".ccconf/cache.db"

WORTH_A_POOL = 1_000_000
"""Bytes of changed manifests from which a second process saves more time than its start costs."""

LION_S_SHARE = 0.8
"""The share of all bytes from which one file is worth being cut into pieces."""

WORTH_A_CACHE = 200_000
"""Bytes of manifests below which reading them is quicker than opening a cache."""


class Loaded(msgspec.Struct, frozen=True):
    """The files of a target and what each of them says."""

    sources: tuple[Source, ...]
    rows: tuple[FileRows, ...]
    base: Path = Path()
    """The project's folder: a manifest may name files below it and nowhere else."""
    texts: dict[Path, str] = {}
    """What files will say that are not written yet."""


def load(target: Target) -> Loaded:
    """Read what the target's files say. Raises `Broken` where a file cannot be read at all."""
    sources = sources_of(target)
    with collector_paused():
        return Loaded(sources, tuple(_rows(sources, Cache(target.base / CACHE))), target.base)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Loading makes many objects and no cycles; looking for cycles meanwhile costs a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _rows(sources: Sequence[Source], cache: Cache) -> list[FileRows]:
    digests, sizes = _digests(sources)
    if sum(sizes) < WORTH_A_CACHE:
        return [rows_of(source.path.read_bytes()) for source in sources]
    known = cache.recall(digests)
    missing = [index for index, key in enumerate(digests) if key not in known]
    if missing:
        decoder = msgspec.msgpack.Decoder(FileRows)
        fresh: dict[bytes, bytes] = {}
        paths, weights = [sources[index].path for index in missing], [sizes[index] for index in missing]
        for index, encoded in zip(missing, _read_afresh(paths, weights), strict=True):
            fresh[digests[index]] = encoded
            known[digests[index]] = decoder.decode(encoded)
        cache.remember(fresh, digests)
    return [known[key] for key in digests]


def _digests(sources: Sequence[Source]) -> tuple[list[bytes], list[int]]:
    """Content digests and sizes; every file that cannot be read is named at once."""
    digests: list[bytes] = []
    sizes: list[int] = []
    unreadable: list[Finding] = []
    for source in sources:
        try:
            raw = source.path.read_bytes()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            message = f"cannot read the file: {reason}"
            unreadable.append(Finding(code="CC001", message=message, where=Location(source.name)))
            continue
        digests.append(digest(raw))
        sizes.append(len(raw))
    if unreadable:
        raise Broken(*unreadable)
    return digests, sizes


def _read_afresh(paths: Sequence[Path], sizes: Sequence[int]) -> Iterator[bytes]:
    """Encoded rows of each file as they come, by as many processes as there are cores."""
    size = sum(sizes)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2 or size < WORTH_A_POOL:
        yield from map(_encoded, paths)
    elif max(sizes) > LION_S_SHARE * size:
        yield from (_encoded_in_pieces(path, cores) if weight == max(sizes) else _encoded(path)
                    for path, weight in zip(paths, sizes, strict=True))  # fmt: skip
    else:
        with _pool(min(cores, len(paths))) as pool:
            yield from pool.imap(_encoded, paths, chunksize=max(1, len(paths) // (cores * 16)))


@contextmanager
def _pool(workers: int) -> Iterator[Pool]:
    """Processes that end by themselves: to leave a pool's own block would kill them wherever they are."""
    way = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(way).Pool(workers, initializer=gc.disable) as pool:
        yield pool
        pool.close()
        pool.join()


def _encoded(path: Path) -> bytes:
    return msgspec.msgpack.encode(rows_of(path.read_bytes()))


def _encoded_in_pieces(path: Path, workers: int) -> bytes:
    """The same of one very large file, read in pieces by several processes where that is certain to be the same."""
    with _pool(workers) as pool:  # before the text is read, so that the processes do not hold it, too
        rows = _joined_pieces(path, pool)
    return _encoded(path) if rows is None else msgspec.msgpack.encode(rows)


def _joined_pieces(path: Path, pool: Pool) -> FileRows | None:
    try:
        text = decode(path.read_bytes(), "")
    except Broken:  # not UTF-8: the whole reading says so
        return None
    sections = sections_of(text)
    if sections is None:
        return None
    decoder = msgspec.msgpack.Decoder(FileRows)
    return joined(map(decoder.decode, pool.imap(_piece, pieces(text, sections), chunksize=4)))


def _piece(text: str) -> bytes:
    return msgspec.msgpack.encode(rows_of(text.encode()))
