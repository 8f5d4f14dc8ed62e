"""The examples do what they say: an office from its first plan to its import, and every mistake with its finding.

CCCONF_WRITE_CASES=1 writes what the mistakes print anew, to be read before it is committed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from ccconf.codes import CODES, Severity
from tests.examples_support import (
    MISTAKES,
    QUICKSTART,
    Screen,
    code_of,
    copied,
    expected,
    mistakes,
    played,
    typed,
    write_expected,
    writes_expectations,
)

DONE, CHANGES = 0, 2


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    """A fresh copy of the quickstart, in which the test stands."""
    folder = copied(QUICKSTART, tmp_path / "office")
    with chdir(folder):
        yield folder


def test_the_quickstart_is_sound(office: Path) -> None:
    assert typed("validate") == Screen("47 objects in office: 0 errors, 0 warnings\n", DONE)


def test_the_quickstart_is_in_the_style(office: Path) -> None:
    assert typed("fmt --check").code == DONE


def test_the_quickstart_from_first_plan_to_import(office: Path) -> None:
    first = typed("plan")
    assert first.code == CHANGES
    assert "47 to create." in first.text
    assert typed("apply --yes").text.endswith("\n47 done.\n")
    _is_settled()

    assert typed('local set user/mei.lindqvist position="Second line"').code == DONE
    assert typed("local set group/support allowlists=[office]").code == DONE
    found = typed("plan")
    assert found.code == CHANGES
    assert "position  Second line -> First line" in found.text
    assert "! allowlists  + home" in found.text
    assert typed("apply --yes").code == DONE
    _is_settled()

    assert typed("import --to imported").code == DONE
    project = office / "ccconf.yaml"
    project.write_text(project.read_text(encoding="utf-8").replace("[manifests]", "[imported]"), encoding="utf-8")
    _is_settled()
    assert typed("validate").text.endswith(": 0 errors, 0 warnings\n")


def test_the_quickstart_protects_its_owner(office: Path) -> None:
    assert typed("apply --yes").code == DONE
    management = office / "manifests" / "people" / "management.yaml"
    without_owner = re.sub(r"(?s)  owner:.*?(?=  deputy:)", "", management.read_text(encoding="utf-8"))
    management.write_text(without_owner, encoding="utf-8")
    refused = typed("apply --yes")
    assert refused.code == 3
    assert "CC603 user/owner is protected" in refused.text


def test_the_quickstart_shows_all_that_its_readme_promises(office: Path) -> None:
    """The commands of the README's list, in their order; each does something."""
    commands = re.findall(r"(?m)^\d\. `ccconf (.+)`", (office / "README.md").read_text(encoding="utf-8"))
    assert len(commands) == 5
    for command in commands:
        screen = typed(command)
        assert screen.code in (DONE, CHANGES), screen.text
        assert screen.text


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.name)
def test_a_mistake_is_told_exactly(mistake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFICE_CLIENT_SECRET", raising=False)
    seen = played(mistake, tmp_path / mistake.name)
    if writes_expectations():
        write_expected(mistake, seen)
    assert seen == expected(mistake)


@pytest.mark.parametrize("mistake", mistakes(), ids=code_of)
def test_a_mistake_shows_its_own_code_and_no_other(mistake: Path) -> None:
    code, screen = code_of(mistake), expected(mistake)
    assert set(re.findall(r"\bCC\d{3}\b", screen.text)) == {code}
    if CODES[code].severity is Severity.ERROR:
        assert screen.code != DONE


def test_every_code_is_shown_or_the_readme_says_why_not() -> None:
    shown = [code_of(mistake) for mistake in mistakes()]
    readme = (MISTAKES / "README.md").read_text(encoding="utf-8")
    explained = re.findall(r"(?m)^\| (CC\d{3}) \| .+ \| .+ \|$", readme)
    assert CODES.keys() - {*shown, *explained} == set(), "add a folder, or a row to the table"
    assert {*shown, *explained} - CODES.keys() == set(), "these codes are no more"
    assert len({*shown, *explained}) == len([*shown, *explained]), "a code has either a folder or a row"


def _is_settled() -> None:
    settled = typed("plan")
    assert settled.code == DONE, settled.text
    assert "\nNothing to do. 47 already as wanted.\n" in settled.text
