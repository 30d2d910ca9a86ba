"""What a run is carried out with, in words: for its report."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.browser.options import BrowserOptions
    from agent.browser.session import Session


def surroundings(session: Session, options: BrowserOptions) -> dict[str, str]:
    """Name the browser, its version, its page's size, and the machine's kind."""
    browser = session.browser
    width, height = options.viewport
    own = {name: str(value) for name, value in options.context.items()}
    return {
        "browser": f"{browser.browser_type.name} {browser.version}",
        "window": "shown" if options.headed else "headless",
        "viewport": f"{width} × {height}",
        **session.about,
        **own,
        "playwright": version("playwright"),
        "slotrunner": version("slotrunner"),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }
