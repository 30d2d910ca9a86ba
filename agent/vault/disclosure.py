"""Showing one field of a masked secret to a person: audited before, and few times an hour.

A restricted secret is refused here whatever anyone says elsewhere. Only ``agent.runner`` may
import this module besides the vault; import-linter holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from agent.errors import NotAllowed, SecretError, SecretUnfit
from agent.vault.audit import Act, Entry, timestamp
from agent.vault.lockout import Lockouts
from agent.vault.policy import MASKED
from agent.vault.providers import LOCAL
from agent.vault.records import Records
from agent.vault.shelf import Shelf
from agent.vault.tables import audit
from agent.vault.transactions import writing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agent.vault.audit import Trail
    from agent.vault.opened import Opened
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault

MOST_AN_HOUR: Final = 10
"""Fields one person may be shown in any hour."""
_HOUR: Final = 3600.0


def disclose(vault: Vault, card: SecretCard, field: str) -> str:
    """Give one field to the person the vault's audit names, after its row is written.

    Raises ``NotAllowed`` for a restricted secret and after ``MOST_AN_HOUR``, ``SecretFrozen``,
    ``SecretUnfit`` for a field that is not there or not kept here; each is audited as refused.
    """
    trail = vault.trail()
    asked = Entry(
        Act.SHOWN, card.id, field=_known(card, field), version=card.version, person=vault.person
    )
    try:
        Lockouts(trail).check(card, None)
        with writing(trail.engine) as connection:
            opened = _open(connection, vault, trail, card)
            _check(connection, vault, opened, field)
            trail.append(connection, asked)
    except SecretError as error:
        trail.record(asked.refused(error.code))
        raise
    return opened.values[field]


def _known(card: SecretCard, field: str) -> str:
    return field if card.has(field) else ""


def _open(connection: Connection, vault: Vault, trail: Trail, card: SecretCard) -> Opened:
    records = Records(trail.vault_id, trail.ring)
    shelf = Shelf(connection, records, vault.project)
    return records.open(shelf.find(card.id))


def _check(connection: Connection, vault: Vault, opened: Opened, field: str) -> None:
    card = opened.card
    if card.visibility != MASKED:
        raise NotAllowed(
            f"{card.name} is restricted: its values are never shown again",
            hint="give it new values if they are lost: runner secrets rotate",
        )
    if opened.provider != LOCAL:
        raise SecretUnfit(
            f"the values of {card.name} are kept by {opened.provider}", hint="look at them there"
        )
    if field not in opened.values:
        raise SecretUnfit(
            f"{card.name} has no field {field!r:.60}", hint=f"it has {', '.join(card.fields)}"
        )
    if _shown(connection, vault) >= MOST_AN_HOUR:
        raise NotAllowed(
            f"{vault.actor} was shown {MOST_AN_HOUR} values within the last hour",
            hint="wait, and consider why so many must be looked at",
        )


def _shown(connection: Connection, vault: Vault) -> int:
    """Count by the person's id: the same person may go by several names."""
    since = timestamp(vault.clock() - _HOUR)
    mine = (
        audit.c.action == Act.SHOWN.value,
        audit.c.outcome == "allowed",
        audit.c.detail.contains(f'"person":"{vault.person}"', autoescape=True),
        audit.c.at > since,
    )
    return int(connection.execute(select(func.count()).where(*mine)).scalar_one())
