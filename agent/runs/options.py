"""How one run is to be carried out, apart from what its task says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Tracing = Literal["on", "retain-on-failure", "off"]
Pictures = Literal["on", "only-on-failure", "off"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The choices of a person or script for one run.

    ``slow_mo`` is in milliseconds and ``timeout`` in seconds (``None``: as the settings say);
    ``output`` is the folder that receives the artifacts (``None``: the run's own in the data
    folder). ``extras`` names what is kept besides (see ``agent.artifacts.extras``); ``allow_code``
    lets the task bring code of its own; a ``fresh`` run goes on with no kept session.
    """

    headed: bool = False
    slow_mo: float = 0
    pause_on_failure: bool = False
    tracing: Tracing = "on"
    pictures: Pictures = "on"
    output: Path | None = None
    timeout: float | None = None
    extras: frozenset[str] = frozenset()
    allow_code: bool = False
    fresh: bool = False

    def wants_picture(self, *, failed: bool) -> bool:
        """Tell whether a step that has ended is to leave a picture."""
        return self.pictures == "on" or (self.pictures == "only-on-failure" and failed)
