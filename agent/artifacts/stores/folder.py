"""Artifacts in a folder: on this machine, or one that several machines share."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.artifacts.stores.store import Held, checked_key, require_passed
from agent.errors import StoreFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from agent.artifacts.artifact import Artifact
    from agent.artifacts.stores.store import Choice

_SCHEME = "file://"


class FolderStore:
    """Files of mode 0600 in folders of mode 0700; each is there whole, or not at all."""

    def __init__(self, choice: Choice) -> None:
        self._root = Path(choice.address.removeprefix(_SCHEME)).expanduser().absolute()

    @property
    def address(self) -> str:
        """The folder's path."""
        return str(self._root)

    def put(self, key: str, artifact: Artifact) -> None:
        """Copy the file beside its place, flush it to disk, and move it there."""
        target = self._root / checked_key(key)
        require_passed(artifact)
        if target.exists() and target.samefile(artifact.path):
            return
        with _failing(self.address):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
            try:
                with os.fdopen(descriptor, "wb") as file, artifact.path.open("rb") as source:
                    shutil.copyfileobj(source, file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(part).replace(target)
            finally:
                Path(part).unlink(missing_ok=True)

    def open(self, key: str) -> BinaryIO:
        """Open the file."""
        path = self._root / checked_key(key)
        with _failing(self.address):
            return path.open("rb")

    def list(self, run_id: str) -> Sequence[Held]:
        """List the files below the run's folder, without those that are being written."""
        folder = self._root / checked_key(f"{run_id}/x").partition("/")[0]
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [
            Held(path.relative_to(self._root).as_posix(), path.stat().st_size)
            for path in files
            if not path.name.startswith(".")
        ]

    def delete(self, key: str) -> None:
        """Unlink the file, and its folders once they are empty."""
        path = self._root / checked_key(key)
        with _failing(self.address):
            path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:
                return  # not empty

    def link(self, key: str, seconds: int) -> str:  # noqa: ARG002 - a path does not expire
        """Give the file's path."""
        return str(self._root / checked_key(key))


@contextmanager
def _failing(address: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreFailed(
            f"the artifact store {address}: {error.strerror}",
            hint="look at the folder and the disk, then: runner runs push",
        ) from None
