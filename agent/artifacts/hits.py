"""What an inspection says and what it may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason to withhold: a value of ``label`` at ``member``, or a ``rule`` broken there."""

    member: str
    label: str = ""
    rule: str = "a value was found"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one inspection may use.

    ``pictures`` are the SHA-256 digests the camera vouches for; ``size`` is in bytes, unpacked;
    ``read_pictures`` has pictures read by OCR, where tesseract is installed, of a video so many as
    ``video_pictures``; ``foreign`` is a file a site sent: an archive in it is searched, but made by
    others.
    """

    pictures: frozenset[str] = frozenset()
    seconds: float = 60.0
    size: int = 256 * 1024 * 1024
    read_pictures: bool = False
    video_pictures: int = 12
    foreign: bool = False
