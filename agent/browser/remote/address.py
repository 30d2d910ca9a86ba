"""The WebSocket of a browser that is named by its HTTP address (Chrome DevTools Protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, Field

from agent.browser.quiet_http import httpx2
from agent.browser.remote.endpoint import unusable
from agent.browser.remote.refusals import BrowserAway

if TYPE_CHECKING:
    from agent.browser.remote.endpoint import Remote

_SOCKETS = {"http": "ws", "https": "wss"}
_SECONDS = 30.0


class _Told(BaseModel):
    """What is read of a browser's answer."""

    socket: str = Field(alias="webSocketDebuggerUrl")


async def socket_of(remote: Remote) -> str:
    """Ask ``/json/version`` for the browser's own socket; its host and safety stay the endpoint's.

    A browser names the host it believes to have, which may be another, or without encryption.
    Raises ``BrowserAway``, and ``UsageError`` for an address at which nothing can be asked.
    """
    parts = urlsplit(remote.url)
    if parts.scheme not in _SOCKETS:
        return remote.url
    asked = parts._replace(path=f"{parts.path.rstrip('/')}/json/version")
    try:
        async with httpx2.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.get(urlunsplit(asked))
        told = urlsplit(_Told.model_validate_json(answer.content).socket)
    except (httpx2.InvalidURL, UnicodeEncodeError):
        raise unusable() from None
    except (httpx2.HTTPError, ValueError):
        raise BrowserAway(
            f"no browser tells its address at {remote.place}",
            hint="A browser answers /json/version there; a Playwright server is named by ws://.",
        ) from None
    query = told.query or parts.query
    socket = parts._replace(scheme=_SOCKETS[parts.scheme], path=told.path, query=query)
    return urlunsplit(socket)
