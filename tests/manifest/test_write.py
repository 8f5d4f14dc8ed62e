"""What is written reads back as the same objects, in any YAML reader, and always with the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ccconf.conformance.worlds import PICTURES, World, read_picture, worlds
from ccconf.findings import errors
from ccconf.manifest.write import as_written, dump, manifests
from ccconf.manifest.yaml12 import read
from ccconf.model.fields import Resource, said
from ccconf.model.kinds import KINDS, from_data
from ccconf.model.shapes import PLAIN_MEMBERSHIP
from ccconf.model.user import User
from tests.manifest.support import declared

Objects = dict[str, dict[str, Resource]]


def made(world: World) -> Objects:
    return {kind: {key: from_data(kind, values) for key, values in objects.items()} for kind, objects in world.items()}


def full(objects: Objects) -> Objects:
    """Without fields that are said and empty, which an export leaves out."""
    return {
        kind: {
            key: KINDS[kind].make(
                {name: value for name, value in said(one).items() if value is not None and value not in ((), {})}
            )
            for key, one in some.items()
        }
        for kind, some in objects.items()
        if some
    }


@settings(max_examples=60, deadline=None)
@given(worlds(), st.booleans())
def test_what_is_written_reads_back_as_the_same_objects(
    tmp_path_factory: pytest.TempPathFactory, world: World, split: bool
) -> None:
    objects = made(world)
    files = manifests(objects, read_picture, split_users=split)
    folder = tmp_path_factory.mktemp("written")
    found = declared(folder, {f"manifests/{name}": content for name, content in files.items()})
    assert errors([*found.findings, *(finding for rows in found.rows for finding in rows.findings)]) == ()
    back: Objects = {}
    for ref in found.refs():
        got = found.get(ref)
        assert got is not None
        back.setdefault(ref.kind, {})[ref.key] = got.resource
    assert back == full(objects)
    again = manifests(dict(reversed(objects.items())), read_picture, split_users=split)
    assert again == files and list(again) == list(files), "neither bytes nor order depend on the order of the listing"


NASTY = (
    *("no", "on", "y", "Yes", "true", "null", "~", "", " ", "=", "<<", "012", "0o14", "0x1f", "0b1", "1_000", "1e3",
    "4.", ".5", "+4"),
    *("12:30:45", "190:20:30", "2026-01-01", "2026-01-01T10:00:00Z", ".inf", "-.INF", ".NaN", "-", "--- a", "...",
    "? a", ": a"),
    *("a: b", "a #b", "#a", "it's", '"a"', "'a'", "[a", "{a", "a]", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">",
    "a\nb", "a\n\nb\n"),
    *("\ta", "a\t", "a ", " a", "a\rb", "\x85", "\u2028", "\ufeff", "\x00", "\x7f", "\x1b", "😀", "Zażółć", "文",
    "x" * 300, "x " * 200),
)  # fmt: skip


def _read_by_others(text: str) -> list[Any]:
    return [yaml.safe_load(text), YAML(typ="safe", pure=True).load(text), read(text, "x").data]


@pytest.mark.parametrize("text", NASTY, ids=repr)
def test_a_text_stays_a_text_in_every_reader(text: str) -> None:
    document = {"key": text, "list": [text, "x"], "inner": {"a": text}}
    written = dump(document)
    assert _read_by_others(written) == [document] * 3
    assert dump(read(written, "x").data) == written


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=20).filter(lambda key: key not in ("~", "<<") and _encodable(key)),
                       st.text(max_size=40).filter(lambda text: _encodable(text)), max_size=4))  # fmt: skip
def test_any_text_comes_back(document: dict[str, str]) -> None:
    written = dump(document)
    reading = read(written, "x")
    assert (reading.data, reading.findings) == (document, [])


def _encodable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


@pytest.mark.parametrize(
    "key", ["no", "012", "1e3", "2026-01-01", "12:30", "true", "a: b", "é", "x" * 100, "a b", "'", "=", "<<", "~"]
)
def test_a_key_keeps_its_text(key: str) -> None:
    reading = read(dump({"users": {key: {"name": "x"}}}), "x")
    assert (reading.data, reading.findings) == ({"users": {key: {"name": "x"}}}, [])


def test_an_export_is_as_a_person_would_write_it() -> None:
    one = User(
        name="One",
        roles=(),
        schedule=None,
        groups={"g": PLAIN_MEMBERSHIP, "h": PLAIN_MEMBERSHIP},
        skills={"e": 4},
        extension="101",
    )
    assert as_written(KINDS["user"], one) == {
        "name": "One",
        "extension": "101",
        "groups": ["g", "h"],
        "skills": {"e": 4},
    }
    text = manifests({"user": {"a": one}}, lambda _: None, split_users=False)["users.yaml"]
    assert text == "users:\n  a:\n    name: One\n    extension: '101'\n    groups: [g, h]\n    skills: {e: 4}\n"


def test_what_a_platform_gives_anyway_is_said_once() -> None:
    people = {key: User(name=key, status="active", type="human") for key in "abc"}
    files = manifests({"user": people}, lambda _: None, split_users=False)
    assert files["defaults.yaml"] == "defaults:\n  users: {type: human, status: active}\n"
    assert files["users.yaml"] == "users:\n  a: {name: a}\n  b: {name: b}\n  c: {name: c}\n"
    people["c"] = User(name="c", status="inactive", type="human")
    files = manifests({"user": people}, lambda _: None, split_users=False)
    assert files["defaults.yaml"] == "defaults:\n  users: {type: human}\n"


def test_no_two_groups_share_a_file() -> None:
    """Names that differ only in what a file name cannot say, and names that look like the numbered ones."""
    groups = [
        "A",
        "a",
        "a-1",
        "a-2",
        "a 1",
        "без группы",
        "without-group",
        "...",
        "…",
        "A-1",
        "group",
        "b/c".replace("/", ":"),
        "b:c",
    ]
    people = {f"u{number:02}": User(name="x", groups={group: PLAIN_MEMBERSHIP}) for number, group in enumerate(groups)}
    people["alone"] = User(name="x")
    files = manifests({"user": people}, lambda _: None, split_users=True)
    told = [key for content in files.values() if isinstance(content, str) for key in read(content, "x").data["users"]]
    assert sorted(told) == sorted(people)
    assert len({path.lower() for path in files}) == len(set(groups)) + 1
    assert list(read(str(files["users/without-group.yaml"]), "x").data["users"]) == ["alone"]


def test_pictures_lie_beside_the_manifests_and_a_lost_one_is_left_out(tmp_path: Path) -> None:
    first, second = sorted(PICTURES)
    people = {
        "a": User(avatar=first),
        "A": User(avatar=second),
        "b": User(avatar="sha256:gone", name="b"),
        "a-1": User(avatar=first),
    }
    for split in (False, True):
        files = manifests({"user": people}, PICTURES.get, split_users=split)
        found = declared(tmp_path / str(split), {f"manifests/{name}": content for name, content in files.items()})
        assert found.findings == []
        avatars = {ref.key: getattr(got.resource, "avatar", None) for ref in found.refs() if (got := found.get(ref))}
        assert {key: avatars[key] for key in ("a", "A", "a-1")} == {"a": first, "A": second, "a-1": first}
        assert "avatar" not in said(found.get(next(ref for ref in found.refs() if ref.key == "b")).resource)  # type: ignore[union-attr]
