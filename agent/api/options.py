"""What ``runner serve`` is told about where and how it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from agent.errors import UsageError

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
PORTS: Final = (8021, 8022)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the server is reached; ``url`` and ``artifacts_url`` are as a browser writes them.

    The two are two sites, so that no cookie of one is sent to the other: on one machine by its two
    names. ``host`` is the address that is listened on, ``proxy`` the address or the network
    of the one proxy that is believed, ``worker`` says whether runs are carried out here.
    """

    host: str = "127.0.0.1"
    port: int = PORTS[0]
    artifacts_port: int = PORTS[1]
    url: str = f"http://localhost:{PORTS[0]}"
    artifacts_url: str = f"http://127.0.0.1:{PORTS[1]}"
    proxy: str = ""
    worker: bool = True

    @classmethod
    def of(
        cls,
        host: str,
        ports: tuple[int, int],
        urls: tuple[str | None, str | None],
        *,
        proxy: str = "",
        worker: bool = True,
    ) -> ServerOptions:
        """Make them of what was typed. Raises ``UsageError`` for what no browser could use."""
        url = (urls[0] or f"http://localhost:{ports[0]}").rstrip("/")
        artifacts = (urls[1] or f"http://127.0.0.1:{ports[1]}").rstrip("/")
        for name, one in (("--url", url), ("--artifacts-url", artifacts)):
            _check(name, one)
        if urlsplit(url).hostname == urlsplit(artifacts).hostname:
            raise UsageError(
                "the site for artifacts needs a host name of its own: a cookie knows no ports",
                hint="--url https://runner.example --artifacts-url https://runner-files.example",
            )
        if urlsplit(url).scheme == "https" and urls[1] is None:
            raise UsageError("--url goes with --artifacts-url: the second name of the server")
        return cls(host, *ports, url, artifacts, proxy, worker)

    @property
    def hosts(self) -> frozenset[str]:
        """The values of ``Host`` that are answered: no other name may lead here (DNS rebinding)."""
        named = urlsplit(self.url)
        if named.hostname == "localhost":
            # Not 127.0.0.1: that is the name of the site for artifacts.
            return frozenset({named.netloc, f"[::1]:{self.port}"})
        return frozenset({named.netloc.lower()})

    @property
    def artifact_hosts(self) -> frozenset[str]:
        """The same for the site of artifacts."""
        return frozenset({urlsplit(self.artifacts_url).netloc.lower()})


def _check(name: str, url: str) -> None:
    read = urlsplit(url)
    plain = read.scheme == "http" and read.hostname in LOOPBACK
    bare = not (read.path or read.query or read.fragment or read.username)
    if not (bare and read.hostname and (plain or read.scheme == "https")):
        raise UsageError(
            f"{name}: browsers keep the cookie over https only, or on this machine",
            hint=f"{name} https://runner.example, with a proxy that has the certificate",
        )
