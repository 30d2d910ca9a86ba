"""``runner secrets reveal``."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.parts import PARTS
from agent.cli.secrets.cards import DOTS
from agent.cli.speech import harmless, say
from agent.errors import NotAllowed, UsageError

if TYPE_CHECKING:
    from agent.vault.secret import SecretCard

LONGEST = 30
OTHER_SCREEN, BACK = "\x1b[?1049h\x1b[H", "\x1b[?1049l"


@click.command(cls=QuietCommand)
@click.argument("secret")
@click.option("--field", required=True, help="Which of its values.")
@click.option(
    "--seconds",
    type=click.IntRange(1, LONGEST),
    default=LONGEST,
    show_default=True,
    help="How long it is shown.",
)
def reveal(secret: str, field: str, seconds: int) -> None:
    """Show one value of a masked secret for half a minute.

    SECRET is its id or its name. For Owners and Admins, on a terminal, after the vault's
    passphrase (or, where a key file opens it, the secret's name) was entered again. It is audited
    before it is shown, and ten are shown an hour. A restricted secret is never shown.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("a value is shown on a terminal only", hint="call it in a terminal")
    runner = open_runner()
    card = runner.secret(secret)
    if card.visibility != "masked":
        raise NotAllowed(
            f"{card.name} is restricted: its values are never shown again",
            hint="give it new values if they are lost: runner secrets rotate",
        )
    value = runner.keeping.show(card.id, field, PARTS["proof"](partial(_name_again, card)))
    _show(value, seconds)
    say(f"{card.name}, {field}: {DOTS}")


def _name_again(card: SecretCard) -> str:
    typed: str = click.prompt(f"To see a value of “{card.name}”, type its name", err=True)
    return typed


def _show(value: str, seconds: int) -> None:
    """Show a value on the terminal's other screen, which leaves nothing to scroll back to."""
    screen = sys.stdout
    try:
        screen.write(f"{OTHER_SCREEN}{harmless(value)}\r\n\r\n")
        for left in range(seconds, 0, -1):
            screen.write(f"\r\x1b[Kgone in {left} s (Ctrl-C: now)")
            screen.flush()
            time.sleep(1)
    except KeyboardInterrupt:
        pass
    finally:
        screen.write(f"\x1b[2J{BACK}")
        screen.flush()
