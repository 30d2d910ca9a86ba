"""Clean, check again, keep: the only way a recorded file becomes an artifact.

Whatever goes wrong on the way, the answer is the same: nothing of the file is kept, and a small
note says what was withheld and why, without values.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.artifacts.archive import open_private, write_private
from agent.artifacts.artifact import Artifact, Refused
from agent.artifacts.cleaning import Budget, Cleaning
from agent.artifacts.gate import Limits, inspect
from agent.artifacts.kinds import KINDS
from agent.browser.room import blames_disk, disk_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.artifacts.raw import Picture, RawArtifact
    from agent.vault.open import RunSecrets

_UNFIT = re.compile(r"[^\w.()+=@ -]+")
_LONGEST_NAME = 120
_BLOCK = 1024 * 1024
# Kinds whose files others made: an archive among them has members of its own names.
_FOREIGN = frozenset({"download"})
# Of a film some pictures are read by OCR as well, where tesseract is installed: it takes a second
# for each, and who asks for a film can wait.
_READ = frozenset({"video"})
_FILM_PICTURES_READ = 4


async def publish(
    raw: RawArtifact,
    destination: Path,
    secrets: RunSecrets,
    *,
    pictures: Sequence[Picture] = (),
    budget: Budget | None = None,
) -> Artifact:
    """Clean ``raw`` beside itself, let the gate look, and move the result to ``destination``.

    Never raises for what is in the file: an artifact that cannot be shown to be clean comes back
    ``withheld``, with ``<name>.withheld.json`` in its place. The raw file itself is left to the
    private folder it lies in. Raises ``DiskFull``.
    """
    return await asyncio.to_thread(
        publish_now, raw, destination, secrets, pictures=pictures, budget=budget
    )


def publish_now(
    raw: RawArtifact,
    destination: Path,
    secrets: RunSecrets,
    *,
    pictures: Sequence[Picture] = (),
    budget: Budget | None = None,
) -> Artifact:
    """Do the work of ``publish`` in this thread."""
    spent = budget or Budget()
    raw = replace(raw, name=_file_name(raw.name, secrets))
    target = destination / raw.name
    part = destination / f".{raw.name}.part"
    try:
        with tempfile.TemporaryDirectory(dir=raw.path.parent, prefix="clean-") as workspace:
            cleaning = Cleaning(secrets, Path(workspace), tuple(pictures), spent)
            clean = KINDS[raw.kind]().clean(raw, cleaning)
            _pass_gate(clean, cleaning, raw.kind)
            digest, size = _copy(clean, part)
        part.replace(target)
        _flush_folder(destination)
    except Exception as error:  # noqa: BLE001 - fail closed: whatever happened, nothing is kept
        target.unlink(missing_ok=True)
        if blames_disk(error):
            raise disk_full(destination) from None
        return withhold(raw, destination, _as_refusal(error))
    finally:
        part.unlink(missing_ok=True)
    return Artifact(raw.kind, raw.name, target, "kept", sha256=digest, size=size)


def _file_name(name: str, secrets: RunSecrets) -> str:
    """A name made for people as a file's name: no path, no value, nothing a shell trips over."""
    known = secrets.redactor.redact_text(name)
    return _UNFIT.sub("-", known).lstrip(".-")[:_LONGEST_NAME] or "artifact"


def _pass_gate(clean: Path, cleaning: Cleaning, kind: str) -> None:
    limits = Limits(
        cleaning.camera_hashes(),
        cleaning.budget.seconds,
        cleaning.budget.size,
        read_pictures=kind in _READ,
        video_pictures=_FILM_PICTURES_READ,
        foreign=kind in _FOREIGN,
    )
    hits = inspect(clean, cleaning.secrets.needles, limits)
    if hits:
        first = hits[0]
        raise Refused(f"the gate: {first.rule}", member=first.member, label=first.label)


def _as_refusal(error: Exception) -> Refused:
    """Any other failure by its class alone: its text could quote the file."""
    return (
        error
        if isinstance(error, Refused)
        else Refused(f"could not be cleaned: {type(error).__name__}")
    )


def _copy(source: Path, part: Path) -> tuple[str, int]:
    """Copy to a dot-file of the destination, flushed to disk; its hex SHA-256 and its size."""
    part.unlink(missing_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as clean, open_private(part) as file:
        for block in iter(lambda: clean.read(_BLOCK), b""):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), source.stat().st_size


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def withhold(raw: RawArtifact, destination: Path, refusal: Refused) -> Artifact:
    """Leave a note in place of an artifact: what was withheld and why, without values."""
    note = destination / f"{raw.name}.withheld.json"
    content = {
        "kind": raw.kind,
        "rule": refusal.rule,
        "member": refusal.member,
        "label": refusal.label,
    }
    with suppress(OSError):
        note.unlink(missing_ok=True)
        write_private(note, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
    return Artifact(raw.kind, raw.name, note, "withheld", reason=refusal.message)
