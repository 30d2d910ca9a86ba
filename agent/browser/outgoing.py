"""What may leave the browser: one decision per request, without any browser in it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from agent.errors import UsageError
from agent.vault.origin import Origin
from agent.vault.secret_type import Use
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.browser.kept_cookies import KeptCookies
    from agent.vault.open import RunSecrets

KEPT = "session"
"""What the values of a kept session are labelled with, after the slot."""

# Requests for these are answered inside the browser.
_LOCAL = ("data:", "blob:", "about:", "chrome:", "chrome-error:", "devtools:", "filesystem:")
_ELSEWHERE = "an address without an origin"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it would leave. ``body`` is ``None`` when there is one that cannot be read."""

    url: str
    headers: bytes
    body: bytes | None

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Outgoing:
        """Read the ``request`` of a CDP ``Fetch.requestPaused`` event."""
        headers = "\n".join(f"{name}: {value}" for name, value in request["headers"].items())
        return cls(request["url"], headers.encode("utf-8", "replace"), _body_of(request))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may leave for ``origin``, and what it would have given away.

    ``labels`` names the hidden values in it. A request is also stopped without any: for a user
    name, which sites tell their own third parties all day, for a value of a kept session
    (``session``), which a site may take to a server of its own, and for a body nobody can read.
    """

    origin: str
    may_pass: bool = True
    labels: tuple[str, ...] = ()
    session: bool = False


class Judge:
    """Knows which slot's values may go where, and which of them the page has got by now."""

    def __init__(self, secrets: RunSecrets) -> None:
        self._secrets = secrets
        self._policies = {slot: secrets[slot].card.origins for slot in _of_pages(secrets)}
        self._kept = frozenset(f"{slot}.{KEPT}" for slot in secrets.slots())
        self._open = frozenset(_open_labels(secrets)) | self._kept
        self._typed: set[str] = set()
        self._closed_to: dict[str, frozenset[str]] = {}

    def typed(self, slot: str) -> None:
        """Note that a value of this slot is about to be in the page."""
        self._typed.add(slot)

    def slots_kept_from(self, url: str) -> frozenset[str]:
        """Return the slots whose values may not go to this address; none for one never sent."""
        if url.startswith(_LOCAL):
            return frozenset()
        place = _place(url)
        if place not in self._closed_to:
            self._closed_to[place] = self._judge_place(url)
        return self._closed_to[place]

    def typed_kept_from(self, url: str) -> bool:
        """Say whether the page holds a value that may not go to this address."""
        return not self._typed.isdisjoint(self.slots_kept_from(url))

    def trimmed(self, request: Mapping[str, Any], cookies: KeptCookies) -> dict[str, Any] | None:
        """Give a request of CDP's without cookies that may not go there; None where it has none."""
        slots = self.slots_kept_from(request["url"])
        origin = origin_text(request["url"])
        headers = cookies.trimmed(request["headers"], slots, origin)
        return None if headers is None else {**request, "headers": headers}

    def judge(self, request: Outgoing) -> Verdict:
        """Decide about one request."""
        kept = self.slots_kept_from(request.url)
        if not kept:
            return Verdict("")
        origin = origin_text(request.url)
        url = request.url.encode("utf-8", "replace")
        head = b"\n".join((url, unquote_to_bytes(request.url), request.headers))
        found = self._labels_in(head, kept) | self._labels_in(request.body or b"", kept)
        unread = request.body is None and not self._typed.isdisjoint(kept)
        return self._verdict(origin, found, unread=unread)

    def judge_message(self, url: str, message: bytes) -> Verdict:
        """Decide about one message of a socket; ``url`` is the http address of its origin."""
        found = self._labels_in(message, self.slots_kept_from(url))
        return self._verdict(origin_text(url), found, unread=self.typed_kept_from(url))

    def _verdict(self, origin: str, found: frozenset[str], *, unread: bool) -> Verdict:
        labels = tuple(sorted(found - self._open))
        return Verdict(origin, not found and not unread, labels, not found.isdisjoint(self._kept))

    def _labels_in(self, sent: bytes, kept: frozenset[str]) -> frozenset[str]:
        found = self._secrets.redactor.find(sent) if sent and kept else ()
        return frozenset(one.label for one in found if _slot(one.label) in kept)

    def _judge_place(self, url: str) -> frozenset[str]:
        try:
            origin = Origin.parse(url)
        except UsageError:
            return frozenset(self._policies)
        return frozenset(
            slot for slot, policy in self._policies.items() if not policy.allows(origin)
        )


def _of_pages(secrets: RunSecrets) -> Iterator[str]:
    """Name the slots whose values a page can have from us.

    Those of a mailbox are never typed; its user name is often the account's own, and has to leave.
    """
    for slot in secrets.slots():
        if SECRET_TYPES[secrets[slot].card.type].uses != {Use.MAIL}:
            yield slot


def _open_labels(secrets: RunSecrets) -> Iterator[str]:
    for slot in secrets.slots():
        card = secrets[slot].card
        kind = SECRET_TYPES[card.type]
        yield from (f"{slot}.{name}" for name in card.fields if not kind.hides(name))


def origin_text(url: str) -> str:
    """Return the origin to show for an address, never its path or query."""
    try:
        return str(Origin.parse(url))
    except UsageError:
        return _ELSEWHERE


def as_http(url: str) -> str:
    """Return a WebSocket address as the http address of the same origin."""
    return f"http{url[2:]}" if url.startswith(("ws:", "wss:")) else url


def _slot(label: str) -> str:
    return label.partition(".")[0]


def _place(url: str) -> str:
    """Return the part of a browser-made URL up to its path, to remember decisions by."""
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.partition("/")[0]


def _body_of(request: Mapping[str, Any]) -> bytes | None:
    entries = request.get("postDataEntries") or []
    if entries and all("bytes" in entry for entry in entries):
        return b"".join(base64.b64decode(entry["bytes"]) for entry in entries)
    if "postData" in request and not entries:
        return str(request["postData"]).encode("utf-8", "surrogatepass")
    return None if request.get("hasPostData") else b""
