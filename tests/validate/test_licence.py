"""Licence rules, seats and invariants as rows of data, judged on what is declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccconf.findings import Finding
from ccconf.model.licence import Invariant, Licence, Rule, Selector
from ccconf.platform.facts import Facts
from ccconf.validate.checks import validate
from tests.manifest.support import declared, short

_BOTS = Rule(
    id="bots", select=Selector(kind="user", where={"type": "bot"}), modules=("bots",), editions=("plus",),
    label="users of type bot", source="test", certainty="seed",
)  # fmt: skip
_TWO_SEGMENTS = Rule(
    id="segments", select=Selector(kind="role", where={"scope": "segment"}), limit=2, label="segment roles",
    source="test", certainty="seed"
)  # fmt: skip
_GROUPED = Invariant(
    id="grouped", form="each", select=Selector(kind="user", where={"status": "active"}), field="groups", least=1,
    label="every active user keeps a group", source="test", certainty="seed",
)  # fmt: skip
_LAST = Invariant(
    id="admin", form="some", select=Selector(kind="user", where={"roles": "admin"}), least=1, label="x", source="test",
    certainty="seed"
)  # fmt: skip
_FACTS = Facts(name="plain", title="Plain", rules=(_BOTS, _TWO_SEGMENTS), invariants=(_GROUPED, _LAST))

_PEOPLE = """\
users:
  a: {type: bot}
  b: {type: bot, status: inactive}
  c: {groups: []}
  d: {groups: }
  e: {groups: [g], status: active}
  f: {status: inactive, groups: []}
groups: {g: {}}
"""


def found(folder: Path, text: str, licence: Licence, *codes: str) -> list[Finding]:
    return [
        each for each in validate(declared(folder, {"manifests/x.yaml": text}), _FACTS, licence) if each.code in codes
    ]


def test_what_was_not_bought_is_told_with_what_to_buy_and_who_needs_it(tmp_path: Path) -> None:
    (bots,) = found(tmp_path, _PEOPLE, Licence(), "CC401")
    assert bots.message == "2 users of type bot: the licence allows none"
    assert "module bots" in bots.hint and "edition plus" in bots.hint and "user/a, user/b" in bots.hint
    assert short(bots) == "x.yaml:3:3"


@pytest.mark.parametrize("licence", [Licence(modules=("voice", "bots")), Licence(edition="plus")])
def test_a_module_or_edition_lifts_the_rule(tmp_path: Path, licence: Licence) -> None:
    assert found(tmp_path, _PEOPLE, licence, "CC401") == []


def test_a_limit_counts_what_is_declared(tmp_path: Path) -> None:
    roles = "roles: {a: {scope: segment}, b: {scope: segment}, c: {scope: system}, d: {}}\n"
    assert found(tmp_path, roles, Licence(), "CC401") == []
    (over,) = found(tmp_path, roles.replace("system", "segment"), Licence(), "CC401")
    assert over.message == "3 segment roles: the licence allows 2"


@pytest.mark.parametrize(
    ("seats", "told"), [(None, []), (4, []), (3, ["4 active users need a seat, the licence has 3"]), (0, ["4"])]
)
def test_every_active_user_takes_a_seat_and_who_does_not_say_is_active(
    tmp_path: Path, seats: int | None, told: list[str]
) -> None:
    licence = Licence(seats=seats, modules=("bots",))
    messages = [each.message for each in found(tmp_path, _PEOPLE, licence, "CC402")]
    assert len(messages) == len(told) and all(
        message.startswith(start) for message, start in zip(messages, told, strict=True)
    )


def test_an_invariant_is_told_for_each_object_that_breaks_it(tmp_path: Path) -> None:
    """Who says no groups at all is not judged: the field is not ours. The last administrator may stand outside Git."""
    broken = found(tmp_path, _PEOPLE, Licence(), "CC403")
    assert [(short(each), each.subject) for each in broken] == [("x.yaml:4:15", "user/c"), ("x.yaml:5:15", "user/d")]
    assert "every active user keeps a group" in broken[0].message
