"""Makes up an estate: the same numbers, the same people. Nobody in it is meant to be anybody."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ccconf.platforms.threecx.emulator import groups, holidays, queues, users
from ccconf.platforms.threecx.emulator.listing import Row
from ccconf.platforms.threecx.emulator.memberships import Edge, add_edge
from ccconf.platforms.threecx.emulator.objects import BLOCKED, GROUP, HOLIDAY, QUEUE, USER
from ccconf.platforms.threecx.emulator.office import OWNER, Office
from ccconf.platforms.threecx.emulator.options import Seed
from ccconf.platforms.threecx.emulator.store import encoded
from ccconf.platforms.threecx.emulator.zones import zone_id

_FIRST = "Ada Boris Clara Dmitri Ewa Farid Greta Henryk Ines Jonas Kira Lech Mona Nils Olga Piotr Rosa Stefan Tania Uwe"
_LAST = "Adler Berg Cichy Dorn Ebner Falk Gruber Halik Ivers Janik Kern Lunde Marek Novak Orlow Petri Quist Reis Sokol"
_FIELDS = "Sales Support Billing Reception Logistics Claims Orders Returns Service Dispatch Training Quality"
_PLACES = "North South East West Central Harbour Airport Lakeside Hillside Riverside"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_SKILLED = ("SkillBasedRouting_RoundRobin", "SkillBasedRouting_RingAll", "LongestWaiting", "Hunt")
_WEEK = [{"DayOfWeek": day, "Start": "08:00:00", "Stop": "18:00:00"} for day in _DAYS]
_SPECIFIC = {"IgnoreHolidays": False, "Periods": _WEEK, "Type": "SpecificHours"}


def plant(office: Office, seed: Seed) -> None:
    """Fill an empty system."""
    dice = random.Random(seed.seed)  # noqa: S311 - an estate, no secret
    with office.store.change():
        _singles(office)
        _departments(office, seed, dice)
        _people(office, seed, dice)
        if seed.users > 1:
            _queues(office, seed, dice)
            _lists(office)


def _singles(office: Office) -> None:
    zone = zone_id("Europe/Warsaw")
    office.store.put_single("ConsoleRestrictions", {"AccessRestricted": False, "Id": "0", "IpWhitelist": []})
    hours = {"Hours": _SPECIFIC, "BreakTime": {**_SPECIFIC, "Periods": [], "Type": "Never"}}
    office.store.put_single("OfficeHours", {**hours, "SystemLanguage": "EN", "TimeZoneId": zone})


def _departments(office: Office, seed: Seed, dice: random.Random) -> None:
    zone = zone_id("Europe/Warsaw")
    blank = {**GROUP.blank(), **groups.ALWAYS, "TimeZoneId": zone}
    for place in range(max(1, seed.departments)):
        name = "DEFAULT" if place == 0 else _department_name(place - 1)
        hours = {"Hours": _SPECIFIC} if place and dice.random() < 0.3 else {}
        row = {**blank, "Number": f"GRP{place:04d}", "Name": name, "IsDefault": place == 0, **hours}
        groups.set_templates(office, office.store.add("groups", row), [])


def _department_name(place: int) -> str:
    fields, places = _FIELDS.split(), _PLACES.split()
    lap, rest = divmod(place, len(fields) * len(places))
    name = f"{fields[rest % len(fields)]} {places[rest // len(fields)]}"
    return name if lap == 0 else f"{name} {lap + 1}"


def _people(office: Office, seed: Seed, dice: random.Random) -> None:
    homes = [row[0] for row in office.store.all("SELECT id FROM groups ORDER BY id")]
    count = max(1, seed.users)
    office.store.add_all("users", (_person(place, _home(place, homes), dice) for place in range(count)))
    add_edge(office.store, Edge(homes[0], "Extension", 1, OWNER))
    for place in range(1, count):
        add_edge(office.store, Edge(_home(place, homes), "Extension", place + 1, *_rights(office, dice)))


def _home(place: int, homes: list[int]) -> int:
    """The owner sits in the default department, the others in turn in the rest."""
    return homes[0] if place == 0 or len(homes) == 1 else homes[1 + (place - 1) % (len(homes) - 1)]


def _person(place: int, home: int, dice: random.Random) -> Row:
    first, last = dice.choice(_FIRST.split()), dice.choice(_LAST.split())
    number = str(_numbers_from(place))
    return {
        **USER.blank(),
        **users.ALWAYS,
        **users.new_secrets(),
        "Id": place + 1,
        "Number": number,
        "FirstName": first,
        "LastName": last,
        "DisplayName": f"{first} {last}",
        "EmailAddress": f"{first}.{last}.{number}@centre.example".lower(),
        "Mobile": f"+4850{dice.randrange(10**7):07d}" if dice.random() < 0.3 else "",
        "Enabled": place == 0 or dice.random() > 0.05,
        "PrimaryGroupId": home,
    }


def _numbers_from(place: int) -> int:
    """100 to 799, then from 10000: between them are the queues."""
    return 100 + place if place < 700 else 10_000 + place - 700


def _rights(office: Office, dice: random.Random) -> tuple[str, str]:
    role = dice.choices(("users", "receptionists", "managers", "system_admins"), (85, 6, 8, 1))[0]
    role = role if role in office.roles else "users"
    return role, encoded({"AllowIVR": True} if role == "users" and dice.random() < 0.1 else {})


def _queues(office: Office, seed: Seed, dice: random.Random) -> None:
    count = seed.queues if seed.queues is not None else 1 + seed.departments // 8
    homes = [row[0] for row in office.store.all("SELECT id FROM groups ORDER BY id")]
    for place in range(min(count, 190)):
        home = homes[-1 - place % len(homes)]
        row = {**QUEUE.blank(), **queues.ALWAYS, "Number": str(800 + place), "Name": f"Queue {800 + place}"}
        id_ = office.store.add("queues", {**row, "PollingStrategy": _SKILLED[place % len(_SKILLED)]})
        add_edge(office.store, Edge(home, "Queue", id_))
        queues.staff(office, id_, "Agents", list(_agents(office, seed.users, dice)))


def _agents(office: Office, people: int, dice: random.Random) -> Iterator[Row]:
    for place in sorted(dice.sample(range(people), min(8, people))):
        yield {"Number": str(_numbers_from(place)), "SkillGroup": str(dice.randint(1, 3))}


def _lists(office: Office) -> None:
    for name, day, month in (("New Year", 1, 1), ("Labour Day", 1, 5), ("Christmas", 25, 12)):
        days = {"Day": day, "DayEnd": day, "Month": month, "MonthEnd": month, "Name": name, "IsRecurrent": True}
        office.store.add("holidays", {**HOLIDAY.blank(), **holidays.ALWAYS, **days})
    for mask, kind, by, expires, words in (
        ("198.51.100.0/24", "Block", "Manual", None, "a network that nobody here needs"),
        ("192.0.2.10", "Allow", "Manual", None, "the branch office"),
        ("203.0.113.77", "Block", "AutoBlacklist", "2098-01-01T00:00:00Z", "too many wrong passwords"),
    ):
        row = {"IPAddrMask": mask, "BlockType": kind, "AddedBy": by, "ExpiresAt": expires, "Description": words}
        office.store.add("blocklist", {**BLOCKED.blank(), **row})


def planted(office: Office) -> bool:
    """Whether the system has an estate already."""
    return bool(office.store.all("SELECT 1 FROM groups LIMIT 1"))
