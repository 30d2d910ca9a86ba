"""Labels of runs, limits of sites, and on PostgreSQL the queue that delivers run ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from agent.registry import Table

if TYPE_CHECKING:
    from procrastinate.schema import SchemaManager

revision = "runs0008"
down_revision = "runs0007"
branch_labels = None
depends_on = None

_QUEUED = "state = 'queued' AND labels <> ''"
# Only PostgreSQL has it, and only there it is installed for certain.
_QUEUE: Table[type[SchemaManager]] = Table("procrastinate", {"schema": "schema:SchemaManager"})
_GONE = """
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
    procrastinate_workers CASCADE;
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE proname LIKE 'procrastinate_%' AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP FUNCTION ' || one.name; END LOOP;
END $$;
DROP TYPE procrastinate_job_status, procrastinate_job_event_type, procrastinate_job_to_defer_v1;
"""


def upgrade() -> None:
    """Add what says where a run may be carried out, and the tables of Procrastinate 3."""
    for name in ("labels", "sites"):
        op.add_column("runs", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("job", sa.BigInteger))
    op.create_index(
        "runs_labelled",
        "runs",
        ["labels"],
        sqlite_where=sa.text(_QUEUED),
        postgresql_where=sa.text(_QUEUED),
    )
    for name, usual in (("queues", "default"), ("labels", "")):
        op.add_column("worker", sa.Column(name, sa.Text, nullable=False, server_default=usual))
    op.create_table(
        "site_limit",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("site", sa.Text, primary_key=True),
        sa.Column("concurrency", sa.Integer),
        sa.Column("per_minute", sa.Float(53)),
        sa.Column("burst", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Float(53), nullable=False),
        sa.Column("filled_at", sa.Float(53), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        _as_written(_QUEUE["schema"].get_schema())


def downgrade() -> None:
    """Drop them again; runs that wait forget where they may be carried out."""
    if op.get_bind().dialect.name == "postgresql":
        _as_written(_GONE)
    op.drop_table("site_limit")
    for name in ("labels", "queues"):
        op.drop_column("worker", name)
    op.drop_index("runs_labelled", "runs")
    for name in ("job", "sites", "labels"):
        op.drop_column("runs", name)


def _as_written(statements: str) -> None:
    """Send several statements, in which ``%`` is a letter like any other."""
    op.get_bind().connection.cursor().execute(statements)
