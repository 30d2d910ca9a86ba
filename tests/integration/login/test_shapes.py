"""Every login shape of the fake site, with everything that can go right and wrong in it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from agent.errors import LoginFailed
from agent.login.account import Account
from agent.login.outcome import MEANINGS, Outcome
from agent.login.sign_in import SignedIn, Wish, sign_in

if TYPE_CHECKING:
    from agent.browser.session import Session
    from fixtures.login_site.accounts import Account as SiteAccount
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

SLOT = "MANAGEMENT_LOGIN"
SHAPES = ("one-page", "identifier-first", "totp-page", "totp-same-page", "totp-boxes")
WITH_CODE = SHAPES[1:]
OTHER_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD_FIELDS = ("password", "passwd", "user_pass", "pass")


async def no_picture(_words: str) -> None:
    """Take none."""


async def signed_in(session: Session, url: str | None, **more: Any) -> SignedIn:
    return await sign_in(
        session, Account(session.secrets[SLOT]), url=url, after_move=no_picture, wish=Wish(**more)
    )


async def outcome_of(session: Session, url: str) -> LoginFailed:
    with pytest.raises(LoginFailed) as failed:
        await signed_in(session, url)
    return failed.value


def passwords_sent(site: Site, account: SiteAccount, since: int) -> int:
    """Count the requests that carried a password for this account, from the site's own log."""
    sent = [r for r in site.log[since:] if r.method == "POST" and b"pass" in r.body]
    fields = [parse_qs(r.body.decode()) for r in sent]
    return sum(any(f.get(name) == [account.password] for name in PASSWORD_FIELDS) for f in fields)


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_right_account_is_let_in(shape: str, site: Site, open_session: Opener) -> None:
    account = site.new_account()
    since = len(site.log)
    async with open_session(account) as session:
        done = await signed_in(session, site.url(shape))
        assert done.outcome is Outcome.SIGNED_IN
        assert await session.page.inner_text("#who") == account.username
    assert passwords_sent(site, account, since) == 1


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_wrong_password_is_told_at_once_and_sent_once(
    shape: str, site: Site, open_session: Opener
) -> None:
    account = replace(site.new_account(), password="not-the-password-1")
    since = len(site.log)
    async with open_session(account) as session:
        began = time.monotonic()
        failed = await outcome_of(session, site.url(shape))
        assert time.monotonic() - began < 10
    assert failed.outcome == "bad_credentials"
    assert "The username or password is not right." in failed.message
    assert failed.hint == MEANINGS[Outcome.BAD_CREDENTIALS].hint
    assert account.password not in f"{failed.message}{failed.hint}"
    assert passwords_sent(site, account, since) == 1


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_locked_account_is_told(shape: str, site: Site, open_session: Opener) -> None:
    account = site.new_account(locked=True)
    since = len(site.log)
    async with open_session(account) as session:
        failed = await outcome_of(session, site.url(shape))
    assert failed.outcome == "locked"
    assert passwords_sent(site, account, since) == 1


@pytest.mark.parametrize("shape", WITH_CODE)
async def test_a_wrong_code_is_told(shape: str, site: Site, open_session: Opener) -> None:
    # A short period on our side alone: the second code is of the next window.
    account = replace(site.new_account(), totp_key=OTHER_KEY, period=10)
    since = len(site.log)
    async with open_session(account) as session:
        failed = await outcome_of(session, site.url(shape))
    assert failed.outcome == "mfa_rejected"
    assert "That code is not right." in failed.message
    assert passwords_sent(site, account, since) == 1
    codes = [r for r in site.log[since:] if r.method == "POST" and _holds_code(r.body)]
    assert len({r.body for r in codes}) == len(codes) == (1 if shape == "totp-same-page" else 2)


@pytest.mark.parametrize("shape", WITH_CODE)
async def test_a_code_asked_of_a_secret_without_a_key_is_told(
    shape: str, site: Site, open_session: Opener
) -> None:
    account = replace(site.new_account(), totp_key="")
    async with open_session(account) as session:
        failed = await outcome_of(session, site.url(shape))
    assert failed.outcome == "mfa_required_but_no_method"


@pytest.mark.parametrize("shape", SHAPES)
async def test_an_account_without_a_code_is_let_in_everywhere(
    shape: str, site: Site, open_session: Opener
) -> None:
    async with open_session(site.new_account(totp=False)) as session:
        assert (await signed_in(session, site.url(shape))).outcome is Outcome.SIGNED_IN


def _holds_code(body: bytes) -> bool:
    fields = parse_qs(body.decode())
    return any(name in fields for name in ("otp_token", "2fa", "digit1"))
