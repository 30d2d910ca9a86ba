"""The committed description of the API is the one the program gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.api.app import openapi_document
from agent.vault.policy import Action

COMMITTED = Path(__file__).parents[3] / "docs/openapi.json"
OPEN = {"POST /api/v1/session", "POST /api/v1/session/link"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return openapi_document()


def operations(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in described["paths"].items()
        for method, operation in item.items()
    }


def test_the_committed_description_is_current(described: dict[str, Any]) -> None:
    """To renew it: ``runner schema --api > docs/openapi.json``."""
    assert json.loads(COMMITTED.read_text("utf-8")) == described


def unguarded(described: dict[str, Any]) -> list[str]:
    known = {*Action, "own", "open"}
    return [name for name, one in operations(described).items() if one.get("x-action") not in known]


def test_every_route_names_the_action_it_is_authorised_by(described: dict[str, Any]) -> None:
    assert unguarded(described) == []
    opened = {name for name, one in operations(described).items() if one["x-action"] == "open"}
    assert opened == OPEN


def test_a_route_without_an_action_would_be_found(described: dict[str, Any]) -> None:
    bare = {**described, "paths": {**described["paths"], "/api/v1/new": {"get": {}}}}
    assert unguarded(bare) == ["GET /api/v1/new"]


def value_fields(schema: Any, name: str = "") -> set[str]:
    """Find the fields of a schema that could hold a secret's value or a token's text."""
    if isinstance(schema, dict):
        return {
            *(key for key in schema.get("properties", {}) if key in ("value", "token", "password")),
            *(one for part in schema.values() for one in value_fields(part, name)),
        }
    if isinstance(schema, list):
        return {one for part in schema for one in value_fields(part, name)}
    return set()


def test_one_answer_alone_has_a_value_in_its_schema(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    found = set()
    for name, operation in operations(described).items():
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                reference = content["schema"].get("$ref", "")
                schema = schemas.get(reference.rpartition("/")[2], content["schema"])
                if "value" in value_fields(schema):
                    found.add(name)
    assert found == {"POST /api/v1/secrets/{secret_id}/reveal"}
