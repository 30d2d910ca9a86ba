"""Origins as a browser sees them, and the rules that say where a secret may go."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent.errors import UsageError
from agent.vault.origin import Origin, OriginPolicy, OriginRule

GOOD = "https://good.example"

# A URL a page could have, and its origin as Chromium would give it; None: it has none we use.
URLS = [
    ("https://good.example", GOOD),
    ("https://good.example/", GOOD),
    ("https://good.example/login?next=%2F#top", GOOD),
    ("HTTPS://GOOD.EXAMPLE", GOOD),
    ("https://good.example:443", GOOD),
    ("https://good.example:0443/", GOOD),
    ("https://good.example:", GOOD),
    ("https:good.example", GOOD),
    ("https:/good.example", GOOD),
    ("https:///good.example", GOOD),
    ("https:\\\\good.example", GOOD),
    ("  https://good.example\n", GOOD),
    ("https://go\tod.exa\nmple", GOOD),
    ("https://%67ood.example", GOOD),
    ("https://g\u24deod.example", GOOD),
    ("https://go\u00adod.example", GOOD),
    ("https://good\u3002example", GOOD),
    ("https://good\uff0eexample", GOOD),
    ("https://good.example/@evil.test", GOOD),
    ("https://good.example?@evil.test", GOOD),
    ("https://good.example#@evil.test", GOOD),
    ("https://good.example\\@evil.test", GOOD),
    ("https://good.example:8443", "https://good.example:8443"),
    ("https://good.example:80", "https://good.example:80"),
    ("http://good.example", "http://good.example"),
    ("http://good.example:443", "http://good.example:443"),
    ("https://www.good.example", "https://www.good.example"),
    ("https://good.example.evil.test", "https://good.example.evil.test"),
    ("https://good.example%2eevil.test", "https://good.example.evil.test"),
    ("https://good-example.evil.test", "https://good-example.evil.test"),
    ("https://evil.test/https://good.example", "https://evil.test"),
    ("https://evil.test?https://good.example", "https://evil.test"),
    ("https://evil.test#https://good.example", "https://evil.test"),
    ("http://evil.test\\@good.example/", "http://evil.test"),
    ("https://evil.test\\.good.example", "https://evil.test"),
    ("https://evil.test/.good.example", "https://evil.test"),
    ("https://g\u043eod.example", "https://xn--god-sed.example"),
    ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("https://B\u00dcCHER.example", "https://xn--bcher-kva.example"),
    ("https://fa\u00df.example", "https://xn--fa-hia.example"),
    ("https://fass.example", "https://fass.example"),
    ("http://127.0.0.1:8020", "http://127.0.0.1:8020"),
    ("http://0x7f.1", "http://127.0.0.1"),
    ("http://2130706433", "http://127.0.0.1"),
    ("http://0177.0.0.1", "http://127.0.0.1"),
    ("http://127.1", "http://127.0.0.1"),
    ("http://\uff11\uff12\uff17.0.0.1", "http://127.0.0.1"),
    ("http://[::1]:80", "http://[::1]"),
    ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
    ("http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"),
    ("http://localhost:3000/x", "http://localhost:3000"),
    ("https://good.example.", None),
    ("https://good.example.:443", None),
    ("https://good.example..", None),
    ("https://good..example", None),
    ("https://.good.example", None),
    ("https://.", None),
    ("https://user@good.example", None),
    ("https://user:word@good.example", None),
    ("https://:word@good.example", None),
    ("https://good.example@evil.test", None),
    ("https://good.example:443@evil.test", None),
    ("https://good.example%40evil.test", None),
    ("https://good.example%00.evil.test", None),
    ("https://good.example|evil.test", None),
    ("https://good.example:99999", None),
    ("https://good.example:44x", None),
    ("https://*.good.example", None),
    ("https://256.1.1.1", None),
    ("https://1.2.3.4.5", None),
    ("https://good.0x7f.1", None),
    ("https://[fe80::1%25eth0]", None),
    ("https://", None),
    ("//good.example", None),
    ("good.example", None),
    ("", None),
    ("null", None),
    ("about:blank", None),
    ("about:srcdoc", None),
    ("data:text/html,https://good.example", None),
    ("blob:https://good.example/1b9d", None),
    ("javascript:location='https://good.example'", None),
    ("file:///good.example", None),
    ("ftp://good.example", None),
    ("wss://good.example", None),
    ("filesystem:https://good.example/x", None),
    ("view-source:https://good.example", None),
    ("chrome://good.example", None),
    (f"https://{'a' * 64}.{'b' * 200}.example", None),
]


@pytest.mark.parametrize(("url", "origin"), URLS)
def test_a_url_has_the_origin_the_browser_gives_it(url: str, origin: str | None) -> None:
    if origin is None:
        with pytest.raises(UsageError):
            Origin.parse(url)
    else:
        assert str(Origin.parse(url)) == origin


@pytest.mark.parametrize("url", [url for url, _ in URLS])
def test_only_the_very_origin_is_allowed_by_an_exact_rule(url: str) -> None:
    policy = OriginPolicy.parse([GOOD])
    try:
        origin = Origin.parse(url)
    except UsageError:
        return
    assert policy.allows(origin) == (str(origin) == GOOD)


def test_the_table_is_long_enough() -> None:
    assert len({url for url, _ in URLS}) >= 60


def test_a_prefix_comparison_would_be_fooled() -> None:
    """The positive control: what the exact comparison is there for."""
    fooled = [u for u, o in URLS if u.startswith(GOOD) and o is not None and o != GOOD]
    assert "https://good.example.evil.test" in fooled


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1", True),
        ("http://127.255.255.254", True),
        ("http://[::1]", True),
        ("http://localhost", True),
        ("http://hotel.localhost", True),
        ("http://128.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://10.0.0.1", False),
        ("http://169.254.169.254", False),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://[::]", False),
        ("http://localhost.evil.test", False),
        ("http://notlocalhost", False),
        ("http://127.0.0.1.evil.test", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(url: str, *, loopback: bool) -> None:
    assert Origin.parse(url).is_loopback is loopback


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://good.example", "not encrypted"),
        ("http://10.0.0.1", "not encrypted"),
        ("http://localhost.evil.test", "not encrypted"),
        ("http://[::ffff:127.0.0.1]", "usual form"),
        ("good.example", "starts with https://"),
        ("https:good.example", "starts with https://"),
        ("https:///good.example", "starts with https://"),
        ("https://good.example/login", "no path"),
        ("https://good.example?x=1", "no path"),
        ("https://good.example#x", "no path"),
        ("https://good.example.", "trailing dot"),
        ("https://good.example:", "port is missing"),
        ("https://user:word@good.example", "user name or password"),
        ("https://@good.example", "user name or password"),
        ("https://evil.test\\@good.example", "user name or password"),
        ("https://evil.test\\.good.example", "backslash"),
        ("https://%67ood.example", "percent"),
        (" https://good.example", "invisible"),
        ("https://go\u00adod.example", "invisible"),
        ("https://go\u200bod.example", "invisible"),
        ("https://0x7f.1", "usual form: 127.0.0.1"),
        ("https://2130706433", "usual form: 127.0.0.1"),
        ("https://127.1:8443", "usual form: 127.0.0.1"),
        ("https://*", "whole labels at the front"),
        ("https://*.co.uk", "not a domain one owner holds"),
        ("https://*.github.io", "not a domain one owner holds"),
        ("https://*.vercel.app", "not a domain one owner holds"),
        ("https://*.com", "not a domain one owner holds"),
        ("https://*.intranet", "not a domain one owner holds"),
        ("https://*.*.good.com", "whole labels at the front"),
        ("https://a.*.good.com", "whole labels at the front"),
        ("https://a*.good.com", "whole labels at the front"),
        ("https://*good.com", "whole labels at the front"),
        ("https://*.good.*", "whole labels at the front"),
        ("https://*.localhost", "no sub-domains"),
        ("https://*.192.168.1.10", "no sub-domains"),
        ("https://*.[::1]", ""),
        ("site:https://192.168.1.10", "no sub-domains"),
        ("site:http://localhost:3000", "no sub-domains"),
        ("site:https://co.uk", "not a domain one owner holds"),
        ("site:https://github.io", "not a domain one owner holds"),
        ("site:https://*.good.com", "whole labels at the front"),
        ("site:good.com", "starts with https://"),
        ("site:site:https://good.com", ""),
        ("ftp://good.example", "only http and https"),
        ("", "starts with https://"),
    ],
)
def test_a_rule_that_could_be_misread_or_reach_too_far_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        OriginRule.parse(text)
    assert reason in refused.value.message
    assert "word" not in refused.value.message.replace("password", "")


@pytest.mark.parametrize(
    ("rule", "allowed", "refused"),
    [
        (
            "https://app.good.com",
            ["https://app.good.com", "https://app.good.com:443/x"],
            ["https://good.com", "https://x.app.good.com", "http://app.good.com"],
        ),
        ("https://good.com:8443", ["https://good.com:8443"], ["https://good.com"]),
        (
            "site:https://app.good.com",
            ["https://good.com", "https://login.good.com", "https://a.b.good.com"],
            ["https://evil.com", "http://good.com", "https://good.com:8443", "https://good.co"],
        ),
        (
            "site:https://shop.good.co.uk",
            ["https://good.co.uk", "https://pay.good.co.uk"],
            ["https://evil.co.uk", "https://co.uk"],
        ),
        (
            "site:https://mine.github.io",
            ["https://mine.github.io", "https://a.mine.github.io"],
            ["https://yours.github.io", "https://github.io"],
        ),
        (
            "https://*.good.com",
            ["https://a.good.com", "https://a.b.good.com"],
            [
                "https://good.com",
                "https://notgood.com",
                "https://a.good.com:444",
                "http://a.good.com",
            ],
        ),
        (
            "https://*.app.good.com:8443",
            ["https://x.app.good.com:8443"],
            ["https://x.good.com:8443", "https://x.app.good.com"],
        ),
        ("http://127.0.0.1:8020", ["http://127.0.0.1:8020"], ["http://127.0.0.1:8021"]),
        ("http://localhost:3000", ["http://localhost:3000"], ["http://a.localhost:3000"]),
        ("https://192.168.1.10", ["https://192.168.1.10"], ["https://1.10", "https://2.168.1.10"]),
    ],
)
def test_a_rule_allows_its_origins_and_no_others(
    rule: str, allowed: list[str], refused: list[str]
) -> None:
    policy = OriginPolicy.parse([rule])
    assert [u for u in allowed if not policy.allows(Origin.parse(u))] == []
    assert [u for u in refused if policy.allows(Origin.parse(u))] == []


def test_a_site_rule_never_takes_part_of_an_address_for_a_domain() -> None:
    policy = OriginPolicy.parse(["site:https://good.com"])
    assert not policy.allows(Origin.parse("https://192.168.1.10"))
    assert not policy.allows(Origin.parse("https://[2001:db8::1]"))


def test_a_secret_without_an_origin_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one origin"):
        OriginPolicy.parse([])


def test_a_policy_reads_back_what_it_writes_in_any_order() -> None:
    texts = ["site:https://good.com", "https://*.good.org:8443", GOOD, "http://[::1]:81", GOOD]
    policy = OriginPolicy.parse(texts)
    assert OriginPolicy.parse(policy.texts()) == policy
    assert OriginPolicy.parse(texts[::-1]) == policy
    assert set(policy.texts()) == set(texts)


def test_the_digest_changes_with_every_part_of_a_rule() -> None:
    texts = ["https://a.good.com", "https://a.good.com:1", "site:https://a.good.com"]
    texts += ["https://*.a.good.com", "https://b.good.com", "http://localhost"]
    digests = {OriginPolicy.parse([text]).digest() for text in texts}
    assert len(digests) == len(texts)
    assert {len(digest) for digest in digests} == {32}
    both = OriginPolicy.parse(texts[:2])
    assert both.digest() == OriginPolicy.parse(texts[1::-1]).digest()
    assert both.digest() not in digests


@pytest.mark.parametrize(
    ("secret", "slot", "covered"),
    [
        ("https://a.good.com", "https://a.good.com", True),
        ("https://a.good.com", "https://b.good.com", False),
        ("https://a.good.com", "https://*.good.com", False),
        ("https://*.good.com", "https://a.good.com", True),
        ("https://*.good.com", "https://*.a.good.com", True),
        ("https://*.good.com", "https://*.good.com", True),
        ("https://*.a.good.com", "https://*.good.com", False),
        ("https://*.good.com", "site:https://good.com", False),
        ("site:https://good.com", "https://*.good.com", True),
        ("site:https://good.com", "site:https://a.good.com", True),
        ("site:https://good.com", "site:https://evil.com", False),
        ("site:https://good.com", "https://good.com:444", False),
    ],
)
def test_a_slot_may_ask_for_no_more_than_its_secret_allows(
    secret: str, slot: str, *, covered: bool
) -> None:
    assert OriginPolicy.parse([secret]).covers(OriginPolicy.parse([slot])) is covered


def test_the_suffix_list_is_read_only_where_a_rule_needs_it() -> None:
    program = (
        "import sys; from agent.vault.origin import OriginPolicy as P\n"
        "P.parse(['https://good.com']); print('publicsuffixlist' in sys.modules)\n"
        "P.parse(['site:https://good.com']); print('publicsuffixlist' in sys.modules)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("written", "canonical", "port"),
    [
        ("sftp://Files.Good.example", "sftp://files.good.example", 22),
        ("sftp://good.example:22", "sftp://good.example", 22),
        ("sftp://good.example:443", "sftp://good.example:443", 443),
        ("sftp://good.example:2222/", "sftp://good.example:2222", 2222),
        ("sftp://[::1]", "sftp://[::1]", 22),
        ("sftp://127.0.0.1:2222", "sftp://127.0.0.1:2222", 2222),
        ("imaps://mail.good.example", "imaps://mail.good.example", 993),
        ("imap://mail.good.example:1143", "imap://mail.good.example:1143", 1143),
    ],
)
def test_a_rule_may_name_a_server_that_is_no_page(written: str, canonical: str, port: int) -> None:
    rule = OriginRule.parse(written)
    assert (str(rule), rule.origin.port) == (canonical, port)
    assert OriginRule.parse(str(rule)) == rule
    assert not rule.allows(Origin("https", rule.origin.host, port))


@pytest.mark.parametrize(
    "written",
    ["site:sftp://good.example", "sftp://*.good.example", "sftp://u@good.example", "sftp://",
     "sftp://good.example/path", "sftp://good.example:", "sftp://0x7f.1", "SFTP:good.example"],
)  # fmt: skip
def test_a_file_server_is_named_exactly(written: str) -> None:
    with pytest.raises(UsageError):
        OriginRule.parse(written)


def test_no_page_has_the_origin_of_a_file_server() -> None:
    with pytest.raises(UsageError):
        Origin.parse("sftp://good.example")
