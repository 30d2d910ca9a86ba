"""Files of this machine that only their owner can read, for CI and mounted secrets."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, StringConstraints

from agent.errors import SourceDenied, SourceMalformed, SourceMissing
from agent.vault.sourcing.reference import Reference, named_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.vault.secret_types import SecretType

LARGEST = 64 * 1024
"""Bytes a secret's file may have."""

Absolute = Annotated[str, StringConstraints(pattern=r"^/[^\x00-\x1f\x7f]{1,4095}$")]


class FileReference(Reference):
    """Which file holds which field, by absolute path."""

    files: Annotated[dict[str, Absolute], Field(min_length=1)]

    def fields(self, kind: type[SecretType]) -> tuple[str, ...]:
        """Name the fields that have a file."""
        return named_fields(kind, self.files)


class File:
    """Reads whole files, less the line break an editor or ``echo`` leaves at the end."""

    reference: ClassVar[type[FileReference]] = FileReference
    in_tasks: ClassVar[bool] = False

    def fetch(self, reference: FileReference, fields: Sequence[str]) -> dict[str, str]:
        """Get the files' texts.

        Raises ``SourceDenied`` for a file that is not ours alone (mode 0600 or stricter, our own,
        not reached over a symbolic link), ``SourceMissing`` and ``SourceMalformed``.
        """
        missing = [name for name in fields if name not in reference.files]
        if missing:
            raise SourceMissing(f"the reference names no file for {', '.join(missing)}")
        return {name: _text(Path(reference.files[name])) for name in fields}


def _text(path: Path) -> str:
    read = _read(path)
    if len(read) > LARGEST:
        raise SourceMalformed(f"{path} is larger than {LARGEST} bytes, the most a secret may have")
    try:
        text = read.decode("utf-8")
    except UnicodeDecodeError:
        raise SourceMalformed(f"{path} is not UTF-8", hint="save it as text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise SourceMissing(f"{path} is empty", hint="write the value into it")
    return text


def _read(path: Path) -> bytes:
    try:
        # What is looked at and what is read are one open file; nothing can be put in between.
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _refuse_shared(path, os.fstat(opened))
            with os.fdopen(opened, "rb", closefd=False) as file:
                return file.read(LARGEST + 1)
        finally:
            os.close(opened)
    except FileNotFoundError:
        raise SourceMissing(f"there is no file {path}", hint="write it, with mode 0600") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SourceDenied(
                f"{path} is a symbolic link, which is not followed", hint="name the file itself"
            ) from None
        raise SourceDenied(
            f"{path} cannot be read: {error.strerror}",
            hint="make it readable for the user who runs this, and for nobody else",
        ) from None


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SourceDenied(f"{path} is not a file", hint="name a plain file")
    if status.st_uid != os.geteuid():
        raise SourceDenied(
            f"{path} belongs to another user", hint=f"if it is yours: chown {os.geteuid()} {path}"
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise SourceDenied(
            f"{path} is open to other users",
            hint=f"chmod 600 {path}; if others could read it, change the secret at its site",
        )
