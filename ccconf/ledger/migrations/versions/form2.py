"""What people were asked to do, and acts on single persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "handed",
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("confirmed_by", sa.Text, nullable=False, server_default=""),
        sa.Column("confirmed_at", sa.Text, nullable=False, server_default=""),
        sa.Column("noted_by", sa.Text, nullable=False, server_default=""),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "acts",
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
    )
