"""The registrable domain of a host, from the public suffix list inside the wheel (no network).

A module of its own because reading the list takes some 50 ms: it is imported on first use, by
``agent.vault.origin``, and only where a secret has a ``site:`` or wildcard origin.
"""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def registrable_domain(host: str) -> str | None:
    """Return public suffix plus one label, private section included; ``None`` where there is none.

    ``host`` is a lower-case A-label host name, never an IP address: the list would take the last
    two numbers of an address for a domain.
    """
    found: str | None = _suffixes().privatesuffix(host)
    return found
