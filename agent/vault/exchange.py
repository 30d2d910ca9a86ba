"""Secrets on their way to another vault, or to a safe: one file that the stock ``age`` tool opens.

Inside is one JSON document. It is the only way the values of many secrets leave a vault at once, so
each is audited before anything is written, and the file is sealed for who is to read it before it
leaves this process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from agent.errors import EnvironmentUnfit, UsageError
from agent.registry import Table
from agent.vault.audit import Act, Entry, timestamp
from agent.vault.fields import check_name, check_schemes
from agent.vault.origin import OriginPolicy
from agent.vault.places import Place
from agent.vault.policy import check_choice
from agent.vault.records import Draft, Records
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.shelf import Shelf, is_id
from agent.vault.sourcing.contents import Source, contents
from agent.vault.tables import secret
from agent.vault.transactions import fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from agent.vault.opened import Opened
    from agent.vault.store import Vault

LARGEST: Final = 64 * 1024 * 1024
"""Bytes a file to import may have."""

_AGE: Final[Table[Any]] = Table(
    "pyrage",
    {
        "encrypt": "pyrage:encrypt",
        "decrypt": "pyrage:decrypt",
        "passphrase": "pyrage:passphrase",
        "x25519": "pyrage:x25519",
        "ssh": "pyrage:ssh",
        "no_recipient": "pyrage:RecipientError",
        "no_identity": "pyrage:IdentityError",
        "no_decryption": "pyrage:DecryptError",
    },
)


class Exported(BaseModel):
    """One secret in the document."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    id: str
    name: str
    type: str
    mode: str
    visibility: str
    origins: list[str]
    provider: str
    reference: dict[str, Any]
    values: dict[str, str] = Field(repr=False)


class Document(BaseModel):
    """The whole document."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    format: Literal["slotrunner-export-1"] = "slotrunner-export-1"
    vault_id: str
    exported_at: str
    secrets: list[Exported]


@dataclass(frozen=True, slots=True)
class Seal:
    """For whom a file is sealed, or what opens it: age keys as text, or a passphrase."""

    keys: Sequence[str] = ()
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Exports the secrets of one project, and imports into it."""

    vault: Vault
    engine: Engine

    def export(self, seal: Seal) -> bytes:
        """Give every live secret with its values as an age file. Raises ``UsageError``."""
        sealing = _recipients(seal)
        opened = self.vault.opening.open()
        with reading(self.engine) as connection:
            shelf = self._shelf(connection)
            found = [shelf.records.open(row, row["mode"]) for row in shelf.live()]
        trail = self.vault.trail()
        with writing(self.engine) as connection:
            for one in found:
                entry = Entry(Act.EXPORTED, one.card.id, version=one.card.version)
                trail.append(connection, entry)
        document = Document(
            vault_id=opened.vault_id,
            exported_at=timestamp(self.vault.clock()),
            secrets=[_exported(one) for one in found],
        )
        sealed: bytes = sealing(document.model_dump_json().encode())
        return sealed

    def take(self, sealed: bytes, seal: Seal) -> list[str]:
        """Add every secret of an export under its own id, all or none; gives their names.

        Raises ``UsageError`` for what does not open, is no export, or is here already.
        """
        document = read_document(opened_file(sealed, seal))
        if not self.vault.is_created:
            self.vault.create()
        with writing(self.engine) as connection:
            shelf = self._shelf(connection)
            for one in document.secrets:
                self._put(shelf, one)
        return [one.name for one in document.secrets]

    def _put(self, shelf: Shelf, one: Exported) -> None:
        draft = self._draft(shelf.records.vault_id, one)
        taken = fetch(shelf.connection, select(secret.c.id).where(secret.c.id == one.id))
        named = any(row["deleted_at"] is None for row in shelf.named(one.name, one.mode))
        if taken or named:
            raise UsageError(
                f"the secret {one.name!r:.120} is in this vault already; nothing was imported",
                hint="import into an empty vault (RUNNER_HOME=…), or delete the one that is here",
            )
        shelf.put(draft)
        entry = Entry(Act.IMPORTED, one.id, version=draft.place.version)
        self.vault.trail().append(shelf.connection, entry)

    def _draft(self, vault_id: str, one: Exported) -> Draft:
        if not is_id(one.id):
            raise UsageError("a secret of the export has no usable id", hint="nothing was imported")
        made = contents(one.type, one.values, Source(one.provider, one.reference))
        origins = OriginPolicy.parse(one.origins)
        check_schemes(SECRET_TYPES[one.type], origins)
        check_name(one.name)
        check_choice(one.mode, one.visibility)
        place = Place(vault_id, self.vault.project, one.id, 1, one.mode, one.type, one.visibility)
        now = timestamp(self.vault.clock())
        return Draft(place, one.name, origins, self.vault.actor, now, *made.sealed())

    def _shelf(self, connection: Connection) -> Shelf:
        ring = self.vault.opening.current(connection).ring
        records = Records(self.vault.opening.open().vault_id, ring)
        return Shelf(connection, records, self.vault.project)


def opened_file(sealed: bytes, seal: Seal) -> bytes:
    """Open an age file. Raises ``UsageError``, and ``EnvironmentUnfit`` without pyrage."""
    if len(sealed) > LARGEST:
        raise UsageError("the file is too large for an export", hint="is it the right file?")
    require_age()
    try:
        if seal.passphrase:
            plain: bytes = _AGE["passphrase"].decrypt(sealed, seal.passphrase)
        else:
            plain = _AGE["decrypt"](sealed, [_identity(key) for key in seal.keys])
    except _AGE["no_decryption"]:
        raise UsageError(
            "the file does not open: it is damaged, no age file, or sealed for another key",
            hint="age -d says the same of it with the stock tool",
        ) from None
    return plain


def read_document(plain: bytes) -> Document:
    """Read what an export holds. Raises ``UsageError``; nothing of it is quoted."""
    try:
        return Document.model_validate_json(plain)
    except (ValidationError, ValueError, RecursionError):
        raise UsageError(
            "the file opens, but is not an export of slotrunner", hint="nothing was imported"
        ) from None


def require_age() -> None:
    """Raise ``EnvironmentUnfit`` where pyrage is missing."""
    try:
        _AGE["encrypt"]
    except ModuleNotFoundError:
        raise EnvironmentUnfit(
            "exports are age files, and the package pyrage is missing",
            hint="pip install 'slotrunner[age]'",
        ) from None


def _recipients(seal: Seal) -> Any:
    require_age()
    if seal.passphrase:
        return lambda plain: _AGE["passphrase"].encrypt(plain, seal.passphrase)
    try:
        kinds = (("ssh-", "ssh"), ("", "x25519"))
        keys = [
            next(
                _AGE[kind].Recipient.from_str(key) for start, kind in kinds if key.startswith(start)
            )
            for key in seal.keys
        ]
    except _AGE["no_recipient"]:
        raise UsageError(
            "a recipient is not an age key",
            hint="it begins with age1 (age-keygen prints it), or is an SSH public key",
        ) from None
    if not keys:
        raise UsageError("nobody is named who may open the export", hint="--recipient age1…")
    return lambda plain: _AGE["encrypt"](plain, keys)


def _identity(key: str) -> Any:
    try:
        if key.startswith("AGE-SECRET-KEY-"):
            return _AGE["x25519"].Identity.from_str(key)
        return _AGE["ssh"].Identity.from_buffer(key.encode())
    except _AGE["no_identity"]:
        raise UsageError(
            "the identity file holds no age identity", hint="age-keygen -o FILE makes one"
        ) from None


def _exported(one: Opened) -> Exported:
    card = one.card
    return Exported(
        id=card.id,
        name=card.name,
        type=card.type,
        mode=card.mode,
        visibility=card.visibility,
        origins=list(card.origins.texts()),
        provider=one.provider,
        reference=dict(one.reference),
        values=dict(one.values),
    )
