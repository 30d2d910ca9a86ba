"""Runs that wait for a person: what they see, what they do, and what nobody finds afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import func, select

from agent.artifacts import page_reading
from agent.browser.person_acts import PersonAct
from agent.runs.tables import takeover, takeover_act, takeover_frame
from agent.runs.takeovers import Takeovers
from agent.vault.passed import Envelope, Sealed
from tests.integration.takeover.conftest import (
    PAPER,
    PUZZLE,
    WORD_FIELD,
    click,
    colour,
    is_like,
    key,
    text,
)
from tests.leak.scan import find_under

if TYPE_CHECKING:
    from typing import Any

    from tests.integration.conftest import Opener
    from tests.integration.takeover.conftest import Person, Scene

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

BLACK = (0, 0, 0)


def gate(scene: Scene, *more: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return (
        {"type": "goto", "url": f"{scene.site.origin}/humans/gate"},
        {"type": "pause", "message": "Please solve the puzzle."},
        *more,
    )


def sign_in(scene: Scene, kind: str = "word", **more: Any) -> dict[str, Any]:
    url = f"{scene.site.origin}/humans/{kind}/login"
    return {"type": "sign_in", "slot": "HOTEL", "url": url} | more


def passed_rows(scene: Scene) -> int:
    """Count what lies between run and person."""
    with scene.runner.store.engine.connect() as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (takeover, takeover_frame, takeover_act)
        )


async def test_a_puzzle_is_seen_and_solved_from_elsewhere_and_the_word_is_nowhere(
    scene: Scene,
) -> None:
    through = {"type": "expect", "target": {"text": "Through the gate"}}
    running = scene.begin(*gate(scene, through), tracing="on", pictures="on")
    person = await scene.person()
    stands = await person.needed()
    assert (stands.why, stands.message) == ("pause", "Please solve the puzzle.")
    await person.take()
    frame = await person.seen()
    assert (frame.width, frame.height) == (1280, 720)
    assert is_like(colour(frame, PUZZLE), PAPER)
    assert not is_like(colour(frame, WORD_FIELD), BLACK)
    word = await type_the_word(scene, person)
    await person.give_back()
    report = await running
    assert report.outcome == "passed", report.error
    kinds = scene.kinds()
    asked = kinds.index("needs_person")
    assert kinds[asked : asked + 3] == ["needs_person", "taken_over", "went_on"]
    me = scene.runner.actor.id
    assert scene.audited() == [
        f'taken_over {{"person":"{me}"}}',
        f'given_back {{"person":"{me}","reason":"acts:5"}}',
    ]
    assert passed_rows(scene) == 0
    assert "a person is needed" in " ".join(scene.asked.notices)
    assert find_under([scene.folder], {"word": word}) == []
    assert any(line.kind == "trace" and line.state == "kept" for line in report.artifacts)


async def type_the_word(scene: Scene, person: Person) -> str:
    """Solve the puzzle with one slip, and look at the page while it is done."""
    word = scene.site.desk.asked["gate"]
    await person.do(click(*WORD_FIELD), text(word[:4]), text(word[4:] + "Q"))
    frame = await person.seen()
    # What was typed is covered; the picture stood there before, and may still be looked at.
    assert is_like(colour(frame, WORD_FIELD), BLACK)
    assert is_like(colour(frame, PUZZLE), PAPER)
    await person.do(key("Backspace"), key("Enter"))
    return word


@pytest.mark.parametrize("is_sealed", [True, False])
async def test_what_waits_for_the_worker_is_unreadable_in_the_database(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, *, is_sealed: bool
) -> None:
    """Without the seal the same search finds it: a control of the search."""
    if not is_sealed:
        monkeypatch.setattr(Envelope, "seal", lambda _self, _number, content: Sealed(1, content))
    monkeypatch.setattr(Takeovers, "acts", lambda _self, _claim: [])
    scene.begin(*gate(scene))
    person = await scene.person()
    await person.needed()
    await person.take()
    typed = PersonAct.model_validate(text("Tr0ub4dor-zebra"))
    await asyncio.to_thread(scene.runner.taking_over.act, person.run_id, [typed])
    found = find_under([scene.folder / "home"], {"typed": "Tr0ub4dor-zebra"})
    assert bool(found) is not is_sealed


async def test_a_sign_in_goes_on_after_the_person_and_never_types_twice(scene: Scene) -> None:
    account = scene.site.new_account(totp=False)
    running = scene.begin(sign_in(scene), bind=scene.bind(account))
    person = await scene.person()
    stands = await person.needed()
    assert stands.why == "captcha"
    assert "captcha" in stands.message
    await person.take()
    frame = await person.seen()
    assert is_like(colour(frame, PUZZLE), PAPER)
    word = scene.site.desk.asked[account.username]
    await person.do(click(*WORD_FIELD), text(word), key("Enter"))
    await person.give_back()
    report = await running
    assert report.outcome == "passed", report.error
    assert report.steps[0].outcome == "signed_in"
    notes = [note.did for note in report.steps[0].notes]
    assert "asked a person for help (captcha)" in notes
    name = account.username.encode()
    assert sum(one.method == "POST" and name in one.body for one in scene.site.log) == 1


async def test_a_prompt_that_is_confirmed_on_a_telephone_needs_nobody_at_the_page(
    scene: Scene,
) -> None:
    account = scene.site.new_account(totp=False)
    running = scene.begin(sign_in(scene, "prompt"), bind=scene.bind(account))
    person = await scene.person()
    stands = await person.needed()
    assert stands.why == "second_factor"
    async with httpx.AsyncClient() as phone:
        address = f"{scene.site.origin}/humans/approve"
        answer = await phone.post(address, data={"username": account.username})
        assert answer.status_code == 200
    report = await running
    assert report.outcome == "passed", report.error
    assert scene.kinds().count("taken_over") == 0
    assert scene.audited() == []


async def test_where_nobody_comes_in_time_the_end_is_what_it_would_have_been(scene: Scene) -> None:
    account = scene.site.new_account(totp=False)
    bound = scene.bind(account)
    report = await scene.begin(sign_in(scene, wait_for_person=0.5), bind=bound)
    assert report.outcome == "captcha"
    assert scene.kinds().count("needs_person") == 1
    assert passed_rows(scene) == 0


async def test_nobody_is_asked_where_neither_task_nor_run_says_so(scene: Scene) -> None:
    account = scene.site.new_account(totp=False)
    bound = scene.bind(account)
    report = await scene.begin(sign_in(scene), bind=bound, wait_for_person=None)
    assert report.outcome == "captcha"
    assert "needs_person" not in scene.kinds()


async def test_a_pause_that_nobody_ends_fails_and_says_so(scene: Scene) -> None:
    pause = {"type": "pause", "message": "Please.", "wait": 0.5}
    report = await scene.begin(*gate(scene)[:1], pause)
    assert report.error is not None
    assert "nobody gave the browser back in time" in report.error.message


async def test_a_run_that_waits_can_be_taken_back_while_a_person_has_its_page(
    scene: Scene,
) -> None:
    running = scene.begin(*gate(scene))
    person = await scene.person()
    await person.needed()
    await person.take()
    await asyncio.to_thread(scene.runner.orders.cancel, person.run_id)
    report = await running
    assert report.status == "cancelled"
    assert passed_rows(scene) == 0
    assert [line.partition(" ")[0] for line in scene.audited()] == ["taken_over", "given_back"]


async def test_where_no_mask_can_be_made_there_is_no_picture_and_the_view_says_why(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_reading, "MOST_ELEMENTS", 3)
    scene.begin(*gate(scene), pictures="off")
    person = await scene.person()
    await person.needed()
    await person.take()
    await person.wait_for(lambda: person.stands is not None and bool(person.stands.unseen))
    assert person.stands is not None
    assert person.stands.unseen == "the page has more than 3 elements"
    assert person.frames == []


async def test_pictures_of_a_page_are_painted_where_the_run_has_a_secret_and_no_sign_in_waits(
    scene: Scene,
) -> None:
    account = scene.site.new_account(totp=False)
    value = {"secret": "HOTEL", "field": "username"}
    field = {"type": "fill", "target": {"css": "#captcha_word"}, "value": value}
    goto, pause = gate(scene)
    scene.begin(goto, field, pause, bind=scene.bind(account))
    person = await scene.person()
    await person.needed()
    await person.take()
    frame = await person.seen()
    assert is_like(colour(frame, PUZZLE), BLACK)
    assert is_like(colour(frame, WORD_FIELD), BLACK)


async def test_no_picture_is_taken_while_nobody_looks(scene: Scene) -> None:
    scene.begin(*gate(scene))
    person = await scene.person()
    await person.wait_for(lambda: person.stands is not None, watching=False)
    await asyncio.sleep(1.0)
    assert scene.runner.taking_over.frame(person.run_id) is None


async def test_a_secret_that_the_person_types_into_a_foreign_page_is_stopped(scene: Scene) -> None:
    account = scene.site.new_account(totp=False)
    goto = {"type": "goto", "url": f"{scene.site.evil}/login"}
    pause = {"type": "pause", "message": "Please."}
    running = scene.begin(goto, pause, bind=scene.bind(account))
    person = await scene.person()
    await person.needed()
    await person.take()
    await person.do(key("Tab"), text(account.password), key("Enter"))
    report = await running
    assert report.outcome == "origin_refused"
    assert account.password.encode() not in scene.site.evil_log.everything()


async def test_a_click_and_a_word_go_into_a_frame_of_another_site_and_are_covered_there(
    scene: Scene, open_session: Opener
) -> None:
    address = f"{scene.site.evil_lookalikes[0]}/attack/embed-good"
    async with open_session() as measured:
        await measured.page.goto(address)
        field = measured.page.frame_locator("iframe").locator("[autocomplete=username]").first
        box = await field.bounding_box()
    assert box is not None
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    goto = {"type": "goto", "url": address}
    scene.begin(goto, {"type": "pause", "message": "Please."})
    person = await scene.person()
    await person.needed()
    await person.take()
    assert not is_like(colour(await person.seen(), place), BLACK)
    await person.do(click(*place), text("Tr0ub4dor-zebra"))
    await person.wait_for(lambda: is_like(colour(person.frames[-1], place), BLACK))
