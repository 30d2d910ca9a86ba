"""Tells who operates the server of every request: its pattern and how it was answered, no more."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from agent.api import indices
from agent.api.dashboard.pages import PAGES
from agent.api.resources import RESOURCES
from agent.telemetry.facts import know_routes
from agent.telemetry.observer import Answered

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from agent.telemetry.observer import Observer

API: Final = "/api/v1"
INDICES: Final = "/v1beta"
_PLACED: Final = re.compile(r"/runs/([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$")
_FAULT: Final = 500
_STATIC: Final = "/static"


@dataclass(frozen=True, slots=True)
class Watched:
    """Tells ``observer`` of requests that were answered, and of failures nobody thought of.

    A path is told as the pattern that stands in the program, so that nothing of an address gets
    out: neither an id nor what somebody typed there.
    """

    app: ASGIApp
    observer: Observer
    patterns: frozenset[str] = field(default_factory=lambda: _learned())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and tell when its answer began."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, began, clock = str(scope["path"]), time.time(), time.monotonic()
        status, placed, took = 0, "", 0.0

        async def noted(message: Message) -> None:
            nonlocal status, placed, took
            if message["type"] == "http.response.start":
                # A stream goes on for minutes: what is told is when the answer began.
                status, took = message["status"], time.monotonic() - clock
                placed = _run_of(scope, Headers(raw=message["headers"]))
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            self.observer.failed(error)
            status, took = status or _FAULT, took or time.monotonic() - clock
            raise
        finally:
            if status:
                pattern = self._pattern(scope, path)
                told = Answered(scope["method"], pattern, status, began, took, placed)
                self.observer.answered(told)

    def _pattern(self, scope: Scope, path: str) -> str:
        if path.startswith(f"{_STATIC}/"):
            return _STATIC
        route = getattr(scope.get("route"), "path", "")
        prefix = next((one for one in (API, INDICES) if path.startswith(f"{one}/")), "")
        found = prefix + route if route else ""
        return found if found in self.patterns else ""


def _run_of(scope: Scope, headers: Headers) -> str:
    if scope["method"] != "POST":
        return ""
    found = _PLACED.search(headers.get("location", ""))
    return found[1] if found else ""


def _learned() -> frozenset[str]:
    patterns = {_STATIC, *_paths(indices.router, INDICES)}
    for name in RESOURCES:
        patterns |= _paths(RESOURCES[name], API)
    for name in PAGES:
        patterns |= _paths(PAGES[name], "")
    known = frozenset(patterns)
    know_routes(known)
    return known


def _paths(router: APIRouter, prefix: str) -> set[str]:
    return {prefix + str(getattr(route, "path", "")) for route in router.routes}
