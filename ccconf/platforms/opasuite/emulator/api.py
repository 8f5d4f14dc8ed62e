"""The doors: which path leads to which rows, what may be asked of them, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from ccconf.emulation import Answer, Request
from ccconf.emulation.exchange import json_answer
from ccconf.platforms.opasuite.emulator import forms
from ccconf.platforms.opasuite.emulator.access import Access, allows
from ccconf.platforms.opasuite.emulator.estate import Estate
from ccconf.platforms.opasuite.emulator.native import Row
from ccconf.platforms.opasuite.emulator.options import Options
from ccconf.platforms.opasuite.emulator.refusals import Refusal, bad
from ccconf.platforms.opasuite.emulator.writes import change_department, create_department, create_tag

BASE = "/api/v1"
MOST = 1000

Fits = Callable[[Row, Any], bool]


class Resource(NamedTuple):
    """A collection and its rules."""

    permission: str
    rows: Callable[[], list[Row]]
    filters: Mapping[str, tuple[type, Fits]]
    """What a filter's value must be, and which rows fit it; a collection without filters needs none."""
    has_pages: bool = True
    one_by_one: bool = True
    """Whether there is a path for a single object."""
    create: Callable[[Row], Row] | None = None
    change: Callable[[str, Row], Row] | None = None


def _is(name: str) -> tuple[type, Fits]:
    return str, lambda row, value: bool(row.get(name) == value)


def _flag(name: str) -> tuple[type, Fits]:
    return bool, lambda row, value: bool(row.get(name)) is value


class Api:
    """The API of one installation."""

    def __init__(self, estate: Estate, access: Access, options: Options) -> None:
        self.estate = estate
        self.access = access
        self.options = options
        self.resources: dict[str, Resource] = {
            "/departamento": Resource(
                "api.departments",
                lambda: forms.departments(estate),
                {"nome": _is("nome"), options.attends_filter: _flag("recebeAtendimento")},
                create=lambda body: create_department(estate, body),
                change=lambda native_id, body: change_department(estate, native_id, body, options.silent),
            ),
            "/usuario": Resource(
                "api.users",
                lambda: forms.users(estate, one_department=options.one_department),
                {"nome": _is("nome"), "status": _is("status"), "tipo": (str, lambda row, value: True)},
                has_pages=options.users_have_pages,
            ),
            "/etiqueta": Resource(
                "api.tags",
                lambda: forms.listed(estate, "tag"),
                {"nome": _is("nome")},
                one_by_one=False,
                create=lambda body: create_tag(estate, body),
            ),
            options.reasons_path: Resource(
                "api.reasons",
                lambda: forms.listed(estate, "reason"),
                {"motivo": _is("motivo"), "departamentos": (str, lambda row, value: value in row["departamentos"])},
            ),
            "/atendimento/periodo": Resource(
                "api.service_periods",
                lambda: forms.periods(estate),
                {"nome": _is("nome"), "ativo": _flag("ativo")},
            ),
            "/feriado": Resource("api.holidays", lambda: forms.listed(estate, "holiday"), {}),
        }

    def answer(self, request: Request) -> Answer:
        """What becomes of a request below the base path."""
        try:
            with self.estate.lock:
                data = self._carried_out(request)
        except Refusal as no:
            return no.answer(in_body_only=self.options.status_in_body_only)
        return json_answer(200, {"status": "success", "code": 200, "data": data})

    def _carried_out(self, request: Request) -> Any:
        group = self.access.admitted(request)
        path = request.path.removeprefix(BASE).rstrip("/")
        native_id = ""
        if path not in self.resources:
            path, _, native_id = path.rpartition("/")
        resource = self.resources.get(path)
        if resource is None or (native_id and not resource.one_by_one):
            raise Refusal(404, "Route not found")
        if not allows(group, resource.permission):
            raise Refusal(403, "Invalid permissions profile")
        match request.method, bool(native_id):
            case "GET", True:
                return _one(resource, native_id)
            case "GET", False:
                return _listed(resource, _body(request))
            case "POST", False if resource.create:
                return resource.create(_body(request))
            case "PUT", True if resource.change:
                _one(resource, native_id)
                return resource.change(native_id, _body(request))
        raise Refusal(404, "Route not found")


def _body(request: Request) -> Row:
    """The body, which must be a JSON object."""
    try:
        body = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise bad("Invalid body", "a JSON object is expected")
    return body


def _one(resource: Resource, native_id: str) -> Row:
    if len(native_id) != 24 or not set(native_id) <= set("0123456789abcdef"):
        raise bad("Invalid ID")
    found = next((row for row in resource.rows() if row["_id"] == native_id), None)
    if found is None:
        raise Refusal(404, "Not found")
    return found


def _listed(resource: Resource, body: Row) -> list[Row]:
    """The rows that fit the filter, which must be said where the collection has any."""
    filter_, options = body.get("filter"), body.get("options", {})
    if not isinstance(filter_, dict) or not isinstance(options, dict):
        raise bad("Invalid argument", "filter and options are objects")
    if resource.filters and not filter_:
        raise bad("At least one filter is required")
    for name, value in filter_.items():
        if name not in resource.filters:
            raise bad(f"Field '{name}' is not allowed")
        if not isinstance(value, resource.filters[name][0]):
            raise bad(f"Field '{name}' has an invalid value")
    rows = [row for row in resource.rows() if all(resource.filters[name][1](row, filter_[name]) for name in filter_)]
    if not resource.has_pages:
        return rows
    limit, skip = _number(options, "limit", MOST), _number(options, "skip", 0)
    return rows[skip : skip + (limit if 1 <= limit <= MOST else MOST)]


def _number(options: Row, name: str, usual: int) -> int:
    value = options.get(name, usual)
    if type(value) is not int or (name == "skip" and value < 0):
        raise bad(f"Option '{name}' has an invalid value")
    return value
