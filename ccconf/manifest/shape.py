"""Judges plain data by a JSON Schema and says each mistake in the words of the field that it concerns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from ccconf.findings import did_you_mean
from ccconf.manifest.yaml12 import Pointer
from ccconf.model.kinds import BY_PLURAL
from ccconf.model.refs import Ref
from ccconf.model.schema import manifest_schema
from ccconf.model.shapes import DATE_PATTERN, KEY_PATTERN, TIME_RANGE_PATTERN


class Mistake(NamedTuple):
    """A finding that still points into the data; `places` turns the pointer into line and column."""

    code: str
    message: str
    pointer: Pointer
    on_key: bool = False
    hint: str = ""
    subject: str = ""


class Judge:
    """A compiled schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.validator = jsonschema_rs.validator_for(schema)

    def sound(self, data: Any) -> bool:
        """Whether there is nothing to say. `ValueError` where a key is not text."""
        return self.validator.is_valid(data)

    def mistakes(self, data: Any) -> list[Mistake]:
        """Everything that is wrong, each once."""
        found = [
            mistake for error in self.validator.iter_errors(data) for mistake in _explained(error, self.schema, data)
        ]
        return list(dict.fromkeys(found))


@cache
def manifest_judge() -> Judge:
    """The schema of manifests, compiled once a process."""
    return Judge(manifest_schema())


def _explained(error: Any, schema: dict[str, Any], data: Any) -> Iterator[Mistake]:
    pointer = _pointer(data, tuple(error.instance_path), error.instance)
    match error.kind.name:
        case "anyOf":
            yield from _best_branch(error, schema, pointer, data)
        case "additionalProperties":
            known = _known_keys(schema, list(error.schema_path))
            for name in error.kind.unexpected:
                yield _mistake("CC201", f"{name} is not known here", (*pointer, name), True, did_you_mean(name, known))
        case "propertyNames":
            name = error.kind.error.instance
            yield _mistake("CC202", f"{name!r} {_bad_name(error.kind.error)}", (*pointer, name), True)
        case "required":
            yield _mistake("CC202", f"{error.kind.property} is missing", pointer, False)
        case _:
            code = "CC312" if getattr(error.kind, "pattern", "") in (TIME_RANGE_PATTERN, DATE_PATTERN) else "CC202"
            yield _mistake(code, _wrong_value(error, pointer), pointer, False, _example(pointer, error.instance))


def _pointer(data: Any, path: Pointer, instance: Any) -> Pointer:
    """The path of an error as keys of the data: the library turns a key such as "007" into the number 7."""
    return _followed(data, path, instance) or path


def _followed(data: Any, path: Pointer, instance: Any) -> Pointer | None:
    if not path:
        return () if data == instance else None
    step, rest = path[0], path[1:]
    choices: list[str | int] = [step]
    if isinstance(data, dict) and isinstance(step, int):
        choices = [key for key in data if isinstance(key, str) and key.isdecimal() and int(key) == step]
    for choice in choices:
        end = _followed(data[choice], rest, instance)
        if end is not None:
            return (choice, *end)
    return None


def _mistake(code: str, message: str, pointer: Pointer, on_key: bool, hint: str = "") -> Mistake:
    return Mistake(code, message, pointer, on_key, hint, subject_of(pointer))


def subject_of(pointer: Pointer) -> str:
    """The object in which a pointer ends."""
    if len(pointer) >= 2 and (kind := BY_PLURAL.get(str(pointer[0]))):
        return str(Ref(kind.name, str(pointer[1])))
    return ""


def _best_branch(error: Any, schema: dict[str, Any], pointer: Pointer, data: Any) -> Iterator[Mistake]:
    """Of several allowed forms, the one whose type the value has; none such: one mistake about the form."""
    here = error.instance_path
    for branch in error.kind.context:
        if not any(inner.kind.name == "type" and inner.instance_path == here for inner in branch):
            for inner in branch:
                yield from _explained(inner, schema, data)
            return
    yield _mistake("CC202", _wrong_value(error, pointer), pointer, False, _example(pointer, error.instance))


def _known_keys(schema: dict[str, Any], path: list[str | int]) -> list[str]:
    """The properties beside an `additionalProperties: false`."""
    node: Any = schema
    for step in path[:-1]:
        node = node[step]
    return list(node.get("properties", {}))


def _bad_name(error: Any) -> str:
    if error.kind.name == "maxLength":
        return "is too long for a name"
    pattern = getattr(error.kind, "pattern", "")
    if pattern == KEY_PATTERN:
        return "cannot be a name: no /, *, ?, [ or ], no blank at either end"
    if "mon" in pattern:
        return "is not a day: write mon, mon-fri or sat,sun"
    return "cannot stand here"


def _field(pointer: Pointer) -> Any:
    """The field's specification where the pointer leads into one."""
    if len(pointer) >= 3:
        section = pointer[1] if pointer[0] == "defaults" else pointer[0]
        kind = BY_PLURAL.get(str(section))
        return kind.by_name.get(str(pointer[2])) if kind else None
    return None


def _form(pointer: Pointer, error: Any) -> str:
    """What is expected at the pointer, in words."""
    spec = _field(pointer)
    if spec is not None and len(pointer) == 3:
        return f"must be {spec.shape.form}"
    pattern = getattr(error.kind, "pattern", "")
    if pattern == TIME_RANGE_PATTERN:
        return "is not a time range such as 09:00-17:30"
    if pattern == DATE_PATTERN:
        return "is not a date such as 2026-12-25, or 12-25 for every year"
    if pattern == KEY_PATTERN:
        return "cannot be a name: no /, *, ?, [ or ], no blank at either end"
    return f"must be {_expected(error)}"


_TYPES = {
    "object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number", "boolean": "true or false",
    "number": "a number",
}  # fmt: skip


def _expected(error: Any) -> str:
    kind = error.kind
    match kind.name:
        case "type":
            return " or ".join(_TYPES[name] for name in kind.types if name != "null")
        case "enum":
            return " or ".join(str(word) for word in kind.options if word is not None)
        case "const":
            return str(kind.expected_value)
        case "minimum" | "exclusiveMinimum":
            return f"at least {kind.limit}"
        case "maximum" | "exclusiveMaximum":
            return f"at most {kind.limit}"
        case "minLength":
            return "something: it is empty"
        case "maxLength":
            return f"at most {kind.limit} characters"
        case "uniqueItems":
            return "a list in which nothing stands twice"
        case "anyOf":
            return "true, false or a level"
        case _:
            return "of another form"


def _wrong_value(error: Any, pointer: Pointer) -> str:
    value, form = error.instance, _form(pointer, error)
    if error.kind.name == "uniqueItems":
        twice = next(item for index, item in enumerate(value) if item in value[:index])
        return f"{_name(pointer)}: {_shown(twice)} stands twice in the list"
    if error.kind.name == "maxLength":
        return f"{_name(pointer)} has {len(value)} characters, {error.kind.limit} are the most"
    return f"{_name(pointer)}: {_shown(value)} {form}"


def _name(pointer: Pointer) -> str:
    """The innermost key of a pointer."""
    return next((step for step in reversed(pointer) if isinstance(step, str)), "this file")


def _shown(value: Any) -> str:
    """A wrong value, short."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            text = json.dumps(value, ensure_ascii=False)
            return text if len(text) <= 60 else f"{text[:57]}…"


def _example(pointer: Pointer, value: Any) -> str:
    """How to mend it: quotes for a number that is a name, else the field's own example."""
    spec = _field(pointer)
    if isinstance(value, int | float) and not isinstance(value, bool) and _wants_text(spec, pointer):
        return f'write it in quotes: "{value}"'
    if spec is None or len(pointer) != 3:
        return ""
    return f"for example {spec.name}: {msgspec.json.encode(spec.marker.example).decode()}"


def _wants_text(spec: Any, pointer: Pointer) -> bool:
    if spec is None:
        return False
    if len(pointer) == 3:
        return bool(spec.shape.schema().get("type") == "string")
    return isinstance(pointer[-1], int)
