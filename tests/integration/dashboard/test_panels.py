"""What the dashboard does beside the page: panels, dialogs, and the same without script."""

from __future__ import annotations

import base64
import io
import re
import time
from typing import TYPE_CHECKING, Any

import httpx
import pyotp
import pytest
import segno
from playwright.async_api import Error

from tests.integration.dashboard.conftest import PASSWORD, serving
from tests.integration.dashboard.person import PICTURES, Person, person_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Browser, Locator

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SITE = "https://hotel.example"
TASK: dict[str, Any] = {
    "name": "Guests",
    "slots": {"HOTEL": {"type": "login", "origins": [SITE]}},
    "inputs": {
        "night": {"type": "date"},
        "floor": {"type": "string", "enum": ["ground", "first"], "default": "ground"},
        "rooms": {"type": "integer", "default": 3},
    },
    "steps": [
        {"type": "sign_in", "slot": "HOTEL", "url": f"{SITE}/login"},
        {"type": "goto", "url": f"{SITE}/list?on=${{inputs.night}}"},
    ],
}
DROP = """([form, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const moved = new DataTransfer();
    moved.items.add(new File([bytes], "key.png", {type: "image/png"}));
    const at = {bubbles: true, cancelable: true, dataTransfer: moved};
    form.dispatchEvent(new DragEvent("dragover", at));
    form.dispatchEvent(new DragEvent("drop", at));
}"""


class Place:
    """A server with an owner, whom these tests ask for things beside the browser."""

    def __init__(self, url: str, link: str) -> None:
        chosen = {"link": link, "name": "ada", "password": PASSWORD}
        answer = httpx.post(f"{url}/api/v1/session/link", json=chosen, timeout=60)
        cookie = answer.raise_for_status().headers["set-cookie"].partition(";")[0]
        self.url = url
        headers = {"cookie": cookie, "sec-fetch-site": "same-origin"}
        self.api = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30)

    def add(self, path: str, body: dict[str, Any]) -> str:
        return str(self.api.post(path, json=body).raise_for_status().json()["id"])

    def login(self, name: str, **more: Any) -> str:
        fields = {"username": "ann", "password": "CANARY-pw"}
        known = {"type": "login", "fields": fields, "origins": [SITE]}
        return self.add("/secrets", {"name": name, **known, **more})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with serving(tmp_path_factory.mktemp("panels"), working=False) as served:
        made = Place(served.url, served.link.partition("#")[2])
        yield made
        made.api.close()


@pytest.fixture
async def owner(chromium: Browser, place: Place) -> AsyncIterator[Person]:
    person = await person_at(chromium, place.url)
    await sign_in(person, "ada")
    yield person
    await person.page.context.close()


async def sign_in(person: Person, name: str, code: str = "") -> None:
    await person.go("/sign-in")
    await person.page.get_by_label("Name").fill(name)
    await person.page.get_by_label("Password").fill(PASSWORD)
    await person.page.get_by_label("Code").fill(code)
    await person.press("Sign in")


def panel(person: Person) -> Locator:
    return person.page.locator("dialog#panel")


async def focused(person: Person) -> str:
    return str(
        await person.page.evaluate("document.activeElement.name || document.activeElement.text")
    )


async def open_run_dialog(person: Person, task: str) -> Locator:
    await person.go(f"/tasks/{task}")
    await person.page.get_by_role("button", name="Run…", exact=True).click()
    return person.page.get_by_role("dialog", name="Run Guests")


async def test_the_panel_opens_and_closes_by_keyboard_and_gives_the_focus_back(
    owner: Person,
) -> None:
    await owner.go("/secrets")
    opener = owner.page.get_by_role("link", name=re.compile("New secret|Create the first")).first
    await opener.focus()
    await owner.page.keyboard.press("Enter")
    await panel(owner).get_by_role("heading", name="New secret").wait_for()
    assert await focused(owner) == "name"
    await owner.page.keyboard.press("Escape")
    await panel(owner).wait_for(state="hidden")
    assert await opener.evaluate("one => one === document.activeElement")
    assert await panel(owner).locator("input").count() == 0, "what was typed is forgotten"


async def fill_login(person: Person, name: str, site: str) -> None:
    await panel(person).get_by_label("Name", exact=True).fill(name)
    await panel(person).get_by_label("Username").fill("ann")
    await panel(person).get_by_label("Password", exact=True).fill("CANARY-typed")
    await panel(person).get_by_label("Sites it may be used on").fill(site)


async def test_a_secret_is_made_in_the_panel_refused_first(owner: Person) -> None:
    page = owner.page
    await owner.go("/secrets")
    await page.get_by_role("link", name=re.compile("New secret|Create the first")).first.click()
    await fill_login(owner, "By hand", "not a site")
    await panel(owner).get_by_role("button", name="Store the secret").press("Enter")
    await panel(owner).get_by_role("alert").wait_for()
    assert "CANARY" not in await page.content()
    assert await panel(owner).get_by_label("Name", exact=True).input_value() == "By hand"
    await owner.look("panel-refused")
    await fill_login(owner, "By hand", SITE)
    await drop_code(owner)
    await owner.press("Store the secret")
    await page.get_by_role("heading", name="By hand").wait_for()
    assert "totp" in await page.get_by_role("region", name="Its fields").inner_text()
    assert owner.strangers == set()


async def drop_code(person: Person) -> None:
    """Drop the picture of a QR code on the form, as a person drags it from a folder."""
    picture = io.BytesIO()
    segno.make(f"otpauth://totp/hotel?secret={KEY}").save(picture, kind="png", scale=6)
    form = panel(person).locator("form[method=post]")
    handle = await form.element_handle()
    told = base64.b64encode(picture.getvalue()).decode()
    await person.page.evaluate(DROP, [handle, told])
    await panel(person).get_by_text("key.png is read when you store it.").wait_for()


async def test_a_type_has_its_own_fields_and_its_values_may_be_elsewhere(owner: Person) -> None:
    await owner.go("/secrets")
    await owner.page.get_by_role("link", name=re.compile("New secret")).first.click()
    await panel(owner).get_by_label("Type", exact=True).select_option("value")
    await panel(owner).get_by_label("Value", exact=True).wait_for()
    assert await panel(owner).get_by_label("Username").count() == 0
    kept = panel(owner).get_by_label("Where the values are kept")
    await kept.select_option("aws_secrets_manager")
    await panel(owner).get_by_label("Where it is kept", exact=True).wait_for()
    await owner.look("panel-aws")


async def test_the_run_dialog_makes_a_secret_in_place_and_keeps_what_was_typed(
    owner: Person, place: Place
) -> None:
    task, page = place.add("/tasks", TASK), owner.page
    dialog = await open_run_dialog(owner, task)
    await dialog.get_by_label("night").fill("2026-11-22")
    assert await dialog.get_by_label("rooms").get_attribute("type") == "number"
    assert "first" in await dialog.get_by_label("floor").inner_text()
    await dialog.get_by_role("link", name="create a new one").click()
    await panel(owner).get_by_label("Name", exact=True).fill("Made here")
    assert await panel(owner).get_by_label("Sites it may be used on").input_value() == SITE
    await panel(owner).get_by_label("Username").fill("ann")
    await panel(owner).get_by_label("Password", exact=True).fill("CANARY-here")
    await owner.look("panel-over-run-dialog")
    await panel(owner).get_by_role("button", name="Store the secret").click()
    await panel(owner).wait_for(state="hidden")
    chosen = dialog.get_by_label("HOTEL", exact=True)
    assert await chosen.locator("option:checked").inner_text() == "Made here · test"
    assert await focused(owner) == "slot-HOTEL"
    assert await dialog.get_by_label("night").input_value() == "2026-11-22"
    await owner.press("Run")
    await page.get_by_role("heading", name=re.compile("Guests")).wait_for()
    again = await open_run_dialog(owner, task)
    remembered = again.get_by_label("HOTEL", exact=True).locator("option:checked")
    assert await remembered.inner_text() == "Made here · test"


async def test_a_secret_that_does_not_fit_is_told_so_and_not_chosen(
    owner: Person, place: Place
) -> None:
    task = place.add("/tasks", {**TASK, "name": "Other guests"})
    await owner.go(f"/tasks/{task}")
    await owner.page.get_by_role("button", name="Run…", exact=True).click()
    await owner.page.get_by_role("link", name="create a new one").click()
    await fill_login(owner, "Elsewhere", "https://other.example")
    await panel(owner).get_by_role("button", name="Store the secret").click()
    await panel(owner).get_by_text("does not fit the slot HOTEL").wait_for()


async def test_a_secret_for_a_slot_that_is_made_on_a_page_of_its_own_leads_back_to_the_dialog(
    owner: Person, place: Place
) -> None:
    task, site = place.add("/tasks", {**TASK, "name": "Guests of a tab"}), "https://tab.example"
    await owner.go(f"/tasks/{task}?open=run-dialog")
    making = owner.page.get_by_role("link", name="create a new one")
    await owner.go(str(await making.get_attribute("href")))
    await owner.page.get_by_label("Name", exact=True).fill("Made in a tab")
    await owner.page.get_by_label("Username").fill("ann")
    await owner.page.get_by_label("Password", exact=True).fill("CANARY-tab")
    await owner.page.get_by_label("Sites it may be used on").fill(f"{SITE}\n{site}")
    await owner.press("Store the secret")
    dialog = owner.page.get_by_role("dialog", name="Run Guests of a tab")
    chosen = dialog.get_by_label("HOTEL", exact=True).locator("option:checked")
    assert await chosen.inner_text() == "Made in a tab · test"


async def test_an_error_is_shown_in_the_panel_that_asked(owner: Person, place: Place) -> None:
    secret = place.login("Gone meanwhile")
    await owner.go(f"/secrets/{secret}")
    seen = place.api.get(f"/secrets/{secret}/dependants").json()["seen"]
    typed = {"confirm": "Gone meanwhile", "seen": seen}
    place.api.request("DELETE", f"/secrets/{secret}", json=typed).raise_for_status()
    await owner.page.get_by_role("link", name="Delete…").click()
    await panel(owner).get_by_role("heading", name="Not Found").wait_for()
    await owner.look("panel-trouble")
    await panel(owner).get_by_role("button", name="Close the panel").click()
    await panel(owner).wait_for(state="hidden")
    # An answer that is no page of this server, as one of a proxy's.
    await owner.page.route("**/version", lambda route: route.fulfill(status=502, body="<p>no</p>"))
    await owner.page.get_by_role("link", name="New version").click()
    await panel(owner).get_by_role("heading", name="502").wait_for()
    await owner.look("panel-no-page")


async def test_a_search_that_fails_leaves_what_was_found(owner: Person, place: Place) -> None:
    place.login("Still there")
    await owner.go("/secrets")
    await owner.page.route("**/secrets?q=*", lambda route: route.fulfill(status=503, body="away"))
    async with owner.page.expect_response("**/secrets?q=*") as answered:
        await owner.page.get_by_label("Find").fill("still")
    await (await answered.value).finished()
    await owner.page.unroute("**/secrets?q=*")
    await owner.page.get_by_role("link", name="Still there").wait_for()
    async with owner.page.expect_response("**/secrets?q=*"):
        await owner.page.get_by_label("Find").fill("still th")
    await owner.page.get_by_role("link", name="Still there").wait_for()


async def test_many_secrets_are_found_by_typing(owner: Person, place: Place) -> None:
    task = place.add("/tasks", {**TASK, "name": "Guests of many"})
    for number in range(6):
        place.login(f"Login {number}", origins=[SITE, "https://many.example"])
    await owner.go(f"/tasks/{task}?open=run-dialog")
    await owner.page.get_by_label("Find a secret for HOTEL").fill("login 3")
    shown = owner.page.get_by_label("HOTEL", exact=True).locator("option:not([hidden])")
    assert [await one.inner_text() for one in await shown.all()][1:] == ["Login 3 · test"]


async def test_sites_are_changed_and_a_value_is_shown_for_thirty_seconds(
    owner: Person, place: Place
) -> None:
    page, secret = owner.page, place.login("Shown", visibility="masked")
    await owner.go(f"/secrets/{secret}")
    await page.get_by_role("link", name="change").click()
    await panel(owner).get_by_label("Sites it may be used on").fill(f"{SITE}\nhttps://two.example")
    await panel(owner).get_by_role("button", name="Change the sites").click()
    await panel(owner).get_by_role("alert").wait_for()
    await panel(owner).get_by_label("Your password").fill(PASSWORD)
    await owner.press("Change the sites")
    await page.get_by_text("https://two.example").wait_for()
    await page.clock.install()
    await page.get_by_label("Your password, to show it").nth(0).fill(PASSWORD)
    async with page.expect_navigation():
        await (
            page.get_by_role("button", name="Show password")
            .or_(page.get_by_role("button", name="Show username"))
            .first.click()
        )
    assert await page.locator("[data-vanishes]").inner_text() in ("CANARY-pw", "ann")
    await page.clock.fast_forward(10_000)
    left = int(await page.locator("[data-counts]").inner_text())
    assert 15 <= left <= 20
    await page.clock.fast_forward(21_000)
    assert await page.locator("[data-vanishes]").count() == 0


async def test_a_deployment_is_made_in_the_panel_and_run_from_the_page(
    owner: Person, place: Place
) -> None:
    task, page = place.add("/tasks", {**TASK, "name": "Deployed guests"}), owner.page
    place.login("To deploy", origins=[SITE, "https://deploy.example"])
    await owner.go(f"/tasks/{task}")
    await page.get_by_role("link", name="Deploy…").click()
    slot = panel(owner).get_by_label("HOTEL")
    await slot.select_option(label="To deploy · copy the test one to live")
    await panel(owner).get_by_role("button", name="Show what will change").click()
    await panel(owner).get_by_role("heading", name="What will change").wait_for()
    await owner.look("deploy-difference")
    await owner.press("Deploy")
    await page.get_by_role("button", name="Run Deployed guests…").click()
    dialog = page.get_by_role("dialog", name="Run Deployed guests live")
    await dialog.get_by_label("night").fill("2026-11-22")
    await owner.look("deployment-run")
    await owner.press("Run it live")
    facts = page.get_by_role("region", name="How it went")
    assert "live" in await facts.inner_text()


async def test_a_secret_is_deleted_after_its_name_was_typed(owner: Person, place: Place) -> None:
    secret, page = place.login("To delete"), owner.page
    await owner.go(f"/secrets/{secret}")
    await page.get_by_role("link", name="Delete…").click()
    await panel(owner).get_by_text("Nothing depends on it.").wait_for()
    await panel(owner).get_by_label("Type its name").fill("To delet")
    await panel(owner).get_by_role("button", name="Delete for good").click()
    await panel(owner).get_by_role("alert").wait_for()
    await panel(owner).get_by_label("Type its name").fill("To delete")
    await owner.press("Delete for good")
    assert await page.get_by_role("link", name="To delete", exact=True).count() == 0


async def test_a_second_factor_is_set_up_and_asked_for(chromium: Browser, place: Place) -> None:
    person = await person_at(chromium, place.url)
    page = person.page
    made = place.api.post("/people", json={"name": "nora", "role": "editor"})
    await page.goto(made.raise_for_status().json()["link"])
    await page.get_by_label("A password").fill(PASSWORD)
    await page.get_by_label("The password again").fill(PASSWORD)
    await person.press("Choose it")
    await person.go("/account")
    await person.press("Set it up")
    section = page.get_by_role("region", name="A second factor")
    key = await section.locator("code").inner_text()
    await person.look("second-factor")
    for code in ("000000", pyotp.TOTP(key).now()):
        assert await section.locator("code").inner_text() == key, "a slip asks for the same key"
        await section.get_by_label("Your password").fill(PASSWORD)
        await section.get_by_label("The code").fill(code)
        await person.press("Turn it on")
    await page.get_by_text("From now on sign-in asks for a code.").wait_for()
    assert key not in await page.content()
    await person.press("Sign out")
    await sign_in(person, "nora")
    await page.get_by_text("Now the code of your authenticator").wait_for()
    # The code of the set-up was used: the next one is asked of a clock that is further on.
    await sign_in(person, "nora", pyotp.TOTP(key).at(time.time() + 30))
    await page.get_by_role("heading", name="Runs").wait_for()
    await page.context.close()


async def test_every_other_page_is_looked_at(owner: Person, place: Place) -> None:
    task = place.add("/tasks", {**TASK, "name": "Looked at"})
    secret = place.login("Looked at", visibility="masked")
    bound = {"task": task, "secret_bindings": {"HOTEL": secret}, "inputs": {"night": "2026-11-22"}}
    place.add("/schedules", {"name": "Mornings", "cron": "30 7 * * 1-5", **bound})
    place.api.post("/webhooks", json={"name": "Chat", "url": "https://chat.example/hook"})
    place.api.post("/tokens", json={"name": "import", "scopes": ["runs:write", "runs:read"]})
    kept, made = f"/secrets/{secret}", f"/tasks/{task}"
    paths = [f"{kept}/version", f"{kept}/origins", f"{kept}/delete", f"{made}/deploy"]
    paths += [f"{made}/version", f"{made}/delete", f"{made}?open=run-dialog", "/nothing"]
    paths += ["/schedules", "/schedules?open=new-schedule", "/webhooks", "/tasks/new"]
    paths += ["/webhooks?open=new-webhook", "/people?open=new-person", "/people?open=new-token"]
    for path in paths:
        await owner.go(path)
        name = re.sub("[0-9a-f-]{36}", "one", path.strip("/"))
        await owner.look("all-" + re.sub(r"[/?=]", "-", name))
    complaints = [one for one in owner.complaints if "404" not in one]
    assert complaints == []


async def test_a_stranger_sees_the_sign_in_and_a_wrong_password_says_little(
    chromium: Browser, place: Place
) -> None:
    person = await person_at(chromium, place.url)
    await person.go("/secrets")
    await person.page.get_by_label("Name").fill("ada")
    await person.page.get_by_label("Password").fill("CANARY-wrong-password")
    await person.press("Sign in")
    assert await person.page.get_by_role("alert").count() == 1
    assert "CANARY" not in await person.page.content()
    await person.look("sign-in-refused")
    await sign_in(person, "ada")
    await person.page.context.close()


async def test_long_names_and_a_narrow_window_break_no_page(owner: Person, place: Place) -> None:
    endless = "Hotelnamewithoutanyspace" * 4
    secret = place.login(endless, origins=[f"https://{'a' * 60}.{'b' * 60}.example"])
    task = place.add("/tasks", {**TASK, "name": endless, "description": endless})
    place.api.post("/webhooks", json={"name": endless, "url": f"https://a.example/{endless}"})
    paths = ["/runs", "/figures", "/tasks", f"/tasks/{task}", "/secrets", f"/secrets/{secret}"]
    paths += [f"/secrets/{secret}/delete", "/secrets/new", f"/tasks/{task}/deploy", "/tasks/new"]
    paths += ["/schedules", "/webhooks", "/people", "/audit", "/account"]
    broken = []
    for width in (390, 1200):
        await owner.page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            await owner.go(path)
            name = re.sub("[0-9a-f-]{36}", "one", path.strip("/")).replace("/", "-")
            await owner.page.screenshot(path=PICTURES / f"long-{name}-{width}.png", full_page=True)
            reach = await owner.page.evaluate("document.documentElement.scrollWidth")
            broken += [f"{path} is {reach} wide in a window of {width}"] if reach > width else []
    assert not broken, broken


WRITES = """() => {
    const tried = [];
    const attempt = (name, act) => {
        try {
            act();
            tried.push(name);
        } catch (error) {
            if (!(error instanceof TypeError)) throw error;
        }
    };
    attempt("markup", () => { document.createElement("p").innerHTML = "<b>x</b>"; });
    attempt("address", () => { document.createElement("script").src = "/static/runner.js"; });
    attempt("policy", () => trustedTypes.createPolicy("other", {createHTML: (text) => text}));
    return tried;
}"""
INLINE = """() => {
    const script = document.createElement("script");
    script.append(document.createTextNode("document.body.dataset.ran = 'yes'"));
    document.body.append(script);
    return document.body.dataset.ran || "no";
}"""


async def test_a_browser_lets_no_script_into_a_page_and_no_other_page_around_it(
    chromium: Browser, place: Place
) -> None:
    ran = {}
    for bypassed in (False, True):
        context = await chromium.new_context(bypass_csp=bypassed)
        person = Person(await context.new_page(), place.url)
        await sign_in(person, "ada")
        tried = await person.page.evaluate(WRITES)
        try:
            inline = await person.page.evaluate(INLINE)
        except Error:  # Trusted Types refuse the text of a script
            inline = "no"
        ran[bypassed] = (tried, inline)
        await context.close()
    assert ran[False] == ([], "no")
    # The control: without the policy all of it would have been done.
    assert ran[True] == (["markup", "address", "policy"], "yes")


async def test_another_sites_page_shows_nothing_of_ours_inside(
    chromium: Browser, place: Place, tmp_path: Path
) -> None:
    page = await chromium.new_page()
    (tmp_path / "ours.html").write_text("<h1>inside</h1>", "utf-8")
    for address, shown in (
        (f"{place.url}/sign-in", ""),
        (f"file://{tmp_path}/ours.html", "inside"),
    ):
        (tmp_path / "theirs.html").write_text(f'<iframe src="{address}"></iframe>', "utf-8")
        await page.goto(f"file://{tmp_path}/theirs.html")
        [_, frame] = page.frames
        found = await frame.locator("h1").all_inner_texts()
        assert "".join(found) == shown
    await page.close()


async def test_what_counts_works_without_script(chromium: Browser, place: Place) -> None:
    task = place.add("/tasks", {**TASK, "name": "Guests without script"})
    context = await chromium.new_context(java_script_enabled=False)
    person = Person(await context.new_page(), place.url)
    page = person.page
    await sign_in(person, "ada")
    await person.go("/secrets")
    await page.get_by_role("link", name=re.compile("New secret|Create the first")).first.click()
    await page.get_by_label("Name", exact=True).fill("Without script")
    await page.get_by_label("Username").fill("ann")
    await page.get_by_label("Password", exact=True).fill("CANARY-plain")
    await page.get_by_label("Sites it may be used on").fill(SITE)
    await person.press("Store the secret")
    await page.get_by_role("heading", name="Without script").wait_for()
    await person.go(f"/tasks/{task}")
    await person.press("Run…")
    await page.get_by_label("HOTEL", exact=True).select_option(label="Without script · test")
    await page.get_by_label("night").fill("2026-11-22")
    await page.screenshot(path=PICTURES / "run-dialog-without-script.png", full_page=True)
    await person.press("Run")
    await page.get_by_role("region", name="How it went").wait_for()
    await context.close()
