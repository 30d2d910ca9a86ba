"""Signed-in sessions that later runs go on with: what is known of each, and its sealed state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vault0008"
down_revision = "vault0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "kept_session",
        sa.Column("secret_id", sa.Text, sa.ForeignKey("secret.id"), primary_key=True),
        sa.Column("place", sa.LargeBinary, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("dek", sa.LargeBinary, nullable=False),
        sa.Column("origin", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
        sa.Column("used_at", sa.Text),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "kept_state",
        sa.Column("secret_id", sa.Text, sa.ForeignKey("secret.id"), primary_key=True),
        sa.Column("place", sa.LargeBinary, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop both with all that is in them."""
    for name in ("kept_state", "kept_session"):
        op.drop_table(name)
