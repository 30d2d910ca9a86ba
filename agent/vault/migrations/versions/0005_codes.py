"""One-time codes that come from outside: pushed ones, and whose turn it is at a mailbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vault0005"
down_revision = "vault0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "pushed_code",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "code_turn",
        sa.Column("mailbox", sa.LargeBinary, primary_key=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    """Drop both with all that is in them."""
    for name in ("code_turn", "pushed_code"):
        op.drop_table(name)
