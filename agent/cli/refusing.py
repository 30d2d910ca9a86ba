"""The answer to a secret on the command line: how it is done, without repeating it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUE_WORDS = (
    "username", "user", "password", "passwd", "pass", "pwd", "passphrase", "totp", "totp-key",
    "totp-secret", "otp", "mfa", "secret", "seed", "token", "api-key", "pin", "value", "login",
)  # fmt: skip

HINT = (
    "leave it out: runner secrets add asks for each value without showing it, or reads them as "
    "one JSON object with --stdin --json. Change a value that was typed here: it is in the "
    "shell's history"
)


def refuse_values(arguments: Sequence[str]) -> None:
    """Raise ``UsageError`` for an option that would carry a secret, such as ``--password``."""
    for argument in arguments:
        if argument == "--":
            return
        name = option_name(argument)
        if name in VALUE_WORDS:
            raise values_refused(name)


def option_name(argument: str) -> str:
    """Give the name of a long option, without dashes and value; empty for anything else."""
    return argument[2:].partition("=")[0].lower() if argument.startswith("--") else ""


def values_refused(name: str) -> UsageError:
    """Make the error that says how a value is given."""
    return UsageError(f"no option takes a secret's value, so there is no --{name}", hint=HINT)
