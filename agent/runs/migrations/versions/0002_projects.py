"""A run belongs to a project; those there are belong to the first one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "runs0002"
down_revision = "runs0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the index by which a project's runs are listed."""
    project = sa.Column("project", sa.Text, nullable=False, server_default="default")
    op.add_column("runs", project)
    op.create_index("runs_by_project", "runs", ["project", "created_at"])


def downgrade() -> None:
    """Drop the column: all runs are everyone's again."""
    op.drop_index("runs_by_project", "runs")
    op.drop_column("runs", "project")
