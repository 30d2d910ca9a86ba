"""Codes that a program pushes to a run, or that the person who watches it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import LoginFailed
from agent.vault.outside_codes import OutsideCodes

if TYPE_CHECKING:
    from tests.integration.codes.conftest import Floor

pytestmark = pytest.mark.browser


async def test_a_code_pushed_for_the_run_is_typed_once(floor: Floor) -> None:
    floor.keep(None)
    codes = OutsideCodes(floor.vault.trail())

    def send(code: str) -> None:
        codes.push("another-run", "999999")
        codes.push(floor.run_id, f"{code[:3]} {code[3:]}")

    floor.site.send = send
    assert (await floor.sign_in({"from": "webhook"})).outcome == "signed_in"
    assert floor.site.given == floor.site.made
    assert floor.person.told == [f"waiting for a code: runner runs code {floor.run_id}"]
    assert codes.take(floor.run_id) is None


async def test_a_code_pushed_for_another_run_is_not_taken(floor: Floor) -> None:
    floor.keep(None)
    floor.site.send = lambda code: OutsideCodes(floor.vault.trail()).push("another-run", code)
    with pytest.raises(LoginFailed, match="No code was pushed") as failed:
        await floor.sign_in({"from": "webhook", "wait": 1.0})
    assert failed.value.outcome == "timeout"
    assert floor.site.given == []


async def test_a_person_is_asked_and_asked_again_after_a_slip(floor: Floor) -> None:
    """What was given is masked from then on, in everything a run leaves."""
    floor.keep(None)
    assert floor.secrets is not None
    redactor, needles = floor.secrets.redactor, floor.secrets.needles
    floor.person.answers = ["000000"]
    floor.site.send = floor.person.answers.append
    assert (await floor.sign_in({"from": "operator"})).outcome == "signed_in"
    first, second = floor.person.asked
    assert (first.slot, first.site, first.again) == ("LOGIN", floor.site.origin, False)
    assert second.again
    code = floor.site.made[0]
    assert floor.site.given == ["000000", code]
    assert redactor.redact_text(f"the code {code} was sent") == "the code ‹LOGIN.code› was sent"
    assert needles.labels_in(f"the code {code} was sent".encode()) == {"LOGIN.code"}


async def test_where_nobody_is_there_to_be_asked_the_outcome_says_so(floor: Floor) -> None:
    floor.keep(None)
    with pytest.raises(LoginFailed, match="none gave one") as failed:
        await floor.sign_in({"from": "operator"})
    assert failed.value.outcome == "mfa_required_but_no_method"
