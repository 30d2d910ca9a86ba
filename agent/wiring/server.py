"""The engine of a PostgreSQL database, which the runners of many machines share.

A connection that leads nowhere is given up within seconds: a lease is renewed from a thread, and
must not hang in one. What waits for a lock gives up as on SQLite; what holds one and does nothing
(a frozen machine) is sent away before that.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url

from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL, Dialect, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from agent.runs.address import Address

POOL: Final = 5
"""Connections that stay open."""
MORE: Final = 15
"""Connections beyond them at the busiest: threads are many, a transaction takes milliseconds."""
_PATIENCE: Final = 8.0
_AWAY: Final = 6.0
_AGAIN: Final = 0.2

_SESSION: Final = "-c lock_timeout=12000 -c idle_in_transaction_session_timeout=8000"
_WIRE: Final = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}


def open_server(address: Address) -> Engine:
    """Make the engine; a connection is made when one is needed.

    Raises ``EnvironmentUnfit`` where the driver is not installed.
    """
    url = _url(address)
    try:
        return create_engine(
            url,
            connect_args={**_arguments(url), **address.hidden},
            hide_parameters=True,
            # Whatever the server's own default is: each statement sees what was committed before.
            isolation_level="READ COMMITTED",
            pool_size=POOL,
            max_overflow=MORE,
            pool_timeout=_PATIENCE,
            pool_pre_ping=True,
            pool_use_lifo=True,
        )
    except ModuleNotFoundError:
        raise EnvironmentUnfit(
            "PostgreSQL needs a driver that is not installed",
            hint="pip install 'slotrunner[postgres]'",
        ) from None


def be_patient(engine: Engine) -> None:
    """Have whoever needs a connection wait a little for a server that is away.

    For processes that carry out runs: a server that restarts is back within seconds, and a run must
    not fail for that. The lease knows how long it may take.
    """
    if engine.dialect.name == "postgresql" and not event.contains(engine, "do_connect", _patiently):
        event.listen(engine, "do_connect", _patiently)


def _patiently(
    dialect: Dialect, _record: object, args: Sequence[Any], given: dict[str, Any]
) -> DBAPIConnection:
    until = time.monotonic() + _AWAY
    while True:
        try:
            return dialect.connect(*args, **given)
        except dialect.loaded_dbapi.OperationalError as error:
            # One that does not let us in does not do so later either.
            if time.monotonic() > until or "authentication failed" in str(error):
                raise
        time.sleep(_AGAIN)


def driver_arguments(engine: Engine, address: Address) -> dict[str, Any]:
    """Give what ``psycopg.connect`` takes to reach the same database, its secrets included."""
    _, given = engine.dialect.create_connect_args(engine.url)
    return {**given, **_arguments(engine.url), **address.hidden}


def _url(address: Address) -> URL:
    return make_url(address.server).set(drivername="postgresql+psycopg")


def _arguments(url: URL) -> dict[str, Any]:
    """Add ours to what the URL says; what it says goes before."""
    usual = {**_WIRE, "application_name": f"slotrunner {socket.gethostname()}/{os.getpid()}"}
    ours = {name: value for name, value in usual.items() if name not in url.query}
    asked = url.query.get("options", "")
    return {**ours, "options": f"{_SESSION} {asked}".strip()}
