"""What a person does on a page becomes the step that does the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.recording.person import Person, recorded
from tests.integration.test_flow_runs import Bench

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser


async def use_what_the_page_has(person: Person, photo: Path) -> None:
    page = person.page
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_label("Paid").click()
    await page.get_by_text("Late").click()
    await page.get_by_role("button", name="Twice").dblclick()
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
        "goto", "dialog", "click", "check", "uncheck", "dblclick", "click", "upload", "download",
        "click", "switch_page", "click", "switch_page", "click",
    ]  # fmt: skip
    assert one.steps[1] == {"type": "dialog", "answer": "accept"}
    assert one.steps[6]["target"]["frame"] == ['iframe[title="Desk"]']
    assert one.steps[7]["files"] == [{"path": "${inputs.file}"}]
    assert one.made.document["inputs"]["file"]["default"] == "photo.txt"
    assert [step.get("number") for step in one.steps[9:]] == [None, 1, None, 0, None]
    assert one.made.left_out == []

    report = await Bench(tmp_path).run(task=one.made.document)
    assert report.outcome == "passed", (report.error, one.steps)
