"""The JSON Schema of a task file, for editors: it completes step kinds and each kind's own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from agent.steps import STEPS
from agent.tasks import Task
from agent.tasks.secure_parameters import SeedForm
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from pydantic import BaseModel

    from agent.steps import Step

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Describe the whole task file; steps are told apart by the constant in their ``type``."""
    kinds = {name: STEPS[name] for name in STEPS}
    models: list[type[BaseModel]] = [Task, SeedForm, *kinds.values()]
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
    for described in definitions.values():
        _tidy(described)
    task = definitions.pop("Task")
    task["properties"].update(definitions.pop("SeedForm")["properties"])
    task["properties"]["steps"]["items"] = _any_step(kinds)
    for kind in kinds.values():
        for key in kind.branch_keys:
            inside = definitions[kind.__name__]["properties"][key]
            inside["items"] = {"$ref": "#/properties/steps/items"}
            inside.pop("default", None)
    task["description"] = "A task for slotrunner, see docs/task-file.md."
    return {"$schema": DIALECT, "title": "slotrunner task", **task, "$defs": definitions}


def _any_step(kinds: dict[str, type[Step]]) -> dict[str, Any]:
    """Describe a step of any kind so that an editor offers every kind, and then its own keys.

    With ``oneOf`` it would offer the kinds that happen to fit what is written so far.
    """
    return {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {
                "enum": list(kinds),
                "enumDescriptions": [kind.purpose().partition(".")[0] for kind in kinds.values()],
            }
        },
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{kind.__name__}"},
            }
            for name, kind in kinds.items()
        ],
    }


def _tidy(described: dict[str, Any]) -> None:
    """Leave away what says nothing: titles made of keys, and null where a key may be absent."""
    described.pop("title", None)
    described["description"] = described.get("description", "").replace("``", "`")
    for key, about in described.get("properties", {}).items():
        about.pop("title", None)
        if about.get("default", "") is None:
            del about["default"]
            if "anyOf" in about:  # what may be anything has none
                about.update(_without_null(about.pop("anyOf")))
        if "patternProperties" in about:
            about["additionalProperties"] = False
        if key == "type" and "const" in about:
            about.pop("default", None)


def _without_null(choices: list[dict[str, Any]]) -> dict[str, Any]:
    real = [choice for choice in choices if choice != {"type": "null"}]
    return real[0] if len(real) == 1 else {"anyOf": real}


def _name_types(definitions: dict[str, Any]) -> None:
    """List the types of secrets and their fields, which the models look up when they read."""
    types = list(SECRET_TYPES)
    fields = {name for kind in types for name in _fields(kind)}
    slot = definitions["Slot"]
    slot["properties"]["type"]["enum"] = types
    listed = {"items": {"enum": sorted(fields - {"totp"})}}
    # A field of a json secret is a path in its document, which only the secret knows.
    slot["if"] = {"properties": {"type": {"const": "json"}}, "required": ["type"]}
    slot["else"] = {"properties": {"fields": listed}}
    use = definitions["SecretUse"]["properties"]["field"]
    use["anyOf"] = [{"enum": sorted(fields)}, {"type": use.pop("type")}]


def _fields(kind: str) -> tuple[str, ...]:
    return (*SECRET_TYPES[kind].required, *SECRET_TYPES[kind].optional)
