"""What can be done next: small values, so that deciding is apart from doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from agent.login.observation import Button, Field, Way
    from agent.login.outcome import Outcome


@dataclass(frozen=True, slots=True)
class FillUsername:
    """Type the account's name."""

    field: Field


@dataclass(frozen=True, slots=True)
class FillPassword:
    """Type the password."""

    field: Field


@dataclass(frozen=True, slots=True)
class FillCode:
    """Answer a second factor by a method of ``agent.login.mfa``, in one field or in boxes."""

    field: Field
    method: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Tick the box that spares this browser a code next time, where the task asks for that."""

    field: Field


@dataclass(frozen=True, slots=True)
class Submit:
    """Press the button, or Enter in the field where there is none."""

    button: Button | None
    field: Field


@dataclass(frozen=True, slots=True)
class Take:
    """Press a control that leads on: to a provider, to another factor, past what asks consent."""

    way: Way


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Press away what lies over the page or stands between it and the run."""

    way: Way


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Answer the browser's own login (HTTP Basic or Digest) for the address that asks."""

    challenge: str


@dataclass(frozen=True, slots=True)
class Revisit:
    """Open the address of the form once more, beside, and see whether it still asks to sign in."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again when something has changed."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The sign-in has ended; ``said`` is the site's own text, ``detail`` what was observed.

    ``hint`` is what to do next where it is known better than from the outcome alone.
    """

    outcome: Outcome
    said: str = ""
    detail: str = ""
    hint: str = ""


Fill: TypeAlias = FillUsername | FillPassword | FillCode
Press: TypeAlias = Submit | Take | Dismiss | Authenticate
Move: TypeAlias = Fill | Tick | Press
Action: TypeAlias = Move | Revisit | Wait | Finish
