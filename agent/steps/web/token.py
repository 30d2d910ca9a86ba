"""Access tokens of OAuth 2.0 client credentials (RFC 6749 section 4.4), kept while a run lasts."""

from __future__ import annotations

import asyncio
import base64
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus, urlencode
from weakref import WeakKeyDictionary

from agent.errors import StepFailed
from agent.steps.addresses import addresses_of
from agent.steps.web.answer import Request
from agent.steps.web.exchange import exchange
from agent.vault.origin import Origin
from agent.vault.reveal import Receiver, derive, reveal_to, still_held, told

if TYPE_CHECKING:
    from agent.steps.web.answer import Answer
    from agent.vault.secret import Secret

TOKEN: Final = "access_token"  # noqa: S105 - the name of a field
_EARLY: Final = 60.0
# RFC 6749 section 5.2: what an issuer may say; nothing else of its answer is repeated.
_CODES: Final = frozenset(
    {
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
        "unsupported_grant_type", "invalid_scope",
    }
)  # fmt: skip

# Handle → when its token is to be renewed; the token itself is kept in the vault.
_renewals: WeakKeyDictionary[Secret, float] = WeakKeyDictionary()


async def token_of(secret: Secret, step: str) -> None:
    """See that the secret's run holds a token that has not ended: as its field ``access_token``.

    A token is asked for again a minute before it ends, or halfway where it does not last two. The
    client's own credentials go to the secret's token address and to nothing else. Raises
    ``StepFailed`` where the issuer gives none.
    """
    if time.monotonic() < _renewals.get(secret, 0.0):
        return
    asked_at = time.monotonic()
    url = told(secret, "token_url") or ""
    issuer = Origin.parse(url)
    addresses = await addresses_of(issuer, listed=True)
    answer = await exchange(
        await _request(secret, url, step), addresses, partial(still_held, secret)
    )
    granted = _granted(answer, str(issuer))
    await asyncio.to_thread(derive, secret, TOKEN, granted[TOKEN])
    _renewals[secret] = asked_at + _lasting(granted.get("expires_in"))


async def _request(secret: Secret, url: str, step: str) -> Request:
    receiver = Receiver((Origin.parse(url),), step)
    client = await asyncio.to_thread(reveal_to, secret, "client_id", receiver)
    password = await asyncio.to_thread(reveal_to, secret, "client_secret", receiver)
    # RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    joined = f"{quote_plus(client)}:{quote_plus(password)}".encode()
    form = {"grant_type": "client_credentials"}
    scopes = told(secret, "scopes")
    headers = (
        ("Authorization", f"Basic {base64.b64encode(joined).decode('ascii')}"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "application/json"),
    )
    body = urlencode(form | ({"scope": scopes} if scopes else {})).encode()
    return Request("POST", url, headers, body)


def _granted(answer: Answer, issuer: str) -> dict[str, Any]:
    try:
        said = answer.json()
    except StepFailed:
        said = {}
    granted: dict[str, Any] = said if isinstance(said, dict) else {}
    token = granted.get(TOKEN)
    kind = str(granted.get("token_type", "")).lower()
    if answer.status == 200 and kind == "bearer" and _usable(token):
        return granted
    code = granted.get("error")
    why = f" ({code})" if code in _CODES else ""
    raise StepFailed(
        f"{issuer} gave no access token: it answered {answer.status}{why}",
        hint="check the client's id, secret and scopes at the issuer",
    )


def _usable(token: object) -> bool:
    return isinstance(token, str) and token != "" and token.isascii() and token.isprintable()


def _lasting(expires_in: object) -> float:
    """Say for how long a token is used; one without an end lasts as long as the run."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, (int, float)):
        return float("inf")
    return max(expires_in - _EARLY, expires_in / 2) if expires_in > 0 else 0.0
