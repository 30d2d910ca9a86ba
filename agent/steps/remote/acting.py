"""Carries one sftp step out."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import asyncssh

from agent.errors import SiteUnreachable, StepFailed
from agent.steps.remote.connection import Door, connected
from agent.steps.remote.transfer import get, put
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from agent.steps.context import StepContext
    from agent.steps.sftp import Sftp

MOST_ENTRIES: Final = 10_000
_KINDS: Final = {
    asyncssh.FILEXFER_TYPE_REGULAR: "file",
    asyncssh.FILEXFER_TYPE_DIRECTORY: "folder",
    asyncssh.FILEXFER_TYPE_SYMLINK: "link",
}
# What a server says of a request that failed, in our words; its own text may quote anything.
_MEANINGS: Final[tuple[tuple[type[asyncssh.SFTPError], str], ...]] = (
    (asyncssh.SFTPNoSuchFile, "there is no such file or folder"),
    (asyncssh.SFTPNoSuchPath, "there is no such folder"),
    (asyncssh.SFTPPermissionDenied, "the server does not permit it"),
    (asyncssh.SFTPNoSpaceOnFilesystem, "the server has no space left"),
    (asyncssh.SFTPQuotaExceeded, "the account's space is used up"),
    (asyncssh.SFTPOpUnsupported, "the server cannot do that"),
    (asyncssh.SFTPConnectionLost, "the connection broke off"),
    (asyncssh.SFTPNoConnection, "the connection broke off"),
)


async def carry_out(step: Sftp, context: StepContext) -> Any:
    """Do what the step says on its server, and give what it found or moved, as JSON values.

    Raises what ``connected`` does, and ``StepFailed`` for what the server refuses.
    """
    seconds = step.limit(context) / 1000
    door = Door(Origin.of_server(step.url), context.secrets[step.slot], step.title)
    try:
        async with asyncio.timeout(seconds):
            async with connected(door) as files:
                await context.accepted()
                return await _ACTS[step.action](step, context, files)
    except TimeoutError:
        raise StepFailed(
            f"{door.origin} was not done in {seconds:g} s",
            hint='give the step more time with "timeout"; an upload goes on where it stopped',
        ) from None
    except (asyncssh.DisconnectError, ConnectionError):
        raise SiteUnreachable(f"{door.origin} broke the connection off") from None
    except OSError as error:
        raise StepFailed(f"a file of this machine cannot be used: {error.strerror}") from None
    except asyncssh.SFTPError as error:
        raise StepFailed(f"{step.action} {step.path}: {_meaning(error)}") from None


async def _put(step: Sftp, context: StepContext, files: asyncssh.SFTPClient) -> Any:
    with _source(step, context) as source:
        moved = await put(files, source, step.path, overwrite=step.overwrite)
    return {"size": moved.size, "sha256": moved.sha256, "resumed_from": moved.resumed_from}


async def _get(step: Sftp, context: StepContext, files: asyncssh.SFTPClient) -> Any:
    folder = context.folder.sub("downloaded")
    target = folder / f"{len(list(folder.iterdir())):04d}"
    moved = await get(files, step.path, target)
    name = step.as_file or step.path.rpartition("/")[2]
    context.keep_file("download", target, name)
    if step.save_as is not None:
        context.downloads[step.save_as] = (name, target)
    return {"file": name, "size": moved.size, "sha256": moved.sha256}


async def _list(step: Sftp, _context: StepContext, files: asyncssh.SFTPClient) -> Any:
    found = []
    async for entry in files.scandir(step.path):
        name = str(entry.filename)
        if name in (".", ".."):
            continue
        found.append(_described(name, entry.attrs))
        if len(found) > MOST_ENTRIES:
            raise StepFailed(f"more than {MOST_ENTRIES} entries are there")
    return sorted(found, key=lambda one: str(one["name"]))


async def _remove(step: Sftp, _context: StepContext, files: asyncssh.SFTPClient) -> Any:
    await files.remove(step.path)


async def _rename(step: Sftp, _context: StepContext, files: asyncssh.SFTPClient) -> Any:
    target = step.to or ""
    if step.overwrite:
        await files.posix_rename(step.path, target)
        return
    if await files.lexists(target):
        raise StepFailed(f"there is something at {target} already")
    await files.rename(step.path, target)


_ACTS: Final = {"put": _put, "get": _get, "list": _list, "remove": _remove, "rename": _rename}


def _source(step: Sftp, context: StepContext) -> BinaryIO:
    sent = step.file
    if sent is None:
        raise StepFailed("there is no file to put")
    if sent.text is not None:
        return BytesIO(sent.text.encode())
    _, path = sent.place(context)
    return path.open("rb")


def _described(name: str, attributes: asyncssh.SFTPAttrs) -> dict[str, Any]:
    kind = _KINDS.get(attributes.type)
    if kind is None and attributes.permissions is not None:
        kind = "folder" if stat.S_ISDIR(attributes.permissions) else None
    changed = attributes.mtime
    when = None if changed is None else datetime.fromtimestamp(changed, UTC).isoformat()
    return {"name": name, "kind": kind or "other", "size": attributes.size, "changed": when}


def _meaning(error: asyncssh.SFTPError) -> str:
    for kind, words in _MEANINGS:
        if isinstance(error, kind):
            return words
    return "the server refused it"
