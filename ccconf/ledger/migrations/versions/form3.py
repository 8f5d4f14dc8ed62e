"""Runs and their journal, the lock of a target, shared budgets, and what was applied field by field."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Make the tables."""
    _applied()
    _runs()
    _locks()
    _budgets()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _applied() -> None:
    op.create_table(
        "applied",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("native_id", sa.Text, primary_key=True),
        sa.Column("fields", sa.Text, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("undoes", sa.Integer, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("commit", sa.Text, nullable=False),
        sa.Column("begun", sa.Text, nullable=False),
        _text("ended"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("exit_code", sa.Integer),
        sa.Column("plan", sa.LargeBinary, nullable=False),
    )
    op.create_index("runs_of_target", "runs", ["target", "number"])
    op.create_table(
        "journal",
        sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.Text, primary_key=True),
        _text("intended"),
        _text("status"),
        _text("outcome"),
        _text("ended"),
        sqlite_with_rowid=False,
    )


def _locks() -> None:
    op.create_table(
        "locks",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("fence", sa.Integer, nullable=False),
        _text("actor"),
        _text("host"),
        _text("machine"),
        sa.Column("process", sa.Integer, nullable=False, server_default="0"),
        _text("started"),
        _text("since"),
        sa.Column("beats", sa.Integer, nullable=False, server_default="0"),
        _text("until"),
        sa.Column("ticks", sa.Double, nullable=False, server_default="0"),
    )


def _budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("noted_at", sa.Double, nullable=False),
        sa.Column("rate", sa.Double),
        _text("learnt"),
    )
