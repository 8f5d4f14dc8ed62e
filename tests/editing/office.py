"""A project in a folder, and what accepting does to its files."""

# ruff: noqa: E501 - texts and expected lines are quoted whole

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccconf.cli.session import facts_of, judge_of
from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.editing.accept import accepted
from ccconf.manifest.editing.edits import AddObject, Edit, Edited, Into, Rename, SetField, TakeOut
from ccconf.manifest.load import load
from ccconf.manifest.project import Target, open_project
from ccconf.model.refs import parse_ref


class Office:
    """A target, `office`, and beside it others that read other folders."""

    judged = False
    """Whether the whole is judged, as `ccconf drift --accept` has it judged."""

    def __init__(self, folder: Path, files: Mapping[str, str | bytes], **targets: list[str]) -> None:
        self.folder = folder
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        forms = {
            name: {"platform": "local", "manifests": entries}
            for name, entries in {"office": ["manifests"], **targets}.items()
        }
        (folder / "ccconf.yaml").write_text(json.dumps({"version": 1, "targets": forms}))

    @property
    def target(self) -> Target:
        return open_project(self.folder / "ccconf.yaml").target("office")

    def declared(self) -> Declarations:
        return compose(load(self.target))

    def accept(self, *edits: Edit, into: Into = Into.ASK) -> Edited:
        target = self.target
        return accepted(target, edits, into=into, judge=judge_of(target, facts_of(target)) if self.judged else None)

    def write(self, edited: Edited) -> None:
        for path, text in edited.files.items():
            path.write_bytes(text.encode())

    def diff(self, edited: Edited) -> list[str]:
        """The lines that go and come, as Git shows them."""
        lines: list[str] = []
        for path, text in edited.files.items():
            old = path.read_bytes().decode() if path.exists() else ""
            both = difflib.unified_diff(old.splitlines(True), text.splitlines(True), n=0)
            lines += [line for line in both if not line.startswith(("---", "+++", "@@"))]
        return [line.replace("\r\n", "<CRLF>").rstrip("\n") for line in lines]

    def done(self, *edits: Edit, into: Into = Into.ASK) -> list[str]:
        """Accept, which must work; write; accept again, which must find nothing to do."""
        edited = self.accept(*edits, into=into)
        assert edited.findings == (), edited.findings
        lines = self.diff(edited)
        self.write(edited)
        again = self.accept(*edits, into=into)
        assert (again.files, again.findings) == ({}, ()), self.diff(again)
        return lines

    def refused(self, *edits: Edit, into: Into = Into.ASK) -> list[str]:
        """Accept, of which every edit must be refused: `CC152 a.yaml:3:4 message | hint`."""
        edited = self.accept(*edits, into=into)
        assert edited.files == {} and edited.written == (), edited
        return [
            f"{each.code} {each.where.path.rpartition('/')[2] if each.where else ''}"
            f":{each.where.line if each.where else 0}:{each.where.column if each.where else 0} {each.message} | {each.hint}"
            for each in edited.findings
        ]


def one(folder: Path, text: str | bytes) -> Office:
    """A project of one file."""
    return Office(folder, {"manifests/a.yaml": text})


def set_(name: str, value: Any, **more: Any) -> SetField:
    """`user/ann.position`."""
    where, _, field = name.rpartition(".")
    return SetField(ref=parse_ref(where), field=field, value=value, **more)


def add(name: str, /, **fields: Any) -> AddObject:
    return AddObject(ref=parse_ref(name), fields=fields)


def out(name: str) -> TakeOut:
    return TakeOut(ref=parse_ref(name))


def rename(name: str, key: str) -> Rename:
    return Rename(ref=parse_ref(name), key=key)
