"""The screen on which users are imported from a file: every row is right, or nobody is made.

The columns and what is mandatory are the help centre's; the header's spelling, the separator, the comma between ids and
the words of the refusals are guesses. A cell is taken as it stands.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from ccconf.embedded.screens.sent import sent
from ccconf.emulation import Answer, Request
from ccconf.model.change import Create
from ccconf.model.user import User
from ccconf.platforms.opasuite.emulator.estate import Estate, RefusedRow

PATH = "/usuarios/importar"
FIELD = "arquivo"
HEADER = (
    "Nome*;E-mail*;Senha*;Grupo de Permissão*;Departamentos;Departamento Padrão;Departamentos em que realiza "
    "atendimentos;Departamentos em que é responsável;Departamentos que recebe notificações"
)
_SPECIAL = set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_LIMITS = (8, 200)


class _Wrong(Exception):
    """A row cannot be imported; rows count from 2, as a spreadsheet shows them."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"Linha {line}: {words}")


class _Ids(NamedTuple):
    """Names by id of what rows refer to."""

    groups: dict[str, str]
    departments: dict[str, str]


def screen(estate: Estate, request: Request) -> Answer:
    """The form, and what becomes of a file."""
    if request.method == "GET":
        return _page(200, f'<form method="post" enctype="multipart/form-data"><input type="file" name="{FIELD}">'
                          "<button>Importar</button></form>")  # fmt: skip
    content = sent(request).files.get(FIELD, b"")
    with estate.lock:
        try:
            people = list(_people(estate, content))
            _made(estate, people)
        except _Wrong as wrong:
            return _page(422, f'<p class="error">{html.escape(str(wrong))}. Nenhum usuário foi importado.</p>')
    return _page(200, f"<p>{len(people)} usuários importados.</p>")


def _page(status: int, body: str) -> Answer:
    text = f"<!DOCTYPE html><title>Importar usuários</title><h1>Importar usuários</h1>{body}"
    return Answer(status, text.encode(), (("Content-Type", "text/html; charset=utf-8"),))


def _people(estate: Estate, content: bytes) -> Iterator[Create]:
    """The rows as people. Raises `_Wrong` at the first that cannot be one."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _Wrong(1, "o arquivo não pode ser lido") from error
    if not lines or lines[0] != HEADER.split(";"):
        raise _Wrong(1, "as colunas não são as esperadas")
    ids = _Ids(
        {item.native_id: item.ref.key for item in estate.all("role")},
        {item.native_id: item.ref.key for item in estate.all("group")},
    )
    taken = {str(getattr(item.resource, "email", "") or "").casefold() for item in estate.all("user")}
    for number, cells in enumerate(lines[1:], start=2):
        if len(cells) != len(lines[0]):
            raise _Wrong(number, f"{len(cells)} colunas em vez de {len(lines[0])}")
        person = _person(number, cells, ids)
        if person.key.casefold() in taken:
            raise _Wrong(number, f"o e-mail {person.key} já existe")
        taken.add(person.key.casefold())
        yield person


def _person(number: int, cells: list[str], ids: _Ids) -> Create:
    name, email, password, group, departments, default, attends, responsible, notified = cells
    if not name.strip() or "@" not in email:
        raise _Wrong(number, "nome ou e-mail inválido")
    if not _is_strong(password):
        raise _Wrong(number, "a senha é fraca")
    if group not in ids.groups:
        raise _Wrong(number, f"o grupo de permissão {group} não existe")
    homes = _departments(number, departments, ids)
    if not homes:
        raise _Wrong(number, "nenhum departamento")
    for column in (default, attends, responsible, notified):
        if unknown := [home for home in _departments(number, column, ids) if home not in homes]:
            raise _Wrong(number, f"o usuário não está no departamento {unknown[0]}")
    led = set(_departments(number, responsible, ids))
    fields: dict[str, Any] = {
        "name": name,
        "email": email,
        "roles": [ids.groups[group]],
        "groups": {home: {"role": "responsible"} if home in led else {} for home in homes},
        "primary_group": ids.departments.get(default),
    }
    return Create(kind="user", key=email, fields=fields)


def _departments(number: int, cell: str, ids: _Ids) -> list[str]:
    found = [part for part in cell.split(",") if part]
    for native_id in found:
        if native_id not in ids.departments:
            raise _Wrong(number, f"o departamento {native_id} não existe")
    return [ids.departments[native_id] for native_id in found]


def _is_strong(password: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit, _SPECIAL.__contains__)
    long_enough = _LIMITS[0] <= len(password) <= _LIMITS[1]
    return long_enough and all(any(kind(letter) for letter in password) for kind in kinds)


def _made(estate: Estate, people: list[Create]) -> None:
    """Everybody at once. Raises `_Wrong` for the first who has no seat left, or breaks another rule."""
    seats = estate.book.licence.seats
    taken = sum(isinstance(item.resource, User) and item.resource.status == "active" for item in estate.all("user"))
    if seats is not None and taken + len(people) > seats:
        raise _Wrong(2 + max(seats - taken, 0), f"não há licenças: {seats} contratadas, {taken} em uso")
    try:
        estate.perform_all(people)
    except RefusedRow as no:
        raise _Wrong(2 + no.place, str(no)) from no
