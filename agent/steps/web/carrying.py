"""Carries one http step out: checks, releases, sends, follows, and reads what was asked for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import ada_url

from agent.errors import LoginFailed, StepFailed, UsageError
from agent.steps.addresses import addresses_of
from agent.steps.web.again import until_steady
from agent.steps.web.answer import Request
from agent.steps.web.cookies import cookie_header
from agent.steps.web.credentials import Credentials, sendable, with_key
from agent.steps.web.exchange import exchange
from agent.steps.web.methods import REPEATABLE
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from agent.steps.context import StepContext
    from agent.steps.http import Http
    from agent.steps.web.answer import Answer

_HOPS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SHOWN: Final = 200
_UNAUTHORIZED: Final = 401


async def carry_out(step: Http, context: StepContext) -> Answer:
    """Send what the step says and give the answer, whose status is one the step expects.

    Raises ``OriginRefused`` for an address a secret is not for, ``SiteUnreachable``,
    ``LoginFailed`` for a rejected password, and ``StepFailed`` for everything else that is not as
    the step says.
    """
    seconds = step.limit(context) / 1000
    sending = _Sending(step, context, _address(step.url, step.query))
    try:
        async with asyncio.timeout(seconds):
            await sending.refuse_foreign()
            answer = await sending.answered(seconds)
    except TimeoutError:
        raise StepFailed(
            f"{Origin.parse(step.url)} gave no answer in {seconds:g} s",
            hint='give the step more time with "timeout"',
        ) from None
    _check_status(step, answer, context)
    return answer


@dataclass(slots=True)
class _Sending:
    """One step's request on its way; ``url`` moves on with each redirect that is followed."""

    step: Http
    context: StepContext
    url: str

    @property
    def origin(self) -> Origin:
        """Where the request goes now."""
        return Origin.parse(self.url)

    @property
    def at_home(self) -> bool:
        """Whether it still goes where the task says."""
        return self.origin == Origin.parse(self.step.url)

    async def refuse_foreign(self) -> None:
        """Refuse before anything is done, where a secret is not for this origin."""
        for slot in self.step.slots():
            await self._credentials().refuse_foreign(slot)

    async def answered(self, seconds: float) -> Answer:
        """Give the answer at the end of the redirects that are followed."""
        repeatable = self.step.method in REPEATABLE
        for _ in range(_HOPS + 1):
            answer = await until_steady(self._once, repeatable=repeatable, seconds=seconds)
            if not self.step.follow_redirects or answer.status not in _REDIRECTS:
                return answer
            self.url = _next(self.url, answer)
        raise StepFailed(f"{Origin.parse(self.step.url)} redirects more than {_HOPS} times")

    async def _once(self) -> Answer:
        listed = self.at_home and (self.step.local or bool(self.step.slots()))
        addresses = await addresses_of(self.origin, listed=listed)
        return await exchange(await self._dressed(), addresses, self.context.secrets.fence.check)

    async def _dressed(self) -> Request:
        """Make the request; every secret in it is released, and audited, for this one attempt."""
        hands, step = self._credentials(), self.step
        headers = {"User-Agent": "slotrunner", "Accept": "*/*"}
        url, body = self.url, None
        if self.at_home:
            kind, body = await self._body(hands)
            headers |= kind | await hands.filled(step.headers)
            for scheme in ("basic", "bearer", "oauth2"):
                slot = step.scheme(scheme)
                if slot is not None:
                    headers["Authorization"] = await hands.authorization(scheme, slot)
            if step.api_key is not None:
                name, value = await hands.key(step.api_key)
                if step.api_key_in == "header":
                    headers[name] = value
                else:
                    url = with_key(url, name, value)
            if step.cookies:
                headers |= await cookie_header(self.context, url)
        return Request(step.method, url, sendable(headers), body)

    async def _body(self, hands: Credentials) -> tuple[dict[str, str], bytes | None]:
        if self.step.has_json:
            filled = await hands.filled(self.step.json_)
            return {"Content-Type": "application/json"}, json.dumps(filled).encode()
        if self.step.form:
            filled = await hands.filled(self.step.form)
            packed = urlencode(filled).encode()
            return {"Content-Type": "application/x-www-form-urlencoded"}, packed
        return {}, None

    def _credentials(self) -> Credentials:
        return Credentials(self.context.secrets, self.origin, self.step.title)


def _address(url: str, query: dict[str, str]) -> str:
    """Put the query's parameters behind those the address has; a fragment is never sent."""
    parsed = ada_url.URL(url)
    parsed.hash = ""
    if query:
        before = parsed.search.removeprefix("?")
        parsed.search = "&".join(part for part in (before, urlencode(query)) if part)
    return str(parsed.href)


def _next(url: str, answer: Answer) -> str:
    try:
        following = str(ada_url.URL(answer.headers.get("location", ""), base=url).href)
        Origin.parse(following)
    except (ValueError, UsageError):
        raise StepFailed(f"{Origin.parse(url)} redirects to what is no web address") from None
    if Origin.parse(url).scheme == "https" and Origin.parse(following).scheme != "https":
        raise StepFailed(f"{Origin.parse(url)} redirects to an address that is not encrypted")
    return following


def _check_status(step: Http, answer: Answer, context: StepContext) -> None:
    expected = answer.status in step.status if step.status else 200 <= answer.status < 300
    if expected:
        return
    if answer.status == _UNAUTHORIZED and step.basic_auth is not None:
        # Sites count these: like a password typed into a page, it is not sent a second time.
        raise LoginFailed(
            f"{Origin.parse(step.url)} rejected the user name or the password of {step.basic_auth}",
            outcome="bad_credentials",
            hint="a rejected password is not tried again: runner secrets rotate",
        )
    wanted = " or ".join(map(str, step.status)) if step.status else "2xx"
    raise StepFailed(
        f"{Origin.parse(step.url)} answered {answer.status}, and {wanted} is expected",
        hint=_reason(step, answer, context),
    )


def _reason(step: Http, answer: Answer, context: StepContext) -> str:
    if answer.status in _REDIRECTS:
        holds = step.slots() or step.cookies
        why = "a request with a secret follows none" if holds else '"follow_redirects" follows it'
        return f"it redirects; {why}"
    text = answer.body[:16_384].decode("utf-8", "replace")
    text = " ".join(context.secrets.redactor.redact_text(text).split())
    return f"it says: {text[:_SHOWN]}" if text.isprintable() and text else ""
