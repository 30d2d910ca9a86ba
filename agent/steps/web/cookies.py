"""The browser session's cookies, for a request to the site they belong to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from agent.browser.translate import translate

if TYPE_CHECKING:
    from agent.steps.context import StepContext

_NOT_IN_MARKS = re.compile(r"[^\w.-]")
# Shorter ones are settings such as a language, which stand in every text.
_SECRET_FROM = 8


async def cookie_header(context: StepContext, url: str) -> dict[str, str]:
    """Make the ``Cookie`` header a browser would send to this address; nothing where it has none.

    Each value is known to redactor and gate before it is sent.
    """
    try:
        found = await context.session.context.cookies([url])
    except PlaywrightError as error:
        raise translate(error, context.secrets.redactor) from None
    pairs = [(str(one["name"]), str(one["value"])) for one in found]
    for name, value in pairs:
        if len(value) >= _SECRET_FROM:
            context.secrets.learn(f"cookie.{_NOT_IN_MARKS.sub('-', name)}", value)
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in pairs)} if pairs else {}
