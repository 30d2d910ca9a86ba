"""Somebody at a browser, with ears for what it complains of and eyes for each page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.async_playwright import Axe

from tests.integration.dashboard.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.integration.dashboard.conftest import Serving

PICTURES = Path("test-results") / "dashboard"


@dataclass
class Person:
    """Someone at a browser; everything the browser complains of is kept."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)

    def listen(self) -> None:
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._ask(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _ask(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.strangers.add(url)

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.url}{path}")

    async def press(self, name: str) -> None:
        """Press a button and wait for the page it leads to."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("button", name=name, exact=True).click()

    async def look(self, name: str) -> None:
        """Have axe look at the page in both colours, and keep its picture."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for colours in ("light", "dark"):
            await self.page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]  # one of two
            await self.page.screenshot(path=PICTURES / f"{name}-{colours}.png", full_page=True)
            found = await Axe().run(self.page)
            assert found.violations_count == 0, found.generate_report()


async def person_at(chromium: Browser, url: str) -> Person:
    context = await chromium.new_context(viewport={"width": 1200, "height": 800})
    person = Person(await context.new_page(), url)
    person.listen()
    return person


async def become_owner(person: Person, served: Serving) -> None:
    await person.page.goto(served.link)
    assert "#" not in person.page.url
    await person.look("welcome")
    await person.page.get_by_label("Your name").fill("ada")
    await person.page.get_by_label("A password").fill(PASSWORD)
    await person.page.get_by_label("The password again").fill(PASSWORD)
    await person.press("Choose it")
    await person.page.get_by_role("heading", name="Runs").wait_for()


async def come_in(chromium: Browser, owner: Person, name: str) -> Person:
    """Have the owner let an editor in, who follows the link."""
    await owner.go("/people")
    await owner.page.get_by_role("button", name="Add a person").click()
    await owner.page.get_by_role("dialog").get_by_label("Name").fill(name)
    await owner.press("Add")
    link = await owner.page.get_by_role("status").locator("code").inner_text()
    person = await person_at(chromium, owner.url)
    await person.page.goto(link)
    await person.page.get_by_label("A password").fill(PASSWORD)
    await person.page.get_by_label("The password again").fill(PASSWORD)
    await person.press("Choose it")
    return person
