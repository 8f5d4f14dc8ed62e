"""Columns by the fields' names and by the vendor's own words, and the templates that save the question."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ccconf.errors import Broken
from ccconf.platform.discovery import find
from ccconf.platform.guide import FieldWord, Guide
from ccconf.platform.record import Snapshot
from ccconf.snapshot.file import Opening, reading_of
from ccconf.snapshot.taking import Consent, take
from tests.snapshot.desk import Ran, Screens

NO_CONSENT = Consent(frozenset(), fewer=False, older=False)


def _word(field: str, **labels: str) -> FieldWord:
    by_language = {tag.replace("_", "-"): label for tag, label in labels.items()}
    return FieldWord(kind="user", field=field, labels=by_language, source="a test", certainty="seed")


GUIDE = Guide(
    languages=("en", "ru"),
    fields=(
        _word("email", en="Mail address", ru="Адрес почты"),
        _word("groups", en="Team", ru="Отдел"),
        _word("position", en="Team", ru="Должность"),
        _word("status", en="Name"),
    ),
)


def _taken(folder: Path, heading: str) -> Snapshot:
    path = folder / "users.csv"
    path.write_text(f"name;{heading}\nAna;ana@example.org\n", encoding="utf-8")
    facts = find("iqchannels", None).facts
    reading = reading_of(path, facts, GUIDE, {}, Opening())
    return take(reading, path, facts, Snapshot(), datetime(2026, 11, 20, tzinfo=UTC), NO_CONSENT).snapshot


@pytest.mark.parametrize("heading", ["email", "EMAIL", "Mail address", "mail-address", "АДРЕС ПОЧТЫ"])
def test_a_column_may_have_the_vendors_word(tmp_path: Path, heading: str) -> None:
    assert list(_taken(tmp_path, heading).kinds["user"].objects) == ["ana@example.org"]


def test_a_word_for_two_fields_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="have no column Team"):
        _taken(tmp_path, "Team")


def test_a_fields_own_name_comes_before_another_fields_word(tmp_path: Path) -> None:
    """`Name` is the name, whatever the vendor calls so."""
    assert _taken(tmp_path, "email").kinds["user"].objects["ana@example.org"].resource.name == "Ana"  # type: ignore[attr-defined]


def test_a_misspelt_word_of_the_vendor_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(Broken) as refused:
        _taken(tmp_path, "Mail adress;email")
    assert "did you mean Mail address?" in [finding.hint for finding in refused.value.findings]


def test_the_words_of_a_package_are_taken_from_its_guide(iq: Screens) -> None:
    labels = {row.field: row.labels["ru"] for row in find("iqchannels", None).guide().fields if row.kind == "user"}  # type: ignore[misc]
    iq.file("users.csv", f"{labels['email']};{labels['name']}\na@example.org;Анна\n")
    iq.take("users.csv")
    assert iq.seen("a@example.org").name == "Анна"


def _template(screens: Screens, kind: str, *options: str) -> Ran:
    ran = screens.run("template", kind, *options)
    assert ran.code == 0, ran.text
    return ran


@pytest.mark.parametrize(
    ("platform", "kind", "columns"),
    [
        ("iptel", "users", ["name", "email", "groups", "id"]),
        ("opasuite", "users", ["email", "groups", "primary_group", "roles", "avatar", "id"]),
        ("opasuite", "schedules", ["name", "holidays", "id"]),
        ("opasuite", "allowlists", ["key", "networks", "id"]),
        ("iqchannels", "skills", ["name", "description", "id"]),
    ],
)
def test_a_template_has_the_columns_that_only_people_can_fill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, kind: str, columns: list[str]
) -> None:
    screens = Screens(tmp_path, platform, monkeypatch)
    ran = _template(screens, kind)
    raw = (tmp_path / f"{kind}.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    delimiter = "," if platform == "iptel" else ";"
    assert list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=delimiter)) == [columns]
    assert [line.split()[0] for line in ran.err.splitlines()[1:]] == columns
    assert f"Fill it in, then: ccconf snapshot import -t office {kind}.csv" in ran.out
    screens.refused(f"{kind}.csv", code=3)  # nobody has filled it in yet


def test_a_workbook_has_notes_and_cells_that_stay_text(iq: Screens) -> None:
    _template(iq, "users", "--format", "xlsx")
    sheet = load_workbook(iq.folder / "users.xlsx").worksheets[0]
    headings = {cell.value: cell for cell in sheet[1]}
    assert "skills" in headings
    assert all(cell.comment for cell in headings.values())
    note = headings["skills"].comment
    assert note is not None
    assert "english 4; german 2" in note.text
    assert sheet.column_dimensions["A"].number_format == "@"
    iq.refused("users.xlsx", code=3)


def test_a_template_never_overwrites(iptel: Screens) -> None:
    iptel.file("users.csv", "name\nAna\n")
    ran = iptel.run("template", "users")
    assert (ran.code, ran.codes) == (1, ["CC009"])
    assert "choose another name with --out" in ran.err
    ran = _template(iptel, "users", "--out", "my people.csv")
    assert "ccconf snapshot import -t office 'my people.csv' --kind users" in ran.out


def test_a_template_is_what_its_name_says(iptel: Screens) -> None:
    _template(iptel, "users", "--out", "users.xlsx")
    assert load_workbook(iptel.folder / "users.xlsx").worksheets[0]["A1"].value == "name"
    for options in (["--out", "users"], ["--out", "users.csv", "--format", "xlsx"], ["--out", "users.pdf"]):
        ran = iptel.run("template", "users", *options)
        assert (ran.code, ran.codes) == (1, ["CC805"])
    assert sorted(path.suffix for path in iptel.folder.glob("users*")) == [".xlsx"]


def test_there_is_no_template_for_what_is_not_there(iptel: Screens, opa: Screens) -> None:
    ran = opa.run("template", "skills")
    assert (ran.code, ran.codes) == (1, ["CC410"])
    ran = opa.run("template", "groups")
    assert (ran.code, ran.out) == (0, "Opa! Suite shows its groups by API: there is nothing to fill in.\n")
    assert not (opa.folder / "groups.csv").exists()
