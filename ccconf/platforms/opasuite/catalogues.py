"""What the API also shows and the model does not hold: reasons of conversations, holidays, tags. Read as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ccconf.errors import Broken, Rejected
from ccconf.findings import Finding
from ccconf.platform.once import once
from ccconf.platforms.opasuite.client import Absent, Client, Listing, uncertain
from ccconf.platforms.opasuite.departments import Departments
from ccconf.platforms.opasuite.words import Row, without_secrets

REASONS = ("/motivo", "/atendimento/motivo")
"""The path since 2026-10, and the one before it."""
HOLIDAYS = "/feriado"
TAGS = "/etiqueta"

LISTS = {
    "reasons": "reasons of conversations (motivos de atendimento) that belong to a department",
    "holidays": "holidays (feriados)",
    "tags": "tags (etiquetas), by their exact names alone",
}


class Catalogues:
    """Lists beside the model."""

    def __init__(self, client: Client, departments: Departments) -> None:
        self.client = client
        self.departments = departments

    def listed(self, name: str, keys: Sequence[str]) -> list[Row]:
        """One of the lists; of the keys alone, where any is named. Raises `Rejected` for tags without a name."""
        match name:
            case "tags" if not keys:
                message = "tags can be asked for by their exact names alone"
                raise Rejected(
                    Finding(code="CC714", message=message, hint="name them; all are on the screen Etiquetas")
                )
            case "tags":
                return list(self.tags(keys).values())
            case "reasons":
                rows, field = self.reasons(), "motivo"
            case _:
                rows, field = self.holidays(), "nome"
        return [row for row in rows if not keys or row.get(field) in keys]

    def reasons(self) -> list[Row]:
        """The reasons of conversations: those of each department, each once.

        A reason that belongs to no department fits no filter that is known (`motivo`, `departamentos`) and is missing.
        """
        found: dict[str, Row] = {}
        for department in self.departments.rows():
            for row in self._reasons_of(department["_id"]):
                found[row["_id"]] = row
        return [without_secrets(found[native_id]) for native_id in sorted(found)]

    def _reasons_of(self, department: str) -> list[Row]:
        """By the new path, else by the old one, which newer versions take for a conversation (400)."""
        filter_ = {"departamentos": department}
        try:
            return self.client.found(REASONS[0], filter_)
        except Absent:
            return self.client.found(REASONS[1], filter_)

    def holidays(self) -> list[Row]:
        """The holidays, whatever their fields are. No filter of theirs is known, so none is said."""
        rows = self.client.rows(Listing(HOLIDAYS, ({},)))
        return [without_secrets(row) for row in rows]

    def tags(self, names: Iterable[str]) -> dict[str, Row]:
        """The tags of these names, as far as they are there: tags can be asked for by exact name alone."""
        found = {name: self._tag(name) for name in sorted(set(names))}
        return {name: row for name, row in found.items() if row is not None}

    def ensure_tag(self, name: str, colour: str) -> Row:
        """The tag of that name, made (with that colour) where it is not there. Raises `Uncertain`, `Rejected`."""
        there = self._tag(name)
        if there is not None:
            return there
        body = {"nome": name, "cor": colour}
        once(
            self.client.http,
            lambda: self._made(body),
            lambda: self._tag(name),
            refuses_twins=False,
            was_open=True,
        )
        try:
            made = self._tag(name)
        except Broken as error:
            raise uncertain(f"the tag {name} was made, and could not be looked at afterwards") from error
        if made is None:
            raise uncertain(f"the tag {name} was made and is not shown")
        return made

    def _made(self, body: Row) -> Row:
        self.client.post(TAGS, body)
        return body

    def _tag(self, name: str) -> Row | None:
        rows = self.client.found(TAGS, {"nome": name})
        return next((without_secrets(row) for row in rows if row.get("nome") == name), None)
