"""The server's app: the API's resources, and walls around them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from agent.api import indices
from agent.api.dashboard.site import make_site
from agent.api.options import ServerOptions
from agent.api.probing import Probed
from agent.api.problems import Problem, answer_problems
from agent.api.resources import RESOURCES
from agent.api.walls import PAGE_POLICY, Bounded, Headed, KnownHosts, OwnPages
from agent.api.watching import API, INDICES, Watched
from agent.telemetry.observer import NOBODY
from agent.wiring.readiness import Readiness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from agent.wiring.premises import Premises

VERSION: Final = "1.0.0"
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "Refused, with a problem document (RFC 9457).",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
}
PICTURES: Final = ("/secrets/new", "/version", "/origins")


def create_app(premises: Premises, options: ServerOptions | None = None) -> FastAPI:
    """Make the app of one data folder; what runs beside it starts and ends with its lifespan."""
    app = _routed()
    app.state.premises = premises
    app.state.options = options = options or ServerOptions()
    answer_problems(app)
    app.mount("/", make_site(premises, options))
    return app


def openapi_document() -> dict[str, Any]:
    """Describe the API of this version (OpenAPI 3.1), without a server."""
    return document_of(_routed())


def _routed() -> FastAPI:
    app = FastAPI(
        title="slotrunner",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        responses=_REFUSED,
    )
    for name in RESOURCES:
        app.include_router(RESOURCES[name], prefix=API)
    app.include_router(indices.router, prefix=INDICES)
    app.openapi = lambda: document_of(app)  # type: ignore[method-assign]  # as FastAPI asks for it
    return app


def walled(made: FastAPI, options: ServerOptions) -> ASGIApp:
    """Put the walls around an app; a request meets them from the last line to the first."""
    premises: Premises = made.state.premises
    app: ASGIApp = Bounded(made, PICTURES)
    app = OwnPages(app)
    app = KnownHosts(app, options.hosts)
    app = Headed(app, PAGE_POLICY.format(artifacts=options.artifacts_url))
    if premises.observer is not NOBODY:
        app = Watched(app, premises.observer)
    return Probed(app, Readiness(premises.people.engine, premises.keeper.vault))


def document_of(app: FastAPI) -> dict[str, Any]:
    """Describe the API (OpenAPI 3.1)."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description="Run browser tasks behind a login. See docs/api.md.",
            routes=app.routes,
        )
        made["components"]["schemas"]["Problem"] = _problem_schema(made["components"]["schemas"])
        made["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "__Host-rnr"},
        }
        made["security"] = [{"token": []}, {"session": []}]
        app.openapi_schema = made
    return app.openapi_schema


def _problem_schema(schemas: dict[str, Any]) -> dict[str, Any]:
    described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(described.pop("$defs", {}))
    return described


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    premises: Premises = app.state.premises
    options: ServerOptions = app.state.options
    async with premises.work(worker=options.worker):
        yield
    await asyncio.to_thread(premises.observer.flush)
