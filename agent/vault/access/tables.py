"""The tables of who may come in by the server's door: passwords, sessions, tokens, links.

No row holds what lets anyone in: of a password there is a slow hash, of everything else SHA-256 of
a long random text. Each row has a MAC and is counted (``agent.vault.guards``), so a row that was
put there by something else than the vault lets nobody in. Times are Unix seconds.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, Table, Text

from agent.vault.schema import metadata

# ``canonical`` is the name as two names are compared; ``totp`` is a sealed key, absent without one.
credential = Table(
    "credential",
    metadata,
    Column("person", Text, primary_key=True),
    Column("canonical", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("totp", LargeBinary),
    Column("totp_counter", BigInteger, nullable=False),
    Column("changed_at", Float(53), nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

# A link that is good once: to choose a password with. Without a person, who uses it says who.
invitation = Table(
    "invitation",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Float(53), nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", Text, nullable=False),
    Column("project_id", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
    Column("stepped_up_at", Float(53), nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("project_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False),
    Column("used_at", Float(53), nullable=False),
    Column("mac", LargeBinary, nullable=False),
)

# How often someone guessed, by a keyed index of the name or the address they guessed at.
guess = Table(
    "guess",
    metadata,
    Column("who", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("free_at", Float(53), nullable=False),
)

ACCESS = (credential, invitation, session, api_token, guess)
"""All of them."""
