"""What a look at a page of 2,000 nodes costs: the script in the page, and all of it."""

from __future__ import annotations

import statistics
import time

from playwright.async_api import async_playwright

from agent.browser.find import find_browser
from agent.login.observe import Observer
from agent.login.reading import Traffic, read

NODES = 2000
GOAL = 10.0  # milliseconds
_LOOKS = 30
_FORM = """<main><form id=f action=/in method=post><h1>Sign in</h1>
<div><label for=u>User name</label><input id=u name=u autocomplete=username></div>
<div><label for=p>Password</label><input id=p name=p type=password></div>
<label><input type=checkbox name=r> Remember me</label><button>Sign in</button>
<a href=/forgot>Forgot password?</a></form></main>"""
_TOUCH = "document.querySelector('h1').textContent += '.'"
# The same work for every machine and load: how long this takes is what a millisecond is worth.
_YARDSTICK = """() => {
  const began = performance.now();
  let sum = 0;
  for (let turn = 0; turn < 40; turn += 1)
    for (const node of document.querySelectorAll('*')) sum += node.getBoundingClientRect().width;
  return performance.now() - began + 0 * sum;
}"""


def page_of(nodes: int) -> str:
    """Write a page of so many elements: navigation, a login form, a table, cards of text."""
    parts = ["<header><nav><ul>", *(_place(n) for n in range(40)), "</ul></nav></header>", _FORM]
    parts.append("<table><tbody>" + "".join(_row(n) for n in range((nodes - 150) // 16)))
    parts.append("</tbody></table>")
    parts += [_card(n) for n in range((nodes - 150) // 16)]
    return "<!doctype html>" + "".join(parts)


def _place(number: int) -> str:
    return f'<li class="nav-item"><a href="/n/{number}">Place {number}</a></li>'


def _row(number: int) -> str:
    return (
        f'<tr class="row"><td><a href="/g/{number}">Guest {number}</a></td><td>Room {number}</td>'
        '<td><span class="badge">open</span></td><td><button type="button">Edit</button></td></tr>'
    )


def _card(number: int) -> str:
    return (
        f'<div class="card"><h3>Card {number}</h3><p>Some text about <b>things</b> and <i>others'
        f"</i> {number}</p><div><span>today</span></div></div>"
    )


async def time_a_look() -> str:
    """Look at the page often, changed each time, and tell the medians."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(find_browser().path))
        context = await browser.new_context()
        page = await context.new_page()
        await page.set_content(page_of(NODES))
        observer = Observer(page, await context.new_cdp_session(page))
        inside, whole, worth = [], [], []
        for _ in range(_LOOKS):
            await page.evaluate(_TOUCH)
            worth.append(await page.evaluate(_YARDSTICK))
            await page.evaluate(_TOUCH)
            began = time.perf_counter()
            read(await observer.look(), Traffic())
            whole.append(1000 * (time.perf_counter() - began))
            await page.evaluate(_TOUCH)
            inside.append(await observer.script_time())
        count = await page.evaluate("document.querySelectorAll('*').length")
        await browser.close()
    script, all_, yard = (statistics.median(times) for times in (inside, whole, worth))
    return (
        f"a look at {count} nodes: {script:.1f} ms in the page (goal {GOAL:.0f}), "
        f"{all_:.1f} ms with transfer and reading; as much as {script / yard * 40:.0f} rounds of "
        f"asking every node for its box"
    )
