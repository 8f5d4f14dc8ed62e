"""The vendors' guides: complete for all that goes by hand, in every language, each row with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest

from ccconf.errors import Broken
from ccconf.manifest.guide import parse
from ccconf.model.kinds import KINDS
from ccconf.platform.facts import Operation, Route, Row
from ccconf.platform.guide import Guide, Way
from ccconf.report.runbook.languages import AUTONYMS, COUNTED, DATES, DAYS, LANGUAGES, MONTHS, SENTENCES, counted, date
from tests.report.runbook_cases import VENDORS, facts_of, guide

BLANKS = {"name", "new_name", "field", "value", "before", "file", "count"}


def by_hand(vendor: str) -> list[tuple[str, Operation]]:
    """Every kind and operation that a person does."""
    rows = facts_of(vendor).support
    return [
        (row.kind, row.operation)
        for row in rows
        if row.operation is not Operation.READ and row.route in (Route.MANUAL, Route.FILE)
    ]


def rows_of(guide: Guide) -> Iterator[Row]:
    for name in guide.__struct_fields__:
        yield from (row for row in getattr(guide, name) if isinstance(row, Row))


def sentences(row: Row) -> Iterator[dict[str, str]]:
    """Everything that a row says by language."""
    for name in row.__struct_fields__:
        found = getattr(row, name)
        texts = found if isinstance(found, tuple) else (found,)
        yield from (text for text in texts if isinstance(text, dict) and text and name not in ("when", "as_object"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_everything_that_goes_by_hand_has_a_way(vendor: str) -> None:
    rows = guide(vendor)
    ways = {(kind, operation) for kind, operation in by_hand(vendor) if rows.way_for(kind, operation)}
    assert ways == set(by_hand(vendor)) != set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_file_that_the_vendor_imports_has_a_way_to_its_screen(vendor: str) -> None:
    kinds = {row.kind for row in facts_of(vendor).support if row.route is Route.FILE}
    assert kinds == {kind for kind in KINDS if guide(vendor).import_for(kind)}


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_field_of_a_kind_that_goes_by_hand_has_its_word(vendor: str) -> None:
    facts, rows = facts_of(vendor), guide(vendor)
    for kind in {kind for kind, _ in by_hand(vendor)}:
        assert set(rows.form_of(kind)) == set(facts.fields[kind])
        assert rows.kind_word(kind) is not None


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_closed_value_has_its_word(vendor: str) -> None:
    rows = guide(vendor)
    for kind in {kind for kind, _ in by_hand(vendor)}:
        for field in facts_of(vendor).fields[kind]:
            for value in KINDS[kind].by_name[field].shape.schema().get("enum", ()):
                assert rows.value_word(kind, field, value), f"{kind}.{field}: {value}"


@pytest.mark.parametrize("vendor", VENDORS)
def test_rows_speak_of_things_that_the_facts_know(vendor: str) -> None:
    facts, rows = facts_of(vendor), guide(vendor)
    screens = [row.id for row in (*facts.screens, *rows.screens)]
    assert len(screens) == len(set(screens))
    led_to = {
        *(way.screen for way in rows.ways),
        *(way.screen for way in rows.imports),
        *(act.screen for act in rows.acts),
    }
    assert led_to <= set(screens)
    worded = [*((row.kind, row.field) for row in rows.fields), *((row.kind, row.field) for row in rows.values)]
    assert all(field in facts.fields[kind] for kind, field in worded)
    for way in rows.ways:
        assert {*way.only, *way.when} <= set(facts.fields[way.kind])
    assert {row.id for row in rows.effects} == {row.id for row in facts.effects}
    assert {row.id for row in rows.acts} == {row.id for row in facts.acts if row.route is Route.MANUAL}


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_row_is_there_twice(vendor: str) -> None:
    rows = guide(vendor)
    for said in (
        [row.kind for row in rows.kinds],
        [(row.kind, row.field) for row in rows.fields],
        [(row.kind, row.field, row.value) for row in rows.values],
        [
            (way.kind, operation, way.only, tuple(way.when))
            for way in _unconditional(rows)
            for operation in way.operations
        ],
    ):
        assert len(said) == len(set(said))


def _unconditional(rows: Guide) -> list[Way]:
    return [way for way in rows.ways if not way.when]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_row_has_a_source_and_a_certainty(vendor: str) -> None:
    for row in rows_of(guide(vendor)):
        assert row.source and row.certainty in ("seed", "vendor", "third-party", "unverified")
        if "guess" in row.source:
            assert row.certainty == "unverified", row
        if row.certainty == "seed":
            assert re.search(r"seed 00\d", row.source), row


@pytest.mark.parametrize("vendor", VENDORS)
def test_everything_is_said_in_every_language_with_the_same_blanks(vendor: str) -> None:
    rows = guide(vendor)
    assert rows.languages == tuple(dict.fromkeys(["en", facts_of(vendor).language]))
    fields = {name for kind in KINDS.values() for name in kind.by_name}
    for row in rows_of(rows):
        for labels in sentences(row):
            assert tuple(sorted(labels)) == tuple(sorted(rows.languages))
            blanks = {tuple(sorted(re.findall(r"\{(\w+)\}", text))) for text in labels.values()}
            assert len(blanks) == 1 and set(blanks.pop()) <= BLANKS | fields


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if facts_of(vendor).language != "en"])
def test_words_of_the_screen_are_the_vendors_own_in_english_too(vendor: str) -> None:
    own = facts_of(vendor).language
    for row in rows_of(guide(vendor)):
        for labels in sentences(row):
            marked = [re.findall(r"\*\*(.+?)\*\*", labels[language]) for language in ("en", own)]
            assert marked[0] == marked[1]


def test_every_sentence_of_ours_stands_in_every_language_with_the_same_blanks() -> None:
    for name, said in SENTENCES.items():
        assert len(said) == len(LANGUAGES) and all(said), name
        assert len({tuple(sorted(re.findall(r"\{\w+\}", text))) for text in said}) == 1, name
    assert set(AUTONYMS) == set(DAYS) == set(MONTHS) == set(DATES) == set(LANGUAGES)
    assert all(len(days) == 7 for days in DAYS.values()) and all(len(months) == 12 for months in MONTHS.values())
    assert all(len(forms) == len(LANGUAGES) for forms in COUNTED.values())


def test_no_sentence_of_ours_is_left_over() -> None:
    """Each is asked for by name somewhere in the room that tells runbooks."""
    from importlib.resources import files

    room = files("ccconf.report.runbook")
    code = "".join(path.read_text() for path in room.iterdir() if path.name.endswith((".py", ".j2")))
    own = {str(operation) for operation in Operation}
    assert not [name for name in SENTENCES if name not in own and code.count(f'"{name}"') + code.count(f"'{name}'") < 2]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", {1: "There is 1 entry.", 2: "There are 2 entries."}),
        ("pt-BR", {1: "Há 1 item.", 2: "Há 2 itens."}),
        (
            "ru",
            {
                1: "Здесь 1 пункт.",
                2: "Здесь 2 пункта.",
                5: "Здесь 5 пунктов.",
                11: "Здесь 11 пунктов.",
                12: "Здесь 12 пунктов.",
                21: "Здесь 21 пункт.",
                24: "Здесь 24 пункта.",
                111: "Здесь 111 пунктов.",
            },
        ),
    ],
)
def test_numbers_have_the_right_endings(language: str, told: dict[int, str]) -> None:
    assert {count: counted("entries", count, language) for count in told} == told


def test_dates_as_people_write_them() -> None:
    assert [date("2026-04-21", language) for language in LANGUAGES] == [
        "21 April 2026",
        "21 de abril de 2026",
        "21 апреля 2026 года",
    ]
    assert [date("05-09", language) for language in LANGUAGES] == ["9 May", "9 de maio", "9 мая"]


def test_a_guide_that_is_not_whole_is_refused_with_every_place() -> None:
    raw = """\
languages: [en, ru]
fields:
  - {kind: user, field: nmae, labels: {en: Name, ru: Имя}, source: us, certainty: unverified}
ways:
  - kind: user
    operations: [create]
    screen: users
    begin:
      - {en: Open it.}
    source: us
    certainty: unverified
"""
    with pytest.raises(Broken) as refused:
        parse(raw.encode(), "guide.yaml")
    assert [f"{found.where} {found.code} {found.message}" for found in refused.value.findings] == [
        "guide.yaml:3:25 CC416 a user has no field nmae",
        "guide.yaml:9:9 CC416 this is not said in ru",
    ]


def test_words_are_found_by_kind_field_and_value() -> None:
    opa, iq = guide("opasuite"), guide("iqchannels")
    assert opa.word_of_field("user", "roles", "pt-BR") == "Grupo Permissão"
    assert opa.word_of_field("user", "two_factor", "pt-BR") == "two_factor"
    assert opa.word_of_kind("role", "pt-BR") == "grupo de permissão" and opa.word_of_kind("skill", "en") == "skill"
    assert iq.word_of_value("user", "type", "bot", "ru") == "Бот"
    assert iq.word_of_value("user", "type", "alien", "ru") == "alien"
    assert iq.word_of_value("user", "type", "bot", "fr") == "Bot"


def test_a_field_may_have_a_form_of_its_own() -> None:
    rows = guide("iqchannels")
    form, segments = rows.way_for("user", "update", "name"), rows.way_for("user", "update", "groups")
    assert form is rows.way_for("user", "update") and form is not None and form.screen == "users"
    assert segments is not None and segments.screen == "segments"
    assert rows.way_for("group", "restore") is None


def test_rows_can_be_written_back() -> None:
    """The types hold all that the file says, so nothing is lost on the way into a third party's package."""
    for vendor in VENDORS:
        rows = guide(vendor)
        assert msgspec.convert(msgspec.to_builtins(rows), Guide) == rows
