"""A web service on a real socket that answers as a test says and remembers what it was sent."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Sent:
    """One request as it arrived; names of headers are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    raw: bytes


@dataclass
class Web:
    """A running service. ``replies`` are given in order, the last one again and again."""

    origin: str = ""
    replies: list[Reply | Callable[[Sent], Reply | None]] = field(default_factory=list)
    seen: list[Sent] = field(default_factory=list)
    connections: int = 0

    def says(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        """Add a reply; names of headers are written with _ for -."""
        plain = {"content-type": "application/json"}
        plain |= {name.replace("_", "-"): text for name, text in headers.items()}
        self.replies.append((status, plain, body))

    def _reply(self, sent: Sent) -> Reply | None:
        self.seen.append(sent)
        chosen = self.replies[min(len(self.seen), len(self.replies)) - 1]
        return chosen(sent) if callable(chosen) else chosen

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close; a reply of ``None`` is none at all."""
        self.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ")
            headers = {n.lower(): v.strip() for n, _, v in (one.partition(":") for one in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            reply = self._reply(Sent(method, target, headers, body, head + body))
            if reply is not None:
                status, told, content = reply
                told = {"content-length": str(len(content))} | told | {"connection": "close"}
                text = "".join(f"{name}: {value}\r\n" for name, value in told.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{text}\r\n".encode("latin-1"))
                if method != "HEAD":
                    writer.write(content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def running_web(
    *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Web]:
    """Listen on a free port while the block runs."""
    web = Web()
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    web.origin = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield web
    finally:
        server.close()
        await server.wait_closed()
