"""``runner help``."""

from __future__ import annotations

import click

from agent.cli.exit_codes import MEANINGS
from agent.cli.lazy import QuietCommand
from agent.cli.speech import tell
from agent.errors import UsageError
from agent.login.outcome import MEANINGS as OUTCOME_MEANINGS

TOPIC = "exit-codes"
OUTCOMES = "outcomes"


@click.command("help", cls=QuietCommand)
@click.argument("topic", nargs=-1)
@click.pass_context
def help_command(context: click.Context, topic: tuple[str, ...]) -> None:
    """Explain a command or a topic.

    TOPIC is a command, such as "secrets add", or exit-codes, or outcomes (how a sign-in can end).
    """
    if topic == (TOPIC,):
        for code, meaning in MEANINGS.items():
            tell(f"{code:>4}  {meaning}")
        return
    if topic == (OUTCOMES,):
        for outcome, told in OUTCOME_MEANINGS.items():
            tell(f"{outcome}, exit code {outcome.exit_code}: {told.message}")
            if told.hint:
                tell(f"    → {told.hint}")
        return
    place = context.find_root()
    for name in topic:
        group = place.command
        command = group.get_command(place, name) if isinstance(group, click.Group) else None
        if command is None:
            raise UsageError(f"there is no help on {' '.join(topic)!r}", hint="runner help")
        place = click.Context(command, info_name=name, parent=place)
    tell(place.get_help())
