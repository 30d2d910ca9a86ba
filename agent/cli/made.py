"""What ``runner import`` and ``runner record`` tell of the task they have made, and write."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from agent.cli.speech import document, say, table, tell
from agent.cli.writing import write_new

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def show_made(
    made: Any,
    output: Path | None,
    *,
    as_json: bool,
    write: Callable[[Path, str], None] = write_new,
) -> None:
    """Write the task, or print it, and say which fields became slots and what was left out."""
    text = json.dumps(made.document, ensure_ascii=False, indent=2)
    if output is not None:
        write(output, text + "\n")
    rows = [(str(one.step), one.element, f"{one.slot}.{one.field}") for one in made.filled]
    if as_json:
        filled = [asdict(one) for one in made.filled]
        document({"task": made.document, "filled": filled, "left_out": made.left_out})
        return
    if output is None:
        tell(text)
    if rows:
        table(("step", "field", "is filled from"), rows, aside=True)
    say("\n".join([*(f"left out: {what}" for what in made.left_out), *_next(output)]))


def _next(output: Path | None) -> list[str]:
    return [f"wrote {output}; look at it, then: runner explain {output}"] if output else []
