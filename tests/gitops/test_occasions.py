"""A merge approves a plan for one occasion: jobs that come late, or once more, do not carry out what Git no longer
says.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.cli.ci import approval, jobs
from ccconf.cli.ci.forge import Change
from ccconf.cli.ci.github import GitHub
from ccconf.cli.ci.gitlab import GitLab
from ccconf.cli.ci.job import Job, Wishes
from ccconf.cli.ci.mark import Mark
from ccconf.cli.main import run
from ccconf.cli.run import locked
from ccconf.conformance.laws import Crash, Dying
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import open_project
from ccconf.platforms.threecx.emulator import Emulator, Options, Seed
from tests.cli.desk import through
from tests.gitops.hub import REPOSITORY, TOKEN, Hub, Said
from tests.gitops.lab import PROJECT_TOKEN, Lab, lab_served
from tests.gitops.office import Office

ONE, TWO = "a" * 40, "b" * 40
"""Heads of pull requests."""
GIVEN, TAKEN, LAST = "c" * 40, "d" * 40, "e" * 40
"""What became of them on the branch."""


def project(folder: Path, **target: Any) -> Path:
    form = {"platform": "local", "url": "live.db", "manifests": ["manifests"], **target}
    folder.mkdir(parents=True)
    (folder / "ccconf.yaml").write_text(json.dumps({"version": 1, "targets": {"office": form}}))
    (folder / "manifests").mkdir()
    return folder


def says(folder: Path, position: str) -> None:
    """What Git says of Ann."""
    users = {"ann": {"name": "Ann", "position": position}, "bo": {"name": "Bo"}}
    (folder / "manifests" / "all.yaml").write_text(json.dumps({"users": users}))


def position(office: Office) -> str:
    return str(next(row["position"] for row in json.loads(office.ccconf("show", "user", "--format", "json"))))


@pytest.fixture
def office(tmp_path: Path, hub: Hub) -> Office:
    office = Office(project(tmp_path / "centre"), hub)
    says(office.folder, "Agent")
    office.ccconf("apply", "--yes")
    return office


def given(office: Office, **wishes: str) -> None:
    """A pull request makes Ann the head, and is merged."""
    says(office.folder, "Head")
    assert office.push(1, ONE).code == 0
    assert office.merge(1, GIVEN, **wishes).code == 0 and position(office) == "Head"


def taken_back(office: Office) -> None:
    """Another one takes it back, and is merged, too."""
    says(office.folder, "Agent")
    assert office.push(2, TWO).code == 0
    assert office.merge(2, TAKEN).code == 0 and position(office) == "Agent"


# --- jobs of an older merge


def test_a_repeated_job_does_not_carry_out_what_a_later_merge_took_back(office: Office) -> None:
    given(office)
    taken_back(office)
    says(office.folder, "Head")  # the checkout of the first merge
    again = office.again(GIVEN)
    assert again.code == 4 and position(office) == "Agent", again.log
    assert f"{GIVEN[:12]} is not the head of main any more, {TAKEN[:12]} is" in again.log
    assert "run the apply job of" in again.log and "Nothing was changed" in again.summary


def test_a_job_that_was_let_through_after_a_later_one_changes_nothing(office: Office, hub: Hub) -> None:
    says(office.folder, "Head")
    office.push(1, ONE)
    hub.merge(1, GIVEN)  # its job waits for a reviewer
    says(office.folder, "Agent")
    office.push(2, TWO)  # nothing to do, so no run will ever be noted
    assert office.merge(2, TAKEN).code == 0
    says(office.folder, "Head")
    assert office.again(GIVEN).code == 4 and position(office) == "Agent"


def test_a_run_by_hand_is_of_the_head_as_well(office: Office) -> None:
    says(office.folder, "Head")
    told = office.after_push(GIVEN)
    id_ = told.log.partition("with the id ")[2][:64]
    says(office.folder, "Agent")
    assert office.after_push(TAKEN).code == 0
    says(office.folder, "Head")
    again = office.again(GIVEN, CCCONF_REQUIRE_ID=id_)
    assert again.code == 4 and "not the head of main" in again.log and position(office) == "Agent"
    assert office.after_push(LAST, CCCONF_REQUIRE_ID=id_).code == 0 and position(office) == "Head"


def test_a_run_that_was_cut_off_is_finished_though_others_were_merged_since(office: Office, hub: Hub) -> None:
    says(office.folder, "Head")
    office.push(1, ONE)
    hub.merge(1, GIVEN)
    saved = office.folder / "approved.json"
    saved.write_bytes(next((office.folder.parent / "runner-1").rglob("plan.json")).read_bytes())
    with through(lambda platform: Dying(platform, 0, after=False)), pytest.raises(Crash):
        run(["-C", str(office.folder), "apply", str(saved), "--yes"])
    hub.branches["main"] = LAST
    again = office.again(GIVEN)
    assert again.code == 0 and "was cut off" in again.log and position(office) == "Head", again.log


@pytest.mark.parametrize("said", [Said(403), Said(404), Said(500)])
def test_where_the_head_is_not_told_nothing_is_applied(office: Office, hub: Hub, said: Said) -> None:
    says(office.folder, "Head")
    office.push(1, ONE)
    hub.fail("GET", "branches", said)
    merged = office.merge(1, GIVEN)
    assert merged.code == 1 and "the head of main could not be looked up" in merged.log
    assert position(office) == "Agent"


def test_who_waits_for_another_run_looks_at_the_head_again(
    office: Office, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says(office.folder, "Head")
    office.push(1, ONE)
    hub.merge(1, GIVEN)
    env = {
        "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": hub.url, "GITHUB_TOKEN": TOKEN, "GITHUB_SHA": GIVEN,
        "GITHUB_REF_NAME": "main",
    }  # fmt: skip
    monkeypatch.setattr(approval, "TURN", 1)
    monkeypatch.chdir(office.folder)
    target = open_project(office.folder / "ccconf.yaml").target("office")
    codes: list[int] = []
    job = Job(GitHub(env), Wishes(tmp_path / "reports", target="office"))
    with Ledger(target.project.ledger) as ledger, locked(target, ledger, 0):
        waiting = threading.Thread(target=lambda: codes.append(approval.apply(job)))
        waiting.start()
        threading.Event().wait(6)
        assert waiting.is_alive(), capsys.readouterr().out
        hub.branches["main"] = LAST
        waiting.join(60)
    assert codes == [4] and position(office) == "Agent"
    assert "another run on office is at work" in capsys.readouterr().out


# --- the same job once more


def test_a_repeated_job_tells_what_was_done_whatever_else_is_waiting(office: Office) -> None:
    given(office)
    office.ccconf("local", "set", "user/bo", "name=Somebody")
    again = office.again(GIVEN)
    assert again.code == 0 and "nothing was done now" in again.log, again.log


def test_a_repeated_job_is_not_green_where_somebody_took_it_back(office: Office) -> None:
    given(office)
    office.ccconf("local", "set", "user/ann", "position=Agent")
    again = office.again(GIVEN)
    assert again.code == 0 and "done      update user/ann" in again.log and position(office) == "Head"
    office.ccconf("local", "set", "user/ann", "position=Trainee")
    assert office.again(GIVEN).code == 4 and position(office) == "Trainee"


# --- a telephone system without revisions, where the same plan comes again

TEAM = """\
groups:
  service: {name: Service}
users:
  ann: {name: Ann Lee, extension: "201", groups: {service: {role: %s}}}
"""


@pytest.fixture
def pbx(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with (
        Emulator(Options(edition="enterprise", calls=64), seed=Seed(users=1)) as emulator,
        emulator.serving() as server,
    ):
        monkeypatch.setenv("PBX_ID", emulator.client_id)
        monkeypatch.setenv("PBX_SECRET", emulator.client_secret)
        folder = project(tmp_path / "centre")
        with (folder / "ccconf.yaml").open("w") as config:
            config.write("version: 1\ntargets:\n  office:\n    platform: threecx\n    manifests: [manifests]\n")
            config.write(f"    url: {server.url}\n    licence: {{edition: enterprise}}\n")
            config.write("    credentials: {client_id: !env PBX_ID, client_secret: !env PBX_SECRET}\n")
        office = Office(folder, hub)
        of_service(office, "users")
        office.ccconf("apply", "--yes")
        yield office


def of_service(office: Office, role: str) -> None:
    (office.folder / "manifests" / "all.yaml").write_text(TEAM % role)


def role_of(office: Office) -> str:
    people = json.loads(office.ccconf("show", "user", "--format", "json"))
    return str(next(row["groups"]["service"]["role"] for row in people if row.get("extension") == "201"))


def test_a_merge_that_brings_an_earlier_change_once_more_is_carried_out(pbx: Office) -> None:
    for number, (head, role, commit) in enumerate(
        [(ONE, "managers", GIVEN), (TWO, "users", TAKEN), ("9" * 40, "managers", LAST)], start=1
    ):
        of_service(pbx, role)
        assert pbx.push(number, head).code == 0
        merged = pbx.merge(number, commit)
        assert merged.code == 0 and "nothing was done now" not in merged.log, merged.log
        assert role_of(pbx) == role
    of_service(pbx, "users")
    assert pbx.again(TAKEN).code == 4 and role_of(pbx) == "managers"


def test_a_merge_whose_plan_is_the_same_and_was_carried_out_before_is_looked_at(pbx: Office) -> None:
    of_service(pbx, "managers")
    first = pbx.push(1, ONE)
    assert pbx.merge(1, GIVEN).code == 0
    other = pbx.folder.parent / "console"
    shutil.copytree(pbx.folder, other, ignore=shutil.ignore_patterns(".ccconf"))
    console = Office(other, pbx.hub)
    of_service(console, "users")
    console.ccconf("apply", "--yes")
    second = pbx.push(2, TWO)
    assert second.outputs["plan-id"] == first.outputs["plan-id"]
    of_service(pbx, "users")  # what was merged besides wants something else
    merged = pbx.merge(2, LAST)
    assert "nothing was done now" not in merged.log and role_of(pbx) == "users", merged.log
    of_service(pbx, "managers")
    assert pbx.again(LAST).code == 0 and role_of(pbx) == "managers"


# --- GitLab


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with lab_served() as lab:
        yield lab


class Project:
    """A project on GitLab whose jobs run here."""

    def __init__(self, folder: Path, lab: Lab) -> None:
        self.folder, self.lab = folder, lab
        self.office = Office(folder, Hub())

    def env(self, **more: str) -> dict[str, str]:
        """What GitLab tells its jobs."""
        url = f"{self.lab.url}/api/v4"
        return {"CI_API_V4_URL": url, "CI_PROJECT_ID": "42", "CCCONF_TOKEN": PROJECT_TOKEN, **more}

    def job(self, commit: str, created: str = "2020-01-01T00:00:00Z", **more: str) -> int:
        """ccconf-apply of a commit."""
        env = self.env(CI_COMMIT_SHA=commit, CI_COMMIT_BRANCH="main", CI_PIPELINE_CREATED_AT=created, **more)
        wishes = Wishes(self.folder.parent / "reports", str(self.folder), "office")
        wishes = wishes._replace(require_id=more.get("CCCONF_REQUIRE_ID", ""))
        return approval.apply(Job(GitLab(env), wishes))

    def merge(self, number: int, head: str, commit: str) -> None:
        """A merge request with its plan, and its merge."""
        saved = self.folder.parent / "plan.json"
        run(["-C", str(self.folder), "plan", "--out", str(saved)])
        plan = json.loads(saved.read_bytes())["id"]
        self.lab.files[900 + number] = saved.read_bytes()
        self.lab.notes.clear()
        mark = Mark(
            purpose="plan", project=str(self.folder), target="office", head=head, plan=plan, run=str(900 + number)
        )
        jobs.stick(GitLab(self.env()), Change(number, head), mark, "the plan")
        self.lab.merge(number, head, commit)


@pytest.fixture
def centre(tmp_path: Path, lab: Lab) -> Project:
    centre = Project(project(tmp_path / "centre"), lab)
    says(centre.folder, "Agent")
    centre.office.ccconf("apply", "--yes")
    return centre


def test_on_gitlab_an_older_job_changes_nothing_either(centre: Project, capsys: pytest.CaptureFixture[str]) -> None:
    says(centre.folder, "Head")
    centre.merge(1, ONE, GIVEN)
    assert centre.job(GIVEN) == 0 and centre.job(GIVEN) == 0 and position(centre.office) == "Head"
    assert "nothing was done now" in capsys.readouterr().out
    first = dict(centre.lab.notes)
    says(centre.folder, "Agent")
    centre.merge(2, TWO, TAKEN)
    assert centre.job(TAKEN) == 0 and position(centre.office) == "Agent"
    says(centre.folder, "Head")
    centre.lab.notes = first
    assert centre.job(GIVEN) == 4 and position(centre.office) == "Agent"
    assert f"not the head of main any more, {TAKEN[:12]} is" in capsys.readouterr().out


def test_on_gitlab_without_a_token_the_ledger_tells_what_came_since(
    centre: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    says(centre.folder, "Head")
    assert run(["-C", str(centre.folder), "plan", "--out", str(centre.folder / "p.json")]) == 2
    id_ = json.loads((centre.folder / "p.json").read_bytes())["id"]
    by_hand = {"CCCONF_TOKEN": "", "CCCONF_REQUIRE_ID": id_}
    for created in ("2020-01-01T00:00:00Z", ""):
        assert centre.job(GIVEN, created, **by_hand) == 4 and position(centre.office) == "Agent"
        assert "run 1 came since" in capsys.readouterr().out
    assert centre.job(GIVEN, "2100-01-01T00:00:00Z", **by_hand) == 0 and position(centre.office) == "Head"
