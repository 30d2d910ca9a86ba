"""The walls around every request: host names, other sites' pages, sizes, and what is answered.

Plain ASGI, outside of everything that reads a body or knows a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

from agent.api.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PROGRAMS: Final = ("/api/", "/v1beta/")
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST: Final = 1024 * 1024
LARGEST_PICTURE: Final = 8 * 1024 * 1024 + 64 * 1024
_JSON: Final = ("application/json", "application/merge-patch+json")
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "frame-src {artifacts}; require-trusted-types-for 'script'"
)
_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


@dataclass(frozen=True, slots=True)
class Headed:
    """Answers with the headers that keep a browser from doing more than was meant.

    A page may set a policy of its own where it needs another one.
    """

    app: ASGIApp
    policy: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the answer."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS:
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", self.policy)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, headed if scope["type"] == "http" else send)


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """Answers only to the names this server goes by: a name that was rebound gets nothing."""

    app: ASGIApp
    hosts: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse every other ``Host``."""
        if scope["type"] == "http":
            named = Headers(scope=scope).getlist("host")
            if len(named) != 1 or named[0].lower() not in self.hosts:
                await problem(421, "this server does not go by that name")(scope, receive, send)
                return
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class OwnPages:
    """Refuses what a page of another site asks for, and tells whose word a cookie is.

    Browsers say in ``Sec-Fetch-Site`` where a request comes from; where that is missing, ``Origin``
    must be ours. A request that has neither comes from no page: its cookie does not count.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse unsafe requests of other sites; note for the rest whether a cookie counts."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            site, origin = headers.get("sec-fetch-site"), headers.get("origin")
            same = None if origin is None else urlsplit(origin).netloc == headers.get("host")
            # A form of a page that tells no referrer sends ``Origin: null``.
            foreign = site not in ("same-origin", "none") if site is not None else same is False
            if foreign:
                await problem(403, "another site's page asked for that")(scope, receive, send)
                return
            scope.setdefault("state", {})["cookie_counts"] = site is not None or same is True
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Bounded:
    """Reads a body as a whole, up to a size, before anything else sees it.

    Bodies of the API are JSON, which no form of another site can send. ``pictures`` are how paths
    of pages end that take a picture. The body is kept for the answer to a refused one, so that it
    can be left out.
    """

    app: ASGIApp
    pictures: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, or refuse it."""
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self.app(scope, receive, send)
            return
        api = scope["path"].startswith(_PROGRAMS)
        is_picture = not api and scope["path"].endswith(self.pictures)
        body = await _read(receive, LARGEST_PICTURE if is_picture else LARGEST)
        if body is None:
            await problem(413, "the body is too large")(scope, receive, send)
            return
        kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
        if api and body and kind not in _JSON:
            await problem(415, "the body must be application/json")(scope, receive, send)
            return
        scope.setdefault("state", {})["body"] = body
        await self.app(scope, _replay(body, receive), send)


async def _read(receive: Receive, largest: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > largest:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
