"""How a worker stands: whether it may begin a run now, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.runs.clocks import MOST
from agent.runs.waiting import Shift

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.runs.waiting import Waiting


def _nothing() -> str:
    return ""


def _silent(_words: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Standing:
    """What keeps a worker from taking runs, as long as it does; ``told`` hears of every change.

    ``hindered`` gives the reason in words, or nothing; it may look at disks.
    """

    hindered: Callable[[], str] = _nothing
    told: Callable[[str], None] = _silent
    _why: str = ""
    _off: bool = False

    def may_take(self) -> bool:
        """Tell whether a run may be begun here now."""
        why = self.hindered()
        if bool(why) != bool(self._why):
            self.told(f"taking no runs: {why}" if why else "taking runs again")
        self._why = why
        return not why

    def look_at_clock(self, waiting: Waiting) -> None:
        """Compare this machine's clock with the database's."""
        ahead = waiting.clock_off()
        off = abs(ahead) > MOST
        if off and not self._off:
            way = "ahead of" if ahead > 0 else "behind"
            self.told(
                f"this machine's clock is {abs(ahead):.0f} s {way} the database's: it makes no "
                "one-time codes until that is set right"
            )
        self._off = off

    def shift(self, *, draining: bool) -> Shift:
        """Say in a word what the worker does."""
        if draining:
            return Shift.DRAINING
        if self._why:
            return Shift.FULL
        return Shift.CLOCK_OFF if self._off else Shift.WORKING
