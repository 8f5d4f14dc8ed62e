"""What `ccconf init --ci` writes, and what it leaves alone."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from ccconf import __version__
from tests.cli.desk import Desk, Ran
from tests.gitops.tools import ROOT

PROJECT = """\
version: 1
ledger: !env CCCONF_LEDGER
targets:
  office:
    platform: threecx
    url: https://pbx.example.org
    manifests: [manifests]
    credentials: {client_id: reader, client_secret: !env PBX_SECRET}
  Night Shop:
    platform: local
    url: shop.db
    manifests: [manifests]
"""


def at(folder: Path) -> Desk:
    desk = Desk.__new__(Desk)
    desk.folder = folder
    return desk


def init(folder: Path, *words: str) -> Ran:
    return at(folder).run("init", *words)


def written(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With a project in a folder of its own."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "centre").mkdir()
    (tmp_path / "centre" / "ccconf.yaml").write_text(PROJECT)
    return tmp_path


def test_a_new_project_comes_with_its_pipelines(tmp_path: Path) -> None:
    ran = init(tmp_path, "new", "--ci", "github")
    assert ran.code == 0 and "ccconf.yaml" in ran.out and "Set up once, on GitHub" in ran.out
    assert {".github/actions/ccconf/action.yml", ".github/workflows/ccconf.yml", "ccconf.yaml"} <= set(
        written(tmp_path / "new")
    )


def test_what_a_project_begins_with_is_in_the_style(tmp_path: Path) -> None:
    init(tmp_path, "new")
    assert at(tmp_path / "new").run("fmt", "--check").code == 0


def test_a_project_that_is_there_gets_only_pipelines_at_the_root_of_the_repository(repository: Path) -> None:
    ran = init(repository / "centre", "--ci", "github")
    assert ran.code == 0
    assert sorted(written(repository)) == [
        ".github/actions/ccconf/action.yml",
        ".github/workflows/ccconf-drift.yml",
        ".github/workflows/ccconf.yml",
        "centre/ccconf.yaml",
    ]
    workflow = yaml.safe_load((repository / ".github/workflows/ccconf.yml").read_text())
    jobs = [re.sub("-[0-9a-f]{6}$", "", name) for name in workflow["jobs"]]
    assert jobs == ["validate", "plan-night-shop", "apply-night-shop", "plan-office", "apply-office"]
    plan = workflow["jobs"]["plan-office"]["steps"][1]
    assert plan["with"]["project"] == "centre" and plan["with"]["install"] == f"ccconf[postgres]=={__version__}"
    assert sorted(plan["env"]) == ["CCCONF_LEDGER", "PBX_SECRET"]
    assert "CCCONF_LEDGER, PBX_SECRET" in ran.out


def test_the_rights_are_the_least_and_nothing_untrusted_reaches_a_shell(repository: Path) -> None:
    init(repository / "centre", "--ci", "github")
    for name in ("ccconf.yml", "ccconf-drift.yml"):
        workflow = yaml.safe_load((repository / ".github/workflows" / name).read_text())
        assert workflow["permissions"] == {}
        for job, form in workflow["jobs"].items():
            writes = {right for right, level in form["permissions"].items() if level == "write"}
            wanted = {"plan": {"pull-requests", "security-events"}, "drift": {"issues"}}.get(job.split("-")[0], set())
            assert writes == wanted, job
            assert all("run" not in step for step in form["steps"])
            assert form["steps"][0]["with"] == {"persist-credentials": False}
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert all("${{" not in step.get("run", "") for step in action["runs"]["steps"])


def test_every_action_is_pinned_by_a_commit(repository: Path) -> None:
    init(repository / "centre", "--ci", "github")
    used = [row for text in written(repository).values() for row in re.findall(r"uses: (\S+)", text)]
    assert used and all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}|\./\.github/actions/ccconf", row) for row in used)


def test_an_action_elsewhere_is_pinned_or_refused(repository: Path) -> None:
    place = f"acme/ccconf@{'a' * 40}"
    ran = init(repository / "centre", "--ci", "github", "--action", place)
    assert ran.code == 0 and ".github/actions/ccconf/action.yml" not in written(repository)
    text = (repository / ".github/workflows/ccconf.yml").read_text()
    assert f"uses: {place}\n" in text and "install:" not in text
    refused = init(repository / "centre", "--ci", "github", "--action", "acme/ccconf@v1", "--force")
    assert refused.code == 1 and "a tag can be moved" in refused.err


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_nothing_is_overwritten_unless_said(repository: Path, forge: str) -> None:
    init(repository / "centre", "--ci", forge)
    (changed,) = [path for path in repository.rglob("*ccconf.yml") if ".git" in str(path.relative_to(repository))]
    whole = changed.read_text()
    changed.write_text("mine\n")
    ran = init(repository / "centre", "--ci", forge)
    assert ran.code == 1 and "CC009" in ran.err and "--force" in ran.err and changed.read_text() == "mine\n"
    assert init(repository / "centre", "--ci", forge, "--force").code == 0 and changed.read_text() == whole


def test_gitlab_gets_a_template_and_a_file_that_includes_it(repository: Path) -> None:
    ran = init(repository / "centre", "--ci", "gitlab", "--install", "ccconf==9")
    assert ran.code == 0 and "CCCONF_TOKEN" in ran.out
    form = yaml.safe_load((repository / ".gitlab-ci.yml").read_text())
    assert form["include"] == [{"local": ".gitlab/ccconf.yml"}]
    assert form["variables"]["CCCONF_PROJECT"] == "centre" and form["variables"]["CCCONF_INSTALL"] == "ccconf==9"
    assert form["ccconf-plan"]["parallel"]["matrix"] == [{"CCCONF_TARGET": ["Night Shop", "office"]}]


def test_a_pipeline_that_is_there_is_told_what_to_add(repository: Path) -> None:
    (repository / ".gitlab-ci.yml").write_text("stages: [test]\n")
    ran = init(repository / "centre", "--ci", "gitlab")
    assert ran.code == 0 and ".gitlab-ci.yml is there already" in ran.out and "local: .gitlab/ccconf.yml" in ran.out
    assert (repository / ".gitlab-ci.yml").read_text() == "stages: [test]\n"
    assert (repository / ".gitlab/ccconf.yml").exists()
    assert init(repository / "centre", "--ci", "gitlab", "--force").code == 0
    assert (repository / ".gitlab-ci.yml").read_text() == "stages: [test]\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--force"], "belong to --ci"),
        (["--ci", "gitlab", "--action", f"a/b@{'a' * 40}"], "belongs to --ci github"),
        (["--ci", "github", "--branch", "a]\non: push"], "is no branch"),
        (["--ci", "github", "--install", "${{ secrets.X }}"], "what pip takes"),
    ],
)
def test_what_is_no_pipeline_is_refused_before_anything_is_written(tmp_path: Path, words: list[str], told: str) -> None:
    ran = init(tmp_path, "new", *words)
    assert ran.code == 1 and told in ran.err and not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["'a${{ secrets.X }}'", '"a\'b"', "'a\"b'", '"a\\nb"'])
def test_a_target_that_no_workflow_can_name_safely_is_refused(repository: Path, name: str) -> None:
    (repository / "centre" / "ccconf.yaml").write_text(
        PROJECT.replace("Night Shop", f"'{name.replace(chr(39), chr(39) * 2)}'")
    )
    ran = init(repository / "centre", "--ci", "github")
    assert ran.code == 1 and "rename it" in ran.err and not (repository / ".github").exists()


def test_what_the_repository_offers_is_what_init_writes() -> None:
    forms = files("ccconf.cli.ci") / "forms"
    assert (forms / "action.yml").read_text() == (ROOT / "action.yml").read_text()
    assert (forms / "gitlab.yml").read_text() == (ROOT / "templates/gitlab/ccconf.yml").read_text()
