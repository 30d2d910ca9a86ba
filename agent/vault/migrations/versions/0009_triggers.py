"""The triggers of the vault on PostgreSQL too, where they were missing."""

from __future__ import annotations

from alembic import op

revision = "vault0009"
down_revision = "vault0008"
branch_labels = None
depends_on = None

_FUNCTION = (
    "CREATE OR REPLACE FUNCTION vault_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation'; END $$"
)
_KEPT = (
    (
        "secret_fixed",
        "secret",
        "UPDATE OF id, project_id, mode, kind, visibility",
        "mode, kind and visibility of a secret never change",
    ),
    ("audit_kept", "audit", "DELETE", "audit rows are never deleted"),
    ("audit_fixed", "audit", "UPDATE", "audit rows never change"),
    ("deployment_kept", "deployment", "DELETE", "deployments are never deleted"),
    ("deployment_fixed", "deployment", "UPDATE", "deployments never change"),
)


def upgrade() -> None:
    """Create them where the database is PostgreSQL; SQLite has had them from the beginning."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_FUNCTION)
    for name, table, change, why in _KEPT:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION vault_refuses('{why}')"
        )


def downgrade() -> None:
    """Drop them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION vault_refuses CASCADE")
