"""A real PostgreSQL server of a test's own: on a socket in a private folder, gone afterwards."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from fixtures.postgres import OWNER, Cluster, programs, running_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EVERYWHERE", "OWNER", "Cluster", "away", "fresh_database", "name_of"]
__all__ += ["programs", "running_cluster", "running_postgres", "sqlalchemys"]

EVERYWHERE = os.environ.get("TEST_DATABASE") == "postgresql"
"""Whether suites that have a database of their own are to run on PostgreSQL."""


def sqlalchemys(url: str) -> str:
    """Give a URL of libpq's as SQLAlchemy writes it."""
    return url.replace("postgresql:", "postgresql+psycopg:")


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server that only this machine's user reaches, and give its SQLAlchemy URL."""
    with running_cluster() as cluster:
        yield sqlalchemys(cluster.url)


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """Make a database on a running server, as ``template`` is; gives its URL, and drops it."""
    name = f"t{secrets.token_hex(6)}"
    _told(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server.replace("/postgres?", f"/{name}?")
    finally:
        _told(server, f"DROP DATABASE {name} WITH (FORCE)")


def _told(server: str, command: str) -> None:
    """Tell a server, over a connection of its own: it may have been started anew meanwhile."""
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(command)


def name_of(url: str) -> str:
    """Give the name of a database by its URL."""
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def away(server: str, url: str) -> Iterator[None]:
    """Have a database let nobody in, and send away who is in it, as while its server restarts."""
    name = name_of(url)
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
