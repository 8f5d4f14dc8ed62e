"""Formatting changes no value, keeps every comment, and has nothing to do the second time."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccconf.conformance.worlds import PICTURES, worlds
from ccconf.findings import errors
from ccconf.manifest.rows import FileRows, rows_of
from ccconf.manifest.style import comments_of, formatted
from ccconf.manifest.write import manifests
from ccconf.manifest.yaml12 import decode
from ccconf.model.kinds import KINDS, from_data
from tests.editing.pages import projects


def said(rows: FileRows) -> object:
    """What a file says, in any order of its sections."""
    objects = {kind: [(row.key, row.formerly, KINDS[kind].decoder.decode(row.body)) for row in found]
               for kind, found in rows.objects.items()}  # fmt: skip
    return objects, rows.defaults, rows.links, rows.levels, errors(rows.findings)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_no_value_and_no_comment_is_lost_and_twice_is_once(data: st.DataObject) -> None:
    files, comments = data.draw(projects(data.draw(worlds(most=2))))
    kept: list[str] = []
    for raw in files.values():
        text = decode(raw, "")
        once = formatted(text)
        assert said(rows_of(once.encode())) == said(rows_of(text.encode()))
        assert comments_of(once) == comments_of(text)
        assert formatted(once) == once
        assert yaml.safe_load(once) == yaml.safe_load(text) or _only_short_forms(once, text)
        kept += comments_of(once)
    written = b"".join(files.values()).decode()
    assert sorted(kept) == sorted(comment for comment in comments if comment in written)


def _only_short_forms(once: str, text: str) -> bool:
    """Another reader may see a list for a mapping, but as many objects with as many fields."""
    mine, theirs = yaml.safe_load(once), yaml.safe_load(text)
    return all(
        (mine[plural][key] or {}).keys() == (body or {}).keys()
        for plural, section in theirs.items()
        for key, body in section.items()
    )


@settings(max_examples=40, deadline=None)
@given(worlds(), st.booleans())
def test_what_an_import_writes_says_the_same_when_it_is_formatted(
    world: dict[str, dict[str, dict[str, object]]], split: bool
) -> None:
    objects = {kind: {key: from_data(kind, one) for key, one in some.items()} for kind, some in world.items()}
    for name, content in manifests(objects, PICTURES.get, split_users=split).items():
        if isinstance(content, str):
            once = formatted(content)
            assert said(rows_of(once.encode())) == said(rows_of(content.encode())), name
            assert formatted(once) == once


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "---\n", "# a\n---\n# b\n...\n# c\n"])
def test_a_file_that_says_nothing_stays_so(text: str) -> None:
    assert comments_of(formatted(text)) == comments_of(text)
    assert formatted(formatted(text)) == formatted(text)
    assert rows_of(formatted(text).encode()).findings == []
