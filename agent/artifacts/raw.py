"""What was recorded and is not proven clean: it stays inside the run's private folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RawArtifact:
    """A file of the private folder; ``kind`` names its cleaner, ``name`` what it may become."""

    kind: str
    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One masked picture of the camera: a JPEG without metadata; wall-clock ms, pixels.

    ``sha256`` is the proof that a picture came from the camera: the gate accepts no other.
    """

    path: Path
    name: str
    taken_at: float
    width: int
    height: int
    sha256: str
