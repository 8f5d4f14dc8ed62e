"""`--mask people`: nobody can be recognised in any report, and yet everybody is the same person everywhere."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ccconf.codes import CODES
from ccconf.findings import Finding, Location
from ccconf.model.change import Create, Delete, FieldChange, Update
from ccconf.reconcile.drifted import Difference, Sort, Weight
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Adoption, Counts, FoundIn, Plan, Step
from ccconf.report.formats import FORMATS
from ccconf.report.mask import Known, Masker, known_in, known_of
from ccconf.report.sheet import Subject, drifted, found, nowhere, planned, ran
from tests.formats.estate import AT, drift
from tests.formats.parsers import PARSERS

SECRET = b"of this project alone"

Person = dict[str, str]


def person(number: int, **more: str) -> Person:
    """Somebody with everything that tells who it is."""
    return {
        "key": f"jdoe.{number}x", "name": f"Johanna Döe-{number}x", "email": f"Joh.Doe{number}x@Example.org",
        "extension": f"77{number:04}", "mobile": f"+48 600 77{number:04}", "avatar": f"sha256:{number:064x}", **more,
    }  # fmt: skip


def fields(one: Person) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "key"}


def subjects(one: Person, other: Person) -> list[Subject]:
    """Every subject, with the two wherever people can stand, in fields and in words."""
    made = plan(one, other)
    changed = tuple(differences(one, other))
    return [
        planned(made, nowhere, at=AT, exit_code=2),
        ran(
            made,
            outcomes(made, one, other),
            nowhere,
            at=AT,
            exit_code=5,
            said={"later": {made.steps[0].id: one["name"]}},
        ),
        drifted(drift(differences=changed), nowhere, exit_code=2, plan=made),
        found(mistakes(one, other), nowhere, command="validate", targets=["office"], at=AT, exit_code=1, objects=2),
    ]


def plan(one: Person, other: Person) -> Plan:
    warning = FoundIn(
        code="CC209", severity=CODES["CC209"].severity,
        message=f"the email {one['email'].lower()} is also user/{other['key']}'s",
        where=f"manifests/{one['key']}.yaml:101:7", subject=f"user/{one['key']}", hint=f"ask {other['name']}",
    )  # fmt: skip
    steps = (
        Step(
            id=f"create user/{one['key']}", label=one["name"], calls=(f"POST /users/{one['email']}",),
            change=Create(
                kind="user", key=one["key"], fields={**fields(one), "position": f"deputy of {other['name']}"},
            ),
        ),
        Step(
            id=f"update user/{other['key']}", label=other["name"], needs=(f"create user/{one['key']}",),
            reason=f"renamed from {one['key']}", says=f"leaves; {one['name']} takes over",
            change=Update(
                kind="user", key=other["key"], native_id=other["email"], revision="1",
                changes=(
                    FieldChange(field="key", before=one["key"], after=other["key"]),
                    FieldChange(field="name", before=one["name"], after=other["name"]),
                ),
            ),
        ),
        Step(
            id="update group/billing",
            change=Update(
                kind="group", key="billing", native_id="3", revision="1",
                changes=(
                    FieldChange(
                        field="description", before=f"ask {one['name'].upper()}", after=f"call {one['mobile']}",
                    ),
                ),
            ),
            effects=(f"mails go to {one['email']}",),
        ),
        Step(
            id=f"delete user/{one['key']}~parked",
            change=Delete(kind="user", key=f"{one['key']}~parked", native_id="9", revision="1", fields=fields(one)),
        ),
    )  # fmt: skip
    return Plan(
        id="5eed" * 16, target="office", platform="local", steps=steps, counts=Counts(create=1, update=2, delete=1),
        adopts=(Adoption(kind="user", key=other["key"], native_id=other["key"], formerly=one["key"]),),
        files={one["avatar"]: f"avatars/{one['key']}.png"}, names={"user": {one["key"]: one["name"]}},
        selection=(f"user/{one['key']}",), findings=(warning,),
    )  # fmt: skip


def outcomes(made: Plan, one: Person, other: Person) -> Report:
    ends = [
        Outcome(
            step=step.id, status=Status.FAILED, code="CC702",
            detail=f"the platform says: {one['name']} has {one['email']}",
            hint=f"ask {other['name']}", native_id=one["email"], calls=(f"GET /users/{other['email']}",),
        )
        for step in made.steps
    ]  # fmt: skip
    return Report(plan_id=made.id, target="office", outcomes=tuple(ends))


def differences(one: Person, other: Person) -> list[Difference]:
    def row(field: str, value: Any, **more: Any) -> Difference:
        usual = {"sort": Sort.DRIFT, "weight": Weight.SECURITY, "who": other["name"], "when": "2026-11-18T09:12:00Z"}
        return Difference(
            object=f"user/{one['key']}", label=one["name"], field=field, live=value,
            file=f"manifests/{one['key']}.yaml", line=101, column=3, **{**usual, **more},
        )  # fmt: skip

    return [
        *(row(name, value) for name, value in fields(one).items()),
        row("", fields(other), sort=Sort.UNMANAGED),
        row("key", other["key"], says=f"{other['name']} has it"),
        row("roles", ["agent"], who=other["email"], ignored=f"{one['name']} knows"),
        Difference(
            object="group/billing", label="Billing", field="members", sort=Sort.CONFLICT, weight=Weight.SECURITY,
            live={one["key"]: {"role": "manager"}}, wanted={other["key"]: {}}, who=one["key"],
        ),
    ]  # fmt: skip


def mistakes(one: Person, other: Person) -> list[Finding]:
    where, subject = Location(f"manifests/{one['key']}.yaml", 101, 77), f"user/{one['key']}"
    said = (
        ("CC203", f"members: no user is called {one['key']}", "", f"did you mean {other['key']}?"),
        ("CC210", f"the extension {one['extension']} is also user/{other['key']}'s", subject, ""),
        ("CC202", 'mobile: "0048 nobody knew" must be a telephone number', subject, ""),
        ("CC204", f"user/{one['key']} is declared twice", subject, ""),
    )
    return [Finding(code=code, message=what, where=where, subject=of, hint=hint) for code, what, of, hint in said]


def masked(subject: Subject, *people: Person) -> Subject:
    known = [row for one in people for row in known_of(one["key"], fields(one))]
    return Masker(SECRET, [*known_in(subject), *known]).subject(subject)


def spelled(raw: str) -> list[str]:
    """All that somebody may look for in a report: as it is, without escapes, in small letters."""
    plain = html.unescape(unquote(raw)).replace("\\", "").replace("\u200b", "")
    return [raw.casefold(), plain.casefold()]


def left(raw: str, *people: Person) -> list[str]:
    """What of somebody can still be found."""
    values = {value.casefold() for one in people for value in one.values()}
    return sorted(value for value in values for said in spelled(raw) if value in said)


KINDS = list(FORMATS)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_anybody_is_left_in_any_format(kind: str) -> None:
    one, other = person(1), person(2)
    for subject in subjects(one, other):
        raw = FORMATS[kind](masked(subject, one, other))
        PARSERS[kind](raw)
        assert not [
            (value, kind)
            for value in (*one.values(), *other.values())
            for said in spelled(raw)
            if value.casefold() in said
        ]
        assert "nobody knew" not in raw
        assert subject.drift is None or "101" in raw or kind in ("openmetrics", "html"), "places stay"


_NAME = st.from_regex(r"[A-ZŁÖ][a-złé]{4,8}( (van |O')?[A-ZŻ][a-zñ]{4,9}){0,2}", fullmatch=True)
_KEY = st.from_regex(r"[a-z]{5,8}[._-]?[a-z0-9]{2,8}", fullmatch=True)
_ODD = st.sampled_from(["", " <b>", ' "Q"', "'s", "\u202e", " |", " #1", "%25", " {0}", " 😀", "."])
_PEOPLE = st.builds(
    lambda key, name, odd, phone: {
        "key": f"{key}q", "name": f"{name}{odd}", "email": f"{key}@{key}.example", "extension": f"8{phone}",
        "mobile": f"+48 9{phone}", "avatar": f"sha256:{key}",
    },
    _KEY, _NAME, _ODD, st.from_regex(r"[0-9]{5}", fullmatch=True),
)  # fmt: skip


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(one=_PEOPLE, other=_PEOPLE)
def test_whatever_people_are_called(one: Person, other: Person) -> None:
    for subject in subjects(one, other):
        safe = masked(subject, one, other)
        for kind in KINDS:
            raw = FORMATS[kind](safe)
            assert not left(raw, one, other), kind


def test_the_same_person_is_the_same_in_every_report() -> None:
    one, other = person(1), person(2)
    token = Masker(SECRET, ()).token(one["key"])
    for subject in subjects(one, other):
        for kind in set(KINDS) - {"openmetrics"}:
            assert token in FORMATS[kind](masked(subject, one, other)), (subject.command, kind)


def test_everything_else_stays() -> None:
    one, other = person(1), person(2)
    made = plan(one, other)
    safe = masked(planned(made, nowhere, at=AT, exit_code=2)).plan
    assert safe is not None
    assert (safe.counts, safe.target, safe.id) == (made.counts, made.target, made.id)
    assert [type(step.change) for step in safe.steps] == [type(step.change) for step in made.steps]
    assert safe.steps[1].needs == (safe.steps[0].id,), "needs still name steps"
    assert safe.findings[0].where.endswith(":101:7")
    raw = json.loads(FORMATS["json"](masked(planned(made, nowhere, at=AT, exit_code=2))))
    group = next(step for step in raw["steps"] if step["change"]["kind"] == "group")
    assert group["change"]["key"] == "billing" and group["change"]["native_id"] == "3"


def test_a_role_that_is_called_like_a_person_stays() -> None:
    masker = Masker(SECRET, known_of("agent", {"name": "Agent", "extension": "101"}))
    assert masker.text("nothing uses role/agent, ask agent") == f"nothing uses role/agent, ask {masker.key('agent')}"
    assert masker.value("user", "bo", "roles", ["agent"]) == ["agent"]
    assert masker.value("user", "bo", "groups", {"agent": {"role": "agent"}}) == {"agent": {"role": "agent"}}
    assert masker.value("role", "agent", "permissions", {"agent": "agent"}) == {"agent": "agent"}
    assert masker.value("user", "bo", "status", "active") == "active"
    assert masker.ref("role/agent") == "role/agent"
    assert masker.ref("user/agent") == f"user/{masker.key('agent')}"
    assert masker.text("a.yaml:101:4, 101 at 09:101") == f"a.yaml:101:4, ext-{masker.token('agent')} at 09:101"


def test_values_of_one_person_are_told_apart_only_where_there_are_several() -> None:
    alone = Masker(SECRET, known_of("ann", {"name": "Ann Lee"}))
    married = Masker(SECRET, [*known_of("ann", {"name": "Ann Lee"}), *known_of("ann", {"name": "Ann Dahl"})])
    assert re.fullmatch(r"Person [a-z2-7]{10}", alone.pseudonym("name", "Ann Lee", "ann"))
    one, two = (married.pseudonym("name", name, "ann") for name in ("Ann Lee", "Ann Dahl"))
    assert one != two
    assert one.startswith(alone.pseudonym("name", "Ann Lee", "ann")) and two[:17] == one[:17]


def test_two_people_of_one_name_are_not_taken_for_each_other() -> None:
    masker = Masker(SECRET, [*known_of("a.smith", {"name": "A Smith"}), *known_of("b.smith", {"name": "A Smith"})])
    assert masker.pseudonym("name", "A Smith", "a.smith") != masker.pseudonym("name", "A Smith", "b.smith")
    assert masker.token("a.smith") not in masker.text("ask A Smith")


def test_who_changed_it_is_known_by_any_of_their_values() -> None:
    masker = Masker(
        SECRET, [*known_of("bo", {"name": "Bo Dahl", "email": "bo@x.example"}), Known("", "name", "Bo Dahl")]
    )
    assert {masker.person(name)[:17] for name in ("bo", "Bo Dahl", "bo@x.example", "BO@X.example")} == {
        f"Person {masker.token('bo')}"
    }
    assert re.fullmatch(r"Person [a-z2-7]{10}", masker.person("console"))


def test_a_pseudonym_is_of_its_project() -> None:
    assert Masker(b"a", ()).key("ann") != Masker(b"b", ()).key("ann")


def test_what_is_masked_is_not_masked_again() -> None:
    one, other = person(1), person(2)
    for subject in subjects(one, other):
        once = masked(subject, one, other)
        text = FORMATS["text"](once)
        assert Masker(SECRET, [*known_of("ann", {"name": "Ann"})]).text(text) == text


def test_addresses_of_strangers_are_masked_too() -> None:
    masker = Masker(SECRET, ())
    said = masker.text("the e-mail Zoë.X@Corp.example belongs to user/zoe and (mail: a.b@c.example)")
    assert "example" not in said and "zoe" not in said and said.count("@masked.invalid") == 2


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40), values=st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_any_text_can_be_masked(text: str, values: list[str]) -> None:
    masker = Masker(SECRET, [row for value in values for row in known_of(value, {"name": value})])
    assert masker.text(masker.text(text)) == masker.text(masker.text(text))
