"""Where a browser on another machine is reached. The address may hold a token: it is not shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal
from urllib.parse import SplitResult, urlsplit

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

Protocol = Literal["cdp", "playwright"]

PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}
_CDP_PATH = "/devtools/browser/"
_HINT = "it is like ws://host:3000/ or http://host:9222; see docs/remote-browsers.md"


@dataclass(frozen=True, slots=True)
class Remote:
    """A browser's endpoint, how it is spoken to, and which weaker promises are allowed.

    It is asked every ``pulse`` seconds whether it is still there, and has ``patience`` to answer.
    """

    url: str = field(repr=False)
    protocol: Protocol
    allowed: frozenset[str] = frozenset()
    pulse: float = 10.0
    patience: float = 30.0

    @classmethod
    def of(cls, url: str, protocol: Protocol | None = None, allowed: Iterable[str] = ()) -> Remote:
        """Read an endpoint; without a word for it the protocol is told from the address.

        Raises ``UsageError``, which does not quote the address.
        """
        parts = _split(url)
        if protocol is None:
            plain = parts.scheme in ("http", "https") or parts.path.startswith(_CDP_PATH)
            protocol = "cdp" if plain else "playwright"
        if protocol == "playwright" and parts.scheme not in ("ws", "wss"):
            raise UsageError(
                "the endpoint of a Playwright server begins with ws:// or wss://", hint=_HINT
            )
        return cls(url, protocol, frozenset(allowed))

    def allowing(self, more: Iterable[str]) -> Remote:
        """Give the same endpoint with more weaker promises allowed."""
        return replace(self, allowed=self.allowed.union(more))

    @property
    def place(self) -> str:
        """Scheme, host and port: all of the address that is shown."""
        parts = _split(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}:{parts.port or PORTS[parts.scheme]}"

    @property
    def is_clear(self) -> bool:
        """Tell whether what is typed would cross a network unencrypted."""
        parts = _split(self.url)
        return parts.scheme in ("ws", "http") and not _is_here(parts.hostname or "")

    def words(self) -> str:
        """Say what is there and where, without the rest of the address."""
        kind = "a browser over CDP" if self.protocol == "cdp" else "a Playwright server"
        return f"{kind} at {self.place}"


def unusable() -> UsageError:
    """Give the error for an address at which no browser can be; it is not quoted."""
    return UsageError("the browser's endpoint is no address that can be used", hint=_HINT)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise unusable()
    return parts


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
