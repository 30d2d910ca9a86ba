"""Recordings of other tools, read into steps: one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.tasks.importing.recording import Recording

# In the order in which a file is tried; each raises NotThisFormat for a file of another tool.
FORMATS: Table[Callable[[str], Recording]] = Table(
    "agent.tasks.importing",
    {"devtools": "devtools:read", "selenium": "selenium:read", "codegen": "codegen:read"},
)
