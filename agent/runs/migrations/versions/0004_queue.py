"""Runs that wait for a worker: what they are to do, what happens in them, and who carries out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "runs0004"
down_revision = "runs0002"
branch_labels = None
depends_on = None

_TEXTS = ("task_id", "asked_by", "request", "options")


def upgrade() -> None:
    """Add what a run has been asked for with, its events, the stored tasks, and the workers."""
    op.add_column("runs", sa.Column("mode", sa.String(8), nullable=False, server_default="test"))
    op.add_column("runs", sa.Column("task_id", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("task_version", sa.Integer, nullable=False, server_default="0"))
    for name in _TEXTS[1:]:
        op.add_column("runs", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_index("runs_by_task", "runs", ["task_id", "created_at"])
    op.create_index(
        "runs_waiting",
        "runs",
        [sa.text("priority DESC"), "created_at"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "run_event",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    _tasks()
    op.create_table(
        "worker",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("concurrency", sa.Integer, nullable=False),
        sa.Column("running", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Float(53), nullable=False),
        sa.Column("seen_at", sa.Float(53), nullable=False),
    )


def _tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("current", sa.Integer, nullable=False),
        sa.Column("deleted_at", sa.Float(53)),
    )
    op.create_index(
        "task_name",
        "task",
        ["project", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "task_version",
        sa.Column("task_id", sa.String(36), sa.ForeignKey("task.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.UniqueConstraint("task_id", "digest", name="task_content"),
    )


def downgrade() -> None:
    """Drop what waits: stored tasks and the events of runs go with it."""
    for table in ("worker", "task_version", "task", "run_event"):
        op.drop_table(table)
    op.drop_index("runs_waiting", "runs")
    op.drop_index("runs_by_task", "runs")
    for name in (*_TEXTS, "mode", "task_version"):
        op.drop_column("runs", name)
