"""The embedded platform keeps the contract; the kit that says so notices a platform that does not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ccconf.codes import CODES, Severity
from ccconf.conformance.contract import Conformance
from ccconf.conformance.worlds import World, read_picture, worlds
from ccconf.errors import Rejected
from ccconf.model.change import Change, Update
from ccconf.model.fields import said
from ccconf.model.kinds import KINDS, from_data
from ccconf.model.licence import Licence
from ccconf.platform.contract import Connection, Observed, Page, Performed, Platform
from ccconf.platforms.local.embedded import LocalPlatform, connect

Kind = type[LocalPlatform]


class Kit(Conformance):
    """The kit over a new file each time; `kind` is the platform that is put to the test."""

    kind: Kind = LocalPlatform

    def setup_method(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.numbers = count()

    def teardown_method(self) -> None:
        self.folder.cleanup()

    def connect(self) -> Platform:
        url = f"live-{next(self.numbers)}.db"
        return self.kind(Connection(url, Path(self.folder.name), "kit", Licence(), None, {}, read_picture))


class TestLocal(Kit):
    """Every test of the kit."""


class Forgetful(LocalPlatform):
    """Delivers fewer objects than it says it has."""

    def observe(self, kind: str) -> Iterator[Page]:
        for page in super().observe(kind):
            yield page._replace(items=page.items[1:])


class Lossy(LocalPlatform):
    """Loses what people are called."""

    def lookup(self, ref: Any) -> Observed | None:
        found = super().lookup(ref)
        return found and found._replace(resource=replace(found.resource, name=None))


class Overzealous(LocalPlatform):
    """Fills in a language that nobody asked for."""

    def perform(self, change: Change) -> Performed:
        performed = super().perform(change)
        if isinstance(change, Update) and change.kind == "user" and performed.observed:
            tongue = replace(performed.observed.resource, language="tlh")
            return performed._replace(observed=performed.observed._replace(resource=tongue))
        return performed


class Talkative(LocalPlatform):
    """Makes a call that it did not announce."""

    def perform(self, change: Change) -> Performed:
        performed = super().perform(change)
        return performed._replace(calls=(*performed.calls, "and one more"))


class Yielding(LocalPlatform):
    """Says yes to what it cannot do."""

    def perform(self, change: Change) -> Performed:
        try:
            return super().perform(change)
        except Rejected:
            return Performed(None, self.calls(change))


@pytest.mark.parametrize(
    ("kind", "test", "message"),
    [
        (Forgetful, "test_pages_are_complete_and_say_so", "the pages' totals say"),
        (Lossy, "test_what_was_created_is_found", "lookup.* and observe disagree"),
        (Overzealous, "test_an_update_changes_what_it_names_and_nothing_else", "is not what is there"),
        (Talkative, "test_what_was_created_is_found", "announced .* but made .*and one more"),
        (Yielding, "test_a_unique_value_belongs_to_one", "exists already, yet the platform accepted"),
    ],
)
def test_the_kit_tells_the_author_what_is_wrong(kind: Kind, test: str, message: str) -> None:
    kit = Kit()
    kit.kind = kind
    kit.setup_method()
    inner = getattr(Kit, test).story

    # Only whether the kit notices is asked here; to shrink the example would take long.
    @settings(phases=[Phase.generate], deadline=None, database=None)
    @given(data=st.data())
    def story(data: st.DataObject) -> None:
        inner(kit, data)

    try:
        with pytest.raises(AssertionError, match=message):
            story()
    finally:
        kit.teardown_method()


@settings(max_examples=50, deadline=None)
@given(world=worlds())
def test_worlds_are_valid_and_canonical(world: World) -> None:
    emails = [user["email"].casefold() for user in world["user"].values() if "email" in user]
    assert len(set(emails)) == len(emails)
    for kind, objects in world.items():
        for data in objects.values():
            resource = from_data(kind, data)
            for name, value in said(resource).items():
                shape = KINDS[kind].by_name[name].shape
                assert shape.canonical(shape.written(value)) == value
                flaws = [CODES[flaw.code] for flaw in shape.flaws(shape.written(value))]
                assert not [code for code in flaws if code.severity is Severity.ERROR]
            assert all(link.key in world[link.kind] for _, link in KINDS[kind].links(resource))


def test_the_entry_point_opens_the_platform(tmp_path: Path) -> None:
    opened = connect(Connection("live.db", tmp_path, "kit", Licence(), None, {}, read_picture))
    assert [page.total for page in opened.observe("user")] == [0]
    opened.close()
