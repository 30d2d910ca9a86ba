"""A process that was started beside another one, and ends with it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import Final

from agent.errors import RunInterrupted

GRACE: Final = 30.0
"""Seconds a worker that is to end gives its runs."""
_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have this process asked to end (SIGTERM) when ``parent`` does, however that happens.

    Raises ``RunInterrupted`` where it has ended already. Outside Linux only that is looked at.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise RunInterrupted("the process this one was started beside has ended")
