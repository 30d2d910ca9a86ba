"""Limits of sites: how many runs at a time act there, and how many begin in a minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.errors import UsageError
from agent.vault.origin import Origin
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.runner.house import House
    from agent.runs.limit_store import Limit, Limits, LimitStore

MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Limiting:
    """Use cases of limits. They count for the runs of the project, wherever these are carried out.

    Raises ``UsageError`` for an address that is none.
    """

    house: House

    def list(self) -> Limits:
        """Give the limits by site, and how many runs act there."""
        self.house.permit(Action.SEE_RUNS)
        return self._store.list()

    def put(self, limit: Limit) -> Limit:
        """Set the limit of a site, or another one in its place; gives it as it is kept."""
        self.house.permit(Action.LIMITS)
        if limit.concurrency is None and limit.per_minute is None:
            raise UsageError("a limit says how many runs at a time, or how many begin in a minute")
        rate, most = limit.per_minute, limit.concurrency
        counts = (1 if most is None else most, limit.burst, 1 if rate is None else max(rate, 1))
        if not all(1 <= count <= MOST for count in counts) or (rate is not None and rate <= 0):
            raise UsageError(f"a limit is more than nothing, and at most {MOST}")
        return self._store.put(replace(limit, site=_site(limit.site)))

    def remove(self, site: str) -> None:
        """Take the limit of a site away. Raises ``NotFound``."""
        self.house.permit(Action.LIMITS)
        self._store.remove(_site(site))

    @property
    def _store(self) -> LimitStore:
        return self.house.store.limits


def _site(address: str) -> str:
    return str(Origin.of_server(address))
