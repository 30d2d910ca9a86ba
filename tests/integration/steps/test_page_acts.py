"""What a person does on a page, step by step, on the fake site's playground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import StepFailed
from tests.integration.conftest import SLOT
from tests.integration.steps.conftest import Work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser
SAID = {"css": "#said"}


@pytest.fixture
async def work(open_session: Opener, site: Site) -> AsyncIterator[Work]:
    async with open_session(record=False) as session:
        work = Work(session)
        await work("goto", url=f"{site.origin}/playground")
        yield work


async def test_boxes_menus_and_wheels(work: Work) -> None:
    await work("check", target={"label": "Paid"})
    await work("uncheck", target={"label": "Late"})
    await work("expect", target={"label": "Paid"}, state="checked")
    await work("expect", target={"label": "Late"}, state="unchecked")
    await work("dblclick", target={"role": "button", "name": "Twice"})
    await work("expect", target=SAID, text="clicked twice")
    await work("hover", target={"role": "button", "name": "Menu"})
    await work("expect", target={"text": "Inside the menu"})
    await work("drag", target={"css": "#bag"}, to={"css": "#shelf"})
    await work("expect", target=SAID, text="on the shelf")
    top = "() => document.scrollingElement.scrollTop"
    await work("scroll", target={"css": "#end"})
    assert (await work("evaluate", expression=top, save_as="top")).value > 1000
    await work("scroll", edge="top")
    assert (await work("evaluate", expression=top, save_as="top")).value == 0
    await work("scroll", down=200)
    await work.session.page.wait_for_function("document.scrollingElement.scrollTop > 100")


async def test_frames_windows_and_alternatives(work: Work, site: Site) -> None:
    ring = {"role": "button", "name": "Ring", "frame": "iframe[title=Desk]"}
    await work("click", target=ring)
    await work("expect", target=ring | {"name": "Rung"})
    nowhere = {"css": "#no-such", "alternatives": [{"text": "Nowhere"}, {"text": "Open a window"}]}
    await work("click", target=nowhere)
    await work("switch_page", url="**/playground/window")
    await work("expect", target={"role": "heading", "name": "A window of its own"})
    await work("switch_page", number=0)
    await work("expect", target={"role": "heading", "name": "Playground"})
    await work("switch_page", url="**/window")
    await work("close_page")
    await work("expect", url=f"{site.origin}/playground")
    with pytest.raises(StepFailed, match="only page"):
        await work("close_page")
    with pytest.raises(StepFailed, match="no such page"):
        await work("switch_page", url="**/nowhere", timeout=0.3)
    with pytest.raises(StepFailed, match="in time"):
        await work("click", target=nowhere | {"alternatives": [{"text": "No"}]}, timeout=0.3)


async def test_dialogs_are_dismissed_until_a_step_says_otherwise(work: Work) -> None:
    await work("click", target={"text": "Delete"})
    await work("expect", target=SAID, text="kept")
    await work("dialog", answer="accept", text="Ann")
    await work("click", target={"text": "Delete"})
    await work("expect", target=SAID, text="deleted")
    await work("expect", dialog="Really")
    await work("click", target={"text": "Rename"})
    await work("expect", target=SAID, text="called Ann")
    with pytest.raises(StepFailed, match="2 opened"):
        await work("expect", dialog="something else", timeout=0.2)


async def test_files_go_both_ways(work: Work, tmp_path: Path) -> None:
    report = await work("download", target={"text": "Report"}, save_as="report")
    assert report.value == {"file": "report.csv", "bytes": 19}
    (tmp_path / "rooms.txt").write_text("four")
    work.task_folder = tmp_path
    files = [{"download": "report"}, {"path": "rooms.txt"}, {"name": "x.txt", "text": "äb"}]
    await work("upload", target={"label": "Photo"}, files=files)
    await work("expect", target=SAID, text="report.csv 19,rooms.txt 4,x.txt 3")
    (tmp_path / "out").symlink_to("/etc")
    for path, said in (("out/passwd", "leads out"), ("none.txt", "is not in")):
        with pytest.raises(StepFailed, match=said):
            await work("upload", target={"label": "Photo"}, files=[{"path": path}])
    with pytest.raises(StepFailed, match="downloaded"):
        await work("upload", target={"label": "Photo"}, files=[{"download": "other"}])


async def test_a_script_gets_its_argument_and_no_page_that_a_secret_was_typed_into(
    open_session: Opener, site: Site
) -> None:
    async with open_session(site.new_account(), record=False) as session:
        work = Work(session)
        await work("goto", url=f"{site.origin}/login")
        script: dict[str, Any] = {"expression": "(a) => [a, document.title]", "argument": {"n": 1}}
        assert (await work("evaluate", save_as="x", **script)).value[0] == {"n": 1}
        value = {"secret": SLOT, "field": "password"}
        await work("fill", target={"css": "[name=user_pass]"}, value=value)
        with pytest.raises(StepFailed, match="a script could read it"):
            await work("evaluate", save_as="x", **script)
        await work("goto", url=f"{site.origin}/playground")
        assert await work("evaluate", save_as="x", **script)


async def test_signing_out_finds_the_button_by_its_words(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account(totp=False), record=False) as session:
        work = Work(session)
        await work("sign_in", slot=SLOT, url=f"{site.origin}/login")
        await work("sign_out")
        await work("expect", url=f"{site.origin}/login")
        await work("goto", url=f"{site.origin}/playground")
        with pytest.raises(StepFailed, match="signs out"):
            await work("sign_out")


RATES: dict[str, Any] = {
    "target": {"role": "table", "name": "Rates"},
    "schema": {
        "properties": {
            "Room": {"type": "integer"},
            "Rate": {"type": "number"},
            "Free": {"type": "boolean"},
        },
        "required": ["Room", "Rate", "Free"],
    },
    "next": {"role": "link", "name": "Next"},
    "save_as": "rates",
}


async def test_a_table_in_pages_becomes_typed_records(work: Work, site: Site) -> None:
    await work("goto", url=f"{site.origin}/playground/rooms")
    rates = (await work("extract", **RATES)).value
    assert [one["Room"] for one in rates] == list(range(100, 112))
    assert rates[1] == {"Room": 101, "Rate": 1007.5, "Free": False}
    await work("goto", url=f"{site.origin}/playground/rooms")
    assert len((await work("extract", **RATES, pages=2)).value) == 8
    wrong = RATES | {"schema": {"properties": {"Free": {"type": "integer"}}}}
    with pytest.raises(StepFailed, match="row 1, field Free: expected a whole number, found “yes”"):
        await work("extract", **wrong)


async def test_a_list_that_grows_is_read_once(work: Work, site: Site) -> None:
    await work("goto", url=f"{site.origin}/playground/more")
    more: dict[str, Any] = {
        "target": {"css": "#log li"},
        "fields": {"text": {"css": ":scope"}},
        "next": {"role": "button", "name": "More"},
        "adds": True,
    }
    read = (await work("extract", **more, save_as="log")).value
    assert read == [{"text": f"entry {number}"} for number in range(1, 7)]


async def test_a_next_page_that_never_comes_is_told(work: Work) -> None:
    stuck = {"role": "button", "name": "Twice"}
    words: dict[str, Any] = {"target": {"css": "button"}, "fields": {"x": {"css": ":scope"}}}
    with pytest.raises(StepFailed, match="the next page did not come"):
        await work("extract", **words, next=stuck, save_as="x", timeout=0.5)
