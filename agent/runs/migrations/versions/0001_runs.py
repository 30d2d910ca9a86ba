"""Create the table of runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "runs0001"
down_revision = None
branch_labels = ("runs",)
depends_on = None


def upgrade() -> None:
    """Create ``runs`` and the index that lets one run of a key run at a time."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("serial_key", sa.Text),
        sa.Column("idem_key", sa.Text, unique=True),
        sa.Column("pool", sa.Text, nullable=False, server_default="default"),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("on_lost", sa.String(16), nullable=False, server_default="interrupt"),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("max_attempts", sa.Integer, nullable=False, server_default="1"),
        sa.Column("worker", sa.Text),
        sa.Column("lease_until", sa.Float(53)),
        sa.Column("not_before", sa.Float(53)),
        sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("step", sa.Integer),
        sa.Column("step_title", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("report", sa.Text),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("started_at", sa.Float(53)),
        sa.Column("finished_at", sa.Float(53)),
    )
    op.create_index(
        "one_running_per_key",
        "runs",
        ["serial_key"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index("runs_by_state", "runs", ["state", "created_at"])


def downgrade() -> None:
    """Drop the table and with it every run's record."""
    op.drop_table("runs")
