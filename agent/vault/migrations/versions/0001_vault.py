"""The vault's first tables: keys, secrets, one-time code ledger, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vault0001"
down_revision = None
branch_labels = ("vault",)
depends_on = None

# Written out and not taken from tables.py: an old revision must build what it built then.
_TRIGGERS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {change} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    for name, change, why in (
        (
            "secret_fixed",
            "UPDATE OF id, project_id, mode, kind, visibility ON secret",
            "mode, kind and visibility of a secret never change",
        ),
        ("audit_kept", "DELETE ON audit", "audit rows are never deleted"),
        ("audit_fixed", "UPDATE ON audit", "audit rows never change"),
    )
)


def upgrade() -> None:
    """Create the tables, the index of live names and (on SQLite) the triggers."""
    _create_keys()
    _create_secrets()
    _create_records()
    if op.get_bind().dialect.name == "sqlite":
        for statement in _TRIGGERS:
            op.execute(statement)


def _create_keys() -> None:
    op.create_table(
        "vault_meta",
        sa.Column("vault_id", sa.Text, primary_key=True),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("ring", sa.LargeBinary, nullable=False),
        sa.Column("ring_gen", sa.Integer, nullable=False),
    )
    op.create_table(
        "keyslot",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )


def _create_secrets() -> None:
    op.create_table(
        "secret",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("name_bidx", sa.LargeBinary, nullable=False),
        sa.Column("current_version", sa.Integer, nullable=False),
        sa.Column("head_mac", sa.LargeBinary, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.Text),
        sa.CheckConstraint("mode IN ('test', 'live')", name="secret_mode"),
        sa.CheckConstraint("visibility IN ('masked', 'restricted')", name="secret_visibility"),
    )
    op.create_index(
        "secret_name",
        "secret",
        ["project_id", "mode", "name_bidx"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "secret_version",
        sa.Column("secret_id", sa.Text, sa.ForeignKey("secret.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("wrap_alg", sa.Text, nullable=False),
        sa.Column("dek", sa.LargeBinary, nullable=False),
        sa.Column("meta", sa.LargeBinary, nullable=False),
        sa.Column("ct", sa.LargeBinary, nullable=False),
        sa.Column("policy_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )


def _create_records() -> None:
    op.create_table(
        "totp_ledger",
        sa.Column("seed_fp", sa.LargeBinary, primary_key=True),
        sa.Column("last_counter", sa.BigInteger, nullable=False),
        sa.Column("reserved_by", sa.Text),
        sa.Column("reserved_at", sa.Text),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop every table of the vault, with all secrets in them."""
    for name in ("audit", "totp_ledger", "secret_version", "secret", "keyslot", "vault_meta"):
        op.drop_table(name)
