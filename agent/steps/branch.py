"""Steps that stand inside a step, as written: ``agent.planner`` makes steps of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

Branch = Annotated[
    tuple[dict[str, Any], ...],
    Field(min_length=1, max_length=1000, description="Steps, in order."),
]
