"""Which objects ccconf applied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "owned",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("native_id", sa.Text, nullable=False),
        sa.Column("formerly", sa.Text, nullable=False, server_default=""),
        sa.Column("has_left", sa.Integer, nullable=False, server_default="0"),
        sa.Column("applied_at", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("owned_by_native_id", "owned", ["target", "kind", "native_id"])
