"""``/healthz`` and ``/readyz``: for those who keep the server running, whoever asks and however.

They stand outside the walls: a probe knows the server by its address only. So they say nothing that
is not the same for everyone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from agent.wiring.readiness import Readiness

ALIVE: Final = "/healthz"
READY: Final = "/readyz"
_PATIENCE: Final = 5.0
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Probed:
    """Answers the two paths, and passes everything else on."""

    app: ASGIApp
    readiness: Readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200, or 503 with the words of what is in the way."""
        asked = scope["type"] == "http" and scope["path"] in (ALIVE, READY)
        if not asked or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        troubles = await self._troubles() if scope["path"] == READY else []
        told = {"ok": not troubles} | ({"troubles": troubles} if troubles else {})
        status = 503 if troubles else 200
        await JSONResponse(told, status, headers=_HEADERS)(scope, receive, send)

    async def _troubles(self) -> list[str]:
        try:
            async with asyncio.timeout(_PATIENCE):
                return list(await asyncio.to_thread(self.readiness.troubles))
        except TimeoutError:
            return ["database"]
