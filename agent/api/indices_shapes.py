"""Secrets, tasks and runs as the client ``indices`` writes and reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.api.run_shapes import InputValue
from agent.api.shapes import Given, Name, Taken, Value, Word, moment
from agent.runner.house import bindings_of, inputs_of
from agent.runs.states import State

if TYPE_CHECKING:
    from agent.planner.shape import TaskShape
    from agent.runs.report import Report
    from agent.runs.run import Run
    from agent.runs.task_store import StoredTask
    from agent.vault.secret import SecretCard

TYPES: Final = {"login": "login", "string": "value"}
_FIELDS: Final = {"totp_secret": "totp"}
SHOWN: Final = {kind: name for name, kind in TYPES.items()}
LARGEST_KEPT: Final = 1_000_000
# Error or outcome → the word of RunError.type.
_REASONS: Final = {
    "login_failed": "auth_required",
    "secret_frozen": "auth_required",
    "secret_missing": "auth_required",
    "captcha": "anti_bot",
    "rate_limited": "anti_bot",
    "site_unreachable": "site_unavailable",
    "site_error": "site_unavailable",
    "usage": "invalid_input",
    "task_invalid": "invalid_input",
    "step_failed": "site_changed",
}
_WORTH_RETRYING: Final = frozenset({"site_unavailable", "internal_error"})
_STATUSES: Final = {
    State.QUEUED: "pending",
    State.RUNNING: "running",
    State.SUCCEEDED: "success",
    State.FAILED: "connector_error",
    State.CANCELLED: "internal_error",
    State.INTERRUPTED: "internal_error",
}
_TIMEOUT: Final = "timeout"


class ValuesIn(Taken):
    """A secret that is for one run alone: a login, or a string."""

    username: Value | None = Field(default=None, repr=False)
    password: Value | None = Field(default=None, repr=False)
    totp_secret: Value | None = Field(default=None, repr=False)
    value: Value | None = Field(default=None, repr=False)

    def fields(self) -> dict[str, str]:
        """Give the fields as the vault has them."""
        given = self.model_dump(include=set(ValuesIn.model_fields), exclude_none=True)
        return {_FIELDS.get(name, name): text for name, text in given.items()}


class SecretIn(ValuesIn):
    """A secret as the client gives it."""

    name: Name
    secret_type: Literal["login", "string"]


class SecretOut(Given):
    """A secret as the client reads it."""

    id: str
    name: str
    secret_type: str
    has_totp: bool
    created_at: str
    updated_at: str


class Deleted(Given):
    """What became of a secret."""

    id: str
    deleted: bool


class CodeOut(Given):
    """A one-time code."""

    id: str
    code: str


class SlotOut(Given):
    """A slot to bind."""

    name: str
    type: str
    description: str | None
    supports_totp: bool | None


class ConnectorOut(Given):
    """A stored task as the client reads it."""

    id: str
    created_at: str | None
    display_name: str
    purpose: str
    version: int
    website: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    required_secrets: list[SlotOut]


class ConnectorPage(Given):
    """A part of the list."""

    data: list[ConnectorOut]
    next_cursor: str | None = None


class RunIn(BaseModel):
    """A run as the client asks for it; without ``async`` the answer waits for its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connector_id: Word
    arguments: dict[str, InputValue] = Field(default_factory=dict, max_length=200)
    async_: bool = Field(default=False, alias="async")
    max_timeout_s: int | None = Field(default=None, ge=1, le=86_400)
    secret_bindings: dict[str, Word] = Field(default_factory=dict, max_length=50)
    secret_values: dict[str, ValuesIn] = Field(default_factory=dict, max_length=50, repr=False)
    proxy_settings: None = None

    def values(self) -> dict[str, dict[str, str]]:
        """Give what is for this run alone as the vault has it, by slot."""
        return {slot: one.fields() for slot, one in self.secret_values.items()}


class ErrorOut(Given):
    """Why a run failed."""

    type: str
    message: str
    exception: str | None = None
    retryable: bool | None = None
    details: dict[str, Any] | None = None


class RunOut(Given):
    """A run as the client reads it."""

    id: str
    connector_id: str
    connector_version: int
    created_at: str | None
    finished_at: str | None
    status: str
    arguments: dict[str, Any]
    secret_bindings: dict[str, str]
    has_logs: bool
    result: dict[str, Any] | None
    result_size_bytes: int | None
    result_stored: bool
    error: ErrorOut | None


class RunPage(Given):
    """A part of the list."""

    data: list[RunOut]
    next_cursor: str | None = None


class Logs(Given):
    """What happened, as text."""

    logs: str


def secret_out(card: SecretCard) -> SecretOut:
    """Show a secret."""
    return SecretOut(
        id=card.id,
        name=card.name,
        secret_type=SHOWN[card.type],
        has_totp=card.has("totp"),
        created_at=card.created_at,
        updated_at=card.created_at,
    )


def connector_out(stored: StoredTask, shape: TaskShape) -> ConnectorOut:
    """Show a stored task; slots that say themselves where their value is need no binding."""
    sites = [site for site in shape.told.sites if site.startswith("http")]
    return ConnectorOut(
        id=stored.id,
        created_at=moment(stored.created_at),
        display_name=shape.name,
        purpose=shape.description or shape.name,
        version=stored.version,
        website=sites[0] if sites else None,
        input_schema=dict(shape.inputs),
        output_schema=dict(shape.outputs),
        required_secrets=[
            SlotOut(
                name=slot.name,
                type=SHOWN.get(slot.type, slot.type),
                description=slot.description or None,
                supports_totp=slot.type == "login" or None,
            )
            for slot in shape.slots
            if not slot.given
        ],
    )


def run_out(run: Run, report: Report) -> RunOut:
    """Show a run."""
    status = _status(run, report)
    result = dict(report.result) if status == "success" else None
    size = len(json.dumps(result, ensure_ascii=False).encode()) if result is not None else None
    return RunOut(
        id=run.id,
        connector_id=run.task_id,
        connector_version=run.task_version,
        created_at=moment(run.created_at),
        finished_at=moment(run.finished_at),
        status=status,
        arguments=inputs_of(run),
        secret_bindings=bindings_of(run),
        has_logs=run.started_at is not None,
        result=result,
        result_size_bytes=size,
        result_stored=size is not None,
        error=_error(report) if status == "connector_error" else None,
    )


def _status(run: Run, report: Report) -> str:
    if run.state is State.FAILED and report.error is not None and report.error.code == _TIMEOUT:
        return "timed_out"
    return _STATUSES[run.state]


def _error(report: Report) -> ErrorOut:
    code = report.error.code if report.error is not None else report.outcome
    kind = _REASONS.get(report.outcome) or _REASONS.get(code, "unhandled")
    message = report.error.message if report.error is not None else report.outcome
    details = {"code": code, "outcome": report.outcome}
    if report.error is not None and report.error.hint:
        details["hint"] = report.error.hint
    return ErrorOut(type=kind, message=message, retryable=kind in _WORTH_RETRYING, details=details)
