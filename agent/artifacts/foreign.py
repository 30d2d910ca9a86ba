"""The oracle rule: what an origin shows of a value that is not meant for it leaves with nothing.

A hostile page can print guesses and learn from a published artifact which of them was masked. So an
origin outside a secret's list that shows one of its values keeps no body, no text and no address in
the whole artifact: that it did is all one learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.vault.open import RunSecrets

_MOST_REMEMBERED = 4_000
_WEB = ("http://", "https://", "ws://", "wss://")


class Foreign:
    """Tells the origins that showed a bound value they may not have.

    Values without a list of origins (those of a file, session tokens) are nobody's and judge none.
    """

    def __init__(self, secrets: RunSecrets) -> None:
        self._policies = {slot: secrets[slot].card.origins for slot in secrets.slots()}
        self._redactor = secrets.redactor
        self._origins: dict[str, Origin | None] = {}
        self._caught: set[Origin] = set()

    @property
    def judges(self) -> bool:
        """Whether there is a value that not every origin may have."""
        return bool(self._policies)

    def wants(self, url: str) -> bool:
        """Whether what the origin of ``url`` showed is still to be looked at."""
        origin = self._origin_of(url)
        return origin is not None and origin not in self._caught and not self._may_show(origin)

    def look(self, url: str, content: bytes) -> None:
        """Look at something the origin of ``url`` showed."""
        origin = self._origin_of(url) if self.wants(url) else None
        labels = (found.label for found in self._redactor.find(content)) if origin else ()
        if origin is not None and self.shows(origin, labels):
            self._caught.add(origin)

    def caught(self, url: str) -> bool:
        """Whether the origin of ``url`` showed a value that is not for it."""
        return bool(self._caught) and self._origin_of(url) in self._caught

    def shows_at(self, url: str, labels: Iterable[str]) -> bool:
        """Whether one of the labels is a value that is not for the origin of ``url``."""
        origin = self._origin_of(url)
        return origin is not None and self.shows(origin, labels)

    def shows(self, origin: Origin, labels: Iterable[str]) -> bool:
        """Whether one of the labels is a value that is not for the origin."""
        slots = {label.partition(".")[0] for label in labels} & self._policies.keys()
        return any(not self._policies[slot].allows(origin) for slot in slots)

    def _may_show(self, origin: Origin) -> bool:
        return all(policy.allows(origin) for policy in self._policies.values())

    def _origin_of(self, url: str) -> Origin | None:
        """The origin of a web address; ``None`` for any other, and where no list is known."""
        start = url.partition("?")[0].partition("#")[0]
        if start not in self._origins:
            if len(self._origins) >= _MOST_REMEMBERED:
                self._origins.clear()
            self._origins[start] = _origin(start) if self._policies else None
        return self._origins[start]


def _origin(url: str) -> Origin | None:
    if not url.lower().startswith(_WEB):
        return None
    plain = only_origin(url)
    try:
        return Origin.parse(f"http{plain[2:]}" if plain[:2].lower() == "ws" else plain)
    except UsageError:
        return None


def only_origin(url: str) -> str:
    """An address without its path: what is left of one on a caught origin."""
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    return f"{scheme}{separator}{host}/" if separator else ""
