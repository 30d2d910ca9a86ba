"""Proving that a person knows the values of a secret that is kept elsewhere."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from agent.errors import NotAllowed
from agent.vault.audit import Act, Entry
from agent.vault.records import Records
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.secret_types.json import WHOLE
from agent.vault.shelf import Shelf
from agent.vault.sourcing.opening import values_of
from agent.vault.totp import parse_key
from agent.vault.transactions import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault

_KEY = "totp"


def prove_values(vault: Vault, card: SecretCard, typed: Mapping[str, str]) -> None:
    """Compare what a person typed with what the source keeps now; audited where it differs.

    Raises ``NotAllowed``, which does not say which field differs, ``UsageError`` for values that
    are not of the secret's type, and ``SourceFailed``.
    """
    trail = vault.trail()
    with reading(trail.engine) as connection:
        shelf = Shelf(connection, Records(trail.vault_id, trail.ring), vault.project)
        opened = shelf.records.open(shelf.find(card.id))
    given = SECRET_TYPES[card.type].validate(typed)
    kept = values_of(opened, {})
    names = {WHOLE} if WHOLE in kept else set(kept) | set(given)
    same = [_same(name, given.get(name, ""), kept.get(name, "")) for name in sorted(names)]
    if not all(same):
        trail.record(Entry(Act.WIDENED, card.id, version=card.version).refused("values"))
        raise NotAllowed(
            f"{card.name}: these are not the values that {card.source} keeps",
            hint="enter every value as it is there now",
        )


def _same(name: str, given: str, kept: str) -> bool:
    if name == _KEY and given and kept:
        return hmac.compare_digest(parse_key(given).identity(), parse_key(kept).identity())
    if name == WHOLE:
        given, kept = (json.dumps(json.loads(text), sort_keys=True) for text in (given, kept))
    return hmac.compare_digest(given.encode(), kept.encode())
