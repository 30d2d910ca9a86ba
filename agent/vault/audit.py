"""Who used which secret when: rows chained by a MAC, written before a value is released.

Each row's MAC covers the row, its number and the MAC before it, so a row that is altered, taken
out or swapped with another is found. Only fields of a closed list go in, each of a closed form:
there is no place a value could be put.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select

from agent.errors import SecretError, VaultRolledBack
from agent.vault.epoch import RESTORE_HINT, Epochs
from agent.vault.pae import context
from agent.vault.policy import DEFAULT_PROJECT
from agent.vault.tables import audit
from agent.vault.transactions import afterwards, fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection, Engine, RowMapping

    from agent.vault.anchor import Anchor
    from agent.vault.origin import Origin
    from agent.vault.ring import Ring

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}|")
_NOT_IN_STEPS: Final = re.compile(r"[^A-Za-z0-9_ .,:#/\[\]-]")
_STEP_LENGTH: Final = 80
_START: Final = b""


class Act(StrEnum):
    """What was done with a secret."""

    CREATED = "created"
    OPENED = "opened"
    ADDED = "added"
    ROTATED = "rotated"
    NARROWED = "narrowed"
    DELETED = "deleted"
    REVEALED = "revealed"
    CODE = "code"
    CODE_PUSHED = "code_pushed"
    SHOWN = "shown"
    WIDENED = "widened"
    DEPLOYED = "deployed"
    RETIRED = "retired"
    REJECTED = "rejected"
    UNFROZEN = "unfrozen"
    COMPROMISED = "compromised"
    PEOPLE = "people"
    KEY_ADDED = "key_added"
    KEY_REMOVED = "key_removed"
    REKEYED = "rekeyed"
    PURGED = "purged"
    EXPORTED = "exported"
    IMPORTED = "imported"
    RESTORED = "restored"
    ACCEPTED = "accepted"
    BACKED_UP = "backed_up"
    SESSION_KEPT = "session_kept"
    SESSION_USED = "session_used"
    SESSION_DROPPED = "session_dropped"
    SIGNED_IN = "signed_in"
    STEPPED_UP = "stepped_up"
    INVITED = "invited"
    PASSWORD = "password"  # noqa: S105 - that one was chosen, not which
    TAKEN_OVER = "taken_over"
    GIVEN_BACK = "given_back"
    TOKEN_ADDED = "token_added"  # noqa: S105 - as above
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - as above


USES: Final = frozenset({Act.REVEALED, Act.CODE, Act.SHOWN, Act.SESSION_USED})
"""The acts by which a value leaves the vault."""
_WHOLE_VAULT: Final = frozenset(
    {
        Act.CREATED,
        Act.KEY_ADDED,
        Act.KEY_REMOVED,
        Act.REKEYED,
        Act.RESTORED,
        Act.ACCEPTED,
        Act.BACKED_UP,
    }
)


class Outcome(StrEnum):
    """How it went."""

    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row before it is written: ``target`` is an id; ``origin`` is where the value goes.

    ``slot``, ``field``, ``step``, ``version`` and ``reason`` are the only details there are, beside
    ``person``: the id of who is at the terminal, which a name may not be.
    """

    act: Act
    target: str
    outcome: Outcome = Outcome.ALLOWED
    origin: Origin | None = None
    slot: str = ""
    field: str = ""
    step: str = ""
    version: int = 0
    reason: str = ""
    person: str = ""

    @classmethod
    def opening(cls, slot: str, target: str, version: int = 0) -> Entry:
        """Make the row of a secret opened for a run."""
        return cls(Act.OPENED, target, slot=slot, version=version)

    def refused(self, reason: str, origin: Origin | None = None) -> Entry:
        """Make the row of the same request refused, at ``origin`` where one is to blame."""
        return replace(self, outcome=Outcome.REFUSED, reason=reason, origin=origin or self.origin)

    def detail(self, project: str = "") -> str:
        """Write the details as canonical JSON, empty ones and the first project left out."""
        details: dict[str, str | int] = {
            "slot": _identifier(self.slot),
            "field": _identifier(self.field),
            "step": _NOT_IN_STEPS.sub("?", self.step)[:_STEP_LENGTH],
            "version": int(self.version),
            "reason": _identifier(self.reason),
            "person": _identifier(self.person),
            "project": _identifier("" if project == DEFAULT_PROJECT else project),
        }
        filled = {name: value for name, value in details.items() if value}
        return json.dumps(filled, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``Trail.verify`` found: how many rows stand, and the first that does not."""

    rows: int
    bad_row: int | None


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit rows of one vault; ``run_id`` is empty outside a run.

    Each row moves the vault's epoch on, and with it (where there is one) its anchor.
    """

    engine: Engine
    ring: Ring
    vault_id: str
    actor: str
    clock: Callable[[], float]
    run_id: str = ""
    anchor: Anchor | None = None
    project: str = DEFAULT_PROJECT

    def record(self, entry: Entry) -> None:
        """Write one row and commit it. Raises ``SecretError`` when it cannot be kept."""
        with writing(self.engine) as connection:
            self.append(connection, entry)

    def append(self, connection: Connection, entry: Entry) -> None:
        """Write one row in a transaction of ``transactions.writing``, after what it tells of.

        Raises ``VaultRolledBack`` where rows before it were taken out.
        """
        seq, before = self._end(connection)
        row: dict[str, object] = {
            "seq": seq + 1,
            "at": timestamp(self.clock()),
            "actor": _identifier(self.actor),
            "action": entry.act.value,
            "object": _identifier(entry.target),
            "outcome": entry.outcome.value,
            "run_id": _identifier(self.run_id),
            "origin": str(entry.origin or ""),
            "detail": entry.detail(self.project),
        }
        mac = self._mac(row, before)
        connection.execute(insert(audit).values({**row, "mac": mac}))
        mark = self._epochs().audited(connection, seq + 1, mac)
        if self.anchor is not None:
            afterwards(connection, partial(self.anchor.keep, self.vault_id, mark))

    def verify(self) -> Verdict:
        """Check every row; ``bad_row`` is the number of the first missing or changed one."""
        before = _START
        with reading(self.engine) as connection:
            rows = fetch(connection, select(audit).order_by(audit.c.seq))
            end = self._epochs().last_audit(connection)
        for number, row in enumerate(rows, start=1):
            if not self._stands(row, before):
                return Verdict(len(rows), number)
            before = row["mac"]
        whole = end == (len(rows), before)
        return Verdict(len(rows), None if whole else min(len(rows), end[0]) + 1)

    def rows(self) -> list[RowMapping]:
        """Read all rows, oldest first."""
        with reading(self.engine) as connection:
            return list(fetch(connection, select(audit).order_by(audit.c.seq)))

    def rows_of_project(self) -> list[RowMapping]:
        """Read the rows of this trail's project and those about the vault as a whole."""
        return [row for row in self.rows() if _project_of(row) in ("", self.project)]

    def last_uses(self, ids: Collection[str]) -> dict[str, str]:
        """Tell when each of these secrets was last used by a run or seen by a person."""
        used = [act.value for act in USES]
        last = select(func.max(audit.c.at)).where(audit.c.action.in_(used))
        with reading(self.engine) as connection:
            found = {
                one: connection.execute(last.where(audit.c.object == one)).scalar_one()
                for one in ids
            }
        return {one: str(at) for one, at in found.items() if at is not None}

    def _end(self, connection: Connection) -> tuple[int, bytes]:
        """Give number and MAC of the last row, which must be the one the vault wrote last."""
        end = self._epochs().last_audit(connection)
        newest = select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
        found = [(row["seq"], row["mac"]) for row in fetch(connection, newest)]
        if (found or [(0, _START)]) != [end]:
            raise VaultRolledBack("the end of the audit trail was changed", hint=RESTORE_HINT)
        return end

    def _epochs(self) -> Epochs:
        return Epochs(self.vault_id, self.ring)

    def _stands(self, row: RowMapping, before: bytes) -> bool:
        kept = row["mac"]
        return isinstance(kept, bytes) and hmac.compare_digest(kept, self._mac(row, before))

    def _mac(self, row: RowMapping | dict[str, object], before: bytes) -> bytes:
        fields = [str(row[column.name]) for column in audit.columns if column.name != "mac"]
        return self.ring.authenticate(context("audit.v1", self.vault_id, before, *fields))


def timestamp(seconds: float) -> str:
    """Write a Unix time as UTC text with milliseconds, as every table of the vault has it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _project_of(row: RowMapping) -> str:
    if row["action"] in _WHOLE_VAULT:
        return ""
    return str(json.loads(row["detail"]).get("project", DEFAULT_PROJECT))


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise SecretError(
            "an audit row was about to hold something that is not an identifier",
            hint="this is a fault of the program: nothing was released",
        )
    return text
