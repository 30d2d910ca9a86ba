"""Projects, people and roles; names of deleted secrets; lockouts; deployments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vault0002"
down_revision = "vault0001"
branch_labels = None
depends_on = None

# Written out and not taken from tables.py: an old revision must build what it built then.
_TRIGGERS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {change} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    for name, change, why in (
        ("deployment_kept", "DELETE ON deployment", "deployments are never deleted"),
        ("deployment_fixed", "UPDATE ON deployment", "deployments never change"),
    )
)


def upgrade() -> None:
    """Create the tables and (on SQLite) the triggers that keep deployments as they are."""
    _create_people()
    _create_states()
    _create_deployments()
    if op.get_bind().dialect.name == "sqlite":
        for statement in _TRIGGERS:
            op.execute(statement)


def _create_people() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    op.create_table(
        "membership",
        sa.Column("project_id", sa.Text, sa.ForeignKey("project.id"), primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'editor')", name="membership_role"),
    )


def _create_states() -> None:
    op.create_table(
        "tombstone",
        sa.Column("secret_id", sa.Text, sa.ForeignKey("secret.id"), primary_key=True),
        sa.Column("name", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "lockout",
        sa.Column("secret_id", sa.Text, sa.ForeignKey("secret.id"), primary_key=True),
        sa.Column("origin", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rejections", sa.Integer, nullable=False),
        sa.Column("frozen_at", sa.Text),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )


def _create_deployments() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("bindings", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("project_id", "name", "number", name="deployment_number"),
    )


def downgrade() -> None:
    """Drop these tables with all that is in them."""
    for name in ("deployment", "lockout", "tombstone", "membership", "project"):
        op.drop_table(name)
