"""What a cleaner is, and what it may work with."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from agent.artifacts.artifact import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.artifacts.raw import Picture, RawArtifact
    from agent.vault.open import RunSecrets

LONGEST_SECONDS = 60.0
LARGEST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Budget:
    """How long and how much one artifact may cost before it is withheld instead."""

    seconds: float = LONGEST_SECONDS
    size: int = LARGEST_BYTES
    started: float = field(default_factory=time.monotonic)

    def check_time(self, member: str = "") -> None:
        """Raise ``Refused`` once the time is used up."""
        if time.monotonic() - self.started > self.seconds:
            raise Refused("takes longer than an artifact may", member=member)

    def check_size(self, size: int, member: str = "") -> None:
        """Raise ``Refused`` when ``size`` bytes are more than an artifact may have."""
        if size > self.size:
            raise Refused("larger than an artifact may be", member=member)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The tools of one cleaning: what to look for, the camera's pictures, a private workspace."""

    secrets: RunSecrets
    workspace: Path
    pictures: tuple[Picture, ...] = ()
    budget: Budget = field(default_factory=Budget)

    def camera_hashes(self) -> frozenset[str]:
        """The digests of the only pictures that may be kept."""
        return frozenset(picture.sha256 for picture in self.pictures)

    def pictures_by_hash(self) -> Mapping[str, Picture]:
        """The camera's pictures by digest."""
        return {picture.sha256: picture for picture in self.pictures}


class Kind(Protocol):
    """One kind of artifact: there is none without its cleaner."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean form into the workspace and return its path, or raise ``Refused``."""
        ...
