"""Answers of the pages: a page, or the way to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse

from agent.api.asking import options_of
from agent.api.dashboard.rendering import PLACES, Said, new_nonce, render
from agent.api.dashboard.rights import may

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from agent.api.asking import Asking

# 'self' is the word for pages without a script of their own nonce; a nonce is stricter.
_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; "
    "img-src 'self' data: {artifacts}; connect-src 'self'; frame-src {artifacts}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "trusted-types htmx; require-trusted-types-for 'script'"
)

DONE: Final[Mapping[str, str]] = {
    "stored": "Stored.",
    "version": "The new version is stored. Every binding goes on with it.",
    "deleted": "It is gone.",
    "retired": "It is out of use.",
    "frozen": "It is frozen, and its runs were told to stop. Change it at the site, then store a "
    "new version and unfreeze it.",
    "unfrozen": "It can be used again.",
    "moved": "It may be used on these sites from now on.",
    "deployed": "Deployed.",
    "cancelled": "The run is told to stop.",
    "code-given": "The code is on its way: the run takes it within a second.",
    "given-back": "The page is given back; the run goes on.",
    "password": "Your password is changed; you are signed out everywhere else.",
    "totp": "From now on sign-in asks for a code.",
    "no-totp": "Sign-in asks for no code any more.",
    "role": "The role is changed.",
    "removed": "They are no longer in the project.",
    "revoked": "The token lets nobody in any more.",
    "paused": "The schedule is paused.",
    "resumed": "The schedule goes on.",
    "sent": "A test was sent; its delivery is in the list.",
    "verified": "The audit trail is whole: nothing was changed, left out or added.",
}
"""What a page says after something was done, by the word in its address."""
_NOT_DONE: Final[Mapping[str, Said]] = {
    "no-code": Said(
        "The run was given no code.",
        "A code is 3 to 16 letters and digits, and a run that has ended takes none.",
        "bad",
    ),
}


def page(request: Request, name: str, asked: Asking | None = None, /, **given: Any) -> Response:
    """Render a page; with ``asked`` it stands in the frame of the one who is signed in."""
    nonce = new_nonce()
    given.setdefault("said", _done(request))
    given.setdefault("opened", request.query_params.get("open", ""))
    status = given.pop("status", 200)
    if asked is not None:
        actor = asked.caller.actor
        places = [(path, title) for path, title, act in PLACES if may(asked, act)]
        here = f"/{request.url.path.split('/')[1]}"
        given |= {"person": actor, "here": here, "places": places}
    answer = HTMLResponse(render(name, nonce=nonce, **given), status)
    artifacts = options_of(request).artifacts_url
    answer.headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce, artifacts=artifacts)
    return answer


def see(path: str, done: str = "") -> Response:
    """Lead to another page after a form was taken, which says the word ``done`` in full."""
    return RedirectResponse(f"{path}?done={quote(done)}" if done else path, 303)


def own_path(text: str, otherwise: str) -> str:
    """Give a path of this site that was asked for, and nothing that leads to another one."""
    parts = urlsplit(text)
    own = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if own and not parts.scheme and not parts.netloc else otherwise


def _done(request: Request) -> Said | None:
    named = request.query_params.get("done", "")
    word = DONE.get(named)
    return Said(word, tone="good") if word else _NOT_DONE.get(named)
