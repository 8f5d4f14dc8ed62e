"""ccconf.yaml: targets, guards and secrets that never show."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from ccconf.errors import Broken
from ccconf.manifest.project import Project, find_project, open_project
from tests.manifest.support import codes

_TARGET = "version: 1\ntargets:\n  office:\n    platform: local\n    manifests: [m]\n"
SECRET = "hunter2-very-secret"


def opened(folder: Path, text: str) -> Project:
    (folder / "ccconf.yaml").write_text(text)
    return open_project(folder / "ccconf.yaml")


def refused(folder: Path, text: str) -> list[str]:
    """`line:column code message | hint` of everything that is wrong."""
    with pytest.raises(Broken) as caught:
        opened(folder, text)
    return [
        f"{place.split(':', 1)[1]} {found.message} | {found.hint}"
        for place, found in zip(codes(caught.value.findings), caught.value.findings, strict=True)
    ]


def test_a_sound_project_says_what_it_says(tmp_path: Path) -> None:
    project = opened(
        tmp_path, _TARGET + "    owns: {groups: all}\n    guards: {deletes: {users: 10%}, protect: [user/owner]}\n"
    )
    target = project.target(None)
    assert (target.name, target.form.platform, target.form.manifests) == ("office", "local", ("m",))
    assert (target.owns("group"), target.owns("user")) == ("all", "listed")
    assert (target.form.guards.deletes.users, target.form.guards.deletes.floor) == ("10%", 3)
    assert target.form.guards.protect == ("user/owner",)
    assert (target.base, project.ledger) == (tmp_path, tmp_path / ".ccconf/ledger.db")
    assert (target.where("manifests", 0).line, target.where("manifests", 0).column) == (5, 17)


def test_everything_wrong_is_told_at_once_with_places(tmp_path: Path) -> None:
    text = (
        "version: 2\ntargts: {}\ntargets:\n  office:\n    platform: local\n    manifests: m\n"
        "    url: !env URL\n    guards: {deletes: {users: 101%, user: 3, floor: -1}, protect: user/owner}\n"
        "    owns: {groups: some}\n    leavers: burn\n    credentials: {client_secret: " + SECRET + "}\n"
    )
    found = refused(tmp_path, text)
    assert [line.split(" ")[:2] for line in found] == [
        ["1:10", "CC202"], ["2:1", "CC201"], ["6:16", "CC202"], ["7:10", "CC110"], ["8:31", "CC202"], ["8:37", "CC201"],
        ["8:53", "CC202"], ["8:67", "CC202"], ["9:20", "CC202"], ["10:14", "CC202"], ["11:34", "CC111"],
    ]  # fmt: skip
    assert "did you mean targets?" in found[1] and "did you mean users?" in found[5]
    assert not any(SECRET in line for line in found)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "1:1 CC202"),
        ("targets: [a]\n", "1:10 CC202"),
        ("version: 1\ntargets: office\n", "2:10 CC202"),
        ("version: 1\ntargets: {}\n", "2:10 CC202"),
        ("version: 1\ntargets: {a: }\n", "2:14 CC202"),
        ("version: 1\ntargets: {a: {platform: local}}\n", "2:14 CC202"),
        ("version: 1\ntargets: {a: {platform: local, manifests: []}}\n", "2:43 CC202"),
        ("version: '1'\ntargets: {a: {platform: local, manifests: [m]}}\n", "1:10 CC202"),
        ("version: 1\n\ttargets: {}\n", "2:1 CC101"),
    ],
)
def test_a_project_that_is_not_one_is_refused_at_its_place(tmp_path: Path, text: str, place: str) -> None:
    assert any(line.startswith(place) for line in refused(tmp_path, text))


def test_whole_numbers_may_be_written_with_a_point(tmp_path: Path) -> None:
    project = opened(tmp_path, _TARGET.replace("1\n", "1.0\n", 1) + "    guards: {deletes: {floor: 4.0, users: 2.0}}\n")
    assert (project.form.version, project.form.targets["office"].guards.deletes.floor) == (1, 4)


def test_a_target_that_is_named_wrongly_is_guessed(tmp_path: Path) -> None:
    project = opened(tmp_path, _TARGET + "  branch: {platform: local, manifests: [m]}\n")
    with pytest.raises(Broken, match="no target is called ofice") as caught:
        project.target("ofice")
    assert caught.value.findings[0].hint == "did you mean office?"
    with pytest.raises(Broken, match="several targets") as caught:
        project.target(None)
    assert caught.value.findings[0].hint == "say -t branch or -t office"
    assert project.target("branch").name == "branch"


def test_the_project_is_found_from_any_folder_below_it(tmp_path: Path) -> None:
    opened(tmp_path, _TARGET)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_project(tmp_path / "a" / "b") == tmp_path / "ccconf.yaml"
    (tmp_path / "ccconf.yaml").unlink()
    with pytest.raises(Broken, match="CC003"):
        find_project(tmp_path / "a")
    with pytest.raises(Broken, match="CC001"):
        open_project(tmp_path / "ccconf.yaml")


_WITH_SECRETS = _TARGET + (
    "    credentials:\n      account: office\n      client_secret: !env CCCONF_TEST_SECRET\n"
    "      token: !file keys/token\n"
)


def test_secrets_are_revealed_only_when_asked_for_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCCONF_TEST_SECRET", SECRET)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "token").write_text(f"{SECRET}-token\n")
    target = opened(tmp_path, _WITH_SECRETS).target(None)
    assert target.credentials() == {"account": "office", "client_secret": SECRET, "token": f"{SECRET}-token"}
    shown = f"{target!r}{target}{target.form!r}{target.form.credentials['client_secret']}{target.project!r}"
    assert SECRET not in shown
    assert str(target.form.credentials["client_secret"]) == str(target.form.credentials["token"]) == "***"


def test_every_missing_secret_is_named_at_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CCCONF_TEST_SECRET", raising=False)
    target = opened(tmp_path, _WITH_SECRETS).target(None)
    with pytest.raises(Broken) as caught:
        target.credentials()
    assert codes(caught.value.findings) == ["ccconf.yaml:8:22 CC006", "ccconf.yaml:9:14 CC006"]
    assert caught.value.findings[0].hint == "set CCCONF_TEST_SECRET in the environment"


def test_an_empty_or_unreadable_secret_counts_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCCONF_TEST_SECRET", "")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "token").write_bytes(b"\xff\xfe" + SECRET.encode())
    with pytest.raises(Broken) as caught:
        opened(tmp_path, _WITH_SECRETS).target(None).credentials()
    assert [found.code for found in caught.value.findings] == ["CC006", "CC006"]
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("word", ["client_secret", "TOKEN", "apiKey", "password", "pbx_password"])
def test_a_plain_secret_is_refused_and_not_repeated(tmp_path: Path, word: str) -> None:
    (line,) = refused(tmp_path, _TARGET + f"    credentials:\n      {word}: {SECRET}\n")
    assert line.startswith(f"7:{9 + len(word)} CC111 {word} stands here as plain text | write !env {word.upper()}")
    assert SECRET not in line


def test_what_is_no_secret_may_stand_in_plain(tmp_path: Path) -> None:
    project = opened(tmp_path, _TARGET + "    credentials: {client_id: abc, account: 5}\n")
    assert project.target(None).credentials() == {"client_id": "abc", "account": "5"}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("    url: !env URL\n", "6:10"),
        ("    licence: {edition: !file x}\n", "6:24"),
        ("    credentials: {a: {b: !env X}}\n", "6:26"),
        ("    guards: {protect: [!env X]}\n", "6:24"),
    ],
)
def test_a_secret_stands_under_credentials_or_nowhere(tmp_path: Path, line: str, place: str) -> None:
    assert f"{place} CC110 a secret cannot stand here | use credentials:" in refused(tmp_path, _TARGET + line)


@pytest.mark.parametrize("nested", ["{client_secret: " + SECRET + "}", "[" + SECRET + "]"])
def test_a_plain_secret_does_not_hide_in_a_deeper_place(tmp_path: Path, nested: str) -> None:
    (line,) = refused(tmp_path, _TARGET + f"    credentials: {{oauth: {nested}}}\n")
    assert line.startswith("6:26 CC111") and SECRET not in line
