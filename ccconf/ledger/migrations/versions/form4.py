"""Which platform a target is; locks are of platforms, because two targets may be one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """A lock that is held now is not carried over: whoever holds it cannot write to this form any more."""
    op.create_table(
        "targets",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.drop_table("locks")
    op.create_table(
        "locks",
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
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


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")
