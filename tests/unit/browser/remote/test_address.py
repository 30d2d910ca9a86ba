"""Asking a browser for its socket: odd addresses, odd answers, and a log that tells neither."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from agent.browser.remote.address import socket_of
from agent.browser.remote.endpoint import Remote
from agent.browser.remote.refusals import BrowserAway
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "tok-51d0c1"


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A browser that says this of itself; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


async def test_the_browsers_own_socket_is_reached_by_the_way_of_the_endpoint() -> None:
    told = {"Browser": "x", "webSocketDebuggerUrl": "ws://inside:1/devtools/browser/7"}
    with answering(json.dumps(told).encode()) as url:
        socket = await socket_of(Remote.of(f"{url}/?token={TOKEN}"))
    assert socket == url.replace("http", "ws") + f"/devtools/browser/7?token={TOKEN}"


@pytest.mark.parametrize("named", [5, 1.5, True, None, [], {}, "ws://[x"])
async def test_an_answer_that_names_no_socket_is_no_browser(named: object) -> None:
    with (
        answering(json.dumps({"webSocketDebuggerUrl": named}).encode()) as url,
        pytest.raises(BrowserAway, match="no browser tells its address"),
    ):
        await socket_of(Remote.of(url))


@pytest.mark.parametrize("answer", [b"[]", b"7", b"no json", b"\xff", b"{}"])
async def test_an_answer_that_is_none_is_no_browser(answer: bytes) -> None:
    with answering(answer) as url, pytest.raises(BrowserAway):
        await socket_of(Remote.of(url))


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:9/{TOKEN}\x01",
        f"http://h\x00st/{TOKEN}",
        f"http://❤.invalid:9/{TOKEN}",
        f"http://127.0.0.1:9/{TOKEN}\udc80",
    ],
)
async def test_an_address_at_which_nothing_can_be_asked_is_told_so_and_not_quoted(url: str) -> None:
    with pytest.raises(UsageError, match="no address that can be used") as caught:
        await socket_of(Remote.of(url))
    assert TOKEN not in f"{caught.value} {caught.value.hint}"


ASKED = """
import asyncio, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
from agent.browser.remote.address import socket_of
from agent.browser.remote.endpoint import Remote
print(asyncio.run(socket_of(Remote.of(sys.argv[1]))).partition("?")[0])
"""


def test_no_log_holds_the_endpoint_however_much_it_is_to_tell() -> None:
    told = {"webSocketDebuggerUrl": "ws://inside:1/devtools/browser/7"}
    with answering(json.dumps(told).encode()) as url:
        words = [sys.executable, "-c", ASKED, f"{url}/{TOKEN}?token={TOKEN}"]
        said = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "/devtools/browser/7" in said.stdout
    assert TOKEN not in said.stdout + said.stderr
