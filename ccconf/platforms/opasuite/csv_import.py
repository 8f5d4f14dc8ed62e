"""New people as the CSV file that Opa! Suite's own import screen takes.

From the help centre: which columns there are, which are mandatory, that groups and departments are given by id, and
that the import completes only if every row is right. Unverified: the spelling of the header beyond those names, the
separator (`;`), the encoding (UTF-8 with a mark), the comma between ids, and what an empty cell of notifications means
(taken for the platform's default). That somebody takes conversations in all their departments is our choice.

A cell that a spreadsheet would run gets an apostrophe before it, and so does one that begins with apostrophes before
such a character, so that taking one off again is always right. Whether the platform takes it off is unverified; where
it does not, the next plan shows the name that the API tells, and how to correct it. A login is never altered: whose
address begins so is made by hand.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ccconf.model.change import Create
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.contract import Handed, HandedFile, NativeId
from ccconf.platforms.opasuite.passwords import is_strong, new_password

FILE_NAME = "opasuite-usuarios.csv"
SEPARATOR = ";"
BETWEEN_IDS = ","
ENCODING = "utf-8-sig"
NAME, EMAIL, PASSWORD = "Nome*", "E-mail*", "Senha*"
ROLE = "Grupo de Permissão*"
DEPARTMENTS, DEFAULT = "Departamentos", "Departamento Padrão"
ATTENDS = "Departamentos em que realiza atendimentos"
RESPONSIBLE = "Departamentos em que é responsável"
NOTIFIED = "Departamentos que recebe notificações"
COLUMNS = (NAME, EMAIL, PASSWORD, ROLE, DEPARTMENTS, DEFAULT, ATTENDS, RESPONSIBLE, NOTIFIED)

_FORMULA = r"[=+\-@\t\r＝＋－＠]"
_DANGEROUS = re.compile(f"'*{_FORMULA}")
_GUARDED = re.compile(f"'+{_FORMULA}")

Row = dict[str, str]


class _Deferred(Exception):
    """Somebody cannot be in the file yet; the words say why."""


class _NotByFile(Exception):
    """Somebody can never be in the file; the words say why."""


def import_file(people: Sequence[Create], native_id: NativeId, earlier: Sequence[bytes]) -> Handed:
    """One file for all who can be in it, and why the others cannot. Passwords that earlier files gave out stay."""
    given = {login: word for content in earlier for login, word in _passwords(content).items()}
    rows: list[Row] = []
    refs: list[Ref] = []
    deferred: dict[Ref, str] = {}
    by_hand: dict[Ref, str] = {}
    for person in sorted(people, key=lambda person: person.ref):
        try:
            rows.append(_row(person.fields, native_id, given))
            refs.append(person.ref)
        except _Deferred as why:
            deferred[person.ref] = str(why)
        except _NotByFile as why:
            by_hand[person.ref] = str(why)
    if not rows:
        return Handed((), deferred, by_hand)
    return Handed((HandedFile(FILE_NAME, written(rows), tuple(refs), secret=True),), deferred, by_hand)


def _row(fields: Mapping[str, Any], native_id: NativeId, given: Mapping[str, str]) -> Row:
    """Somebody's row. Raises `_Deferred` or `_NotByFile`."""
    name, email = str(fields.get("name") or ""), str(fields.get("email") or "")
    if not name or not email:
        raise _NotByFile("the import needs a name and an e-mail address")
    if fields.get("status") == "inactive":  # the import lets everybody in, and takes a seat for them
        raise _NotByFile("the import makes active people only")
    if _DANGEROUS.match(email):
        raise _NotByFile(f"the e-mail address begins with {email[0]}, which a spreadsheet would run")
    groups: Mapping[str, Mapping[str, Any] | None] = fields.get("groups") or {}
    ids = {group: _id(Ref("group", group), "department", native_id) for group in sorted(groups)}
    if not ids:
        raise _NotByFile("the import needs at least one department (group)")
    responsible = [ids[group] for group in ids if (groups[group] or {}).get("role") == "responsible"]
    everywhere = BETWEEN_IDS.join(ids.values())
    return {
        NAME: name,
        EMAIL: email,
        PASSWORD: given.get(email) or new_password(),
        ROLE: _role(fields, native_id),
        DEPARTMENTS: everywhere,
        DEFAULT: ids[_default(fields, ids)],
        ATTENDS: everywhere,
        RESPONSIBLE: BETWEEN_IDS.join(responsible),
        NOTIFIED: "",
    }


def _role(fields: Mapping[str, Any], native_id: NativeId) -> str:
    roles = tuple(fields.get("roles") or ())
    if len(roles) != 1:
        raise _NotByFile("the import needs exactly one permission group (role)")
    return _id(Ref("role", roles[0]), "permission group", native_id)


def _default(fields: Mapping[str, Any], ids: Mapping[str, str]) -> str:
    """The default department, the first by name where none is said."""
    primary = fields.get("primary_group") or next(iter(ids))
    if primary not in ids:
        raise _NotByFile(f"the default department {primary} is not among the person's departments")
    return str(primary)


def _id(ref: Ref, word: str, native_id: NativeId) -> str:
    found = native_id(ref)
    if not found:
        look = f"look at its id, and import {KINDS[ref.kind].plural} with the column id"
        raise _Deferred(f"the id of the {word} {ref.key} is not known: make it first where it is new; {look}")
    if BETWEEN_IDS in found or SEPARATOR in found:
        raise _Deferred(f"{found} cannot be the id of the {word} {ref.key}: look at its id again")
    return found


def written(rows: Iterable[Row]) -> bytes:
    """The rows as a file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=SEPARATOR, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([guarded(row[column]) for column in COLUMNS] for row in rows)
    return text.getvalue().encode(ENCODING)


def parsed(content: bytes) -> Iterator[Row]:
    """The rows of such a file. Raises ValueError for what is none."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode(ENCODING), newline=""), delimiter=SEPARATOR, strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise ValueError("the columns are not those of the import")
    for cells in lines[1:]:
        yield dict(zip(COLUMNS, map(unguarded, cells), strict=True))


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def unguarded(cell: str) -> str:
    """The inverse of `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _passwords(content: bytes) -> dict[str, str]:
    """The passwords of an earlier file by login; of a file that somebody has spoilt none."""
    try:
        return {row[EMAIL]: row[PASSWORD] for row in parsed(content) if is_strong(row[PASSWORD])}
    except ValueError:  # a UnicodeDecodeError is one, too
        return {}
