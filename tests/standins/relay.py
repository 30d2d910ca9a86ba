"""A relay before a browser, as pools have: it lets no client see the browser's requests."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTENDED = {126: 2, 127: 8}


@contextmanager
def without(word: str, url: str) -> Iterator[str]:
    """Relay to the socket at ``url``, where the command of this name is not known."""
    relay = _Relay(urlsplit(url).port or 0, word.encode())
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(relay.serve, "127.0.0.1", 0), loop
    ).result(10)
    try:
        port = server.sockets[0].getsockname()[1]
        yield urlsplit(url)._replace(netloc=f"127.0.0.1:{port}").geturl()
    finally:
        server.close()
        asyncio.run_coroutine_threadsafe(relay.end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Relay:
    def __init__(self, port: int, word: bytes) -> None:
        self._port = port
        self._word = word
        self._unknown = word[:-1] + b"-"
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = [one for one in head.split(b"\r\n") if b"Extensions" not in one]
        back_writer.write(b"\r\n".join(lines))
        copying = asyncio.create_task(_copy(back_reader, writer))
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    back_writer.write(await self._frame(reader))
        finally:
            copying.cancel()
            writer.close()
            back_writer.close()
            self._open.discard(task)

    async def end(self) -> None:
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _frame(self, reader: asyncio.StreamReader) -> bytes:
        """Read one frame of a client (RFC 6455, 5.2), and put another word into it."""
        head = await reader.readexactly(2)
        extended = await reader.readexactly(_EXTENDED.get(head[1] & 127, 0))
        length = int.from_bytes(extended, "big") if extended else head[1] & 127
        key = await reader.readexactly(4)
        content = _masked(await reader.readexactly(length), key)
        return head + extended + key + _masked(content.replace(self._word, self._unknown), key)


def _masked(content: bytes, key: bytes) -> bytes:
    pad = (key * (len(content) // 4 + 1))[: len(content)]
    return (int.from_bytes(content, "big") ^ int.from_bytes(pad, "big")).to_bytes(
        len(content), "big"
    )


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
    writer.close()
