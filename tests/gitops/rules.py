"""GitHub's own description of its API: what may be asked, and with which parameters and bodies.

`github_api.json` holds the operations that ccconf uses, out of the npm package @octokit/openapi, taken by
`python -m tests.gitops.rules PATH/TO/api.github.com.json`. Where CCCONF_OCTOKIT names that file, all of it judges.
"""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft4Validator

USED = {
    "/repos/{owner}/{repo}/issues": ("get", "post"),
    "/repos/{owner}/{repo}/issues/{issue_number}": ("patch",),
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ("get", "post"),
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ("patch", "delete"),
    "/repos/{owner}/{repo}/branches/{branch}": ("get",),
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ("get",),
    "/repos/{owner}/{repo}/actions/artifacts": ("get",),
    "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}": ("get",),
}
EXTRACT = Path(__file__).parent / "github_api.json"
_UNTOLD = {"description", "example", "examples", "summary", "externalDocs", "title"}


class Asked(NamedTuple):
    """A request as the description knows it."""

    template: str
    values: dict[str, str]
    """What stands in the path."""


class Rules:
    """Judges requests; the whole description also knows the answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.components = _nullable(document.get("components", {}))
        self.paths = {template: _pattern(template) for template in document["paths"]}

    def match(self, path: str) -> Asked | None:
        """The operation that a path is of; literal paths come before patterns."""
        found = [
            Asked(template, hit.groupdict())
            for template, pattern in self.paths.items()
            if (hit := pattern.fullmatch(path))
        ]
        return min(found, key=lambda asked: len(asked.values), default=None)

    def mistakes(self, method: str, target: str, body: Any) -> list[str]:
        """What is wrong with a request; the target is path and query."""
        parts = urlsplit(target)
        asked = self.match(parts.path)
        operation = self._operation(asked, method)
        if asked is None or operation is None:
            return [f"{method} {parts.path}: there is no such operation"]
        return [*self._parameters(operation, asked, dict(parse_qsl(parts.query))), *self._body(operation, body)]

    def answers(self, method: str, template: str, status: int, field: str) -> bool:
        """Whether an answer has a field, by its dotted name; `[]` goes into a list. The whole description knows."""
        response = self._followed(self.document["paths"][template][method]["responses"][str(status)])
        schemas = [response["content"]["application/json"]["schema"]]
        for word in field.split("."):
            inner = [self._inside(schema, word) for schema in self._each(schemas)]
            schemas = [schema for schema in inner if schema is not None]
        return bool(schemas)

    def _each(self, schemas: list[Any]) -> list[Any]:
        """Schemas with those that they are made of."""
        followed = [self._followed(schema) for schema in schemas]
        parts = [part for schema in followed for way in ("allOf", "anyOf", "oneOf") for part in schema.get(way, [])]
        return followed + (self._each(parts) if parts else [])

    def _inside(self, schema: Any, word: str) -> Any:
        return schema.get("items") if word == "[]" else schema.get("properties", {}).get(word)

    def _operation(self, asked: Asked | None, method: str) -> Any:
        return None if asked is None else self.document["paths"][asked.template].get(method.lower())

    def _parameters(self, operation: Any, asked: Asked, query: dict[str, str]) -> list[str]:
        rows = [self._followed(row) for row in operation["parameters"]]
        known = {row["name"]: row for row in rows}
        wrong = [f"there is no parameter {name}" for name in query if known.get(name, {}).get("in") != "query"]
        for name, row in known.items():
            value = (asked.values if row["in"] == "path" else query).get(name)
            if value is not None:
                wrong += self._against(row["schema"], _typed(self._followed(row["schema"]), value), name)
            elif row.get("required"):
                wrong.append(f"{name} is missing")
        return wrong

    def _body(self, operation: Any, body: Any) -> list[str]:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return [] if body is None else ["no body belongs here"]
        return self._against(content["schema"], body, "body")

    def _against(self, schema: Any, value: Any, what: str) -> list[str]:
        whole = {**_nullable(schema), "components": self.components}
        return [f"{what}: {error.message}" for error in Draft4Validator(whole).iter_errors(value)]

    def _followed(self, row: Any) -> Any:
        while isinstance(row, dict) and "$ref" in row:
            found: Any = self.document
            for word in row["$ref"].removeprefix("#/").split("/"):
                found = found[word]
            row = found
        return row


@cache
def rules() -> Rules:
    """By the whole description where it is at hand."""
    if path := os.environ.get("CCCONF_OCTOKIT"):
        return Rules(json.loads(Path(path).read_bytes()))
    return Rules(json.loads(EXTRACT.read_bytes()))


def extracted(document: dict[str, Any]) -> dict[str, Any]:
    """The operations that are used, without answers and prose, all references resolved."""
    rules = Rules(document)
    paths = {
        path: {
            method: {
                "parameters": _plain(rules, document["paths"][path][method]["parameters"]),
                **(
                    {"requestBody": _plain(rules, document["paths"][path][method]["requestBody"])}
                    if "requestBody" in document["paths"][path][method]
                    else {}
                ),
            }
            for method in methods
        }
        for path, methods in USED.items()
    }
    return {"openapi": document["openapi"], "paths": paths}


def _plain(rules: Rules, value: Any) -> Any:
    value = rules._followed(value)
    if isinstance(value, list):
        return [_plain(rules, row) for row in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {key: _plain(rules, row) for key, row in inner.items()} if name == "properties" else _plain(rules, inner)
        for name, inner in value.items()
        if name not in _UNTOLD
    }


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def _typed(schema: Any, text: str) -> Any:
    return int(text) if schema.get("type") == "integer" and text.isdecimal() else text


def _nullable(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type null."""
    if isinstance(value, list):
        return [_nullable(row) for row in value]
    if not isinstance(value, dict):
        return value
    plain = {name: _nullable(inner) for name, inner in value.items() if name not in ("nullable", "example", "examples")}
    return {"anyOf": [plain, {"enum": [None]}]} if value.get("nullable") is True else plain


if __name__ == "__main__":
    made = extracted(json.loads(Path(sys.argv[1]).read_bytes()))
    EXTRACT.write_text(json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
