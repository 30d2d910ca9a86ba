"""How one run is to be carried out, apart from what its task says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from agent.browser.options import Video

Tracing = Literal["on", "retain-on-failure", "off"]
Pictures = Literal["on", "only-on-failure", "off"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The choices of a person or script for one run.

    ``slow_mo`` is in milliseconds and ``timeout`` in seconds (``None``: as the settings say);
    ``output`` is the folder that receives the artifacts (``None``: the run's own in the data
    folder). ``extras`` names what is kept besides (see ``agent.artifacts.extras``); ``allow_code``
    lets the task bring code of its own; a ``fresh`` run goes on with no kept session. ``video`` is
    ``None`` for: as the settings say. ``wait_for_person`` is how many seconds a person at the
    server is waited for where only a person can go on; ``None``: only where the task says so.
    """

    headed: bool = False
    slow_mo: float = 0
    pause_on_failure: bool = False
    tracing: Tracing = "on"
    pictures: Pictures = "on"
    video: Video | None = None
    output: Path | None = None
    timeout: float | None = None
    extras: frozenset[str] = frozenset()
    allow_code: bool = False
    fresh: bool = False
    wait_for_person: float | None = None

    @classmethod
    def of(cls, text: str) -> RunOptions:
        """Read what ``options_text`` wrote; the usual ones where nothing was."""
        written = json.loads(text or "{}")
        known = {name: written[name] for name in _STORED if name in written}
        return cls(**known | {"extras": frozenset(known.get("extras", ()))})

    def wants_picture(self, *, failed: bool) -> bool:
        """Tell whether a step that has ended is to leave a picture."""
        return self.pictures == "on" or (self.pictures == "only-on-failure" and failed)


def keeps_video(video: Video, *, failed: bool) -> bool:
    """Tell whether the film of a run that has ended is kept."""
    return video == "on" or (failed and video != "off")


_STORED = (
    "slow_mo",
    "tracing",
    "pictures",
    "video",
    "timeout",
    "extras",
    "allow_code",
    "fresh",
    "wait_for_person",
)


def options_text(options: RunOptions) -> str:
    """Write what another process must know; windows, folders and people stay where they are."""
    stored = {name: getattr(options, name) for name in _STORED}
    return json.dumps(stored | {"extras": sorted(options.extras)})
