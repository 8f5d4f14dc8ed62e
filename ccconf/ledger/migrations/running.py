"""Brings a ledger to the newest form, within the transaction of the caller: whole or not at all."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_ONE_AT_A_TIME = threading.Lock()
"""alembic keeps the migration under way in a global variable of the process."""


@cache
def _steps() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, form: int, schema: str | None) -> None:
    """Take every step after `form`. The connection has to be in a transaction, which is left open."""
    steps = _steps()
    context = MigrationContext.configure(
        connection,
        opts={
            "script": steps,
            "fn": lambda revision, _: steps._upgrade_revs("head", revision),  # as alembic's own commands do
            "version_table_schema": schema,
        },
    )
    with _ONE_AT_A_TIME:
        if form and not context.get_current_heads():  # from before there was a table of versions
            context.stamp(steps, str(form))
        with Operations.context(context):
            context.run_migrations()
