"""The layer that makes one centre like the other: what stands in it, and that it does what it says."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Ran
from tests.compare.desk import ANN, LOCAL, WORLD, Two

PNG = b"\x89PNG one"


def promote(desk: Two, *words: str, file: str = "over/prod.yaml") -> Ran:
    """Write the layer from prod to test."""
    return desk.run("compare", "prod", "test", "--promote", str(desk.folder / file), *words)


def layered(desk: Two, *more: str, **form: Any) -> None:
    """Lay folders over the manifests of test."""
    desk.targets(prod=LOCAL, test={**LOCAL, "manifests": ["test", *more], **form})


def written(desk: Two, file: str = "over/prod.yaml") -> str:
    """The layer without what stands on top of it."""
    lines = (desk.folder / file).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def test_what_differs_and_nothing_else(desk: Two) -> None:
    desk.make("prod", **{**WORLD, "users": {**WORLD["users"], "cy": {"name": "Cy", "groups": ["night"]}}})
    desk.make("test", **{**WORLD, "users": {"ann": {**ANN, "position": "Head", "roles": []}, "bo": {"name": "Bo"}}})
    desk.console_in("test", "user/bo", language="pl")
    ran = promote(desk)
    assert ran.code == 2
    assert "Wrote 3 users to " in ran.err and "Make it the last layer of test at " in ran.err
    assert "    manifests: [test, over/prod.yaml]" in ran.err
    assert (desk.folder / "over/prod.yaml").read_text() == (
        "# What prod has and test has not, as ccconf found it:\n"
        f"# ccconf compare prod test --promote {desk.folder}/over/prod.yaml\n"
        "# As the last layer over the manifests of test it makes the rest alike. null, [] and {} clear.\n"
        "users:\n"
        "  ann:\n    position: Agent\n    roles: [operator]\n"
        "  bo: {language: null}\n"
        "  cy:\n    name: Cy\n    type: human\n    status: active\n    groups: [night]\n"
    )
    layered(desk, "over/prod.yaml")
    desk.settle("test")
    assert desk.rows("prod", "test") == []
    assert desk.run("validate", "-t", "test").code == 0


def test_nothing_to_promote(desk: Two) -> None:
    ran = promote(desk)
    assert ran.code == 0 and "no file was written" in ran.err and not (desk.folder / "over").exists()


def test_what_is_only_there_stays_and_is_named(desk: Two) -> None:
    desk.make("prod", **{**WORLD, "users": {"ann": ANN}})
    desk.console_deletes_in("prod", "user/bo")
    desk.console_in("prod", "user/ann", position="Head")
    ran = promote(desk)
    assert "Only in test, and no layer can take it away:\n  user/bo: take it out at " in ran.err
    assert "test/all.yaml:1:" in ran.err
    assert (
        "# Only in test, and so not to be changed from here: user/bo.\n" in (desk.folder / "over/prod.yaml").read_text()
    )
    layered(desk, "over/prod.yaml")
    desk.settle("test")
    assert desk.rows("prod", "test") == [("user/bo", "only_b")]


def test_what_the_last_layer_reaches_needs_no_line(desk: Two) -> None:
    desk.console_in("prod", "user/bo", position="Head")
    desk.write("over/empty.yaml", "{}\n")
    for number, entry in enumerate(["over", "over/*.yaml", "over/**/*.yaml", "./over/"]):
        layered(desk, entry)
        ran = promote(desk, file=f"over/deep-{number}.yaml")
        assert "It lies in the last layer of test, so the next plan shows it: ccconf plan -t test\n" in ran.err, entry
        (desk.folder / f"over/deep-{number}.yaml").unlink()
    layered(desk, "over")
    promote(desk, file="over/.hidden.yaml")
    assert desk.run("plan", "-t", "test").code == 0
    promote(desk)
    assert desk.run("plan", "-t", "test").code == 2
    desk.settle("test")
    assert desk.rows("prod", "test") == []


def test_the_same_object_twice_in_the_last_layer_is_refused(desk: Two) -> None:
    desk.console_in("prod", "user/bo", position="Head")
    ran = desk.run("compare", "prod", "test", "--promote", str(desk.folder / "test" / "prod.yaml"))
    assert ran.code == 1 and "CC204 user/bo would be declared twice in one layer" in ran.err
    assert not (desk.folder / "test" / "prod.yaml").exists()


def test_an_earlier_layer_is_not_the_last(desk: Two) -> None:
    desk.console_in("prod", "user/bo", position="Head")
    desk.write("top/x.yaml", "groups: {night: {}}\n")
    layered(desk, "over/*.yaml", "top")
    desk.write("over/x.yaml", "{}\n")
    assert "    manifests: [test, over/*.yaml, top, over/prod.yaml]" in promote(desk).err


def test_an_older_layer_is_written_anew_from_the_ground(desk: Two) -> None:
    """What the older one says and is still right has to be said again, or it would be lost."""
    layered(desk, "over")
    desk.write("over/empty.yaml", "{}\n")
    desk.console_in("prod", "user/bo", position="Head")
    promote(desk)
    desk.settle("test")
    desk.console_in("prod", "user/ann", position="Chief")
    refused = promote(desk)
    assert refused.code == 1 and "CC009" in refused.err and refused.out == ""
    assert promote(desk, "--force").code == 2
    assert "position: Head" in written(desk) and "position: Chief" in written(desk)
    desk.settle("test")
    assert desk.rows("prod", "test") == []
    desk.console_in("prod", "user/ann", position="Agent")
    desk.console_in("prod", "user/bo", position=None)
    promote(desk, "--force")
    assert written(desk) == "users:\n  ann: {position: Agent}\n  bo: {position: null}"
    desk.settle("test")
    assert desk.rows("prod", "test") == []


OLD = """\
# Written by hand.
defaults:
  users: {language: pl}
users:
  yan: {name: Yan, roles: [guard], formerly: jan}   # on loan
  ann: {position: Head, mobile: "+48 22 5550100"}
  bo: {}
roles:
  guard: {}
"""


class TestWhatOnlyTheOldLayerSaid:
    @pytest.fixture(name="laid")
    def use_laid(self, desk: Two) -> Two:
        """The layer has somebody of its own, and bo, whom no other layer declares."""
        layered(desk, "over")
        desk.say("test", **{**WORLD, "users": {"ann": ANN}})
        desk.write("over/prod.yaml", OLD)
        desk.settle("test")
        return desk

    def test_nobody_leaves(self, laid: Two) -> None:
        ran = promote(laid, "--force")
        assert "Left out: 2 comments of the file as it was." in ran.err
        assert "user/yan: take it out of " in ran.err and "/over/prod.yaml\n" in ran.err
        assert written(laid) == (
            "defaults:\n  users: {language: pl}\n"
            "users:\n  ann: {position: Agent, mobile: null, language: null}\n"
            "  bo: {name: Bo, type: human, status: active, language: null}\n"
            "  yan:\n    name: Yan\n    roles: [guard]\n    formerly: jan\n"
            "roles:\n  guard: {}"
        )
        laid.settle("test")
        assert laid.rows("prod", "test") == [("user/yan", "only_b"), ("role/guard", "only_b")]
        assert "comment" not in promote(laid, "--force").err
        assert "ann: {mobile: null, language: null}" in written(laid), "its position is what the layer below says"
        assert "yan:" in written(laid) and "bo:" in written(laid) and "defaults:" in written(laid)

    def test_nor_who_was_not_asked_for(self, laid: Two) -> None:
        laid.console_in("prod", "user/bo", position="Chief")
        assert promote(laid, "--force", "--only", "user/bo").code == 2
        assert "yan:" in written(laid) and "position: Head" in written(laid) and "position: Chief" in written(laid)
        laid.settle("test")

    def test_nor_what_prod_does_not_tell(self, laid: Two) -> None:
        laid.say("prod", users={"ann": {"position": "Lead"}})
        ran = laid.run("compare", "prod:git", "test", "--force", "--promote", str(laid.folder / "over/prod.yaml"))
        assert ran.code == 2
        assert "ann: {position: Lead, mobile: +48 22 5550100" in written(laid).replace('"', "") and "bo: {}" in written(
            laid
        )
        laid.settle("test")

    def test_nobody_reads_it_yet(self, laid: Two) -> None:
        layered(laid)
        promote(laid, "--force")
        assert "yan:" in written(laid) and "guard: {}" in written(laid)

    def test_a_file_with_mistakes_is_not_overwritten(self, laid: Two) -> None:
        laid.write("over/prod.yaml", OLD + "  guard: {}\n")
        before = (laid.folder / "over/prod.yaml").read_bytes()
        ran = promote(laid, "--force")
        assert ran.code == 1 and "CC102" in ran.err and (laid.folder / "over/prod.yaml").read_bytes() == before

    def test_the_only_layer(self, laid: Two) -> None:
        laid.say("test", **{**WORLD, "users": {"ann": ANN, "zed": {"name": "Zed"}}})
        layered(laid)
        laid.run("apply", "-t", "test", "--yes")
        promote(laid, "--force", file="test/all.yaml")
        laid.settle("test")
        assert laid.rows("prod", "test", "--only", "user/ann", "--only", "group/*") == []
        assert "zed: {name: Zed}" in written(laid, "test/all.yaml")


def test_what_others_read_or_lie_over_is_not_overwritten(desk: Two) -> None:
    layered(desk, "over")
    desk.write("over/x.yaml", "{}\n")
    desk.console_in("prod", "user/bo", position="Head")
    for file, words in (
        ("test/all.yaml", "lies in the layer test, and others lie over that"),
        ("prod/all.yaml", "is a manifest of prod, too"),
        ("prod/new.yaml", "is a manifest of prod, too"),  # it would be
    ):
        path = desk.folder / file
        before = path.read_bytes() if path.exists() else None
        ran = promote(desk, "--force", file=file)
        assert ran.code == 1 and "CC009" in ran.err and words in ran.err and "choose a file of its own" in ran.err
        assert (path.read_bytes() if path.exists() else None) == before


def test_what_is_planned_for_test_and_would_undo_it(desk: Two) -> None:
    """Live they are alike, and the manifests of test say otherwise: without a word in the layer that would come."""
    desk.say("test", **{**WORLD, "users": {"ann": {**ANN, "position": "Chief"}, "bo": {"name": "Bo"}}})
    assert desk.rows("prod", "test") == []
    promote(desk)
    assert written(desk) == "users:\n  ann: {position: Agent}"
    layered(desk, "over")
    assert desk.run("plan", "-t", "test").code == 0


def test_what_is_about_to_leave_test_is_kept(desk: Two) -> None:
    desk.say("test", **{**WORLD, "users": {"ann": ANN}})
    promote(desk)
    layered(desk, "over")
    assert desk.run("plan", "-t", "test", "--format", "json").data["steps"] == []
    assert written(desk) == "users:\n  bo: {name: Bo, type: human, status: active}"


def test_who_has_left_both_is_not_brought_back_into_git(desk: Two) -> None:
    for target in ("prod", "test"):
        desk.make(target, **{**WORLD, "users": {"ann": ANN}})
    assert desk.rows("prod", "test") == []
    assert "no file was written" in promote(desk).err
    desk.console_in("prod", "user/bo", status="active")
    promote(desk)
    assert "status: active" in written(desk)
    layered(desk, "over")
    desk.settle("test")
    assert desk.rows("prod", "test") == []


def test_a_target_that_owns_all(desk: Two) -> None:
    layered(desk, "over", owns={"users": "all"}, guards={"deletes": {"users": "100%"}})
    desk.forget_everything()
    desk.write("over/empty.yaml", "{}\n")
    desk.say("test", **{**WORLD, "users": {"ann": ANN}})
    promote(desk)
    desk.settle("test")
    assert desk.rows("prod", "test") == []


def test_what_is_live_and_in_no_manifest(desk: Two) -> None:
    """Only what differs is taken over, and whatever that refers to."""
    desk.forget_everything()
    desk.make("test", roles={"other": {}})
    desk.console_in("prod", "user/bo", groups={"night": {}})
    promote(desk)
    assert written(desk) == "users:\n  bo:\n    name: Bo\n    groups: [night]\ngroups:\n  night: {}"
    layered(desk, "over")
    desk.settle("test")
    assert desk.rows("prod", "test") == [("role/other", "only_b")]


def test_defaults_of_test_do_not_reach_who_is_new(tmp_path: Path) -> None:
    desk = Two(tmp_path)
    desk.make("prod", users={"ann": {"name": "Ann"}, "bo": {"name": "Bo", "language": "de", "position": "Head"}})
    desk.make("test", defaults={"users": {"language": "pl", "position": "Agent"}}, users={"bo": {"name": "Bo"}})
    promote(desk)
    layered(desk, "over")
    desk.settle("test")
    assert desk.rows("prod", "test") == []


class TestMembers:
    """Member lists of groups in the manifests of test are the other side of the same relation."""

    def test_whom_a_group_of_test_claims(self, tmp_path: Path) -> None:
        desk = Two(tmp_path)
        people = {name: {"name": name} for name in ("ann", "bo", "cy", "dd")}
        groups = {"x": {"ann": {"role": "lead"}, "bo": {}, "dd": {}}, "y": {"cy": {}}, "z": {}}
        desk.make("test", users=people, groups={name: {"members": members} for name, members in groups.items()})
        desk.make("prod", groups={"x": {}, "y": {}, "z": {}},
                  users={"ann": {"name": "ann", "groups": ["x"]}, "bo": {"name": "bo", "groups": ["z"]},
                         "cy": {"name": "cy", "groups": {"y": {"role": "lead"}}}})  # fmt: skip
        promote(desk)
        layered(desk, "over")
        desk.settle("test")
        assert desk.rows("prod", "test") == [("user/dd", "only_b")]
        assert "members: [ann, dd]" in written(desk)

    def test_rights_and_roles_within_are_cleared(self, tmp_path: Path) -> None:
        desk = Two(tmp_path)
        rights = {"lead": {"calls.take": True}, "agent": {"calls.take": True}}
        edge = {"x": {"role": "lead", "permissions": {"calls.listen": True}}}
        desk.make("test", groups={"x": {"rights": rights}}, users={"ann": {"name": "Ann", "groups": edge}})
        desk.make("prod", groups={"x": {"rights": {"lead": {}}}}, users={"ann": {"name": "Ann", "groups": ["x"]}})
        promote(desk)
        layered(desk, "over")
        desk.settle("test")
        assert desk.rows("prod", "test") == []
        assert "role: null" in written(desk) and "permissions: {}" in written(desk) and "agent: {}" in written(desk)


class TestOnly:
    def test_what_is_chosen_and_what_it_refers_to(self, desk: Two) -> None:
        more = {"ann": {**ANN, "position": "Head"}, "bo": {"name": "Bo", "skills": {"english": 2}}}
        desk.make("prod", **{**WORLD, "users": more, "skills": {"english": {}, "polish": {}}})
        promote(desk, "--only", "user/bo")
        assert written(desk) == "users:\n  bo:\n    skills: {english: 2}\nskills:\n  english: {}"
        layered(desk, "over")
        desk.settle("test")
        assert desk.rows("prod", "test", "--only", "user/bo") == []


class TestPictures:
    @pytest.fixture(name="pictured")
    def use_pictured(self, desk: Two) -> Two:
        desk.say(
            "prod", **{**WORLD, "users": {"ann": {**ANN, "avatar": "a.png"}, "bo": {"name": "Bo", "avatar": "a.png"}}}
        )
        (desk.folder / "prod" / "a.png").write_bytes(PNG)
        desk.settle("prod")
        return desk

    def test_they_come_along(self, pictured: Two) -> None:
        promote(pictured)
        (picture,) = (pictured.folder / "over" / "avatars").iterdir()
        assert picture.read_bytes() == PNG and f"avatar: avatars/{picture.name}" in written(pictured)
        layered(pictured, "over")
        pictured.settle("test")
        assert pictured.rows("prod", "test") == []
        assert promote(pictured, "--force").code == 0, "a picture that lies there already is the same"

    def test_from_git_too(self, pictured: Two) -> None:
        file = pictured.folder / "over" / "x.yaml"
        assert pictured.run("compare", "prod:git", "test", "--promote", str(file)).code == 2
        assert [one.read_bytes() for one in (file.parent / "avatars").iterdir()] == [PNG]

    def test_outside_the_project_they_cannot_be_named(self, pictured: Two, tmp_path: Path) -> None:
        assert "Left out: the pictures" in promote(pictured, file="../outside/x.yaml").err
        assert not (tmp_path / "outside").exists()
        pictured.console_in("prod", "user/bo", position="Head")
        ran = promote(pictured, file="../outside/x.yaml")
        assert "Left out: the pictures of user/ann, user/bo" in ran.err
        assert "# Left out: the pictures of user/ann, user/bo.\n" in (tmp_path / "outside/x.yaml").read_text()
        assert "avatar" not in written(pictured, "../outside/x.yaml")


def test_who_holds_what_only_one_can_have(tmp_path: Path) -> None:
    desk = Two(tmp_path)
    desk.make("prod", users={"ann": {"name": "Ann", "email": "A@example.org"}})
    desk.make("test", users={"ann.lee": {"name": "Ann", "email": "a@example.org"}})
    assert "user/ann.lee has the email A@example.org of user/ann: one of them" in promote(desk).err


def test_fields_that_test_cannot_hold_stay_out(tmp_path: Path) -> None:
    desk = Two(tmp_path)
    desk.make("prod", users={"ann": {"name": "Ann", "position": "Head", "email": "ann@example.org"}}, skills={"x": {}})
    desk.targets(prod=LOCAL, test={**LOCAL, "like": "iptel"})
    desk.make("test", groups={"x": {}}, users={"bo": {"name": "Bo", "groups": ["x"]}})
    promote(desk)
    assert written(desk) == "users:\n  ann: {name: Ann, email: ann@example.org}"


def test_git_over_git(desk: Two) -> None:
    """What the manifests of prod leave unsaid is not cleared in test, and what those of test do is not said."""
    desk.say("prod", users={"bo": {"position": "Head", "name": "Bo", "language": "pl"}})
    desk.say("test", users={"bo": {"position": "Agent", "mobile": "1"}})
    ran = desk.run("compare", "prod:git", "test:git", "--promote", str(desk.folder / "over/x.yaml"))
    assert ran.code == 2 and written(desk, "over/x.yaml") == "users:\n  bo: {position: Head}"


def test_a_test_without_any_manifests_yet(desk: Two) -> None:
    desk.targets(prod=LOCAL, test={**LOCAL, "url": "new.db", "manifests": ["new"]}, office=LOCAL)
    (desk.folder / "new").mkdir()
    desk.forget_everything()
    ran = desk.run("compare", "prod", "test", "--promote", str(desk.folder / "new/all.yaml"))
    assert "so the next plan shows it" in ran.err
    desk.settle("test")
    assert desk.rows("prod", "test") == []


class TestFolder:
    def test_whole_manifests_as_an_import_writes_them(self, desk: Two) -> None:
        folder = desk.folder / "copy"
        ran = desk.run("compare", "prod", "test", "--promote", f"{folder}/")
        assert ran.code == 0 and "Wrote 2 users, 2 groups, 1 role, 1 schedule to " in ran.err
        assert desk.run("import", "-t", "prod", "--to", str(desk.folder / "import")).code == 0
        files = [
            {path.name: path.read_bytes() for path in (desk.folder / name).iterdir()} for name in ("copy", "import")
        ]
        assert files[0] == files[1]

    def test_a_folder_has_to_be_empty_and_a_to_be_live(self, desk: Two) -> None:
        ran = desk.run("compare", "prod", "test", "--promote", str(desk.folder / "prod"))
        assert ran.code == 1 and "CC009" in ran.err
        ran = desk.run("compare", "prod:git", "test", "--promote", "new/")
        assert ran.code == 1 and "name a FILE.yaml" in ran.err

    def test_what_test_cannot_hold_stays_out(self, desk: Two) -> None:
        desk.targets(prod=LOCAL, test={**LOCAL, "like": "iptel"})
        desk.run("compare", "prod", "test:git", "--promote", f"{desk.folder}/copy/")
        assert "position" not in (desk.folder / "copy" / "users.yaml").read_text()
        assert not (desk.folder / "copy" / "schedules.yaml").exists()


class TestWordsThatDoNotGoTogether:
    @pytest.mark.parametrize("file", ["x.json", "x", "x.yml.txt"])
    def test_a_file_has_to_be_yaml(self, desk: Two, file: str) -> None:
        ran = promote(desk, file=file)
        assert ran.code == 1 and "FILE.yaml" in ran.err

    def test_force_alone(self, desk: Two) -> None:
        assert desk.run("compare", "prod", "test", "--force").code == 1

    def test_a_revision_gets_no_layer(self, desk: Two) -> None:
        desk.commit("v1")
        ran = desk.run("compare", "prod", "test@v1", "--promote", "x.yaml")
        assert ran.code == 1 and "name a target as B" in ran.err


def test_a_folder_that_cannot_be_written_leaves_nothing_half(desk: Two) -> None:
    desk.console_in("prod", "user/bo", position="Head")
    (desk.folder / "over").mkdir()
    (desk.folder / "over").chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        ran = promote(desk)
        if ran.code != 2:  # root may write anywhere
            assert ran.code == 1 and "CC007" in ran.err and ran.out == ""
            assert list((desk.folder / "over").iterdir()) == []
    finally:
        (desk.folder / "over").chmod(0o755)


def test_a_layer_keeps_names_that_yaml_would_read_otherwise(tmp_path: Path) -> None:
    desk = Two(tmp_path)
    odd = {"no": {"name": "012"}, "# x": {"name": "on"}, "1e3": {"name": "{a: b}"}, "жё 文": {"name": "- x\u200d"}}
    desk.make("prod", users=odd).make("test", users={"z": {"name": "Z"}})
    assert promote(desk).code == 2
    layered(desk, "over")
    desk.settle("test")
    assert desk.rows("prod", "test") == [("user/z", "only_b")]
    first = (desk.folder / "over/prod.yaml").read_bytes()
    assert json.loads(desk.run("compare", "prod", "test", "--format", "json").out)["kinds"]["user"]["alike"] == 4
    promote(desk, "--force")
    assert (desk.folder / "over/prod.yaml").read_bytes() == first
