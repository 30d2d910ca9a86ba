from __future__ import annotations

import pytest

from agent.browser.egress import egress_switches
from agent.vault.origin import OriginPolicy


def passing(*policies: list[str]) -> list[str]:
    switches = egress_switches([OriginPolicy.parse(texts) for texts in policies], {})
    found = [one for one in switches if one.startswith("--proxy-bypass-list=")]
    return found[0].partition("=")[2].split(";")[1:]


def test_sockets_go_to_the_secrets_own_origins_only() -> None:
    assert passing(["https://hotel.example", "http://127.0.0.1:8020"]) == [
        "ws://127.0.0.1:8020",
        "wss://hotel.example:443",
    ]


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        ("https://*.hotel.example.com", ["wss://*.hotel.example.com:443"]),
        (
            "site:https://desk.hotel.com:8443",
            ["wss://hotel.com:8443", "wss://*.hotel.com:8443"],
        ),
    ],
)
def test_a_wide_rule_opens_as_wide_a_door(rule: str, places: list[str]) -> None:
    assert passing([rule]) == places


def test_with_two_secrets_only_what_both_allow_is_open() -> None:
    assert passing(
        ["https://a.example.com", "https://b.example.com"], ["site:https://a.example.com"]
    ) == [
        "wss://a.example.com:443",
        "wss://b.example.com:443",
    ]
    assert passing(["https://a.example.com"], ["https://b.example.com"]) == []


def test_without_secrets_nothing_is_shut() -> None:
    assert not any("proxy" in one for one in egress_switches([], {}))


def test_a_machines_own_proxy_is_not_replaced() -> None:
    policy = OriginPolicy.parse(["https://hotel.example"])
    switches = egress_switches([policy], {"HTTPS_PROXY": "http://proxy:3128"})
    assert not any("proxy-server" in one for one in switches)


def test_a_secret_for_a_file_server_is_no_pages_matter() -> None:
    assert passing(["https://h.example"], ["sftp://f.example"]) == ["wss://h.example:443"]
    assert passing(["https://h.example"]) == ["wss://h.example:443"]
    alone = egress_switches([OriginPolicy.parse(["sftp://f.example"])], {})
    assert not any(one.startswith("--proxy") for one in alone)
