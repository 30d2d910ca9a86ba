"""From the address of a store, and AWS's own variables, to the choice of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.artifacts.stores.store import Choice, Encryption
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def choice_of(
    environ: Mapping[str, str], named: str, encryption: Encryption, kms_key: str
) -> Choice:
    """Choose the store at ``named``. Raises ``UsageError`` for an address of another kind."""
    scheme = named.partition("://")[0] if "://" in named else "file"
    if scheme not in ("file", "s3"):
        raise UsageError(
            f"artifacts cannot be kept at {named!r:.200}",
            hint="name a folder, or s3://bucket/prefix; see docs/settings.md",
        )
    if scheme == "file":
        return Choice(named, encryption, kms_key)
    endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or ""
    # What stands in the environment itself goes before a file, as with every program of AWS.
    file = None if environ.get("AWS_ACCESS_KEY_ID") else environ.get("AWS_SHARED_CREDENTIALS_FILE")
    shared = Path(file).expanduser().absolute() if file else None
    profile = environ.get("AWS_PROFILE") or "default"
    return Choice(named, encryption, kms_key, endpoint, shared, profile)
