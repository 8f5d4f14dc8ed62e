"""Judges what a file states as a manifest is judged, and makes it canonical.

Two things differ from a manifest. Objects have the platform's own names, which may have letters that no name in Git
has. And what is merely unwise (networks that overlap, a list that lets everybody in) is not told: it is so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ccconf.manifest.shape import Judge, Mistake
from ccconf.model.fields import FieldSpec, Resource
from ccconf.model.kinds import KINDS
from ccconf.model.licence import Licence
from ccconf.model.schema import FORMERLY, manifest_schema
from ccconf.model.shapes import KEY_PATTERN, ONE_LINE
from ccconf.platform.facts import Facts
from ccconf.platform.fit import Fit
from ccconf.snapshot.fields import fields_of
from ccconf.snapshot.stated import Reading, Stated

LONGEST_NAME = 200
NO_NAME = "cannot be a name: one line, no blank at either end, at most 200 characters"
NAME = re.compile(rf"(?=\S)(?=.{{1,{LONGEST_NAME}}}\Z)(?!.*\s\Z){ONE_LINE}")

_UNWISE = frozenset(["CC303", "CC304", "CC305", "CC306", "CC313", "CC314"])
_MISFITS = frozenset(["CC404", "CC405", "CC406", "CC409"])
"""What the platform does not have cannot have been seen there; what a licence would forbid can."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Seen(NamedTuple):
    """An object as the file states it, and what it canonically is."""

    stated: Stated
    resource: Resource


def judged(facts: Facts, reading: Reading, folder: Path) -> tuple[list[Seen], list[Mistake]]:
    """The objects of a file, and what is wrong with them. Paths of pictures start in `folder`."""
    judge = Judge(snapshot_schema(facts))
    stated = [one for objects in reading.objects.values() for one in objects]
    data = _data(reading, stated)
    mistakes = [] if judge.sound(data) else judge.mistakes(data)
    wrong = frozenset(mistake.pointer[:3] for mistake in mistakes)
    fit = Fit(facts, Licence())
    seen: list[Seen] = []
    for one in stated:
        values, flaws = _values(one, wrong, folder)
        resource = KINDS[one.ref.kind].make(values)
        seen.append(Seen(one, resource))
        mistakes += [*flaws, *_misfits(fit, one, resource)]
    return seen, _under_own_names(mistakes, stated)


def _data(reading: Reading, stated: list[Stated]) -> Any:
    """All objects as one manifest, with whatever else the file holds."""
    if reading.rest is not None and not isinstance(reading.rest, dict):
        return reading.rest
    data: dict[str, Any] = dict(reading.rest or {})
    for one in stated:
        data.setdefault(KINDS[one.ref.kind].plural, {})[one.entry] = one.body
    return data


def snapshot_schema(facts: Facts) -> dict[str, Any]:
    """The schema of manifests, for what the platform has and under the platform's own names."""
    schema: dict[str, Any] = _with_any_names(manifest_schema())
    for section in list(schema["properties"]):
        kind = next((kind.name for kind in KINDS.values() if kind.plural == section), None)
        fields = {spec.name for spec in fields_of(facts, kind)} if kind else set()
        if kind is None or not fields:
            del schema["properties"][section]
            continue
        form = schema["$defs"][kind]
        form["properties"] = {name: form["properties"][name] for name in form["properties"] if name in fields}
    return schema


def _with_any_names(node: Any) -> Any:
    match node:
        case {"pattern": pattern} if pattern == KEY_PATTERN:
            rules = [{"pattern": ONE_LINE}, {"pattern": r"^\S(.*\S)?$"}]
            return {**node, "pattern": ".", "maxLength": LONGEST_NAME, "allOf": rules}
        case dict():
            return {key: _with_any_names(inner) for key, inner in node.items() if key != FORMERLY}
        case list():
            return [_with_any_names(inner) for inner in node]
        case _:
            return node


def _values(one: Stated, wrong: frozenset[Any], folder: Path) -> tuple[dict[str, Any], list[Mistake]]:
    values: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    if not isinstance(one.body, dict) or one.at() in wrong:
        return values, mistakes
    by_name = KINDS[one.ref.kind].by_name
    filed = KINDS[one.ref.kind].filed
    for name, value in one.body.items():
        if value is None or name not in by_name or one.at(name) in wrong:
            continue
        flaws = list(_flaws(one, by_name[name], value))
        if name in filed:
            value, flaws = _picture(one, name, value, folder)
        mistakes += flaws
        if not flaws:
            values[name] = by_name[name].shape.canonical(value)
    return values, mistakes


def _flaws(one: Stated, spec: FieldSpec, value: Any) -> Iterator[Mistake]:
    for flaw in spec.shape.flaws(value) if spec.shape.judged else ():
        if flaw.code not in _UNWISE:
            yield Mistake(flaw.code, flaw.message, one.at(spec.name, *flaw.path), flaw.on_key, flaw.hint)


def _picture(one: Stated, field: str, path: str, folder: Path) -> tuple[str, list[Mistake]]:
    """A picture is known by the digest of its content."""
    if _DIGEST.fullmatch(path):
        return path, []
    try:
        return f"sha256:{hashlib.sha256((folder / path).read_bytes()).hexdigest()}", []
    except (OSError, ValueError):  # a name with a NUL in it is a ValueError
        return "", [one.mistake("CC208", f"{field}: {path} cannot be read", field, hint="put it beside the file")]


def _misfits(fit: Fit, one: Stated, resource: Resource) -> Iterator[Mistake]:
    for misfit in fit.misfits(one.ref.kind, resource):
        if misfit.code in _MISFITS:
            yield one.mistake(misfit.code, misfit.message, misfit.field, *misfit.path, hint=misfit.hint)


def _under_own_names(mistakes: list[Mistake], stated: list[Stated]) -> list[Mistake]:
    """Mistakes about the objects themselves; to the judge a row of a table is called by its number."""
    refs = {one.at(): str(one.ref) for one in stated}
    return [mistake._replace(subject=refs.get(mistake.pointer[:2], "")) for mistake in mistakes]
