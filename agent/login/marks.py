"""The marks a session leaves in a browser: cookies and storage, as digests and never as values."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.login.places import origin_of

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_PATIENCE = 1.0  # seconds
# What visitors who are not signed in get as well; one of these alone is no session.
_NO_SESSION = re.compile(
    r"csrf|xsrf|^_(ga|gid|gat|gcl|fbp|hj|pk|dd)|^(mp_|ajs_|amplitude|optimizely|intercom|i18n)"
    r"|^(__cf|cf_|aws-?alb|incap|visid|nlbi|ak_|bm_|datadome)|consent|^(locale|lang|theme|messages)"
    r"|flash|timezone|^oidc\.|^(state|nonce)$",
    re.IGNORECASE,
)


class SessionMarks:
    """Tells whether a browser holds something that it did not hold when ``remember`` was called."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._known: frozenset[str] = frozenset()
        self._addresses: set[str] = set()

    def watch(self, url: str) -> None:
        """Count the cookies of this address too, wherever the sign-in goes."""
        if origin_of(url):
            self._addresses.add(url)

    async def remember(self, cdp: CDPSession, url: str) -> None:
        """Take what is there now as known; ``url`` is the page's address."""
        self._known |= await self._marks(cdp, url)

    async def changed(self, cdp: CDPSession, url: str) -> bool:
        """Tell whether a cookie or a stored entry is new or has another value."""
        return bool(await self._marks(cdp, url) - self._known)

    async def _marks(self, cdp: CDPSession, url: str) -> frozenset[str]:
        self.watch(url)
        cookies, *stores = await asyncio.gather(
            _asked(cdp, "Network.getCookies", {"urls": sorted(self._addresses)}),
            *(_asked(cdp, "DOMStorage.getDOMStorageItems", _store(url, local)) for local in (1, 0)),
        )
        found = [
            (f"{c['domain']}{c['path']}", c["name"], c["value"]) for c in cookies.get("cookies", ())
        ]
        for place, store in zip(("local", "session"), stores, strict=True):
            found += [(f"{place} {origin_of(url)}", *entry) for entry in store.get("entries", ())]
        return frozenset(self._mark(*one) for one in found if not _NO_SESSION.search(one[1]))

    def _mark(self, place: str, name: str, value: str) -> str:
        return hashlib.blake2b(
            f"{place}\0{name}\0{value}".encode("utf-8", "replace"), key=self._salt, digest_size=16
        ).hexdigest()


def _store(url: str, local: int) -> dict[str, Any]:
    return {"storageId": {"securityOrigin": origin_of(url), "isLocalStorage": bool(local)}}


async def _asked(cdp: CDPSession, method: str, about: dict[str, Any]) -> dict[str, Any]:
    # A page on its way to another does not answer.
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            return dict(await cdp.send(method, about))
    return {}
