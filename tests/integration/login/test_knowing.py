"""How a sign-in is known to have worked, or not: proofs, clocks, pages that are slow or silent."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import LoginFailed
from agent.login.account import Account
from agent.login.outcome import Outcome
from agent.login.sign_in import Wish, sign_in

if TYPE_CHECKING:
    from playwright.async_api import Route

    from agent.browser.session import Session
    from agent.login.sign_in import SignedIn
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

SLOT = "MANAGEMENT_LOGIN"
LOGIN = """<form action="/in" method="post"><h2>Sign in</h2>
  <label>User <input name="u"></label><label>Password <input type="password" name="p"></label>
  <button>Log in</button></form>"""
CODE = """<form action="/code" method="post"><h2>Enter the 6-digit code of your app</h2>
  <input name="otp" autocomplete="one-time-code"><button>Verify</button></form>"""
INSIDE = "<h1>Your day</h1><p>Three guests are expected.</p>"


class MadeUp:
    """A site of made-up pages: each path has an answer by method, with its headers."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.sent: list[str] = []
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}

    def page(self, name: str, body: str, **headers: str) -> None:
        """Answer ``name``, like ``GET /start``; underscores in header names are dashes."""
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        self.pages[name] = (body, {"Content-Type": "text/html"} | given)

    async def serve(self, session: Session) -> None:
        await session.context.route(f"{self.origin}/**", self._answer)

    async def _answer(self, route: Route) -> None:
        request = route.request
        name = f"{request.method} {request.url.removeprefix(self.origin).partition('?')[0]}"
        if request.method == "POST":
            self.sent.append(name)
        body, headers = self.pages.get(name, ("nothing", {"Content-Type": "text/html"}))
        await route.fulfill(headers=headers, body=f"<!doctype html>{body}")


@pytest.fixture
def made_up(site: Site) -> MadeUp:
    """A site with a login page at ``/start`` and nothing behind it yet."""
    made = MadeUp(site.origin)
    made.page("GET /start", LOGIN)
    return made


async def no_picture(_words: str) -> None:
    """Take none."""


async def signed_in(session: Session, site: MadeUp, **wishes: Any) -> SignedIn:
    await site.serve(session)
    return await sign_in(
        session,
        Account(session.secrets[SLOT]),
        url=f"{site.origin}/start",
        after_move=no_picture,
        wish=Wish(**wishes),
    )


async def failure_of(session: Session, site: MadeUp, **wishes: Any) -> LoginFailed:
    with pytest.raises(LoginFailed) as failed:
        await signed_in(session, site, **wishes)
    return failed.value


async def test_a_form_that_is_gone_proves_nothing_by_itself(
    site: Site, open_session: Opener, made_up: MadeUp
) -> None:
    made_up.page("POST /in", INSIDE)
    async with open_session(site.new_account()) as session:
        failed = await failure_of(session, made_up)
    assert failed.outcome == "uncertain"
    assert "a session did not come about" in failed.message
    assert made_up.sent == ["POST /in"]


@pytest.mark.parametrize(
    "header",
    ["sid=2; HttpOnly; Path=/", "token=x; Path=/"],
    ids=["another value", "another cookie"],
)
async def test_with_a_cookie_it_does(
    header: str, site: Site, open_session: Opener, made_up: MadeUp
) -> None:
    made_up.page("GET /start", LOGIN, Set_Cookie="sid=1; HttpOnly; Path=/")
    made_up.page("POST /in", INSIDE, Set_Cookie=header)
    async with open_session(site.new_account()) as session:
        assert (await signed_in(session, made_up)).outcome is Outcome.SIGNED_IN


async def test_a_cookie_that_everybody_gets_proves_nothing(
    site: Site, open_session: Opener, made_up: MadeUp
) -> None:
    made_up.page("POST /in", INSIDE, Set_Cookie="csrftoken=2; Path=/")
    async with open_session(site.new_account()) as session:
        assert (await failure_of(session, made_up)).outcome == "uncertain"


async def test_a_form_whose_address_asks_no_more_proves_it(
    site: Site, open_session: Opener
) -> None:
    shown = iter((LOGIN, INSIDE, INSIDE))

    class Remembering(MadeUp):
        async def _answer(self, route: Route) -> None:
            if route.request.url.endswith("/start"):
                self.page("GET /start", next(shown))
            await super()._answer(route)

    knowing = Remembering(site.origin)
    knowing.page("POST /in", INSIDE)
    async with open_session(site.new_account()) as session:
        done = await signed_in(session, knowing)
        assert session.page.url.endswith("/in")
        assert len(session.context.pages) == 1
    assert done.outcome is Outcome.SIGNED_IN


async def test_what_the_task_expects_is_waited_for_and_is_enough(
    site: Site, open_session: Opener, made_up: MadeUp
) -> None:
    late = (
        INSIDE
        + """<script>setTimeout(() => {
      document.body.insertAdjacentHTML("beforeend", "<b id=badge>Night desk</b>"); }, 400);
      </script>"""
    )
    made_up.page("POST /in", late)
    async with open_session(site.new_account()) as session:

        async def proof() -> bool:
            return await session.page.locator("#badge").is_visible()

        assert (await signed_in(session, made_up, proof=proof)).outcome is Outcome.SIGNED_IN


async def test_a_rejected_code_of_a_clock_far_off_is_not_followed_by_another(
    site: Site, open_session: Opener, made_up: MadeUp
) -> None:
    theirs = formatdate(time.time() + 95, usegmt=True)
    made_up.page("POST /in", CODE, Date=theirs)
    made_up.page("POST /code", f'<p role="alert">That code is not valid.</p>{CODE}', Date=theirs)
    async with open_session(site.new_account()) as session:
        failed = await failure_of(session, made_up)
    assert failed.outcome == "mfa_rejected"
    assert re.search(r"This machine's clock is \d\d s behind the site's\.", failed.message)
    assert failed.hint == "set this machine's clock"
    assert made_up.sent == ["POST /in", "POST /code"]


async def test_what_a_page_says_in_a_window_of_the_browser_is_told(
    site: Site, open_session: Opener, made_up: MadeUp
) -> None:
    made_up.page("POST /in", f'<script>alert("Wrong password");</script>{LOGIN}')
    async with open_session(site.new_account()) as session:
        failed = await failure_of(session, made_up)
    assert failed.outcome == "bad_credentials"
    assert "Wrong password" in failed.message


async def test_a_wait_for_a_code_is_told_and_does_not_count(
    site: Site, open_session: Opener, made_up: MadeUp
) -> None:
    wrong = f'<p role="alert">That code is not valid.</p>{CODE}'
    made_up.page("POST /in", CODE)
    made_up.page("POST /code", wrong)
    told: list[str] = []
    account = replace(site.new_account(), period=10)
    async with open_session(account) as session:
        failed = await failure_of(session, made_up, notice=told.append, timeout=4.0)
    assert failed.outcome == "mfa_rejected"
    assert made_up.sent == ["POST /in", "POST /code", "POST /code"]
    assert {words.partition(",")[0] for words in told} == {"waiting for a one-time code"}
