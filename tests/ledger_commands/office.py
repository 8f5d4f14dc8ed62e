"""A desk whose ledger is a file or a PostgreSQL database, with a hand that reaches into its tables."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from ccconf.ledger.database import SCHEMA
from ccconf.ledger.place import Place
from ccconf.ledger.store import Ledger
from ccconf.model.owned import Owned
from tests.cli.desk import Desk
from tests.postgres import server

ANN = {"name": "Ann", "email": "ann@example.org"}
BO = {"name": "Bo", "email": "bo@example.org"}


class Office(Desk):
    """Somebody with a ledger of either kind."""

    def __init__(self, folder: Path, place: Place, like: Office | None = None) -> None:
        self.place = place
        self.like = like
        """Somebody who has `worked`, with a ledger of the same kind."""
        folder.mkdir(exist_ok=True)
        super().__init__(folder)

    def project(self, **target: Any) -> None:
        form = {"platform": "local", "url": "live.db", "manifests": ["manifests"], **target}
        said = str(self.place)
        text = json.dumps({"version": 1, "ledger": said, "targets": {"office": form}}, indent=1)
        self.write("ccconf.yaml", text)

    @property
    def path(self) -> Path:
        """The ledger's file."""
        assert isinstance(self.place, Path)
        return self.place

    def opened(self) -> Ledger:
        return Ledger(self.place)

    def tamper(self, *statements: str) -> None:
        """Change the tables behind everybody's back."""
        if isinstance(self.place, Path):
            with closing(sqlite3.connect(self.place)) as file:
                for statement in statements:
                    file.execute(statement)
                file.commit()
            return
        with psycopg.connect(self.place) as connection:
            connection.execute(f"SET search_path = {SCHEMA}")
            for statement in statements:
                connection.execute(statement)

    def content(self) -> dict[str, Any]:
        """Everything in the ledger but the locks, which every look at it may take."""
        data: dict[str, Any] = self.run("ledger", "export").data["tables"]
        del data["locks"]
        return data

    def ledger_of(self, kind: str) -> dict[str, Owned]:
        """What is noted as ours of a kind."""
        with self.opened() as ledger:
            return ledger.owned("office", kind)

    def worked(self) -> Office:
        """With what is left of the two runs, which were gone through once for all stories."""
        if self.like is None:
            return self.works()
        shutil.copytree(self.like.folder, self.folder, dirs_exist_ok=True, ignore=lambda *_: ["ccconf.yaml"])
        if isinstance(self.place, str) and isinstance(self.like.place, str):
            server().fill(self.place, self.like.place)
        return self

    def works(self) -> Office:
        """Two runs: two people come, then one is renamed."""
        self.declare(users={"ann": ANN, "bo": BO})
        self.apply()
        self.declare(users={"ann": {**ANN, "name": "Annabel"}, "bo": BO})
        self.apply()
        return self
