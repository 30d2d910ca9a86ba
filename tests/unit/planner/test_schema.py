import json
from pathlib import Path

from agent.planner import json_schema
from agent.steps import STEPS
from agent.vault.secret_types import SECRET_TYPES


def schema_text() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


COMMITTED = Path(__file__).parents[3] / "docs/task.schema.json"


def test_the_committed_schema_is_current() -> None:
    """To renew it: ``runner schema > docs/task.schema.json``."""
    assert COMMITTED.read_text(encoding="utf-8") == schema_text()


def test_steps_are_told_apart_by_the_constant_in_their_type() -> None:
    schema = json_schema()
    step = schema["properties"]["steps"]["items"]
    assert step["properties"]["type"]["enum"] == list(STEPS)
    told = {one["if"]["properties"]["type"]["const"]: one["then"]["$ref"] for one in step["allOf"]}
    kinds = {name: path.rpartition("/")[2] for name, path in told.items()}
    assert list(kinds) == list(STEPS)
    for name, kind in kinds.items():
        assert schema["$defs"][kind]["properties"]["type"]["const"] == name
        assert "type" in schema["$defs"][kind]["required"]


def test_no_object_takes_keys_it_does_not_describe() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())
    for named in ("slots", "inputs", "outputs"):
        assert schema["properties"][named]["additionalProperties"] is False


def test_a_secret_is_an_object_only_where_a_step_is_made_for_one() -> None:
    taking = {
        f"{name}.{key}"
        for name, described in json_schema()["$defs"].items()
        for key, about in described["properties"].items()
        if "#/$defs/SecretUse" in json.dumps(about)
    }
    assert taking == {"Fill.value", "Http.headers", "Http.form", "Code.secrets"}


def test_types_of_secrets_and_their_fields_are_listed() -> None:
    schema = json_schema()["$defs"]
    assert schema["Slot"]["properties"]["type"]["enum"] == list(SECRET_TYPES)
    listed, any_path = schema["SecretUse"]["properties"]["field"]["anyOf"]
    assert "totp" in listed["enum"]
    assert any_path == {"type": "string"}
    assert schema["Slot"]["if"]["properties"]["type"] == {"const": "json"}
    fields = schema["Slot"]["else"]["properties"]["fields"]["items"]["enum"]
    assert {"password", "key_value", "client_secret"} <= set(fields)


def test_every_reference_leads_somewhere() -> None:
    schema = json_schema()
    named = {part.partition('"')[0] for part in schema_text().split('"#/$defs/')[1:]}
    assert named == set(schema["$defs"])
