"""The vault's tables (SQLAlchemy Core), the same on SQLite and PostgreSQL.

Blobs are ``agent.vault.seal`` output; no column holds a name, an origin, a user name or any other
part of a secret in the clear. ``migrations/versions`` builds the same tables step by step, and a
test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from agent.vault.access.tables import ACCESS
from agent.vault.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

REVISION: Final = "vault0009"
"""The newest Alembic revision of the vault's branch."""

__all__ = ["ACCESS", "metadata"]

vault_meta = Table(
    "vault_meta",
    metadata,
    Column("vault_id", Text, primary_key=True),
    Column("format", Integer, nullable=False),
    Column("ring", LargeBinary, nullable=False),
    Column("ring_gen", Integer, nullable=False),
    Column("epoch", LargeBinary),
)

# "params" is text and not a JSON column: its very bytes are bound to the wrapped key.
keyslot = Table(
    "keyslot",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("checksum", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
)

secret = Table(
    "secret",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("name_bidx", LargeBinary, nullable=False),
    Column("current_version", Integer, nullable=False),
    Column("head_mac", LargeBinary, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("deleted_at", Text),
    CheckConstraint("mode IN ('test', 'live')", name="secret_mode"),
    CheckConstraint("visibility IN ('masked', 'restricted')", name="secret_visibility"),
)

# A deleted secret keeps its row, so that a later use can be told when it went; its name is free.
Index(
    "secret_name",
    secret.c.project_id,
    secret.c.mode,
    secret.c.name_bidx,
    unique=True,
    sqlite_where=text("deleted_at IS NULL"),
    postgresql_where=text("deleted_at IS NULL"),
)

secret_version = Table(
    "secret_version",
    metadata,
    Column("secret_id", Text, ForeignKey("secret.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("term", Integer, nullable=False),
    Column("wrap_alg", Text, nullable=False),
    Column("dek", LargeBinary, nullable=False),
    Column("meta", LargeBinary, nullable=False),
    Column("ct", LargeBinary, nullable=False),
    Column("policy_hash", LargeBinary, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

totp_ledger = Table(
    "totp_ledger",
    metadata,
    Column("seed_fp", LargeBinary, primary_key=True),
    Column("last_counter", BigInteger, nullable=False),
    Column("reserved_by", Text),
    Column("reserved_at", Text),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

# When a secret was last used, and which version brought new values, is asked of its rows alone.
Index("audit_object", audit.c.object, audit.c.action, audit.c.at)

# The MACs of these two are absent only in a vault of the time before them, until it is opened.
project = Table(
    "project",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("mac", LargeBinary),
)

membership = Table(
    "membership",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("person_id", Text, nullable=False, server_default=""),
    Column("mac", LargeBinary),
    CheckConstraint("role IN ('owner', 'admin', 'editor')", name="membership_role"),
)

# What a deleted secret was called, sealed under a key of its own: the secret's is destroyed.
tombstone = Table(
    "tombstone",
    metadata,
    Column("secret_id", Text, ForeignKey("secret.id"), primary_key=True),
    Column("name", LargeBinary, nullable=False),
)

# An empty origin stands for every site.
lockout = Table(
    "lockout",
    metadata,
    Column("secret_id", Text, ForeignKey("secret.id"), primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("rejections", Integer, nullable=False),
    Column("frozen_at", Text),
    Column("run_id", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

# A password that a run is trying out; without a run, one whose trial was cut short.
trial = Table(
    "trial",
    metadata,
    Column("secret_id", Text, ForeignKey("secret.id"), primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("unsettled", Integer, nullable=False),
    Column("since", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

deployment = Table(
    "deployment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("bindings", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    UniqueConstraint("project_id", "name", "number", name="deployment_number"),
)

# One-time codes on their way to a run: sealed, taken once, useless after ``expires_at``.
pushed_code = Table(
    "pushed_code",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("term", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Float(53), nullable=False),
)

# Whose turn it is to get the next code from a mailbox: two runs could take each other's.
code_turn = Table(
    "code_turn",
    metadata,
    Column("mailbox", LargeBinary, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("until", Float(53), nullable=False),
)

# A signed-in session that later runs go on with; ``place`` is the blind index of its origin. The
# state is a row of its own, so that what is guarded stays small; ``digest`` ties the two together.
kept_session = Table(
    "kept_session",
    metadata,
    Column("secret_id", Text, ForeignKey("secret.id"), primary_key=True),
    Column("place", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("mode", Text, nullable=False),
    Column("term", Integer, nullable=False),
    Column("dek", LargeBinary, nullable=False),
    Column("origin", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("saved_at", Text, nullable=False),
    Column("used_at", Text),
    Column("mac", LargeBinary, nullable=False),
)

kept_state = Table(
    "kept_state",
    metadata,
    Column("secret_id", Text, ForeignKey("secret.id"), primary_key=True),
    Column("place", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# The seals find an edit made behind these triggers; the triggers stop one made by mistake.
_KEPT: Final = (
    (
        "secret_fixed",
        "UPDATE OF id, project_id, mode, kind, visibility ON secret",
        "mode, kind and visibility of a secret never change",
    ),
    ("audit_kept", "DELETE ON audit", "audit rows are never deleted"),
    ("audit_fixed", "UPDATE ON audit", "audit rows never change"),
    ("deployment_kept", "DELETE ON deployment", "deployments are never deleted"),
    ("deployment_fixed", "UPDATE ON deployment", "deployments never change"),
)
TRIGGERS: Final = tuple((name, change.rpartition(" ")[2]) for name, change, _ in _KEPT)
"""Each trigger's name and table."""


@event.listens_for(metadata, "after_create")
def _create_triggers(_target: MetaData, connection: Connection, **_options: object) -> None:
    for statement in _statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _statements(dialect: str) -> Iterator[str]:
    if dialect == "sqlite":
        for name, change, why in _KEPT:
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {change} "
                f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )
        return
    yield (
        "CREATE OR REPLACE FUNCTION vault_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation'; END $$"
    )
    for name, change, why in _KEPT:
        yield f"DROP TRIGGER IF EXISTS {name} ON {change.rpartition(' ')[2]}"
        yield (
            f"CREATE TRIGGER {name} BEFORE {change} FOR EACH ROW "
            f"EXECUTE FUNCTION vault_refuses('{why}')"
        )
