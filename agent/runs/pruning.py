"""Takes old runs away, record and files together, also when it is killed half-way.

The folder of a run is moved aside first: that is the mark. Then its record goes, then what the
store holds of it, then the folder. After a kill a run either has its record and gets its folder
back, or has neither and what is left of it goes with the next prune.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agent.errors import StoreFailed, UsageError
from agent.runs.alone import alone_in
from agent.runs.retention import chosen
from agent.runs.shelf import PENDING

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runs.report import Report
    from agent.runs.retention import Rule
    from agent.runs.run import Outline
    from agent.runs.shelf import Shelf


class Forgetting(Protocol):
    """The part of a store of runs that is needed; calls block."""

    def outlines(self) -> list[Outline]:
        """Give all runs in short, the newest first."""

    def exists(self, run_id: str) -> bool:
        """Tell whether a run has a record."""

    def report(self, run: str) -> Report:
        """Tell how a run ended."""

    def remove(self, run_id: str) -> bool:
        """Forget an ended run; False where it is not there, or goes on."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """Runs that went, or would go, and those whose rests in the store could not go yet."""

    gone: tuple[Outline, ...] = ()
    rests: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pruning:
    """Prunes one project's runs; ``going`` is the folder in which folders of runs are on their way.

    One process at a time does.
    """

    records: Forgetting
    shelf: Shelf
    going: Path

    def prune(self, rule: Rule, now: float, *, only_say: bool = False) -> Pruned:
        """Take away what the rule does not keep; with ``only_say`` nothing goes."""
        old = chosen(self.records.outlines(), rule, now, frozenset(self.shelf.marks()))
        going = [run for run in old if not self._waits(run.id)]
        if only_say:
            return Pruned(tuple(going))
        self.going.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone_in(self.going) as alone:
            if not alone:
                return Pruned(why="another process prunes at this moment")
            gone = tuple(run for run in going if self._forgotten(run.id))
            return self._swept(gone)

    def mend(self) -> None:
        """Give every run that still has its record its folder back, after a kill."""
        if not self.going.is_dir():
            return
        with alone_in(self.going) as alone:
            for folder in self._folders() if alone else ():
                if self.records.exists(folder.name):
                    self._put_back(folder)

    def _waits(self, run_id: str) -> bool:
        """Tell whether something of a run waits for the store, on whichever machine."""
        if not self.shelf.remote:
            return False
        try:
            lines = self.records.report(run_id).artifacts
        except UsageError:
            return False  # another process took it away meanwhile
        return any(line.delivery == PENDING for line in lines)

    def _forgotten(self, run_id: str) -> bool:
        """Move a run's folder aside, and take its record away; undone where that must stay."""
        aside = self.going / run_id
        try:
            (self.shelf.runs_folder / run_id).rename(aside)
        except FileNotFoundError:
            aside.mkdir(mode=0o700, exist_ok=True)  # its files are in the store, or elsewhere
        _flush(self.going)
        if self.records.remove(run_id):
            return True
        self._put_back(aside)
        return False

    def _put_back(self, aside: Path) -> None:
        place = self.shelf.runs_folder / aside.name
        if not any(aside.iterdir()):
            aside.rmdir()
        elif not place.exists():
            aside.rename(place)

    def _swept(self, gone: tuple[Outline, ...]) -> Pruned:
        """Delete what is left of runs without a record, those of an earlier, killed prune too."""
        why = ""
        for folder in self._folders():
            if self.records.exists(folder.name):
                self._put_back(folder)
                continue
            try:
                self._sweep(folder)
            except StoreFailed as failed:
                why = failed.message
                break
        return Pruned(gone, tuple(folder.name for folder in self._folders()), why)

    def _sweep(self, folder: Path) -> None:
        if self.shelf.remote:
            for held in self.shelf.store.list(folder.name):
                self.shelf.store.delete(held.key)
        shutil.rmtree(folder)

    def _folders(self) -> list[Path]:
        return sorted(path for path in self.going.iterdir() if path.is_dir())


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
