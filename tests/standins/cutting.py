"""A way to a server that breaks off: each connection after so many bytes, or never."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Cutting:
    """``connections`` counts those that came; ``limits`` are bytes towards the server, in turn."""

    def __init__(self, port: int, limits: Sequence[int]) -> None:
        self._to = port
        self._limits = limits
        self._open: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.port = 0

    @property
    def origin(self) -> str:
        """The file server as it is reached through here."""
        return f"sftp://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes until the limit of this connection."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        number, self.connections = self.connections, self.connections + 1
        left = self._limits[number] if number < len(self._limits) else None
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self._to)
        answering = asyncio.create_task(_copy(back_reader, writer))
        try:
            with suppress(ConnectionError):
                while left is None or left > 0:
                    piece = await reader.read(65536 if left is None else min(left, 65536))
                    if not piece:
                        break
                    left = None if left is None else left - len(piece)
                    back_writer.write(piece)
                    await back_writer.drain()
        finally:
            answering.cancel()
            writer.transport.abort()
            back_writer.transport.abort()
            self._open.discard(task)

    async def end(self) -> None:
        """Break off what is open."""
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@contextmanager
def breaking_off(port: int, limits: Sequence[int]) -> Iterator[Cutting]:
    """Relay to a port of this machine, and break the first connections off."""
    cutting = Cutting(port, limits)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listening = asyncio.start_server(cutting.serve, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
    cutting.port = server.sockets[0].getsockname()[1]
    try:
        yield cutting
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(cutting.end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
    writer.close()
