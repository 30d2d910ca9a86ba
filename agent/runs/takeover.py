"""What a run asks of a person, and how it stands while it waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from agent.vault.audit import Act, Entry

if TYPE_CHECKING:
    from agent.vault.passed import Sealed

FRAMES: Final = "takeover.frame"
ACTS: Final = "takeover.act"
"""What is passed between a run and a person, by the kind it is sealed as."""
_LOOKS: Final = 3.0
_HOLDS: Final = 40.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person is asked for: ``why`` is a word, ``message`` is clean, ``seconds`` a limit."""

    why: str
    message: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Takeover:
    """How a run that waits for a person stands. Times are unix seconds by the database's clock.

    ``held`` tells whether ``holder`` has the page now, ``watched`` whether somebody looks at it;
    ``waiting`` counts acts that were not done yet. ``unseen`` says why there is no picture.
    """

    run_id: str
    attempt: int
    why: str
    message: str
    since: float
    until: float
    holder: str
    holder_name: str
    held_until: float
    watched_until: float
    acts: int
    given_back: bool
    frame: int
    unseen: str
    now: float
    waiting: int = 0

    @property
    def held(self) -> bool:
        """Tell whether somebody has the page."""
        return bool(self.holder) and self.held_until > self.now

    @property
    def watched(self) -> bool:
        """Tell whether somebody looks at it."""
        return self.watched_until > self.now

    @property
    def over(self) -> bool:
        """Tell whether the time is up."""
        return self.until <= self.now

    def is_forgetting(self, person: str) -> bool:
        """Tell whether it should be told again that this person looks."""
        holds = self.is_with(person) and self.held_until - self.now < _HOLDS
        return holds or self.watched_until - self.now < _LOOKS

    def is_with(self, person: str) -> bool:
        """Tell whether this person has the page."""
        return self.held and self.holder == person


class SealedFrame(NamedTuple):
    """The newest picture of a page, and the size of the page in CSS pixels."""

    number: int
    width: int
    height: int
    sealed: Sealed


class SealedAct(NamedTuple):
    """One act of a person that is still to be done."""

    number: int
    sealed: Sealed


def given_back(stood: Takeover) -> Entry:
    """Make the row of a page that is a person's no more: who, and how many acts; never what."""
    reason = f"acts:{stood.acts}"
    return Entry(Act.GIVEN_BACK, stood.run_id, reason=reason, person=stood.holder)
