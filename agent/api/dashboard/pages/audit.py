"""The audit trail: read, checked and taken away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.rendering import Said
from agent.vault.audit import Act
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

router = APIRouter(prefix="/audit")

_NEWEST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is shown; ``name`` is what a secret is called where there still is one."""

    seq: int
    at: str
    actor: str
    action: str
    name: str
    origin: str
    run_id: str
    outcome: str


@router.get("", **door(Action.AUDIT))
def audit(
    request: Request,
    asked: Asked,
    person: Annotated[str, Query(max_length=80)] = "",
    act: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show the newest rows of the project."""
    return _page(request, asked, person, act)


@router.post("/verify", **door(Action.AUDIT))
def verify(request: Request, asked: Asked) -> Response:
    """Check that no row was changed or taken out."""
    found = asked.runner.keys.verify_audit()
    if found.bad_row is None:
        return see("/audit", "verified")
    said = Said(f"The audit trail was changed at row {found.bad_row}.", tone="bad")
    return _page(request, asked, "", "", said)


@router.get("/export", **door(Action.AUDIT))
def export(asked: Asked) -> Response:
    """Give the whole trail, one JSON object a line."""
    rows = asked.runner.keys.audit_rows()
    text = "".join(json.dumps(_document(row), ensure_ascii=False) + "\n" for row in rows)
    named = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return Response(text, media_type="application/jsonl", headers=named)


def _page(
    request: Request, asked: Asking, person: str, act: str, said: Said | None = None
) -> Response:
    given: dict[str, Any] = {"said": said} if said else {}
    names = {card.id: card.name for card in asked.runner.secrets()}
    found = [
        row
        for row in reversed(asked.runner.keys.audit_rows())
        if person in ("", row["actor"]) and act in ("", row["action"])
    ]
    rows = [_row(row, names) for row in found[:_NEWEST]]
    acts = [one.value for one in Act]
    return page(
        request, "audit.html", asked, rows=rows, acts=acts, act=act, person_wanted=person, **given
    )


def _row(row: Mapping[Any, Any], names: Mapping[str, str]) -> Row:
    called = names.get(row["object"], row["object"])
    told = [str(row[name]) for name in ("origin", "run_id", "outcome")]
    return Row(row["seq"], row["at"], row["actor"], row["action"], called, *told)


def _document(row: Mapping[Any, Any]) -> dict[str, Any]:
    shown = {str(name): row[name] for name in row if name not in ("mac", "detail")}
    return shown | {"detail": json.loads(row["detail"]), "mac": row["mac"].hex()}
