"""A comment holds 65,536 characters: what does not fit is left out in whole rows, counted and pointed to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.findings import Finding, Location
from ccconf.model.change import Create
from ccconf.reconcile.drifted import Difference, Drift, Sort, Weight
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Counts, Plan, Step
from ccconf.report import drift_markdown, markdown
from ccconf.report.fitting import COMMENT, Section, fitted, marker
from ccconf.report.sheet import found, nowhere
from tests.formats.estate import AT, drift, plan
from tests.formats.parsers import markdown as read

LINK = "https://ci.example/runs/1"


def wide(count: int, name: str = "Łucja Żółć 😀") -> Plan:
    """A plan that makes so many people."""
    steps = tuple(
        Step(
            id=f"create user/p{number:05}", label=name,
            change=Create(kind="user", key=f"p{number:05}", fields={"name": name, "email": f"p{number}@example.org"}),
        )
        for number in range(count)
    )  # fmt: skip
    return Plan(target="office", platform="local", steps=steps, counts=Counts(create=count))


def torn(count: int) -> Drift:
    """A drift report with so many differences of each weight."""
    rows = tuple(
        Difference(
            object=f"user/p{number:05}", label="Łucja", field="roles", sort=Sort.DRIFT, weight=weight,
            applied=["a"], live=["a", "b"], wanted=["a"], who="Bo", when="2026-11-18T09:12:00Z",
        )
        for weight in Weight
        for number in range(count)
    )  # fmt: skip
    return drift(differences=rows)


def size(lines: list[str]) -> int:
    return len("".join(f"{line}\n" for line in lines).encode())


@pytest.mark.parametrize("count", [0, 1, 400, 900, 20_000])
def test_a_plan_of_any_size_fits(count: int) -> None:
    lines = markdown.plan(wide(count), link=LINK)
    assert size(lines) <= COMMENT
    raw = "\n".join(lines)
    seen = read(raw)
    shown = len(re.findall(r"^\| \+ \|", raw, re.M))
    left = re.search(r"^([\d,]+) objects left out here for want of room: see \[the whole report\]\(", raw, re.M)
    assert shown + (int(left[1].replace(",", "")) if left else 0) == count
    assert (LINK in seen.links) == (left is not None)
    assert f"People: {count:,}" in raw or not count
    assert size(lines) > COMMENT - 2_000 or left is None, "the room is used"


@pytest.mark.parametrize("count", [0, 3, 5_000])
def test_a_drift_report_of_any_size_fits_the_gravest_first(count: int) -> None:
    lines = drift_markdown.drift(torn(count), link=LINK)
    assert size(lines) <= COMMENT
    raw = "\n".join(lines)
    read(raw)
    shown = {weight: raw.count("| :warning: |") for weight in (Weight.SECURITY,)}[Weight.SECURITY]
    assert shown == count or shown > 100
    if count > 100:
        assert raw.count("left out here for want of room") == 3
        assert "ccconf drift -t office --accept" in raw, "what to do is never left out"


def test_one_person_with_a_name_of_any_length_is_told() -> None:
    lines = markdown.plan(plan("A" * 10_000))
    raw = "\n".join(lines)
    assert "(10,000 characters)" in raw and size(lines) < 10_000


def test_findings_and_runs_fit_too() -> None:
    many = [Finding(code="CC207", message="ż" * 300, where=Location("a.yaml", line + 1, 1)) for line in range(2_000)]
    subject = found(many, nowhere, command="validate", targets=["office"], at=AT, exit_code=0)
    assert size(markdown.findings(subject)) <= COMMENT
    ends = tuple(Outcome(step=f"create user/p{n}", status=Status.FAILED, detail="ż" * 300) for n in range(2_000))
    assert size(markdown.run(Report(plan_id="ab", target="office", outcomes=ends))) <= COMMENT


def test_the_comment_of_an_earlier_run_is_found_by_its_first_line() -> None:
    assert markdown.plan(plan())[0] == "<!-- ccconf plan office -->" == marker("plan", "office")
    assert drift_markdown.drift(drift())[0] == "<!-- ccconf drift office -->"
    odd = marker("plan", "a --> <b>", "ü")
    assert odd == "<!-- ccconf plan a%20-%2D%3E%20%3Cb%3E,%C3%BC -->"


def test_sections_have_anchors_that_stay() -> None:
    raw = "\n".join(markdown.plan(plan()))
    assert re.findall(r"<!-- ccconf:(\w+) -->", raw) == ["findings", "user", "allowlist"]
    raw = "\n".join(drift_markdown.drift(drift()))
    assert re.findall(r"<!-- ccconf:(\w+) -->", raw) == [
        "security", "routing", "cosmetic", "unmanaged", "ignored", "numbers",
    ]  # fmt: skip


def test_nobody_is_called_and_nothing_can_be_clicked() -> None:
    raw = "\n".join(markdown.plan(plan("@octocat see https://evil.example and www.evil.example #7")))
    shown = "".join(read(raw).text)
    assert "@octocat" not in shown and "://evil" not in shown and "www.evil" not in shown and "#7" not in shown
    assert "octocat" in shown


_BLOCKS = st.lists(st.text("aż", min_size=1, max_size=80).map(lambda text: (f"| {text} |",)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(_BLOCKS, max_size=4), most=st.integers(600, 3_000))
def test_whatever_fits_is_kept_and_the_rest_is_counted(parts: list[list[tuple[str, ...]]], most: int) -> None:
    head = ("| A |", "|---|")
    sections = [Section(f"s{n}", f"Part {n}", head, tuple(blocks), "rows") for n, blocks in enumerate(parts)]
    lines = fitted(["top"], sections, ["bottom"], most=most, link="https://x.example")
    assert lines[0] == "top" and lines[-1] == "bottom"
    raw = "\n".join(lines)
    for number, blocks in enumerate(parts):
        mine = raw.partition(f"<!-- ccconf:s{number} -->")[2].partition("</details>")[0]
        rows = len(re.findall(r"^\| [aż]+ \|", mine, re.M))
        left = re.search(r"^(\d+) rows left out", mine, re.M)
        assert rows + (int(left[1]) if left else 0) == len(blocks)
    bare = fitted(["top"], [section._replace(blocks=()) for section in sections], ["bottom"], most=most)
    assert size(lines) <= max(most, size(bare) + 200 * len(sections))
