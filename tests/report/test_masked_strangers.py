"""`--mask people` and whom only the platform knows: whatever they are called, and always by the same pseudonym."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ccconf.cli.reporting import KINDS
from ccconf.report.mask import Masker
from tests.cli.desk import Desk, Ran

STRANGERS = {"zed quux": "Zed Quux", "o'hara.mc": "Mo", "x, y": "Xy", "n:m (b)": "Nm"}


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A team that says its members, and has others on the platform."""
    monkeypatch.setenv("CCCONF_MASK_KEY", "a secret of the tests")
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path).declare(groups={"team": {"members": ["ann"]}}, users={"ann": {"name": "Ann"}})
    desk.apply()
    for key, name in STRANGERS.items():
        desk.console_creates(f"user/{key}", name=name, groups={"team": {}})
    return desk


def masked(desk: Desk, *words: str) -> tuple[Ran, list[str]]:
    """What was said on the screen, and in every report."""
    ran = desk.run(*words, "--mask", "people", *(word for one in KINDS for word in ("--report", f"{one}=out/{one}")))
    return ran, [ran.out, ran.err, *(path.read_text() for path in (desk.folder / "out").glob("*"))]


def betrayed(said: list[str]) -> list[str]:
    parts = ["zed", "quux", "hara", "x, y", ", y", "n:m", "(b)"]
    return [part for part in parts for text in said if re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text)]


@pytest.mark.parametrize("words", [["plan"], ["apply", "--yes"], ["drift"]], ids=lambda words: words[0])
def test_nobody_is_betrayed_by_what_stands_in_their_key(desk: Desk, words: list[str]) -> None:
    _, said = masked(desk, *words)
    assert not betrayed(said)
    assert words == ["drift"] or "4 member(s) whom Git does not know" in said[0]


def test_a_stranger_has_one_pseudonym(desk: Desk) -> None:
    _, plan = masked(desk, "plan", "--format", "json")
    _, drift = masked(desk, "drift", "--format", "json")
    in_plan = set(
        re.findall(r"user/(person-[a-z2-7]{10})", next(line for line in plan[0].splitlines() if "4 member" in line))
    )
    in_drift = set(re.findall(r'"object": "user/(person-[a-z2-7]{10})"', drift[0]))
    assert in_plan == in_drift and len(in_plan) == 4


@pytest.mark.parametrize(
    "words", [["plan"], ["apply", "--yes"], ["drift", "--accept"], ["drift", "--revert"]], ids=" ".join
)
def test_nobody_is_betrayed_by_what_was_typed(desk: Desk, words: list[str]) -> None:
    _, said = masked(desk, *words, "--only", "user/zed quux")
    assert not betrayed(said)
    _, said = masked(desk, *words, "--only", "user/zed quux of nowhere")
    assert not betrayed(said)


@pytest.mark.parametrize("key", ["o'hara", "d'arc.jo", "zoë", "a\u2019b"])
def test_a_key_that_nobody_knows_goes_whole(key: str) -> None:
    masker = Masker(b"of this project alone", [])
    for said in (f"user/{key} is new", f"no user is called {key}", f"user/{key}, user/ann", f"(user/{key})"):
        assert masker.text(said) == said.replace(key, masker.key(key)).replace("user/ann", f"user/{masker.key('ann')}")
    assert masker.text(f"that is user/{key}'s") == f"that is user/{masker.key(key)}'s"
