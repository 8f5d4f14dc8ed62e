"""What the vendor's own file says of each request and each answer, in process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.emulation.contract import description
from tests.threecx.pbx import Exchange

API = "/xapi/v1"
SECRETS = frozenset({"AuthPassword", "AccessPassword", "VMPIN", "DeskphonePassword", "AuthID"})
"""Properties of a user that nobody may ask for."""

_CONTEXT = re.compile(rb'^\{"@odata.context":"[^"]*",')
"""OData's own note on top of an answer, for which the closed file has no place: taken off before the judgement."""


def flaws(name: str, exchanges: Iterable[Exchange]) -> list[str]:
    """Everything in which a request or an answer does not keep to one of the vendor's files. Alike ones are one."""
    different = {
        (one.request.method, one.request.path, one.request.query, one.request.body, one.answer.body): one
        for one in exchanges
    }
    return [
        f"{exchange.request.method} {exchange.request.path}?{exchange.request.query}: {flaw}"
        for exchange in different.values()
        if exchange.request.path.startswith(API)
        for flaw in _flaws(name, exchange)
    ]


@cache
def _contract(name: str) -> Any:
    from openapi_core import OpenAPI

    return OpenAPI.from_dict(description(name))


def _flaws(name: str, exchange: Exchange) -> Iterator[str]:
    from openapi_core.exceptions import OpenAPIError
    from openapi_core.testing import MockRequest, MockResponse

    request, answer = exchange
    headers = dict(answer.headers)
    asked = MockRequest(
        "http://127.0.0.1",
        request.method,
        request.path,
        args=dict(parse_qsl(request.query, keep_blank_values=True)),
        headers={"Authorization": request.headers.get("authorization", "")},
        data=request.body or None,
        content_type=request.headers.get("content-type", ""),
    )
    body = _CONTEXT.sub(b"{", answer.body)
    answered = MockResponse(body, answer.status, headers, headers.get("Content-Type", ""))
    contract = _contract(name)
    try:
        contract.validate_request(asked)
        contract.validate_response(asked, answered)
    except OpenAPIError as error:
        schema = [flaw.message for flaw in getattr(error.__cause__, "schema_errors", ())]
        yield "; ".join(schema[:3]) or f"{error!r} {error.__cause__!r}"
    yield from _misnamed(name, exchange)


def _misnamed(name: str, exchange: Exchange) -> Iterator[str]:
    """Names in `$select`, `$expand` and `$orderby` that the vendor's entity does not have.

    In the file these are lists of any strings, so the check is ours and reads the entity's properties there; nested
    options (`Groups($expand=Rights,GroupRights)`) are followed into the entity of the property.
    """
    found = re.match(rf"{API}/(\w+)(/TimeZones)?", exchange.request.path)
    entity = _ENTITIES.get("".join(part or "" for part in found.groups())) if found else None
    options = dict(parse_qsl(exchange.request.query))
    if entity is None and options:
        yield f"nobody knows of what the options {sorted(options)} choose"
    if entity is not None:
        yield from _unknown(description(name)["components"]["schemas"], f"Pbx.{entity}", options)


_ENTITIES = {
    "Users": "User",
    "Groups": "Group",
    "Queues": "Queue",
    "Blocklist": "BlocklistAddr",
    "OfficeHours": "OfficeHours",
    "ConsoleRestrictions": "ConsoleRestrictions",
    "Defs/TimeZones": "TimeZone",
}


def _unknown(schemas: dict[str, Any], entity: str, options: dict[str, str]) -> Iterator[str]:
    properties = _properties(schemas, schemas[entity])
    for option in ("$select", "$orderby", "$expand"):
        for chosen in _parts(options.get(option, "")):
            prop, nested = _split(chosen)
            if prop not in properties:
                yield f"{entity} has no {prop}"
            elif nested:
                yield from _unknown(schemas, _entity_of(properties[prop]), nested)


def _properties(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of an entity, which the file may give in several parts, by an entity that it extends."""
    found: dict[str, Any] = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found |= _properties(schemas, schemas[_entity_of(part)] if "$ref" in part else part)
    return found


def _parts(text: str) -> list[str]:
    """The parts between commas that are in no brackets."""
    return [part for part in re.findall(r"(?:[^,(]|\([^)]*\))+", text) if part]


def _split(chosen: str) -> tuple[str, dict[str, str]]:
    prop, _, rest = chosen.partition("(")
    nested = (part.partition("=") for part in rest.removesuffix(")").split(";") if part)
    return prop.split()[0], {name: value for name, _, value in nested}


def _entity_of(prop: Any) -> str:
    (reference,) = set(re.findall(r"#/components/schemas/([\w.]+)", repr(prop)))
    return str(reference)


def chosen(exchange: Exchange) -> set[str]:
    """Every name that a request chooses, at any depth."""
    options = dict(parse_qsl(unquote(exchange.request.query)))
    return set(re.findall(r"\w+", options.get("$select", "") + " " + options.get("$expand", "")))
