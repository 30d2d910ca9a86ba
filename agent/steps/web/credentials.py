"""The hand that puts secrets into a request, after each was released for the request's origin."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from agent.errors import OriginRefused, SecretUnfit
from agent.steps.values import SecretUse
from agent.steps.web.token import token_of
from agent.vault.reveal import Receiver, reveal_to, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.open import RunSecrets
    from agent.vault.origin import Origin
    from agent.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """Releases fields for one request; ``step`` is what the audit calls it."""

    secrets: RunSecrets
    origin: Origin
    step: str

    def may_have(self, slot: str) -> bool:
        """Tell whether the origin is on the slot's secret's own list."""
        return self.secrets[slot].card.origins.allows(self.origin)

    async def refuse_foreign(self, slot: str) -> None:
        """Refuse an origin that is not on the secret's list before anything is looked up.

        The vault refuses, so that it is audited. Raises ``OriginRefused``.
        """
        if not self.may_have(slot):
            await self._field(self.secrets[slot], self.secrets[slot].card.fields[0])
            raise OriginRefused(f"{slot} may not go to {self.origin}")

    async def authorization(self, scheme: str, slot: str) -> str:
        """Make the value of ``Authorization``: ``basic``, ``bearer`` or ``oauth2``."""
        return await {"basic": self.basic, "bearer": self.bearer, "oauth2": self.oauth2}[scheme](
            slot
        )

    async def basic(self, slot: str) -> str:
        """Make it for a user name and a password (RFC 7617)."""
        secret = self.secrets[slot]
        user = await self._field(secret, "username")
        password = await self._field(secret, "password")
        packed = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self.secrets.learn(f"{slot}.basic", packed)
        return f"Basic {packed}"

    async def bearer(self, slot: str) -> str:
        """Make it for a token (RFC 6750)."""
        return f"Bearer {await self._field(self.secrets[slot], 'token')}"

    async def oauth2(self, slot: str) -> str:
        """Make it for a token that the secret's issuer gives out."""
        secret = self.secrets[slot]
        await self.refuse_foreign(slot)
        await token_of(secret, self.step)
        return f"Bearer {await self._field(secret, 'access_token')}"

    async def key(self, slot: str) -> tuple[str, str]:
        """Give the name and the value of an API key."""
        secret = self.secrets[slot]
        return told(secret, "key_name") or "", await self._field(secret, "key_value")

    async def filled(self, written: Any) -> Any:
        """Put values in the place of every ``SecretUse`` inside JSON."""
        if isinstance(written, SecretUse):
            return await self._field(self.secrets[written.secret], written.field)
        if isinstance(written, dict):
            return {name: await self.filled(one) for name, one in written.items()}
        if isinstance(written, list):
            return [await self.filled(one) for one in written]
        return written

    async def _field(self, secret: Secret, field: str) -> str:
        receiver = Receiver((self.origin,), self.step)
        return await asyncio.to_thread(reveal_to, secret, field, receiver)


def sendable(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Give headers as they are sent. Raises ``SecretUnfit`` for a value that a header cannot hold.

    Checked here, because the library's own complaint quotes the value.
    """
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise SecretUnfit(
                f"the value for the header {name} holds a character that a header cannot carry"
            )
    return tuple(headers.items())


def with_key(url: str, name: str, value: str) -> str:
    """Put a key into the query of an address without a fragment."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{quote_plus(name)}={quote_plus(value)}"
