"""Showing a one-time code to a person, with the seconds it is good for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agent.cli.speech import say

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.vault.secret import SecretCard
    from agent.vault.shown_codes import Code


def current_code(runner: Runner, secret: str) -> Code:
    """Get the code of now; audited before it is shown."""
    return runner.totp_code(secret, now=time.time())


def validity(code: Code) -> str:
    """Say how long the code is good, or when it will be."""
    now = time.time()
    if code.opens_at > now:
        wait, stays = code.opens_at - now, code.closes_at - code.opens_at
        return f"good in {wait:.0f} s, for {stays:.0f} s"
    return f"{max(0, code.closes_at - now):.0f} s left"


def show_once(runner: Runner, card: SecretCard) -> None:
    """Show the code of a key that was just entered, for the site's question after it."""
    if card.has("totp"):
        code = current_code(runner, card.id)
        say(
            f"The code of now is {code.text} ({validity(code)}). If the site asks for one to "
            f"confirm the device, enter it; later ones: runner secrets totp {card.id}"
        )
