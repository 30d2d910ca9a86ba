"""Delivers what webhooks are to be told. Every server and every worker may do so at once."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from agent.errors import RunnerError, StepFailed
from agent.runs.webhook_store import Sent
from agent.steps.addresses import addresses_of
from agent.steps.web.answer import Request
from agent.steps.web.exchange import exchange
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.runs.webhook_store import Delivery, Webhook, WebhookStore

AT_ONCE: Final = 3
"""Tries in a row; after them a message rests for a while."""
RESTS: Final = (60.0, 300.0, 1800.0, 7200.0, 21600.0)
"""Seconds of each rest; a message that fails after the last has failed for good."""
_SECONDS: Final = 15.0


class Refused(StepFailed):
    """The receiver did not say that it has the message."""


@dataclass(frozen=True, slots=True)
class Delivering:
    """Delivers messages of every project; ``sign`` makes a signature with the webhook's key.

    ``first`` and ``longest`` are the pauses between tries in a row, in seconds.
    """

    store: WebhookStore
    sign: Callable[[Webhook, bytes], str]
    first: float = 1.0
    longest: float = 10.0

    async def deliver(self) -> int:
        """Deliver what is due; tell how many messages that were."""
        due = await asyncio.to_thread(self.store.due)
        await asyncio.gather(*(self._one(hook, message) for hook, message in due))
        return len(due)

    async def _one(self, hook: Webhook, message: Delivery) -> None:
        trying = AsyncRetrying(
            stop=stop_after_attempt(AT_ONCE),
            wait=wait_exponential_jitter(
                max=self.longest, jitter=self.first, multiplier=self.first
            ),
            retry=retry_if_exception_type(RunnerError),
            reraise=True,
        )
        try:
            await trying(self._try, hook, message)
        except RunnerError:
            await self._rest(message)
        else:
            await asyncio.to_thread(self.store.ended, message, Sent.DELIVERED)

    async def _try(self, hook: Webhook, message: Delivery) -> None:
        status: int | None = None
        try:
            async with asyncio.timeout(_SECONDS):
                status = await self._sent(hook, message)
            if not 200 <= status < 300:
                raise Refused(f"it answered {status}")
        except TimeoutError:
            await self._note(message, status, "it gave no answer in time")
            raise Refused("it gave no answer in time") from None
        except RunnerError as error:
            await self._note(message, status, error.message)
            raise
        await self._note(message, status, "")

    async def _sent(self, hook: Webhook, message: Delivery) -> int:
        now = time.time()
        body = json.dumps(
            json.loads(message.body) | {"timestamp": datetime.fromtimestamp(now, UTC).isoformat()}
        ).encode()
        signed = f"{message.message_id}.{now:.0f}.".encode() + body
        headers = (
            ("Content-Type", "application/json"),
            ("User-Agent", "slotrunner"),
            ("webhook-id", message.message_id),
            ("webhook-timestamp", f"{now:.0f}"),
            ("webhook-signature", await asyncio.to_thread(self.sign, hook, signed)),
        )
        addresses = await addresses_of(Origin.parse(hook.url), listed=hook.local)
        answer = await exchange(Request("POST", hook.url, headers, body), addresses)
        return answer.status

    async def _note(self, message: Delivery, status: int | None, why: str) -> None:
        await asyncio.to_thread(self.store.tried, message, status, why[:500])

    async def _rest(self, message: Delivery) -> None:
        rested = message.tries // AT_ONCE
        if rested < len(RESTS):
            await asyncio.to_thread(self.store.ended, message, Sent.PENDING, RESTS[rested])
        else:
            await asyncio.to_thread(self.store.ended, message, Sent.FAILED)
