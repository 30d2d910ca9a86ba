"""What a person does on a page becomes the step that does the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Error as PlaywrightError

from agent.browser.recorder import Recorder
from tests.integration.recording.person import Person, recorded
from tests.integration.test_flow_runs import Bench
from tests.standins.web import running_web

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from fixtures.login_site.serving import Site
    from tests.standins.web import Sent

pytestmark = pytest.mark.browser


async def use_what_the_page_has(person: Person, photo: Path) -> None:
    page = person.page
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Delete").click()
    page.once("dialog", lambda dialog: dialog.accept("Ann"))
    await page.get_by_role("button", name="Rename").click()
    await page.get_by_label("Paid").click()
    await page.get_by_text("Late").click()
    await page.get_by_role("button", name="Twice").dblclick()
    await page.get_by_text("Bag").drag_to(page.get_by_text("Shelf"))
    await page.frame_locator("iframe").first.get_by_role("button", name="Ring").click()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_label("Photo").click()
    await (await choosing.value).set_files(photo)
    async with page.expect_download():
        await page.get_by_role("link", name="Report").click()


async def use_a_window(person: Person) -> None:
    page = person.page
    async with person.context.expect_page():
        await page.get_by_role("link", name="Open a window").click()
    await person.settle()
    await person.page.locator("h1").click()
    await person.page.close()
    await page.get_by_role("button", name="Twice").click()


async def test_every_act_of_a_person_is_recorded_and_runs(tmp_path: Path, site: Site) -> None:
    photo = tmp_path / "photo.txt"
    photo.write_text("a picture")

    async def play(person: Person) -> None:
        await use_what_the_page_has(person, photo)
        await use_a_window(person)

    one = await recorded(f"{site.origin}/playground", play)
    assert [step["type"] for step in one.steps] == [
        "goto", "dialog", "click", "dialog", "click", "check", "uncheck", "dblclick", "drag",
        "click", "upload", "download", "click", "switch_page", "click", "switch_page", "click",
    ]  # fmt: skip
    assert one.steps[1] == {"type": "dialog", "answer": "accept"}
    assert one.steps[3] == {"type": "dialog", "answer": "accept", "text": "Ann"}
    assert one.steps[9]["target"]["frame"] == ['iframe[title="Desk"]']
    assert one.steps[10]["files"] == [{"path": "${inputs.file}"}]
    assert one.made.document["inputs"]["file"]["default"] == "photo.txt"
    assert [step.get("number") for step in one.steps[12:]] == [None, 1, None, 0, None]
    assert one.made.left_out == []

    report = await Bench(tmp_path).run(task=one.made.document)
    assert report.outcome == "passed", (report.error, one.steps)


FRAMES = {
    "/": '<h1>Out</h1><iframe name="far" src="http://localhost:PORT/far" width=600></iframe>',
    "/far": '<label>Password <input type=password></label><iframe id="near" src="/near"></iframe>',
    "/near": "<label>Note <input></label>",
}


async def test_frames_of_other_sites_and_frames_in_them_are_recorded() -> None:
    def answer(sent: Sent) -> tuple[int, dict[str, str], bytes]:
        page = FRAMES.get(sent.target, "").replace("PORT", port)
        return 200, {"content-type": "text/html"}, page.encode()

    async def play(person: Person) -> None:
        far = person.page.frame_locator("[name=far]")
        await far.frame_locator("#near").get_by_label("Note").wait_for()
        await person.settle()
        await far.get_by_label("Password").click()
        await person.page.keyboard.type("Kumquat-4417")
        await far.frame_locator("#near").get_by_label("Note").click()
        await person.page.keyboard.type("hello")

    async with running_web() as web:
        port = web.origin.rpartition(":")[2]
        web.replies.append(answer)
        one = await recorded(web.origin, play)
    assert [step["type"] for step in one.steps] == ["goto", "fill", "fill"]
    assert one.steps[1]["target"]["frame"] == ['iframe[name="far"]']
    assert one.steps[2]["target"]["frame"] == ['iframe[name="far"]', "#near"]
    assert one.steps[2]["value"] == "hello"
    # Where a password goes, the pages around its frame are asked for too.
    origins = [f"http://127.0.0.1:{port}", f"http://localhost:{port}"]
    assert one.made.document["slots"]["LOGIN"]["origins"] == origins
    assert "Kumquat" not in one.everything


TRAPS = """<h1>Traps</h1>
<form><label>Password <input id="shown" type="password"></label></form>
<form><label>Word <input id="covered" style="-webkit-text-security: disc"></label></form>
<form><label>Schluessel <input id="turned"></label></form>
<form><label>Kunde <input id="before"></label><input type="password"></form>
<form><label>Betreff <input id="plain"></label></form>
<div id="closed"></div><div id="page" tabindex="0">Page</div>
<script>
const turned = document.getElementById('turned');
turned.type = 'password'; setTimeout(() => { turned.type = 'text'; });
const shown = document.getElementById('shown');
shown.addEventListener('input', () => { shown.type = 'text'; });
document.getElementById('closed').attachShadow({mode: 'closed'}).innerHTML = '<input id=in>';
document.getElementById('closed').onclick = (event) => event;
// A page that wants steps of its own in the recording, and the text it was told.
document.getElementById('plain').dispatchEvent(new InputEvent('input', {bubbles: true}));
document.getElementById('page').click();
</script>"""


async def test_fields_that_hide_what_they_are_and_pages_that_forge_acts() -> None:
    async def play(person: Person) -> None:
        page = person.page
        for name in ("shown", "covered", "turned", "before", "plain"):
            await page.locator(f"#{name}").click()
            await page.keyboard.type(f"typed-{name}")
        await page.locator("#closed").click()
        await page.keyboard.press("Tab")
        await page.keyboard.type("outside")
        await page.locator("#page").focus()
        await page.keyboard.type("outside")
        told = [name for name in await page.evaluate("Object.keys(self)") if "tell" in name]
        assert not told, "the page's world has nothing of the recorder"

    async with running_web() as web:
        web.says(200, TRAPS.encode(), content_type="text/html")
        one = await recorded(web.origin, play)
    for withheld in ("typed-shown", "typed-covered", "typed-turned", "typed-before", "outside"):
        assert withheld not in one.everything
    assert [step["value"] for step in one.steps if step["type"] == "fill"][-1] == "typed-plain"
    assert {step["type"] for step in one.steps} == {"goto", "fill", "click"}
    assert not [step for step in one.steps if step.get("target") == {"css": "#page"}]


async def test_the_first_address_is_recorded_also_where_the_browser_notes_it_late(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[dict[str, Any]] = []
    asked = Recorder._asked

    async def late(recorder: Recorder, page: Page) -> dict[str, Any]:
        answers.append(await asked(recorder, page))
        if len(answers) in (2, 3):
            raise PlaywrightError("Not attached to an active page")
        # Before it was opened, and twice after: the empty page.
        return answers[0] if len(answers) < 6 else answers[-1]

    monkeypatch.setattr(Recorder, "_asked", late)

    async def play(person: Person) -> None:
        await person.settle()

    one = await recorded(f"{site.origin}/playground", play)
    assert one.steps == [{"type": "goto", "url": f"{site.origin}/playground"}]
    assert len(answers) >= 6
