"""The plug-in tables: what steps, types of secrets, sources and second factors there are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from agent.api.asking import Asked, door
from agent.api.shapes import Given, Listed
from agent.login.mfa import SECOND_FACTORS
from agent.planner import json_schema
from agent.steps import STEPS
from agent.vault.access.scopes import SCOPES
from agent.vault.policy import Action
from agent.vault.providers import PROVIDERS
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from agent.vault.secret_type import SecretType

router = APIRouter(prefix="/kinds", tags=["kinds"])


class Kind(Given):
    """One entry of a table; ``takes`` is the JSON Schema of what it takes, where it takes any."""

    name: str
    summary: str
    takes: dict[str, Any] | None = None


@cache
def schema_of_tasks() -> dict[str, Any]:
    """Make the schema once: the tables do not change while a server runs."""
    return json_schema()


@router.get("/steps", **door(Action.SEE_TASKS))
def steps(_asked: Asked) -> Listed[Kind]:
    """List the kinds of steps."""
    defined = schema_of_tasks()["$defs"]
    found = [
        Kind(name=name, summary=first_line(kind.purpose()), takes=defined[kind.__name__])
        for name, kind in STEPS.items()
    ]
    return Listed(items=found)


@router.get("/task", **door(Action.SEE_TASKS))
def task(_asked: Asked) -> dict[str, Any]:
    """Give the JSON Schema of task files."""
    return schema_of_tasks()


@router.get("/secret-types", **door(Action.SEE_TASKS))
def secret_types(_asked: Asked) -> Listed[Kind]:
    """List the types of secrets, each with the schema of its fields."""
    found = [
        Kind(name=name, summary=first_line(kind.__doc__ or ""), takes=fields_schema(kind))
        for name, kind in SECRET_TYPES.items()
    ]
    return Listed(items=found)


@router.get("/sources", **door(Action.SEE_TASKS))
def sources(_asked: Asked) -> Listed[Kind]:
    """List where values can be kept."""
    found = [
        Kind(
            name=name,
            summary=first_line(kind.__doc__ or ""),
            takes=kind.reference.model_json_schema(),
        )
        for name, kind in PROVIDERS.items()
    ]
    return Listed(items=found)


@router.get("/second-factors", **door(Action.SEE_TASKS))
def second_factors(_asked: Asked) -> Listed[Kind]:
    """List the second factors."""
    found = [
        Kind(name=name, summary=first_line(kind.__doc__ or ""))
        for name, kind in SECOND_FACTORS.items()
    ]
    return Listed(items=found)


@router.get("/scopes", **door(Action.SEE_TASKS))
def scopes(_asked: Asked) -> Listed[Kind]:
    """List the scopes of tokens."""
    found = [
        Kind(name=name, summary=", ".join(sorted(one.replace("_", " ") for one in actions)))
        for name, actions in SCOPES.items()
    ]
    return Listed(items=found)


def first_line(doc: str) -> str:
    """Give the first sentence of a docstring."""
    return doc.strip().split("\n", 1)[0].replace("`", "")


def fields_schema(kind: type[SecretType]) -> dict[str, Any]:
    """Describe the fields of a type of secret, in the order a person is asked for them."""
    return {
        "type": "object",
        "required": list(kind.required),
        "additionalProperties": not kind.parts,
        "properties": {
            part.name: {
                "type": "string",
                "title": part.title,
                "format": "password" if kind.hides(part.name) else "text",
                "x-entry": part.entry.value,
            }
            for part in kind.parts
        },
    }
