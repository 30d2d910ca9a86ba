from __future__ import annotations

import pytest

from agent.browser.options import BrowserOptions
from agent.browser.remote.endpoint import Remote
from agent.errors import UsageError

TOKEN = "tok-51d0c1"


@pytest.mark.parametrize(
    ("url", "protocol", "place"),
    [
        ("http://127.0.0.1:9222", "cdp", "http://127.0.0.1:9222"),
        ("https://pool.example/?token=x", "cdp", "https://pool.example:443"),
        ("ws://localhost:9222/devtools/browser/abc", "cdp", "ws://localhost:9222"),
        ("ws://localhost:3000/", "playwright", "ws://localhost:3000"),
        ("wss://u:p@pool.example/secret-path", "playwright", "wss://pool.example:443"),
        ("ws://[::1]:3000/", "playwright", "ws://[::1]:3000"),
    ],
)
def test_the_protocol_is_told_from_the_address(url: str, protocol: str, place: str) -> None:
    remote = Remote.of(url)
    assert (remote.protocol, remote.place) == (protocol, place)


def test_a_pool_that_speaks_cdp_through_a_socket_is_named_so() -> None:
    assert Remote.of("wss://pool.example?token=x", "cdp").protocol == "cdp"


@pytest.mark.parametrize(
    "url",
    [f"ftp://h/{TOKEN}", f"//{TOKEN}", f"http:///{TOKEN}", f"ws://h:0x/{TOKEN}", f"ws://[{TOKEN}"],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Remote.of(url)
    assert TOKEN not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__cause__ is None or TOKEN not in str(caught.value.__cause__)


def test_a_playwright_server_is_not_named_by_an_http_address() -> None:
    with pytest.raises(UsageError, match="begins with ws://"):
        Remote.of("http://h:3000", "playwright")


def test_what_the_address_holds_is_in_no_text_of_it() -> None:
    remote = Remote.of(f"wss://{TOKEN}:{TOKEN}@pool.example/{TOKEN}?token={TOKEN}#{TOKEN}")
    options = BrowserOptions(remote=remote)
    texts = [repr(remote), str(remote), remote.place, remote.words(), repr(options)]
    assert not any(TOKEN in text for text in texts)
    assert TOKEN in remote.url


@pytest.mark.parametrize(
    "url",
    [
        "ws://127.0.0.1:3000",
        "http://localhost:9222",
        "ws://[::1]:3000",
        "wss://pool.example",
        "https://10.0.0.7:9222",
    ],
)
def test_on_loopback_and_with_tls_nothing_crosses_a_network_in_the_clear(url: str) -> None:
    assert not Remote.of(url).is_clear


@pytest.mark.parametrize(
    "url",
    [
        "ws://10.0.0.7:3000",
        "http://pool.example:9222",
        "http://127.0.0.1.example:9222",
        "http://localhost.example:9222",
    ],
)
def test_any_other_address_needs_encryption(url: str) -> None:
    assert Remote.of(url).is_clear
