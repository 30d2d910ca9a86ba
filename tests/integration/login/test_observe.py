"""What a look sees in real pages, which can neither hide from it, fool it nor notice it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.login.observe import Observer
from agent.login.reading import Traffic, read

if TYPE_CHECKING:
    from playwright.async_api import Page

    from agent.browser.session import Session
    from agent.login.observation import Form, Observation
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

FORM = """<form><label>User <input id="u"></label><label>Password <input id="p" type="password">
  </label><button type="reset">Cancel</button><button id="b">Log in</button></form>"""
SHADOW = """<x-login><p>Light</p><form><input id="decoy"></form></x-login><script>
  const inner = `<div></div>${FORM}<x-inner></x-inner>`;
  const root = document.querySelector("x-login").attachShadow({ mode: "open" });
  root.innerHTML = inner;</script>"""
CLOBBERED = FORM.replace(
    "<form>",
    """<img name="querySelector"><img name="documentElement"><form name="forms"><input type="hidden"
    name="parentNode"><input type="hidden" name="getAttribute"><input type="hidden" name="children">
    <input type="hidden" name="nodeType"><input type="hidden" name="elements">
    <input type="hidden" name="shadowRoot"><input type="hidden" name="localName">""",
)
LIES = """<script>
  for (const type of [Node, Element, HTMLInputElement, Document, HTMLElement])
    for (const name of Object.getOwnPropertyNames(type.prototype)) {
      const it = Object.getOwnPropertyDescriptor(type.prototype, name);
      if (it.configurable && name !== "constructor")
        Object.defineProperty(type.prototype, name, { configurable: true, get() { return null; } });
    }
  Array.prototype.map = WeakMap.prototype.get = String.prototype.trim = () => "stolen";
</script>"""


async def look_at(session: Session, markup: str) -> tuple[Observer, Observation]:
    page = session.page
    await page.set_content(markup)
    observer = Observer(page, await session.cdp(page))
    return observer, read(await observer.look(), Traffic())


async def ids(observer: Observer, form: Form | None) -> list[str | None]:
    assert form is not None
    fields = [field for field in (form.username, form.password, form.code) if field]
    spots = [spot for field in fields for spot in field.spots]
    spots += [form.submit.spot] if form.submit else []
    handles = [await observer.handle(spot) for spot in spots]
    return [await handle.get_attribute("id") if handle else None for handle in handles]


@pytest.mark.parametrize(
    "markup",
    [
        FORM,
        SHADOW.replace("${FORM}", FORM),
        CLOBBERED,
        FORM + LIES,
        f"<form role=search><input type=search name=q><button>Go</button></form>{FORM}",
        FORM.replace("form>", "div>"),
    ],
    ids=["plain", "shadow root", "clobbered", "lying", "beside a search", "formless"],
)
async def test_the_form_is_seen_and_its_elements_are_fetched(
    markup: str, open_session: Opener
) -> None:
    async with open_session() as session:
        observer, seen = await look_at(session, markup)
        assert await ids(observer, seen.form) == ["u", "p", "b"]


async def test_the_form_in_a_frame_of_the_same_site_is_seen(
    site: Site, open_session: Opener
) -> None:
    async with open_session() as session:
        frame = f'<iframe src="{site.url("one-page")}" width="800" height="600"></iframe>'
        await session.page.goto(f"{site.origin}/help")
        await session.page.set_content(frame)
        await session.page.frames[1].wait_for_selector("#password")
        observer = Observer(session.page, await session.cdp(session.page))
        seen = read(await observer.look(), Traffic())
        while seen.form is None:  # a busy machine's frame may miss a look
            await observer.changed(0.1)
            seen = read(await observer.look(), Traffic())
        assert (await ids(observer, seen.form))[:2] == ["username", "password"]


async def test_an_element_that_was_replaced_is_not_fetched(open_session: Opener) -> None:
    async with open_session() as session:
        observer, seen = await look_at(session, FORM)
        await session.page.evaluate("document.querySelector('#p').type = 'text'")
        assert await ids(observer, seen.form) == ["u", None, "b"]


async def test_a_look_changes_nothing_and_leaves_nothing_to_notice(open_session: Opener) -> None:
    async with open_session() as session:
        page: Page = session.page
        await page.set_content(FORM)
        await page.evaluate(
            """() => { window.before = Object.getOwnPropertyNames(window).length; window.seen = [];
            new MutationObserver((all) => seen.push(...all)).observe(document,
              { subtree: true, childList: true, attributes: true, characterData: true }); }"""
        )
        observer = Observer(page, await session.cdp(page))
        await observer.look()
        await observer.changed(0.01)
        assert await page.evaluate("seen.length") == 0
        added = await page.evaluate("Object.getOwnPropertyNames(window).length - before")
        assert added == 2  # `before` and `seen`, which this test made


async def test_a_value_is_never_part_of_a_look(open_session: Opener) -> None:
    async with open_session() as session:
        await session.page.set_content(FORM)
        await session.page.fill("#p", "canary-password-9")
        observer = Observer(session.page, await session.cdp(session.page))
        looks = await observer.look()
        assert "canary-password-9" not in repr(looks)
        form = read(looks, Traffic()).form
        assert form is not None
        assert form.password is not None
        assert form.password.filled


async def test_waiting_ends_when_the_page_changes_or_goes_away(open_session: Opener) -> None:
    async with open_session() as session:
        observer, _ = await look_at(session, FORM)
        await session.page.evaluate("setTimeout(() => { document.title = 'x'; }, 50)")
        assert await observer.changed(10.0)
        await session.page.evaluate("setTimeout(() => { location.href = 'about:blank?'; }, 50)")
        assert not await observer.changed(10.0)


CLOSED = """<x-door></x-door><div id="plain"></div><script>
  customElements.define("x-door", class extends HTMLElement {
    constructor() { super(); this.attachShadow({ mode: "closed" }).innerHTML = `MARKUP`; } });
  document.querySelector("#plain").attachShadow({ mode: "closed" }).innerHTML = "<p>Hello</p>";
  </script>"""


async def test_a_closed_shadow_root_is_seen_and_its_fields_are_met(open_session: Opener) -> None:
    async with open_session() as session:
        observer, seen = await look_at(session, CLOSED.replace("MARKUP", FORM))
        assert seen.form
        assert seen.form.password
        sighting = await observer.sighting(seen.form.password.spots[0])
        assert sighting
        assert await sighting.element.call("function() { return this.element.id; }") == "p"
        hidden = await session.page.evaluate("document.querySelector('x-door').shadowRoot")
        assert hidden is None  # the page's own scripts see as little as before


async def test_a_closed_root_of_a_plain_element_is_found_when_nothing_else_is(
    open_session: Opener,
) -> None:
    async with open_session() as session:
        script = f"""document.querySelector("#plain")
          .attachShadow({{ mode: "closed" }}).innerHTML = `{FORM}`;"""
        markup = f'<h1>Log in</h1><div id="plain"></div><script>{script}</script>'
        observer, seen = await look_at(session, markup)
        while seen.form is None:
            await observer.changed(0.1)
            seen = read(await observer.look(), Traffic())
        assert seen.form.password


async def test_what_lies_over_the_form_is_told_with_the_way_past_it(open_session: Opener) -> None:
    banner = """<div class="cookie" style="position:fixed;inset:0;background:#fff">We use cookies
      <button type=button>Accept all</button><button type=button>Reject all</button></div>"""
    async with open_session() as session:
        _, seen = await look_at(session, FORM + banner)
        assert seen.covered
        assert [way.button.text for way in seen.ways] == ["Reject all"]
        _, seen = await look_at(session, FORM)
        assert not seen.covered
