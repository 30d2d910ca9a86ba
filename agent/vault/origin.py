"""Where a value may go: web origins, and the rules a secret's owner wrote for them.

URLs are parsed by ada-url, which agrees with Chromium; ``urllib`` does not (``http://evil\\@good``
is *good* for it and *evil* for the browser). Parsing canonicalises as the browser would; the rules
a person writes are held to a stricter form, so that what is stored is what was meant.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import ada_url

from agent.errors import UsageError
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT_PORTS = {"https": 443, "http": 80}
# No page has such an origin: a rule of these schemes names one server and nothing else.
SERVER_PORTS = {"sftp": 22, "imaps": 993, "imap": 143}
_LONGEST_HOST = 253
# ada gives 0 for names; 1 and 2 are addresses, in whatever form they were written.
_NAME = 0

_LAZY: Table[Callable[[str], str | None]] = Table(
    "agent.vault", {"registrable_domain": "registrable:registrable_domain"}
)

Match = Literal["exact", "site", "subdomains"]


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Scheme, host and port, canonical: lower case, A-labels, IPv6 in brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Origin:
        """Return the origin of a URL as Chromium would see it; path, query and fragment are cut.

        Raises ``UsageError`` (which never quotes the URL) for anything but http(s), for user
        info, a trailing dot, an empty label, a wildcard, and what is no URL at all.
        """
        try:
            parsed = ada_url.URL(url)
        except (ValueError, UnicodeEncodeError):
            raise UsageError("not a web address", hint="write it like https://host") from None
        scheme = parsed.protocol.removesuffix(":")
        if scheme not in DEFAULT_PORTS:
            raise UsageError("only http and https addresses have a usable origin")
        if parsed.username or parsed.password:
            raise UsageError("an address with a user name or password in it is refused")
        _check_host(parsed.hostname)
        port = int(parsed.port) if parsed.port else DEFAULT_PORTS[scheme]
        return cls(scheme, parsed.hostname, port)

    def __str__(self) -> str:
        if self.port == (DEFAULT_PORTS | SERVER_PORTS)[self.scheme]:
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"

    @classmethod
    def of_server(cls, url: str) -> Origin:
        """Return the origin of ``sftp://host`` or ``sftp://host:port``, canonical as any other.

        Raises ``UsageError`` as ``parse`` does.
        """
        scheme, _, rest = url.partition("://")
        if scheme not in SERVER_PORTS:
            return cls.parse(url)
        # Read as https, for the same host rules; the port is looked at as written, since https's
        # own would disappear.
        origin = cls.parse(f"https://{rest}")
        default = not re.search(r":[0-9]+/?$", rest)
        return cls(scheme, origin.host, SERVER_PORTS[scheme] if default else origin.port)

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address."""
        return self._address() is not None

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine: 127.0.0.0/8, ::1, localhost or a name below it."""
        address = self._address()
        if address is not None:
            return address.is_loopback and getattr(address, "ipv4_mapped", None) is None
        return self.host == "localhost" or self.host.endswith(".localhost")

    def _address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        try:
            return ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, order=True)
class OriginRule:
    """One line of a secret's list; ``origin.host`` of a ``subdomains`` rule is without ``*.``."""

    match: Match
    origin: Origin

    @classmethod
    def parse(cls, text: str) -> OriginRule:
        """Read ``https://h`` (exact), ``site:https://h``, ``https://*.h`` or ``sftp://h``.

        Raises ``UsageError`` with the reason for anything written in a form that could be read
        in two ways, for http beyond loopback, and for a rule that would reach across owners.
        """
        match, url = _split(text)
        _check_plain(url)
        origin = Origin.of_server(url)
        _check_written(url, origin)
        if origin.scheme == "http" and not origin.is_loopback:
            raise UsageError(
                f"{origin} is not encrypted; a secret may go over http to this machine only",
                hint=f"use https://{origin.host}",
            )
        if match != "exact":
            _check_wide(match, origin)
            _check_web(origin)
        return cls(match, origin)

    def __str__(self) -> str:
        if self.match == "site":
            return f"site:{self.origin}"
        if self.match == "subdomains":
            return str(self.origin).replace("://", "://*.", 1)
        return str(self.origin)

    def allows(self, origin: Origin) -> bool:
        """Say whether a value may go to this origin by this rule."""
        if self.match == "exact":
            return origin == self.origin
        if (origin.scheme, origin.port) != (self.origin.scheme, self.origin.port):
            return False
        if self.match == "subdomains":
            return origin.host.endswith(f".{self.origin.host}")
        return not origin.is_address and _registrable(origin.host) == _registrable(self.origin.host)

    def covers(self, other: OriginRule) -> bool:
        """Say whether everything the other rule allows is allowed by this one."""
        if other.match == "exact" or self.match == "site":
            return self.allows(other.origin)
        if self.match == other.match == "subdomains":
            return self.allows(other.origin) or self.origin == other.origin
        return False


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """All rules of a secret, sorted and without repeats, so that equal policies are equal."""

    rules: tuple[OriginRule, ...]

    @classmethod
    def parse(cls, texts: Sequence[str]) -> OriginPolicy:
        """Read the rules; raises ``UsageError`` for a wrong one and for an empty list."""
        rules = tuple(sorted({OriginRule.parse(text) for text in texts}))
        if not rules:
            raise UsageError(
                "a secret needs at least one origin it may go to",
                hint="add --origin https://the-site.example",
            )
        return cls(rules)

    def allows(self, origin: Origin) -> bool:
        """Say whether a value may go to this origin."""
        return any(rule.allows(origin) for rule in self.rules)

    def covers(self, other: OriginPolicy) -> bool:
        """Say whether everything the other policy allows is allowed here (a slot by its secret)."""
        return all(any(mine.covers(theirs) for mine in self.rules) for theirs in other.rules)

    def texts(self) -> tuple[str, ...]:
        """Return the rules in the form ``parse`` reads, canonical and sorted."""
        return tuple(str(rule) for rule in self.rules)

    def digest(self) -> bytes:
        """Return 32 bytes that change when any rule does: SHA-256 of the canonical JSON list."""
        canonical = json.dumps(sorted(self.texts()), separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode("ascii")).digest()


def _registrable(host: str) -> str | None:
    return _LAZY["registrable_domain"](host)


def _split(text: str) -> tuple[Match, str]:
    if text.startswith("site:"):
        return "site", text.removeprefix("site:")
    scheme, separator, rest = text.partition("://*.")
    if separator:
        return "subdomains", f"{scheme}://{rest}"
    return "exact", text


def _check_host(host: str) -> None:
    if host.endswith("."):
        raise UsageError("a host name with a trailing dot is refused", hint="leave the dot away")
    if host.startswith("["):
        return
    if not host or len(host) > _LONGEST_HOST or "" in host.split("."):
        raise UsageError("the address has an empty or overlong host name")
    if "*" in host:
        raise UsageError(
            "'*' may only stand for whole labels at the front",
            hint="write https://*.host for every name below host",
        )


def _check_plain(url: str) -> None:
    """Refuse what a browser would silently repair: a reader might see another host in it."""
    if "://" not in url or ":///" in url:
        raise UsageError("an origin starts with https://", hint="write it like https://host")
    if any(c.isspace() or not c.isprintable() for c in url):
        raise UsageError("an origin holds no spaces or invisible characters")
    if "@" in url:
        raise UsageError("an origin holds no user name or password")
    if "\\" in url or "%" in url:
        raise UsageError("an origin holds no backslash and no percent sign")


def _check_written(url: str, origin: Origin) -> None:
    rest = url.partition("://")[2]
    authority, _, tail = rest.partition("/")
    if tail or "?" in rest or "#" in rest:
        raise UsageError(
            f"an origin has no path, query or fragment: only {origin}", hint=f"use {origin}"
        )
    if not authority.isascii():
        return  # an international name: what is stored and shown is its A-label form
    host = authority.rpartition(":")[0] if authority.rpartition(":")[2].isdigit() else authority
    if origin.is_address and host != origin.host:
        raise UsageError(f"write the address in its usual form: {origin.host}")
    if authority.endswith(":"):
        raise UsageError("the port is missing after ':'")


def _check_web(origin: Origin) -> None:
    if origin.scheme in SERVER_PORTS:
        raise UsageError(f"a rule for {origin.scheme} names one server: {origin}")


def _check_wide(match: Match, origin: Origin) -> None:
    if origin.is_address or origin.is_loopback:
        raise UsageError(
            f"{origin.host} has no sub-domains to allow", hint=f"use the exact origin {origin}"
        )
    if _registrable(origin.host) is None:
        raise UsageError(
            f"{origin.host} is not a domain one owner holds, so a {match} rule could reach others",
            hint="allow exact origins, or name the registered domain",
        )
