"""How a run's browser is started."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.browser.remote.endpoint import Remote

# The third is Playwright's own word for the second.
Video = Literal["on", "only-on-failure", "retain-on-failure", "off"]
_OURS = frozenset({"accept_downloads", "record_har_path", "record_video_dir", "service_workers"})


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """Browser options in Playwright's own words.

    ``timeout`` and ``slow_mo`` are milliseconds. ``sandbox=None`` means: on, except for root, where
    Chromium's sandbox cannot start and a notice says so. ``context`` holds further arguments of
    Playwright's ``Browser.new_context``; the few this runner decides for safety are refused with
    ``UsageError``. ``video`` says when a film is kept. ``arguments`` are further command line
    switches of Chromium. ``remote`` is a browser on another machine, and ``downloads`` whether the
    run needs files from it.
    """

    executable: Path | None = None
    headed: bool = False
    slow_mo: float = 0.0
    sandbox: bool | None = None
    viewport: tuple[int, int] = (1280, 720)
    timeout: float = 30_000.0
    record: bool = True
    video: Video = "off"
    arguments: tuple[str, ...] = ()
    remote: Remote | None = None
    downloads: bool = False
    context: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        taken = sorted(_OURS & set(self.context))
        if taken:
            raise UsageError(
                f"the browser option {taken[0]!r} is decided by the runner",
                hint="Pictures, videos and downloads of a run are made by the runner, masked.",
            )
