"""A project in a folder, and findings as short lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.load import load
from ccconf.manifest.project import Target, open_project
from ccconf.manifest.rows import FileRows, rows_of
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS
from ccconf.model.licence import Licence
from ccconf.platform.facts import Facts
from ccconf.validate.checks import validate

FACTS = Facts(name="plain", title="Plain")


def target(folder: Path, files: Mapping[str, str | bytes], *manifests: str) -> Target:
    """A project with one target that reads these files; without `manifests` the folder of that name."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    entries = "".join(f"\n    - {entry!r}" for entry in manifests or ("manifests",))
    project = folder / "ccconf.yaml"
    project.write_text(f"version: 1\ntargets:\n  office:\n    platform: local\n    manifests:{entries}\n")
    return open_project(project).target(None)


def declared(folder: Path, files: Mapping[str, str | bytes], *manifests: str) -> Declarations:
    """What the files say together."""
    return compose(load(target(folder, files, *manifests)))


def checked(folder: Path, files: Mapping[str, str | bytes], *manifests: str) -> tuple[Finding, ...]:
    """Everything that can be said of the files offline."""
    return validate(declared(folder, files, *manifests), FACTS, Licence())


def codes(found: Iterable[Finding]) -> list[str]:
    """`a.yaml:2:5 CC201` for each finding: the file without its folders."""
    return [f"{short(finding)} {finding.code}" for finding in found]


def short(finding: Finding) -> str:
    """The place without folders."""
    if finding.where is None:
        return "nowhere"
    path, line, column = finding.where
    return f"{path.rsplit('/', 1)[-1]}:{line}:{column}"


def told(text: str | bytes) -> list[str]:
    """The findings of one file in the order of its lines, as `2:5 CC201 message | hint`."""
    found = sorted(rows(text).findings, key=lambda finding: finding.order)
    return [f"{str(each.where)[1:]} {each.code} {each.message} | {each.hint}" for each in found]


def rows(text: str | bytes) -> FileRows:
    """The rows of one file."""
    return rows_of(text if isinstance(text, bytes) else text.encode())


def objects(found: FileRows, kind: str) -> dict[str, Resource]:
    """The objects of one kind in a file."""
    return {row.key: KINDS[kind].decoder.decode(row.body) for row in found.objects.get(kind, [])}
