"""Runs that wait for a person, the picture looked at, and what is to be done in the page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "runs0007"
down_revision = "runs0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables; they are empty while nobody is waited for."""
    op.create_table(
        "takeover",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("why", sa.String(32), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
        sa.Column("holder", sa.Text, nullable=False, server_default=""),
        sa.Column("holder_name", sa.Text, nullable=False, server_default=""),
        sa.Column("held_until", sa.Float(53), nullable=False, server_default="0"),
        sa.Column("watched_until", sa.Float(53), nullable=False, server_default="0"),
        sa.Column("acts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("given_back", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("frame", sa.Integer, nullable=False, server_default="0"),
        sa.Column("unseen", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "takeover_frame",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "takeover_act",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them; what waits goes on waiting until its time is up."""
    for table in ("takeover_act", "takeover_frame", "takeover"):
        op.drop_table(table)
