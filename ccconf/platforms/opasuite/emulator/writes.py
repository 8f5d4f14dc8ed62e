"""What the API writes: departments and tags. A PUT replaces a department: what it does not send is lost (unverified).

So a client that sends only what it wants to change destroys the rest here, whether or not the real platform would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccconf.errors import Rejected
from ccconf.model.change import KEY, Create, Delete, FieldChange, Restore, Update
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed
from ccconf.platforms.opasuite.emulator import forms
from ccconf.platforms.opasuite.emulator.estate import KEPT, KEPT_KEY, Estate
from ccconf.platforms.opasuite.emulator.native import Row, new_token
from ccconf.platforms.opasuite.emulator.refusals import Refusal, bad

_TEXTS = ("nome", "descricao", "status", "pesquisaSatisfacao", "tipoEncaminhamentoLigacoes", "cod_pabx", "token")
_TYPES: dict[str, type] = {
    **dict.fromkeys(_TEXTS, str),
    "ordem": int,
    "inatividade": int,
    "recebeAtendimento": bool,
}
_SET_BY_SERVER = ("_id", "createdAt", "updatedAt")


def create_department(estate: Estate, body: Row) -> Row:
    """POST. The answer holds the id; what else it holds is unverified."""
    fields = _fields(body)
    if fields.get("status", "A") != "A":
        raise bad("Field 'status' has an invalid value", "a new department is active")
    _check_free(estate, fields["nome"], "")
    change = Create(kind="group", key=fields["nome"], fields=_managed(fields))
    made = _done(estate, change)
    assert made is not None
    estate.native.keep(made.native_id, _extras(fields))
    return {"_id": made.native_id}


def change_department(estate: Estate, native_id: str, body: Row, silent: frozenset[str]) -> Row:
    """PUT: the whole department as it shall be."""
    if body.get("_id", native_id) != native_id:
        raise bad("Invalid ID", "the id in the body is another one")
    before = next(row for row in forms.departments(estate) if row["_id"] == native_id)
    fields = {**_fields(body), **{name: before[name] for name in silent}}
    _check_free(estate, fields["nome"], native_id)
    change = _change(estate, native_id, before, fields)
    if change is not None:
        _done(estate, change)
    kept = {name: value for name, value in estate.native.doc(native_id).items() if name in (KEPT, KEPT_KEY)}
    estate.native.keep(native_id, {**_extras(fields), **kept})
    return {"message": "ok"}


def _change(estate: Estate, native_id: str, before: Row, fields: Row) -> Update | Delete | Restore | None:
    """What the model can hold of the difference."""
    address: dict[str, Any] = {"kind": "group", "key": before["nome"], "native_id": native_id, "revision": ""}
    status = fields.get("status", before["status"])
    if (before["status"], status) == ("A", "I"):
        live = estate.lookup(Ref("group", before["nome"]))
        assert live is not None
        return Delete(**address, fields={})
    changes = tuple(_changes(before, fields))
    if (before["status"], status) == ("I", "A"):
        return Restore(**address, changes=changes)
    if status == "I" and changes:
        raise bad("Inactive department", "an inactive department is changed only by making it active")
    return Update(**address, changes=changes) if changes else None


def _changes(before: Row, fields: Row) -> list[FieldChange]:
    wanted = {KEY: fields["nome"], **_managed(fields)}
    known = {KEY: before["nome"], "name": before["nome"], "description": before["descricao"] or None}
    return [
        FieldChange(field=name, before=known[name], after=value)
        for name, value in wanted.items()
        if value != known[name]
    ]


def _managed(fields: Row) -> dict[str, Any]:
    return {"name": fields["nome"], "description": fields.get("descricao") or None}


def _extras(fields: Row) -> Row:
    """What ccconf does not manage; what was not sent is as in a new department."""
    sent = {name: fields[name] for name in forms.DEPARTMENT if name in fields}
    return {**forms.DEPARTMENT, **sent, "token": fields.get("token") or new_token()}


def _fields(body: Mapping[str, Any]) -> Row:
    """The fields of a body, each of its type. Raises `Refusal`."""
    fields = {name: value for name, value in body.items() if name not in _SET_BY_SERVER}
    for name, value in fields.items():
        if name not in _TYPES:
            raise bad(f"Field '{name}' is not allowed")
        if type(value) is not _TYPES[name]:
            raise bad(f"Field '{name}' has an invalid value")
    if not str(fields.get("nome", "")).strip():
        raise bad("Field 'nome' is required")
    if fields.get("status", "A") not in ("A", "I"):
        raise bad("Field 'status' has an invalid value")
    return fields


def _check_free(estate: Estate, name: str, but: str) -> None:
    """A name belongs to one department, active or not. Raises `Refusal` with status 409."""
    if any(row["nome"] == name and row["_id"] != but for row in forms.departments(estate)):
        raise Refusal(409, "Department already exists")


def _done(estate: Estate, change: Create | Update | Delete | Restore) -> Observed | None:
    try:
        return estate.perform(change).observed
    except Rejected as no:
        raise bad("Operation not allowed", no.findings[0].message) from no


def create_tag(estate: Estate, body: Row) -> Row:
    """POST /etiqueta."""
    name, colour = body.get("nome"), body.get("cor", "")
    if not isinstance(name, str) or not name.strip() or not isinstance(colour, str):
        raise bad("Field 'nome' is required")
    if unknown := sorted(body.keys() - {"nome", "cor"}):
        raise bad(f"Field '{unknown[0]}' is not allowed")
    if any(row["nome"] == name for row in forms.listed(estate, "tag")):
        raise Refusal(409, "Tag already exists")
    return {"_id": estate.native.add("tag", {"nome": name, "cor": colour, "id_criador": "", "empresa": ""})}
