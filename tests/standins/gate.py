"""A way to a server that can be shut, so that the server is away and keeps all it has."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Gate:
    """Passes connections on to ``target``; while it is shut, each is broken off at once."""

    url: str
    target: tuple[str, int]
    is_shut: bool = False
    _open: list[socket.socket] = field(default_factory=list)
    _passing: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def shut(self) -> None:
        """Break off what is connected, and whatever comes."""
        with self._lock:
            self.is_shut = True
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def open(self) -> None:
        """Let connections through again."""
        self.is_shut = False

    def let_in(self, visitor: socket.socket) -> None:
        """Pass one connection on."""
        # Under the lock: whoever shuts the gate meanwhile breaks this one off as well.
        with self._lock:
            try:
                server = None if self.is_shut else socket.create_connection(self.target)
            except OSError:  # the server is away: the visitor is told, and the gate stays
                server = None
            if server is None:
                visitor.close()
                return
            self._open += [visitor, server]
            self._passing.append(threading.Thread(target=_both_ways, args=(visitor, server)))
            self._passing[-1].start()

    def join(self) -> None:
        """Wait until nothing passes any more."""
        for one in self._passing:
            one.join()


def _both_ways(visitor: socket.socket, server: socket.socket) -> None:
    with visitor, server:
        back = threading.Thread(target=_passed, args=(server, visitor))
        back.start()
        _passed(visitor, server)
        back.join()


def _passed(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65_536):
            sink.sendall(block)
    for one in (source, sink):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def gate_to(url: str) -> Iterator[Gate]:
    """Open a way to the server at a URL, on a free port of this machine."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    with socket.create_server(("127.0.0.1", 0)) as door:
        made = Gate(f"http://127.0.0.1:{door.getsockname()[1]}", (parts.hostname, parts.port))

        def wait() -> None:
            with suppress(OSError):
                while True:
                    made.let_in(door.accept()[0])

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.shut()
            door.shutdown(socket.SHUT_RDWR)
            thread.join()
            made.join()
