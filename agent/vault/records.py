"""One version of one secret, sealed into its row and opened from it.

The version has a key of its own (DEK), made for it and wrapped under the ring's active term; the
values and what describes them are sealed under it. The head of a secret (the row that says which
version counts) carries a MAC over its plain columns, so that neither an edit of one of them nor
putting back an older version goes unseen.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, select, true

from agent.errors import VaultDamaged, WrongKey
from agent.vault.opened import Opened
from agent.vault.origin import OriginPolicy
from agent.vault.pae import context
from agent.vault.places import Place
from agent.vault.seal import JSON_STEP, KEY_BYTES, seal, unseal
from agent.vault.secret import SecretCard
from agent.vault.tables import secret, secret_version
from agent.vault.transactions import DAMAGED_HINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from agent.vault.ring import Ring

WRAP_ALG: Final = "seal.v1"

# Every plain column but the MAC itself, in the table's order.
_HEAD: Final = tuple(column.name for column in secret.columns if column.name != "head_mac")


@dataclass(frozen=True, slots=True)
class Draft:
    """One version before it is sealed: where it belongs, what it is, and the values.

    Where they are kept elsewhere, ``reference`` says where and ``fields`` which they are.
    """

    place: Place
    name: str
    origins: OriginPolicy
    created_by: str
    created_at: str
    provider: str
    values: Mapping[str, str] = field(repr=False)
    reference: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()

    def meta(self) -> dict[str, Any]:
        """What is sealed beside the values."""
        return {
            "name": self.name,
            "origins": list(self.origins.texts()),
            "fields": sorted(self.values or self.fields),
            "provider": self.provider,
            "reference": dict(self.reference),
            "created_by": self.created_by,
            "created_at": self.created_at,
        }


def current() -> Select[Any]:
    """Select the heads of secrets, each beside its current version's columns."""
    return _beside(secret_version.c.version == secret.c.current_version)


def every() -> Select[Any]:
    """Select as ``current`` does, with a row for each version there still is."""
    return _beside(true())


def _beside(which: ColumnElement[bool]) -> Select[Any]:
    version = secret_version.c
    return select(
        *secret.c,
        version.version,
        version.term,
        version.wrap_alg,
        version.dek,
        version.meta,
        version.ct,
        version.policy_hash,
        version.created_by.label("version_by"),
        version.created_at.label("version_at"),
    ).join_from(
        secret,
        secret_version,
        (version.secret_id == secret.c.id) & which,
        isouter=True,
    )


@dataclass(frozen=True, slots=True)
class Records:
    """Seals and opens the rows of one vault with its ring."""

    vault_id: str
    ring: Ring = field(repr=False)

    def version_row(self, draft: Draft) -> dict[str, Any]:
        """Seal a version: the columns of ``secret_version``."""
        key = os.urandom(KEY_BYTES)
        place, term, policy_hash = draft.place, self.ring.active_term, draft.origins.digest()
        return {
            "secret_id": place.secret_id,
            "version": place.version,
            "term": term,
            "wrap_alg": WRAP_ALG,
            "dek": seal(self.ring.key(term), key, place.key(term)),
            "meta": seal(key, _json(draft.meta()), place.meta()),
            "ct": seal(key, _json(dict(draft.values)), place.payload(policy_hash), step=JSON_STEP),
            "policy_hash": policy_hash,
            "created_by": draft.created_by,
            "created_at": draft.created_at,
        }

    def head_mac(self, head: Mapping[Any, Any]) -> bytes:
        """Authenticate the plain columns of ``secret``, given by name."""
        fields = (_plain(head[name]) for name in _HEAD)
        return self.ring.authenticate(context("head.v1", self.vault_id, *fields))

    def check_head(self, row: Mapping[Any, Any]) -> None:
        """Raise ``VaultDamaged`` when a plain column of ``secret`` is not as written."""
        kept = row["head_mac"]
        if not (isinstance(kept, bytes) and hmac.compare_digest(kept, self.head_mac(row))):
            raise _damaged(row, "its row was changed")

    def describe(self, row: Mapping[Any, Any]) -> Opened:
        """Open what describes a secret; its values stay sealed. Raises ``VaultDamaged``."""
        place, key = self._key(row)
        return self._describe(row, place, key)

    def open(self, row: Mapping[Any, Any], mode: str | None = None) -> Opened:
        """Open a secret with its values; ``mode`` is the one of the run that opens it.

        Raises ``VaultDamaged``: the values of one mode do not open as those of the other.
        """
        place, key = self._key(row)
        described = self._describe(row, place, key)
        place = replace(place, mode=mode or place.mode)
        payload = _unseal(row, key, "ct", place.payload(row["policy_hash"]))
        values = {str(name): str(value) for name, value in payload.items()}
        return replace(described, values=values)

    def _key(self, row: Mapping[Any, Any]) -> tuple[Place, bytes]:
        self.check_head(row)
        if row["version"] is None:
            raise _damaged(row, "its current version is gone")
        if row["wrap_alg"] != WRAP_ALG:
            raise _damaged(row, "its key is wrapped in an unknown way")
        place = Place(
            self.vault_id,
            row["project_id"],
            row["id"],
            row["version"],
            row["mode"],
            row["kind"],
            row["visibility"],
        )
        wrapping = self.ring.key(row["term"])
        return place, _unseal_bytes(row, wrapping, "dek", place.key(row["term"]))

    def _describe(self, row: Mapping[Any, Any], place: Place, key: bytes) -> Opened:
        meta = _unseal(row, key, "meta", place.meta())
        origins = OriginPolicy.parse(meta["origins"])
        if not isinstance(row["policy_hash"], bytes) or row["policy_hash"] != origins.digest():
            raise _damaged(row, "its list of origins was changed")
        if (meta["created_by"], meta["created_at"]) != (row["version_by"], row["version_at"]):
            raise _damaged(row, "its row was changed")
        reference = meta.get("reference", {})
        card = SecretCard(
            id=row["id"],
            name=meta["name"],
            type=row["kind"],
            fields=tuple(meta["fields"]),
            origins=origins,
            version=row["version"],
            mode=row["mode"],
            visibility=row["visibility"],
            created_at=row["created_at"],
            source=meta["provider"],
            reference=_json(reference).decode() if reference else "",
        )
        return Opened(card, meta["provider"], reference=reference)


def _unseal(row: Mapping[Any, Any], key: bytes, column: str, place: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_unseal_bytes(row, key, column, place))
    return read


def _unseal_bytes(row: Mapping[Any, Any], key: bytes, column: str, place: bytes) -> bytes:
    blob = row[column]
    if not isinstance(blob, bytes):
        raise _damaged(row, f"its column {column} is not sealed")
    try:
        return unseal(key, blob, place)
    except (WrongKey, VaultDamaged):
        raise _damaged(row, f"its column {column} was changed or moved") from None


def _damaged(row: Mapping[Any, Any], what: str) -> VaultDamaged:
    return VaultDamaged(f"secret {str(row['id'])[:36]} is damaged: {what}", hint=DAMAGED_HINT)


def _json(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _plain(value: object) -> bytes:
    # NULL and the empty text differ, and so do 1 and "1".
    return repr(value).encode()
