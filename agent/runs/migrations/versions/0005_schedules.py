"""Schedules, and what became of each of their due times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "runs0005"
down_revision = "runs0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; a due time has one row, whoever gets there first."""
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("cron", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("overlap", sa.String(16), nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("next_at", sa.Float(53), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.UniqueConstraint("project", "name", name="schedule_name"),
    )
    op.create_index("schedules_due", "schedule", ["next_at"])
    op.create_table(
        "schedule_tick",
        sa.Column("schedule_id", sa.String(36), primary_key=True),
        sa.Column("due", sa.Float(53), primary_key=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("run_id", sa.String(36)),
        sa.Column("why", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the schedules."""
    op.drop_table("schedule_tick")
    op.drop_table("schedule")
