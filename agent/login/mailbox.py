"""The hand that opens a mailbox with its secret: the password goes to its own server, inside TLS.

The server is the secret's one origin, ``imaps://host`` or ``imap://host`` (STARTTLS). The folder is
opened for reading only and messages stay unread: nothing in the mailbox changes. Everything here
blocks, and is called beside the loop.
"""

from __future__ import annotations

import logging
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from agent.errors import MailboxFailed, SecretUnfit
from agent.login.code_reading import text_of_html
from agent.vault.reveal import Receiver, reveal_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from email.message import EmailMessage

    from agent.vault.origin import Origin
    from agent.vault.secret import Secret

_PATIENCE: Final = 20.0  # seconds for the server to answer
_LARGEST: Final = 262_144  # bytes of a message that are read: a code stands near its beginning
_PART: Final = f"BODY.PEEK[]<0.{_LARGEST}>"
_INBOX: Final = "INBOX"

# It writes what it sends to its log, once someone lowers the level of all logs.
logging.getLogger("imapclient").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is looked at of a message; times in Unix seconds, ``sent`` as its sender says."""

    uid: int
    senders: tuple[str, ...]
    subject: str
    text: str
    arrived: float
    sent: float | None


class Mailbox:
    """One open folder, as it was when it was opened; ``close`` ends it."""

    def __init__(self, client: IMAPClient, *, next_uid: int) -> None:
        self._client = client
        self._next_uid = next_uid

    @classmethod
    def open(cls, secret: Secret, step: str) -> Mailbox:
        """Sign in at the secret's own server and note which message would be the next.

        Raises ``MailboxFailed``, which quotes neither the server nor a value, and all that
        ``reveal_to`` raises.
        """
        origin = server_of(secret)
        with _translated(origin):
            client = _connected(origin)
        try:
            with _translated(origin):
                _sign_in(client, secret, Receiver((origin,), step))
                folder = _revealed(secret, "folder", Receiver((origin,), step)) or _INBOX
                opened = client.select_folder(folder, readonly=True)
                next_uid = opened.get(b"UIDNEXT") or max(client.search("ALL"), default=0) + 1
                return cls(client, next_uid=int(next_uid))
        except BaseException:
            _shut(client)
            raise

    def newer(self) -> list[Letter]:
        """Read the messages that have come since it was opened, oldest first, each once."""
        with _translated():
            self._client.noop()
            found = self._client.search(["UID", f"{self._next_uid}:*"])
            # "n:*" is never empty: the last message is in it, however old.
            uids = sorted(uid for uid in found if uid >= self._next_uid)
            if not uids:
                return []
            self._next_uid = uids[-1] + 1
            fetched = self._client.fetch(uids, ["INTERNALDATE", _PART])
        return [_letter(uid, fetched[uid]) for uid in uids if uid in fetched]

    def close(self) -> None:
        """Leave; says nothing when the server has gone first."""
        _shut(self._client)


def server_of(secret: Secret) -> Origin:
    """Give the one server a mailbox secret is for. Raises ``SecretUnfit`` for several."""
    rules = secret.card.origins.rules
    if len(rules) != 1:
        raise SecretUnfit(
            f"{secret.slot} names {len(rules)} servers: a mailbox is at one",
            hint="runner secrets origins … --origin imaps://mail.example",
        )
    return rules[0].origin


def _connected(origin: Origin) -> IMAPClient:
    trusted = ssl.create_default_context()
    inside = origin.scheme == "imaps"
    client = IMAPClient(
        origin.host.strip("[]"),
        origin.port,
        ssl=inside,
        ssl_context=trusted,
        timeout=_PATIENCE,
    )
    if not inside:
        try:
            client.starttls(trusted)
        except BaseException:
            _shut(client)
            raise
    client.normalise_times = False
    return client


def _sign_in(client: IMAPClient, secret: Secret, receiver: Receiver) -> None:
    username = reveal_to(secret, "username", receiver)
    password = reveal_to(secret, "password", receiver)
    # LOGIN takes ASCII alone, and some servers offer only the other.
    if b"AUTH=PLAIN" in client.capabilities():
        client.plain_login(username, password)
    else:
        client.login(username, password)


def _revealed(secret: Secret, field: str, receiver: Receiver) -> str:
    return reveal_to(secret, field, receiver) if secret.card.has(field) else ""


@contextmanager
def _translated(origin: Origin | None = None) -> Iterator[None]:
    """Make the library's errors ours; theirs may quote what was sent, or the server's own words."""
    where = f"the mail server {origin}" if origin else "the mail server"
    try:
        yield
    except LoginError:
        raise MailboxFailed(
            f"{where} did not accept the mailbox's username and password",
            hint="check the secret, and give it new values with `runner secrets rotate`; some "
            "providers ask for a password made for programs",
        ) from None
    except ssl.SSLError:
        raise MailboxFailed(
            f"{where} could not prove who it is",
            hint="its certificate must be trusted by this machine and be for that name",
        ) from None
    except OSError:
        raise MailboxFailed(
            f"{where} does not answer", hint="check its name and port, and the network"
        ) from None
    except (IMAPClientError, UnicodeError):
        raise MailboxFailed(
            f"{where} did not do what was asked of it", hint="check the folder's name"
        ) from None


def _shut(client: IMAPClient) -> None:
    with suppress(IMAPClientError, OSError):
        client.shutdown()


def _letter(uid: int, fetched: dict[bytes, Any]) -> Letter:
    raw = next((part for key, part in fetched.items() if key.startswith(b"BODY[]")), b"")
    message = message_from_bytes(raw or b"", policy=policy.default)
    arrived: datetime = fetched[b"INTERNALDATE"]
    return Letter(
        uid=uid,
        senders=_senders(message),
        subject=" ".join(str(message.get("Subject", "")).split()),
        text=_text(message),
        arrived=arrived.timestamp(),
        sent=_sent(message),
    )


def _senders(message: EmailMessage) -> tuple[str, ...]:
    written = [str(value) for value in message.get_all("From", [])]
    return tuple(address.casefold() for _, address in getaddresses(written))


def _sent(message: EmailMessage) -> float | None:
    try:
        return parsedate_to_datetime(str(message["Date"])).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _text(message: EmailMessage) -> str:
    for kind in ("plain", "html"):
        part = message.get_body(preferencelist=(kind,))
        if part is None:
            continue
        try:
            content = part.get_content()
        except (LookupError, ValueError):
            continue  # a character set nobody knows
        text = text_of_html(content) if kind == "html" else content
        if text.strip():
            return str(text)
    return ""
