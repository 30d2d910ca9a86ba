"""One-time codes that come from outside: pushed to a run, or waited for at a mailbox in turn.

A pushed code is sealed until the run takes it, is taken once, and is useless after its time. The
clock is the trail's: that of the machines that share the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from agent.errors import UsageError, VaultDamaged, WrongKey
from agent.vault.audit import Act, Entry
from agent.vault.pae import context
from agent.vault.seal import seal, unseal
from agent.vault.tables import code_turn, pushed_code
from agent.vault.transactions import fetch, truncate_log, writing

if TYPE_CHECKING:
    from agent.vault.audit import Trail

KEPT_FOR: Final = 600.0
"""Seconds a pushed code waits for its run."""
_CODE: Final = re.compile(r"[A-Za-z0-9]{3,16}")
_BETWEEN: Final = re.compile(r"[\s-]+")


def as_code(written: str) -> str:
    """Return a code as it is typed, without the blanks and dashes it is read with.

    Raises ``UsageError``, which does not quote it, for what cannot be a one-time code.
    """
    code = _BETWEEN.sub("", written)
    if not _CODE.fullmatch(code):
        raise UsageError(
            "that is no one-time code", hint="a code is 3 to 16 letters and digits, and no more"
        )
    return code


@dataclass(frozen=True, slots=True)
class OutsideCodes:
    """The codes on their way to the runs of one vault."""

    trail: Trail = field(repr=False)

    def push(self, run_id: str, code: str) -> None:
        """Keep a code for a run, in place of one it has not taken; audited. ``UsageError``."""
        ring, now = self.trail.ring, self.trail.clock()
        sealed = seal(ring.key(ring.active_term), as_code(code).encode(), self._place(run_id))
        row = {
            "run_id": run_id,
            "term": ring.active_term,
            "sealed": sealed,
            "expires_at": now + KEPT_FOR,
        }
        with writing(self.trail.engine) as connection:
            gone = (pushed_code.c.run_id == run_id) | (pushed_code.c.expires_at < now)
            connection.execute(delete(pushed_code).where(gone))
            connection.execute(insert(pushed_code).values(**row))
            self.trail.append(connection, Entry(Act.CODE_PUSHED, run_id))

    def take(self, run_id: str) -> str | None:
        """Give the code that was pushed for a run, and forget it; None where there is none."""
        wanted = select(pushed_code).where(pushed_code.c.run_id == run_id)
        with self.trail.engine.connect() as connection:
            if not fetch(connection, wanted):
                return None
        with writing(self.trail.engine) as connection:
            rows = fetch(connection, wanted)
            connection.execute(delete(pushed_code).where(pushed_code.c.run_id == run_id))
        truncate_log(self.trail.engine)
        if not rows or rows[0]["expires_at"] < self.trail.clock():
            return None
        try:
            key = self.trail.ring.key(rows[0]["term"])
            return unseal(key, rows[0]["sealed"], self._place(run_id)).decode()
        except (WrongKey, VaultDamaged):
            return None  # changed, or of a key that a rotation has dropped: a new one can be pushed

    def take_turn(self, run_id: str, mailbox: str, until: float) -> bool:
        """Let a run be the one that waits at ``mailbox``; False while another one does.

        ``mailbox`` names server, user and sender. The turn ends at ``until`` (Unix seconds) in any
        case, so that a run that was killed keeps nobody waiting.
        """
        name = self.trail.ring.seed_fingerprint(context("mail.v1", mailbox))
        now = self.trail.clock()
        with writing(self.trail.engine) as connection:
            over = (code_turn.c.until < now) | (code_turn.c.run_id == run_id)
            mine = code_turn.c.mailbox == name
            connection.execute(delete(code_turn).where(mine & over))
            if fetch(connection, select(code_turn).where(mine)):
                return False
            row = {"mailbox": name, "run_id": run_id, "until": until}
            connection.execute(insert(code_turn).values(**row))
        return True

    def end_turn(self, run_id: str) -> None:
        """Let the next run have its turn."""
        with writing(self.trail.engine) as connection:
            connection.execute(delete(code_turn).where(code_turn.c.run_id == run_id))

    def _place(self, run_id: str) -> bytes:
        return context("code.v1", self.trail.vault_id, run_id)
