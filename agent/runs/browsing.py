"""The browser of one run: the settings', and what the run's options and its task say of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.artifacts.extras import RECORDED

if TYPE_CHECKING:
    from agent.browser.options import BrowserOptions
    from agent.planner import Plan
    from agent.runs.options import RunOptions


def browser_for(browser: BrowserOptions, options: RunOptions, plan: Plan) -> BrowserOptions:
    """Say how a run's browser is opened; a task may allow weaker promises."""
    fetches = any(step.type == "download" for step in plan.every())
    return replace(
        browser,
        headed=options.headed or browser.headed,
        slow_mo=options.slow_mo or browser.slow_mo,
        video=options.video or browser.video,
        record=options.tracing != "off" or bool(options.extras & RECORDED),
        remote=browser.remote and browser.remote.allowing(plan.allows_weaker()),
        downloads=fetches or "download" in options.extras,
    )
