"""Files there and back: an upload that broke off goes on, and only a whole file gets its name."""

from __future__ import annotations

import asyncio
import hashlib
import posixpath
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import asyncssh

from agent.errors import StepFailed

if TYPE_CHECKING:
    from pathlib import Path

PIECE: Final = 4 * 1024 * 1024
"""Bytes that are under way at a time; what is resumed begins at a multiple of it."""
LARGEST_DOWN: Final = 256 * 1024 * 1024
"""Bytes of a file that is fetched: it lies in the run's private folder, which may be in memory."""
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: its size, the SHA-256 of it in hex, and how much an earlier run had done."""

    size: int
    sha256: str
    resumed_from: int = 0


async def put(files: asyncssh.SFTPClient, source: BinaryIO, path: str, *, overwrite: bool) -> Moved:
    """Send a file under a name of its own, then give it ``path`` in one move.

    The name of what is under way holds the digest of the content: a run that finds one of the same
    digest goes on where the other stopped. Raises ``StepFailed`` where ``path`` is there already.
    """
    if not overwrite and await files.lexists(path):
        raise _there_already(path)
    digest, size = await asyncio.to_thread(_digest, source)
    part = part_name(path, digest)
    begun = await _begun(files, part, size)
    async with files.open(part, asyncssh.FXF_WRITE | asyncssh.FXF_CREAT, encoding=None) as there:
        for offset in range(begun, size, PIECE):
            source.seek(offset)
            await there.write(source.read(PIECE), offset)
        # A server without this extension has its own idea of when a file is safe.
        with suppress(asyncssh.SFTPOpUnsupported):
            await there.fsync()
    await _check_size(files, part, size)
    await _name(files, part, path, overwrite=overwrite)
    return Moved(size, digest, begun)


async def get(files: asyncssh.SFTPClient, path: str, target: Path) -> Moved:
    """Fetch a file. Raises ``StepFailed`` for one that is too large or changes meanwhile."""
    size = (await files.stat(path)).size or 0
    if size > LARGEST_DOWN:
        raise StepFailed(f"the file is larger than {LARGEST_DOWN // 1024 // 1024} MiB")
    digest = hashlib.sha256()
    done = 0
    async with files.open(path, asyncssh.FXF_READ, encoding=None) as there:
        with target.open("xb") as here:
            while piece := cast("bytes", await there.read(PIECE, done)):
                done += len(piece)
                if done > size:
                    break
                digest.update(piece)
                here.write(piece)
    if done != size:
        raise StepFailed("the file changed while it was fetched")
    return Moved(size, digest.hexdigest())


def part_name(path: str, digest: str) -> str:
    """Name what is under way to ``path``: hidden, beside it, and of this content alone."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, f".{name[:_LONGEST_NAME]}.{digest[:16]}.part")


def _digest(source: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


async def _begun(files: asyncssh.SFTPClient, part: str, size: int) -> int:
    """Say up to where an earlier run has surely come; the last piece may have holes."""
    try:
        attributes = await files.lstat(part)
    except asyncssh.SFTPNoSuchFile:
        return 0
    there = attributes.size or 0
    if attributes.type == asyncssh.FILEXFER_TYPE_REGULAR and there <= size:
        return max(0, there - 1) // PIECE * PIECE
    await files.remove(part)
    return 0


async def _check_size(files: asyncssh.SFTPClient, part: str, size: int) -> None:
    there = (await files.stat(part)).size
    if there != size:
        raise StepFailed(f"the server has {there} bytes of {size}: the file was not put in place")


async def _name(files: asyncssh.SFTPClient, part: str, path: str, *, overwrite: bool) -> None:
    if overwrite:
        try:
            await files.posix_rename(part, path)
        except asyncssh.SFTPOpUnsupported:
            raise StepFailed(
                "the server cannot replace a file in one move",
                hint='remove the file first, and leave "overwrite" away',
            ) from None
        return
    try:
        # Of SFTP 3: it fails where there is something already.
        await files.rename(part, path)
    except asyncssh.SFTPFailure:
        raise _there_already(path) from None


def _there_already(path: str) -> StepFailed:
    return StepFailed(
        f"there is a file at {path} already", hint='"overwrite": true replaces it in one move'
    )
