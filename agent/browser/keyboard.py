"""The hand that types secrets, and the only one.

It is alone in importing ``agent.vault.reveal``. A value is asked for after every check has passed,
goes over the browser's debugging pipe into an isolated world, and is put into the field there in
the same turn that checks the field once more (security.md 3.2). It is in no parameter, call log or
exception of Playwright.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.browser.field_script import PASSING, REFUSALS, TYPE_INTO_FIELD, UNTIL_EDITABLE
from agent.browser.frames import place_in, place_of
from agent.browser.isolated import (
    IsolatedElement,
    Sighting,
    in_isolated_world,
    while_the_page_stands,
)
from agent.errors import FillRefused, OriginRefused, UsageError
from agent.vault.origin import Origin
from agent.vault.reveal import (
    OUTSIDE_CODE,
    Code,
    Receiver,
    claim_code,
    pass_code,
    reveal_to,
    still_held,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.async_api import ElementHandle

    from agent.browser.frames import Place
    from agent.browser.session import Session
    from agent.vault.origin import OriginPolicy
    from agent.vault.secret import Secret

    Target = ElementHandle | Sighting

_TEXT = ("text", "email", "tel", "number", "search", "url")
_KINDS = {
    "password": ("password",),
    "username": _TEXT,
    # Some sites hide one-time codes and keys as they are typed.
    "totp": (*_TEXT, "password"),
    OUTSIDE_CODE: (*_TEXT, "password"),
    "value": (*_TEXT, "password", "textarea"),
}
_NO_TARGET = ("javascript:", "about:blank")
_LAST_SECOND = 1.0
_EDITABLE_SOON = 8_000.0  # milliseconds, less than a call may take
_CLAIMS = 3
_CLOSED = frozenset({"disabled", "readonly"})


@dataclass(frozen=True, slots=True)
class _Field:
    """A field that passed every check: where it stands and where its form sends it."""

    element: IsolatedElement
    place: Place
    kinds: tuple[str, ...]
    actions: list[str]

    async def put(self, text: str, *, digits: bool) -> None:
        asked = self.asked() | {"text": text, "actions": self.actions, "digits": digits}
        _accepted(await self.element.call(TYPE_INTO_FIELD, asked))

    def asked(self) -> dict[str, Any]:
        return {"origins": self.place.texts(), "kinds": self.kinds, "text": None}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be typed, and where: the field of a secret, into one element or several boxes."""

    targets: Sequence[Target]
    secret: Secret
    field: str


class _NotYet(FillRefused):
    """A box that opens only when those before it are filled."""


class Keyboard:
    """Types the values of a run's secrets into fields of pages their owners allowed."""

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.time) -> None:
        self._session = session
        self._clock = clock

    async def type_field(self, target: Target, secret: Secret, field: str) -> None:
        """Put one field of a secret into an input element, in place of what stands there.

        ``target`` is Playwright's handle of it, or a sighting by one who has met it already.
        Nothing is typed before every check has passed. Raises ``OriginRefused`` when the page, a
        page around it or the form's target is not on the secret's list, ``FillRefused`` for a
        field that is hidden, changed or of the wrong kind. ``totp`` types a code.
        """
        if field == "totp":
            await self.type_code([target], secret)
            return
        async with AsyncExitStack() as stack:
            checked = await self._check(stack, target, _Asked([target], secret, field))
            value = await asyncio.to_thread(reveal_to, secret, field, _receiver(checked.place))
            self._session.guard.expect(secret.slot)
            still_held(secret)
            await checked.put(value, digits=False)

    async def answer_challenge(self, secret: Secret) -> None:
        """Answer the HTTP login the browser is held at, for exactly the origin that asks.

        The values go to the browser alone, for this one challenge. Raises ``OriginRefused`` when
        that origin is not on the secret's list, ``FillRefused`` when nothing is asked any more.
        """
        challenge = self._session.challenges.held
        if challenge is None:
            raise FillRefused("the browser's login is no longer asked for")
        receiver = Receiver((challenge.origin,), self._session.step)
        username = await asyncio.to_thread(reveal_to, secret, "username", receiver)
        password = await asyncio.to_thread(reveal_to, secret, "password", receiver)
        self._session.guard.expect(secret.slot)
        still_held(secret)
        await self._session.challenges.answer(username, password)

    async def type_code(
        self,
        targets: Sequence[Target],
        secret: Secret,
        *,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        """Claim a one-time code and type it into one field, or digit by digit into several boxes.

        A code of a window that is yet to open is waited for; ``on_wait`` is told the seconds. One
        whose window is closing is dropped and another claimed. Raises as ``type_field`` does, and
        ``TotpBusy`` when other runs hold the codes of the next minutes.
        """
        if not targets:
            raise UsageError("a code needs a field to be typed into")
        async with AsyncExitStack() as stack:
            asked = _Asked(targets, secret, "totp")
            boxes, receiver = await self._boxes(stack, asked)
            code = await self._code(secret, receiver, on_wait)
            await self._fill_boxes(stack, asked, boxes, code.text)

    async def type_given_code(self, targets: Sequence[Target], secret: Secret, code: str) -> None:
        """Type a code that came from outside, where ``secret`` may go, as ``type_code`` does."""
        if not targets:
            raise UsageError("a code needs a field to be typed into")
        async with AsyncExitStack() as stack:
            asked = _Asked(targets, secret, OUTSIDE_CODE)
            boxes, receiver = await self._boxes(stack, asked)
            await asyncio.to_thread(pass_code, secret, code, receiver)
            await self._fill_boxes(stack, asked, boxes, code)

    async def _boxes(
        self, stack: AsyncExitStack, asked: _Asked
    ) -> tuple[list[_Field | None], Receiver]:
        """Check every box before a code is asked for; None for one that is not open yet."""
        first = await self._check(stack, asked.targets[0], asked)
        boxes: list[_Field | None] = [first]
        for target in asked.targets[1:]:
            try:
                boxes.append(await self._check(stack, target, asked, waits=False))
            except _NotYet:
                boxes.append(None)
        return boxes, _receiver(first.place)

    async def _fill_boxes(
        self, stack: AsyncExitStack, asked: _Asked, boxes: Sequence[_Field | None], code: str
    ) -> None:
        self._session.guard.expect(asked.secret.slot)
        texts = _shared_out(code, len(boxes))
        for target, box, text in zip(asked.targets, boxes, texts, strict=True):
            ready = box or await self._check(stack, target, asked)
            still_held(asked.secret)
            await ready.put(text, digits=code.isdigit())

    async def _code(
        self, secret: Secret, receiver: Receiver, on_wait: Callable[[float], None] | None
    ) -> Code:
        for _ in range(_CLAIMS):
            code = await asyncio.to_thread(claim_code, secret, receiver, now=self._clock())
            wait = code.opens_at - self._clock()
            if wait > 0:
                if on_wait is not None:
                    on_wait(wait)
                await asyncio.sleep(wait)
            if self._clock() <= code.closes_at - _LAST_SECOND:
                return code
        raise FillRefused("no one-time code could be typed inside its time window")

    async def _check(
        self, stack: AsyncExitStack, target: Target, asked: _Asked, *, waits: bool = True
    ) -> _Field:
        place = await self._place(target)
        await _require_allowed(asked.secret, asked.field, place)
        kinds = _KINDS.get(asked.field, _KINDS["value"])
        if isinstance(target, Sighting):
            stack.enter_context(while_the_page_stands())
            element = target.element
        else:
            element = await stack.enter_async_context(
                in_isolated_world(self._session, target, place.frame)
            )
        checked = _Field(element, place, kinds, [])
        answer = await element.call(TYPE_INTO_FIELD, checked.asked())
        if not waits and answer.get("refused") in _CLOSED:
            raise _NotYet("a box is not open yet")
        if answer.get("refused") in PASSING:
            await self._wait_until_editable(target)
            answer = await element.call(TYPE_INTO_FIELD, checked.asked())
        actions = _accepted(answer)
        _check_actions(asked.secret.card.origins, actions)
        return _Field(element, place, kinds, actions)

    async def _place(self, target: Target) -> Place:
        if isinstance(target, Sighting):
            return place_in(target.frame, self._session.step)
        try:
            return await place_of(target, self._session.step)
        except PlaywrightError:
            raise FillRefused("the field is no longer in the page") from None

    async def _wait_until_editable(self, target: Target) -> None:
        if isinstance(target, Sighting):
            await target.element.call(UNTIL_EDITABLE, _EDITABLE_SOON, wait=True)
            return
        try:
            await target.wait_for_element_state("visible")
            await target.wait_for_element_state("editable")
        except PlaywrightError:
            raise FillRefused("the field did not become visible and editable in time") from None


async def _require_allowed(secret: Secret, field: str, place: Place) -> None:
    """Refuse a foreign page before anything is done in it; the vault refuses, so it is audited."""
    if all(secret.card.origins.allows(origin) for origin in place.origins):
        return
    if field == "totp":
        await asyncio.to_thread(claim_code, secret, _receiver(place), now=0.0)
    else:
        await asyncio.to_thread(reveal_to, secret, field, _receiver(place))
    raise OriginRefused(f"{secret.slot} may not go to {place.origins[0]}")


def _receiver(place: Place) -> Receiver:
    return Receiver(place.origins, place.step)


def _accepted(answer: dict[str, Any]) -> list[str]:
    reason = answer.get("refused")
    if reason == "moved":
        raise OriginRefused(
            f"{REFUSALS[reason]}; nothing was typed",
            hint="If a redirect is expected here, wait for its end before this step.",
        )
    if reason is not None:
        raise FillRefused(f"{REFUSALS[reason]}")
    actions: list[str] = answer["actions"]
    return actions


def _check_actions(policy: OriginPolicy, actions: Sequence[str]) -> None:
    for action in actions:
        if not action.startswith(_NO_TARGET):
            _check_action(policy, action)


def _check_action(policy: OriginPolicy, action: str) -> None:
    try:
        origin = Origin.parse(action)
    except UsageError:
        raise OriginRefused("the form would send the value to no web address") from None
    if not policy.allows(origin):
        raise OriginRefused(
            f"the form would send the value to {origin}, which is not on the secret's list",
            hint="If that is right, allow the origin for the secret.",
        )


def _shared_out(code: str, boxes: int) -> list[str]:
    if len(code) % boxes:
        raise FillRefused(f"a code of {len(code)} digits does not fit {boxes} boxes")
    size = len(code) // boxes
    return [code[at : at + size] for at in range(0, len(code), size)]
