"""The vault's epoch: the sealed record that tells an older copy from the newest state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vault0003"
down_revision = "vault0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the first unlocking fills it for a vault that has none."""
    op.add_column("vault_meta", sa.Column("epoch", sa.LargeBinary))


def downgrade() -> None:
    """Drop the column, and with it the notice of older copies."""
    op.drop_column("vault_meta", "epoch")
