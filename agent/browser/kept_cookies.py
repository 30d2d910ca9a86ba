"""Which cookies of a session may be kept, and where those of a kept one may go. Pure.

A cookie knows no port and often a whole domain; a secret knows exact origins. So a cookie is kept
when the secret may go to a place that the browser would send it to, and a request to any other
place goes without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.vault.origin import DEFAULT_PORTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from agent.vault.origin import OriginPolicy, OriginRule

_KEPT = (
    "name",
    "value",
    "path",
    "secure",
    "httpOnly",
    "sameSite",
    "priority",
    "sourceScheme",
    "sourcePort",
    "partitionKey",
)


def may_keep(cookie: Mapping[str, Any], policy: OriginPolicy) -> bool:
    """Tell whether a cookie (of CDP's ``Network.getAllCookies``) belongs to a secret's origins."""
    return any(_belongs(str(cookie["domain"]), rule) for rule in policy.rules)


def _belongs(domain: str, rule: OriginRule) -> bool:
    origin = rule.origin
    if origin.scheme not in DEFAULT_PORTS:
        return False
    host = domain.removeprefix(".")
    if rule.allows(replace(origin, host=host)):
        return True
    return domain.startswith(".") and f".{origin.host}".endswith(domain)


def as_given(cookie: Mapping[str, Any]) -> dict[str, Any]:
    """Write a cookie as CDP's ``Network.setCookies`` takes it, for one host or for a domain."""
    given = {name: cookie[name] for name in _KEPT if cookie.get(name) is not None}
    if not cookie.get("session") and cookie.get("expires", -1) >= 0:
        given["expires"] = cookie["expires"]
    domain, scheme = str(cookie["domain"]), "https" if cookie.get("secure") else "http"
    # With a domain it would be one for every host below it as well.
    given["url"] = f"{scheme}://{domain.removeprefix('.')}{cookie['path']}"
    if domain.startswith("."):
        given["domain"] = domain
    return given


@dataclass(slots=True)
class KeptCookies:
    """The cookies of kept sessions that the browser holds, by slot; ``held_back`` says from where.

    ``held_back`` are origins that a request went to without one.
    """

    held_back: set[str] = field(default_factory=set)
    _pairs: dict[str, set[str]] = field(default_factory=dict, repr=False)

    def add(self, slot: str, cookies: Iterable[Mapping[str, Any]]) -> None:
        """Remember cookies that the browser has been given for a slot."""
        pairs = {f"{cookie['name']}={cookie['value']}" for cookie in cookies}
        self._pairs.setdefault(slot, set()).update(pairs)

    def without(self, header: str, slots: Collection[str]) -> str:
        """Give a Cookie header without the cookies of these slots."""
        gone = {pair for slot in slots for pair in self._pairs.get(slot, ())}
        return "; ".join(pair for pair in header.split("; ") if pair not in gone)

    def trimmed(
        self, headers: Mapping[str, str], slots: Collection[str], origin: str
    ) -> dict[str, str] | None:
        """Give a request's headers without the cookies of these slots; None where none has any."""
        if not self._pairs or not slots:
            return None
        for name, written in headers.items():
            if name.lower() == "cookie" and (left := self.without(written, slots)) != written:
                self.held_back.add(origin)
                # An absent header is filled in by the browser again, an empty one is not.
                return {**headers, name: left}
        return None
