"""Whether there is a desktop on which something can be shown."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """Tell whether a window could open here."""
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(named) or sys.platform in ("darwin", "win32")
