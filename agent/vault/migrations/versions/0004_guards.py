"""People and projects are authenticated; passwords that are tried out; uses found by secret."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vault0004"
down_revision = "vault0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; the first unlocking authenticates the rows there are."""
    op.add_column("project", sa.Column("mac", sa.LargeBinary))
    person = sa.Column("person_id", sa.Text, nullable=False, server_default="")
    op.add_column("membership", person)
    op.add_column("membership", sa.Column("mac", sa.LargeBinary))
    op.create_table(
        "trial",
        sa.Column("secret_id", sa.Text, sa.ForeignKey("secret.id"), primary_key=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unsettled", sa.Integer, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_object", "audit", ["object", "action", "at"])


def downgrade() -> None:
    """Drop what was added, and with it the notice of altered roles."""
    op.drop_index("audit_object", "audit")
    op.drop_table("trial")
    for table, column in (("membership", "mac"), ("membership", "person_id"), ("project", "mac")):
        op.drop_column(table, column)
