"""A database's password, for a process that is started beside this one: in a file of memory alone.

An environment can be read for as long as its process lives, and is handed on. A descriptor is not:
the password file of libpq (PostgreSQL documentation, "The Password File") is one here.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from agent.errors import EnvironmentUnfit
from agent.runs.address import NAMED_BY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.runs.address import Address

_PASSWORD: Final = "password"  # noqa: S105 - the name of a parameter
_HINT: Final = "use a password file (PGPASSFILE), or runner serve --no-worker and runner worker"


@contextmanager
def handed_over(
    address: Address, environ: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """Give the environment of a child that uses ``address``, and the descriptors it must get.

    No secret of the address is in that environment. Raises ``EnvironmentUnfit`` where one cannot be
    handed over in another way.
    """
    if not address.hidden:
        yield dict(environ), ()
        return
    descriptor = _written(address)
    try:
        named = {NAMED_BY: address.server, "PGPASSFILE": f"/proc/self/fd/{descriptor}"}
        # libpq would take that one before any file; here the URL's goes before it.
        kept = {name: value for name, value in environ.items() if name != "PGPASSWORD"}
        yield {**kept, **named}, (descriptor,)
    finally:
        os.close(descriptor)


def _written(address: Address) -> int:
    password = address.hidden.get(_PASSWORD, "")
    # A password file that the URL names goes before the one that is handed over.
    fits = set(address.hidden) == {_PASSWORD} and "passfile=" not in address.server
    if not fits or sys.platform != "linux" or "\n" in password:
        raise EnvironmentUnfit(
            f"a secret in {NAMED_BY} cannot be handed to the worker beside this server", hint=_HINT
        )
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    descriptor = os.memfd_create("passfile")
    # libpq takes no file that others may read.
    os.fchmod(descriptor, 0o600)
    os.write(descriptor, f"*:*:*:*:{escaped}\n".encode())
    return descriptor
