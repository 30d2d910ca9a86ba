"""The WebSocket of a browser that is named by its HTTP address (Chrome DevTools Protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx2

from agent.browser.remote.refusals import BrowserAway

if TYPE_CHECKING:
    from agent.browser.remote.endpoint import Remote

_SOCKETS = {"http": "ws", "https": "wss"}
_SECONDS = 30.0


async def socket_of(remote: Remote) -> str:
    """Ask ``/json/version`` for the browser's own socket; its host and safety stay the endpoint's.

    A browser names the host it believes to have, which may be another, or without encryption.
    Raises ``BrowserAway``.
    """
    parts = urlsplit(remote.url)
    if parts.scheme not in _SOCKETS:
        return remote.url
    asked = parts._replace(path=f"{parts.path.rstrip('/')}/json/version")
    try:
        async with httpx2.AsyncClient(timeout=_SECONDS) as client:
            answer = (await client.get(urlunsplit(asked))).json()
        told = urlsplit(answer["webSocketDebuggerUrl"])
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        raise BrowserAway(
            f"no browser tells its address at {remote.place}",
            hint="A browser answers /json/version there; a Playwright server is named by ws://.",
        ) from None
    query = told.query or parts.query
    socket = parts._replace(scheme=_SOCKETS[parts.scheme], path=str(told.path), query=str(query))
    return urlunsplit(socket)
