"""A real PostgreSQL server of a test's own: on a socket in a private folder, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = "postgres"

EVERYWHERE = os.environ.get("TEST_DATABASE") == "postgresql"
"""Whether suites that have a database of their own are to run on PostgreSQL."""


def programs() -> Path | None:
    """Find the folder of ``initdb`` and ``pg_ctl``; Debian keeps them out of PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server that only this machine's user reaches, and give its SQLAlchemy URL.

    PostgreSQL does not run as root: there its own user of the machine runs it.
    """
    place = programs()
    assert place is not None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = OWNER if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    cluster, options = folder / "cluster", f"-c listen_addresses='' -k {folder}"

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [place / program, "-D", cluster, *arguments],
            check=True,
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )

    try:
        call("initdb", "--auth=trust", f"--username={OWNER}", "--no-sync", "--encoding=UTF8")
        call("pg_ctl", "start", "--wait", "-l", str(folder / "log"), "-o", f"{options} -F")
        try:
            yield f"postgresql+psycopg://{OWNER}@/postgres?host={folder}"
        finally:
            call("pg_ctl", "stop", "--wait", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """Make a database on a running server, as ``template`` is; gives its URL, and drops it."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield server.replace("/postgres?", f"/{name}?")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def away(server: str, url: str) -> Iterator[None]:
    """Have a database let nobody in, and send away who is in it, as while its server restarts."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
