"""What a page says, and what it can never do: read as text, without a browser."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import html5lib
import pytest
from msgspec.structs import replace

from ccconf.codes import Severity
from ccconf.model.change import Create, Delete, FieldChange, Restore, Update
from ccconf.platform.facts import Route
from ccconf.reconcile.drifted import Difference, Drift, Sort, Weight
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import FoundIn, Plan, Step
from ccconf.reconcile.split import COMPLETES
from ccconf.report import page as pages
from ccconf.report.page import folding
from ccconf.report.page.view import SECURITY, Cell, Entry, Piece, Row, Section
from tests.page import stories
from tests.page.conftest import ended, wrong

NU = os.environ.get("VNU_JAR", "")
"""Where the Nu checker lies: `npm install vnu-jar` brings it, and it needs Java."""


def words(html: str) -> str:
    """All that a reader gets, in one line."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_plan_is_told_in_plain_words_first(plan: Plan) -> None:
    said = words(pages.plan(plan, at=stories.MONDAY))
    assert "Plan: nothing has been changed yet Plan for office" in said
    for sentence in (
        "14 of 16 objects touch security.",
        "4 people join ! security", "3 people leave ! security", "4 people get new rights ! security",
        "3 people lose rights ! security", "1 person may no longer sign in", "1 person is renamed",
        "1 role changes what its holders may do ! security", "1 allowlist changes from where people may sign in",
        "1 schedule changes: holidays, weekly", "Page made 2026-11-16 08:30 UTC", f"Plan {plan.id[:12]}",
    ):  # fmt: skip
        assert sentence in said
    assert said.index("people join") < said.index("Changes by kind") < said.index("What changes for whom")


def test_what_changes_for_whom_is_told_with_before_and_after(plan: Plan) -> None:
    said = words(pages.plan(plan, at=stories.MONDAY))
    assert "~ changed user/tunde.baptiste Tunde Baptiste ! security moves from support to billing" in said
    assert "groups ! security − support + billing" in said
    assert "− leaves user/noor.achterberg Noor Achterberg ! security leaves: deactivated" in said
    assert "weekly fri 08:00-15:00 fri 08:00-14:00" in said
    assert "permissions ! security 3 more are the same — + recordings read" in said
    assert "role/operator ! security everybody who has this role is affected" in said
    assert "key agnieszka.thorne agnieszka.thorne-vale" in said


def test_a_refused_plan_says_so_on_top_and_why(plan: Plan) -> None:
    why = FoundIn(code="CC603", severity=Severity.ERROR, message="user/owner is protected", hint="leave it as it is")
    html = pages.plan(replace(plan, findings=(why,)), at=stories.MONDAY)
    said = words(html)
    refused = "This plan is refused; nothing of it will be applied. CC603: user/owner is protected (leave it as it is)"
    assert refused in said
    assert said.index(refused) < said.index("14 of 16 objects")
    assert "<title>Plan for office: This plan is refused; nothing of it will be applied.</title>" in html


def test_what_needs_a_person_says_so(plan: Plan) -> None:
    first, *others = plan.steps
    html = pages.plan(replace(plan, steps=(replace(first, route=Route.MANUAL), *others)), at=stories.MONDAY)
    said = words(html)
    assert "A person is needed for 1 step. 1 step by hand." in said
    assert '<option value="way-manual">by hand</option>' in html


def test_a_part_of_a_plan_and_an_undo_are_said_on_top(plan: Plan) -> None:
    said = words(pages.plan(replace(plan, selection=("user/mei.*",), undoes=7), at=stories.MONDAY))
    assert "This plan undoes run 7." in said
    assert "Only a part: user/mei.*, and what that needs. Other objects may differ, too" in said


def test_nothing_to_do_is_said_shortly(plan: Plan) -> None:
    html = pages.plan(replace(plan, steps=(), findings=()), at=stories.MONDAY)
    assert "Nothing to do." in words(html)
    assert '<form id="filters"' not in html


def test_what_goes_and_what_comes_back_is_told_with_what_it_was() -> None:
    gone = Delete(
        kind="role", key="old", native_id="1", revision="1", fields={"name": "Old", "permissions": {"a": True}}
    )
    back = Restore(kind="user", key="bo", native_id="2", revision="1",
                   changes=(FieldChange(field="status", before="inactive", after="active"),))  # fmt: skip
    safer = Update(kind="user", key="cy", native_id="3", revision="1",
                   changes=(FieldChange(field="two_factor", before=True, after=False),))  # fmt: skip
    calm = Update(kind="user", key="di", native_id="4", revision="1",
                  changes=(FieldChange(field="position", before="A", after=None),))  # fmt: skip
    steps = tuple(
        Step(id=f"step {change.key}", change=change, risk=risk)  # type: ignore[arg-type]  # one of its two words
        for change, risk in ((gone, "high"), (back, "high"), (safer, "high"), (calm, "low"))
    )
    said = words(pages.plan(Plan(target="t", platform="local", steps=steps), at=""))
    assert "− deleted role/old ! security everybody who has this role is affected" in said
    assert "permissions ! security − a yes nothing" in said
    assert "1 person comes back" in said and "1 person no longer needs a second factor" in said
    assert "1 person changes otherwise: position" in said and "position A nothing" in said


def test_what_a_person_completes_of_somebody_new_is_told_once_on_top() -> None:
    new = Create(kind="user", key="eve", fields={"name": "Eve"})
    rest = Update(kind="user", key="eve", native_id="", revision="",
                  changes=(FieldChange(field="roles", before=None, after=["agent"]),))  # fmt: skip
    steps = (
        Step(id="create user/eve", change=new, label="Eve", risk="high"),
        Step(id=f"{COMPLETES}user/eve", change=rest, label="Eve", risk="high", route=Route.MANUAL),
    )
    said = words(pages.plan(Plan(target="t", platform="local", steps=steps), at=""))
    assert "1 person joins" in said and "gets new rights" not in said
    assert "1 of 1 object touches security." in said
    assert "People 1 – –" in said
    assert "~ changed user/eve Eve ! security by hand the rest roles ! security nothing + agent" in said


def test_a_plan_without_security_says_that_too() -> None:
    change = FieldChange(field="position", before="A", after="B")
    update = Update(kind="user", key="di", native_id="4", revision="1", changes=(change,))
    said = words(pages.plan(Plan(target="t", platform="local", steps=(Step(id="u", change=update),)), at=""))
    assert "Nothing here touches security." in said


def test_a_run_tells_first_what_is_not_done(plan: Plan) -> None:
    said = words(pages.run(plan, ended(plan), at=stories.MONDAY))
    assert "Run: what became of a plan" in said
    assert "Not everything is done: 2 steps are open. 1 step failed. 1 step was not tried." in said
    assert "A person is needed for 1 step." in said
    assert "CC702 the platform refused it: 422 mend it and apply again" in said
    first = plan.steps[0].ref
    assert f"{first} failed CC702 the platform refused it: 422" in said[: said.index("Outcomes by kind")]
    people = said[said.index("People 13 Field") :]
    assert people.index("✕ not tried") < people.index("✓ done")


def test_a_run_that_did_everything_says_so_and_one_that_was_cut_off_too(plan: Plan) -> None:
    done = tuple(Outcome(step=step.id, status=Status.DONE) for step in plan.steps)
    report = Report(plan_id=plan.id, target="office", outcomes=done, adopted=2)
    said = words(pages.run(plan, report, at=stories.MONDAY))
    assert "Everything is done." in said and "2 objects were noted as ours." in said
    assert "14 of 14 changes that touch security are done." in said
    cut = words(pages.run(plan, replace(report, outcomes=done[:3], interrupted=True), at=stories.MONDAY))
    assert "The run was interrupted." in cut and "Everything is done." not in cut


def test_a_drift_report_says_who_when_the_three_values_and_the_place() -> None:
    said = words(pages.drift(stories.drift()))
    assert "3 changes outside Git touch security. They change who may sign in, do, hear or reach what." in said
    assert "A person has to decide 1 difference." in said and "A person is needed for 1 difference." in said
    assert (
        "roles ≠ changed outside Git ! security supervisor not there supervisor supervisor not there "
        "by ingrid@example.org 2026-11-18 14:02 UTC manifests/people/support.yaml:38:12" in said
    )
    assert "position ≠ changed outside Git cosmetic Operator Acting team lead Operator" in said
    assert "nobody knows by whom" in said
    assert "the whole person · never in Git ! security on the platform, and not in Git" in said
    assert "passed over: sales rewrites it every week (until 2026-12-31)" in said
    assert "7 now, more than in the report before (6); at most 15 in 12 reports." in said
    assert "41 of 50 seats taken, 9 free." in said
    assert "People 40 2 95%" in said


def test_a_drift_report_without_drift_says_so_and_does_not_hide_what_is_passed_over() -> None:
    calm = Drift(target="office", platform="local", at=stories.MONDAY)
    assert "The platform is as Git says." in words(pages.drift(calm))
    row = Difference(object="group/a", field="name", sort=Sort.DRIFT, weight=Weight.COSMETIC, live="B", ignored="so")
    said = words(pages.drift(replace(calm, differences=(row,))))
    assert "But for what ignore: passes over, the platform is as Git says." in said
    seats = words(pages.drift(replace(calm, seats=12, seats_bought=10)))
    assert "12 seats are taken, 2 more than the 10 bought." in seats
    assert "nobody said how many were bought" in words(pages.drift(replace(calm, seats=1)))


def test_a_drift_report_tells_of_a_plan_that_is_refused(plan: Plan) -> None:
    why = FoundIn(code="CC601", severity=Severity.ERROR, message="9 of 10 users would leave")
    said = words(pages.drift(stories.drift(), plan=replace(plan, findings=(why,))))
    assert "The plan that would put Git's values back is refused" in said


def test_findings_are_told_by_file_with_what_mends_them() -> None:
    said = words(pages.findings(wrong(), target="office", at=stories.MONDAY))
    assert "1 error: nothing is planned or applied until it is mended." in said
    assert "CC203 Unknown reference ✕ error" in said and "did you mean billing?" in said
    assert "line 14, column 12 about user/mei.lindqvist" in said
    assert said.index("manifests/people.yaml") < said.index("manifests/roles.yaml")
    assert "Nothing is wrong." in words(pages.findings([], target="office", at=stories.MONDAY))


def test_what_is_too_much_is_counted_and_named_and_never_left_out_silently() -> None:
    html = pages.plan(stories.many_steps(4_000), at=stories.MONDAY)
    said = words(html)
    laid_out = re.search(r"lays out ([\d,]+) of 4,000 objects; the others are only named", said)
    assert laid_out is not None
    shown = int(laid_out[1].replace(",", ""))
    assert html.count("<tbody data-is=") == shown
    named = re.findall(r"<pre[^>]*>([^<]*)</pre>", html)
    assert sum(len(names.split("\n")) for names in named) == 4_000 - shown
    assert {f"user/agent.{place:05}" for place in range(4_000)} == set(re.findall(r"user/agent\.\d{5}", html))
    assert "× People · ~ changed · schedule" in said and "× others" not in said
    assert re.search(r"[\d,]+ People schedule day late", said)


def test_names_stand_together_by_what_happens_what_touches_security_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "GROUPS", 2)
    rows = {name: (Row(name, (Cell((Piece("x"),)),)),) for name in ("email", "mobile", "roles")}
    calm = [Entry(f"user/{name}{place}", "", None, rows=rows[name]) for name in ("email", "mobile") for place in (1, 2)]
    grave = Entry("user/gräfin", "G", None, (SECURITY,), rows=rows["roles"], tokens=("security",), urgency=1)
    kept, rest = folding.folded(
        [Section("user", "People", ("Field", "Before"), (*calm, grave, grave._replace()))], room=1
    )
    assert [entry.name for section in kept for entry in section.entries] == ["user/gräfin"]
    assert rest is not None and (rest.hidden, rest.secure) == (5, 1)
    assert [named.title for named in rest.named] == ["People · security · roles", "People · email", "others"]
    assert rest.named[0].names == ("\u2068user/gräfin\u2069  G",)
    assert rest.named[2].names == ("user/mobile1", "user/mobile2")
    assert rest.common == ((2, ("People", "email", "x")), (2, ("People", "mobile", "x")))


def test_equal_input_gives_equal_bytes(plan: Plan) -> None:
    assert pages.plan(plan, at=stories.MONDAY) == pages.plan(plan, at=stories.MONDAY)
    assert pages.drift(stories.drift()) == pages.drift(stories.drift())


def test_five_hundred_differences_stay_small() -> None:
    html = pages.drift(stories.many_differences(500))
    assert len(html.encode()) < 3_000_000
    assert "only named" not in words(html)


@pytest.mark.parametrize("name", ["plan", "run", "drift", "findings"])
def test_every_page_is_well_formed_and_keeps_its_own_rules(written: dict[str, Path], name: str) -> None:
    html = written[name].read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:aria-labelledby|href)="#?([a-z-]+)"', html)) <= set(ids)
    assert not re.search(r'\son\w+="|\sstyle="|\bsrc=|@import|url\((?!#)', html)
    assert set(re.findall(r'href="((?!#)[^"]*)"', html)) <= {"data:,", "https://pbx.example.org"}
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert unescape(policy).startswith("default-src 'none'; ") and "unsafe" not in policy
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        (ours,) = re.findall(rf"<{element}>(.*?)</{element}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in unescape(policy)


@pytest.mark.skipif(not NU or shutil.which("java") is None, reason="VNU_JAR names no Nu checker")
def test_the_nu_checker_finds_no_error(written: dict[str, Path]) -> None:
    command = ["java", "-jar", NU, "--errors-only", *map(str, written.values())]
    judged = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (judged.returncode, judged.stderr) == (0, "")


BAD = '"><img src=x onerror=alert(1)></style></script><script>alert(2)</script>\u202egnp.exe\x1b[8m\u2066'


def hostile() -> dict[str, str]:
    """Every text that somebody else may write, written by somebody hostile."""
    fields: dict[str, Any] = {
        "name": BAD,
        "email": BAD,
        "groups": {BAD: {"role": BAD}},
        "roles": [BAD],
        "skills": {BAD: 1},
    }
    changes = tuple(FieldChange(field=name, before=None, after=value) for name, value in {**fields, BAD: BAD}.items())
    step = Step(
        id=f"update user/{BAD}", change=Update(kind="user", key=BAD, native_id=BAD, revision=BAD, changes=changes),
        label=BAD, reason=BAD, says=BAD, effects=(BAD,), calls=(BAD,), risk="high",
    )  # fmt: skip
    found = FoundIn(code="CC203", severity=Severity.ERROR, message=BAD, where=BAD, subject=BAD, hint=BAD)
    plan = Plan(target=BAD, platform=BAD, url=f"javascript:alert(3)//{BAD}", steps=(step,), findings=(found,),
                selection=(BAD,), id=BAD)  # fmt: skip
    row = Difference(object=f"user/{BAD}", label=BAD, field="roles", sort=Sort.DRIFT, weight=Weight.SECURITY,
                     applied=[], live=[BAD], wanted=None, who=BAD, when=BAD, file=BAD, line=1, says=BAD)  # fmt: skip
    over = replace(row, ignored=BAD, until=BAD)
    drift = Drift(target=BAD, platform=BAD, url=f"https://{BAD}", at=BAD, differences=(row, over), plan_id=BAD,
                  trend=(replace(stories.drift().trend[0], at=BAD), stories.drift().trend[1]))  # fmt: skip
    outcome = Outcome(step=step.id, status=Status.FAILED, code=BAD, detail=BAD, hint=BAD)
    report = Report(plan_id=BAD, target=BAD, outcomes=(outcome,))
    finding = replace(wrong()[0], message=BAD, hint=BAD, subject=BAD)
    return {
        "plan": pages.plan(plan, at=BAD),
        "run": pages.run(plan, report, at=BAD),
        "drift": pages.drift(drift, plan=plan),
        "findings": pages.findings([finding], target=BAD, at=BAD),
    }


def test_hostile_text_is_shown_and_never_markup() -> None:
    for name, html in hostile().items():
        html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
        assert not re.search(r"<img|<script>alert", html), name
        assert not set("\u202e\x1b\u2066") & set(html), name
        assert "\\u202egnp.exe" in html, name
        assert 'href="javascript:' not in html, name
