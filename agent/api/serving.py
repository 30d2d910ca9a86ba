"""Serves the app, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from agent.api.app import create_app, walled
from agent.api.artifact_site import create_artifact_site
from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

    from agent.api.options import ServerOptions
    from agent.wiring.premises import Premises

_GRACE = 5
_BACKLOG = 128


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process to who runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(premises: Premises, options: ServerOptions, tell: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises ``EnvironmentUnfit`` where a port is taken.

    Tells where, and at the first start the first Owner's link.
    """
    with (
        listening(options.host, options.port) as main,
        listening(options.host, options.artifacts_port) as second,
    ):
        link = premises.entering.first_link()
        tell(f"serving {options.url}")
        if link is not None:
            tell("nobody can sign in yet; this link is good once, for 15 minutes:")
            tell(f"{options.url}/welcome#{link}")
        app = walled(create_app(premises, options), options)
        site = create_artifact_site(premises, options)
        asyncio.run(_serve([(app, main), (site, second)], options))


def listening(host: str, port: int) -> socket.socket:
    """Open a port before anything is told about it. Raises ``EnvironmentUnfit``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        raise EnvironmentUnfit(
            f"{host}:{port} cannot be listened on: {error.strerror}",
            hint="another one: --port, --artifacts-port",
        ) from None
    return opened


async def _serve(sites: list[tuple[ASGIApp, socket.socket]], options: ServerOptions) -> None:
    servers = [_Server(_config(app, options)) for app, _ in sites]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop)
    async with asyncio.TaskGroup() as group:
        for server, (_, opened) in zip(servers, sites, strict=True):
            group.create_task(server.serve(sockets=[opened]))


def _config(app: ASGIApp, options: ServerOptions) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(options.proxy),
        forwarded_allow_ips=options.proxy or None,
        timeout_graceful_shutdown=_GRACE,
        lifespan="on",
    )
