"""The audit trail."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from agent.api.asking import Asked, door
from agent.api.shapes import Given, Listed, Taken
from agent.vault.policy import Action

router = APIRouter(prefix="/audit", tags=["audit"])


class Row(Given):
    """One row of the trail."""

    seq: int
    at: str
    actor: str
    action: str
    object: str
    outcome: str
    run_id: str
    origin: str
    detail: dict[str, Any]


class Verdict(Given):
    """Whether the trail stands; ``bad_row`` is the first row that does not."""

    rows: int
    bad_row: int | None
    stands: bool


class Wanted(Taken):
    """Which rows; ``before`` is the number of a row: those older than it."""

    before: int | None = Field(default=None, ge=1)
    limit: int = Field(default=100, ge=1, le=1000)
    object: str = Field(default="", max_length=80)
    action: str = Field(default="", max_length=40)
    actor: str = Field(default="", max_length=80)


@router.get("", **door(Action.AUDIT))
def rows(asked: Asked, wanted: Annotated[Wanted, Query()]) -> Listed[Row]:
    """Read the project's part of the trail, the newest rows first.

    ``next`` is what to give as ``before`` for those that follow.
    """
    same = wanted.model_dump(include={"object", "action", "actor"})
    found = [
        row
        for row in reversed(asked.runner.keys.audit_rows())
        if (wanted.before is None or row["seq"] < wanted.before)
        and all(row[name] == value for name, value in same.items() if value)
    ]
    items = [Row(**{**row, "detail": json.loads(row["detail"])}) for row in found[: wanted.limit]]
    return Listed(items=items, next=str(items[-1].seq) if len(found) > wanted.limit else None)


@router.get("/verify", **door(Action.AUDIT))
def verify(asked: Asked) -> Verdict:
    """Check that no row was changed or taken out."""
    found = asked.runner.keys.verify_audit()
    return Verdict(rows=found.rows, bad_row=found.bad_row, stands=found.bad_row is None)
