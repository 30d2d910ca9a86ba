"""A small site that sends a code after the password, by whatever means the test gives it."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

USER, PASSWORD = "ann", "site-canary-pw"

_LOGIN = """<!doctype html><title>Sign in</title><h1>Sign in</h1><form method=post action=/login>
<label>Username <input name=username autocomplete=username></label>
<label>Password <input name=password type=password autocomplete=current-password></label>
<button>Sign in</button></form>"""
_CODE = """<!doctype html><title>Check your e-mail</title><h1>Check your e-mail</h1>{told}
<p>We have sent a 6-digit code to a***@hotel.example.</p><form method=post action=/code>
<label>Verification code <input name=code inputmode=numeric autocomplete=one-time-code></label>
<button>Verify</button></form>"""
_INSIDE = """<!doctype html><title>Front desk</title><h1>Front desk</h1><p>Welcome back, ann.</p>
<a href=/logout>Sign out</a>"""


@dataclass
class CodeSite:
    """A running site; ``send`` is called with each code as it is made, in a thread of its own."""

    origin: str
    send: Callable[[str], object] = lambda _code: None
    passwords: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    async def show(self, _request: Request) -> Response:
        return HTMLResponse(_LOGIN)

    async def login(self, request: Request) -> Response:
        sent = await request.form()
        self.passwords.append(str(sent["password"]))
        if (sent["username"], sent["password"]) != (USER, PASSWORD):
            return HTMLResponse(_LOGIN.replace("<form", "<p role=alert>Wrong password.</p><form"))
        code = f"{secrets.randbelow(10**6):06d}"
        self.made.append(code)
        threading.Thread(target=self.send, args=(code,)).start()
        return HTMLResponse(_CODE.format(told=""))

    async def code(self, request: Request) -> Response:
        self.given.append(str((await request.form())["code"]))
        if self.given[-1] != self.made[-1]:
            told = "<p role=alert>That code is wrong.</p>"
            return HTMLResponse(_CODE.format(told=told), status_code=401)
        answer = RedirectResponse("/inside", status_code=303)
        answer.set_cookie("session", secrets.token_hex(8))
        return answer

    async def inside(self, request: Request) -> Response:
        return HTMLResponse(_INSIDE if "session" in request.cookies else _LOGIN)


@contextmanager
def running_code_site() -> Iterator[CodeSite]:
    """Start the site on a port of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    site = CodeSite(f"http://127.0.0.1:{listening.getsockname()[1]}")
    routes = [
        Route("/login", site.show),
        Route("/login", site.login, methods=["POST"]),
        Route("/code", site.code, methods=["POST"]),
        Route("/inside", site.inside),
    ]
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    ends = time.monotonic() + 10
    while not server.started and time.monotonic() < ends:
        time.sleep(0.01)
    try:
        yield site
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
