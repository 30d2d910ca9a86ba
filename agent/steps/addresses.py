"""Which addresses a step may connect to: looked up once, each checked, and then used as checked.

A name may lead anywhere: to this machine, into a private network, to the address where a cloud
gives out its keys. Python's ``is_global`` is not enough, it lets through addresses that carry
another one inside.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from enum import Enum
from typing import TYPE_CHECKING, Final

from agent.errors import SiteUnreachable, StepFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.vault.origin import Origin

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address
    Resolve = Callable[[str, int], Awaitable[list[str]]]

_PRIVATE: Final = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    )
)
# Where clouds give machines their keys, and blocks that carry or stand for other addresses.
_NEVER: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32", "100.100.100.200/32", "192.0.0.0/24", "192.88.99.0/24",
            "fd00:ec2::/32", "fd20:ce::/32", "2001::/23", "2001:db8::/32", "2002::/16",
            "3fff::/20", "64:ff9b::/96", "64:ff9b:1::/48",
        ),
    )
)  # fmt: skip
_UNICAST: Final = ipaddress.ip_network("2000::/3")


class Reach(Enum):
    """What kind of place an address is."""

    PUBLIC = "public"
    LOOPBACK = "of this machine"
    PRIVATE = "of a private network"
    NEVER = "that no step may reach"


def reach_of(address: Address) -> Reach:
    """Say what kind of place an address is; whatever is not known to be harmless is ``NEVER``."""
    inside = [net for net in _NEVER if net.version == address.version and address in net]
    if inside or address.is_multicast or address.is_link_local or address.is_unspecified:
        return Reach.NEVER
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return Reach.NEVER
    if address.is_loopback:
        return Reach.LOOPBACK
    if any(net.version == address.version and address in net for net in _PRIVATE):
        return Reach.PRIVATE
    public = address.is_global if address.version == 4 else address in _UNICAST
    return Reach.PUBLIC if public else Reach.NEVER


async def looked_up(host: str, port: int) -> list[str]:
    """Ask the machine's resolver for every address of a host. Raises ``SiteUnreachable``."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SiteUnreachable(
            f"{host} could not be looked up: no such host", hint="check the address"
        ) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def addresses_of(
    origin: Origin, *, listed: bool, resolve: Resolve = looked_up
) -> tuple[str, ...]:
    """Give the addresses to connect to for an origin, every one of them checked.

    ``listed`` says that the origin stands on a list that allows addresses of this machine and of
    private networks, where they are written as such. Raises ``StepFailed`` when any address is
    refused, and what ``resolve`` raises.
    """
    host = origin.host.strip("[]")
    found = [host] if origin.is_address else await resolve(host, origin.port)
    if not found:
        raise SiteUnreachable(f"{host} has no address", hint="check the address")
    for text in found:
        _check(origin, text, listed=listed)
    return tuple(found)


def _check(origin: Origin, text: str, *, listed: bool) -> None:
    reach = reach_of(ipaddress.ip_address(text.partition("%")[0]))
    written = {
        Reach.PUBLIC: not origin.is_loopback,
        Reach.LOOPBACK: listed and origin.is_loopback,
        Reach.PRIVATE: listed and origin.is_address,
        Reach.NEVER: False,
    }
    if not written[reach]:
        leads = "is" if origin.is_address else f"leads to {text},"
        raise StepFailed(
            f"{origin} {leads} an address {reach.value}: nothing was sent", hint=_hint(reach)
        )


def _hint(reach: Reach) -> str:
    if reach in (Reach.LOOPBACK, Reach.PRIVATE):
        return (
            "such an address must be written as itself and be on the secret's list, or the step "
            'says "local": true'
        )
    return "docs/http.md says which addresses a step may reach"
