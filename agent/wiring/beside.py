"""A worker beside a server: a process of its own, so that cleaning a trace never slows a page."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.executors.parent import GRACE
from agent.wiring.passfile import handed_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from agent.runs.address import Address

CONCURRENCY: Final = 2
_PROGRAM: Final = "from agent.cli.main import main; raise SystemExit(main())"
_LONGEST_PAUSE: Final = 30.0
_EXTRA: Final = 15.0


@dataclass(slots=True)
class Remembered:
    """A passphrase that is asked for once; the worker beside the server opens the vault too."""

    ask: Callable[[], str] = field(repr=False)
    _known: str | None = field(default=None, repr=False)

    def __call__(self) -> str:
        """Give the passphrase."""
        if self._known is None:
            self._known = self.ask()
        return self._known

    @property
    def given(self) -> str | None:
        """The passphrase, where it was asked for."""
        return self._known


@asynccontextmanager
async def worker_beside(
    passphrase: Callable[[], str | None], database: Address, *options: str
) -> AsyncIterator[None]:
    """Keep a worker going for as long as the block lasts; one that ends is started again.

    It gets this process's environment without the database's password, and no secret on its command
    line: ``passphrase`` goes to it through a pipe, the password in a file of memory alone. When
    this process is killed, it is asked to end. ``options`` are its own. Raises as ``handed_over``.
    """
    with handed_over(database, os.environ):
        pass  # what cannot be handed over is said at the start
    keeping = asyncio.create_task(_keep(passphrase, database, options))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(
    passphrase: Callable[[], str | None], database: Address, options: Sequence[str]
) -> None:
    pause = 1.0
    while True:
        worker = await _started(passphrase(), database, options)
        try:
            await worker.wait()
        except asyncio.CancelledError:
            await _ended(worker)
            raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


async def _started(
    passphrase: str | None, database: Address, options: Sequence[str]
) -> asyncio.subprocess.Process:
    beside = f"--beside={os.getpid()}"
    command = ["worker", f"--concurrency={CONCURRENCY}", beside, "--no-input", *options]
    with _piped(passphrase) as pipes, handed_over(database, os.environ) as (environment, files):
        unlock = [f"--unlock-fd={descriptor}" for descriptor in pipes]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _PROGRAM,
            *unlock,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            env=environment,
            pass_fds=(*pipes, *files),
            # Ctrl-C at the terminal is for the server, which then asks the worker.
            start_new_session=True,
        )


@contextmanager
def _piped(passphrase: str | None) -> Iterator[tuple[int, ...]]:
    """Put a passphrase, if there is one, into a pipe; gives the end it is read from."""
    if passphrase is None:
        yield ()
        return
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as file:
            file.write(passphrase.encode() + b"\n")
        yield (reading,)
    finally:
        os.close(reading)


async def _ended(worker: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        worker.terminate()
        try:
            await asyncio.wait_for(worker.wait(), GRACE + _EXTRA)
        except TimeoutError:
            worker.kill()
            await worker.wait()
