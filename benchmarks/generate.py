"""Writes a project of any size, the same bytes for the same arguments.

The people look like those of a real contact centre: names with accents, one to three groups, a few of them leading a
group, skills with levels, and now and then a mobile number or a language. Everything that is declared is used, so
that the project has no findings at all.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

Layout = Literal["files", "one"]

PEOPLE_IN_A_FILE = 200
ROLES = 20
SKILLS = 40
SCHEDULES = 10
ALLOWLISTS = 5

_FIRST = ("Anna", "Łukasz", "Zoë", "João", "Ivan", "Chloé", "Piotr", "Maria", "Søren", "Olga", "Beatriz", "Tomáš")
_LAST = ("Kowalska", "Nowak", "García", "Müller", "Petrova", "Silva", "Dvořák", "Larsen", "Rossi", "Ivanova", "Smith")
_TITLES = ("Operator", "Senior operator", "Team leader", "Back office", "Quality coach", "Trainee")
_LANGUAGES = ("pl", "en-GB", "pt-BR", "de", "cs")

_PROJECT = """\
version: 1
targets:
  office:
    platform: local
    url: live.db
    manifests: [manifests]
"""


def write_project(folder: Path, users: int, layout: Layout = "files") -> None:
    """A project with so many users, in files of 200 or in one file; whatever stood there is replaced."""
    manifests = folder / "manifests"
    manifests.mkdir(parents=True, exist_ok=True)
    for old in manifests.iterdir():
        old.unlink()
    (folder / "ccconf.yaml").write_text(_PROJECT, encoding="utf-8")
    groups = groups_for(users)
    people = list(_people(users, groups))
    (manifests / "team.yaml").write_text("".join(_team(groups)), encoding="utf-8")
    if layout == "one":
        _write_people(manifests / "people.yaml", people)
        return
    for number, start in enumerate(range(0, users, PEOPLE_IN_A_FILE)):
        _write_people(manifests / f"people-{number:04}.yaml", people[start : start + PEOPLE_IN_A_FILE])


def groups_for(users: int) -> int:
    """How many groups so many users have: one for each 200, and at least five."""
    return max(5, users // 200)


def objects_for(users: int) -> int:
    """How many objects of all kinds the project declares."""
    return users + groups_for(users) + ROLES + SKILLS + SCHEDULES + ALLOWLISTS


def _write_people(path: Path, people: Iterable[str]) -> None:
    path.write_text("users:\n" + "".join(people), encoding="utf-8")


def _people(users: int, groups: int) -> Iterator[str]:
    chance = random.Random(20_240_601)
    for number in range(users):
        yield _person(number, groups, chance)


def _person(number: int, groups: int, chance: random.Random) -> str:
    """One user; the plain remainders make sure that every group, role, skill and schedule is used by somebody."""
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    skills = dict.fromkeys([number % SKILLS, *chance.sample(range(SKILLS), chance.randint(1, 3))])
    levels = ", ".join(f"skill-{skill:02}: {chance.randint(1, 5)}" for skill in skills)
    roles = dict.fromkeys([number % ROLES, *([chance.randrange(ROLES)] if chance.random() < 0.2 else [])])
    lines = [
        f"  agent.{number:06}:",
        f"    name: {name}",
        f"    email: agent.{number:06}@example.org",
        f'    extension: "{100_000 + number}"',
        f"    position: {chance.choice(_TITLES)}",
        f"    groups: {_groups_of(number, groups, chance)}",
        f"    roles: [{', '.join(f'role-{role:02}' for role in roles)}]",
        f"    skills: {{{levels}}}",
        f"    schedule: schedule-{number % SCHEDULES:02}",
    ]
    if chance.random() < 0.1:
        lines.append(f'    mobile: "+48 600 {number % 1000:03} {chance.randrange(1000):03}"')
    if chance.random() < 0.1:
        lines.append(f"    language: {chance.choice(_LANGUAGES)}")
    return "\n".join(lines) + "\n"


def _groups_of(number: int, groups: int, chance: random.Random) -> str:
    """A list of groups; one person in thirty leads the first of them, which needs the longer form."""
    chosen = dict.fromkeys([number % groups, *chance.sample(range(groups), chance.randint(0, 2))])
    names = [f"group-{group:04}" for group in chosen]
    if number % 30 == 0:
        return "{" + ", ".join([f"{names[0]}: {{role: manager}}", *(f"{name}: {{}}" for name in names[1:])]) + "}"
    return "[" + ", ".join(names) + "]"


def _team(groups: int) -> Iterator[str]:
    """Everything that people refer to."""
    yield "groups:\n"
    for number in range(groups):
        allowlists = f"allowlists: [allowlist-{number % ALLOWLISTS}]"
        yield f"  group-{number:04}: {{name: Team {number:04}, description: Calls and chats, {allowlists}}}\n"
    yield "roles:\n"
    for number in range(ROLES):
        yield f"  role-{number:02}: {{permissions: {{users: read, calls.take: true, calls.listen: {_flag(number)}}}}}\n"
    yield "skills:\n"
    yield from (f"  skill-{number:02}: {{name: Skill {number:02}, max_level: 5}}\n" for number in range(SKILLS))
    yield "schedules:\n"
    for number in range(SCHEDULES):
        hours = f'weekly: {{mon-fri: ["{8 + number % 3:02}:00-{16 + number % 3}:30"], sat: ["09:00-13:00"]}}'
        yield f"  schedule-{number:02}: {{timezone: Europe/Warsaw, {hours}}}\n"
    yield "allowlists:\n"
    yield from (f"  allowlist-{number}: {{networks: [203.0.113.{number * 16}/28]}}\n" for number in range(ALLOWLISTS))


def _flag(number: int) -> str:
    return "true" if number % 2 else "false"


def main() -> None:
    """Write one project from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--layout", choices=("files", "one"), default="files")
    chosen = parser.parse_args()
    write_project(chosen.folder, chosen.users, chosen.layout)


if __name__ == "__main__":
    main()
