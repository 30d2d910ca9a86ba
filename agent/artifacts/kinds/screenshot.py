"""A picture: kept only when the camera made it, because nothing else was painted over."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact


class ScreenshotKind:
    """The cleaner of screenshots: pixels cannot be cleaned later, so only the source counts."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Copy a picture of the camera; ``Refused`` for any other file."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        content = raw.path.read_bytes()
        if hashlib.sha256(content).hexdigest() not in cleaning.camera_hashes():
            raise Refused("a picture that is not from the camera")
        target = cleaning.workspace / "picture.jpeg"
        write_private(target, content)
        return target
