"""Writes objects as manifests: stable order, nothing that goes without saying, readable by YAML 1.1 and 1.2 alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import PurePosixPath
from typing import Any

import yaml

from ccconf.manifest.yaml12 import scalar
from ccconf.model.fields import Resource, said
from ccconf.model.kinds import KINDS, Kind

FEWEST_FOR_A_DEFAULT = 3
_UNSAFE_IN_A_FILE_NAME = re.compile(r"[^\w.-]+")

Files = dict[str, str | bytes]
"""Content by path, from the folder of the manifests."""


def as_written(kind: Kind, resource: Resource) -> dict[str, Any]:
    """An object as a person would write it: empty fields left out, collections in their short form."""
    return {
        name: kind.by_name[name].shape.written(value)
        for name, value in said(resource).items()
        if value is not None and value not in ((), {})
    }


def manifests(
    objects: Mapping[str, Mapping[str, Resource]], file: Callable[[str], bytes | None], *, split_users: bool
) -> Files:
    """The files that declare these objects: one a kind, or users in one file for each first group."""
    files: Files = {}
    defaults: dict[str, dict[str, Any]] = {}
    for kind in KINDS.values():
        resources = objects.get(kind.name, {})
        written = {key: as_written(kind, resources[key]) for key in sorted(resources)}
        if not written:
            continue
        _export_files(kind, written, files, file, split=split_users and kind.name == "user")
        if common := _common(kind, written.values()):
            defaults[kind.plural] = common
            written = {key: {f: v for f, v in body.items() if f not in common} for key, body in written.items()}
        if split_users and kind.name == "user":
            for path, part in _by_group(written).items():
                files[path] = dump({kind.plural: part})
        else:
            files[f"{kind.plural}.yaml"] = dump({kind.plural: written})
    if defaults:
        files["defaults.yaml"] = dump({"defaults": defaults})
    return files


def _common(kind: Kind, bodies: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What a platform gives to every new object anyway and every object has: said once, as a default."""
    bodies = list(bodies)
    if len(bodies) < FEWEST_FOR_A_DEFAULT:
        return {}
    return {
        spec.name: spec.marker.initial
        for spec in kind.specs
        if spec.marker.initial is not None and all(body.get(spec.name) == spec.marker.initial for body in bodies)
    }


def _by_group(written: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Users by the file of their first group; two groups never share a file."""
    homes: dict[str | None, dict[str, Any]] = {}
    for key, body in written.items():
        homes.setdefault(next(iter(body.get("groups", ())), None), {})[key] = body
    names = _file_names([home for home in homes if home is not None])
    return {names[home] if home is not None else "users/without-group.yaml": part for home, part in homes.items()}


def _file_names(groups: list[str]) -> dict[str, str]:
    stems = {group: _UNSAFE_IN_A_FILE_NAME.sub("-", group).strip(".-").lower() or "group" for group in groups}
    often = Counter(stems.values())
    taken = {"without-group", *stems.values()}
    names: dict[str, str] = {}
    for group in sorted(groups):
        stem = stems[group]
        if often[stem] > 1 or stem == "without-group":
            stem = next(fresh for number in count(1) if (fresh := f"{stem}-{number}") not in taken)
            taken.add(stem)
        names[group] = f"users/{stem}.yaml"
    return names


def _export_files(
    kind: Kind, written: Mapping[str, dict[str, Any]], files: Files, file: Callable[[str], bytes | None], *, split: bool
) -> None:
    """Pictures go beside the manifests; one that the platform no longer has is left out."""
    names = _file_names([key for key in written if any(field in written[key] for field in kind.filed)])
    for key, body in written.items():
        for field in kind.filed:
            content = file(body[field]) if field in body else None
            if content is None:
                body.pop(field, None)
                continue
            stem = PurePosixPath(names[key]).stem
            path = f"{field}s/{stem}{_suffix(content)}"
            files[path] = content
            body[field] = f"../{path}" if split else path


def _suffix(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return ".png"
    return ".jpg" if content.startswith(b"\xff\xd8") else ".bin"


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # libyaml's where it is there
    """Quotes what YAML 1.2 would not read as text; PyYAML itself quotes what 1.1 would not."""


def _text(dumper: Any, text: str) -> Any:
    style = None if isinstance(scalar(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(data: Mapping[str, Any]) -> str:
    """Plain data as YAML; the same data always gives the same bytes."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
    return text
