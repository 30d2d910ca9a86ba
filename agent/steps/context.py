"""What a step is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from agent.errors import StepFailed
from agent.tasks.paths import Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from agent.browser.folder import PrivateFolder
    from agent.browser.session import Session
    from agent.login.second_factor import Desk
    from agent.vault.open import RunSecrets


def _not_counted(_seconds: float) -> None:
    """Count nothing."""


def _silent(*_words: str) -> None:
    """Tell nobody."""


def _not_kept(_kind: str, _path: Path, _name: str) -> None:
    """Leave the file where it is, for a step that is run without a run around it."""


async def _nothing_inside(_body: str, _turn: Turn) -> None:
    raise StepFailed("this step holds other steps, and is run alone")


async def nobody_waits() -> None:
    """Go on: no other run waits for this one to be signed in."""


class Help(StrEnum):
    """What came of asking a person: the page was given back, went on by itself, or neither."""

    GIVEN_BACK = "given_back"
    WENT_ON = "went_on"
    LATE = "late"
    NOBODY = "nobody"

    @property
    def came(self) -> bool:
        """Tell whether something has changed since the person was asked."""
        return self in (Help.GIVEN_BACK, Help.WENT_ON)


async def _no() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Plea:
    """What a person is asked for: ``why`` in a word, and ``message``, free of secrets.

    They are waited for ``seconds``; None for as long as the run's options say. Where nobody has the
    page, ``went_on`` is asked now and then whether they are still needed. ``pictures`` says that
    the page's own pictures may be what they have to see.
    """

    why: str
    message: str
    seconds: float | None = None
    went_on: Callable[[], Awaitable[bool]] = _no
    pictures: bool = False


async def nobody_there(_plea: Plea) -> Help:
    """Have nobody to ask."""
    return Help.NOBODY


@dataclass(frozen=True, slots=True)
class Turn:
    """One time through the steps inside a step.

    ``number`` counts from 1, and is 0 where there is but one turn; ``names`` is what the steps
    inside may name beside the rest. ``inputs`` and ``results`` are another task's own, for one that
    is included.
    """

    number: int = 0
    names: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] | None = None
    results: dict[str, Any] | None = None


class Logins(Protocol):
    """The kept sessions of the run, for the steps that sign in and out."""

    async def resumed(
        self,
        browser: Session,
        slot: str,
        start: str,
        holds: Callable[[], Awaitable[bool]],
        *,
        wipes: bool,
    ) -> bool | None:
        """Go on with the session kept for where a sign-in starts; None where there is none."""

    async def signed_in(self, browser: Session, slot: str, start: str) -> None:
        """Keep the session of a sign-in."""

    async def signed_out(self) -> None:
        """Drop what was kept of this run's sessions."""


@dataclass(slots=True)
class StepContext:
    """Everything a step may touch.

    ``after_move`` is called with a few words after each visible move inside a step, and
    ``take_picture`` with the name of a picture to take; ``timeout`` is in seconds and counts for
    steps that set none. ``desk`` gives one-time codes from outside; a run without one has none.
    ``notice`` is told a line that a person should see while a step goes on, ``tell`` what was seen
    and what was done on it, for the step's part of the report. ``allow_code`` is true
    where the task may bring code of its own. ``keep_file`` takes a file of the private folder to be
    kept with the run: the kind of artifact, where it is, what it is called. ``downloads`` are names
    and places by ``save_as``; ``task_folder`` is where files beside the task are, if it was a file.
    ``inputs``, ``results`` and ``names`` are the values a step can name. ``carry_out`` does the
    steps inside a step, those under one of its keys; ``hand_over`` asks a person to take the
    browser over, and tells what came of it, ``wait_for_person`` is how many seconds the run has
    for one where a step says nothing. A step that tries a password out and then goes on calls
    ``accepted`` between the two. ``waited`` hears how many seconds a step waited for a one-time
    code. ``logins`` are the kept sessions; a step run without a run around it has none.
    """

    session: Session
    after_move: Callable[[str], Awaitable[None]]
    take_picture: Callable[[str], Awaitable[None]]
    timeout: float = 30.0
    desk: Desk | None = None
    notice: Callable[[str], None] = _silent
    tell: Callable[[str, str], None] = _silent
    waited: Callable[[float], None] = _not_counted
    results: dict[str, Any] = field(default_factory=dict)
    allow_code: bool = False
    keep_file: Callable[[str, Path, str], None] = _not_kept
    downloads: dict[str, tuple[str, Path]] = field(default_factory=dict)
    task_folder: Path | None = None
    names: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    carry_out: Callable[[str, Turn], Awaitable[None]] = _nothing_inside
    hand_over: Callable[[Plea], Awaitable[Help]] = nobody_there
    wait_for_person: float | None = None
    accepted: Callable[[], Awaitable[None]] = nobody_waits
    logins: Logins | None = None

    @property
    def scope(self) -> Scope:
        """The values that the step can name."""
        return Scope(self.inputs, self.results, self.names)

    @property
    def secrets(self) -> RunSecrets:
        """The run's bound secrets."""
        return self.session.secrets

    @property
    def folder(self) -> PrivateFolder:
        """The run's private folder."""
        return self.session.folder


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended; ``value`` is what ``save_as`` keeps, in JSON values."""

    outcome: str = "passed"
    value: Any = None
