"""A key slot whose passphrase costs a guesser too little is made dearer when it opens the vault.

What a guess costs is raised from one version of the program to the next. A slot of an older one is
derived anew while the passphrase is known, and only ever upwards.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from agent.vault.audit import Act, Entry
from agent.vault.keyslots import Renewing
from agent.vault.opening import Anchored
from agent.vault.slots import open_with_key, params_text, rewrapped, slot_params
from agent.vault.tables import keyslot
from agent.vault.transactions import fetch, reading, writing

if TYPE_CHECKING:
    from agent.vault.store import Vault
    from agent.vault.unlock import Unlocked


def renew_slot(vault: Vault, opened: Unlocked) -> bool:
    """Make the slot that opened the vault as dear as a new one; tell whether it was cheaper.

    The renewed slot is opened again before it takes the old one's place.
    """
    unlocker = vault.opening.unlocker
    way = unlocker.unlocker if isinstance(unlocker, Anchored) else unlocker
    if not isinstance(way, Renewing):
        return False
    trail = vault.trail()
    with reading(trail.engine) as connection:
        [slot] = fetch(connection, select(keyslot).where(keyslot.c.id == opened.slot_id))
    made = way.renewed(opened.vault_id, slot_params(slot["params"]))
    if made is None:
        return False
    change = rewrapped(opened.vault_id, slot, made[1], opened.root, params_text(made[0]))
    again = open_with_key(opened.vault_id, {**slot, **change}, made[1])
    same = (keyslot.c.id == slot["id"]) & (keyslot.c.wrapped == slot["wrapped"])
    with writing(trail.engine) as connection:
        kept = hmac.compare_digest(again, opened.root) and bool(
            connection.execute(update(keyslot).where(same).values(**change)).rowcount
        )
        if kept:
            trail.append(connection, Entry(Act.REKEYED, slot["id"], reason="cost"))
    return kept
