"""Pages that are not a plain login: traps beside the form, pages without one, pages that refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import LoginFailed
from agent.login.account import Account
from agent.login.outcome import Outcome
from agent.login.sign_in import SignedIn, Wish, sign_in

if TYPE_CHECKING:
    from agent.browser.session import Session
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

SLOT = "MANAGEMENT_LOGIN"
LOGIN = """<form id="in" action="/in" method="post"><h2>Sign in</h2>
  <label>User <input name="u"></label><label>Password <input type="password" name="p"></label>
  <button>Log in</button></form>"""
SIGN_UP = """<form id="up" action="/up" method="post"><h2>Create your account</h2>
  <label>First name <input name="first_name"></label>
  <label>Last name <input name="last_name"></label>
  <label>Email <input name="email" type="email"></label>
  <label>Choose a password <input type="password" name="a"></label>
  <label>Repeat the password <input type="password" name="b"></label>
  <button>Sign up</button></form>"""


class Pages:
    """Serves made-up pages at the site's own origin, and keeps what was sent to them.

    Each answer to something sent brings a cookie, as a session does, unless ``cookie`` is empty.
    """

    cookie = "sid=1"

    def __init__(self, session: Session, origin: str) -> None:
        self.session = session
        self.origin = origin
        self.sent: list[tuple[str, str]] = []

    async def serve(self, **bodies: str) -> None:
        for name, body in bodies.items():
            await self.session.context.route(
                re.compile(f"{re.escape(self.origin)}/{name}$"), self._answer(body)
            )

    def _answer(self, body: str):  # type: ignore[no-untyped-def]
        async def answer(route) -> None:  # type: ignore[no-untyped-def]
            if route.request.method == "POST":
                path = route.request.url.removeprefix(self.origin)
                self.sent.append((path, route.request.post_data or ""))
            given = {"Content-Type": "text/html"}
            if route.request.method == "POST" and self.cookie:
                given["Set-Cookie"] = self.cookie
            await route.fulfill(headers=given, body=f"<!doctype html>{body}")

        return answer


async def no_picture(_words: str) -> None:
    """Take none."""


async def signed_in(session: Session, url: str | None, **more: Any) -> SignedIn:
    return await sign_in(
        session,
        Account(session.secrets[SLOT]),
        url=url,
        after_move=no_picture,
        wish=Wish(**more),
    )


async def failure_of(session: Session, url: str, **more: Any) -> LoginFailed:
    with pytest.raises(LoginFailed) as failed:
        await signed_in(session, url, **more)
    return failed.value


async def test_a_session_that_is_signed_in_already_is_left_alone(
    site: Site, open_session: Opener
) -> None:
    async with open_session(site.new_account()) as session:
        await signed_in(session, site.url("totp-page"))
        again = await signed_in(session, site.url("totp-page"))
    assert again == SignedIn(Outcome.ALREADY_SIGNED_IN, ())


async def test_without_a_url_the_page_at_hand_is_used(site: Site, open_session: Opener) -> None:
    async with open_session(site.new_account()) as session:
        await session.page.goto(site.url("one-page"))
        assert (await signed_in(session, None)).outcome is Outcome.SIGNED_IN


async def test_each_move_is_told_when_its_effect_can_be_seen(
    site: Site, open_session: Opener
) -> None:
    told: list[tuple[str, str]] = []
    async with open_session(site.new_account()) as session:

        async def after_move(words: str) -> None:
            told.append((words, await session.page.title()))

        account = Account(session.secrets[SLOT])
        await sign_in(session, account, url=site.url("totp-page"), after_move=after_move)
    assert [(words, title.split(" |")[0]) for words, title in told] == [
        ("filled username", "Sign in"),
        ("filled password", "Sign in"),
        ("pressed “Sign in”", "Two-step verification"),
        ("filled one-time code", "Two-step verification"),
        ("pressed “Verify”", "Dashboard"),
    ]


async def test_a_page_without_a_form_has_none(site: Site, open_session: Opener) -> None:
    hours = "<h1>Opening hours</h1><p>The desk is open from six in the morning until ten at night."
    async with open_session(site.new_account()) as session:
        await Pages(session, site.origin).serve(hours=hours)
        failed = await failure_of(session, f"{site.origin}/hours")
    assert failed.outcome == "no_login_form"


async def test_a_page_that_leads_to_the_login_is_left_for_it(
    site: Site, open_session: Opener
) -> None:
    async with open_session(site.new_account()) as session:
        done = await signed_in(session, f"{site.origin}/help")
    assert done.outcome == "signed_in"
    assert done.moves[0].startswith("took")


async def test_a_site_that_does_not_answer_is_unreachable(site: Site, open_session: Opener) -> None:
    async with open_session(site.new_account()) as session:
        failed = await failure_of(session, "http://127.0.0.1:9/login")
    assert failed.outcome == "site_unreachable"


async def test_a_site_that_fails_is_a_site_error(site: Site, open_session: Opener) -> None:
    async with open_session(site.new_account()) as session:
        failed = await failure_of(session, f"{site.origin}/status/503")
    assert failed.outcome == "site_error"


async def test_a_foreign_login_page_gets_nothing_and_is_named(
    site: Site, open_session: Opener
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        pages = Pages(session, site.evil)
        await pages.serve(**{"look-alike": LOGIN, "in": "<p>Thank you</p>"})
        failed = await failure_of(session, f"{site.evil}/look-alike")
        assert await session.page.input_value("[name=u]") == ""
    assert failed.outcome == "origin_refused"
    assert site.evil in failed.message
    assert pages.sent == []


async def test_a_captcha_ends_it_before_anything_is_typed(site: Site, open_session: Opener) -> None:
    async with open_session(site.new_account()) as session:
        pages = Pages(session, site.origin)
        captcha = '<label>Type the letters <input name="captcha_code"></label><button>'
        await pages.serve(guarded=LOGIN.replace("<button>", captcha))
        failed = await failure_of(session, f"{site.origin}/guarded")
        assert await session.page.input_value("[name=u]") == ""
    assert failed.outcome == "captcha"


@pytest.mark.parametrize("page", [SIGN_UP + LOGIN, LOGIN + SIGN_UP], ids=["after", "before"])
async def test_a_sign_up_form_beside_the_login_is_left_alone(
    page: str, site: Site, open_session: Opener
) -> None:
    async with open_session(site.new_account()) as session:
        pages = Pages(session, site.origin)
        await pages.serve(**{"both": page, "in": '<h1>Welcome</h1><a href="/logout">Log out</a>'})
        done = await signed_in(session, f"{site.origin}/both")
    assert done.outcome is Outcome.SIGNED_IN
    assert [path for path, _ in pages.sent] == ["/in"]


async def test_a_sign_up_form_alone_is_no_login(site: Site, open_session: Opener) -> None:
    async with open_session(site.new_account()) as session:
        await Pages(session, site.origin).serve(join=SIGN_UP)
        failed = await failure_of(session, f"{site.origin}/join")
    assert failed.outcome == "no_login_form"


async def test_text_that_stood_before_any_try_is_not_a_rejection(
    site: Site, open_session: Opener
) -> None:
    warning = '<p role="alert">Wrong passwords lock your account after five tries.</p>'
    async with open_session(site.new_account()) as session:
        pages = Pages(session, site.origin)
        await pages.serve(**{"warned": warning + LOGIN, "in": "<h1>Your day</h1><p>3 guests</p>"})
        done = await signed_in(session, f"{site.origin}/warned")
    assert done.outcome is Outcome.SIGNED_IN


async def test_a_wrong_password_without_words_is_told_by_the_emptied_field(
    site: Site, open_session: Opener
) -> None:
    page = f"""<div>{LOGIN}</div><script>
      const form = document.querySelector("#in");
      form.onsubmit = async (event) => {{
        event.preventDefault();
        await fetch("/try", {{ method: "POST", body: "x" }});
        form.p.value = "";
      }};</script>"""
    async with open_session(site.new_account()) as session:
        pages = Pages(session, site.origin)
        await pages.serve(**{"quiet": page, "try": "no"})
        failed = await failure_of(session, f"{site.origin}/quiet")
    assert failed.outcome == "bad_credentials"
    assert [path for path, _ in pages.sent] == ["/try"]


async def test_a_single_page_app_without_a_form_element_is_signed_in_to(
    site: Site, open_session: Opener
) -> None:
    page = """<div id="app"><div><span>User</span><input></div>
      <div><span>Password</span><input type="password"><button>Show</button></div>
      <div><button>Cancel</button><button id="go">Login</button></div></div><script>
      go.onclick = async () => {
        await fetch("/try", { method: "POST", body: "x" });
        app.innerHTML = "<h1>Signed in area</h1>";
      };</script>"""
    async with open_session(site.new_account()) as session:
        await Pages(session, site.origin).serve(**{"app": page, "try": "yes"})
        done = await signed_in(session, f"{site.origin}/app")
        assert "Signed in area" in await session.page.inner_text("#app")
    assert done.moves == ("filled username", "filled password", "pressed “Login”")


async def test_a_code_that_submits_itself_is_sent_once(site: Site, open_session: Opener) -> None:
    boxes = "".join(f'<input name="d{n}" maxlength="1" size="1">' for n in range(6))
    page = f"""<form action="/code" method="post"><h2>Enter the 6-digit code</h2>{boxes}
      <button>Verify</button></form><script>
      const boxes = [...document.querySelectorAll("input")];
      for (const box of boxes) box.oninput = () => {{
        if (boxes.every((one) => one.value)) setTimeout(() => document.forms[0].submit(), 30);
      }};</script>"""
    async with open_session(site.new_account()) as session:
        pages = Pages(session, site.origin)
        await pages.serve(
            **{"start": LOGIN, "in": page, "code": '<h1>Hello</h1><a href="/logout">Log out</a>'}
        )
        done = await signed_in(session, f"{site.origin}/start")
    assert done.moves[-1] == "filled one-time code"
    assert [path for path, _ in pages.sent] == ["/in", "/code"]


async def test_a_page_that_never_loads_times_out(site: Site, open_session: Opener) -> None:
    async with open_session(site.new_account()) as session:
        failed = await failure_of(session, f"{site.origin}/slow?ms=5000", timeout=1.0)
    assert failed.outcome == "timeout"
