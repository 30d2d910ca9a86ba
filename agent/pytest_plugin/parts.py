"""The parts of the program that the plugin uses, each imported when first needed."""

from __future__ import annotations

from typing import Any

from agent.registry import Table

PARTS: Table[Any] = Table(
    "agent",
    {
        "harden": "browser.environment:harden_process",
        "settings": "settings:Settings",
        "build": "wiring:build",
        "private_folders": "browser.folder:PrivateFolder",
        "harvest": "artifacts.harvest:Harvest",
        "options": "runs.options:RunOptions",
        "scrub": "artifacts.scrubbing:scrub_named",
    },
)
