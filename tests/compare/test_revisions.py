"""What Git said at a revision, read from a real repository, whatever lies in the folder now."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.compare.desk import LOCAL, Two, told

PNG = b"\x89PNG one"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 9\n"


def team(**people: dict[str, Any]) -> dict[str, Any]:
    return {"users": {key: {"name": key.title(), **fields} for key, fields in people.items()}}


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Two:
    desk = Two(tmp_path, prod={**LOCAL, "credentials": {"client_id": "x"}})
    desk.say("prod", **team(ann={"position": "Agent"})).commit("v1")
    desk.say("prod", **team(ann={"position": "Head"}, bo={})).commit("v2")
    return desk


CHANGED = [("user/ann", "position", "Agent", "Head"), ("user/bo", "only_b")]


def test_two_revisions(desk: Two) -> None:
    assert desk.rows("prod@v1", "prod@v2") == CHANGED
    assert desk.rows("prod@v1", "prod@HEAD~1") == []
    found = desk.compare("prod@v1", "prod@HEAD")
    assert found["a"]["source"] == "revision" and found["a"]["at"] == desk.git("rev-parse", "v1")[:12]


def test_a_revision_and_what_is_live(desk: Two) -> None:
    desk.settle("prod")
    assert desk.rows("prod@v1", "prod") == CHANGED
    desk.console_in("prod", "user/ann", position="Chief")
    assert desk.rows("prod@v2", "prod") == [("user/ann", "position", "Head", "Chief")]


def test_what_is_not_committed_is_what_git_says_now(desk: Two) -> None:
    desk.say("prod", **team(ann={"position": "Chief"}))
    assert desk.rows("prod@HEAD", "prod:git") == [("user/ann", "position", "Head", "Chief"), ("user/bo", "only_a")]
    assert desk.rows("prod@v1", "prod@HEAD") == CHANGED
    assert "M prod/all.yaml" in desk.git("status", "--porcelain"), "nothing was touched"


def test_the_project_file_is_of_the_revision_too(desk: Two) -> None:
    desk.write("more/x.yaml", "users: {ann: {position: Chief}}\n")
    desk.targets(prod={**LOCAL, "manifests": ["prod", "more"]}, new=LOCAL)
    desk.commit("v3")
    assert desk.rows("prod@v2", "prod@v3") == [("user/ann", "position", "Head", "Chief")]
    ran = desk.run("compare", "new@v2", "prod")
    assert ran.code == 1 and "CC004 no target is called new" in ran.err and "v2:ccconf.yaml" in ran.err


def test_a_project_that_is_a_folder_of_its_repository(tmp_path: Path) -> None:
    desk = Two(tmp_path)
    centre = Two(tmp_path / "centres" / "Łódź 1", prod={**LOCAL, "manifests": ["all/*.yaml", "../../shared"]})
    desk.write("shared/roles.yaml", "roles: {operator: {permissions: {a: true}}}\n")
    centre.write("all/people.yaml", "users: {ann: {name: Ann, roles: [operator]}}\n")
    desk.commit("v1")
    desk.write("shared/roles.yaml", "roles: {operator: {permissions: {a: true, b: true}}}\n")
    assert centre.rows("prod@v1", "prod:git") == [("role/operator", "permissions", {"a": True}, {"a": True, "b": True})]


def test_secrets_of_then_are_not_asked_for(desk: Two) -> None:
    text = (
        (desk.folder / "ccconf.yaml").read_text().replace('"client_id": "x"', '"client_secret": !env NOT_SET_ANYWHERE')
    )
    desk.write("ccconf.yaml", text)
    desk.commit("v3")
    assert desk.rows("prod@v2", "prod@v3") == []


def test_pictures_of_then(desk: Two) -> None:
    desk.say("prod", **team(ann={"avatar": "ann.png"}))
    (desk.folder / "prod" / "ann.png").write_bytes(PNG)
    desk.commit("v3")
    (desk.folder / "prod" / "ann.png").write_bytes(b"\x89PNG two")
    now, then = (f"sha256:{hashlib.sha256(raw).hexdigest()}" for raw in (b"\x89PNG two", PNG))
    assert desk.rows("prod:git", "prod@v3") == [("user/ann", "avatar", now, then)]


def test_neither_attributes_nor_filters_nor_hooks_have_a_say(desk: Two) -> None:
    desk.write(".gitattributes", "*.yaml export-ignore eol=crlf filter=bad\nprod/* export-subst\n")
    desk.git("config", "filter.bad.smudge", "touch SMUDGED; cat")
    desk.say("prod", **team(ann={"position": "$Format:%H$"})).commit("v3")
    assert desk.rows("prod@v2", "prod@v3")[0] == ("user/ann", "position", "Head", "$Format:%H$")
    assert not list(desk.folder.rglob("SMUDGED"))


def test_in_a_hook_of_git(desk: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert desk.rows("prod@v1", "prod@v2") == CHANGED


def test_a_revision_that_nobody_knows(desk: Two) -> None:
    for revision in ("v9", "--help", "-1", "v1..v2", "v1:prod", "\0"):
        ran = desk.run("compare", f"prod@{revision}", "prod:git")
        assert ran.code == 1 and "CC019" in ran.err, (revision, ran)
    assert "git fetch --unshallow" in desk.run("compare", "prod@v9", "prod:git").err


def test_before_there_was_a_project(desk: Two) -> None:
    desk.git("checkout", "-q", "--orphan", "empty")
    desk.git("rm", "-rfq", "--cached", ".")
    desk.git("commit", "-q", "--allow-empty", "-m", "empty")
    ran = desk.run("compare", "prod@empty", "prod:git")
    assert ran.code == 1 and "CC019 prod@empty cannot be read: there was no ccconf.yaml" in ran.err


def test_mistakes_of_then_are_told_with_their_places_of_then(desk: Two) -> None:
    desk.write("prod/all.yaml", "users:\n  ann: {nome: Ann}\n")
    desk.commit("v3")
    desk.say("prod", **team(ann={}))
    ran = desk.run("compare", "prod@v3", "prod:git")
    assert ran.code == 1 and ran.err.startswith("v3:prod/all.yaml:2:9 CC2"), ran.err
    desk.write("ccconf.yaml", "version: 1\n")
    desk.commit("v4")
    desk.targets(prod=LOCAL)
    ran = desk.run("compare", "prod@v4", "prod:git")
    assert ran.code == 1 and "v4:ccconf.yaml:" in ran.err and "/tmp" not in told(ran)


@pytest.mark.parametrize("name", ["prod/all.yaml", "ccconf.yaml"])
def test_what_git_lfs_keeps(desk: Two, name: str) -> None:
    desk.write(name, LFS)
    desk.commit("v3")
    desk.git("checkout", "-q", "v2")
    ran = desk.run("compare", "prod@v3", "prod:git")
    assert ran.code == 1 and f"CC019 prod@v3 cannot be read: {name} is kept by Git LFS" in ran.err


def test_what_a_submodule_keeps(desk: Two) -> None:
    inner = Two(desk.folder / "inner", prod=LOCAL)
    inner.say("prod", **team(ann={})).commit("x")
    commit = inner.git("rev-parse", "HEAD")
    desk.git("update-index", "--add", "--cacheinfo", f"160000,{commit},prod/more")
    desk.git("commit", "-q", "-m", "v3")
    ran = desk.run("compare", "prod@HEAD", "prod:git")
    assert ran.code == 1 and "prod/more is a submodule" in ran.err


def test_a_link(desk: Two) -> None:
    (desk.folder / "prod" / "link.yaml").symlink_to("/etc/passwd")
    desk.commit("v3")
    (desk.folder / "prod" / "link.yaml").unlink()
    ran = desk.run("compare", "prod@v3", "prod:git")
    assert ran.code == 1 and "prod/link.yaml is a link" in ran.err


def test_manifests_outside_the_repository(desk: Two) -> None:
    (desk.folder.parent / "outside").mkdir(exist_ok=True)
    desk.targets(prod={**LOCAL, "manifests": ["prod", "../outside"]})
    desk.commit("v3")
    desk.targets(prod=LOCAL)
    ran = desk.run("compare", "prod@v3", "prod:git")
    assert ran.code == 1 and "../outside lies outside the repository" in ran.err


def test_without_git(desk: Two, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = desk.run("compare", "prod@v1", "prod:git")
    assert ran.code == 1 and "CC019 prod@v1 cannot be read: Git is not installed here" in ran.err
    assert desk.rows("prod:git", "prod:git") == []


def test_a_git_that_hangs_or_is_broken(desk: Two, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'fatal: detected dubious ownership' >&2; exit 128\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    ran = desk.run("compare", "prod@v1", "prod:git")
    assert ran.code == 1 and "Git says fatal: detected dubious ownership" in ran.err


def test_a_clone_without_all_contents(desk: Two, tmp_path: Path) -> None:
    desk.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    desk.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{desk.folder}", str(clone))
    shutil.copy(desk.folder / "ccconf.yaml", clone)
    there = Two(clone, prod=LOCAL)
    there.git("remote", "set-url", "origin", "file:///nowhere")
    ran = there.run("compare", "prod@v1", "prod@v2")
    assert ran.code == 1 and "CC019" in ran.err
