"""The site for what runs left: a name of its own, without any cookie, reached with tickets.

What is shown here came from other sites' pages. It was cleaned of secrets, and still it may hold
scripts: so it lies where there is nothing to take, and browsers are told to run none of it.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi import Path as Part
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from agent.api.asking import premises_of
from agent.api.problems import answer_problems
from agent.api.walls import KnownHosts
from agent.errors import ArtifactWithheld, NotFound, UsageError
from agent.runner.tickets import Tickets
from agent.vault.policy import Actor, Role

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from agent.api.options import ServerOptions
    from agent.wiring.premises import Premises

_VIEWER: Final = "driver/package/lib/vite/traceViewer"
_VIEWER_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; "
    "worker-src 'self' blob:; frame-src 'self' blob:; frame-ancestors 'self' {url}; "
    "object-src 'none'; base-uri 'none'; form-action 'none'"
)
_LEFT_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self' {url}"
)
# What a browser may show in place; everything else it keeps as a file.
_SHOWN: Final = frozenset(
    {"image/png", "image/jpeg", "image/webp", "text/html", "text/plain", "video/webm"}
)

router = APIRouter()


def create_artifact_site(premises: Premises, options: ServerOptions) -> ASGIApp:
    """Make the site, with its walls."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.premises = premises
    app.include_router(router)
    viewer = viewer_folder()
    if viewer is not None:
        app.mount("/viewer", StaticFiles(directory=viewer))
    answer_problems(app)
    return _Headed(KnownHosts(app, options.artifact_hosts), options.url)


def viewer_folder() -> Path | None:
    """Find Playwright's trace viewer; None where a version keeps it elsewhere."""
    found = find_spec("playwright")
    folder = Path(found.origin).parent / _VIEWER if found and found.origin else None
    return folder if folder is not None and (folder / "sw.bundle.js").is_file() else None


def opened(
    request: Request,
    project: str,
    run_id: str,
    ticket: str,
    name: Annotated[str, Part(max_length=300)],
) -> Iterator[Path]:
    """Open a file that a run left, until the answer is sent."""
    premises = premises_of(request)
    Tickets(premises.people.vault.trail()).check(project, run_id, ticket)
    runner = premises.runner(Actor("artifacts", Role.RUNNER, project))
    with ExitStack() as stack:
        try:
            yield stack.enter_context(runner.left.file(run_id, name))
        except (UsageError, ArtifactWithheld):
            raise NotFound("there is nothing here, or not any more") from None


@router.get("/left/{project}/{run_id}/{ticket}/{name:path}")
def left(name: str, path: Annotated[Path, Depends(opened)]) -> FileResponse:
    """Give a file that a run left."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    how = "inline" if kind in _SHOWN else "attachment"
    called = name.rpartition("/")[2]
    return FileResponse(path, media_type=kind, filename=called, content_disposition_type=how)


@dataclass(frozen=True, slots=True)
class _Headed:
    """Answers with the headers of this site; only the server's own pages may show it inside."""

    app: ASGIApp
    url: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        viewed = scope["type"] == "http" and scope["path"].startswith("/viewer/")
        policy = (_VIEWER_POLICY if viewed else _LEFT_POLICY).format(url=self.url)

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                # A page of the server shows these inside; other files stay on this site.
                kind = headers.get("content-type", "").partition(";")[0]
                shared = viewed or kind in _SHOWN
                headers["Cross-Origin-Resource-Policy"] = (
                    "cross-origin" if shared else "same-origin"
                )
                headers["Content-Security-Policy"] = policy
                headers["Cache-Control"] = "private, max-age=3600" if viewed else "no-store"
            await send(message)

        await self.app(scope, receive, headed if scope["type"] == "http" else send)
