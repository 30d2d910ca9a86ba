"""Each target the recorder gives finds the element it was made for, and no other, in Playwright."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from agent.steps.target import Target
from tests.integration.recording.person import Person, recorded

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser

PAGES = (
    "/login", "/playground", "/playground/rooms", "/help?q=room", "/shapes/plain-ja",
    "/shapes/button-image", "/shapes/code-six-boxes",
)  # fmt: skip
# Elements get a number that no target is made of, and each its target.
NUMBERED = """(() => {
  const seen = [];
  const look = (root) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.shadowRoot) look(one.shadowRoot);
      if (one.closest('head, script, style') || !one.checkVisibility()) continue;
      const used = one.matches('a, button, input, select, textarea, summary, label, img, [role]');
      if (!used && one.children.length) continue;
      seen.push([slotrunnerFinds(one), seen.length]);
      one.setAttribute('data-number', seen.length - 1);
    }
  };
  look(document);
  return seen.map(([target]) => target);
})()"""
HARD = """<body>
<button>Edit</button><button>Edit</button><button aria-label="Close">x</button>
<button><span aria-hidden="true">icon</span> Save <b>all</b></button>
<a href="/a">Room <span style="display:none">hidden</span>304</a>
<style>.star::before { content: "Best "; }</style><a class="star" href="/b">price</a>
<label>Floor <select><option>First</option><option>Second</option></select></label>
<label for="n">Name</label><input id="n"><label for="nn">Name of guest</label><input id="nn">
<input placeholder="Search"><input placeholder="Search rooms"><input name="q7"><input>
<div id="x3f9ab2c71"><p><em>deep</em> text</p><p>deep</p></div>
<input type="submit"><input type="submit" value="Go"><img alt="House" src="data:,">
<h2>House</h2><ul><li>One</li><li>One</li><li>Two</li></ul>
<div role="tab">Tab "quoted" 'one'</div><div role="nonsense">odd</div>
<input data-testid="tid"><span title="A title">?</span>
<div style="text-transform:uppercase">big</div>
<div id="host"></div><script>
host.attachShadow({mode: 'open'}).innerHTML =
'<label>In shadow <input></label><button>Edit</button><p>a</p>';
</script></body>"""


async def targets_of(cdp: CDPSession) -> list[dict[str, Any]]:
    """Ask the recorder's own world of the page."""
    world: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    page = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]

    def born(told: dict[str, Any]) -> None:
        context = told["context"]
        ours = context["name"] == "slotrunner-recorder" and context["auxData"]["frameId"] == page
        if ours and not world.done():
            world.set_result(context["id"])

    cdp.on("Runtime.executionContextCreated", born)
    await cdp.send("Runtime.enable")
    asked = {"expression": NUMBERED, "contextId": await world, "returnByValue": True}
    answer = await cdp.send("Runtime.evaluate", asked)
    assert "exceptionDetails" not in answer, answer
    found: list[dict[str, Any]] = answer["result"]["value"]
    return found


async def wrong_in(page: Page) -> tuple[list[str], list[dict[str, Any]]]:
    cdp = await page.context.new_cdp_session(page)
    targets = await targets_of(cdp)
    wrong = []
    for number, target in enumerate(targets):
        located = Target.model_validate(target).locate(page)
        numbers = [await one.get_attribute("data-number") for one in await located.all()]
        if numbers != [str(number)]:
            element = page.locator(f"[data-number='{number}']")
            wrong.append(f"{target} {numbers} {await element.evaluate('e => e.outerHTML')}"[:400])
    await cdp.detach()
    return wrong, targets


async def test_each_target_finds_its_element_and_no_other(site: Site) -> None:
    wrong: list[str] = []
    made: list[dict[str, Any]] = []

    async def play(person: Person) -> None:
        for path in PAGES:
            await person.page.goto(site.origin + path)
            await person.settle()
            more, targets = await wrong_in(person.page)
            wrong.extend(f"{path}: {one}" for one in more)
            made.extend(targets)
        await person.page.set_content(HARD)
        await person.settle()
        more, targets = await wrong_in(person.page)
        wrong.extend(more)
        made.extend(targets)

    await recorded(site.origin, play)
    assert not wrong, "\n".join(wrong)
    assert len(made) > 100
    # They are such as a person would write: few are paths through the page.
    ways = [next(iter(target)) for target in made]
    assert ways.count("css") < len(ways) / 4, ways
