"""Document 000, sentence by sentence, on the emulated iQChannels: by hand alone, and over paths that were named.

`docs/platforms/sentences.md` names the sentence that each test shows.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ccconf.errors import Rejected
from ccconf.ledger.handed import Act, Desk
from ccconf.ledger.store import Ledger
from ccconf.model.change import Create
from ccconf.platform.record import Snapshot
from ccconf.platforms.iqchannels.emulator import Emulator, Options
from tests.byhand.centre import Ran
from tests.byhand.rounds import Office
from tests.byhand.test_iqchannels_estate import KINDS, Clerk

DONE, MISTAKE, CHANGES, FAILED, WAITING = 0, 1, 2, 5, 6
BY_HAND, NAMED = "by hand", "over paths"
EVERY_MODULE = Options(modules=("iqpro", "bots"))
TEAM = """\
roles:
  operator: {name: Оператор, permissions: {users: read}}
skills:
  cards: {name: Карты}
schedules:
  day: {name: Дневной, timezone: Europe/Moscow, weekly: {mon-fri: ["09:00-18:00"]}}
users:
  anna: {name: Анна Лес, email: anna@bank.example, position: Оператор, roles: [operator], skills: {cards: 2}}
  boris: {name: Борис Сад, email: boris@bank.example, position: Старший смены, schedule: day}
"""
ANNA, BORIS = "anna@bank.example", "boris@bank.example"


def comes_true(office: Office, manifest: str) -> None:
    """Git says this, and rounds are made until one leaves nothing to anybody; then a plan is silent."""
    office.declare(manifest)
    for _ in range(4):
        ran = office.round()
        if ran.code == DONE:
            break
        assert ran.code == WAITING, ran.text
    silent = office.run("plan")
    assert silent.code == DONE and "Nothing to do." in silent.out, silent.text


class Somebody(Clerk):
    """At the screens, of which those are looked at that no API shows."""

    def __init__(self, url: str, way: str) -> None:
        super().__init__(url)
        self.kinds = KINDS if way == BY_HAND else ("group",)

    def look(self) -> Snapshot:
        return self.person.look(self.kinds)


class Bank(Office):
    """An office with its iQChannels. `way` is how it is served."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator, url: str, way: str) -> None:
        clerk = Somebody(url, way)
        clerk.person.read_file = self._picture
        named: dict[str, Any] = {"options": {"paths": "assumed"}, "credentials": {"session": "IQ_SESSION"}}
        licence = {"edition": "base", "modules": list(emulator.options.modules)}
        target = {"platform": "iqchannels", "url": url, "licence": licence, **(named if way == NAMED else {})}
        super().__init__(folder, monkeypatch, clerk, **target)
        monkeypatch.setenv("IQ_SESSION", emulator.session)
        self.edit('"IQ_SESSION"', "!env IQ_SESSION")
        self.emulator = emulator
        self.desk_clerk = clerk
        self.way = way

    def _picture(self, digest: str) -> bytes:
        pictures = (path.read_bytes() for path in self.folder.glob("manifests/*.png"))
        return next(picture for picture in pictures if f"sha256:{hashlib.sha256(picture).hexdigest()}" == digest)

    def wants(self, manifest: str) -> None:
        """Git says this, and it comes true."""
        comes_true(self, manifest)

    def plans(self, manifest: str) -> Ran:
        """Git says this, somebody has just looked, and a plan is made."""
        self.declare(manifest)
        self.see()
        return self.run("plan")

    def rows(self, kind: str, **body: Any) -> dict[str, dict[str, Any]]:
        """What iQChannels really has, by name."""
        return {row["Name"]: row for row in self.emulator.call(f"{kind}.list", {"Limit": 1000, **body})}

    def keys(self, query: str) -> set[str]:
        """The keys that `ccconf show` finds."""
        ran = self.run(f"show {query} --format json")
        assert ran.code == DONE, ran.text
        return {row["key"] for row in ran.data}

    def told(self) -> str:
        """All Russian runbooks of this project, if anything went by hand."""
        return "\n".join(path.read_text("utf-8") for path in sorted(self.folder.glob("runbooks/*/runbook.ru.md")))

    def said(self, *sentences: str) -> None:
        """By hand the runbook asks for it in the words of the screens; over paths nobody is asked."""
        for sentence in sentences:
            assert (sentence in self.told()) is (self.way == BY_HAND), self.told()

    def acts(self) -> list[Act]:
        """What an auditor finds of acts on single people."""
        with Ledger(self.folder / ".ccconf" / "ledger.db") as ledger:
            return Desk(ledger, "calls").acts()


@contextlib.contextmanager
def bank_of(folder: Path, monkeypatch: pytest.MonkeyPatch, options: Options, way: str) -> Iterator[Bank]:
    with Emulator(options) as emulator, emulator.serving() as server:
        yield Bank(folder, monkeypatch, emulator, server.url, way)


@pytest.fixture(name="bank", params=[BY_HAND, NAMED])
def use_bank(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """With every module."""
    with bank_of(tmp_path, monkeypatch, EVERY_MODULE, request.param) as bank:
        yield bank


@pytest.fixture(name="base", params=[BY_HAND, NAMED])
def use_base(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """With the base licence alone."""
    with bank_of(tmp_path, monkeypatch, Options(), request.param) as bank:
        yield bank


@pytest.fixture(name="named")
def use_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """Over paths only."""
    with bank_of(tmp_path, monkeypatch, EVERY_MODULE, NAMED) as bank:
        yield bank


@pytest.fixture(name="unnamed")
def use_unnamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """By hand only."""
    with bank_of(tmp_path, monkeypatch, EVERY_MODULE, BY_HAND) as bank:
        yield bank


# ----------------------------------------------------------------------------------------------------- Доступы

ROLE = "roles: {r: {name: Роль, permissions: {users: %s}}}\n"


def at_level(folder: Path, monkeypatch: pytest.MonkeyPatch, level: Any) -> contextlib.AbstractContextManager[Bank]:
    """An installation in which the session that ccconf uses has this level in the section Пользователи."""
    return bank_of(folder, monkeypatch, Options(level=level), NAMED)


def test_off_shows_nothing_and_lets_nobody_in(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.wants(ROLE % "read")
    bank.wants(ROLE % "'off'")
    assert "Levels" not in bank.rows("role")["Роль"]
    bank.said("Измените **Раздел «Пользователи»**: **На чтение** на **Выключен**.")
    with at_level(tmp_path / "off", monkeypatch, "off") as closed:
        ran = closed.run("show user")
        assert ran.code == MISTAKE, ran.text
        assert "the section Пользователи is closed to this role" in ran.text


def test_read_sees_everybody_and_changes_nobody(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.wants(ROLE % "read")
    assert bank.rows("role")["Роль"]["Levels"] == {"users": "read"}
    bank.said("Установите для **Раздел «Пользователи»**: **На чтение**.")
    with at_level(tmp_path / "read", monkeypatch, "read") as reading:
        reading.emulator.call("user.create", {"Name": "Анна Лес", "Email": ANNA, "Position": "Оператор"})
        assert reading.keys("user") == {ANNA}
        reading.declare(f"users: {{anna: {{name: Инна Лес, email: {ANNA}}}, boris: {{name: B, email: {BORIS}}}}}\n")
        ran = reading.run("apply --yes")
        assert ran.code == FAILED, ran.text
        assert "the section Пользователи is closed to this role" in ran.text and "2 failed." in ran.text
        assert [(row["Name"], row["Email"]) for row in reading.rows("user").values()] == [("Анна Лес", ANNA)]


def test_administrator_creates_and_changes_users(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.wants(ROLE % "read")
    planned = bank.plans(ROLE % "admin")
    assert "! permissions" in planned.out
    bank.wants(ROLE % "admin")
    assert bank.rows("role")["Роль"]["Levels"] == {"users": "admin"}
    bank.said("Измените **Раздел «Пользователи»**: **На чтение** на **Администратор**.")
    with at_level(tmp_path / "admin", monkeypatch, "admin") as allowed:
        allowed.wants(f"users: {{anna: {{name: Анна Лес, email: {ANNA}}}}}\n")
        allowed.wants(f"users: {{anna: {{name: Инна Лес, email: {ANNA}}}}}\n")
        assert list(allowed.rows("user")) == ["Инна Лес"]


def test_the_section_opens_from_the_main_menu_and_has_four_tabs(unnamed: Bank) -> None:
    tabs = [f"Основное меню → Пользователи → вкладка «{tab}»" for tab in (
        "Пользователи", "Роли", "Навыки", "График работы",
    )]  # fmt: skip
    assert set(tabs) <= unnamed.desk_clerk.person._menu()
    unnamed.wants(TEAM)
    unnamed.said(*(f"Где: **{tab}**" for tab in tabs))


# ---------------------------------------------------------------------------------------- вкладка «Пользователи»


def test_a_user_is_created_and_changed(bank: Bank) -> None:
    bank.wants(TEAM)
    anna = bank.rows("user")["Анна Лес"]
    assert (anna["Email"], anna["Position"]) == (ANNA, "Оператор")
    bank.wants(TEAM.replace("position: Оператор", "position: Старший оператор"))
    changed = bank.rows("user")["Анна Лес"]
    assert (changed["Id"], changed["Position"]) == (anna["Id"], "Старший оператор")
    bank.said("Начните создание пользователя.", "В поле **Должность** замените `Оператор` на `Старший оператор`.")


def test_a_skill_is_given_to_a_user(bank: Bank) -> None:
    bank.wants(TEAM.replace(", skills: {cards: 2}", ""))
    assert "Skills" not in bank.rows("user")["Анна Лес"]
    bank.wants(TEAM)
    cards = bank.rows("skill")["Карты"]["Id"]
    assert bank.rows("user")["Анна Лес"]["Skills"] == [{"SkillId": cards, "Level": 2}]
    bank.said("В поле **Навыки** добавьте `Карты`, уровень `2`.")


def test_a_user_is_deleted_and_a_deleted_one_is_restored(bank: Bank) -> None:
    bank.edit('"platform"', '"leavers": "delete", "platform"')
    bank.wants(TEAM)
    before = bank.rows("user")["Борис Сад"]["Id"]
    bank.wants(TEAM[: TEAM.index("  boris")])
    assert list(bank.rows("user")) == ["Анна Лес"]
    assert bank.rows("user", Deleted=True)["Борис Сад"]["Id"] == before
    planned = bank.plans(TEAM)
    assert "user/boris  Борис Сад  [comes back: restored with its history" in planned.out
    bank.wants(TEAM)
    assert bank.rows("user")["Борис Сад"]["Id"] == before  # and nobody new
    assert not bank.rows("user", Deleted=True)
    bank.said("Удалите пользователя `boris@bank.example`.", "Восстановите пользователя `boris@bank.example`.")


def test_a_deleted_user_is_restored_at_once(named: Bank) -> None:
    """Somebody of whom Git says nothing, as one does it on the screen."""
    named.wants(TEAM)
    named.emulator.call("user.create", {"Name": "Вера Мостовая", "Email": "vera@bank.example"})
    vera = named.rows("user")["Вера Мостовая"]["Id"]
    named.emulator.call("user.delete", {"Id": vera})
    assert named.keys("user") == {"anna", "boris"}
    ran = named.run("user restore vera@bank.example --yes")
    assert (ran.code, ran.out) == (DONE, "vera@bank.example is back\n"), ran.text
    assert named.rows("user")["Вера Мостовая"]["Id"] == vera
    assert named.acts()[-1][1:] == ("Carla", "restore", "user/vera@bank.example", "done")
    assert named.keys("user") == {"anna", "boris", "vera@bank.example"}


def test_a_user_is_made_inactive_and_open_appeals_go_back(bank: Bank) -> None:
    bank.wants(TEAM)
    away = TEAM.replace("schedule: day}", "schedule: day, status: inactive}")
    planned = bank.plans(away)
    assert "! status  active -> inactive" in planned.out
    assert "then open appeals go back to the queue" in planned.out
    bank.wants(away)
    assert bank.rows("user")["Борис Сад"]["Inactive"] is True
    assert "Inactive" not in bank.rows("user")["Анна Лес"]
    bank.said("В поле **Статус** выберите **Неактивен** вместо **Активен**.", "открытые обращения вернутся в очередь")
    if bank.way == NAMED:
        assert bank.emulator.done_to(BORIS) == ["appeals-return"]


class Deed(NamedTuple):
    """An act on one person: what is typed, what it is called, and what iQChannels then did."""

    typed: str
    act: str
    done: tuple[str, ...]
    words: str
    """Of the screen."""


PASSWORD = Deed("reset-password anna", "reset-password", ("reset-password",), "Сброс пароля")
LOGOUT = Deed("logout anna", "logout", ("logout", "appeals-return"), "Сделать логат пользователя")
TOKENS = Deed("tokens anna", "show-tokens", (), "Показывать токены доступа")
REVOKED = Deed("tokens anna --revoke", "revoke-tokens", ("revoke-tokens",), "Обнулять токены доступа")


class Terminal(io.StringIO):
    """Somebody who types an answer."""

    def isatty(self) -> bool:
        return True


def asked_first(bank: Bank, deed: Deed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens without a yes: not where nobody can be asked, nor where somebody says no."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ran = bank.run(f"user {deed.typed}")
    assert (ran.code, "CC704 there is nobody to ask here" in ran.err) == (MISTAKE, True), ran.text
    monkeypatch.delenv("CI", raising=False)  # nobody sits at the terminal of a CI system
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    ran = bank.run(f"user {deed.typed}")
    assert (ran.code, "Nothing was done." in ran.err) == (CHANGES, True), ran.text
    assert bank.emulator.done_to(ANNA) == []


def done_and_noted(bank: Bank, deed: Deed, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """With a yes it is done, and the ledger says by whom to whom."""
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    ran = bank.run(f"user {deed.typed}")
    assert ran.code == DONE, ran.text
    assert tuple(bank.emulator.done_to(ANNA)) == deed.done
    assert bank.acts()[-1][1:] == ("Carla", deed.act, "user/anna", "done")
    return ran


def left_to_a_person(bank: Bank, deed: Deed) -> None:
    """Where no path is known the answer is the screen, in its words; that is noted, too."""
    bank.wants(TEAM)
    ran = bank.run(f"user {deed.typed} --yes")
    assert ran.code == MISTAKE, ran.text
    assert "CC714 no API of iQChannels does this" in ran.err
    assert "screen Пользователи, tab Пользователи" in ran.err and ran.err.strip().endswith(f": {deed.words}")
    assert bank.emulator.done_to(ANNA) == []
    assert bank.acts()[-1][1:] == ("Carla", deed.act, "user/anna", "CC714 no API of iQChannels does this")


def test_a_password_is_reset(named: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    named.wants(TEAM)
    asked_first(named, PASSWORD, monkeypatch)
    assert done_and_noted(named, PASSWORD, monkeypatch).out == "the password of anna was reset\n"
    assert named.run("plan").code == DONE  # no state that Git could hold


def test_a_user_is_logged_out(named: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    named.wants(TEAM)
    named.emulator.comes_online(ANNA)
    asked_first(named, LOGOUT, monkeypatch)
    assert named.keys("user --online") == {"anna"}
    assert "open appeals go back to the queue" in done_and_noted(named, LOGOUT, monkeypatch).out
    assert named.keys("user --online") == set()


def test_access_tokens_are_shown_and_reset(named: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    named.wants(TEAM)
    secret = named.emulator.gives_token(ANNA)
    asked_first(named, TOKENS, monkeypatch)
    shown = done_and_noted(named, TOKENS, monkeypatch)
    assert shown.out.startswith("anna has 1 access token, the oldest since 20")
    asked_first(named, REVOKED, monkeypatch)
    done_and_noted(named, REVOKED, monkeypatch)
    assert named.run("user tokens anna --yes").out == "anna has no access token\n"
    written = [path.read_bytes() for path in named.folder.rglob("*") if path.is_file()]
    assert secret not in shown.text and not any(secret.encode() in content for content in written)


@pytest.mark.parametrize("deed", [PASSWORD, LOGOUT, TOKENS, REVOKED], ids=lambda deed: deed.act)
def test_without_a_path_an_act_is_told_in_the_words_of_the_screen(unnamed: Bank, deed: Deed) -> None:
    left_to_a_person(unnamed, deed)


def test_a_picture_is_loaded_and_deleted(bank: Bank) -> None:
    bank.write("manifests/anna.png", "\x89PNG one")
    bank.wants(TEAM.replace("name: Анна Лес", "name: Анна Лес, avatar: anna.png"))
    first = bank.rows("user")["Анна Лес"]["AvatarId"]
    bank.write("manifests/anna.png", "\x89PNG two")
    bank.wants(TEAM.replace("name: Анна Лес", "name: Анна Лес, avatar: anna.png"))
    assert bank.rows("user")["Анна Лес"]["AvatarId"] != first
    bank.wants(TEAM.replace("name: Анна Лес", "name: Анна Лес, avatar: null"))
    assert "AvatarId" not in bank.rows("user")["Анна Лес"]
    bank.said("**Аватарка**")


def test_a_picture_is_loaded_and_deleted_at_once(named: Bank) -> None:
    named.wants(TEAM)
    face = named.write("face.png", "\x89PNG face")
    ran = named.run(f"user avatar anna {face} --yes")
    assert ran.code == DONE, ran.text
    sent = named.rows("user")["Анна Лес"]["AvatarId"]
    assert hashlib.sha256(face.read_bytes()).hexdigest().startswith(sent)
    assert named.run("user avatar anna --delete --yes").code == DONE
    assert "AvatarId" not in named.rows("user")["Анна Лес"]
    assert [act[1:] for act in named.acts()] == [("Carla", "avatar", "user/anna", "done")] * 2


def test_users_are_filtered_by_role_and_status(bank: Bank) -> None:
    bank.wants(TEAM.replace("schedule: day}", "schedule: day, status: inactive}"))
    assert bank.keys("user --role operator") == {"anna"}
    assert bank.keys("user --status active") == {"anna"}
    assert bank.keys("user --status inactive") == {"boris"}
    assert bank.keys("user --role operator --status inactive") == set()


def test_users_are_filtered_by_online_and_offline(bank: Bank) -> None:
    bank.wants(TEAM)
    bank.emulator.comes_online(ANNA)
    if bank.way == BY_HAND:
        for presence in ("--online", "--offline"):
            ran = bank.run(f"show user {presence}")
            assert ran.code == MISTAKE, ran.text
            assert "CC714 who is online is seen on screen: Пользователи, tab Пользователи, filter онлайн" in ran.err
        return
    assert bank.keys("user --online") == {"anna"}
    assert bank.keys("user --offline") == {"boris"}
    assert bank.keys("user --online --role operator") == {"anna"}
    assert bank.run("plan").code == DONE  # presence is no difference


def test_users_are_searched_by_name_address_and_job_title(bank: Bank) -> None:
    bank.wants(TEAM)
    for text, found in (("лес", {"anna"}), ("boris@", {"boris"}), ("старший", {"boris"}), ("bank", {"anna", "boris"})):
        assert bank.keys(f"user --search {text}") == found
    assert bank.keys("user --name сад") == bank.keys("user --email BORIS") == {"boris"}
    assert bank.keys("user --position оператор") == {"anna"}


BOT = "users: {helper: {name: Помощник, email: helper@bank.example, type: bot}}\n"


def test_without_the_module_no_user_of_type_bot(base: Bank) -> None:
    refused = base.plans(BOT)
    assert refused.code == MISTAKE
    assert "CC401 1 users of type bot: the licence allows none" in refused.out + refused.err
    assert "buy module bots" in refused.text
    base.edit('"modules": []', '"modules": ["bots"]')  # the licence is said to be more than it is
    assert in_vain(base).startswith("1 users of type bot: the licence allows none")
    assert not base.rows("user")


def test_with_the_module_a_user_of_type_bot_is_created(bank: Bank) -> None:
    bank.wants(BOT)
    assert bank.rows("user")["Помощник"]["Type"] == "Bot"
    bank.said("В поле **Тип** выберите **Бот**.")


def in_vain(bank: Bank) -> str:
    """What iQChannels answers to the last step of what Git wants, whoever asks."""
    bank.see()
    ran = bank.run("apply --yes")
    if bank.way == NAMED:
        assert ran.code == FAILED, ran.text
        return next(line for line in ran.text.splitlines() if "iQChannels: " in line).partition("iQChannels: ")[2]
    *before, last = sorted(bank.asked(), key=lambda row: row.number)
    for row in before:
        bank.clerk.perform(row.change)
    assert isinstance(last.change, Create)
    with pytest.raises(Rejected) as raised:
        bank.clerk.perform(last.change)
    return raised.value.findings[0].message


# ------------------------------------------------------------------------------------------------ вкладка «Роли»


def test_roles_are_created_changed_given_and_deleted(bank: Bank) -> None:
    bank.wants(TEAM)
    lead = TEAM.replace("skills:\n", "  lead: {name: Старший, permissions: {users: admin}}\nskills:\n", 1)
    given = lead.replace("position: Старший смены", "position: Старший смены, roles: [lead]")
    bank.wants(given)
    made = bank.rows("role")["Старший"]
    assert made["Levels"] == {"users": "admin"}
    assert bank.rows("user")["Борис Сад"]["RoleIds"] == [made["Id"]]
    assert "boris (Борис Сад)" in bank.run("show role lead").out
    bank.wants(given.replace("{users: admin}", "{users: read}"))
    assert bank.rows("role")["Старший"]["Levels"] == {"users": "read"}
    bank.wants(TEAM.replace("position: Старший смены", "position: Старший смены, roles: []"))
    assert list(bank.rows("role")) == ["Оператор"]
    bank.said("Начните создание роли.", "Откройте роль `Старший` для изменения.", "Удалите роль `Старший`.")


def test_segment_roles_are_in_their_segment_and_apart_from_system_roles(bank: Bank) -> None:
    segment = "groups: {retail: {name: Розница}}\n"
    role = "  chief: {name: Старший смены, scope: segment, segment: Розница}\n"
    manifest = segment + TEAM.replace("skills:\n", f"{role}skills:\n", 1)
    bank.wants(manifest.replace("schedule: day}", "schedule: day, roles: [chief]}"))
    roles = bank.rows("role")
    assert roles["Старший смены"]["ProjectId"] == bank.rows("segment")["Розница"]["Id"]
    assert "ProjectId" not in roles["Оператор"]
    assert bank.rows("user")["Борис Сад"]["RoleIds"] == [roles["Старший смены"]["Id"]]
    bank.said("Откройте сегмент `Розница` и начните создание роли.")
    nowhere = bank.plans(manifest.replace("segment: Розница", "segment: null"))
    assert "CC403 role/chief: a segment role names its segment" in nowhere.text


def test_no_licence_limits_roles(base: Bank) -> None:
    base.wants("roles:\n" + "".join(f"  r{number}: {{name: Роль {number}}}\n" for number in range(1, 13)))
    assert len(base.rows("role")) == 12


# ---------------------------------------------------------------------------------------------- вкладка «Навыки»


def test_skills_are_added_changed_and_deleted(bank: Bank) -> None:
    loans = TEAM.replace("skills:\n", "skills:\n  loans: {name: Кредиты}\n", 1)
    bank.wants(loans)
    before = bank.rows("skill")["Кредиты"]["Id"]
    bank.wants(loans.replace("Кредиты", "Ипотека").replace("Ипотека}", "Ипотека, description: Дома}"))
    skill = bank.rows("skill")["Ипотека"]
    assert (skill["Id"], skill["Description"]) == (before, "Дома")
    bank.wants(TEAM)
    assert list(bank.rows("skill")) == ["Карты"]
    bank.said("Начните добавление навыка.", "Откройте навык `Кредиты` для изменения.", "Удалите навык `Ипотека`.")


def test_all_users_with_a_skill_are_looked_at(bank: Bank) -> None:
    bank.wants(TEAM)
    shown = bank.run("show skill cards").out
    assert "holders (1):" in shown and "anna (Анна Лес) level 2" in shown and "boris" not in shown
    assert bank.keys("user --skill cards") == {"anna"}


def test_skills_belong_to_iqpro(base: Bank) -> None:
    skill = "skills: {cards: {name: Карты}}\n"
    refused = base.plans(skill)
    assert refused.code == MISTAKE
    assert "CC401 1 skills: the licence allows none" in refused.text and "buy module iqpro" in refused.text
    base.edit('"modules": []', '"modules": ["iqpro"]')
    assert in_vain(base).startswith("1 skills: the licence allows none")
    assert not base.rows("skill")


# --------------------------------------------------------------------------------------- вкладка «График работы»


def test_schedules_are_added_edited_and_deleted(bank: Bank) -> None:
    night = "  night: {name: Ночной, weekly: {fri: ['21:00-09:00']}}\n"
    both = TEAM.replace("users:\n", f"{night}users:\n", 1)
    bank.wants(both)
    assert bank.rows("schedule")["Ночной"]["Hours"] == [{"Day": 5, "Start": 1260, "End": 540}]
    bank.wants(both.replace("21:00-09:00", "22:00-06:00"))
    assert bank.rows("schedule")["Ночной"]["Hours"] == [{"Day": 5, "Start": 1320, "End": 360}]
    bank.wants(TEAM)
    assert list(bank.rows("schedule")) == ["Дневной"]
    bank.said(
        "Начните добавление графика работы.",
        "Откройте график работы `Ночной` для редактирования.",
        "Удалите график работы `Ночной`.",
    )


def test_everybody_gets_one_schedule(bank: Bank) -> None:
    bank.wants(TEAM)
    bank.wants("defaults: {users: {schedule: day}}\n" + TEAM.replace(", schedule: day", ""))
    day = bank.rows("schedule")["Дневной"]["Id"]
    assert [row["ScheduleId"] for row in bank.rows("user").values()] == [day, day]
    assert "works by it (2):" in bank.run("show schedule day").out
    bank.said("В поле **График работы** выберите `Дневной`.")


def test_schedules_watch_lateness_overtime_and_breaks(bank: Bank) -> None:
    watched = "breaks: {mon: ['12:00-12:30']}, lateness_minutes: 5, overtime_minutes: 15"
    bank.wants(TEAM.replace("timezone: Europe/Moscow", f"timezone: Europe/Moscow, {watched}"))
    day = bank.rows("schedule")["Дневной"]
    assert day["Breaks"] == [{"Day": 1, "Start": 720, "End": 750}]
    assert (day["LatenessMinutes"], day["OvertimeMinutes"]) == (5, 15)
    bank.said("Введите `5` в поле **Опоздание, минут**.", "Введите `15` в поле **Переработка, минут**.")


def _schedules(count: int) -> str:
    return "schedules:\n" + "".join(f"  s{number}: {{name: График {number}}}\n" for number in range(1, count + 1))


def test_the_base_licence_has_only_two_schedules(base: Bank) -> None:
    base.wants(_schedules(2))
    assert len(base.rows("schedule")) == 2
    refused = base.plans(_schedules(3))
    assert refused.code == MISTAKE
    assert "CC401 3 work schedules: the licence allows 2" in refused.text and "buy module iqpro" in refused.text
    base.edit('"modules": []', '"modules": ["iqpro"]')
    assert in_vain(base).startswith("3 work schedules: the licence allows 2")
    assert len(base.rows("schedule")) == 2


def test_iqpro_opens_more_than_two_schedules(bank: Bank) -> None:
    bank.wants(_schedules(4))
    assert len(bank.rows("schedule")) == 4
    bank.said("Больше двух графиков можно создать только с пакетом расширения **«iQPro»**.")
