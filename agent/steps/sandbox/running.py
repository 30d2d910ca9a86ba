"""Starts the child process of a code step, feeds it, watches it, and ends it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import sysconfig
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent.errors import EnvironmentUnfit, StepFailed
from agent.steps.sandbox.walls import missing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LARGEST: Final = 1024 * 1024
"""Bytes of what code may print, and of its result."""
LARGEST_FILE: Final = 64 * 1024 * 1024
LARGEST_FOLDER: Final = 128 * 1024 * 1024
_LOOK_SECONDS: Final = 0.25
_UNFIT: Final = "code cannot be walled in on this machine"
_PROGRAM: Final = Path(__file__).parent
_LIBRARIES: Final = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/zero",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """What is run: ``memory`` in bytes, ``seconds`` on the clock; ``folder`` is the code's own."""

    source: str
    function: str
    folder: Path
    memory: int
    seconds: float


@dataclass(slots=True)
class Outcome:
    """What came of it: the answer of the code, and all that it printed."""

    answer: dict[str, Any]
    printed: bytes = field(repr=False, default=b"")


async def run(job: Job, values: Callable[[], Awaitable[dict[str, Any]]]) -> Outcome:
    """Run code behind walls and give its answer.

    ``values`` is asked once the walls stand; where they do not, nothing has been released. Raises
    ``EnvironmentUnfit`` where code cannot be walled in, ``StepFailed`` where it takes, prints or
    writes too much.
    """
    lacking = missing()
    if lacking:
        raise _unfit(lacking)
    try:
        async with asyncio.timeout(job.seconds), _child(job) as child:
            first = await child.answer()
            if "enclosed" not in first:
                raise _unfit(str(first.get("unfit", "its walls did not stand")))
            await child.feed(await values())
            return Outcome(await child.answer(), await child.printed())
    except TimeoutError:
        raise StepFailed(
            f"the code was not done in {job.seconds:g} s and was ended",
            hint='give it more time with "timeout"',
        ) from None


class _Child:
    """The running process and the ends of its pipes."""

    def __init__(
        self, process: asyncio.subprocess.Process, answers: asyncio.StreamReader, folder: Path
    ) -> None:
        self._process = process
        self._answers = answers
        self._folder = folder
        self._output = asyncio.create_task(_bounded(process.stdout))
        self._watch = asyncio.create_task(self._watch_folder())

    async def feed(self, line: dict[str, Any]) -> None:
        """Send one line."""
        if self._process.stdin is None:
            raise RuntimeError("the process was started with a pipe")
        # A child that has ended meanwhile is told of by its missing answer.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            await self._process.stdin.drain()

    async def answer(self) -> dict[str, Any]:
        """Wait for the next answer. Raises ``StepFailed`` where there comes none."""
        reading = asyncio.create_task(self._answers.readline())
        watched: set[asyncio.Task[Any]] = {self._output, self._watch}
        waiting: set[asyncio.Task[Any]] = {reading, *watched}
        try:
            while not reading.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done & watched:
                    task.result()  # printed or written too much
            line = reading.result()
        except ValueError:
            raise StepFailed("the result of the code is larger than 1 MiB") from None
        finally:
            reading.cancel()
        if not line:
            raise _ended(await self._process.wait())
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def printed(self) -> bytes:
        """Give all it printed, once it has ended."""
        return await self._output

    async def close(self) -> None:
        """End the process, which has no children."""
        self._watch.cancel()
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.gather(self._watch, self._output, return_exceptions=True)
        # A pipe that is not read to its end keeps the process from being waited for.
        while self._process.stdout is not None and await self._process.stdout.read(65_536):
            pass
        await self._process.wait()

    async def _watch_folder(self) -> None:
        """Raise ``StepFailed`` when the folder, which may lie in memory, grows too large."""
        while True:
            # Nothing tells how much is in a folder; it has to be looked at.
            await asyncio.sleep(_LOOK_SECONDS)
            if _size(self._folder) > LARGEST_FOLDER:
                raise StepFailed(
                    f"the code wrote more than {LARGEST_FOLDER // 1024 // 1024} MiB and was ended"
                )


@asynccontextmanager
async def _child(job: Job) -> AsyncIterator[_Child]:
    here, there = os.pipe()
    reader = asyncio.StreamReader(limit=LARGEST)
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(here, "rb", buffering=0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-B", "-X", "utf8", str(_PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=_environment(job.folder),
            cwd=job.folder,
            pass_fds=(there,),
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        transport.close()
        os.close(there)
        raise EnvironmentUnfit(
            f"no process for the code can be started: {error.strerror}"
        ) from None
    os.close(there)
    child = _Child(process, reader, job.folder)
    try:
        await child.feed(_order(job, there))
        yield child
    finally:
        await child.close()
        transport.close()


def _order(job: Job, answers: int) -> dict[str, Any]:
    return {
        "source": job.source,
        "function": job.function,
        "folder": str(job.folder),
        "readable": readable(),
        "answers": answers,
        "parent": os.getpid(),
        "limits": {
            "memory": job.memory,
            "seconds": max(1, int(job.seconds)),
            "file_size": LARGEST_FILE,
        },
    }


def readable() -> list[str]:
    """List what code may read: Python's own library, installed packages, shared libraries."""
    own = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return list(dict.fromkeys((*own, f"{sys.base_prefix}/lib", *_LIBRARIES)))


def _environment(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "PATH": ""}


async def _bounded(stream: asyncio.StreamReader | None) -> bytes:
    if stream is None:
        raise RuntimeError("the process was started with a pipe")
    printed = bytearray()
    while part := await stream.read(65_536):
        printed += part
        if len(printed) > LARGEST:
            raise StepFailed("the code printed more than 1 MiB and was ended")
    return bytes(printed)


def _size(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(place) / name).lstat().st_blocks * 512
    return total


def _unfit(lacking: str) -> EnvironmentUnfit:
    return EnvironmentUnfit(
        f"{_UNFIT}: {lacking}",
        hint="code steps need Linux 6.2 or newer on x86-64, with Landlock; docs/code.md",
    )


def _ended(code: int) -> StepFailed:
    why = {
        -24: "it used up its time on the processor",
        -9: "it was killed",
        -25: "a file grew too large",
    }
    return StepFailed(f"the code ended without a result: {why.get(code, f'exit code {code}')}")
