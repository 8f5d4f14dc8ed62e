"""Reasons, holidays and tags from the command line: looked up, and a tag made, by a person who is asked first."""

from __future__ import annotations

from pathlib import Path

from ccconf.ledger.handed import Desk
from ccconf.ledger.store import Ledger
from tests.opasuite.suite import Suite


def acts(suite: Suite) -> list[tuple[str, str, str]]:
    """What the ledger says of acts."""
    with Ledger(suite.folder / ".ccconf" / "ledger.db") as ledger:
        return [(row.act, row.person, row.outcome) for row in Desk(ledger, target(suite)).acts()]


def target(suite: Suite) -> str:
    """The only target of the project."""
    lines = (suite.folder / "ccconf.yaml").read_text("utf-8").splitlines()
    return lines[lines.index("targets:") + 1].strip(" :")


def test_lists_are_looked_up(suite: Suite) -> None:
    known = suite.ccconf("list")
    assert known.code == 0 and "tags" in known.out and known.out.splitlines()[-1] == "3 entries"
    assert "Ano novo" in suite.ccconf("list holidays").out
    one = suite.ccconf("list reasons 'Segunda via' --format json")
    assert [row["motivo"] for row in one.data] == ["Segunda via"]


def test_a_tag_is_made_once_and_noted(suite: Suite) -> None:
    unasked = suite.ccconf("list tags vip --create '#00aa00'")
    assert unasked.code == 1 and "CC704" in unasked.err
    made = suite.ccconf("list tags vip urgente --create '#00aa00' --yes")
    assert made.code == 0 and made.out.splitlines()[-1] == "2 entries"
    assert suite.asked("POST", "/etiqueta") == 1  # one of them was there
    assert acts(suite) == [("create tags", "vip", "done"), ("create tags", "urgente", "done")]


def test_what_cannot_be_is_told(suite: Suite) -> None:
    whole = suite.ccconf("list tags")
    assert whole.code == 1 and "CC714 tags can be asked for by their exact names alone" in whole.err
    unknown = suite.ccconf("list tag")
    assert unknown.code == 1 and "has no list of tag" in unknown.err and "did you mean tags?" in unknown.err
    refused = suite.ccconf("list holidays Natal --create x --yes")
    assert refused.code == 1 and "CC714 the API of Opa! Suite makes no holidays, only tags" in refused.err
    assert acts(suite) == [
        ("create holidays", "Natal", "CC714 the API of Opa! Suite makes no holidays, only tags"),
    ]


def test_other_platforms_have_none(tmp_path: Path, suite: Suite) -> None:
    (suite.folder / "ccconf.yaml").write_text(
        "version: 1\ntargets:\n  calls: {platform: iptel, manifests: [manifests]}\n", encoding="utf-8"
    )
    assert suite.ccconf("list").out == "0 entries\n"
    assert "CC011 calls has no list of tags" in suite.ccconf("list tags").err
