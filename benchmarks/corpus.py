"""The annotated pages of ``../shared/corpus``, looked at once by the observer itself.

The archive is unpacked and the facts of its pages are kept in a cache folder outside the repository
(``SLOTRUNNER_CORPUS_CACHE``, default: a folder of the temporary directory). Facts are taken again
when the observer's script has changed. Scores are those of the corpus' own ``measure.py``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

import agent.login
from agent.browser.find import find_browser
from agent.login.facts import raw_look
from agent.login.observe import Observer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from playwright.async_api import Page, Route, ViewportSize

    from agent.login.facts import RawLook

CORPUS = Path(
    os.environ.get("SLOTRUNNER_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus"
)
CACHE = Path(
    os.environ.get("SLOTRUNNER_CORPUS_CACHE")
    or Path(tempfile.gettempdir()) / "annotated-login-forms"
)
FOLDS = ("a", "b")
_VIEW: ViewportSize = {"width": 1280, "height": 800}
_NUMBERS = """() => {
  const found = {};
  const walk = (node, path) => {
    let place = 0;
    for (const child of node.children) {
      place += 1;
      const here = path ? `${path}/${place}` : `${place}`;
      if (child.hasAttribute("data-h4")) found[here] = child.getAttribute("data-h4");
      walk(child, here);
    }
  };
  walk(document, "");
  return found;
}"""


@dataclass(frozen=True, slots=True)
class Annotated:
    """A page: what the observer saw of it, the number of each element by path, what is known.

    ``row`` is the page's record in the corpus: its ``kind``, the roles of its fields, and so on.
    """

    look: RawLook
    numbers: dict[str, str]
    row: dict[str, Any]
    fold: str

    def role(self, path: str) -> str:
        """Tell the role of the element at a path, as people annotated it."""
        number = self.numbers.get(path, "")
        return str(self.row["fields"].get(number, self.row["default"]))


def absent() -> str:
    """Say why there is no corpus, empty when there is one."""
    return "" if (CORPUS / "forms.tar.xz").exists() else f"no annotated pages in {CORPUS}"


def scoring() -> ModuleType:
    """Load the corpus' own scoring, with its pages unpacked into the cache."""
    os.environ["FORMS_CORPUS"] = str(CACHE / "pages")
    spec = importlib.util.spec_from_file_location("corpus_measure", CORPUS / "measure.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(CORPUS / "measure.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.unpack()
    return module


async def annotated_pages() -> list[Annotated]:
    """Load all pages; the first time the observer looks at each, which takes minutes."""
    measure = scoring()
    rows = {fold: measure.load_pages(fold) for fold in FOLDS}
    kept = CACHE / f"facts-{_script_mark()}.json"
    if not kept.exists():
        facts = await _look_at([row for fold in FOLDS for row in rows[fold]])
        kept.write_text(json.dumps(facts), "utf-8")
    facts = json.loads(kept.read_text("utf-8"))
    return [
        Annotated(raw_look(facts[row["id"]]["look"]), facts[row["id"]]["numbers"], row, fold)
        for fold in FOLDS
        for row in rows[fold]
    ]


def _script_mark() -> str:
    script = Path(agent.login.__path__[0]) / "observe.js"
    return hashlib.sha256(script.read_bytes()).hexdigest()[:12]


async def _look_at(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(find_browser().path))
        context = await browser.new_context(viewport=_VIEW)
        page = await context.new_page()
        bodies: dict[str, str] = {}

        async def answer(route: Route) -> None:
            request = route.request
            if request.is_navigation_request() and request.frame == page.main_frame:
                await route.fulfill(content_type="text/html; charset=utf-8", body=bodies["now"])
            else:
                await route.abort()

        await page.route("**/*", answer)
        cdp = await context.new_cdp_session(page)
        for row in rows:
            bodies["now"] = (CACHE / "pages" / row["file"]).read_text("utf-8")
            # The address says nothing: pages are told apart by what stands in them.
            await page.goto("https://corpus.example.test/page", wait_until="domcontentloaded")
            observer = Observer(page, cdp)
            await observer.look()
            found[row["id"]] = await _facts(page, observer)
        await browser.close()
    return found


async def _facts(page: Page, observer: Observer) -> dict[str, Any]:
    numbers = await page.evaluate(_NUMBERS)
    text = await observer.told()
    paths = set(_paths(json.loads(text)))
    return {"look": text, "numbers": {p: n for p, n in numbers.items() if p in paths}}


def _paths(look: dict[str, Any]) -> Iterator[str]:
    for part in ("fields", "buttons", "links"):
        yield from (entry["path"] for entry in look[part])
