"""The guard at the browser's door: no bound value leaves for an origin outside its list.

One CDP session at the level of the browser sees every request of every target, redirect hops
included; Playwright's own routes do not (security.md finding 1). WebSockets never reach it, so they
are routed on their own.
"""

from __future__ import annotations

import asyncio
import base64
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.browser.kept_cookies import KeptCookies
from agent.browser.outgoing import Judge, Outgoing, Verdict, as_http
from agent.errors import EnvironmentUnfit, OriginRefused, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.async_api import BrowserContext, CDPSession, WebSocketRoute

    from agent.vault.open import RunSecrets

_POLICY_VIOLATION = 1008
_STOPPED = {"errorReason": "BlockedByClient"}
_EMPTY_ANSWER = {
    "responseCode": 200,
    "responseHeaders": [{"name": "Content-Type", "value": "text/html; charset=utf-8"}],
    "body": base64.b64encode(b"<!doctype html><title></title>").decode(),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A value that was about to leave: its label like ``SLOT.password``, and where to."""

    label: str
    origin: str


class Guard:
    """Stops requests and sockets that would carry a bound value to an origin it may not go to.

    ``requests`` counts every request of every page and worker that was held so far, those of
    others in the same browser too; ``cookies`` are those of kept sessions, which requests to other
    places go without.
    """

    def __init__(self, secrets: RunSecrets) -> None:
        self.violations: list[Violation] = []
        self.requests = 0
        self.on_typed: Callable[[], None] = _nothing
        self.cookies = KeptCookies()
        self._judge = Judge(secrets)
        self._answered_here: set[str] = set()
        self._session: CDPSession | None = None
        self._answers: set[asyncio.Task[None]] = set()
        self._sockets: set[WebSocketRoute] = set()
        self._broken = ""

    async def watch_requests(self, session: CDPSession) -> None:
        """Pause every request of the browser from now on; ``session`` is a browser-level one."""
        session.on("Fetch.requestPaused", self._paused)
        self._session = session
        stages = [{"urlPattern": "*", "requestStage": "Request"}]
        # Logins asked for by HTTP come here too; agent.browser.challenges answers them.
        try:
            await session.send("Fetch.enable", {"patterns": stages, "handleAuthRequests": True})
        except BaseException:
            self._session = None
            raise

    async def watch_sockets(self, context: BrowserContext) -> None:
        """Route the WebSockets of every page of the context through the guard."""
        await context.route_web_socket("**/*", self._socket)

    def expect(self, slot: str) -> None:
        """Note that a value of ``slot`` is about to be typed, and close sockets it may not use."""
        self._judge.typed(slot)
        self.on_typed()
        for socket in tuple(self._sockets):
            if self._judge.typed_kept_from(as_http(socket.url)):
                self._start(self._close_socket(socket))

    @contextmanager
    def answering(self, url: str) -> Iterator[str]:
        """Answer requests for an address, which nobody else can know, with an empty page.

        Raises ``StepFailed`` in a browser that lets nobody see its requests.
        """
        if self._session is None:
            raise StepFailed("this browser's requests cannot be answered by the runner")
        self._answered_here.add(url)
        try:
            yield url
        finally:
            self._answered_here.discard(url)

    def check(self) -> None:
        """Raise ``OriginRefused`` naming label and origin if a value was stopped on its way out.

        Raises ``EnvironmentUnfit`` when the guard itself failed; the request did not leave.
        """
        if self.violations:
            first = self.violations[0]
            raise OriginRefused(
                f"the page tried to send {first.label} to {first.origin}; it was stopped",
                hint="The secret may go to its own origins only: `runner secrets show` lists them.",
            )
        if self._broken:
            raise EnvironmentUnfit(f"the request guard failed ({self._broken}); nothing was sent")

    async def close(self) -> None:
        """Finish the answers under way; the browser is about to be closed."""
        for task in tuple(self._answers):
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    def _paused(self, event: Mapping[str, Any]) -> None:
        self.requests += 1
        self._start(self._answer(event))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answers.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = type(error).__name__

    async def _answer(self, event: Mapping[str, Any]) -> None:
        # Whatever goes wrong while judging, the request fails: "stop" is the starting point.
        answer: tuple[str, Mapping[str, Any]] = ("Fetch.failRequest", _STOPPED)
        try:
            answer = self._judged(event["request"])
        finally:
            await self._tell(answer[0], {"requestId": event["requestId"], **answer[1]})

    def _judged(self, request: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        if request["url"] in self._answered_here:
            return "Fetch.fulfillRequest", _EMPTY_ANSWER
        trimmed = self._judge.trimmed(request, self.cookies)
        verdict = self._judge.judge(Outgoing.of(trimmed or request))
        self._note(verdict)
        if not verdict.may_pass:
            return "Fetch.failRequest", _STOPPED
        if trimmed is None:
            return "Fetch.continueRequest", {}
        headers = [{"name": name, "value": value} for name, value in trimmed["headers"].items()]
        return "Fetch.continueRequest", {"headers": headers}

    async def _tell(self, method: str, answer: Mapping[str, Any]) -> None:
        if self._session is None:
            return
        # A page that has gone takes its paused requests with it: there is nobody left to tell.
        with suppress(PlaywrightError):
            await self._session.send(method, dict(answer))

    def _note(self, verdict: Verdict) -> None:
        self.violations.extend(Violation(label, verdict.origin) for label in verdict.labels)
        if verdict.session:
            self.cookies.held_back.add(verdict.origin)

    async def _socket(self, socket: WebSocketRoute) -> None:
        url = as_http(socket.url)
        kept = self._judge.slots_kept_from(url)
        if not kept:
            socket.connect_to_server()
            return
        verdict = self._judge.judge(Outgoing(url, b"", b""))
        self._note(verdict)
        if not verdict.may_pass or self._judge.typed_kept_from(url):
            await self._close_socket(socket)
            return
        self._sockets.add(socket)
        server = socket.connect_to_server()
        socket.on_message(lambda message: self._forward(server, message))

    def _forward(self, server: WebSocketRoute, message: str | bytes) -> None:
        sent = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
        verdict = self._judge.judge_message(as_http(server.url), sent)
        self._note(verdict)
        if verdict.may_pass:
            server.send(message)

    async def _close_socket(self, socket: WebSocketRoute) -> None:
        self._sockets.discard(socket)
        with suppress(PlaywrightError):
            await socket.close(code=_POLICY_VIOLATION, reason="stopped by the runner")


def _nothing() -> None:
    """Hear that something is about to be typed, where nobody asked to."""
