"""A connection to a file server that has proved to be the one the secret's owner named.

The server shows its key first. Only when that is the pinned one does the vault release a password
or a private key, for this server and with an audit row; a server with another key is left before
anything but a version line and a key exchange has passed.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import asyncssh

from agent.errors import LoginFailed, OriginRefused, SiteUnreachable, StepFailed
from agent.steps.addresses import addresses_of
from agent.vault.reveal import Receiver, reveal_to, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agent.vault.origin import Origin
    from agent.vault.secret import Secret

_CONNECT_SECONDS: Final = 10.0
_CLOSING_SECONDS: Final = 2.0
# A server has a key of each family and shows the one that is asked for; the pin is of one of them.
_FAMILIES: Final = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)

# It would name users and addresses.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a connection goes, with whose secret, and what the audit calls the step."""

    origin: Origin
    secret: Secret
    step: str

    async def field(self, name: str) -> str:
        """Release a field for this server."""
        receiver = Receiver((self.origin,), self.step)
        return await asyncio.to_thread(reveal_to, self.secret, name, receiver)


@dataclass(eq=False)
class _Visitor(asyncssh.SSHClient):
    """Answers the library's questions; nothing secret before the key has been found right."""

    door: Door
    pin: str
    shown: str = ""
    asked: set[str] = field(default_factory=set)

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002 - the library's signature, as the next two
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        """Compare the server's key with the pinned fingerprint."""
        self.shown = key.get_fingerprint("sha256")
        return hmac.compare_digest(self.shown, self.pin)

    async def password_auth_requested(self) -> str | None:
        """Give the password, once."""
        if not self._first("password"):
            return None
        return await self.door.field("password")

    async def public_key_auth_requested(self) -> asyncssh.SSHKey | None:
        """Give the private key, once; it is opened in memory and never in a file."""
        if not self._first("private_key"):
            return None
        text = await self.door.field("private_key")
        sealed = self.door.secret.card.has("passphrase")
        passphrase = await self.door.field("passphrase") if sealed else None
        try:
            # A passphrase costs a second of work on purpose.
            return await asyncio.to_thread(asyncssh.import_private_key, text, passphrase)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise StepFailed("the private key of the secret cannot be used here") from None

    def _first(self, name: str) -> bool:
        first = self.door.secret.card.has(name) and name not in self.asked
        self.asked.add(name)
        return first


@asynccontextmanager
async def connected(door: Door) -> AsyncIterator[asyncssh.SFTPClient]:
    """Open a file session on the server, closed when the block ends.

    Raises ``OriginRefused`` for a server that is not on the secret's list or shows another key,
    ``SiteUnreachable``, ``LoginFailed`` for a password and ``StepFailed`` for a key it refuses.
    """
    user = await door.field("username")
    addresses = await addresses_of(door.origin, listed=True)
    connection = await _first_that_answers(door, user, addresses)
    try:
        async with connection.start_sftp_client() as files:
            yield files
    except asyncssh.ChannelOpenError:
        raise StepFailed(f"{door.origin} gives no access to files") from None
    finally:
        connection.close()
        with suppress(TimeoutError, asyncssh.Error, OSError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await connection.wait_closed()


async def _first_that_answers(
    door: Door, user: str, addresses: tuple[str, ...]
) -> asyncssh.SSHClientConnection:
    for address in addresses:
        try:
            return await _proved(door, user, address)
        except (OSError, TimeoutError):
            continue  # nothing listens there: another address of the same server may
    raise SiteUnreachable(
        f"{door.origin} could not be reached: nothing answers there",
        hint="check the address and the network",
    )


async def _proved(door: Door, user: str, address: str) -> asyncssh.SSHClientConnection:
    """Connect once for each family of keys until the pinned key is shown."""
    shown = []
    for family in _FAMILIES:
        visitor = _Visitor(door, told(door.secret, "host_key") or "")
        try:
            return await _connect(visitor, user, address, family)
        except asyncssh.HostKeyNotVerifiable:
            shown.append(visitor.shown)
        except (asyncssh.PermissionDenied, asyncssh.IllegalUserName):
            raise _refused(door) from None
        except (asyncssh.DisconnectError, ConnectionResetError, BrokenPipeError):
            if visitor.shown:
                raise SiteUnreachable(f"{door.origin} broke the connection off") from None
            continue  # it has no key of this family, and OpenSSH just hangs up
    if not shown:
        raise SiteUnreachable(f"{door.origin} speaks no SSH, or has no key of a kind that is used")
    raise OriginRefused(
        f"{door.origin} is not the server {door.secret.slot} is for: its key is "
        f"{', '.join(shown)}, and nothing was sent to it",
        hint="ask the server's owner; if its key was changed, give the secret the new host_key: "
        "runner secrets rotate",
    )


async def _connect(
    visitor: _Visitor, user: str, address: str, family: tuple[str, ...]
) -> asyncssh.SSHClientConnection:
    connection, _ = await asyncssh.create_connection(
        lambda: visitor,
        address,
        visitor.door.origin.port,
        username=user,
        # Empty lists, not None: None would trust any server.
        known_hosts=([], [], []),
        server_host_key_algs=family,
        preferred_auth=["publickey"] if _has_key(visitor.door) else ["password"],
        config=None,
        agent_path=None,
        client_keys=None,
        gss_host=None,
        x509_trusted_certs=None,
        connect_timeout=_CONNECT_SECONDS,
        keepalive_interval=15,
    )
    return connection


def _has_key(door: Door) -> bool:
    return door.secret.card.has("private_key")


def _refused(door: Door) -> LoginFailed | StepFailed:
    if _has_key(door):
        return StepFailed(
            f"{door.origin} did not take the private key of {door.secret.slot}",
            hint="does its public half stand in the account's authorized_keys?",
        )
    return LoginFailed(
        f"{door.origin} rejected the user name or the password of {door.secret.slot}",
        outcome="bad_credentials",
        hint="a rejected password is not tried again: runner secrets rotate",
    )
