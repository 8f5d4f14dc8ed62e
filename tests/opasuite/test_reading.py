"""What is read over the wire, and how it is known that it is all: lists here do not say how long they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccconf.emulation import Answer, Request
from ccconf.errors import Broken, Rejected, Uncertain
from ccconf.model.refs import Ref
from ccconf.model.schedule import Schedule
from ccconf.model.user import User
from ccconf.platforms.opasuite import client
from ccconf.platforms.opasuite.emulator import Options, Seed
from tests.opasuite.suite import SECRET, Suite, items


def changed(path: str, change: Callable[[list[dict[str, Any]], dict[str, Any]], Any]) -> Callable[..., Answer]:
    """Answers to questions about a path, with their rows changed; the question is known to whoever changes them."""

    def alter(request: Request, answer: Answer) -> Answer:
        if request.method != "GET" or request.path != f"/api/v1{path}" or answer.status != 200:
            return answer
        body = msgspec.json.decode(answer.body)
        body["data"] = change(body["data"], msgspec.json.decode(request.body))
        return answer._replace(body=msgspec.json.encode(body))

    return alter


class TestPeople:
    """Whom the API shows, and what of them."""

    def test_everybody_is_there_with_what_the_api_shows(self, suite: Suite) -> None:
        suite.add("user", "eva@centro.example", name="Eva Brisa", email="eva@centro.example", extension="2001",
                  status="inactive", roles=["Operadores"],
                  groups={"Suporte": {"role": "responsible"}, "Vendas Norte": {}}, primary_group="Suporte")  # fmt: skip
        suite.add("user", "robo@centro.example", name="Robô", email="robo@centro.example", type="bot",
                  roles=["Operadores"])  # fmt: skip
        people = {item.ref.key: item.resource for item in items(suite.connected().observe("user"))}
        assert len(people) == 6
        eva = people["eva@centro.example"]
        assert isinstance(eva, User)
        assert (eva.name, eva.email, eva.extension, eva.status, eva.type) == (
            "Eva Brisa", "eva@centro.example", "2001", "inactive", "human",
        )  # fmt: skip
        assert {name: (edge.role, edge.permissions) for name, edge in (eva.groups or {}).items()} == {
            "Suporte": (eva.roles, eva.primary_group),  # the API shows where somebody is, and not as what
            "Vendas Norte": (eva.skills, eva.avatar),
        }
        robot = people["robo@centro.example"]
        assert isinstance(robot, User)
        assert robot.type == "bot"

    def test_a_person_is_found_by_login_and_by_id(self, suite: Suite) -> None:
        opa = suite.connected()
        for item in items(opa.observe("user")):
            assert opa.lookup(item.ref) == item
            assert opa.current("user", item.native_id) == item
        assert opa.lookup(Ref("user", "nobody@centro.example")) is None
        assert opa.current("user", "65a1b2c3d4e5f6ffffffffff") is None

    def test_a_name_in_the_place_of_an_id_is_asked_of_nobody(self, suite: Suite) -> None:
        """As it stands in a snapshot that knows no ids."""
        opa = suite.connected()
        assert {kind: opa.current(kind, "Suporte") for kind in ("group", "user", "schedule", "role")} == dict.fromkeys(
            ("group", "user", "schedule", "role")
        )
        assert len(suite.server.requests) == 0

    def test_presence_is_no_drift(self, suite: Suite) -> None:
        opa = suite.connected()
        before = items(opa.observe("user"))
        for item in before:
            suite.estate.native.keep(item.native_id, {"online": "pause", "ultimo_status": "on", "updatedAt": "later"})
        assert items(opa.observe("user")) == before

    def test_who_is_there_now(self, suite: Suite) -> None:
        opa = suite.connected()
        here, there, away = (item.native_id for item in items(opa.observe("user"))[:3])
        suite.estate.native.keep(here, {"online": "call"})
        suite.estate.native.keep(there, {"online": "pause"})
        suite.estate.native.keep(away, {"online": "off"})
        assert opa.present() == {here, there}

    @pytest.mark.parametrize("one", [True, False])
    def test_departments_come_as_one_id_or_as_several(self, tmp_path: Path, one: bool) -> None:
        with Suite(tmp_path, Options(one_department=one), Seed(users=5, departments=3)) as suite:
            groups = [getattr(item.resource, "groups", None) for item in items(suite.connected().observe("user"))]
            assert all(groups)

    def test_an_inactive_department_is_nobody_s(self, suite: Suite) -> None:
        """Somebody may still be in it on the platform; where the department is not live, nor is being in it."""
        suite.alter = changed("/departamento", lambda rows, question: [{**row, "status": "I"} for row in rows])
        people = items(suite.connected().observe("user"))
        assert {getattr(item.resource, "groups", None) for item in people} == {User().groups}

    @pytest.mark.parametrize(
        ("field", "value"),
        [("tipo", "alien"), ("status", "X"), ("status", None), ("departamento", 7), ("departamento", [7]), ("nome", ""),
         ("nome", ["x"]), ("email", 7)],
    )  # fmt: skip
    def test_what_nobody_knows_is_shown_and_not_guessed(self, suite: Suite, field: str, value: Any) -> None:
        suite.alter = changed("/usuario", lambda rows, question: [{**row, field: value} for row in rows])
        with pytest.raises(Broken, match=f"CC710 Opa! Suite says {field}: "):
            items(suite.connected().observe("user"))


class TestWhole:
    """A list is the whole one, or it is refused."""

    @pytest.mark.parametrize("pages", [True, False])
    def test_many_people_whether_the_list_has_pages_or_not(self, tmp_path: Path, pages: bool) -> None:
        with Suite(tmp_path, Options(users_have_pages=pages), Seed(users=2100, departments=2)) as suite:
            assert len(items(suite.connected().observe("user"))) == 2100
            asked = [msgspec.json.decode(record.body) for record in suite.server.requests if "usuario" in record.path]
            assert len(asked) == (5 if pages else 3)
            assert all(question["filter"] for question in asked)

    @pytest.mark.parametrize("pages", [True, False])
    @pytest.mark.parametrize("limit", [4, 3, 2])
    def test_as_many_as_fit_on_pages(
        self, suite: Suite, monkeypatch: pytest.MonkeyPatch, limit: int, pages: bool
    ) -> None:
        """Exactly a page, one more, and several: the list repeats itself, or goes on."""
        suite.emulator.api.resources["/usuario"] = suite.emulator.api.resources["/usuario"]._replace(has_pages=pages)
        monkeypatch.setattr(client, "LIMIT", limit)
        assert len(items(suite.connected().observe("user"))) == 4
        assert len(items(suite.connected().observe("group"))) == 3

    def test_a_list_that_keeps_the_limit_and_repeats_itself_is_refused(
        self, suite: Suite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It ends nowhere and hides the rest: a truncated list would have people created twice."""
        monkeypatch.setattr(client, "LIMIT", 2)

        def stuck(rows: list[dict[str, Any]], question: dict[str, Any]) -> list[dict[str, Any]]:
            every = [row for row in suite.departments() if row["recebeAtendimento"] is question["filter"].get(
                "recebeAtendimento")]  # fmt: skip
            return every[: question["options"]["limit"]]

        suite.alter = changed("/departamento", stuck)
        with pytest.raises(Broken, match=r"CC605 .* only the first 2 rows can be read: it repeats them"):
            items(suite.connected().observe("group"))

    def test_the_same_object_twice_in_one_list(self, suite: Suite) -> None:
        suite.alter = changed("/departamento", lambda rows, question: [*rows, *rows[:1]])
        with pytest.raises(Broken, match=r"CC605 .* delivered an object twice, each time it was read"):
            items(suite.connected().observe("group"))
        assert suite.asked("GET", "/departamento") == client.RESTARTS

    def test_the_same_object_in_both_lists(self, suite: Suite) -> None:
        extra = suite.department("Suporte")
        suite.alter = changed(
            "/departamento", lambda rows, question: rows or [{**extra, "nome": "Suporte", "status": "A"}]
        )
        with pytest.raises(Broken, match=r"CC605 .* delivered an object twice"):
            items(suite.connected().observe("group"))

    def test_a_filter_whose_value_is_ignored_gives_everything_twice_and_that_is_fine(self, suite: Suite) -> None:
        everybody = suite.connected().people.rows()
        suite.alter = changed("/usuario", lambda rows, question: everybody)
        assert len(items(suite.connected().observe("user"))) == len(everybody)

    def test_a_list_that_moved_once_is_read_again(self, suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "LIMIT", 2)
        moved: list[int] = []

        def shifted(rows: list[dict[str, Any]], question: dict[str, Any]) -> list[dict[str, Any]]:
            if question["options"]["skip"] and not moved:
                moved.append(1)
                return rows[1:] or [{**suite.department("Suporte"), "_id": "65a1b2c3d4e5f60000000aaa"}]
            return rows

        suite.alter = changed("/departamento", shifted)
        assert len(items(suite.connected().observe("group"))) == 3
        assert moved

    def test_a_department_that_only_people_tell_of(self, suite: Suite) -> None:
        """It fits neither filter, so the list cannot be whole: nothing is planned from it."""
        suite.alter = changed("/departamento", lambda rows, question: [row for row in rows if row["nome"] != "Suporte"])
        with pytest.raises(Broken, match=r"CC605 the department .* is there, but not in the list"):
            items(suite.connected().observe("user"))

    def test_a_department_that_is_nowhere(self, suite: Suite) -> None:
        suite.alter = changed(
            "/usuario", lambda rows, question: [{**row, "departamento": "65a1b2c3d4e5f6ffffffffff"} for row in rows]
        )
        people = items(suite.connected().observe("user"))
        assert {getattr(item.resource, "groups", None) for item in people} == {User().groups}


class TestPeriods:
    """Hours by weekday."""

    def test_shifts_of_every_form_come_back(self, suite: Suite) -> None:
        weekly = {
            "mon": ("08:00-12:00", "13:00-18:00"),
            "tue": ("08:00-12:00",),
            "sat": ("22:00-06:00",),
            "sun": ("00:00-24:00",),
        }
        suite.add("schedule", "Plantão", name="Plantão", weekly=weekly)
        opa = suite.connected()
        found = opa.lookup(Ref("schedule", "Plantão"))
        assert found is not None
        assert found.resource == Schedule(name="Plantão", weekly=weekly)
        assert found in items(opa.observe("schedule"))
        assert opa.current("schedule", found.native_id) == found

    def test_what_is_not_in_force_is_left_out(self, suite: Suite) -> None:
        suite.alter = changed(
            "/atendimento/periodo",
            lambda rows, question: [{**row, "ativo": False} for row in suite_rows(rows, question)],
        )
        assert items(suite.connected().observe("schedule")) == []

    def test_two_periods_of_one_name_are_not_guessed_apart(self, suite: Suite) -> None:
        suite.add("schedule", "Plantão", name="Plantão", weekly={"sat": ("08:00-12:00",)})
        suite.alter = lambda request, answer: answer._replace(
            body=answer.body.replace("Plantão".encode(), b"Comercial")
        )
        with pytest.raises(Broken, match="CC605 two service periods are called Comercial"):
            items(suite.connected().observe("schedule"))

    @pytest.mark.parametrize(
        ("field", "value"), [("horaInicio", "8h"), ("horaFim", None), ("horaFim", "25:00"), ("horaInicio", 480)]
    )
    def test_a_clock_that_nobody_can_read(self, suite: Suite, field: str, value: Any) -> None:
        def spoilt(rows: list[dict[str, Any]], question: dict[str, Any]) -> list[dict[str, Any]]:
            return [{**row, "periodos": [{**shift, field: value} for shift in row["periodos"]]} for row in rows]

        suite.alter = changed("/atendimento/periodo", spoilt)
        with pytest.raises(Broken, match=f"CC710 Opa! Suite says {field}: "):
            items(suite.connected().observe("schedule"))

    @pytest.mark.parametrize("shifts", [None, {}, ["08:00"]])
    def test_shifts_that_are_none(self, suite: Suite, shifts: Any) -> None:
        suite.alter = changed(
            "/atendimento/periodo", lambda rows, question: [{**row, "periodos": shifts} for row in rows]
        )
        with pytest.raises(Broken, match="CC710 Opa! Suite says periodos: "):
            items(suite.connected().observe("schedule"))

    def test_seconds_are_not_minded(self, suite: Suite) -> None:
        def exact(rows: list[dict[str, Any]], question: dict[str, Any]) -> list[dict[str, Any]]:
            return [
                {**row, "periodos": [{**shift, "horaInicio": f"{shift['horaInicio']}:00"} for shift in row["periodos"]]}
                for row in rows
            ]

        before = items(suite.connected().observe("schedule"))
        suite.alter = changed("/atendimento/periodo", exact)
        assert items(suite.connected().observe("schedule")) == before


def suite_rows(rows: list[dict[str, Any]], question: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the question for what is in force; nothing else is there."""
    return rows if question["filter"].get("ativo") is True else []


class TestBesideTheModel:
    """Reasons, holidays and tags."""

    @pytest.mark.parametrize("path", ["/motivo", "/atendimento/motivo"])
    def test_reasons_by_the_new_path_or_the_old(self, tmp_path: Path, path: Any) -> None:
        with Suite(tmp_path, Options(reasons_path=path), Seed(departments=3)) as suite:
            assert [row["motivo"] for row in suite.connected().listed("reasons", ())] == ["Sem conexão", "Segunda via"]

    def test_holidays_are_shown_as_they_are_without_secrets(self, suite: Suite) -> None:
        suite.estate.native.add("holiday", {"feriado": "Carnaval", "token": f"{SECRET}9", "x": [{"senha": "abc"}]})
        told = suite.connected().listed("holidays", ())
        assert [row.get("feriado") or row["nome"] for row in told] == ["Ano novo", "Carnaval"]
        assert (told[1]["token"], told[1]["x"]) == ("(hidden)", [{"senha": "(hidden)"}])

    def test_kinds_that_the_api_does_not_show_are_empty_here(self, suite: Suite) -> None:
        opa = suite.connected()
        for kind in ("role", "allowlist", "skill"):
            assert items(opa.observe(kind)) == []
            assert opa.lookup(Ref(kind, "Operadores")) is None
        assert items(opa.departed("user")) == []
        assert opa.file("sha256:00") is None

    def test_tags_are_found_by_name_alone(self, suite: Suite) -> None:
        opa = suite.connected()
        assert [row["nome"] for row in opa.listed("tags", ["urgente", "vip"])] == ["urgente"]
        made = opa.ensure("tags", "vip", "#00aa00")
        assert (made["nome"], made["cor"]) == ("vip", "#00aa00")
        assert opa.ensure("tags", "vip", "#ffffff") == made
        assert suite.asked("POST", "/etiqueta") == 1

    @pytest.mark.parametrize("kind", ["lost", "truncated"])
    def test_a_tag_whose_answer_is_lost_is_made_once(self, suite: Suite, kind: str) -> None:
        suite.goes_wrong(kind=kind, method="POST", times=1)
        assert suite.connected().ensure("tags", "vip", "#00aa00")["nome"] == "vip"
        assert len(suite.estate.native.docs("tag", in_world=False)) == 2

    @pytest.mark.parametrize("kind", ["refuse", "garbage"])
    def test_a_tag_that_may_still_come_is_not_asked_for_again(self, suite: Suite, kind: str) -> None:
        suite.goes_wrong(kind=kind, method="POST", times=1)
        with pytest.raises(Uncertain, match="CC703"):
            suite.connected().ensure("tags", "vip", "#00aa00")
        assert suite.asked("POST", "/etiqueta") == 1
        assert suite.connected().ensure("tags", "vip", "#00aa00")["nome"] == "vip"
        assert len(suite.estate.native.docs("tag", in_world=False)) == 2

    def test_a_tag_that_is_accepted_and_not_made(self, suite: Suite) -> None:
        suite.alter = lambda request, answer: (
            Answer(200, b'{"code": 200, "data": []}') if "etiqueta" in request.path else answer
        )
        with pytest.raises(Uncertain, match="the tag vip was made and is not shown"):
            suite.connected().ensure("tags", "vip", "#00aa00")

    def test_a_tag_that_was_made_and_cannot_be_looked_at(self, suite: Suite) -> None:
        def fails_afterwards(request: Request, answer: Answer) -> Answer:
            made = suite.asked("POST", "/etiqueta")
            return Answer(500, b"") if made and request.method == "GET" else answer

        suite.alter = fails_afterwards
        with pytest.raises(Uncertain, match="the tag vip was made, and could not be looked at afterwards"):
            suite.connected().ensure("tags", "vip", "#00aa00")

    def test_a_tag_that_is_refused(self, suite: Suite) -> None:
        with pytest.raises(Rejected, match="CC702 Opa! Suite refuses: Field 'nome' is required"):
            suite.connected().ensure("tags", " ", "#00aa00")
