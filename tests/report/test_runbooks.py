"""What people are asked to do: whole runbooks as they are read, and what they never leave out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence

import msgspec
import pytest

from ccconf.model.change import Create, Delete, FieldChange, Restore, Update
from ccconf.model.refs import Ref
from ccconf.platform.contract import Route
from ccconf.platform.facts import Facts
from ccconf.reconcile.plan import Plan, Step, signed
from ccconf.report.runbook import FileRow, Runbook, act_steps, html, languages_of, markdown, plain, runbook
from ccconf.report.runbook.values import Entry
from tests.report.runbook_cases import HERE, VENDORS, case, facts_of, guide

BOOKS = [(vendor, language) for vendor in VENDORS for language in guide(vendor).languages]


@pytest.mark.parametrize(("vendor", "language"), BOOKS)
def test_a_runbook_as_a_person_reads_it(vendor: str, language: str) -> None:
    """CCCONF_WRITE_CASES=1 writes what is expected anew, to be read before it is committed."""
    path = HERE / vendor / f"runbook{'' if language == 'en' else f'.{language}'}.md"
    told = "\n".join([*markdown(case(vendor).book(language)), ""])
    if os.environ.get("CCCONF_WRITE_CASES"):
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8")


def change(field: str, before: object, after: object) -> FieldChange:
    return FieldChange(field=field, before=before, after=after)


def update(name: str, *changes: FieldChange, reason: str = "", label: str = "", needs: Iterable[str] = ()) -> Step:
    kind, _, key = name.partition("/")
    made = Update(kind=kind, key=key, native_id="7", revision="1", changes=changes)
    return Step(id=f"update {name}", change=made, route=Route.MANUAL, reason=reason, label=label, needs=tuple(needs))


def create(ref: str, /, route: Route = Route.MANUAL, needs: Iterable[str] = (), **fields: object) -> Step:
    kind, _, key = ref.partition("/")
    label = str(fields.get("name", ""))
    made = Create(kind=kind, key=key, fields=fields)
    return Step(id=f"create {ref}", change=made, route=route, needs=tuple(needs), label=label)


def book(
    vendor: str,
    *steps: Step,
    language: str = "en",
    files: Sequence[FileRow] = (),
    deferred: dict[str, str] | None = None,
) -> Runbook:
    """A runbook of a few steps, of objects that Git calls as the screens do."""
    plan = signed(Plan(target="office", platform=vendor, steps=steps))
    return runbook(
        plan, steps, facts_of(vendor), guide(vendor), lambda ref: ref.key, language, files=files, deferred=deferred
    )


def tasks(entry: Entry) -> list[str]:
    """Everything to tick off, in words."""
    return [plain(task.said) for place in entry.places for task in place.tasks]


def marked(entry: Entry) -> list[str]:
    """What is to be ticked off and rests on our guess alone."""
    return [plain(task.said) for place in entry.places for task in place.tasks if task.unverified]


def headings(told: Runbook) -> list[str]:
    return [plain(entry.heading) for entry in told.entries]


def test_every_permission_of_the_document_is_asked_for_by_the_words_of_the_screen() -> None:
    known = [row for row in facts_of("opasuite").catalogue.permissions if row.source == "seed 003"]
    assert len(known) == 36
    levels = {row.id: True for row in reversed(known)}
    (granted,) = book("opasuite", create("role/all", permissions=levels), language="pt-BR").entries
    (taken,) = book("opasuite", update("role/all", change("permissions", levels, {})), language="pt-BR").entries
    for verb, entry in (("Ative", granted), ("Desative", taken)):
        said = [sentence for sentence in tasks(entry) if sentence.startswith(verb)]
        assert said == [f"{verb} {row.section['pt-BR']} → {row.labels['pt-BR']}." for row in known]


def test_who_reads_english_finds_the_words_that_stand_on_the_screen() -> None:
    step = update("role/x", change("permissions", {}, {"menu.permissions": True}))
    (entry,) = book("opasuite", step).entries
    assert "Switch on Menu lateral (Side menu) → Permissões (Permissions)." in tasks(entry)


def test_a_new_role_gets_nothing_beside_what_is_named() -> None:
    (entry,) = book("opasuite", create("role/x", name="X", permissions={"menu.users": True})).entries
    assert "Leave every other permission switched off." in tasks(entry)


def test_a_permission_that_the_catalogue_does_not_know_is_named_and_marked() -> None:
    step = update("role/x", change("permissions", {"new.old": True}, {"new.thing": True, "new.scope": "own"}))
    (entry,) = book("opasuite", step).entries
    said = ["Switch off new.old.", "Set new.scope to own.", "Switch on new.thing."]
    assert tasks(entry)[1:-1] == said and marked(entry) == said


def test_whoever_leaves_is_shut_out_first_and_nothing_is_forgotten() -> None:
    step = update(
        "user/boris",
        change("groups", {"retail": {}}, None),
        change("skills", {"english": 3}, None),
        change("status", "active", "inactive"),
        reason="leaves",
        label="Boris",
    )
    (entry,) = book("iqchannels", msgspec.structs.replace(step, effects=("open appeals go back to the queue",))).entries
    assert plain(entry.heading) == "Close the access of Boris (boris)"
    assert [plain(note) for note in entry.notes] == [
        "Boris (boris) is no longer in the manifests, and leaves.",
        "This also happens by itself: open appeals go back to the queue.",
    ]
    assert [sentence.split(" (")[0] for sentence in tasks(entry)][1:] == [
        "Under Статус",
        "Under Навыки",
        "Save the user.",
        "Choose Сделать логат пользователя",
        "Choose Обнулять токены доступа",
        "Open the segment retail and take boris off its users.",
    ]


def test_who_is_made_inactive_and_stays_in_git_does_not_leave() -> None:
    (entry,) = book("opasuite", update("user/ana", change("status", "active", "inactive"))).entries
    assert plain(entry.heading) == "Close the access of ana" and not entry.notes
    (back,) = book("opasuite", update("user/ana", change("status", "inactive", "active"))).entries
    assert plain(back.heading) == "Change the user ana"


def test_a_deleted_person_is_restored_and_then_changed() -> None:
    back = Restore(kind="user", key="kira", native_id="7", revision="1", changes=(change("schedule", None, "day"),))
    (entry,) = book("iqchannels", Step(id="restore user/kira", change=back, route=Route.MANUAL), language="ru").entries
    assert plain(entry.heading) == "Восстановить пользователя kira"
    assert tasks(entry)[:2] == ["Найдите kira среди удалённых пользователей.", "Восстановите пользователя kira."]
    assert "В поле График работы выберите day." in tasks(entry)


def test_a_rename_is_told_once_by_the_names_of_the_screens() -> None:
    names = {"evening": "Evening", "night": "Night shift"}
    step = update("group/night", change("key", "evening", "night"), change("name", "Evening", "Night shift"))
    by_key = update("group/night", change("key", "evening", "night"))
    for told in (step, by_key):
        plan = signed(Plan(target="office", platform="iptel", steps=(told,)))
        made = runbook(plan, [told], facts_of("iptel"), guide("iptel"), lambda ref: names[ref.key])
        assert headings(made) == ["Rename the User Group Evening to Night shift"]
        assert tasks(made.entries[0]) == [
            "Click the pencil icon next to Evening.",
            "Change Group Name from Evening to Night shift.",
            "Click Submit at the bottom of the screen.",
        ]


def test_a_name_that_only_git_uses_changes_nothing_on_the_screens() -> None:
    steps = (
        update("user/anna", change("key", "ann", "anna")),
        update("allowlist/night", change("key", "evening", "night")),
    )
    for entry in book("opasuite", *steps).entries:
        assert tasks(entry) == ["There is nothing to do on the screens: only the name in Git changes."]


def test_two_who_swap_names_are_told_why_one_is_put_aside() -> None:
    aside = update("group/a", change("key", "b", "b~parked"))
    (entry,) = book("iptel", msgspec.structs.replace(aside, id="park group/a")).entries
    assert "Change Group Name from b to b~parked." in tasks(entry)
    assert [plain(note) for note in entry.notes] == ["For a moment only: another entry needs what this one gives up."]


def test_a_file_is_imported_before_the_first_who_needs_somebody_in_it() -> None:
    steps = (
        create("role/noturno"),
        create("user/ana", Route.FILE, name="Ana", email="ana@example.org", extension="201", status="active"),
        create("user/bia", Route.FILE, needs=["create role/noturno"], name="Bia", email="bia@example.org"),
        update("user/caio", change("extension", "9", "8")),
        update("user/duda", change("email", "d@example.org", "bia@example.org"), needs=["create user/bia"]),
    )
    file = FileRow("people.csv", ("create user/ana", "create user/bia"), secret=True)
    told = book("opasuite", *steps, files=[file])
    assert headings(told) == [
        "Create the permission group noturno",
        "Change the user caio",
        "Import the file people.csv",
        "Complete the user Ana (ana@example.org)",
        "Change the user d@example.org",
    ]
    assert "Type 201 into Ramal (Extension)." in tasks(told.entries[3])
    assert told.numbers == {
        "create role/noturno": 1,
        "update user/caio": 2,
        "create user/bia": 3,
        "create user/ana": 4,
        "update user/duda": 5,
    }
    assert "The file people.csv is confidential" in plain(told.before[2])


def test_a_file_that_nobody_waits_for_comes_last() -> None:
    new = create("user/ana", Route.FILE, name="Ana", email="ana@example.org")
    told = book("opasuite", new, create("role/x"), files=[FileRow("people.csv", (new.id,))])
    assert headings(told) == ["Create the permission group x", "Import the file people.csv"]
    assert not any("confidential" in plain(sentence) for sentence in told.before)


def test_who_can_be_in_no_file_is_made_on_the_form() -> None:
    (entry,) = book("opasuite", create("user/ana", Route.FILE, name="Ana", email="ana@example.org")).entries
    assert plain(entry.heading) == "Create the user Ana (ana@example.org)"
    assert entry.settles == ("create user/ana",)


def test_what_has_to_wait_stands_apart_with_its_reason_and_takes_along_what_needs_it() -> None:
    steps = (
        create("user/ana", Route.FILE, name="Ana"),
        update("user/duda", change("extension", "9", "8"), needs=["create user/ana"]),
        update("user/caio", change("extension", "8", "7")),
    )
    told = book("opasuite", *steps, deferred={"create user/ana": "her group has no id yet"})
    assert headings(told) == ["Change the user caio"]
    assert [(later.step, plain(later.reason)) for later in told.later] == [
        ("create user/ana", "Reason: her group has no id yet"),
        ("update user/duda", "It waits for create user/ana."),
    ]
    assert "create user/ana" not in told.numbers
    assert "## Next round" in list(markdown(told))


def test_where_all_has_to_wait_there_is_nothing_to_confirm() -> None:
    told = book("opasuite", create("user/ana", Route.FILE), deferred={"create user/ana": "no id"})
    lines = list(markdown(told))
    assert not told.entries and "## What to do" not in lines
    assert not any("ccconf confirm" in line for line in lines)


def test_an_allowlist_is_widened_before_it_is_narrowed() -> None:
    before, after = {"198.51.100.7": "", "203.0.113.0/24": "Old"}, {"192.0.2.0/24": "VPN", "203.0.113.0/24": "Office"}
    (entry,) = book("opasuite", update("allowlist/x", change("networks", before, after))).entries
    assert [re.sub(r"Redes permitidas \(.*?\)", "R", sentence) for sentence in tasks(entry)[1:-1]] == [
        "Under R add 192.0.2.0/24 with the note VPN.",
        "Under R change the note of 203.0.113.0/24 to Office.",
        "Under R remove 198.51.100.7.",
    ]


def test_what_somebody_is_within_a_department_is_told_beside_it() -> None:
    before = {"sales": {"role": "responsible"}, "old": {}}
    after = {"sales": {}, "help": {"role": "responsible"}}
    (entry,) = book("opasuite", update("user/x", change("groups", before, after)), language="pt-BR").entries
    assert tasks(entry)[1:-1] == [
        "Em Departamentos, desmarque Responsável em sales.",
        "Em Departamentos, adicione help.",
        "Em Departamentos, marque help como Responsável.",
        "Em Departamentos, remova old.",
    ]


def test_what_is_taken_away_is_told_as_plainly_as_what_is_given() -> None:
    within = {"a": {"permissions": {"x": True, "z": True}}}, {"a": {"permissions": {"y": False, "z": True}}}
    (person,) = book(
        "iqchannels",
        update(
            "user/x",
            change("avatar", "sha256:aa", None),
            change("position", "Agent", None),
            change("schedule", "day", None),
            change("skills", {"english": 1}, {}),
            change("groups", *within),
        ),
    ).entries
    assert [re.sub(r" \(.*?\)", "", sentence) for sentence in tasks(person)][1:] == [
        "Clear Должность.",
        "Under Навыки remove english.",
        "Under График работы remove day and choose nothing.",
        "Under Аватарка delete the file.",
        "Save the user.",
        "Under Сегменты, for a, remove the setting of x.",
        "Under Сегменты, for a, set y to no.",
    ]
    week = change("weekly", {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]}, {"mon": ["09:00-17:00"]})
    days = change("holidays", [{"date": "05-01"}], None)
    (hours,) = book("opasuite", update("schedule/x", week, days)).entries
    assert "Under Períodos (Periods) remove all hours: Tuesday (now 09:00-17:00)." in tasks(hours)
    assert "Under Feriados (Holidays) remove 1 May (every year)." in tasks(hours)


@pytest.mark.parametrize(
    ("language", "weekly", "holiday"),
    [
        (
            "en",
            "Under Períodos (Periods) enter: Monday to Friday, 22:00-06:00 (until the next day).",
            "Under Feriados (Holidays) add 24 December to 2 January (every year), Break.",
        ),
        (
            "pt-BR",
            "Em Períodos, informe: segunda-feira a sexta-feira, 22:00-06:00 (até o dia seguinte).",
            "Em Feriados, adicione 24 de dezembro a 2 de janeiro (todos os anos), Break.",
        ),
    ],
)
def test_hours_and_days_as_people_say_them(language: str, weekly: str, holiday: str) -> None:
    week = {day: ["22:00-06:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    days = [{"date": "12-24", "until": "01-02", "name": "Break"}]
    (entry,) = book("opasuite", create("schedule/x", weekly=week, holidays=days), language=language).entries
    assert {weekly, holiday} <= set(tasks(entry))


def test_a_mark_stands_where_the_words_are_our_guess_and_nowhere_else() -> None:
    step = update("user/x", change("name", "A", "B"), change("extension", "1", "2"), change("status", "active", None))
    told = book("opasuite", step)
    (entry,) = told.entries
    assert [sentence.split()[:3] for sentence in marked(entry)] == [
        ["Change", "Ramal", "(Extension)"],
        ["Under", "Status", "remove"],
    ]
    lines = list(markdown(told))
    assert sum("**(unverified)**" in line for line in lines) == 3  # and once where it is explained
    sure = book("opasuite", update("user/x", change("name", "A", "B")))
    assert not any("unverified" in line for line in markdown(sure))


def test_a_screen_that_is_a_guess_is_marked_itself_and_its_tasks_are_not_marked_again() -> None:
    lines = list(markdown(book("iptel", update("user/x", change("email", "a@example.org", "b@example.org")))))
    assert "Where: **Employees** **(unverified)**" in lines
    assert not any("unverified" in line for line in lines if line.startswith("- [ ]"))


def test_a_role_of_a_segment_is_made_in_its_segment() -> None:
    of_segment = create("role/a", name="Lead", scope="segment", segment="Retail")
    within, system = book("iqchannels", of_segment, create("role/b", name="B", scope="system")).entries
    assert tasks(within)[0] == "Open the segment Retail and start a new role."
    assert not any("Сегмент (Segment)" in sentence or "Вид роли" in sentence for sentence in tasks(within))
    assert plain(system.places[0].where).startswith("Основное меню → Пользователи → вкладка «Роли»")


def test_a_deletion_says_what_has_to_be_true_before() -> None:
    gone = Delete(kind="group", key="old", native_id="7", revision="1", fields={"name": "old"})
    (entry,) = book("iptel", Step(id="delete group/old", change=gone, route=Route.MANUAL)).entries
    assert plain(entry.places[0].hint) == "The system refuses it while this is the only group of some employee."
    assert plain(entry.places[0].expect) == "The message Group deleted successfully. appears."


def test_a_vendor_without_a_guide_is_told_in_english_and_in_the_words_of_the_model() -> None:
    facts = Facts(name="acme", title="Acme")
    gone = Delete(kind="skill", key="old", native_id="7", revision="1", fields={})
    back = Restore(kind="user", key="bo", native_id="8", revision="1", changes=(change("position", None, "Agent"),))
    steps = (
        create("user/ann", name="Ann", two_factor=True, groups={"a": {"role": "boss", "permissions": {"x": True}}}),
        update("group/a", change("rights", None, {"boss": {"y": True}}), change("visible_to_all", True, False)),
        Step(id="delete skill/old", change=gone, route=Route.MANUAL),
        Step(id="restore user/bo", change=back, route=Route.MANUAL),
    )
    plan = signed(Plan(target="office", platform="acme", steps=steps))
    told = runbook(plan, steps, facts, None, lambda ref: ref.key, "pl")
    assert told.language == "en"
    assert all(entry.unverified for entry in told.entries)
    assert [tasks(entry) for entry in told.entries] == [
        [
            "Create the user Ann.",
            "Type Ann into name.",
            "Under groups add a.",
            "Under groups mark a as boss.",
            "Under groups, for a, set x to yes.",
            "Switch on two_factor.",
        ],
        ["Change the group a.", "Under rights, for boss, set y to yes.", "Switch off visible_to_all."],
        ["Delete the skill old."],
        ["Restore the user bo.", "Change the user bo.", "Type Agent into position."],
    ]


def test_a_language_for_which_we_have_no_words_is_not_promised() -> None:
    assert languages_of(None) == ("en",)
    assert languages_of(guide("iqchannels")) == ("en", "ru")
    assert languages_of(msgspec.structs.replace(guide("iptel"), languages=("en", "pl"))) == ("en",)


@pytest.mark.parametrize("vendor", VENDORS)
def test_keys_of_git_stand_only_where_they_name_the_step(vendor: str) -> None:
    """The names on the screens differ from those in Git in all three cases."""
    made = case(vendor)
    foreign = {key for pairs in made.names.values() for key, own in pairs.items() if key != own}
    values = {
        piece.text
        for language in guide(vendor).languages
        for entry in made.book(language).entries
        for said in (entry.heading, *(task.said for place in entry.places for task in place.tasks))
        for piece in said
        if piece.says == "value"
    }
    assert foreign and not foreign & values


@pytest.mark.parametrize(("vendor", "language"), BOOKS)
def test_every_step_is_asked_for_once_in_the_order_of_the_plan(vendor: str, language: str) -> None:
    made, told = case(vendor), case(vendor).book(language)
    settled = [step for entry in told.entries for step in entry.settles]
    later = [later.step for later in told.later]
    assert sorted([*settled, *later]) == sorted(step.id for step in made.waiting)
    needs = {step.id: step.needs for step in made.waiting}
    for number, entry in enumerate(told.entries):
        done = {step for before in told.entries[: number + 1] for step in before.about}
        assert all(set(needs[step]) & set(needs) <= done for step in entry.about)
    by_hand = [entry.about[0] for entry in told.entries if entry.about[0].startswith("update")]
    assert by_hand == [step.id for step in made.waiting if step.id in by_hand]


def test_both_languages_ask_for_the_same_in_the_same_order() -> None:
    for vendor in ("iqchannels", "opasuite"):
        shapes = [
            [(entry.number, entry.about, [len(place.tasks) for place in entry.places]) for entry in told.entries]
            for told in map(case(vendor).book, guide(vendor).languages)
        ]
        assert shapes[0] == shapes[1]


def test_a_runbook_of_many_people_is_made_without_delay() -> None:
    steps = [create(f"user/p{number:04}", name=f"P {number}", groups={"a": {}}) for number in range(2_000)]
    began = time.process_time()
    page = html([book("iqchannels", *steps, language=language) for language in ("en", "ru")])
    assert page.count("<article") == 4_000
    assert time.process_time() - began < 20


def test_the_command_that_reports_back_names_the_plan() -> None:
    step = create("role/x")
    plan = signed(Plan(target="north office", platform="iptel", steps=(step,)))
    told = runbook(plan, [step], facts_of("iptel"), guide("iptel"), lambda ref: ref.key)
    commands = [piece.text for said in told.back for piece in said if piece.says == "command"]
    confirm = f"ccconf confirm -t 'north office' --plan {plan.id[:12]}"
    assert commands[:2] == [f"{confirm} NUMBERS", f"{confirm} --all"]


def test_what_is_done_to_one_person_at_once_is_told_by_screen_and_word() -> None:
    said = act_steps(facts_of("iqchannels"), guide("iqchannels"), "logout", "anna@example.org", "ru")
    assert list(map(plain, said)) == [
        "Где: Основное меню → Пользователи → вкладка «Пользователи»",
        "Найдите anna@example.org.",
        "Выберите для anna@example.org: Сделать логат пользователя.",
    ]
    unguided = act_steps(facts_of("iqchannels"), None, "reset-password", "anna@example.org")
    assert list(map(plain, unguided)) == [
        "Find anna@example.org.",
        "Choose Сброс пароля (Reset the password) for anna@example.org.",
    ]


def test_the_same_plan_gives_the_same_bytes_whatever_python_does_with_its_sets() -> None:
    script = (
        "import sys; from tests.report.runbook_cases import case; from ccconf.report.runbook import html, markdown\n"
        "made = case('opasuite'); books = [made.book('en'), made.book('pt-BR')]\n"
        "sys.stdout.buffer.write(('\\n'.join(markdown(books[1])) + html(books)).encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1 and outputs.pop()


def test_references_are_shown_by_the_names_that_the_caller_knows() -> None:
    step = update("user/x", change("groups", {}, {"a": {}}))
    plan = signed(Plan(target="office", platform="iptel", steps=(step,)))
    own = {Ref("group", "a"): "Group A", Ref("user", "x"): "Mr X"}
    told = runbook(plan, [step], facts_of("iptel"), guide("iptel"), own.__getitem__)
    assert tasks(told.entries[0])[1] == "Under User Groups add Group A."
