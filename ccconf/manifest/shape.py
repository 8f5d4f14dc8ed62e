"""Judges plain data by a JSON Schema and says each mistake in the words of the field that it concerns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from ccconf.findings import did_you_mean
from ccconf.manifest.yaml12 import Pointer
from ccconf.model.kinds import BY_PLURAL
from ccconf.model.refs import Ref
from ccconf.model.schema import manifest_schema
from ccconf.model.shapes import DATE_PATTERN, KEY_PATTERN, SHARE_PATTERN, TIME_RANGE_PATTERN

QUOTE_IT = "write it in quotes: "
"""Begins the hint for a number that is a name; its place knows how it was written (012, +48…)."""


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
        return list(_told(self.validator.iter_errors(data), self.schema, (), data))


@cache
def manifest_judge() -> Judge:
    """The schema of manifests, compiled once a process."""
    return Judge(manifest_schema())


def _told(errors: Iterable[Any], schema: dict[str, Any], base: Pointer, value: Any) -> dict[Mistake, None]:
    """The errors below `base`, where `value` stands, as mistakes, each once."""
    told: dict[Mistake, None] = {}
    for error in errors:
        for pointer, instance in _pointers(value, tuple(error.instance_path)[len(base) :], error.instance):
            fresh = [found for found in _explained(error, schema, (*base, *pointer), instance) if found not in told]
            told.update(dict.fromkeys(fresh))
            if fresh:
                break
    return told


def _explained(error: Any, schema: dict[str, Any], pointer: Pointer, value: Any) -> Iterator[Mistake]:
    match error.kind.name:
        case "anyOf":
            yield from _best_branch(error, schema, pointer, value)
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


def _pointers(value: Any, path: Pointer, instance: Any) -> list[tuple[Pointer, Any]]:
    """The path of an error as keys of the data, with what stands there.

    The library turns a key such as "007" (or "+7") into the number 7, so that several places may be meant.
    """
    return list(_followed(value, path, instance)) or [(path, instance)]


def _followed(value: Any, path: Pointer, instance: Any) -> Iterator[tuple[Pointer, Any]]:
    if not path:
        if value == instance:
            yield (), value
        return
    step, rest = path[0], path[1:]
    choices: list[str | int] = [step]
    if isinstance(value, dict) and isinstance(step, int):
        choices = [key for key in value if _NUMBER_KEY.fullmatch(key) and int(key) == step]
    for choice in choices:
        for end, found in _followed(value[choice], rest, instance):
            yield (choice, *end), found


_NUMBER_KEY = re.compile(r"\+?[0-9]{1,20}|0+[0-9]{1,20}")


def _mistake(code: str, message: str, pointer: Pointer, on_key: bool, hint: str = "") -> Mistake:
    return Mistake(code, message, pointer, on_key, hint, subject_of(pointer))


def subject_of(pointer: Pointer) -> str:
    """The object in which a pointer ends."""
    if len(pointer) >= 2 and (kind := BY_PLURAL.get(str(pointer[0]))):
        return str(Ref(kind.name, str(pointer[1])))
    return ""


def _best_branch(error: Any, schema: dict[str, Any], pointer: Pointer, value: Any) -> Iterator[Mistake]:
    """Of several allowed forms, the one whose type the value has; none such: one mistake about the form."""
    here = error.instance_path
    for branch in error.kind.context:
        if not any(inner.kind.name == "type" and inner.instance_path == here for inner in branch):
            yield from _told(branch, schema, pointer, value)
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
    if pattern == SHARE_PATTERN:
        return "must be a share from 0% to 100%, or a count"
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
            return _one_of(error)
        case "minProperties" | "minItems":
            return "something: it is empty"
        case _:
            return "of another form"


def _one_of(error: Any) -> str:
    """The forms among which a value may choose, by their types."""
    types = {
        name
        for branch in error.kind.context
        for inner in branch
        if inner.kind.name == "type"
        for name in inner.kind.types
    }
    if types == {"boolean", "string"}:
        return "true, false or a level"
    return " or ".join(sorted(_TYPES[name] for name in types if name != "null")) or "of another form"


def _wrong_value(error: Any, pointer: Pointer) -> str:
    value, form = error.instance, _form(pointer, error)
    if error.kind.name == "uniqueItems":
        twice = next((item for index, item in enumerate(value) if item in value[:index]), value[-1])
        return f"{_name(pointer)}: {_shown(twice)} stands twice in the list"
    if error.kind.name == "maxLength":
        return f"{_name(pointer)} has {len(value)} characters, {error.kind.limit} are the most"
    if "credentials" in pointer:  # whatever stands there may be a secret in the wrong place
        return f"{_name(pointer)}: what stands here {form}"
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
        return f'{QUOTE_IT}"{value}"'
    if spec is None or len(pointer) != 3:
        return ""
    return f"for example {spec.name}: {msgspec.json.encode(spec.marker.example).decode()}"


def _wants_text(spec: Any, pointer: Pointer) -> bool:
    if spec is None:
        return False
    if len(pointer) == 3:
        return bool(spec.shape.schema().get("type") == "string")
    return isinstance(pointer[-1], int)
