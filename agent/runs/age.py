"""Ages as people write them: ``30d``, ``12h``."""

from __future__ import annotations

import re
from typing import Final

from agent.errors import UsageError

AGE: Final = r"^[1-9]\d{0,5}[smhdw]$"
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds_of(age: str) -> float:
    """Read an age. Raises ``UsageError``."""
    if not re.fullmatch(AGE, age):
        raise UsageError(
            "that is no age", hint="a number and one of s, m, h, d, w: 30d is thirty days"
        )
    return float(int(age[:-1]) * _SECONDS[age[-1]])
