"""Files of ended runs that wait on this machine for the store: sealed, and not without bound."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from agent.errors import RunnerError, StoreFailed, UsageError
from agent.vault.spool import sealed_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from agent.runs.report import ArtifactLine, Report

MOST: Final = 2048 * 1024 * 1024
"""Bytes that may wait, unless the settings say another number."""
_MB: Final = 1024 * 1024


class Sealing(Protocol):
    """The part of ``agent.vault.spool`` that is needed; may raise ``RunnerError``."""

    def seal(self, path: Path, name: str) -> None:
        """Put a sealed file in the place of a plain one."""

    def unsealed(self, path: Path, name: str) -> AbstractContextManager[Path]:
        """Give a plain copy of what was at a path."""


@dataclass(frozen=True, slots=True)
class Spool:
    """Files below ``folder``; what is elsewhere belongs to a person and is left as it is.

    Without ``sealing`` nothing is sealed: a run without a vault holds nothing of one.
    """

    folder: Path
    sealing: Sealing | None = None
    most: int = MOST

    def seal(self, report: Report, lines: Iterable[ArtifactLine]) -> None:
        """Seal a run's files, as far as the vault can be opened now."""
        if self.sealing is None:
            return
        for line in lines:
            path = Path(line.path)
            if path.is_file() and path.is_relative_to(self.folder):
                with suppress(RunnerError, OSError):
                    self.sealing.seal(path, _name(report, line))

    @contextmanager
    def plain(self, report: Report, line: ArtifactLine) -> Iterator[Path]:
        """Give a file of a run as it is, or a plain copy where it is sealed.

        Raises ``UsageError`` where it is gone, and what opening the vault raises.
        """
        path = Path(line.path)
        if self.sealing is None or path.is_file() or not sealed_of(path).is_file():
            if not path.is_file():
                raise UsageError(
                    f"{path} is gone", hint="runner runs show tells what the run left, and where"
                )
            yield path
            return
        with self.sealing.unsealed(path, _name(report, line)) as copy:
            yield copy

    def remove(self, path: Path) -> None:
        """Remove a file, sealed or not."""
        path.unlink(missing_ok=True)
        sealed_of(path).unlink(missing_ok=True)

    def full(self, runs: Iterable[str]) -> str:
        """Say that what waits of these runs is as much as may; nothing where it is not."""
        size = sum(_size(self.folder / run_id) for run_id in runs)
        if size < self.most:
            return ""
        return f"{size // _MB} MB of artifacts wait here for the store, and {self.most // _MB} may"

    def require_room(self, runs: Iterable[str]) -> None:
        """Raise ``StoreFailed`` where as much waits as may."""
        if full := self.full(runs):
            raise StoreFailed(
                full,
                hint="when the store works again: runner runs push; more may wait with "
                "[artifacts] waiting_mb in playwright.config",
            )


def _name(report: Report, line: ArtifactLine) -> str:
    return f"{report.run_id}/{line.name}"


def _size(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):  # passes over a folder that goes meanwhile
        for name in names:
            with suppress(OSError):  # it was brought away just now
                total += (Path(place) / name).stat().st_size
    return total
