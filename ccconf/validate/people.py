"""What no two people may share, and levels within their bounds."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations
from ccconf.manifest.shape import Mistake
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.model.skill import Skill
from ccconf.model.user import User

_SHARED = {"user.email": ("CC209", "e-mail address"), "user.extension": ("CC210", "extension")}


def people_findings(declared: Declarations) -> Iterator[Finding]:
    """Shared addresses and extensions (CC209, CC210), and skill levels above the skill's greatest (CC211)."""
    for path, (code, name) in _SHARED.items():
        yield from _shared(declared, path, code, name)
    yield from _too_skilled(declared)


def _shared(declared: Declarations, path: str, code: str, name: str) -> Iterator[Finding]:
    kind, _, field = path.partition(".")
    if _all_differ(declared, path):
        return
    owners: dict[str, tuple[str, str]] = {}
    sharing: dict[str, dict[str, str]] = {}
    for key, value in _values(declared, kind, field, path):
        first, spelled = owners.setdefault(value.casefold(), (key, value))
        if first != key:
            sharing.setdefault(value.casefold(), {first: spelled})[key] = value
    places = declared.places((Ref(kind, key), field) for spellings in sharing.values() for key in spellings)
    for spellings in sharing.values():
        other, *later = sorted(spellings)
        hint = f"{Ref(kind, other)} has it at {places[Ref(kind, other), field]}"
        for key in later:
            ref = Ref(kind, key)
            message = f"the {name} {spellings[key]} is also {Ref(kind, other)}'s"
            yield Finding(code=code, message=message, where=places[ref, field], subject=str(ref), hint=hint)


def _all_differ(declared: Declarations, path: str) -> bool:
    """The usual case at once: more values than differ cannot be, whatever later layers say instead of some."""
    if declared.layered:
        return False
    values = [value for rows in declared.rows for _, value in rows.unique.get(path, ())]
    return len(set(map(str.casefold, values))) == len(values)


def _values(declared: Declarations, kind: str, field: str, path: str) -> Iterator[tuple[str, str]]:
    """Each object's value of the field; only what stands in several layers has to be composed for it."""
    layered = {ref.key for ref in declared.layered if ref.kind == kind}
    for rows in declared.rows:
        stated = rows.unique.get(path, [])
        yield from (pair for pair in stated if pair[0] not in layered) if layered else stated
    for ref in declared.layered:
        if ref.kind == kind and (found := declared.get(ref)) is not None:
            value = getattr(found.resource, field)
            if value is not UNSET and value is not None:
                yield ref.key, value


def _too_skilled(declared: Declarations) -> Iterator[Finding]:
    greatest = {
        key: skill.max_level
        for key in declared.keys("skill")
        if (found := declared.get(Ref("skill", key)))
        and isinstance(skill := found.resource, Skill)
        and isinstance(skill.max_level, int)
    }
    for source, rows in enumerate(declared.rows):
        over = {skill for skill, level in rows.levels.items() if level > greatest.get(skill, level)}
        if over:
            yield from declared.placed({source: list(_holders_above(declared, source, over, greatest))})


def _holders_above(declared: Declarations, source: int, over: set[str], greatest: dict[str, int]) -> Iterator[Mistake]:
    rows = declared.rows[source]
    bodies = [(("users", row.key), str(Ref("user", row.key)), row.body) for row in rows.objects.get("user", [])]
    if "user" in rows.defaults:
        bodies.append((("defaults", "users"), "", rows.defaults["user"]))
    for at, subject, body in bodies:
        user = KINDS["user"].decoder.decode(body)
        levels = user.skills if isinstance(user, User) else None
        for skill, level in (levels or {}).items():
            if skill in over and level > greatest[skill]:
                message = f"skills: {skill} has level {level}, the greatest is {greatest[skill]}"
                hint = f"lower it, or raise max_level of skill/{skill}"
                yield Mistake("CC211", message, (*at, "skills", skill), False, hint, subject)
