"""Stand-ins for `op`, `bws` and `bw`: real programs on PATH that answer as those do.

Each answers from `world.json` beside it, and writes down how it was called.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("answering.py")


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder of stand-ins; put it first on PATH."""

    folder: Path

    @classmethod
    def install(cls, folder: Path, *names: str) -> Programs:
        """Make the stand-ins in ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = folder / name
            # Isolated: a stand-in gets no PYTHONPATH and needs no site packages.
            path.write_text(f"#!{sys.executable} -ISE\n{SOURCE.read_text('utf-8')}", "utf-8")
            path.chmod(0o700)
        return cls(folder)

    def answer(self, **world: Any) -> None:
        """Say what the stand-ins know, or how they fail: see ``answering.py``."""
        (self.folder / "world.json").write_text(json.dumps(world), "utf-8")

    def calls(self) -> list[dict[str, Any]]:
        """Give every call's arguments and environment."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]
