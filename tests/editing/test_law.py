"""Whatever is accepted is what Git says afterwards, and nothing else is: not a value, not a line, not a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from ccconf.cli.session import facts_of, judge_of
from ccconf.conformance.worlds import World, resources, worlds
from ccconf.findings import errors
from ccconf.manifest.compose import Declarations, compose, joined
from ccconf.manifest.editing.accept import accepted
from ccconf.manifest.editing.edits import AddObject, Edit, Edited, Rename, SetField, TakeOut
from ccconf.manifest.editing.page import page_of
from ccconf.manifest.load import load
from ccconf.manifest.rows import rows_of
from ccconf.manifest.yaml12 import decode
from ccconf.model.kinds import BY_PLURAL, KINDS, as_data, from_data, relinked_data
from ccconf.model.refs import Ref
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.reconcile.diff import is_empty, relation
from tests.editing.pages import projects
from tests.manifest.support import target

Values = dict[tuple[Ref, str], Any]


@st.composite
def changes(draw: st.DrawFn) -> tuple[World, list[SetField]]:
    """A world, and what somebody made of some of its fields on the platform."""
    world = draw(worlds())
    edits = []
    for kind, objects in world.items():
        for number, key in enumerate(objects):
            fresh = draw(resources(kind, world, number + 10))
            chosen = draw(st.integers(0, 2 ** len(KINDS[kind].stored) - 1))
            for bit, spec in enumerate(KINDS[kind].stored):
                if chosen >> bit & 1 and spec.name not in KINDS[kind].filed and spec.name != "breaks":
                    edits.append(SetField(ref=Ref(kind, key), field=spec.name, value=fresh.get(spec.name)))
    return world, edits


def values(found: Declarations) -> Values:
    """Every value that Git says, whichever side says it; nothing there is None."""
    said: Values = {}
    for ref in found.refs():
        got = found.get(ref)
        assert got is not None
        for spec in KINDS[ref.kind].stored:
            value = getattr(got.resource, spec.name)
            said[ref, spec.name] = None if is_empty(value) and value is not UNSET else value
        said[ref, "stated"] = dict(got.member_of)
    return said


def settled(said: Values, edit: SetField, closed: frozenset[str]) -> bool:
    """Whether a plan would be silent about this field."""
    live = (
        None
        if edit.value in (None, [], {})
        else getattr(from_data(edit.ref.kind, {edit.field: edit.value}), edit.field)
    )
    want = said[edit.ref, edit.field]
    if edit.field == "groups" and live:
        live = {
            group: Membership(role=edge.role or UNSET, permissions=edge.permissions or UNSET)
            for group, edge in live.items()
        }
    if edit.field == "groups" and want is UNSET:
        return relation(live or {}, said[edit.ref, "stated"], closed) == (live or {})
    spec = KINDS[edit.ref.kind].by_name[edit.field]
    if is_empty(want):
        return is_empty(live) and want is not UNSET
    return bool(spec.shape.wanted(want, live) == live)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_what_is_accepted_is_what_git_says(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    world, edits = data.draw(changes())
    files, comments = data.draw(projects(world))
    folder = tmp_path_factory.mktemp("project")
    office = target(folder, files, *sorted({name.split("/")[0] for name in files}))
    before = compose(load(office))
    assert errors([*before.findings, *(each for rows in before.rows for each in rows.findings)]) == ()
    old = values(before)
    edited = accepted(office, edits)
    assert edited.findings == ()
    write(edited)
    after = compose(load(office))
    assert errors([*after.findings, *(each for rows in after.rows for each in rows.findings)]) == ()
    new = values(after)
    assert [edit for edit in edits if not settled(new, edit, after.closed)] == []
    touched = {(edit.ref, edit.field) for edit in edits}
    other = {place for place in old.keys() | new.keys() if old.get(place) != new.get(place)} - touched
    assert [place for place in other if place[1] != "stated"] == []
    _nothing_else_changed(files, folder, edited, comments)
    _other_objects_stay(files, folder, {edit.ref for edit in edits})
    again = accepted(office, edits)
    assert (again.files, again.findings) == ({}, ())
    assert [str(one).endswith("Git says it already") for one in again.written] == [True] * len(edits)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_who_is_judged_brings_no_mistake(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Some fields of a schedule without the others, one address for several people, and all else besides."""
    world, fields = data.draw(changes())
    edits: list[Edit] = [edit for edit in fields if edit.field != "email"]
    for kind, objects in world.items():
        for number, key in enumerate(objects):
            if kind == "schedule" and data.draw(st.booleans()):
                fresh = data.draw(resources(kind, world, number + 30))
                edits.append(SetField(ref=Ref(kind, key), field="breaks", value=fresh.get("breaks")))
            if kind == "user" and data.draw(st.booleans()):
                edits.append(SetField(ref=Ref(kind, key), field="email", value="one@example.org"))
    files, _ = data.draw(projects(world))
    folder = tmp_path_factory.mktemp("project")
    office = target(folder, files, *sorted({name.split("/")[0] for name in files}))
    judge = judge_of(office, facts_of(office))
    before = compose(load(office))
    had = {(found.code, found.subject) for found in errors(judge(before))}
    edited = accepted(office, data.draw(st.permutations(edits)), judge=judge)
    write(edited)
    after = compose(load(office))
    assert [found for found in errors(judge(after)) if (found.code, found.subject) not in had] == []
    new = values(after)
    done = [one.edit for one in edited.written if isinstance(one.edit, SetField)]
    assert [edit for edit in done if not settled(new, edit, after.closed)] == []
    assert len(done) + len(edited.findings) == len(edits)


def write(edited: Edited) -> None:
    for path, text in edited.files.items():
        path.write_bytes(text.encode())


def _nothing_else_changed(files: dict[str, bytes], folder: Path, edited: Edited, comments: list[str]) -> None:
    whole = b""
    for name, content in files.items():
        now = (folder / name).read_bytes()
        whole += now
        assert now.startswith(b"\xef\xbb\xbf") == content.startswith(b"\xef\xbb\xbf")
        assert (b"\r\n" in now) <= (b"\r\n" in content)
        if folder / name not in edited.files:
            assert now == content
    lost = [comment for comment in comments if comment.encode() not in whole]
    written = b"".join(files.values()).decode()
    assert [comment for comment in lost if comment in written] == []


def _other_objects_stay(files: dict[str, bytes], folder: Path, touched: set[Ref]) -> None:
    """The lines of every object that nobody touched are there, byte for byte."""
    for name, raw in files.items():
        text = decode(raw, "")
        now = decode((folder / name).read_bytes(), "")
        for plural, section in page_of(text, rows_of(raw), marked=False).sections.items():
            for key, (start, end) in section.slices.items():
                is_side = plural == "groups" and any(ref.kind == "user" for ref in touched)
                if Ref(BY_PLURAL[plural].name, key) not in touched and not is_side:
                    assert text[start:end] in now


@st.composite
def comings(draw: st.DrawFn) -> tuple[World, list[Edit]]:
    """A world in which some get other names, some people leave and others come, who know one another; in any order."""
    world = draw(worlds())
    edits: list[Edit] = []
    names: dict[Ref, str] = {}
    for kind, objects in world.items():
        for key in objects:
            match draw(st.integers(0, 3)):
                case 0:
                    names[Ref(kind, key)] = f"{key}-2"
                    edits.append(Rename(ref=Ref(kind, key), key=f"{key}-2"))
                case 1 if kind == "user":
                    edits.append(TakeOut(ref=Ref(kind, key)))
    new = {kind: [f"new-{number}" for number in range(draw(st.integers(0, 2)))] for kind in world}
    there = {kind: objects | {key: {} for key in new[kind]} for kind, objects in world.items()}
    for kind, keys in new.items():
        for number, key in enumerate(keys):
            fields = draw(resources(kind, there, number + 20))
            fields = {name: value for name, value in fields.items() if name not in KINDS[kind].filed}
            fields = relinked_data(kind, fields, lambda of, old: names.get(Ref(of, old), old))
            edits.append(AddObject(ref=Ref(kind, key), fields=fields))
    return world, draw(st.permutations(edits))


def estate(found: Declarations) -> dict[Ref, dict[str, Any]]:
    """Every object as a platform would have it."""
    there: dict[Ref, dict[str, Any]] = {}
    for ref in found.refs():
        got = found.get(ref)
        assert got is not None
        resource = got.resource
        if isinstance(resource, User):
            resource = msgspec.structs.replace(resource, groups=joined(resource.groups or {}, got.member_of))
        there[ref] = {
            name: value
            for name, value in as_data(resource).items()
            if not is_empty(value) and value != [] and KINDS[ref.kind].by_name[name].stored
        }
    return there


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_objects_that_come_go_and_are_renamed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    world, edits = data.draw(comings())
    files, _ = data.draw(projects(world))
    folder = tmp_path_factory.mktemp("project")
    office = target(folder, files, *sorted({name.split("/")[0] for name in files}))
    old = estate(compose(load(office)))
    moved = {edit.ref: edit.key for edit in edits if isinstance(edit, Rename)}
    gone = {edit.ref for edit in edits if isinstance(edit, TakeOut)}
    expected = {
        Ref(ref.kind, moved.get(ref, ref.key)): relinked_data(
            ref.kind, fields, lambda kind, key: moved.get(Ref(kind, key), key)
        )
        for ref, fields in old.items()
        if ref not in gone
    }
    expected |= {edit.ref: edit.fields for edit in edits if isinstance(edit, AddObject)}
    edited = accepted(office, edits)
    assert edited.findings == ()
    write(edited)
    after = compose(load(office))
    assert errors([*after.findings, *(each for rows in after.rows for each in rows.findings)]) == ()
    assert estate(after) == {ref: {name: value for name, value in fields.items() if not is_empty(value) and value != []}
                             for ref, fields in expected.items()}  # fmt: skip
    assert after.former == {}
    again = accepted(office, edits)
    assert (again.files, again.findings) == ({}, ())
