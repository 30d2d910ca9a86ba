"""What every artifact store can do, and what it takes: only what passed the gate."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, get_args

from agent.artifacts.artifact import Refused
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    from agent.artifacts.artifact import Artifact

Encryption = Literal["AES256", "aws:kms", "bucket"]
ENCRYPTIONS: Final = get_args(Encryption)
_PART: Final = re.compile(r"[^/\x00-\x1f\x7f]+")
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Choice:
    """Which store, and how: ``address`` is a folder's path or ``s3://bucket/prefix``.

    ``encryption`` is what the bucket is asked for with each object: ``AES256``, ``aws:kms`` (with
    ``kms_key``, or the account's own), or ``bucket``, which leaves it to the bucket. ``endpoint``
    names an S3 server of one's own. ``credentials`` is a file as AWS's programs share one, of which
    ``profile`` counts.
    """

    address: str
    encryption: Encryption = "AES256"
    kms_key: str = ""
    endpoint: str = ""
    credentials: Path | None = None
    profile: str = "default"


@dataclass(frozen=True, slots=True)
class Held:
    """A thing in a store: its key, and its size in bytes."""

    key: str
    size: int


class ArtifactStore(Protocol):
    """Artifacts by key: ``<run id>/<path below the run's folder>``.

    Calls block. Every method raises ``StoreFailed`` when the store cannot do it now and
    ``UsageError`` for a key of another form.
    """

    @property
    def address(self) -> str:
        """Name the store for people."""

    def put(self, key: str, artifact: Artifact) -> None:
        """Keep an artifact, in place of one that was there.

        Raises ``Refused`` for one that was withheld, or whose file is not what passed the gate.
        """

    def open(self, key: str) -> BinaryIO:
        """Open what is kept. Raises ``FileNotFoundError``."""

    def list(self, run_id: str) -> Sequence[Held]:
        """List what is kept of a run, by key."""

    def delete(self, key: str) -> None:
        """Delete what is kept under a key; one that is not there is no error."""

    def link(self, key: str, seconds: int) -> str:
        """Give the address at which one kept thing can be had for so long, or its path."""


def checked_key(key: str) -> str:
    """Give a key back. Raises ``UsageError`` for one that leads anywhere but below a run."""
    parts = key.split("/")
    bad = [part for part in parts if part in (".", "..") or not _PART.fullmatch(part)]
    if bad or len(parts) < 2:
        raise UsageError("the name of an artifact is a path below its run's folder")
    return key


def require_passed(artifact: Artifact) -> None:
    """Make sure that a file is, byte by byte, what passed the gate. Raises ``Refused``."""
    if artifact.state != "kept" or not artifact.sha256:
        raise Refused("only what passed the gate is kept in a store")
    digest = hashlib.sha256()
    with artifact.path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != artifact.sha256:
        raise Refused("it was changed after it had passed the gate")
