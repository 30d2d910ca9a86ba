"""How a step fails: in our words, saying what was expected and what was seen."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import SiteUnreachable, StepFailed
from tests.integration.steps.conftest import Work

if TYPE_CHECKING:
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser
SLOT = "MANAGEMENT_LOGIN"
SHORT = 0.3

PAGE = """<title>Desk</title><h1>Desk  of\n the house</h1>
<label>Room <input id="room" value="101"></label><label>Floor <select><option value="1">First
<option value="2">Second</select></label>
<button disabled>Save</button><button hidden>Hidden</button>
<input type="checkbox" aria-label="Paid" checked>
<form><input class="twice" type="password"><input class="twice" type="password"></form>
<input class="one" hidden><input class="gone" type="password" hidden>
<table id="t"><caption>Rooms</caption><tr><th>No<th>Guest<tr><td>101<td> Ada\n L. <tr><td>102<td>
</table><table id="note"><tr><th>No<th>Guest<tr><td colspan=2>Nobody</table>
<table id="bare"><tr><td>1<td>2</table>"""

HOLDS: list[dict[str, Any]] = [
    {"target": {"role": "heading"}},
    {"target": {"role": "heading"}, "text": "Desk of the house"},
    {"target": {"role": "heading"}, "contains": "of the"},
    {"target": {"label": "Room"}, "value": "101"},
    {"target": {"label": "Room"}, "state": "enabled"},
    {"target": {"role": "button", "name": "Save"}, "state": "disabled"},
    {"target": {"css": "button", "nth": 1}, "state": "hidden"},
    {"target": {"label": "Paid"}, "state": "checked"},
    {"target": {"css": ".twice"}, "count": 2},
    {"target": {"text": "No such"}, "count": 0},
    {"title": "Desk"},
    {"url": "**/health"},
]
FAILS: list[tuple[dict[str, Any], str, str]] = [
    ({"target": {"text": "No such"}}, "to be visible", "0 elements"),
    ({"target": {"role": "heading"}, "text": "Desk"}, "have the text “Desk”", "Desk of the house"),
    ({"target": {"role": "heading"}, "contains": "Bar"}, "contain “Bar”", "Desk of the house"),
    ({"target": {"label": "Room"}, "value": "7"}, "hold “7”", "“101”"),
    ({"target": {"role": "button"}, "state": "enabled"}, "be enabled", "visible, disabled"),
    ({"target": {"css": "button", "nth": 1}}, "be visible", "hidden"),
    ({"target": {"label": "Paid"}, "state": "unchecked"}, "be unchecked", "visible, enabled"),
    ({"target": {"css": ".twice"}, "count": 3}, "count 3", "2 elements"),
    ({"target": {"css": ".twice"}, "value": "x"}, "hold", "2 elements"),
    ({"title": "Bar"}, "the page to have the title “Bar”", "“Desk”"),
    ({"url": "**/guests"}, "be at “**/guests”", "/health"),
]


async def test_an_expectation_holds_or_says_what_was_seen(open_session: Opener, site: Site) -> None:
    async with open_session() as session:
        work = Work(session)
        await work.show(site.origin, PAGE)
        for written in HOLDS:
            assert (await work("expect", **written)).outcome == "passed"
        for written, wanted, seen in FAILS:
            with pytest.raises(StepFailed) as caught:
                await work("expect", **written, timeout=SHORT)
            expected, _, shown = caught.value.message.partition("seen: ")
            assert wanted in expected, caught.value.message
            assert seen in shown, caught.value.message
            assert caught.value.__cause__ is None


async def test_an_expectation_waits_for_what_comes_late(open_session: Opener, site: Site) -> None:
    async with open_session() as session:
        work = Work(session)
        await work("goto", url=f"{site.origin}/unstable?ms=400")
        await work("expect", target={"css": "#late"}, text="Here at last")


async def test_what_was_seen_is_told_without_secrets(open_session: Opener, site: Site) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        work = Work(session)
        await work.show(site.origin, f"<p>Welcome {account.password}</p>")
        with pytest.raises(StepFailed) as caught:
            await work("expect", target={"css": "p"}, text="Bye", timeout=SHORT)
    assert account.password not in caught.value.message
    assert f"‹{SLOT}.password›" in caught.value.message


@pytest.mark.parametrize(
    ("css", "said"),
    [
        (".twice", "2 visible elements match"),
        (".none", "not happen in time"),
        (".gone", "not happen in time"),
    ],
)
async def test_a_secret_goes_to_exactly_one_visible_element(
    open_session: Opener, site: Site, css: str, said: str
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        work = Work(session)
        await work.show(site.origin, PAGE)
        with pytest.raises(StepFailed) as caught:
            await work(
                "fill",
                target={"css": css},
                value={"secret": SLOT, "field": "password"},
                timeout=SHORT,
            )
        assert said in caught.value.message
        typed = await session.page.locator("input").evaluate_all("(all) => all.map((i) => i.value)")
        assert account.password not in typed


async def test_options_are_chosen_by_value_label_or_place(open_session: Opener, site: Site) -> None:
    async with open_session() as session:
        work = Work(session)
        await work.show(site.origin, PAGE)
        floor = {"css": "select"}
        for choice, value in (
            ({"value": "2"}, "2"),
            ({"label": "First"}, "1"),
            ({"index": 1}, "2"),
        ):
            await work("select_option", target=floor, **choice)
            await work("expect", target=floor, value=value)
        with pytest.raises(StepFailed):
            await work("select_option", target=floor, label="Third", timeout=SHORT)


async def test_a_table_is_read_by_its_header(open_session: Opener, site: Site) -> None:
    async with open_session() as session:
        work = Work(session)
        await work.show(site.origin, PAGE)
        await work("extract", target={"role": "table", "name": "Rooms"}, save_as="rooms")
        assert work.results["rooms"] == [
            {"No": "101", "Guest": "Ada L."},
            {"No": "102", "Guest": ""},
        ]
        await work("extract", target={"css": "#note"}, save_as="none", min_rows=0)
        assert work.results["none"] == []
        for target, said in (
            ({"css": "#note"}, "0 rows"),
            ({"css": "#bare"}, "no header row"),
            ({"css": "h1"}, "in time"),
        ):
            with pytest.raises(StepFailed, match=said):
                await work("extract", target=target, save_as="x", timeout=SHORT)
        assert "x" not in work.results


async def test_a_field_that_matches_twice_in_a_row_is_an_error(
    open_session: Opener, site: Site
) -> None:
    async with open_session() as session:
        work = Work(session)
        await work.show(site.origin, PAGE)
        rows = {"css": "#t tr:has(td)"}
        with pytest.raises(StepFailed, match="row 1, field x: 2 elements match"):
            await work("extract", target=rows, fields={"x": {"css": "td"}}, save_as="x")
        with pytest.raises(StepFailed, match="in time"):
            await work(
                "extract",
                target=rows,
                fields={"x": {"css": "td", "nth": 0}},
                save_as="x",
                min_rows=3,
                timeout=SHORT,
            )


async def test_fields_are_found_each_in_its_own_row(open_session: Opener, site: Site) -> None:
    page = """<style>b { text-transform: uppercase }</style>
        <ul><li class="r" data-id="1"><b>Ada</b><i hidden>x</i><ul><li class="r" data-id="2">
        <b>Ben<br>Lee</b></li></ul></li><li class="r" data-id="3"></li></ul>
        <div class="s"></div><script>document.querySelector(".s").attachShadow({mode: "open"})
        .innerHTML = "<b>Cy</b>"</script>"""
    fields = {
        "id": {"css": ":scope", "attribute": "data-id"},
        "first": {"css": "b", "nth": 0},
        "last": {"css": "b", "nth": -1},
        "third": {"css": "b", "nth": 2},
        "hidden": {"css": "i"},
    }
    async with open_session() as session:
        work = Work(session)
        await work.show(site.origin, page)
        await work("extract", target={"css": "li.r"}, fields=fields, save_as="rows")
        await work("extract", target={"css": ".s"}, fields={"x": {"css": "b"}}, save_as="shadow")
    assert [list(row.values()) for row in work.results["rows"]] == [
        ["1", "Ada", "Ben Lee", None, "x"],
        ["2", "Ben Lee", "Ben Lee", None, None],
        ["3", None, None, None, None],
    ]
    assert work.results["shadow"] == [{"x": "Cy"}]


async def test_the_other_ways_to_find_an_element(open_session: Opener, site: Site) -> None:
    page = """<input placeholder="Room"><p data-testid="total">7</p><p>Total</p><p>total sum</p>"""
    async with open_session() as session:
        work = Work(session)
        await work.show(site.origin, page)
        await work("fill", target={"placeholder": "Room"}, value="12")
        await work("expect", target={"xpath": "//input"}, value="12")
        await work("expect", target={"test_id": "total"}, text="7")
        await work("expect", target={"text": "total", "exact": True}, count=0)
        await work("expect", target={"text": "total"}, count=2)
        await work("expect", target={"text": "total", "nth": -1}, text="total sum")


async def test_a_click_on_what_is_there_twice_or_never_ready_fails_in_our_words(
    open_session: Opener, site: Site
) -> None:
    async with open_session() as session:
        work = Work(session)
        await work.show(site.origin, PAGE)
        for target in ({"css": "button"}, {"role": "button", "name": "Save"}):
            with pytest.raises(StepFailed) as caught:
                await work("click", target=target, timeout=SHORT)
            assert "\n" not in caught.value.message
            assert caught.value.__cause__ is None
            assert caught.value.__suppress_context__


async def test_nothing_at_an_address_is_a_site_that_cannot_be_reached(
    open_session: Opener,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    async with open_session() as session:
        with pytest.raises(SiteUnreachable):
            await Work(session)("goto", url=f"http://127.0.0.1:{port}")


async def test_a_server_that_comes_up_a_moment_later_is_asked_again(open_session: Opener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        await writer.drain()
        writer.close()

    async with open_session() as session:
        going = asyncio.create_task(Work(session)("goto", url=f"http://127.0.0.1:{port}/late"))
        failed = asyncio.Event()
        session.page.on("requestfailed", lambda _request: failed.set())
        await failed.wait()
        late = await asyncio.start_server(answer, "127.0.0.1", port)
        async with late:
            assert (await going).outcome == "passed"
    assert asked >= 1
