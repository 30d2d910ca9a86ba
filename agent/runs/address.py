"""Where the database is: a file of the data folder, or a PostgreSQL database that many share.

A password in a URL is taken out of it at once, and no spelling of an address shows it. Better is
none at all: a password file (``PGPASSFILE``, ``passfile=``) or the socket's peer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

NAMED_BY: Final = "RUNNER_DATABASE_URL"
FILE_NAME: Final = "runner.db"

_SERVERS: Final = ("postgresql", "postgres", "postgresql+psycopg")
_SECRET: Final = ("password", "sslpassword", "oauth_client_secret")
_HINT: Final = "postgresql://user@host/database, or sqlite:////folder/file; see docs/database.md"


@dataclass(frozen=True, slots=True)
class Address:
    """A file, or the URL of a PostgreSQL database without its ``hidden`` parameters."""

    path: Path | None = None
    server: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @classmethod
    def of(cls, text: str, named_by: str = NAMED_BY) -> Address:
        """Read a URL. Raises ``UsageError``, which names ``named_by`` and quotes nothing of it."""
        try:
            parts = urlsplit(text)
            if parts.scheme == "sqlite":
                return cls._of_file(parts)
            if parts.scheme in _SERVERS:
                return cls._of_server(parts)
        except ValueError:
            raise UsageError(f"{named_by} is no URL of a database", hint=_HINT) from None
        raise UsageError(f"{named_by} names no database that can be used", hint=_HINT)

    @classmethod
    def _of_file(cls, parts: SplitResult) -> Address:
        # Four slashes for a whole path, three for one from here, as SQLAlchemy has it.
        path = unquote(parts.path)[1:]
        if parts.netloc or parts.query or not path:
            raise ValueError
        return cls(Path(path).absolute())

    @classmethod
    def _of_server(cls, parts: SplitResult) -> Address:
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        hidden = {name: value for name, value in query if name in _SECRET}
        who, _, host = parts.netloc.rpartition("@")
        user, colon, password = who.partition(":")
        if colon:
            hidden["password"] = unquote(password)
        # Most likely the rest of a password that was not percent-encoded.
        if parts.fragment or "/" in parts.path[1:] or "@" in parts.path + parts.query:
            raise ValueError
        _ = parts.port  # raises ValueError for what is no number
        said = urlencode([one for one in query if one[0] not in _SECRET], quote_via=quote)
        place = f"{user}@{host}" if user else host
        shown = f"postgresql://{place}{parts.path}{'?' if said else ''}{said}"
        return cls(server=shown, hidden=MappingProxyType(hidden))

    def __str__(self) -> str:
        """Say where it is; a password is no part of it."""
        return self.server or str(self.path)

    def without_secrets(self, message: str) -> str:
        """Cut what is hidden out of a foreign message."""
        for value in self.hidden.values():
            message = message.replace(value, "***") if value else message
        return message
