"""Many permissions at once: what matters most is never what is left out, and what is left out is counted by how much
it matters. What a merge approves has to be read in its comment.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccconf.model.change import FieldChange, Update
from ccconf.platform.discovery import find
from ccconf.reconcile.drifted import Difference, Sort, Weight
from ccconf.reconcile.plan import Counts, Plan, Step
from ccconf.report import drift_markdown, drift_text, markdown
from ccconf.report.drift_words import sentence, values
from tests.cli.desk import Desk
from tests.formats.estate import drift

HARMLESS = {f"aaa.{number:03}": True for number in range(40)}
GRAVE = {"recordings": "admin", "calls.barge_in": True}
WORDS = ("recordings", "barge")


def world(**permissions: Any) -> dict[str, Any]:
    role = {"operator": {"permissions": {"calls.take": True, **permissions}}}
    return {"roles": role, "users": {"ann": {"name": "Ann", "roles": ["operator"]}}}


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path).declare(**world())
    desk.apply()
    return desk


@pytest.mark.parametrize("kind", ["text", "markdown", "html", "json"])
def test_a_pull_request_shows_every_permission_while_there_is_room(desk: Desk, kind: str) -> None:
    desk.declare(**world(**HARMLESS, **GRAVE))
    assert desk.run("plan", "--report", f"{kind}=report").code == 2
    said = Path("report").read_text()
    assert all(word in said for word in (*WORDS, "aaa.000", "aaa.039"))


@pytest.mark.parametrize("kind", ["text", "markdown", "html", "json", "sarif", "junit", "codequality", "github"])
def test_so_does_a_report_of_drift(desk: Desk, kind: str) -> None:
    desk.console("role/operator", permissions={"calls.take": True, **HARMLESS, **GRAVE})
    assert desk.run("drift", "--report", f"{kind}=report").code == 2
    said = Path("report").read_text()
    assert all(word in said for word in (*WORDS, "aaa.000", "aaa.039"))


def test_the_vendors_catalogue_says_what_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = find("opasuite", None).facts.catalogue.permissions
    everything = {row.id: row.levels[-1] if len(row.levels) > 2 else True for row in rows}
    low, *_ = (row.id for row in rows if row.sensitivity == "low")
    desk = Desk(tmp_path, like="opasuite").declare(roles={"operator": {"permissions": {low: everything[low]}}})
    assert desk.run("apply", "--yes").code == 0
    desk.console("role/operator", permissions=everything)
    desk.run("drift", "--report", "markdown=d.md", "--report", "sarif=d.sarif", "--report", "text=d.txt")
    high = [row.id for row in rows if row.sensitivity == "high"]
    result = json.loads(Path("d.sarif").read_text())["runs"][0]["results"][0]
    for said in (Path("d.md").read_text().replace("\\", ""), result["message"]["text"], Path("d.txt").read_text()):
        first = said.index(f"{high[0]} ")
        assert all(f"{name} " in said for name in high)
        others = [said.find(f"{row.id} ") for row in rows if row.sensitivity == "low" and row.id != low]
        assert all(place == -1 or place > first for place in others)


LEVELS = {**{f"low.{number:04}": "low" for number in range(9_000)},
          **{f"medium.{number}": "medium" for number in range(30)},
          **{f"zzz.{number}": "high" for number in range(60)}}  # fmt: skip


def a_plan(*changes: dict[str, Any], kind: str = "role", field: str = "permissions") -> Plan:
    steps = tuple(
        Step(
            id=f"update {kind}/r{number:03}",
            change=Update(
                kind=kind, key=f"r{number:03}", native_id=str(number), revision="1",
                changes=(FieldChange(field=field, before={}, after=after),),
            ),
        )
        for number, after in enumerate(changes)
    )  # fmt: skip
    return Plan(id="5eed" * 16, target="office", platform="local", steps=steps, counts=Counts(update=len(steps)))


ALL: dict[str, Any] = dict.fromkeys(LEVELS, True)


def comment(plan: Plan, link: str = "https://ci.example/1") -> str:
    raw = "\n".join(markdown.plan(plan, link=link, sensitivities=LEVELS))
    assert len(raw.encode()) <= 65_536
    return raw


class TestInAComment:
    def test_what_does_not_fit_is_the_least_grave_and_counted(self) -> None:
        raw = comment(a_plan(ALL))
        assert all(f"zzz.{number} " in raw for number in range(60))
        assert all(f"medium.{number} " in raw for number in range(30))
        assert "more (" in raw and " low)" in raw and "[the whole report](https://ci.example/1)" in raw
        assert "9,0" not in raw.partition("more (")[0][-8:]

    def test_without_a_page_the_command_is_said(self) -> None:
        assert "`--report html=…`" in comment(a_plan(ALL), link="")

    def test_many_roles_show_what_is_grave_of_each(self) -> None:
        raw = comment(a_plan(*[ALL] * 12))
        assert raw.count("zzz.59 ") == 12

    def test_people_do_not_crowd_out_what_touches_security(self) -> None:
        people = [
            Step(
                id=f"update user/p{number:04}", label="x" * 60,
                change=Update(
                    kind="user", key=f"p{number:04}", native_id=str(number), revision="1",
                    changes=(FieldChange(field="position", before="Agent", after="Head"),),
                ),
            )
            for number in range(2_000)
        ]  # fmt: skip
        plan = a_plan(*[{"zzz.1": True}] * 20)
        raw = comment(
            Plan(**{name: getattr(plan, name) for name in plan.__struct_fields__} | {"steps": (*people, *plan.steps)})
        )
        assert raw.count("zzz.1 ") == 20 and "objects left out here for want of room" in raw

    def test_rights_within_a_group_are_told_one_by_one(self) -> None:
        raw = comment(a_plan({"manager": ALL}, kind="group", field="rights"))
        assert all(f"manager: zzz.{number} " in raw for number in range(60))

    def test_few_stay_in_the_order_of_their_names(self) -> None:
        raw = comment(a_plan({"zzz.1": True, "low.0001": True}))
        assert raw.index("low.0001") < raw.index("zzz.1") and "more" not in raw


def changed(applied: Any, live: Any, wanted: Any, **more: Any) -> Difference:
    usual: dict[str, Any] = {"object": "role/operator", "field": "permissions", "sort": Sort.DRIFT,
                             "weight": Weight.SECURITY, "applied": applied, "live": live, "wanted": wanted}  # fmt: skip
    return Difference(**usual | more)


class TestThreeValues:
    def test_what_matters_most_comes_first_and_the_rest_is_counted(self) -> None:
        once, live, wanted = values(changed({}, ALL, {}), LEVELS, 2_000)
        assert once == wanted == "(nothing)" and live.startswith("zzz.0 yes, zzz.1 yes")
        assert "zzz.59 yes" in live and live.endswith(" low)") and "more (" in live
        assert len(live) < 2_200

    def test_however_many_there_are_of_the_gravest(self) -> None:
        _, live, _ = values(changed({}, ALL, {}), LEVELS, 300)
        assert "zzz.59 yes" in live and "30 medium" in live

    def test_only_what_differs_is_shown(self) -> None:
        once, live, wanted = values(changed({}, ALL, {**ALL, "zzz.7": False}), LEVELS, 2_000)
        assert (once, live.partition(" (")[0], wanted) == ("(nothing)", "zzz.7 yes", "zzz.7 no")
        assert "9,089 more, on which the platform and Git agree" in live or "9,089 more, the same everywhere" in live

    def test_a_side_that_is_empty_has_nothing_in_common(self) -> None:
        few = {"a": True, "b": True, "c": True, "d": True}
        assert values(changed(few, None, few)) == (
            "a yes, b yes, c yes, d yes",
            "(nothing)",
            "a yes, b yes, c yes, d yes",
        )

    def test_nobody_knows_how_grave_it_is(self) -> None:
        many = {f"p{number:03}": True for number in range(500)}
        _, live, _ = values(changed({}, many, {}), {}, 1_000)
        assert live.endswith(" more") and "(" not in live

    def test_a_list_and_a_text(self) -> None:
        roles = [f"role-{number:03}" for number in range(300)]
        _, live, wanted = values(changed([], [*roles, "admin"], roles, object="user/ann", field="roles"), LEVELS, 1_000)
        assert live.startswith("admin (and 300 more") and wanted == "(nothing)"
        _, live, _ = values(changed("", "x" * 5_000, "", object="user/ann", field="position"), LEVELS, 1_000)
        assert live.endswith("… (5,000 characters)")

    def test_a_sentence_is_no_longer_than_an_annotation(self) -> None:
        said = sentence(changed(ALL, {**dict.fromkeys(ALL, False)}, ALL), LEVELS)
        assert "zzz.59 no" in said and len(said) <= 4_000

    def test_an_issue_holds_it(self) -> None:
        report = drift(differences=tuple(changed({}, ALL, {}, object=f"role/r{number}") for number in range(12)))
        raw = "\n".join(drift_markdown.drift(report, sensitivities=LEVELS))
        assert raw.count("zzz.59 ") == 12 and len(raw.encode()) <= 65_536
        alone = drift(differences=(changed({}, ALL, {}),))
        raw = "\n".join(drift_markdown.drift(alone, sensitivities=LEVELS))
        assert len(raw.encode()) > 10_000
        assert "zzz.59 yes" in "\n".join(drift_text.drift(report, LEVELS))
