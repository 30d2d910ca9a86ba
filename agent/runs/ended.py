"""What may still be done with runs that have ended; part of ``agent.runs.store``."""

from __future__ import annotations

from sqlalchemy import delete, update

from agent.runs.reading import RunReading
from agent.runs.states import State
from agent.runs.tables import run_event, runs


class EndedRuns(RunReading):
    """The runs of one project that have ended."""

    def retell(self, run_id: str, old: str, new: str) -> bool:
        """Put another report in the place of an ended run's, where that still is the one read."""
        ended = runs.c.state.not_in((State.QUEUED.value, State.RUNNING.value))
        mine = update(runs).where(runs.c.id == run_id, runs.c.report == old, ended)
        with self._engine.begin() as connection:
            return connection.execute(mine.values(report=new)).rowcount == 1

    def remove(self, run_id: str) -> bool:
        """Forget an ended run, and what happened in it; False where it is not there, or goes on."""
        ended = runs.c.state.not_in((State.QUEUED.value, State.RUNNING.value))
        with self._engine.begin() as connection:
            gone = connection.execute(delete(runs).where(runs.c.id == run_id, self._ours, ended))
            if gone.rowcount == 1:
                connection.execute(delete(run_event).where(run_event.c.run_id == run_id))
            return gone.rowcount == 1
