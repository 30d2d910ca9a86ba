"""Refusals as problem documents (RFC 9457), in which nothing of the request's body stands.

A message may quote what was asked for; in a body that can be a secret in the wrong place. So every
text that came in the body is cut out of what is answered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.responses import JSONResponse

from agent.errors import (
    ArtifactWithheld,
    Conflict,
    EnvironmentUnfit,
    NotAllowed,
    NotFound,
    OriginRefused,
    RunnerError,
    RunTimeout,
    SecretError,
    SecretFrozen,
    SecretMissing,
    SecretUnfit,
    SlotUnbound,
    SourceFailed,
    TaskInvalid,
    UsageError,
    VaultDamaged,
)
from agent.vault.access.refusals import SignInRefused, TooManyTries
from agent.vault.access.scopes import SCOPES
from agent.vault.policy import MODES, VISIBILITIES, Role
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.transactions import DatabaseAway, said_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

STATUSES: Final[Sequence[tuple[type[RunnerError], int]]] = (
    (TooManyTries, 429),
    (SignInRefused, 401),
    (NotFound, 404),
    (SecretMissing, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (UsageError, 422),
    (SlotUnbound, 422),
    (SecretUnfit, 422),
    (OriginRefused, 422),
    (SecretFrozen, 409),
    (ArtifactWithheld, 409),
    (SourceFailed, 502),
    (RunTimeout, 503),
    (EnvironmentUnfit, 503),
    (SecretError, 503),
)
"""Error → status, the narrower first."""

AGAIN: Final = "5"
"""Seconds after which a database that is away is asked for again."""
_CONFLICT: Final = 409
_SHORTEST: Final = 3
_CUT: Final = "…"
_WORDS: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "too_long": "has too many entries",
    "too_short": "has too few entries",
    "json_invalid": "is not JSON",
    "literal_error": "is none of the words there are",
    "enum": "is none of the words there are",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "string_pattern_mismatch": "does not have the right form",
}


class Invalid(BaseModel):
    """One thing wrong in a request; ``at`` is where, such as ``body.origins.0``."""

    at: str
    message: str
    line: int | None = None
    column: int | None = None


class Problem(BaseModel):
    """A problem document (RFC 9457). ``code`` is a word for programs, ``hint`` says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    errors: list[Invalid] = Field(default_factory=list)


class SaidNo(HTTPException):
    """A refusal of the door itself; ``code`` is a word for programs."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status, detail)
        self.code = code


TITLES: Final = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large",
    415: "Unsupported Media Type", 421: "Misdirected Request", 422: "Unprocessable Content",
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable",
}  # fmt: skip


def problem(
    status: int, detail: str, *, code: str = "", hint: str = "", errors: Sequence[Invalid] = ()
) -> JSONResponse:
    """Make the answer; ``code`` is the status in words where there is no better one."""
    title = TITLES.get(status, "Refused")
    word = code or title.lower().replace(" ", "_")
    made = Problem(
        title=title, status=status, detail=detail, code=word, hint=hint, errors=list(errors)
    )
    return JSONResponse(
        made.model_dump(exclude_none=True), status, media_type="application/problem+json"
    )


def status_of(error: RunnerError) -> int:
    """Give the status an error of ours is answered with."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def answer_problems(app: FastAPI) -> None:
    """Have an app answer every refusal with a problem document."""
    app.add_exception_handler(RunnerError, _ours)
    app.add_exception_handler(SQLAlchemyError, _of_the_database)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(AnyHTTPException, _plain)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RunnerError)  # noqa: S101 - registered for these alone
    status, cut = status_of(error), _Cut(request)
    if isinstance(error, TaskInvalid):
        # A task holds no secret: where it is wrong is told as the command line tells it.
        made = [
            Invalid(at=p.path, message=p.message, line=p.line or None, column=p.column or None)
            for p in error.problems
        ]
        return problem(status, "the task is invalid", code=error.code, hint=error.hint, errors=made)
    answer = problem(status, cut(error.message), code=error.code, hint=cut(error.hint))
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(int(error.seconds) + 1)
    if isinstance(error, DatabaseAway):
        answer.headers["Retry-After"] = AGAIN
    if status == _CONFLICT:
        # Some clients take a conflict for a lock and ask again at once.
        answer.headers["X-Should-Retry"] = "false"
    return _asked_for(answer)


def of_the_database(request: Request, error: SQLAlchemyError) -> RunnerError | None:
    """Make our error of a database's; None where it is this program's own fault.

    Who operates the server hears of it, unless the database is away or what was given unfit for it.
    """
    said = said_by(error)
    if isinstance(said, (DatabaseAway, UsageError)):
        return said
    request.app.state.premises.observer.failed(error)
    # What it lacks, such as room, and what is damaged has words of ours.
    own = isinstance(error, OperationalError) or isinstance(said, VaultDamaged)
    return said if own else None


def _of_the_database(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SQLAlchemyError)  # noqa: S101 - registered for these alone
    said = of_the_database(request, error)
    return _unforeseen(request, error) if said is None else _ours(request, said)


def _unfit(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for these alone
    cut = _Cut(request)
    found = [
        Invalid(
            at=".".join(cut(str(part)) for part in one["loc"]),
            message=_WORDS.get(one["type"], "is not what is asked for here"),
        )
        for one in error.errors()
    ]
    return problem(422, "the request does not have the right form", code="invalid", errors=found)


def _plain(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AnyHTTPException)  # noqa: S101 - registered for these alone
    code = error.code if isinstance(error, SaidNo) else ""
    detail = error.detail if isinstance(error, SaidNo) else TITLES.get(error.status_code, "refused")
    answer = problem(error.status_code, detail, code=code)
    answer.headers.update(error.headers or {})
    return _asked_for(answer)


def _unforeseen(_request: Request, error: Exception) -> JSONResponse:
    # Named by its class alone: its text may quote a secret.
    return problem(500, f"internal error ({type(error).__name__})", code="internal")


def _asked_for(answer: JSONResponse) -> JSONResponse:
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _field_names() -> Iterator[str]:
    for kind in SECRET_TYPES.values():
        yield from (part.name for part in kind.parts)


class _Cut:
    """Cuts the texts of a request's body out of a message."""

    def __init__(self, request: Request) -> None:
        body: bytes = getattr(request.state, "body", b"")
        try:
            written: Any = json.loads(body) if body else None
        except (ValueError, RecursionError):
            written = None
        known = {*SECRET_TYPES, *MODES, *VISIBILITIES, *Role, *SCOPES, *_field_names()}
        texts = {text for text in _texts(written) if len(text) >= _SHORTEST} - known
        self._texts = sorted(texts, key=len, reverse=True)

    def __call__(self, message: str) -> str:
        for text in self._texts:
            # repr is how messages quote.
            for spelling in (text, repr(text)[1:-1], repr(text[:60])[1:-1], text[:60]):
                message = message.replace(spelling, _CUT) if spelling else message
        return message


def _texts(written: Any) -> Iterator[str]:
    if isinstance(written, str):
        yield written
    elif isinstance(written, list):
        for one in written:
            yield from _texts(one)
    elif isinstance(written, dict):
        yield from _of_mapping(written)


def _of_mapping(written: Mapping[str, Any]) -> Iterator[str]:
    for name, value in written.items():
        if not name.isidentifier():
            yield name
        yield from _texts(value)
