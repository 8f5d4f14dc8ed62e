"""What GitHub, GitLab and pre-commit would do with the files: judged by their schemas and by zizmor, and really run, by
act, by gitlab-ci-local and by pre-commit. Skipped where CCCONF_TOOLS names no folder with these programs.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccconf.cli.ci.mark import mark_of
from tests.cli.desk import Desk
from tests.gitops.hub import REPOSITORY, TOKEN, Hub
from tests.gitops.lab import PROJECT_TOKEN, Lab, lab_served
from tests.gitops.rules import EXTRACT, Rules, extracted
from tests.gitops.tools import ROOT, git, ran, tool

STUBS = {
    "actions/checkout": "true",
    "github/codeql-action": 'cp "$SARIF" "$KEPT/findings.sarif"',
    "actions/upload-artifact": 'mkdir -p "$KEPT" && cp "$FILE" "$KEPT/$NAME"',
}
STUB = """\
name: stub
description: In place of the real one, which nobody can fetch here.
inputs: {{path: {{default: ""}}, name: {{default: ""}}, sarif_file: {{default: ""}}, category: {{default: ""}}}}
runs:
  using: composite
  steps:
    - run: {run}
      shell: bash
      env: {{FILE: "${{{{ inputs.path }}}}", NAME: "${{{{ inputs.name }}}}", SARIF: "${{{{ inputs.sarif_file }}}}"}}
"""


def desk(folder: Path) -> Desk:
    made = Desk.__new__(Desk)
    made.folder = folder
    return made


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ccconf as it would be installed."""
    tool("act")  # skipped before anything is built
    folder = tmp_path_factory.mktemp("wheel")
    done = ran(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    assert done.returncode == 0, done
    return next(folder.glob("ccconf-*.whl"))


@pytest.fixture
def repository(tmp_path: Path, wheel: Path) -> Path:
    """A repository with a project whose platform and ledger are elsewhere, as they are in real life; all is silent."""
    folder = tmp_path / "centre"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    for forge in ("github", "gitlab"):
        assert desk(folder).run("init", "--ci", forge, "--install", f"ccconf @ {wheel.as_uri()}").code == 0
    edit(folder / "ccconf.yaml", "url: live.db ", f"url: {tmp_path}/live.db ")
    edit(folder / "ccconf.yaml", "version: 1", f"version: 1\nledger: {tmp_path}/ledger.db")
    assert desk(folder).run("apply", "--yes").code == 0
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "The centre")
    return folder


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


# --- judged


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("github-workflows", ".github/workflows/*.yml"),
        ("github-actions", ".github/actions/ccconf/action.yml"),
        ("gitlab-ci", ".gitlab-ci.yml"),
        ("gitlab-ci", ".gitlab/ccconf.yml"),
    ],
)
def test_the_files_are_what_their_schemas_want(repository: Path, schema: str, pattern: str) -> None:
    found = sorted(repository.glob(pattern))
    assert found
    done = ran(tool("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *found)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing(repository: Path) -> None:
    for folder in (repository, ROOT / "action.yml"):
        done = ran(tool("zizmor"), "--offline", "--persona", "regular", folder)
        assert done.returncode == 0 and "No findings to report" in done.stdout, done.stdout


def test_the_hooks_are_what_pre_commit_wants() -> None:
    pre_commit = Path(tool("pre-commit")).parent
    done = ran(pre_commit / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def octokit() -> Rules:
    """GitHub's whole description of its API."""
    folder = Path(tool("gitlab-ci-local")).parent.parent
    return Rules(json.loads((folder / "@octokit/openapi/generated/api.github.com.json").read_bytes()))


def test_what_requests_are_held_against_is_github_s_own(octokit: Rules) -> None:
    assert extracted(octokit.document) == json.loads(EXTRACT.read_bytes())


@pytest.mark.parametrize(
    ("method", "path", "status", "fields"),
    [
        ("get", "/issues/{issue_number}/comments", 200, ["[].id", "[].body", "[].user.login"]),
        ("get", "/issues", 200, ["[].number", "[].body", "[].user.login"]),
        ("post", "/issues", 201, ["id", "number"]),
        (
            "get",
            "/commits/{commit_sha}/pulls",
            200,
            [f"[].{name}" for name in ("number", "merged_at", "merge_commit_sha", "head.sha", "head.ref",
             "head.repo.full_name", "base.ref")],
        ),
        ("get", "/branches/{branch}", 200, ["commit.sha"]),
        (
            "get",
            "/actions/artifacts",
            200,
            [f"artifacts.[].{name}" for name in ("id", "expired", "workflow_run.id", "workflow_run.head_sha",
             "workflow_run.repository_id", "workflow_run.head_repository_id")],
        ),
    ],
)  # fmt: skip
def test_what_is_read_is_answered(octokit: Rules, method: str, path: str, status: int, fields: list[str]) -> None:
    for field in fields:
        assert octokit.answers(method, f"/repos/{{owner}}/{{repo}}{path}", status, field), field


# --- run by act


class Runner:
    """act, with stand-ins for the actions of others."""

    def __init__(self, repository: Path, hub: Hub) -> None:
        self.repository, self.hub = repository, hub
        self.kept = repository.parent / "kept"
        self.kept.mkdir()
        self.replaced = list(self._replaced())

    def _replaced(self) -> Iterator[str]:
        used = (self.repository / ".github/workflows/ccconf.yml").read_text() + (ROOT / "action.yml").read_text()
        for name, run in STUBS.items():
            folder = self.repository.parent / "stubs" / name.replace("/", "-")
            inner = folder / "upload-sarif" if name == "github/codeql-action" else folder
            inner.mkdir(parents=True)
            (inner / "action.yml").write_text(STUB.format(run=json.dumps(run)))
            commit = used.partition(f"{name}/upload-sarif@" if inner != folder else f"{name}@")[2][:40]
            yield f"{name}@{commit}={folder}"

    def act(self, event: str, payload: dict[str, object], *words: str, token: str = TOKEN) -> tuple[int, str]:
        """Run the jobs of an event; the exit code, and the log."""
        path = self.repository.parent / "event.json"
        path.write_text(json.dumps({"repository": {"full_name": REPOSITORY, "default_branch": "main"}, **payload}))
        done = ran(
            tool("act"), event, "--eventpath", path, "-P", "ubuntu-latest=-self-hosted", "-s", f"GITHUB_TOKEN={token}",
            "--env", f"GITHUB_API_URL={self.hub.url}", "--env", f"KEPT={self.kept}",
            *(word for row in self.replaced for word in ("--local-repository", row)), *words,
            at=self.repository,
        )  # fmt: skip
        log = done.stdout + done.stderr
        assert TOKEN not in log
        return done.returncode, log


def test_act_runs_the_whole_life_of_a_change(repository: Path, hub: Hub) -> None:
    runner = Runner(repository, hub)
    git(repository, "checkout", "-qb", "change")
    edit(repository / "manifests/people.yaml", "Agent One", "Agent One-Marsh")
    git(repository, "commit", "-qam", "Married")
    head = git(repository, "rev-parse", "HEAD")
    for jobs in ([], ["-j", "plan-office"]):  # pushed twice, commented once
        code, log = runner.act("pull_request", {"pull_request": hub.pull(5, head), "number": 5}, *jobs)
        assert code == 0, log
    (comment,) = hub.comments.values()
    mark = mark_of(comment["body"])
    assert mark is not None and mark.head == head and "Agent One-Marsh" in comment["body"]
    (plan,) = [path for path in runner.kept.iterdir() if path.name.startswith("ccconf-office-")]
    assert json.loads((runner.kept / "findings.sarif").read_bytes())["version"] == "2.1.0"
    hub.keep(plan.name, plan.read_bytes(), int(mark.run), head)

    git(repository, "checkout", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "change", "-m", "Merge")
    merged = git(repository, "rev-parse", "HEAD")
    hub.merge(5, merged)
    code, log = runner.act("push", {"ref": "refs/heads/main", "after": merged})
    assert code == 0 and "done      update user/agent.01" in log, log
    assert desk(repository).run("plan").code == 0  # silence

    assert desk(repository).run("local", "set", "user/agent.01", "roles=[]").code == 0
    code, log = runner.act("schedule", {}, "-W", ".github/workflows/ccconf-drift.yml")
    assert code == 0 and len(hub.open_issues()) == 1, log


def test_act_skips_the_plan_of_a_fork_and_validates_it(repository: Path, hub: Hub) -> None:
    runner = Runner(repository, hub)
    edit(repository / "manifests/people.yaml", "english: 4", "inglish: 4")
    pull = hub.pull(5, "a" * 40, repository="mallory/centre")
    code, log = runner.act("pull_request", {"pull_request": pull, "number": 5}, token="")
    assert code == 1 and "comes from a fork" in log and "inglish" in log
    assert hub.seen == [] and not list(runner.kept.iterdir())


# --- run by gitlab-ci-local


@contextmanager
def pipeline(repository: Path) -> Iterator[Lab]:
    with lab_served() as lab:
        lab.clone = repository
        yield lab


def gitlab(lab: Lab, job: str, **variables: str) -> tuple[int, str]:
    """Run one job of the pipeline."""
    words = {
        "CI_API_V4_URL": f"{lab.url}/api/v4", "CI_PROJECT_ID": "42", "CCCONF_TOKEN": PROJECT_TOKEN,
        "CI_DEFAULT_BRANCH": "main", "NO_PROXY": "127.0.0.1", **variables,
    }  # fmt: skip
    done = ran(
        tool("gitlab-ci-local"), job, "--force-shell-executor", "--no-artifacts-to-source",
        *(word for name, value in words.items() for word in ("--variable", f"{name}={value}")),
        at=lab.clone,
    )  # fmt: skip
    log = done.stdout + done.stderr
    assert PROJECT_TOKEN not in log
    return done.returncode, log


def test_gitlab_ci_local_runs_the_whole_life_of_a_change(repository: Path) -> None:
    with pipeline(repository) as lab:
        git(repository, "checkout", "-qb", "change")
        edit(repository / "manifests/people.yaml", "Agent One", "Agent One-Marsh")
        git(repository, "commit", "-qam", "Married")
        head = git(repository, "rev-parse", "HEAD")
        merge_request = {
            "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "5", "CI_JOB_ID": "900",
            "CI_MERGE_REQUEST_PROJECT_ID": "42", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head,
        }  # fmt: skip
        assert gitlab(lab, "ccconf-validate", **merge_request)[0] == 0
        for _ in range(2):
            code, log = gitlab(lab, "ccconf-plan", **merge_request)
            assert code == 0, log
        (note,) = lab.notes.values()
        assert "Agent One-Marsh" in note["body"]
        kept = next((repository / ".gitlab-ci-local/artifacts/ccconf-plan").rglob("plan.json"))
        mark = mark_of(note["body"])
        assert mark is not None
        lab.files[int(mark.run)] = kept.read_bytes()

        git(repository, "checkout", "-q", "main")
        git(repository, "merge", "-q", "--no-ff", "change", "-m", "Merge")
        merged = git(repository, "rev-parse", "HEAD")
        lab.merge(5, head, merged)
        code, log = gitlab(lab, "ccconf-apply", CI_COMMIT_SHA=merged, CCCONF_APPLY="auto", CI_PIPELINE_SOURCE="push")
        assert code == 0 and "update user/agent.01" in log, log
        assert desk(repository).run("plan").code == 0  # silence

        assert desk(repository).run("local", "set", "user/agent.01", "roles=[]").code == 0
        code, log = gitlab(lab, "ccconf-drift", CI_PIPELINE_SOURCE="schedule")
        assert code == 0 and len(lab.issues) == 1, log


def test_gitlab_ci_local_skips_the_plan_of_a_fork(repository: Path) -> None:
    with pipeline(repository) as lab:
        code, log = gitlab(
            lab, "ccconf-plan", CI_PIPELINE_SOURCE="merge_request_event", CI_MERGE_REQUEST_IID="5",
            CI_MERGE_REQUEST_PROJECT_ID="42", CI_MERGE_REQUEST_SOURCE_PROJECT_ID="77",
        )  # fmt: skip
        assert code == 0 and "comes from a fork" in log and not lab.seen


# --- run by pre-commit


@pytest.mark.parametrize("hook", ["ccconf-validate", "ccconf-fmt"])
def test_pre_commit_runs_the_hook(repository: Path, tmp_path: Path, hook: str) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*_cache", ".venv", ".git", "__pycache__", ".demo"))
    git(source, "init", "-q")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "ccconf")
    words = [tool("pre-commit"), "try-repo", str(source), hook, "--all-files", "--verbose"]
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home")}
    good = ran(*words, at=repository, **home)
    assert good.returncode == 0 and "Passed" in good.stdout, good.stdout + good.stderr
    edit(repository / "manifests/people.yaml", "skills: {english: 4}", "skills:   { inglish:  4 }")
    bad = ran(*words, at=repository, **home)
    assert bad.returncode == 1 and "Failed" in bad.stdout, bad.stdout + bad.stderr
