"""What is remembered of looking: what earlier drift reports counted, and on which values both sides agreed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ccconf.ledger.store import Ledger

if TYPE_CHECKING:
    from sqlalchemy import Connection

KEPT = 400
"""So many reports of a target are kept: a year of daily ones."""


class Reports:
    """The part of the ledger that is about drift reports of one target."""

    def __init__(self, ledger: Ledger, target: str) -> None:
        self.ledger = ledger
        self.target = target

    def latest(self, most: int) -> list[dict[str, Any]]:
        """What the last reports counted, oldest first, each with its time under `at`."""
        if not self.ledger.exists():
            return []
        with self.ledger.reading() as connection:
            from ccconf.ledger.tables import REPORTS

            mine = REPORTS.select().where(REPORTS.c.target == self.target).order_by(REPORTS.c.number.desc())
            rows = connection.execute(mine.limit(most)).fetchall()
        return [{**msgspec.json.decode(row.counts), "at": row.at} for row in reversed(rows)]

    def add(self, at: str, counts: Mapping[str, Any], agreed: Mapping[tuple[str, str], bytes]) -> None:
        """One more report; and the fields, as JSON, on which both sides agree, by kind and native id.

        Fields that are noted of an object and not among these stay as noted.
        """
        with self.ledger.writing() as connection:
            from ccconf.ledger import objects
            from ccconf.ledger.tables import REPORTS, new_number

            row = {
                "target": self.target,
                "at": at,
                "counts": msgspec.json.encode(counts, order="deterministic").decode(),
            }
            number = new_number(connection.execute(REPORTS.insert(), row))
            old = (REPORTS.c.target == self.target, REPORTS.c.number <= number - KEPT)
            connection.execute(REPORTS.delete().where(*old))
            objects.agree(connection, self.target, agreed)

    def agree(self, agreed: Mapping[tuple[str, str], bytes], allowed: Callable[[Connection], None]) -> None:
        """The fields, as JSON, on which both sides agree, by kind and native id. What else is noted stays.

        `allowed` is asked within the transaction, and what it raises passes through.
        """
        with self.ledger.writing() as connection:
            from ccconf.ledger import objects

            allowed(connection)
            objects.agree(connection, self.target, agreed)

    def applied(self, kind: str, native_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """The fields on which both sides last agreed, by the platform's id."""
        return self.ledger.applied(self.target, kind, native_ids)
