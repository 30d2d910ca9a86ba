"""The browser's own login: HTTP challenges, held until a sign-in answers them.

They come through the same debugging session as the guard's requests. While no sign-in is under way,
and for anything but a page's own document, the browser does what it would without us: it shows the
page that came with the refusal. Values never come here but from ``agent.browser.keyboard``.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.errors import OriginRefused, UsageError
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.async_api import CDPSession

_SCHEMES = frozenset({"basic", "digest"})


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: the address that was asked for, and the origin that asks for a login."""

    request: str
    url: str
    asker: str

    @property
    def origin(self) -> Origin:
        """The one origin that would get the credentials.

        Raises ``OriginRefused`` when the address and the asker are not the same.
        """
        try:
            origin, asker = Origin.parse(self.url), Origin.parse(self.asker)
        except UsageError:
            raise OriginRefused("the browser's login is asked for by no web address") from None
        if origin != asker:
            raise OriginRefused(f"{asker} asks for the browser's login of {origin}")
        return origin


class Challenges:
    """Holds the newest challenge of a page's document while a sign-in is under way.

    ``came`` is set while one is ``held``. ``context`` is the run's own in a browser that may have
    others; their challenges are left to the browser.
    """

    def __init__(self) -> None:
        self.held: Challenge | None = None
        self.came = asyncio.Event()
        self.context = ""
        self._session: CDPSession | None = None
        self._awaited = False
        self._answers: set[asyncio.Task[None]] = set()

    def watch(self, session: CDPSession) -> None:
        """Take the challenges of a browser-level session whose ``Fetch`` handles logins."""
        self._session = session
        session.on("Fetch.authRequired", self._asked)

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Hold challenges inside the block; what is held at its end is refused."""
        self._awaited = True
        try:
            yield
        finally:
            self._awaited = False
            if self.held is not None:
                self._start(self.refuse())

    async def answer(self, username: str, password: str) -> None:
        """Send the credentials to the challenge that is held, once."""
        await self._respond(
            {"response": "ProvideCredentials", "username": username, "password": password}
        )

    async def refuse(self) -> None:
        """Go on without credentials: the browser shows the page that came with the challenge."""
        await self._respond({"response": "CancelAuth"})

    async def _respond(self, response: dict[str, str]) -> None:
        challenge, self.held = self.held, None
        self.came.clear()
        if challenge is not None:
            await self._tell(challenge.request, response)

    def _asked(self, event: Mapping[str, Any]) -> None:
        self._start(self._take(event))

    async def _take(self, event: Mapping[str, Any]) -> None:
        asked = event["authChallenge"]
        ours = (
            self._awaited
            and self.held is None
            and asked.get("source") != "Proxy"
            and str(asked.get("scheme", "")).lower() in _SCHEMES
            and event.get("resourceType") == "Document"
            and await self._is_page(str(event.get("frameId", "")))
        )
        if not ours:
            await self._tell(event["requestId"], {"response": "Default"})
            return
        self.held = Challenge(event["requestId"], event["request"]["url"], asked["origin"])
        self.came.set()

    async def _is_page(self, frame: str) -> bool:
        """Tell whether a frame is a page's own: only a page's target has the id of its frame."""
        if self._session is None:
            return False
        targets = (await self._session.send("Target.getTargets"))["targetInfos"]
        pages = {t["targetId"]: t["browserContextId"] for t in targets if t["type"] == "page"}
        return frame in pages and self.context in ("", pages[frame])

    async def _tell(self, request: str, response: dict[str, str]) -> None:
        if self._session is None:
            return
        # A page that has gone takes its challenge with it.
        with suppress(PlaywrightError):
            await self._session.send(
                "Fetch.continueWithAuth", {"requestId": request, "authChallengeResponse": response}
            )

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)
