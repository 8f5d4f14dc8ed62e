"""What is said to GitLab: the one note, the approved plan, the one issue; and what is told when it says no."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccconf.cli.ci import child, jobs
from ccconf.cli.ci.__main__ import forge_of, main
from ccconf.cli.ci.approval import Approved, approved
from ccconf.cli.ci.forge import Change
from ccconf.cli.ci.gitlab import GitLab
from ccconf.cli.ci.job import Job, Wishes
from ccconf.cli.ci.mark import Mark
from ccconf.cli.ci.rest import Unheard
from tests.gitops.lab import PROJECT_TOKEN, Lab, lab_served

HEAD, MERGED = "a" * 40, "c" * 40
CHANGE = Change(5, HEAD)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with lab_served() as lab:
        yield lab


def gitlab(lab: Lab, **more: str) -> GitLab:
    return GitLab(
        {
            "CI_API_V4_URL": f"{lab.url}/api/v4", "CI_PROJECT_ID": "42", "CCCONF_TOKEN": PROJECT_TOKEN,
            "CI_COMMIT_SHA": MERGED, "CI_COMMIT_BRANCH": "main", "CI_JOB_ID": "900", **more,
        }
    )  # fmt: skip


def of(head: str = HEAD, run: str = "900") -> Mark:
    return Mark(purpose="plan", project=".", target="office", head=head, plan="1234", run=run)


def test_one_note_that_is_brought_up_to_date(lab: Lab) -> None:
    lab.notes[1] = {"id": 1, "author": {"id": 99}, "body": f"{of().line}\nforged"}
    for text in ("one", "two", "two"):
        jobs.stick(gitlab(lab), CHANGE, of(), text)
    assert [row["body"].partition("\n")[2] for row in lab.notes.values()] == ["forged", "two"]


@pytest.mark.parametrize("way", ["merge commit", "fast forward"])
def test_the_plan_that_a_merge_approved(lab: Lab, way: str, tmp_path: Path) -> None:
    commit = MERGED if way == "merge commit" else HEAD
    jobs.stick(gitlab(lab), CHANGE, of(), "the plan")
    lab.files[900] = b"the plan"
    lab.merge(5, HEAD, MERGED)
    forge = gitlab(lab, CI_COMMIT_SHA=commit)
    found = approved(Job(forge, Wishes(tmp_path, target="office")))
    assert isinstance(found, Approved) and found[:2] == ("1234", b"the plan") and found.merged


def test_what_is_kept_no_longer_is_not_approved(lab: Lab, tmp_path: Path) -> None:
    jobs.stick(gitlab(lab), CHANGE, of(), "the plan")
    lab.merge(5, HEAD, MERGED)
    found = approved(Job(gitlab(lab), Wishes(tmp_path, target="office")))
    assert isinstance(found, str) and "not kept any longer" in found
    assert gitlab(lab).plan_of(of(run="../../user")) is None


def test_the_issue_of_drift(lab: Lab) -> None:
    forge = gitlab(lab)
    number = forge.open_issue("Drift", "one")
    forge.edit_issue(number, "Drift", "two")
    assert [issue.body for issue in forge.issues()] == ["two"]
    forge.close_issue(number, "Settled")
    assert not list(forge.issues()) and "Settled" in str(lab.notes)


@pytest.mark.parametrize(("token", "words"), [("", "CCCONF_TOKEN is not set"), ("wrong", "not accepted")])
def test_without_a_token_that_opens_it_is_told_what_is_missing(lab: Lab, token: str, words: str) -> None:
    forge = gitlab(lab, CCCONF_TOKEN=token)
    for act in (lambda: list(forge.notes(CHANGE)), forge.merged, lambda: forge.open_issue("Drift", "one")):
        with pytest.raises(Unheard, match=words):
            act()


def test_a_merge_request_of_a_fork_is_given_no_secrets(lab: Lab) -> None:
    own = gitlab(lab, CI_MERGE_REQUEST_PROJECT_ID="42", CI_MERGE_REQUEST_SOURCE_PROJECT_ID="42")
    fork = gitlab(lab, CI_MERGE_REQUEST_PROJECT_ID="42", CI_MERGE_REQUEST_SOURCE_PROJECT_ID="77")
    assert own.without_secrets() == "" and "from a fork" in fork.without_secrets()
    assert own.change() is None and gitlab(lab, CI_MERGE_REQUEST_IID="5").change() == Change(5, MERGED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CI_JOB_TOKEN", "{}"),
        ("CI_REGISTRY_PASSWORD", "{}"),
        ("CI_DEPENDENCY_PROXY_PASSWORD", "{}"),
        ("CI_REPOSITORY_URL", "https://gitlab-ci-token:{}@gitlab.example.com/acme/centre.git"),
        ("CI_DEPLOY_PASSWORD", "gldt-another0123456789"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "another0123456789"),
        (
            "PIP_EXTRA_INDEX_URL",
            "https://gitlab-ci-token:{}@gitlab.example.com/api/v4/projects/42/packages/pypi/simple",
        ),
        ("PBX_SECRET", "the platform's own"),
    ],
)
def test_nothing_that_opens_the_forge_is_a_secret_that_ccconf_yaml_could_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Whoever may push a branch says to which address a credential is sent."""
    token = "glcbt-64_onlyforthisjob0123456789"
    monkeypatch.setenv("CI_JOB_TOKEN", token)
    monkeypatch.setenv(name, value.format(token))
    (tmp_path / "ccconf.yaml").write_text(
        "version: 1\ntargets:\n  office:\n    platform: local\n    url: live.db\n    manifests: [manifests]\n"
        f"    credentials: {{password: !env {name}}}\n"
    )
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "all.yaml").write_text("users: {ann: {name: Ann}}\n")
    log: list[str] = []
    code = child.ccconf(log.extend, "-C", str(tmp_path), "plan").code
    named = any("CC006" in line and name in line for line in log)
    assert (code, named) == ((2, False) if name == "PBX_SECRET" else (1, True)), log


def test_outside_of_a_pipeline_the_command_says_where_it_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    assert forge_of({}) is None and main(["plan"], {}) == 1
    assert "in a job of GitHub Actions or GitLab CI" in capsys.readouterr().err
    wrong = {"CI_API_V4_URL": "http://127.0.0.1:1", "CI_PROJECT_ID": "42", "CCCONF_KINDS": "pdf", "CCCONF_REPORTS": "r"}
    assert main(["plan"], wrong) == 1 and "no report is called pdf" in capsys.readouterr().err
