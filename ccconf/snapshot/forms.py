"""From a manifest (YAML or JSON) under the platform's own names to what it states of each object."""

from __future__ import annotations

import json
import re
from typing import Any

from ccconf.errors import Broken, broken
from ccconf.findings import Location
from ccconf.manifest.places import placed
from ccconf.manifest.shape import Mistake
from ccconf.manifest.yaml12 import decode, read
from ccconf.model.kinds import BY_PLURAL, Kind
from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts
from ccconf.snapshot.columns import DELETED, ID
from ccconf.snapshot.fields import restorable
from ccconf.snapshot.stated import Reading, Stated

_PAIR = re.compile(r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|.)", re.DOTALL)
"""An escape of JSON; the longer one is a letter beyond the first 65,536, which YAML does not write so."""


def reading_of(raw: bytes, path: str, facts: Facts) -> Reading:
    """What a manifest states. Raises `Broken` where it cannot be read at all."""
    text = decode(raw, path)
    if path.casefold().endswith(".json"):
        text = _as_yaml(text, path)
    found = read(text, path)
    manifest = _Manifest(facts, found.data)
    findings = [*found.findings, *placed(manifest.mistakes, text, path)]
    return Reading(
        path, manifest.objects, findings, lambda mistakes: placed(mistakes, text, path), "utf-8", manifest.rest
    )


def _as_yaml(text: str, path: str) -> str:
    """JSON as its superset YAML, line by line as it was, so that places stay."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_json(error.msg, Location(path, error.lineno, error.colno)) from error
    except (ValueError, RecursionError) as error:  # digits without end, or brackets
        raise _not_json("a number or its nesting is beyond all reason", Location(path)) from error
    return _PAIR.sub(lambda escape: _letter(escape[0]), text)


def _not_json(what: str, where: Location) -> Broken:
    return broken("CC805", f"this is not JSON: {what[:1].lower()}{what[1:]}", "export it again", where)


def _letter(escape: str) -> str:
    return str(json.loads(f'"{escape}"')) if len(escape) > len("\\n") else escape


class _Manifest:
    """The objects of a manifest; what is no object is left to the judge."""

    def __init__(self, facts: Facts, data: Any) -> None:
        self.facts = facts
        self.objects: dict[str, list[Stated]] = {}
        self.mistakes: list[Mistake] = []
        self.rest = {} if isinstance(data, dict) else data
        for section, entries in data.items() if isinstance(data, dict) else ():
            kind = BY_PLURAL.get(section)
            if kind is None or not (entries is None or isinstance(entries, dict)):
                self.rest[section] = entries
                continue
            self.objects[kind.name] = [self._stated(kind, name, body) for name, body in (entries or {}).items()]

    def _stated(self, kind: Kind, name: str, body: Any) -> Stated:
        one = Stated(Ref(kind.name, name), name, body)
        if body is not None and not isinstance(body, dict):
            return one
        fields = dict(body or {})
        native_id, deleted = self._id(one, fields), self._deleted(one, fields)
        self._name(one, fields)
        return one._replace(body=fields, native_id=native_id, deleted=deleted)

    def _id(self, one: Stated, fields: dict[str, Any]) -> str:
        said = fields.pop(ID, "")
        if isinstance(said, bool) or not isinstance(said, str | int):
            self.mistakes.append(one.mistake("CC202", "id: must be text or a whole number", ID))
            return ""
        return str(said)

    def _deleted(self, one: Stated, fields: dict[str, Any]) -> bool:
        if not restorable(self.facts, one.ref.kind):
            return False  # the judge says that there is no such field
        said = fields.pop(DELETED, False)
        if not isinstance(said, bool):
            self.mistakes.append(one.mistake("CC202", "deleted: must be true or false", DELETED))
        return said is True

    def _name(self, one: Stated, fields: dict[str, Any]) -> None:
        """The field by which the platform names the object; the entry's name stands for it."""
        field = self.facts.recognised_by.get(one.ref.kind)
        if field is None:
            return
        said = fields.setdefault(field, one.ref.key)
        if said != one.ref.key:
            message = f"{field} is {said}, and the entry is called {one.ref.key}"
            self.mistakes.append(one.mistake("CC816", message, field, hint=f"leave {field} out, or call the entry so"))
