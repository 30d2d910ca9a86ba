"""Where runs' artifacts are kept, and those that still wait on this machine to be brought there.

A run publishes into a folder of this machine and ends; only then is its folder brought to the
store. Each step leaves what a kill would need: a mark that something waits, then the objects, then
the record that says so, then the files go, then the mark.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Artifact, Refused
from agent.errors import SecretError, StoreFailed, UsageError, VaultDamaged, WrongKey
from agent.runs.alone import alone_in
from agent.runs.retention import KEEP_ALL
from agent.runs.spool import MOST, Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.artifacts.stores.store import ArtifactStore
    from agent.runs.report import ArtifactLine, Report
    from agent.runs.retention import Rule
    from agent.runs.run import Run
    from agent.runs.spool import Sealing

PENDING: Final = "pending"
DELIVERED: Final = "delivered"
LOST: Final = "lost"
_MOST_OTHERS: Final = 8


class Records(Protocol):
    """The part of a store of runs that is needed; calls block."""

    @property
    def project(self) -> str:
        """The project whose runs these are."""

    def of(self, project: str) -> Records:
        """Give the runs of another project."""

    def get(self, run: str) -> Run:
        """Find a run. Raises ``UsageError``."""

    def report(self, run: str) -> Report:
        """Tell how it ended."""

    def retell(self, run_id: str, old: str, new: str) -> bool:
        """Put another report in the place of one."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did: runs whose artifacts are in the store now, and runs that still wait."""

    delivered: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The store, and this machine's folders: ``runs_folder`` where runs publish, ``waiting``.

    ``waiting`` has a mark for every run that is to be brought away. ``remote`` says that the store
    is another place than ``runs_folder``. In ``going`` are folders of runs that are taken away;
    ``usual`` says which stay when nobody says more. What has to wait for a store that is away is
    sealed with ``sealing``, and ``most_waiting`` is the number of bytes that may.
    """

    open_store: Callable[[], ArtifactStore]
    records: Records
    runs_folder: Path
    waiting: Path
    remote: bool = False
    going: Path = Path()
    usual: Rule = KEEP_ALL
    sealing: Sealing | None = None
    most_waiting: int = MOST

    @property
    def spool(self) -> Spool:
        """The files that wait here."""
        return Spool(self.runs_folder, self.sealing, self.most_waiting)

    def full(self) -> str:
        """Say that no run should begin because of what waits here; nothing where one may."""
        return self.spool.full(self.marks()) if self.remote else ""

    def require_room(self) -> None:
        """Raise ``StoreFailed`` where no run should begin because of what waits here."""
        if self.remote:
            self.spool.require_room(self.marks())

    @property
    def store(self) -> ArtifactStore:
        """The store; its library is loaded on first use."""
        return self.open_store()

    def expecting(self, report: Report) -> Report:
        """Say of a run that is about to end that its artifacts wait, and leave a mark of that."""
        if not self.remote or report.run_id is None:
            return report
        lines = [_waiting(line) for line in report.artifacts]
        if not any(line.delivery == PENDING for line in lines):
            return report
        try:
            self.waiting.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                write_private(self.waiting / report.run_id, self.records.project.encode())
        except OSError:
            return report  # the disk is full: what there is stays here, and the record says so
        return replace(report, artifacts=tuple(lines))

    def delivered(self, report: Report) -> Report:
        """Bring an ended run's artifacts to the store, then some of those that waited longer.

        Never raises: what cannot be brought now waits, and the report goes on saying so.
        """
        if not self.remote or report.run_id is None:
            return report
        try:
            after, why = self._bring(report.run_id)
            if not why:
                self.push(_MOST_OTHERS)
        except (OSError, UsageError, SQLAlchemyError):
            return report
        return after

    def push(self, most: int | None = None) -> Pushed:
        """Bring what waits on this machine to the store; the longest waiting first.

        Does nothing while another process is at it.
        """
        if not self.remote or not self.waiting.is_dir():
            return Pushed()
        with alone_in(self.waiting) as alone:
            return self._push(most) if alone else Pushed(waiting=tuple(self.marks()))

    def _push(self, most: int | None) -> Pushed:
        done: list[str] = []
        for run_id in self.marks()[:most]:
            try:
                _, why = self._bring(run_id)
            except (UsageError, FileNotFoundError):
                continue  # the run was pruned, or another process was faster
            if why:
                return Pushed(tuple(done), tuple(self.marks()), why)
            if not (self.waiting / run_id).exists():
                done.append(run_id)
        return Pushed(tuple(done), tuple(self.marks()))

    def marks(self) -> list[str]:
        """Name the runs whose artifacts wait here, the longest waiting first."""
        if not self.waiting.is_dir():
            return []
        marks: list[tuple[float, str]] = []
        for path in self.waiting.iterdir():
            with suppress(FileNotFoundError):  # brought away by another process just now
                if not path.name.startswith("."):
                    marks.append((path.stat().st_mtime, path.name))
        return [name for _, name in sorted(marks)]

    def _bring(self, run_id: str) -> tuple[Report, str]:
        """Give the report as it is then, and why something still waits."""
        mark = self.waiting / run_id
        records = self.records.of(mark.read_text("utf-8"))
        try:
            run, report = records.get(run_id), records.report(run_id)
        except UsageError:
            mark.unlink(missing_ok=True)  # the run was pruned
            raise
        if not run.state.ended:
            return report, ""
        lines, why = list(report.artifacts), ""
        for place, line in enumerate(lines):
            if line.delivery == PENDING and not why:
                lines[place], why = self._tried(report, line)
        after = replace(report, artifacts=tuple(lines))
        if why:
            self.spool.seal(report, [line for line in lines if line.delivery == PENDING])
        told = after == report or records.retell(run_id, run.report or "", after.to_json())
        if told and not why:
            self._clear(after)
            mark.unlink(missing_ok=True)
        return after, why

    def _tried(self, report: Report, line: ArtifactLine) -> tuple[ArtifactLine, str]:
        try:
            return self._brought(report, line), ""
        except (WrongKey, VaultDamaged) as altered:
            return replace(line, delivery=LOST, reason=altered.message), ""
        except (StoreFailed, SecretError) as failed:
            return line, failed.message

    def _brought(self, report: Report, line: ArtifactLine) -> ArtifactLine:
        key = f"{report.run_id}/{line.name}"
        try:
            with self.spool.plain(report, line) as path:
                held = Artifact(line.kind, path.name, path, "kept", sha256=line.sha256)
                self.store.put(key, held)
        except (Refused, FileNotFoundError, UsageError) as refusal:
            why = refusal.message if isinstance(refusal, Refused) else "the file is gone"
            return replace(line, delivery=LOST, reason=why)
        return replace(line, delivery=DELIVERED, path=f"{self.store.address}/{key}")

    def _clear(self, report: Report) -> None:
        """Remove the files that are in the store now; those of an --output folder stay."""
        folder = self.runs_folder / str(report.run_id)
        for line in report.artifacts:
            if line.delivery == DELIVERED and line.name:
                self.spool.remove(folder / line.name)
        for path in sorted(folder.rglob("*"), reverse=True) if folder.is_dir() else ():
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    @contextmanager
    def opened(self, report: Report, line: ArtifactLine) -> Iterator[Path]:
        """Give an artifact as a file: its own, or a copy for as long as the block lasts.

        Raises ``UsageError`` where it is gone, ``StoreFailed`` where it cannot be had now.
        """
        if line.delivery != DELIVERED:
            with self.spool.plain(report, line) as path:
                yield path
            return
        with tempfile.TemporaryDirectory(prefix="runner-") as folder:
            path = Path(folder) / Path(line.name).name
            self._fetch(f"{report.run_id}/{line.name}", path)
            yield path

    def _fetch(self, key: str, path: Path) -> None:
        try:
            with self.store.open(key) as source, path.open("xb") as file:
                shutil.copyfileobj(source, file)
        except FileNotFoundError:
            raise UsageError(
                f"{key} is no longer in {self.store.address}",
                hint="it was deleted there, or the settings name another store",
            ) from None

    def link(self, report: Report, line: ArtifactLine, seconds: int) -> str:
        """Give an address at which one artifact can be had for so long; here: its path.

        Raises ``UsageError`` for what is not in the store: a link is for who sees this machine not.
        """
        if line.delivery == DELIVERED:
            return self.store.link(f"{report.run_id}/{line.name}", seconds)
        if line.delivery == LOST:
            raise UsageError(f"{line.name} was not taken by the store: {line.reason}")
        if line.delivery == PENDING:
            raise UsageError(
                f"{line.name} still waits to be brought to {self.store.address}",
                hint="runner runs push, on the machine that carried the run out",
            )
        return line.path


def _waiting(line: ArtifactLine) -> ArtifactLine:
    return replace(line, delivery=PENDING) if line.state == "kept" and line.sha256 else line
