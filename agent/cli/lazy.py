"""Command groups that import a command when it is called, and commands that echo no argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.registry import Table


class QuietCommand(click.Command):
    """A command whose complaint about an argument too many does not repeat it.

    A person who types a value where none belongs must not find it in a log.
    """

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse what is left over by its number only."""
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            noun = "argument" if len(left) == 1 else "arguments"
            ctx.fail(f"{len(left)} {noun} too many.")
        return left


class LazyGroup(click.Group):
    """A group over a table of commands; ``summaries`` lets help be written without importing."""

    def __init__(
        self,
        name: str | None = None,
        *,
        table: Table[click.Command],
        summaries: Mapping[str, str],
        **settings: Any,
    ) -> None:
        super().__init__(name, **settings)
        self.table = table
        self.summaries = summaries

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(self.table)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. None for a name that is not in the table."""
        return self.table.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name; an unknown one gets a did-you-mean."""
        if args and args[0] not in self.table and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=list(self.table), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.summaries[name]) for name in self.table])
