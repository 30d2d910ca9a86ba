"""The JSON Schema of a task file, for editors: it completes step kinds and each kind's own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from agent.steps import STEPS
from agent.tasks import Task
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Describe the whole task file; steps are told apart by the constant in their ``type``."""
    kinds = {name: STEPS[name] for name in STEPS}
    models: list[type[BaseModel]] = [Task, *kinds.values()]
    _, schema = models_json_schema(
        [(one, "validation") for one in models], ref_template="#/$defs/{model}"
    )
    definitions: dict[str, Any] = schema["$defs"]
    for kind in kinds.values():
        described = definitions[kind.__name__]
        described["description"] = kind.purpose()
        described["examples"] = [kind.example()]
        described["required"] = ["type", *(k for k in described.get("required", ()) if k != "type")]
    _name_types(definitions)
    task = definitions.pop("Task")
    task["properties"]["steps"]["items"] = {
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds.values()],
        "required": ["type"],
    }
    return {"$schema": DIALECT, **task, "title": "slotrunner task", "$defs": definitions}


def _name_types(definitions: dict[str, Any]) -> None:
    """List the types of secrets and their fields, which the models look up when they read."""
    types = list(SECRET_TYPES)
    fields = {name for kind in types for name in _fields(kind)}
    slot = definitions["Slot"]["properties"]
    slot["type"]["enum"] = types
    slot["fields"]["items"]["enum"] = sorted(fields - {"totp"})
    definitions["SecretUse"]["properties"]["field"]["enum"] = sorted(fields)


def _fields(kind: str) -> tuple[str, ...]:
    return (*SECRET_TYPES[kind].required, *SECRET_TYPES[kind].optional)
