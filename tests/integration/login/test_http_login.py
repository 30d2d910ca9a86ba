"""The browser's own login is answered once, for exactly the origin that asks."""

from __future__ import annotations

import asyncio
import base64
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from agent.errors import LoginFailed
from agent.login.account import Account
from agent.login.outcome import Outcome
from agent.login.sign_in import Wish, sign_in
from agent.vault.audit import Act

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agent.browser.session import Session
    from agent.login.sign_in import SignedIn
    from fixtures.login_site.accounts import Account as SiteAccount
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

SLOT = "MANAGEMENT_LOGIN"


@dataclass
class Door:
    """A server that asks for HTTP Basic and keeps every ``Authorization`` it was sent."""

    accepts: str = ""
    body: str = "<h1>Rooms</h1><p>Three guests are expected today.</p>"
    elsewhere: str = ""
    origin: str = ""
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split(" ")[1])
        sent = re.search(r"^authorization: (.*)\r$", head, re.IGNORECASE | re.MULTILINE)
        if sent:
            self.given.append(sent[1])
        writer.write(self._response(head.split(" ")[1], sent[1] if sent else "").encode())
        await writer.drain()
        writer.close()

    def _response(self, path: str, sent: str) -> str:
        if path == "/open":
            return _page("200 OK", self.body)
        if path == "/moved":
            return _page("302 Found", "", f"Location: {self.elsewhere}/\r\n")
        if self.accepts and sent == self.accepts:
            return _page("200 OK", self.body)
        return _page("401 Unauthorized", "No", 'WWW-Authenticate: Basic realm="rooms"\r\n')


def _page(status: str, body: str, more: str = "") -> str:
    told = "" if "icon" in body else '<link rel="icon" href="data:,">'
    whole = f"<!doctype html>{told}{body}"
    return (
        f"HTTP/1.1 {status}\r\n{more}Content-Type: text/html\r\n"
        f"Content-Length: {len(whole)}\r\nConnection: close\r\n\r\n{whole}"
    )


@asynccontextmanager
async def serving(door: Door) -> AsyncIterator[Door]:
    server = await asyncio.start_server(door.answer, "127.0.0.1", 0)
    door.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield door


def basic(account: SiteAccount) -> str:
    whole = f"{account.username}:{account.password}".encode()
    return f"Basic {base64.b64encode(whole).decode()}"


async def no_picture(_words: str) -> None:
    """Take none."""


async def signed_in(session: Session, url: str) -> SignedIn:
    return await sign_in(
        session,
        Account(session.secrets[SLOT]),
        url=url,
        after_move=no_picture,
        wish=Wish(timeout=15.0),
    )


async def test_the_right_account_is_let_in_and_the_release_is_audited(
    site: Site, open_session: Opener
) -> None:
    account = site.new_account(totp=False)
    async with (
        serving(Door(accepts=basic(account))) as door,
        open_session(account, origins=[door.origin]) as session,
    ):
        done = await signed_in(session, f"{door.origin}/")
        assert done.outcome is Outcome.SIGNED_IN
        assert "Three guests" in await session.page.inner_text("body")
        assert "@" not in session.page.url
    assert door.given == [basic(account)]
    acts = [row["action"] for row in open_session.vault.trail().rows()]
    assert acts.count(Act.REVEALED) == 2


async def test_a_wrong_password_is_sent_once(site: Site, open_session: Opener) -> None:
    account = site.new_account(totp=False)
    async with (
        serving(Door(accepts="Basic other")) as door,
        open_session(account, origins=[door.origin]) as session,
    ):
        with pytest.raises(LoginFailed) as failed:
            await signed_in(session, f"{door.origin}/")
    assert failed.value.outcome == "bad_credentials"
    assert door.given == [basic(account)]


async def test_another_origin_that_asks_gets_nothing(site: Site, open_session: Opener) -> None:
    account = site.new_account(totp=False)
    async with (
        serving(Door()) as stranger,
        serving(Door(elsewhere=stranger.origin)) as door,
        open_session(account, origins=[door.origin]) as session,
    ):
        with pytest.raises(LoginFailed) as failed:
            await signed_in(session, f"{door.origin}/moved")
    assert failed.value.outcome == "origin_refused"
    assert stranger.origin in failed.value.message
    assert stranger.asked == ["/"]
    assert stranger.given == door.given == []


async def test_a_picture_that_asks_gets_nothing(site: Site, open_session: Opener) -> None:
    account = site.new_account(totp=False)
    body = '<h1>Rooms</h1><img src="/picture"><a href="/logout">Log out</a>'
    async with (
        serving(Door(body=body)) as door,
        open_session(account, origins=[door.origin]) as session,
    ):
        done = await signed_in(session, f"{door.origin}/open")
        await session.page.wait_for_load_state("load")
    assert done.outcome is Outcome.ALREADY_SIGNED_IN
    assert "/picture" in door.asked
    assert door.given == []


async def test_without_a_sign_in_under_way_nothing_is_answered(
    site: Site, open_session: Opener
) -> None:
    account = site.new_account(totp=False)
    async with (
        serving(Door(accepts=basic(account))) as door,
        open_session(account, origins=[door.origin]) as session,
    ):
        answer = await session.page.goto(f"{door.origin}/")
        assert answer is not None
        assert answer.status == 401
    assert door.given == []
