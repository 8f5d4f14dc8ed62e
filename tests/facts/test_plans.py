"""A plan repeats the vendor's rules over everything that is live, at every moment of its steps, and tells what follows.

The embedded platform stands in for the vendor with `like:`, and would refuse at the call what the plan refuses before.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ccconf.cli.main import run


class Place:
    """A project that is like a vendor, and a console beside it that ccconf knows nothing of."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def target(self, more: str) -> None:
        self._project(self.folder, "live.db", more)
        (self.folder / "console").mkdir(exist_ok=True)
        self._project(self.folder / "console", "../live.db", more)

    @staticmethod
    def _project(folder: Path, url: str, more: str) -> None:
        lines = "".join(f"    {line}\n" for line in more.splitlines())
        head = f"version: 1\ntargets:\n  t:\n    platform: local\n    url: {url}\n    manifests: [now.yaml]\n"
        (folder / "ccconf.yaml").write_text(head + lines)

    def by_hand(self, text: str) -> None:
        (self.folder / "console" / "now.yaml").write_text(text)
        assert run(["-C", str(self.folder / "console"), "apply", "--yes"]) == 0, self.capsys.readouterr()

    def apply(self, text: str) -> None:
        (self.folder / "now.yaml").write_text(text)
        assert run(["apply", "--yes"]) == 0, self.capsys.readouterr()

    def plan(self, text: str) -> tuple[int, str]:
        (self.folder / "now.yaml").write_text(text)
        self.capsys.readouterr()
        code = run(["plan"])
        return code, self.capsys.readouterr().out


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path, capsys)


def test_what_stands_outside_git_counts_too(place: Place) -> None:
    place.target("like: iqchannels\nlicence: {edition: base}")
    place.by_hand("schedules: {night: {}}\nusers: {c: {name: C, schedule: night}}\n")
    code, told = place.plan(
        "schedules: {a: {}, b: {}}\nusers: {x: {name: X, schedule: a}, y: {name: Y, schedule: b}}\n"
    )
    assert code == 1
    assert "CC401 at the peak of the plan: 3 work schedules: the licence allows 2" in told
    place.apply("schedules: {a: {}}\nusers: {x: {name: X, schedule: a}}\n")


def test_what_was_broken_before_is_not_the_plan_s_doing(place: Place) -> None:
    place.target("like: iqchannels\nlicence: {edition: base, modules: [iqpro]}")
    place.by_hand("schedules: {n1: {}, n2: {}, n3: {}}\nusers: {c: {name: C, schedule: n1}}\n")
    place.target("like: iqchannels\nlicence: {edition: base}")
    code, told = place.plan("users: {x: {name: X}}\n")
    assert code == 2, told
    assert "CC401" not in told


def test_a_side_effect_is_told_with_the_change_that_has_it(place: Place) -> None:
    place.target("like: iqchannels")
    place.apply("users: {x: {name: X, status: active}, y: {name: Y}}\n")
    code, told = place.plan("users: {x: {name: X, status: inactive}}\n")
    assert code == 2
    assert told.count("then open appeals go back to the queue") == 2, "x by his status, y because he leaves"
    assert run(["plan", "--format", "markdown"]) == 2
    assert "then open appeals go back to the queue" in place.capsys.readouterr().out


def test_nobody_is_left_without_a_group_where_the_vendor_demands_one(place: Place) -> None:
    place.target("like: iptel")
    both = "groups: {old: {}, new: {}}\n"
    place.apply(f"{both}users: {{a: {{name: A, groups: [old]}}, b: {{name: B, groups: [old, new]}}}}\n")
    code, told = place.plan("groups: {new: {}}\nusers: {a: {name: A, groups: []}, b: {name: B, groups: [new]}}\n")
    assert code == 1, told
    code, told = place.plan(
        "groups: {new: {}}\nusers: {a: {name: A, groups: [new]}, b: {name: B, groups: [new]}, c: {name: C}}\n"
    )
    assert code == 1
    assert "now.yaml:2:67 CC403 user/c: everybody keeps at least one group" in told
    place.apply("groups: {new: {}}\nusers: {a: {name: A, groups: [new]}, b: {name: B, groups: [new]}}\n")


def test_a_leaver_keeps_his_group_where_the_vendor_demands_one(place: Place) -> None:
    place.target("like: iptel")
    place.apply("groups: {g: {}}\nusers: {a: {name: A, groups: [g]}, b: {name: B, groups: [g]}}\n")
    code, told = place.plan("groups: {g: {}}\nusers: {b: {name: B, groups: [g]}}\n")
    assert code == 2
    assert "status  active -> inactive" in told
    assert "- g" not in told
    place.apply("groups: {g: {}}\nusers: {b: {name: B, groups: [g]}}\n")
    assert place.plan("groups: {g: {}}\nusers: {b: {name: B, groups: [g]}}\n")[0] == 0


def test_a_number_that_the_vendor_never_changes_is_refused_in_the_plan(place: Place) -> None:
    place.target("like: threecx\nlicence: {edition: enterprise}")
    place.apply("groups: {g: {}}\nusers: {a: {name: A, extension: '101', groups: [g]}}\n")
    code, told = place.plan("groups: {g: {}}\nusers: {a: {name: A, extension: '102', groups: [g]}}\n")
    assert code == 1
    assert "now.yaml:2:9 CC505 user/a: extension cannot be changed from 101 to 102" in told


def test_the_last_keeper_of_the_permissions_screen_stays(place: Place) -> None:
    place.target("like: opasuite")
    role = "groups: {d: {}}\nroles: {adm: {permissions: {menu.permissions: %s, menu.users: true}}}\n"
    users = "users: {a: {name: A, groups: [d], roles: [adm]}}\n"
    place.apply(role % "true" + users)
    code, told = place.plan(role % "false" + users)
    assert code == 1
    assert "CC403 after the plan nobody would be left: somebody can still open the screen Permissões" in told


def test_caps_by_calls_are_judged_offline(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.target("like: threecx\nlicence: {edition: pro, calls: 8}")
    people = "".join(f"  u{n}: {{name: U, extension: '{100 + n}', groups: [g]}}\n" for n in range(41))
    (place.folder / "now.yaml").write_text(f"groups: {{g: {{}}}}\nusers:\n{people}")
    assert run(["validate"]) == 1
    assert "CC401 41 users (extensions) with 8 simultaneous calls: the licence allows 40" in capsys.readouterr().out


def test_licence_counts_what_leaves_and_comes_back(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.target("like: iqchannels\nlicence: {edition: base, seats: 2}\nleavers: delete")
    place.apply("users: {a: {name: A}, b: {name: B, type: human}}\n")
    place.apply("users: {a: {name: A}}\n")
    (place.folder / "now.yaml").write_text("users: {b: {name: B}}\n")
    capsys.readouterr()
    assert run(["licence"]) == 0
    seats = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("seats"))
    assert seats.split()[3:7] == ["2", "1", "1", "1"], "allowed, now, after the plan, left"


def test_a_leaver_keeps_the_one_permission_group_that_everybody_has(place: Place) -> None:
    place.target("like: opasuite")
    team = "groups: {d: {}}\nroles: {op: {}}\nusers:\n  b: {name: B, groups: [d], roles: [op]}\n"
    place.apply(f"{team}  a: {{name: A, groups: [d], roles: [op], status: active}}\n")
    code, told = place.plan(team)
    assert code == 2, told
    assert "CC507 user/a leaves and keeps groups and roles: the platform leaves nobody without" in told
    place.apply(team)
    assert place.plan(team)[0] == 0
