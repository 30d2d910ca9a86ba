"""Where a run that waits for a person and the person meet: three tables of the one database.

The worker's calls are fenced by its claim like everything it writes; a person's are let through by
the row itself: who holds the page, and until when. All times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, or_, select, update

from agent.runs.events import note
from agent.runs.rows import held_by
from agent.runs.tables import database_now, runs, takeover, takeover_act, takeover_frame
from agent.runs.takeover import SealedAct, SealedFrame, Takeover
from agent.vault.passed import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import Connection, Engine, Update

    from agent.runs.claim import Claim
    from agent.runs.takeover import Wanted

NEEDS_PERSON: Final = "needs_person"
TAKEN_OVER: Final = "taken_over"
WENT_ON: Final = "went_on"
OF_A_PERSON: Final = frozenset({NEEDS_PERSON, TAKEN_OVER, WENT_ON})
"""The events that say whether a person is needed, and who has the page."""
HELD_FOR: Final = 45.0
"""Seconds a page stays with a person who gives no sign of life."""
WATCHED_FOR: Final = 5.0
MOST_WAITING: Final = 200
"""Acts that may wait for the worker at once."""


@dataclass(frozen=True, slots=True)
class Takeovers:
    """The runs that wait for a person; calls block."""

    engine: Engine = field(repr=False)

    # --- the worker's side ---

    def open(self, claim: Claim, wanted: Wanted) -> bool:
        """Let a run wait for a person; False, and nothing written, when the claim is stale."""
        with self.engine.begin() as connection:
            if not _is_held(connection, claim):
                return False
            forget(connection, [claim.run_id])
            row = {
                "run_id": claim.run_id,
                "attempt": claim.attempt,
                "why": wanted.why,
                "message": wanted.message,
            }
            times = {"since": database_now(), "until": database_now() + wanted.seconds}
            connection.execute(insert(takeover).values(**row, **times))
            told = {"why": wanted.why, "text": wanted.message, "seconds": wanted.seconds}
            note(connection, claim.run_id, (NEEDS_PERSON, told))
            return True

    def acts(self, claim: Claim) -> Sequence[SealedAct]:
        """Give what is to be done in the page, in order, and forget it; none for a stale claim."""
        mine = takeover_act.c.run_id == claim.run_id
        with self.engine.begin() as connection:
            if not _is_held(connection, claim):
                return []
            # One statement: between two, an act that comes meanwhile would be forgotten undone.
            rows = connection.execute(
                delete(takeover_act).where(mine).returning(takeover_act)
            ).all()
        acts = [SealedAct(row.number, Sealed(row.term, row.sealed)) for row in rows]
        return sorted(acts, key=lambda act: act.number)

    def show(self, claim: Claim, frame: SealedFrame | None, unseen: str = "") -> bool:
        """Put a picture in the place of the one before, or say why there is none."""
        mine = takeover.c.run_id == claim.run_id
        with self.engine.begin() as connection:
            if not _is_held(connection, claim):
                return False
            told: dict[str, Any] = {"unseen": unseen}
            connection.execute(
                delete(takeover_frame).where(takeover_frame.c.run_id == claim.run_id)
            )
            if frame is not None:
                told["frame"] = frame.number
                connection.execute(insert(takeover_frame).values(**_row(claim, frame)))
            connection.execute(update(takeover).where(mine).values(**told))
            return True

    def close(self, claim: Claim, how: str) -> Takeover | None:
        """Let a run wait no more, and forget all that was passed; gives how it stood."""
        with self.engine.begin() as connection:
            if not _is_held(connection, claim):
                return None
            stood = _one(connection, claim.run_id)
            forget(connection, [claim.run_id])
            if stood is not None:
                note(connection, claim.run_id, (WENT_ON, {"how": how, "acts": stood.acts}))
            return stood

    # --- a person's side ---

    def look(self, run_id: str) -> Takeover | None:
        """Tell how a run stands; None for one that waits for nobody."""
        with self.engine.connect() as connection:
            return _one(connection, run_id)

    def watch(self, run_id: str, person: str) -> None:
        """Note that somebody looks; who has the page keeps it with that."""
        now = database_now()
        mine = update(takeover).where(takeover.c.run_id == run_id)
        holds = mine.where(takeover.c.holder == person, takeover.c.held_until > now)
        with self.engine.begin() as connection:
            connection.execute(mine.values(watched_until=now + WATCHED_FOR))
            connection.execute(holds.values(held_until=now + HELD_FOR))

    def take(self, run_id: str, person: str, name: str) -> bool:
        """Give the page to a person; False where another has it, or the run waits for nobody."""
        now = database_now()
        free = or_(
            takeover.c.holder == "", takeover.c.holder == person, takeover.c.held_until <= now
        )
        mine = update(takeover).where(
            takeover.c.run_id == run_id, takeover.c.given_back.is_(False), free
        )
        taken = {"holder": person, "holder_name": name, "held_until": now + HELD_FOR}
        with self.engine.begin() as connection:
            _touch(connection, run_id)
            if connection.execute(mine.values(**taken)).rowcount != 1:
                return False
            note(connection, run_id, (TAKEN_OVER, {"who": name}))
            return True

    def give_back(self, run_id: str, person: str) -> Takeover | None:
        """Ask the run to go on; None where this person does not have the page."""
        mine = _held_by(run_id, person).values(given_back=True, held_until=0)
        with self.engine.begin() as connection:
            if connection.execute(mine).rowcount != 1:
                return None
            return _one(connection, run_id)

    def send(
        self, run_id: str, person: str, count: int, sealed: Callable[[int], Sealed]
    ) -> int | None:
        """Pass so many acts on, each sealed for its number; gives how many wait now.

        None where this person does not have the page, and nothing is passed on; nor is it where too
        many wait (``MOST_WAITING``).
        """
        mine = _held_by(run_id, person).values(
            acts=takeover.c.acts + count,
            held_until=database_now() + HELD_FOR,
            watched_until=database_now() + WATCHED_FOR,
        )
        with self.engine.begin() as connection:
            last = connection.execute(mine.returning(takeover.c.acts)).scalar_one_or_none()
            if last is None:
                return None
            waiting = count + _waiting(connection, run_id)
            if waiting > MOST_WAITING:
                connection.rollback()
                return waiting
            rows = [
                {"run_id": run_id, "number": number, "term": one.term, "sealed": one.blob}
                for number in range(last - count + 1, last + 1)
                for one in [sealed(number)]
            ]
            connection.execute(insert(takeover_act), rows)
            return waiting

    def frame(self, run_id: str) -> SealedFrame | None:
        """Give the newest picture, sealed."""
        chosen = select(takeover_frame).where(takeover_frame.c.run_id == run_id)
        with self.engine.connect() as connection:
            row = connection.execute(chosen).first()
        if row is None:
            return None
        return SealedFrame(row.number, row.width, row.height, Sealed(row.term, row.sealed))


def forget(connection: Connection, run_ids: Collection[str]) -> None:
    """Forget all that was passed about runs that wait for nobody any more."""
    # First the row that who passes something on must change: they are waited for, and none follows.
    for table in (takeover, takeover_act, takeover_frame):
        connection.execute(delete(table).where(table.c.run_id.in_(run_ids)))


def _is_held(connection: Connection, claim: Claim) -> bool:
    """Tell whether a claim holds, and lock its row until the transaction ends."""
    mine = update(runs).where(*held_by(claim))
    return connection.execute(mine.values(attempt=runs.c.attempt)).rowcount == 1


def _touch(connection: Connection, run_id: str) -> None:
    """Lock a run's row, as who writes one of its events must."""
    connection.execute(update(runs).where(runs.c.id == run_id).values(attempt=runs.c.attempt))


def _held_by(run_id: str, person: str) -> Update:
    return update(takeover).where(
        takeover.c.run_id == run_id,
        takeover.c.holder == person,
        takeover.c.held_until > database_now(),
        takeover.c.given_back.is_(False),
    )


def _one(connection: Connection, run_id: str) -> Takeover | None:
    waiting = select(func.count()).select_from(takeover_act)
    counted = waiting.where(takeover_act.c.run_id == run_id).scalar_subquery()
    chosen = select(takeover, database_now().label("now"), counted.label("waiting"))
    row = connection.execute(chosen.where(takeover.c.run_id == run_id)).mappings().first()
    return None if row is None else Takeover(**row)


def _waiting(connection: Connection, run_id: str) -> int:
    counted = select(func.count()).select_from(takeover_act)
    return connection.execute(counted.where(takeover_act.c.run_id == run_id)).scalar_one()


def _row(claim: Claim, frame: SealedFrame) -> dict[str, Any]:
    return {
        "run_id": claim.run_id,
        "number": frame.number,
        "width": frame.width,
        "height": frame.height,
        "term": frame.sealed.term,
        "sealed": frame.sealed.blob,
    }
