"""The API holds to its own description, whatever is sent: no 5xx, no other shape, no value."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agent.api.app import openapi_document
from agent.vault.policy import Role
from tests.integration.api.conftest import Server, open_server
from tests.integration.api.test_indices import ALL
from tests.integration.api.test_policy_of_routes import furnish_things

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemathesis import Case

SCHEMA = schemathesis.openapi.from_dict(openapi_document())
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in SCHEMA.get_all_operations()
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SHOWS = "POST /api/v1/secrets/{secret_id}/reveal"
FEW = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def ground(
    furnished: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("fuzzed")
    shutil.copytree(furnished, folder, dirs_exist_ok=True)
    server = open_server(folder)
    yield server, furnish_things(server.person("ann"), "ed")
    server.premises.people.engine.dispose()


def shortened(case: Case) -> None:
    """Have no answer wait for a run's end."""
    body: Any = case.body
    if isinstance(body, dict):
        body.update({"wait": 0} if "wait" in body else {})
        if case.path.startswith("/v1beta/runs"):
            body["async"] = True


def sent(case: Case, headers: dict[str, str]) -> dict[str, Any]:
    """Give a case as the test's client takes it."""
    kwargs = case.as_transport_kwargs(headers=headers, base_url="http://localhost:8021")
    made = {name: kwargs[name] for name in ("method", "url", "params", "json") if name in kwargs}
    if kwargs.get("data") is not None:
        made["content"] = kwargs["data"]
    return {**made, "headers": {**kwargs["headers"], **headers}}


@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_described(
    ground: tuple[Server, dict[str, str]], name: str
) -> None:
    server, things = ground
    beta = name.split()[1].startswith("/v1beta/")
    caller = server.token("ann", *ALL, role=Role.OWNER) if beta else server.stepped_up("ann")

    # Each password that is looked at takes its time.
    few = settings(FEW, max_examples=2) if "/session" in name else FEW

    @few
    @given(case=OPERATIONS[name].as_strategy(), real=st.booleans())
    def asks(case: Case, real: bool) -> None:  # noqa: FBT001 - hypothesis gives it by name
        shortened(case)
        if real:
            known = {one: things[one] for one in case.path_parameters or {} if one in things}
            case.path_parameters = {**(case.path_parameters or {}), **known}
        answer = server.client.request(**sent(case, caller.headers))
        case.validate_response(answer, checks=CHECKS)
        assert name == SHOWS or "CANARY" not in answer.text

    asks()


def test_an_answer_of_another_shape_would_be_found(
    ground: tuple[Server, dict[str, str]],
) -> None:
    server, things = ground
    name = "GET /api/v1/secrets/{secret_id}"
    case = OPERATIONS[name].Case(path_parameters={"secret_id": things["secret_id"]})
    answer = server.client.request(**sent(case, server.person("ann").headers))
    case.validate_response(answer, checks=CHECKS)
    for status, body in ((200, {"id": 1}), (500, {})):
        forged = httpx.Response(status, json=body, request=answer.request)
        forged.elapsed = timedelta(seconds=1)
        with pytest.raises(FailureGroup):
            case.validate_response(forged, checks=CHECKS)
