"""Second factors: one file each, one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from agent.login.second_factor import SecondFactor

SECOND_FACTORS: Table[type[SecondFactor]] = Table(
    "agent.login.mfa",
    {
        "totp": "totp:Totp",
        "imap": "imap:Imap",
        "webhook": "webhook:Webhook",
        "operator": "operator:Operator",
    },
)
