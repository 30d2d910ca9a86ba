from __future__ import annotations

import ipaddress

import pytest

from agent.errors import SiteUnreachable, StepFailed
from agent.steps.addresses import Reach, addresses_of, reach_of
from agent.vault.origin import Origin

KINDS = {
    Reach.PUBLIC: [
        "1.1.1.1", "93.184.215.14", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.1",
        "2606:4700::1111", "2a00:1450:4001::1", "2003::1",
    ],
    Reach.LOOPBACK: ["127.0.0.1", "127.255.255.254", "::1"],
    Reach.PRIVATE: [
        "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
        "fc00::1", "fd12:3456::1",
    ],
    Reach.NEVER: [
        "0.1.2.3", "169.254.169.254", "169.254.0.1", "168.63.129.16", "100.100.100.200",
        "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "192.88.99.1",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "fe80::1", "fec0::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fd00:ec2::254", "3fff::1",
        "5f00::1", "100::1",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reach"), [(text, reach) for reach, texts in KINDS.items() for text in texts]
)
def test_every_address_is_known_for_what_it_is(text: str, reach: Reach) -> None:
    assert reach_of(ipaddress.ip_address(text)) is reach


async def found(url: str, *addresses: str, listed: bool = False) -> tuple[str, ...]:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return await addresses_of(Origin.parse(url), listed=listed, resolve=resolve)


async def test_a_public_name_gives_the_addresses_that_were_checked() -> None:
    assert await found("https://h.example", "1.1.1.1", "2606:4700::1") == (
        "1.1.1.1",
        "2606:4700::1",
    )


@pytest.mark.parametrize("bad", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "fe80::1%eth0"])
async def test_a_name_with_one_address_that_is_not_public_is_refused(bad: str) -> None:
    for listed in (True, False):
        with pytest.raises(StepFailed, match="nothing was sent"):
            await found("https://h.example", "1.1.1.1", bad, listed=listed)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1]:1", "https://192.168.1.7"])
async def test_a_local_address_written_as_itself_needs_a_list(url: str) -> None:
    with pytest.raises(StepFailed, match="nothing was sent"):
        await found(url)
    assert await found(url, listed=True)


async def test_localhost_leads_to_this_machine_or_nowhere() -> None:
    assert await found("http://localhost:1", "127.0.0.1", "::1", listed=True)
    for text in ("10.0.0.1", "1.1.1.1"):
        with pytest.raises(StepFailed, match="nothing was sent"):
            await found("http://localhost:1", text, listed=True)


@pytest.mark.parametrize("url", ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://0"])
async def test_no_list_opens_what_no_step_may_reach(url: str) -> None:
    with pytest.raises(StepFailed, match="that no step may reach"):
        await found(url, listed=True)


async def test_a_name_without_an_address_is_told() -> None:
    with pytest.raises(SiteUnreachable, match="no address"):
        await found("https://h.example")
    with pytest.raises(SiteUnreachable, match="no such host"):
        await addresses_of(Origin.parse("https://no-such-host.invalid"), listed=False)


async def test_a_name_is_looked_up_once() -> None:
    asked = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["1.1.1.1"] if len(asked) == 1 else ["127.0.0.1"]

    origin = Origin.parse("https://h.example")
    assert await addresses_of(origin, listed=False, resolve=rebinding) == ("1.1.1.1",)
    assert asked == ["h.example"]
