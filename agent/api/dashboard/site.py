"""The site of the pages: an app of its own beside the API, which answers people in pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from agent.api.asking import who_asks
from agent.api.dashboard.answers import page
from agent.api.dashboard.live import Live
from agent.api.dashboard.pages import PAGES
from agent.api.dashboard.rendering import STATIC
from agent.api.problems import AGAIN, TITLES, SaidNo, of_the_database, status_of
from agent.errors import RunnerError
from agent.vault.transactions import DatabaseAway

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from agent.api.options import ServerOptions
    from agent.wiring.premises import Premises

_NOT_SIGNED_IN = 401
_SEE_OTHER = 303


def make_site(premises: Premises, options: ServerOptions) -> FastAPI:
    """Make the site; it is mounted beside the API, and has the same walls."""
    site = FastAPI(title="slotrunner", docs_url=None, redoc_url=None, openapi_url=None)
    site.state.premises = premises
    site.state.options = options
    site.state.live = Live()
    for name in PAGES:
        site.include_router(PAGES[name])
    site.add_middleware(_ForPanels)
    site.mount("/static", _Kept(directory=STATIC), "static")
    site.add_exception_handler(RunnerError, _ours)
    site.add_exception_handler(SQLAlchemyError, _of_the_database)
    site.add_exception_handler(HTTPException, _plain)
    site.add_exception_handler(RequestValidationError, _unfit)
    site.add_exception_handler(Exception, _unforeseen)
    return site


@dataclass(frozen=True, slots=True)
class _ForPanels:
    """Tells htmx, which asked for a part of a page, where the whole page goes on."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the way of a redirect where htmx looks for it."""

        async def led(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _SEE_OTHER:
                headers = MutableHeaders(scope=message)
                headers["HX-Redirect"] = headers["location"]
                del headers["location"]
                message["status"] = 200
            await send(message)

        asked = scope["type"] == "http" and "hx-request" in Headers(scope=scope)
        await self.app(scope, receive, led if asked else send)


class _Kept(StaticFiles):
    """Static files, whose addresses change with their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed through
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, RunnerError)  # noqa: S101 - registered for these alone
    if isinstance(error, DatabaseAway):
        return _away(request, error)
    return _trouble(request, status_of(error), error.message, error.hint)


def _away(request: Request, error: DatabaseAway) -> Response:
    """Answer without asking who it is: that is in the database too."""
    told = {"status": 503, "title": TITLES[503], "text": error.message, "hint": error.hint}
    answer = page(request, "stranger.html", None, **told)
    answer.headers["Retry-After"] = AGAIN
    return answer


def _of_the_database(request: Request, error: Exception) -> Response:
    assert isinstance(error, SQLAlchemyError)  # noqa: S101 - registered for these alone
    said = of_the_database(request, error)
    return _unforeseen(request, error) if said is None else _ours(request, said)


def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these alone
    if error.status_code == _NOT_SIGNED_IN:
        asked_for = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(asked_for)}", 303)
    text = error.detail if isinstance(error, SaidNo) else "There is nothing here."
    return _trouble(request, error.status_code, text)


def _unfit(request: Request, _error: Exception) -> Response:
    return _trouble(request, 422, "The address or the form is not one of this server's.")


def _unforeseen(request: Request, error: Exception) -> Response:
    # Named by its class alone: its text may quote a secret.
    return _trouble(request, 500, f"internal error ({type(error).__name__})")


def _trouble(request: Request, status: int, text: str, hint: str = "") -> Response:
    who = who_asks(request)
    title = TITLES.get(status, "Refused")
    name = "trouble.html" if who else "stranger.html"
    return page(request, name, who, status=status, title=title, text=text, hint=hint)
