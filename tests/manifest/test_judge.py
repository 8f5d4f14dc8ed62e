"""The judge on the hot path is young; the plain `jsonschema` package referees it on the same documents."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError, validators

from ccconf.manifest.project import project_schema
from ccconf.manifest.shape import Judge, manifest_judge
from ccconf.manifest.yaml12 import read
from ccconf.model.kinds import BY_PLURAL
from ccconf.model.schema import manifest_schema
from ccconf.report.schemas import SCHEMAS, encoded
from tests.manifest.mutations import SOUND

COMMITTED = Path(__file__).parents[2] / "schemas"
_PROJECT = """\
version: 1
ledger: .ccconf/ledger.db
targets:
  office:
    platform: local
    like: iqchannels
    url: live.db
    licence: {edition: base, modules: [chat, voice], seats: 50}
    credentials: {client_id: x}
    manifests: [base, overlays/office]
    owns: {users: listed, groups: all, roles: never}
    guards: {deletes: {users: "10%", groups: 3, floor: 3}, updates: {users: "100%"}, protect: [user/owner]}
    leavers: delete
    identity: ccconf
  branch: {platform: local, manifests: [base]}
"""
_MANIFESTS = [read(text, "").data for text in SOUND]
_PROJECTS = [read(_PROJECT, "").data]


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """JSON Schema's `$` is the very end; Python's also fits before a last line break: a fault of the referee."""
    if isinstance(instance, str) and re.search(pattern.replace("$", r"\Z"), instance) is None:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Referee: Any = validators.extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call] # stubs
_REFEREES = {"manifest": _Referee(manifest_schema()), "project": _Referee(project_schema())}
_JUDGES = {"manifest": manifest_judge(), "project": Judge(project_schema())}

_STRANGE: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        5,
        5.0,
        0.5,
        721,
        10**20,
        1e300,
        "",
        "x",
        "no",
        "office",
        " x",
        "x ",
        "a/b",
        "a*",
        "a\nb",
        "é",
    ),
    *(
        "x" * 100,
        "x" * 101,
        "x" * 1001,
        "10%",
        "101%",
        "09:00-17:00",
        "24:00-25:00",
        "09:00-24:00",
        "12-25",
        "2026-13-01",
        "mon",
    ),
    *(
        "mon-fri",
        "a@b.c",
        "a b@c.d",
        "١٢",
        "12\n",
        "pt-BR",
        "+48 600",
        [],
        {},
        [1],
        ["a", "a"],
        ["a", None],
        {"a": 1},
        {"": {}},
    ),
    *(
        {"date": "12-25"},
        [{"date": "12-25", "hours": []}],
        [{"until": "12-25"}],
        {"a": {"role": "m"}},
        {"a": {"rle": "m"}},
    ),
    *(
        [[["deep"]]],
        {"a": {"permissions": {"b": None}}},
        {"mon": ["09:00-17:00"]},
        {"mo": []},
        [1, True],
        [1, 1.0],
        "active",
    ),
)


def _spots(value: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys or indexes."""
    found = []
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            found += [(value, step), *_spots(value[step])]
    return found


def spoilt(document: Any, seed: int) -> Any:
    """The document after one to three changes to its values and keys."""
    random = Random(seed)
    document = copy.deepcopy(document)
    for _ in range(random.randint(1, 3)):
        spots = _spots(document)
        if not spots:
            return document
        container, step = random.choice(spots)
        strange = copy.deepcopy(random.choice(_STRANGE))
        match random.randrange(4):
            case 0 | 1:
                container[step] = strange
            case 2 if isinstance(container, dict):
                container[
                    random.choice(("x", "name", "rle", "skills", " bad", "a/b", "k" * 101, "mon", "é", "user"))
                ] = strange
            case 2:
                container.append(strange)
            case _:
                del container[step]
    return document


def agreed(name: str, document: Any) -> bool:
    verdict = bool(_REFEREES[name].is_valid(document))
    assert _JUDGES[name].sound(document) is verdict
    assert (not _JUDGES[name].mistakes(document)) is verdict
    return verdict


@pytest.mark.parametrize("document", _MANIFESTS)
def test_both_find_sound_manifests_sound(document: Any) -> None:
    assert agreed("manifest", document)


def test_both_find_a_sound_project_sound() -> None:
    assert agreed("project", _PROJECTS[0])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_MANIFESTS), st.integers(0, 2**48))
def test_both_agree_on_spoilt_manifests(document: Any, seed: int) -> None:
    for step in range(4):
        agreed("manifest", spoilt(document, seed * 4 + step))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_PROJECTS), st.integers(0, 2**48))
def test_both_agree_on_spoilt_projects(document: Any, seed: int) -> None:
    for step in range(4):
        agreed("project", spoilt(document, seed * 4 + step))


@pytest.mark.parametrize("plural", sorted(BY_PLURAL))
@pytest.mark.parametrize("value", _STRANGE, ids=lambda value: repr(value)[:20])
def test_both_agree_on_any_value_in_any_field(plural: str, value: Any) -> None:
    for name in BY_PLURAL[plural].by_name:
        agreed("manifest", {plural: {"a": {name: value}}})
        agreed("manifest", {"defaults": {plural: {name: value}}})


@pytest.mark.parametrize(
    "key", ["a", "", " a", "a ", "a b", "a/b", "a*", "a?", "a[", "é", "a\tb", "a\n", "x" * 100, "x" * 101, "\xa0a"]
)
def test_both_agree_on_any_name(key: str) -> None:
    agreed("manifest", {"users": {key: {}}})
    agreed("manifest", {"users": {"a": {"groups": [key], "schedule": key, "formerly": key}}})


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_committed_schemas_are_the_generated_ones(name: str) -> None:
    assert (COMMITTED / f"{name}.json").read_bytes() == encoded(name), "run: make docs"


def test_nothing_else_is_committed_as_a_schema() -> None:
    assert {path.stem for path in COMMITTED.iterdir()} == set(SCHEMAS)


def test_every_field_explains_itself_by_a_valid_example() -> None:
    for plural, kind in BY_PLURAL.items():
        for spec in kind.specs:
            example = msgspec.to_builtins(spec.marker.example)
            assert agreed("manifest", {plural: {"a": {spec.name: example}}}), spec.name
            assert agreed("manifest", {plural: {"a": {spec.name: None}}}), spec.name
