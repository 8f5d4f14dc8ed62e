"""Every format tells the same run, and is what its name says: others' parsers and schemas read it back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.findings import Finding, Location
from ccconf.reconcile.drifted import Sort, Weight
from ccconf.report.formats import FORMATS
from ccconf.report.region import Text
from ccconf.report.sheet import Spot, Subject, drifted, fingerprints, found, nowhere, place, planned, ran
from tests.formats.estate import AT, drift, findings, plan, report, subjects
from tests.formats.parsers import PARSERS, github, junit, openmetrics, sarif

MACHINES = [kind for kind in FORMATS if kind != "html"]
"""The page has tests of its own."""


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("name", subjects())
def test_each_subject_in_each_format(kind: str, name: str) -> None:
    subject = subjects()[name]
    raw = FORMATS[kind](subject)
    PARSERS[kind](raw)
    assert FORMATS[kind](subjects()[name]) == raw, "equal subjects give equal bytes"


NASTY = [
    "<img src=x onerror=alert(1)>", "</td></details><script>", "**bold** | [click](javascript:x) `rm`", "\x1b[2Jgone",
    '=HYPERLINK("http://evil.example")', "evil\u202egpj.exe", "Ann\u200b\u2060\ufeffLee", "one\ntwo\r\n| three |",
    "::error file=x::owned", "\n::set-output name=a::b", "##[add-mask]a", "]]><x>", "\x00\x0b\x1f\ufffe\uffff",
    "half \ud800\udfff", "A" * 10_000, "@octocat #1 https://evil.example", "{0} {{}} %0A%25", "&lt;&amp;", "a,b:c=d\\",
    "-- --> <!--", "\u3164", "```\n# head", "$$x$$ <!-- ccconf drift office -->", " ", "|", "\\", "\\|",
]  # fmt: skip


def worst(text: str) -> list[Subject]:
    """The same subjects, with the text wherever people or platforms can write one."""
    path = f"manifests/{text.replace('/', '').replace(chr(0), '')[:200]}.yaml"
    return [
        drifted(drift(text, text.replace("/", "") or "x", text, text), nowhere, exit_code=2, plan=plan(text)),
        planned(plan(text, text.replace("/", "") or "x", text, text), nowhere, at=AT, exit_code=2),
        ran(plan(text), report(text), nowhere, at=AT, exit_code=5),
        found(findings(text, path), nowhere, command="validate", targets=[text], at=AT, exit_code=1),
    ]


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("text", NASTY, ids=[ascii(text[:12]) for text in NASTY])
def test_no_name_breaks_a_format(kind: str, text: str) -> None:
    for subject in worst(text):
        PARSERS[kind](FORMATS[kind](subject).encode().decode())


_LETTERS = st.one_of(
    st.characters(), st.sampled_from("|\\`*_{}[]<>#~!&@:%,\"'\n\r\t\x1b\u202e\u200b\ud800\ufeff=;$-()")
)  # fmt: skip


@pytest.mark.parametrize("kind", MACHINES)
@settings(max_examples=25, deadline=None)
@given(text=st.text(_LETTERS, max_size=30))
def test_no_text_at_all_breaks_a_format(kind: str, text: str) -> None:
    for subject in worst(text):
        PARSERS[kind](FORMATS[kind](subject).encode().decode())


def test_what_turns_letters_round_is_shown_in_every_format() -> None:
    for subject in worst("evil\u202egpj"):
        for kind in set(MACHINES) - {"openmetrics", "json"}:
            raw = FORMATS[kind](subject)
            assert "\u202e" not in raw and ("u202e" in raw or not subject.told)


def test_numbers_are_the_same_everywhere() -> None:
    subject = subjects()["drift"]
    raw = {kind: FORMATS[kind](subject) for kind in MACHINES}
    results = sarif(raw["sarif"])["runs"][0]["results"]
    assert len(results) == len(subject.drift.differences) if subject.drift else False
    assert sum("suppressions" in row for row in results) == 1
    suite = junit(raw["junit"])
    assert suite.attrib["failures"] == "2", "what was changed outside, and is not passed over"
    levels = [level for level, _, _ in github(raw["github"])]
    assert levels == ["error", "warning", "notice", "notice", "notice"]
    samples = {
        (row.labels["sort"], row.labels["weight"]): row.value
        for row in openmetrics(raw["openmetrics"])["ccconf_drift_differences"].samples
    }
    assert len(samples) == (len(Sort) - 1) * len(Weight)
    assert {pair for pair, value in samples.items() if value} == {
        ("drift", "security"), ("conflict", "cosmetic"), ("pending", "routing"), ("expired", "security"),
        ("waiting", "routing"),
    }  # fmt: skip


class TestSarif:
    def test_rules_about_security_say_how_grave_they_are(self) -> None:
        run = sarif(FORMATS["sarif"](subjects()["validate"]))["runs"][0]
        rules = {rule["id"]: rule["properties"] for rule in run["tool"]["driver"]["rules"]}
        assert rules["CC304"]["security-severity"] == "8.0" and rules["CC304"]["tags"] == ["security"]
        assert "security-severity" not in rules["CC203"]

    def test_columns_are_those_of_utf16(self) -> None:
        text = Text('users:\n  "😀": {name: "😀 Ann", email: x}\n')

        def spot(where: Location) -> Spot:
            return Spot("a b/ä#?.yaml", text.region(where.line, where.column))

        wrong = Finding(code="CC202", message="email: x must be", where=Location("x", 2, 31))
        subject = found([wrong], spot, command="validate", targets=["office"], at=AT, exit_code=1)
        run = sarif(FORMATS["sarif"](subject))["runs"][0]
        assert run["columnKind"] == "utf16CodeUnits"
        (result,) = run["results"]
        location = result["locations"][0]["physicalLocation"]
        assert location["artifactLocation"] == {"uri": "a%20b/%C3%A4%23%3F.yaml", "uriBaseId": "SRCROOT"}
        region = location["region"]
        line = text.text.splitlines()[1].encode("utf-16-le")
        cut = line[(region["startColumn"] - 1) * 2 : (region["endColumn"] - 1) * 2].decode("utf-16-le")
        assert (cut, region["startLine"], region["endLine"]) == ("x", 2, 2)

    def test_fingerprints_stay_while_lines_move(self) -> None:
        rows = subjects()["validate"].rows
        moved = tuple(
            row._replace(spot=Spot(row.spot.path, row.spot.region and row.spot.region._replace(line=99, end_line=99)))
            for row in rows
        )
        assert list(fingerprints(rows)) == list(fingerprints(moved))

    def test_a_place_within_a_message_does_not_count(self) -> None:
        one, two = (
            found(
                [Finding(code="CC204", message=f"declared twice, also at a.yaml:{line}:1", subject="user/a")],
                nowhere, command="validate", targets=["office"], at=AT, exit_code=1,
            ).rows
            for line in (3, 30)
        )  # fmt: skip
        assert list(fingerprints(one)) == list(fingerprints(two))

    def test_the_same_said_twice_is_two_alerts(self) -> None:
        rows = subjects()["validate"].rows[:1] * 2
        assert len(set(fingerprints(rows))) == 2

    def test_a_file_outside_the_repository_has_its_whole_address(self) -> None:
        wrong = Finding(code="CC202", message="no", where=Location("/etc/a b.yaml", 1, 1))
        subject = found([wrong], nowhere, command="validate", targets=["office"], at=AT, exit_code=1)
        location = sarif(FORMATS["sarif"](subject))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        assert location["artifactLocation"] == {"uri": "file:///etc/a%20b.yaml"}

    def test_a_name_of_a_file_that_is_not_utf8_keeps_its_bytes(self) -> None:
        wrong = Finding(
            code="CC202", message="no", where=Location(b"m/\xff.yaml".decode("utf-8", "surrogateescape"), 1, 1)
        )
        subject = found([wrong], nowhere, command="validate", targets=["office"], at=AT, exit_code=1)
        assert '"uri": "m/%FF.yaml"' in FORMATS["sarif"](subject)
        assert json.loads(FORMATS["json"](subject))["findings"][0]["path"] == "m/\\udcff.yaml"


class TestMetrics:
    def test_ages_and_shares(self) -> None:
        families = openmetrics(FORMATS["openmetrics"](subjects()["drift"]))
        ages = families["ccconf_drift_oldest_age_seconds"]
        assert ages.unit == "seconds" and ages.type == "gauge"
        assert {row.labels["weight"]: row.value for row in ages.samples} == {"cosmetic": 3600.0, "security": 172_080.0}
        shares = families["ccconf_coverage_ratio"].samples
        assert {row.labels["kind"]: row.value for row in shares} == {"user": 0.7, "role": 1.0}
        seats = families["ccconf_licence_seats"].samples
        assert {row.labels["state"]: row.value for row in seats} == {"taken": 38.0, "bought": 50.0}
        (moment,) = families["ccconf_last_run_timestamp_seconds"].samples
        assert moment.value == 1_795_165_200.0

    def test_where_nobody_noted_when_the_reports_tell(self) -> None:
        silent = drift()
        rows = tuple(type(row)(**{**_fields(row), "when": ""}) for row in silent.differences)
        subject = drifted(drift(differences=rows), nowhere, exit_code=2)
        ages = openmetrics(FORMATS["openmetrics"](subject))["ccconf_drift_oldest_age_seconds"].samples
        assert {row.labels["weight"]: row.value for row in ages} == {"cosmetic": 0.0, "security": 3 * 86_400.0}

    def test_a_plan_and_a_run_in_numbers(self) -> None:
        made = openmetrics(FORMATS["openmetrics"](subjects()["plan"]))
        acts = {row.labels["action"]: row.value for row in made["ccconf_plan_objects"].samples}
        assert (acts["create"], acts["update"], acts["unchanged"]) == (1.0, 2.0, 4.0)
        done = openmetrics(FORMATS["openmetrics"](subjects()["apply"]))
        ends = {row.labels["status"]: row.value for row in done["ccconf_apply_steps"].samples}
        assert (ends["done"], ends["failed"], ends["blocked"]) == (1.0, 1.0, 1.0)


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


class TestAnnotations:
    def test_ten_of_a_level_are_shown_so_their_number_is_said(self) -> None:
        many = [Finding(code="CC304", message=f"{number}.0.0.0/4 lets all in") for number in range(12)]
        subject = found([*many, findings()[0]], nowhere, command="validate", targets=["office"], at=AT, exit_code=1)
        commands = github(FORMATS["github"](subject))
        assert commands[0] == (
            "notice", {"title": "ccconf"}, "1 of level error, 12 of level warning; GitHub shows the first 10 of each",
        )  # fmt: skip
        assert commands[1][0] == "error", "the gravest come first"

    def test_a_property_is_escaped_as_the_runner_reads_it(self) -> None:
        wrong = Finding(code="CC202", message="100%\nof it", where=Location("a,b:c%.yaml", 3, 4))
        subject = found([wrong], nowhere, command="validate", targets=["office"], at=AT, exit_code=1)
        assert FORMATS["github"](subject) == (
            "::error file=a%2Cb%3Ac%25.yaml,line=3,endLine=3,col=4,title=ccconf CC202::100%25 of it\n"
        )
        assert github(FORMATS["github"](subject))[0][1]["file"] == "a,b:c%.yaml"


class TestJunit:
    def test_steps_by_how_they_ended(self) -> None:
        suite = junit(FORMATS["junit"](subjects()["apply"]))
        cases = {case.attrib["name"]: [end.tag for end in case] for case in suite.iter("testcase")}
        assert cases["create user/ann.lee"] == ["failure"] and cases["update allowlist/office"] == []

    def test_a_sound_project_has_a_case_that_passes(self) -> None:
        suite = junit(FORMATS["junit"](subjects()["sound"]))
        assert [case.attrib["name"] for case in suite.iter("testcase")] == [
            "the manifests of office were checked: 7 objects"
        ]


def test_a_place_in_words_is_a_place_again() -> None:
    for where in (Location("a.yaml", 3, 4), Location("C:/x:1/a.yaml", 1, 1), Location("odd", 10, 2)):
        assert place(str(where)) == where
    assert place("") is None
    assert place("only/a/path.yaml") == Location("only/a/path.yaml")


def test_formats_cost_nothing_where_nobody_asks(tmp_path: Path) -> None:
    """`validate` without a report imports none of them."""
    import subprocess
    import sys

    code = (
        "import sys, ccconf.cli.validate, ccconf.cli.reporting\n"
        "print([name for name in sys.modules if name.startswith('ccconf.report.')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sarif", "mask", "sheet", "formats", "drift_words", "junit", "page"} & {
        name.removeprefix("ccconf.report.").strip("' ") for name in ran.stdout.strip("[]\n").split(",")
    }


def test_a_subject_is_a_value() -> None:
    subject = subjects()["plan"]
    assert dataclasses.replace(subject) == subject
