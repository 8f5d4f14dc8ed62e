"""A contact centre with about forty people, a plan of a busy Monday, and what a drift report says of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ccconf.model.change import Create, FieldChange, Update
from ccconf.reconcile.drifted import Difference, Drift, Moment, Share, Sort, Weight
from ccconf.reconcile.plan import Counts, Plan, Step, signed
from tests.cli.desk import Desk

MONDAY = "2026-11-16T08:30:00+00:00"

_NAMES = (
    "Ingrid Solheim-Okoye", "Rafael Quintanar", "Hyeon-ju Baek-Larsen", "Amara Okafor-Stone", "Piotr Żelazny-Moor",
    "Leïla Haddad-Frost", "Dmytro Koval-Hayes", "Mei Lindqvist", "Tunde Baptiste", "Agnieszka Thorne",
    "Jonas Veldhuis-Park", "Wanjiru Castellan", "Štěpán Holloway", "Noor Achterberg", "Caio Brandt-Leal",
    "Zofia Arundel", "Idris Falkner", "Marisol Okada", "Viktor Emerald-Nagy", "Oluchi Branicka",
    "Kofi Mensah-Lind", "Yuki Tanabe-Roth", "Bohdan Levchuk-Ray", "Salma Idrissi-Wolf", "Elif Sandoval",
    "Henrik Adeyemi", "Paola Winterbourne", "Tariq Lindgren", "Olena Marchetti", "Samuel Oyelaran",
    "Beatriz Kowalczyk", "Arjun Hallström", "Fatima Delacroix", "Luca Nwosu", "Greta Yamamoto", "Omar Vestergaard",
    "Nadia Ferreira-Holm", "Thabo Jankowski", "Chiara Lundqvist", "Emeka Rousseau",
)  # fmt: skip
_TEAMS = ("support", "billing", "sales", "night-desk")
_SKILLS = ("english", "polish", "german", "invoices")

_BASE: dict[str, Any] = {
    "allowlists": {
        "office": {"networks": {"203.0.113.0/25": "First and second floor"}},
        "home": {"networks": {"198.51.100.16/28": "Gateway"}},
    },
    "schedules": {
        "day": {"timezone": "Europe/Warsaw", "weekly": {"mon-thu": ["08:00-17:00"], "fri": ["08:00-15:00"]}},
        "night": {"timezone": "Europe/Warsaw", "weekly": {"sun-thu": ["22:00-06:00"]}},
    },
    "roles": {
        "operator": {"permissions": {"calls.take": True, "chats.take": True, "reports": "read"}},
        "supervisor": {"permissions": {"calls.take": True, "calls.barge_in": True, "reports": "admin"}},
        "trainee": {"permissions": {"chats.take": True}},
    },
    "skills": {"english": {}, "polish": {}, "german": {}, "invoices": {}},
    "groups": {
        "support": {"name": "Support", "roles": ["operator"], "allowlists": ["office", "home"], "schedule": "day"},
        "billing": {"name": "Billing", "roles": ["operator"], "allowlists": ["office"], "schedule": "day"},
        "sales": {"name": "Sales", "roles": ["operator"], "allowlists": ["office", "home"]},
        "night-desk": {"name": "Night desk", "roles": ["operator"], "allowlists": ["office"], "schedule": "night"},
    },
}


def key(name: str) -> str:
    """What Git calls a person."""
    return "".join(letter for letter in name.lower().replace(" ", ".") if letter.isalnum() or letter in ".-")


def _people() -> dict[str, dict[str, Any]]:
    return {
        key(name): {
            "name": name,
            "email": f"agent.{number:02}@example.org",
            "extension": str(200 + number),
            "position": "Team lead" if number < 4 else "Operator",
            "groups": [_TEAMS[number % 4]],
            "roles": ["supervisor"] if number < 4 else [],
            "skills": {_SKILLS[number % 4]: 2 + number % 4, "english": 3},
            "schedule": "night" if number % 4 == 3 else "day",
        }
        for number, name in enumerate(_NAMES)
    }


def monday(folder: Path, **target: Any) -> Desk:
    """The project on the morning on which a plan is due: four join, three leave, a role and an allowlist change."""
    desk = Desk(folder, options={"at_once": 1}, **target)
    people = _people()
    newcomers = [people.pop(key(name)) for name in _NAMES[-4:]]
    desk.declare(**_BASE, users=people)
    desk.apply()
    after = {**_BASE, "users": {**people, **{key(person["name"]): person for person in newcomers}}}
    _change(after)
    return desk.declare(**after)


def _change(after: dict[str, Any]) -> None:
    users = after["users"]
    for name in _NAMES[12:15]:
        del users[key(name)]
    lead = users[key("Piotr Żelazny-Moor")]
    lead |= {"roles": ["supervisor"], "position": "Team lead, support", "skills": {"english": 5, "polish": 5}}
    users[key("Mei Lindqvist")] |= {"groups": ["support", "sales"]}
    users[key("Tunde Baptiste")] |= {"groups": ["billing"], "skills": {"english": 4, "invoices": 2}}
    users[key("Idris Falkner")] |= {"schedule": "night", "groups": ["night-desk"]}
    users[key("Elif Sandoval")] |= {"status": "inactive"}
    users["agnieszka.thorne-vale"] = users.pop(key("Agnieszka Thorne")) | {
        "formerly": key("Agnieszka Thorne"), "name": "Agnieszka Thorne-Vale",
    }  # fmt: skip
    after["roles"] = {
        **after["roles"],
        "operator": {"permissions": {"calls.take": True, "chats.take": True, "reports": "read", "recordings": "read"}},
    }
    after["allowlists"] = {
        **after["allowlists"], "home": {"networks": {"198.51.100.16/28": "Gateway", "192.0.2.40": "Second gateway"}},
    }  # fmt: skip
    after["schedules"] = {
        **after["schedules"],
        "day": {
            "timezone": "Europe/Warsaw", "weekly": {"mon-thu": ["08:00-17:00"], "fri": ["08:00-14:00"]},
            "holidays": [{"date": "12-25", "until": "12-26", "name": "Christmas"}],
        },
    }  # fmt: skip


def drift() -> Drift:
    """What somebody changed at the console in a week, and what else differs."""
    return Drift(
        target="office", platform="threecx", url="https://pbx.example.org", at="2026-11-20T06:00:00+00:00",
        differences=tuple(_differences()),
        unmanaged={"user": 2, "group": 1},
        coverage={"user": Share(managed=40, unmanaged=2), "group": Share(managed=4, unmanaged=1),
                  "role": Share(managed=3, unmanaged=0), "skill": Share(managed=4, unmanaged=0)},
        seats=41, seats_bought=50, plan_id="4d8fe64d661f" + "0" * 52,
        trend=tuple(_trend()),
    )  # fmt: skip


def _differences() -> Iterator[Difference]:
    people, team, owner, admin = "manifests/people", "manifests/team.yaml", "ingrid@example.org", "vendor support"

    def row(object: str, field: str, sort: Sort, weight: Weight, **more: Any) -> Difference:
        return Difference(object=object, field=field, sort=sort, weight=weight, **more)

    yield row("user/mei.lindqvist", "roles", Sort.DRIFT, Weight.SECURITY, label="Mei Lindqvist", applied=[],
              live=["supervisor"], wanted=[], who=owner, when="2026-11-18T14:02:00+00:00",
              file=f"{people}/support.yaml", line=38, column=12)  # fmt: skip
    yield row("user/mei.lindqvist", "position", Sort.DRIFT, Weight.COSMETIC, label="Mei Lindqvist", applied="Operator",
              live="Acting team lead", wanted="Operator", who=owner, when="2026-11-18T14:03:00+00:00",
              file=f"{people}/support.yaml", line=36, column=15)  # fmt: skip
    yield row("role/operator", "permissions", Sort.CONFLICT, Weight.SECURITY,
              applied={"calls.take": True, "chats.take": True, "reports": "read"},
              live={"calls.take": True, "calls.barge_in": True, "chats.take": True, "reports": "read"},
              wanted={"calls.take": True, "chats.take": True, "recordings": "read", "reports": "read"}, who=admin,
              when="2026-11-19T09:41:00+00:00", file="manifests/roles.yaml", line=4, column=18,
              says="changed on both sides")  # fmt: skip
    yield row("user/tunde.baptiste", "groups", Sort.DRIFT, Weight.SECURITY, label="Tunde Baptiste",
              applied={"support": {}}, live={"support": {}, "billing": {"role": "manager"}}, wanted={"support": {}},
              file=f"{people}/support.yaml", line=44, column=13)  # fmt: skip
    yield row("user/noor.achterberg", "skills", Sort.DRIFT, Weight.ROUTING, label="Noor Achterberg",
              applied={"english": 3, "polish": 3}, live={"english": 3, "polish": 3, "german": 5},
              wanted={"english": 3, "polish": 3}, who=owner, when="2026-11-17T11:20:00+00:00",
              file=f"{people}/billing.yaml", line=20, column=13)  # fmt: skip
    yield row("user/viktor.emerald-nagy", "mobile", Sort.DRIFT, Weight.COSMETIC, label="Viktor Emerald-Nagy",
              live="+48 600 100 404", applied="+48 600 100 400", wanted="+48 600 100 400", who="viktor@example.org",
              when="2026-11-19T16:55:00+00:00", file=f"{people}/sales.yaml", line=31, column=13)  # fmt: skip
    yield row("schedule/day", "weekly", Sort.DRIFT, Weight.ROUTING,
              applied={"mon": ["08:00-17:00"], "tue": ["08:00-17:00"], "fri": ["08:00-15:00"]},
              live={"mon": ["08:00-17:00"], "tue": ["08:00-17:00"], "fri": ["08:00-13:00"]},
              wanted={"mon": ["08:00-17:00"], "tue": ["08:00-17:00"], "fri": ["08:00-15:00"]}, who=admin,
              when="2026-11-16T07:05:00+00:00", file="manifests/schedules.yaml", line=5, column=13)  # fmt: skip
    yield row("schedule/day", "holidays", Sort.EXPIRED, Weight.COSMETIC, file="manifests/schedules.yaml", line=9,
              column=7, says="2026-08-17 (Company day) is over; take it out of Git")  # fmt: skip
    yield row("user/arjun.hallström", "", Sort.PENDING, Weight.SECURITY, label="Arjun Hallström", says="new in Git",
              file=f"{people}/sales.yaml", line=60, column=3)  # fmt: skip
    yield row("user/yuki.tanabe-roth", "extension", Sort.WAITING, Weight.ROUTING, label="Yuki Tanabe-Roth",
              applied="221", live="221", wanted="502", file=f"{people}/night.yaml", line=14, column=16)  # fmt: skip
    yield row("user/helpdesk.temp", "", Sort.UNMANAGED, Weight.SECURITY, label="Helpdesk (temporary)", who=owner,
              when="2026-11-12T12:00:00+00:00")  # fmt: skip
    yield row("user/test1", "", Sort.UNMANAGED, Weight.SECURITY, label="test1")
    yield row("group/pilot", "", Sort.UNMANAGED, Weight.SECURITY, label="Pilot")
    yield row("group/sales", "description", Sort.DRIFT, Weight.COSMETIC, label="Sales", live="Shop and partners",
              who=owner, when="2026-11-17T11:00:00+00:00", file=team, line=12, column=3,
              ignored="sales rewrites it every week", until="2026-12-31")  # fmt: skip


def _trend() -> Iterator[Moment]:
    for week, (security, routing, cosmetic) in enumerate(_WEEKS):
        weights = {"security": security, "routing": routing, "cosmetic": cosmetic}
        at = datetime(2026, 11, 20, 6, tzinfo=UTC) - timedelta(weeks=len(_WEEKS) - 1 - week)
        yield Moment(at=at.isoformat(), sorts={"drift": sum(weights.values())}, weights=weights, seats=36 + week // 2)


_WEEKS = (
    (1, 2, 4), (1, 2, 3), (0, 1, 3), (2, 3, 3), (4, 5, 6), (2, 3, 2), (1, 1, 2), (0, 1, 1), (0, 2, 2), (1, 2, 1),
    (2, 1, 3), (3, 2, 2),
)  # fmt: skip
"""How many changes of security, routing and looks were found week by week."""


def many_differences(number: int) -> Drift:
    """A report with so many differences, of all sorts and weights."""
    sorts, weights = tuple(Sort)[:3], tuple(Weight)
    rows = tuple(
        Difference(
            object=f"user/agent.{place:05}", label=f"{_NAMES[place % len(_NAMES)]} {place}",
            field=("groups", "skills", "position")[place % 3],
            sort=sorts[place % 3], weight=weights[2 - place % 3],
            applied=({"support": {}}, {"english": 3}, "Operator")[place % 3],
            live=({"support": {}, f"team-{place % 7}": {}}, {"english": 3, "german": place % 5 + 1}, "Lead")[place % 3],
            wanted=({"support": {}}, {"english": 3}, "Operator")[place % 3],
            who=f"admin{place % 5}@example.org", when="2026-11-18T14:02:00+00:00",
            file=f"manifests/people-{place // 200:04}.yaml", line=place + 1, column=5,
        )
        for place in range(number)
    )  # fmt: skip
    return Drift(
        target="office", platform="threecx", at="2026-11-20T06:00:00+00:00", differences=rows,
        coverage={"user": Share(managed=50_000, unmanaged=0)}, seats=50_000, seats_bought=60_000, trend=tuple(_trend()),
    )  # fmt: skip


def many_steps(number: int) -> Plan:
    """A plan in which nearly everybody gets another schedule, some another role, and some are new."""
    steps = tuple(_step(place) for place in range(number))
    return signed(Plan(target="office", platform="local", steps=steps, counts=Counts(update=number)))


def _step(place: int) -> Step:
    key, label = f"agent.{place:05}", f"{_NAMES[place % len(_NAMES)]} {place}"
    if place % 50 == 0:
        fields = {"name": label, "email": f"{key}@example.org", "groups": {"support": {}}, "schedule": "day"}
        create = Create(kind="user", key=key, fields=fields)
        return Step(id=f"create user/{key}", change=create, label=label, risk="high", calls=("POST",))
    changes = [FieldChange(field="schedule", before="day", after="late")]
    if place % 50 == 1:
        changes.append(FieldChange(field="roles", before=["operator"], after=["operator", "supervisor"]))
    update = Update(kind="user", key=key, native_id=str(place), revision="1", changes=tuple(changes))
    risk = "high" if len(changes) > 1 else "low"
    return Step(id=f"update user/{key}", change=update, label=label, risk=risk, calls=("PATCH",))  # type: ignore[arg-type]  # one of its two words
