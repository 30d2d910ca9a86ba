"""A real PostgreSQL server of a test's own: on a socket in a private folder, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that can be stopped and started; ``url`` is SQLAlchemy's."""

    folder: Path
    url: str
    _options: str

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.call("pg_ctl", "start", "--wait", "-l", str(self.folder / "log"), "-o", self._options)

    def stop(self) -> None:
        """End the server at once, as a crash would."""
        self.call("pg_ctl", "stop", "--wait", "-m", "immediate")

    def call(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs on this cluster."""
        place = programs()
        assert place is not None
        subprocess.run(
            [place / program, "-D", self.folder / "cluster", *arguments],
            check=True,
            user=OWNER if os.getuid() == 0 else None,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )


@contextmanager
def running_cluster(address: str = "") -> Iterator[Cluster]:
    """Start a server that only this machine's user reaches, and whoever comes to ``address``.

    PostgreSQL does not run as root: there its own user of the machine runs it.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(folder, OWNER)
    url = f"postgresql+psycopg://{OWNER}@/postgres?host={folder}"
    cluster = Cluster(folder, url, f"-c listen_addresses='{address}' -k {folder} -F")
    try:
        cluster.call(
            "initdb", "--auth=trust", f"--username={OWNER}", "--no-sync", "--encoding=UTF8"
        )
        if address:
            with (folder / "cluster" / "pg_hba.conf").open("a") as rules:
                rules.write("host all all samenet trust\n")
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server that only this machine's user reaches, and give its SQLAlchemy URL."""
    with running_cluster() as cluster:
        yield cluster.url


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
