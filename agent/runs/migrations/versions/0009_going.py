"""Indexes of the runs that go on: nothing a run does reads what has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "runs0009"
down_revision = "runs0008"
branch_labels = None
depends_on = None

_GOING = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    """Add an index by state and one by login; the one of all runs is by project from now on."""
    op.drop_index("runs_by_state", "runs")
    op.create_index("runs_by_state", "runs", ["project", "state", "created_at"])
    for name, columns in (
        ("runs_going", ["state", "created_at"]),
        ("runs_in_line", ["serial_key"]),
    ):
        op.create_index(name, "runs", columns, sqlite_where=_GOING, postgresql_where=_GOING)


def downgrade() -> None:
    """Drop them again."""
    for name in ("runs_in_line", "runs_going", "runs_by_state"):
        op.drop_index(name, "runs")
    op.create_index("runs_by_state", "runs", ["state", "created_at"])
