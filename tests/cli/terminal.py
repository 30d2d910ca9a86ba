"""A person at a terminal: reads what is shown, types what is asked."""

from __future__ import annotations

import os
import pty
import select
import signal
import time

from tests.cli.conftest import EXECUTABLE


class Terminal:
    """One call of ``runner`` on a terminal of its own; ``shown`` is all it has printed."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.shown = ""
        self._read_to = 0
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            # A shell that starts the tests in the background has them ignore Ctrl-C.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            # A terminal must be its controlling one, which subprocess cannot give it.
            os.execve(  # noqa: S606  the program under test
                EXECUTABLE, [str(EXECUTABLE), *arguments], environment
            )

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type the answer."""
        self.wait_for(question)
        os.write(self._fd, text.encode() + b"\n")

    def wait_for(self, question: str) -> None:
        """Wait until something is shown, after what was waited for before."""
        end = time.monotonic() + 60
        while question not in self.shown[self._read_to :]:
            assert time.monotonic() < end, self.shown
            assert self._read(), self.shown
        self._read_to = self.shown.index(question, self._read_to) + len(question)

    def interrupt(self, question: str) -> None:
        """Press Ctrl-C at a question, and again where it is asked again.

        Python's ``input`` loses an interrupt that comes while it flushes what it has printed; only
        the next key shows that. Leaves at the program's end.
        """
        end = time.monotonic() + 60
        while question not in self.shown[self._read_to :]:
            assert self._read(), self.shown
        asked = 0
        while (now := self.shown.count(question)) > asked or self._read():
            assert time.monotonic() < end, self.shown
            if now > asked:
                os.write(self._fd, b"\x03\n")
            asked = now

    def end(self) -> int:
        """Read to the end and give the exit code."""
        while self._read():
            pass
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self) -> bool:
        if not select.select([self._fd], [], [], 60)[0]:
            raise AssertionError(f"silence after: {self.shown}")
        try:
            read = os.read(self._fd, 4096)
        except OSError:  # the other side closed its last handle
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)
