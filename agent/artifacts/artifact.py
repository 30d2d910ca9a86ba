"""What a run leaves, and how one that cannot be shown to be clean is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agent.errors import ArtifactWithheld

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Artifact:
    """A published file (``kept``), or the note that stands in its place (``withheld``).

    ``sha256`` is the hex digest of a kept file and ``size`` its bytes; ``reason`` says in one line
    why one was withheld and never quotes a value. ``key`` is its path below the run's folder.
    """

    kind: str
    name: str
    path: Path
    state: Literal["kept", "withheld"]
    reason: str = ""
    sha256: str = ""
    size: int = 0
    key: str = ""


class Refused(ArtifactWithheld):
    """Nothing of this artifact may leave: ``rule`` is broken at ``member``, by ``label``."""

    def __init__(self, rule: str, *, member: str = "", label: str = "") -> None:
        place = f" at {member}" if member else ""
        whose = f" ({label})" if label else ""
        super().__init__(f"{rule}{place}{whose}")
        self.rule = rule
        self.member = member
        self.label = label
