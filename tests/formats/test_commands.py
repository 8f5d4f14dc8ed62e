"""`--report kind=path`: from one run every report to its own file, and the run ends as it would have without."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from ccconf.cli.main import run
from ccconf.report.formats import FORMATS
from tests.cli.desk import Desk
from tests.formats.parsers import PARSERS, github, sarif

PEOPLE = {
    "ann.lee": {"name": "Ann Lee", "email": "ann.lee@example.org", "groups": ["billing"]},
    "bo.dahl": {"name": "Bo Dahl", "extension": "4711", "groups": ["billing"]},
}
TEAM = {"groups": {"billing": {}}, "users": PEOPLE}
FILES = [kind for kind in FORMATS if kind != "github"]


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("CCCONF_NOW", "2026-11-20T09:00:00Z")
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_RUN_ID", "CI_JOB_URL", "CCCONF_MASK_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Desk(tmp_path).declare(**TEAM)


def wanted(*kinds: str) -> list[str]:
    return [word for kind in kinds or FORMATS for word in ("--report", f"{kind}=out/{kind}")]


def read(desk: Desk, kind: str) -> str:
    return (desk.folder / "out" / kind).read_text(encoding="utf-8")


def test_every_report_of_a_plan_from_one_run(desk: Desk) -> None:
    plain = desk.run("plan")
    ran = desk.run("plan", *wanted())
    assert (ran.code, ran.out, ran.err) == (2, plain.out, ""), "what is printed is as without reports"
    for kind in FORMATS:
        PARSERS[kind](read(desk, kind))
    assert json.loads(read(desk, "json")) == desk.run("plan", "--format", "json").data
    assert read(desk, "text") == plain.out
    assert read(desk, "markdown") == desk.run("plan", "--format", "markdown").out


def test_every_report_of_a_check(desk: Desk) -> None:
    desk.write(
        "manifests/all.yaml",
        'users:\n  ann.lee: {name: "😀 Ann", groups: [billin]}\ngroups:\n  "a b": {schedule: nope}\n',
    )
    ran = desk.run("validate", *wanted(), "--report", "github=-")
    assert ran.code == 1
    for kind in FORMATS:
        PARSERS[kind](read(desk, kind))
    assert read(desk, "github") in ran.out, "among the text, so that the runner sees it"
    lines = (desk.folder / "manifests/all.yaml").read_text().split("\n")
    for result in sarif(read(desk, "sarif"))["runs"][0]["results"]:
        where = result["locations"][0]["physicalLocation"]
        assert where["artifactLocation"]["uri"] == "manifests/all.yaml"
        at = where["region"]
        line = lines[at["startLine"] - 1].encode("utf-16-le")
        assert line[(at["startColumn"] - 1) * 2 : (at["endColumn"] - 1) * 2].decode("utf-16-le") in (
            "billin",
            "nope",
            '"a b"',
        )
    data = json.loads(read(desk, "json"))
    assert data == desk.run("validate", "--format", "json").data


def test_every_report_of_an_apply(desk: Desk) -> None:
    ran = desk.run("apply", "--yes", *wanted())
    assert ran.code == 0
    for kind in FORMATS:
        PARSERS[kind](read(desk, kind))
    outcomes = json.loads(read(desk, "json"))["outcomes"]
    assert [ended["status"] for ended in outcomes] == ["done"] * 3
    assert "done      create user/ann.lee" in read(desk, "text")
    desk.silent()


def test_what_nobody_agreed_to_is_reported_as_a_plan(desk: Desk) -> None:
    desk.project(guards={"protect": ["user/ann.lee"]})
    assert desk.run("apply", "--yes").code == 0
    desk.declare(groups={"billing": {}}, users={"bo.dahl": PEOPLE["bo.dahl"]})
    ran = desk.run("apply", "--yes", *wanted("json", "sarif"))
    assert ran.code == 3
    assert "CC603" in {found["code"] for found in json.loads(read(desk, "json"))["findings"]}
    assert sarif(read(desk, "sarif"))["runs"][0]["invocations"][0]["exitCode"] == 3


def test_a_plan_that_cannot_be_made_still_has_its_reports(desk: Desk) -> None:
    desk.declare(users={"ann.lee": {"groups": ["nowhere"]}})
    ran = desk.run("plan", *wanted())
    assert ran.code == 1 and "CC203" in ran.err
    for kind in FORMATS:
        PARSERS[kind](read(desk, kind))
    assert [found["code"] for found in json.loads(read(desk, "json"))["findings"]] == ["CC203"]
    assert "<!-- ccconf plan office -->" in read(desk, "markdown"), "the comment of the plan is brought up to date"


def test_equal_input_gives_equal_bytes(desk: Desk) -> None:
    desk.run("plan", *wanted())
    before = {kind: read(desk, kind) for kind in FORMATS}
    desk.run("plan", *wanted())
    assert {kind: read(desk, kind) for kind in FORMATS} == before


def test_places_count_from_the_top_of_the_repository(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever somebody stands when they say it, and for all commands alike."""
    subprocess.run(["git", "init", "-q", str(desk.folder)], check=True)
    inner = Desk(desk.folder / "sub dir" / "office")
    inner.declare(**TEAM, skills={"unused": {}})
    for command in ("validate", "plan"):
        for stand in (desk.folder, inner.folder, inner.folder / "manifests"):
            monkeypatch.chdir(stand)
            inner.run(
                command, "--report", f"sarif={desk.folder}/s.json", "--report", f"codequality={desk.folder}/c.json"
            )
            (run_,) = json.loads((desk.folder / "s.json").read_text())["runs"]
            uris = {row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for row in run_["results"]}
            assert uris == {"sub%20dir/office/manifests/all.yaml"}
            paths = {issue["location"]["path"] for issue in json.loads((desk.folder / "c.json").read_text())}
            assert "sub dir/office/manifests/all.yaml" in paths


@pytest.mark.parametrize("fails", ["a folder is a file", "it is a folder", "the disk is full"])
def test_a_report_that_cannot_be_written_does_not_change_how_the_run_ends(
    desk: Desk, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("file", "in the way")
    (desk.folder / "folder").mkdir()
    path = {"a folder is a file": "file/report", "it is a folder": "folder", "the disk is full": "/dev/full/x"}[fails]
    ran = desk.run("apply", "--yes", "--report", f"sarif={path}", *wanted("json"))
    assert ran.code == 0, "what was done was done"
    assert re.fullmatch(r"(?s).*CC007 cannot write [^\n]+\n    the old content is untouched\n", ran.err), ran.err
    assert json.loads(read(desk, "json"))["outcomes"], "the others are written"
    desk.silent()


def test_a_fault_in_a_report_does_not_lose_the_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> str:
        raise ValueError("a hole")

    monkeypatch.setitem(FORMATS, "sarif", broken)
    ran = desk.run("apply", "--yes", *wanted("sarif", "json"))
    assert ran.code == 0
    assert "CC716 the report sarif was not written: ValueError: a hole" in ran.err
    assert json.loads(read(desk, "json"))["outcomes"]


def test_an_old_report_is_never_half_overwritten(desk: Desk) -> None:
    desk.run("plan", *wanted("json"))
    names = {path.name for path in (desk.folder / "out").iterdir()}
    assert names == {"json"}, "nothing is left beside it"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "pdf=x"], "there is no report of the kind pdf; there are text, markdown, html, json"),
        (["--report", "json"], "say where the report goes: json=PATH"),
        (["--report", "json="], "say where the report goes: json=PATH"),
        (["--report", "json=-"], "only github can go to standard output"),
        (["--report", "json=a", "--report", "sarif=./b/../a"], "two reports cannot go to the same file"),
        (["--report", "github=-", "--report", "github=-"], "github=- is said twice"),
        (["--report", "github=-", "--format", "json"], "github=- prints among the text"),
        (["--report-url", "javascript:x"], "is no address that begins with https://"),
        (["--mask", "roles"], "'roles' is not"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_what_cannot_be_is_said_before_anything_is_done(desk: Desk, command: str, words: list[str], said: str) -> None:
    yes = ["--yes"] if command == "apply" else []
    ran = desk.run(command, *yes, *words)
    assert ran.code == 1 and said in ran.err
    assert not (desk.folder / "live.db").exists() and not (desk.folder / "a").exists()


def test_a_plan_and_its_report_need_two_files(desk: Desk) -> None:
    ran = desk.run("plan", "--out", "p.json", "--report", "json=./p.json")
    assert ran.code == 1 and "the plan and a report cannot go to the same file" in ran.err


def test_the_name_of_a_target_can_stand_in_a_path(desk: Desk) -> None:
    desk.run("plan", "--report", "json=out/{target}.json")
    assert (desk.folder / "out" / "office.json").exists()


class TestLink:
    def test_what_is_left_out_can_be_read_somewhere(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        many = {f"p{n:04}": {"name": "P" * 60, "position": "ż" * 100} for n in range(500)}
        desk.declare(users=many)
        desk.run("plan", *wanted("markdown"), "--report-url", "https://ci.example/a (b)")
        assert "[the whole report](https://ci.example/a%20%28b%29)" in read(desk, "markdown")
        monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/office")
        monkeypatch.setenv("GITHUB_RUN_ID", "42")
        desk.run("plan", *wanted("markdown"))
        assert "[the whole report](https://github.com/acme/office/actions/runs/42)" in read(desk, "markdown")
        assert len(read(desk, "markdown").encode()) <= 65_536


class TestMask:
    NAMES = ("ann.lee", "Ann Lee", "bo.dahl", "Bo Dahl", "4711", "cy.dole", "Cy Dole")

    def leaks(self, *texts: str) -> set[str]:
        return {name for name in self.NAMES for text in texts if name.casefold() in text.casefold()}

    def test_nobody_is_named_on_the_screen_or_in_a_file(self, desk: Desk) -> None:
        desk.declare(**TEAM, skills={"annealing": {}})
        for command in (["validate"], ["plan"], ["apply", "--yes"], ["plan"]):
            for form in ("text", "json"):
                ran = desk.run(*command, "--format", form, "--mask", "people", *wanted())
                assert ran.code in (0, 2)
                assert not self.leaks(ran.out, ran.err)
                for kind in FORMATS:
                    raw = read(desk, kind)
                    PARSERS[kind](raw)
                    assert not self.leaks(raw), kind
                    assert (
                        "annealing" in raw or command == ["apply", "--yes"] or kind in ("openmetrics", "junit", "html")
                    )

    def test_the_same_person_in_all_reports_and_runs(self, desk: Desk) -> None:
        wrong = {**PEOPLE, "ann.lee": {**PEOPLE["ann.lee"], "schedule": "never"}}
        desk.run("plan", "--mask", "people", *wanted("json"))
        keys = {
            step["change"]["key"]
            for step in json.loads(read(desk, "json"))["steps"]
            if step["change"]["kind"] == "user"
        }
        desk.declare(groups={"billing": {}}, users=wrong)
        ran = desk.run("validate", "--mask", "people", "--format", "json")
        (subject,) = {found["subject"] for found in ran.data["findings"]}
        assert len(keys) == 2 and subject.removeprefix("user/") in keys

    def test_mistakes_quote_nobody(self, desk: Desk) -> None:
        desk.write(
            "manifests/all.yaml",
            "users:\n"
            "  ann.lee: {name: [Ann Lee], email: Ann Lee at home, extension: 4711}\n"
            "  bo.dahl:\n    cy.dole: {name: Cy Dole}\n"
            "  cy.dole: {name: Cy Dole, groups: [billing], formerly: bo.dahl}\n"
            "ann.lee: {}\n"
            "groups: {billing: {members: [nobody.known, ann.lee], roles: [bo.dahl]}}\n",
        )
        for form in ("text", "json"):
            ran = desk.run("validate", "--mask", "people", "--format", form, *wanted())
            assert ran.code == 1
            for said in (ran.out, ran.err, *(read(desk, kind) for kind in FORMATS)):
                assert not self.leaks(said) and "nobody.known" not in said and "at home" not in said, said

    def test_an_error_on_the_way_names_nobody(self, desk: Desk) -> None:
        desk.declare(users={"ann.lee": {"name": "Ann Lee", "groups": ["nowhere"], "email": "bo.dahl"}})
        for command in (["plan"], ["apply", "--yes"]):
            ran = desk.run(*command, "--mask", "people", *wanted())
            assert ran.code == 1
            assert not self.leaks(ran.out, ran.err, *(read(desk, kind) for kind in FORMATS))

    def test_the_secret_stays_out_of_git_and_is_the_owners_alone(self, desk: Desk) -> None:
        subprocess.run(["git", "init", "-q", str(desk.folder)], check=True)
        desk.run("plan", "--mask", "people")
        key = desk.folder / ".ccconf" / "mask" / "key"
        assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_text()) == 64
        told = subprocess.run(
            ["git", "status", "--porcelain", "-uall"], cwd=desk.folder, capture_output=True, text=True
        )
        assert "mask" not in told.stdout
        before = desk.run("plan", "--mask", "people").out
        assert before == desk.run("plan", "--mask", "people").out
        key.unlink()
        assert before != desk.run("plan", "--mask", "people").out

    def test_pipelines_share_a_secret(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CCCONF_MASK_KEY", "0123456789abcdef")
        before = desk.run("plan", "--mask", "people").out
        assert not (desk.folder / ".ccconf" / "mask").exists()
        monkeypatch.setenv("CCCONF_MASK_KEY", "0123456789abcdeX")
        assert before != desk.run("plan", "--mask", "people").out
        monkeypatch.setenv("CCCONF_MASK_KEY", "short")
        ran = desk.run("plan", "--mask", "people")
        assert ran.code == 1 and "CC006 CCCONF_MASK_KEY has fewer than 16 characters" in ran.err

    def test_a_secret_that_cannot_be_kept_is_told(self, desk: Desk) -> None:
        desk.write(".ccconf/mask", "a file in the way")
        ran = desk.run("validate", "--mask", "people")
        assert ran.code == 1 and "CC007 cannot write" in ran.err

    def test_an_approved_plan_is_compared_as_it_is(self, desk: Desk) -> None:
        desk.run("plan", "--out", "p.json")
        ran = desk.run("plan", "--rebase", "p.json", "--mask", "people")
        assert ran.code == 1 and "leave out --mask" in ran.err

    def test_a_masked_plan_is_for_reading(self, desk: Desk) -> None:
        desk.run("plan", "--mask", "people", *wanted("json"))
        ran = desk.run("apply", "--yes", str(desk.folder / "out" / "json"))
        assert ran.code == 1 and "CC010" in ran.err


def test_rebase_has_the_reports_of_its_plan(desk: Desk) -> None:
    desk.run("plan", "--out", "p.json")
    desk.declare(groups={"billing": {}}, users={"ann.lee": PEOPLE["ann.lee"]})
    ran = desk.run("plan", "--rebase", "p.json", *wanted("json"))
    assert ran.code == 4
    assert len(json.loads(read(desk, "json"))["steps"]) == 2


def test_annotations_of_a_sound_project_print_nothing(desk: Desk) -> None:
    ran = desk.run("validate", "--report", "github=-")
    assert ran.code == 0 and github("".join(line for line in ran.out.splitlines(True) if line.startswith("::"))) == []
    assert ran.out.count("\n") == 1


def test_help_names_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    run(["plan", "--help"])
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert all(kind in said for kind in FORMATS)
