"""The commands of ``runner secrets``; one file and one line each."""

import click

from agent.registry import Table

SECRET_COMMANDS: Table[click.Command] = Table(
    "agent.cli.secrets",
    {
        "add": "add:add",
        "list": "list:list_command",
        "show": "show:show",
        "rotate": "rotate:rotate",
        "delete": "delete:delete",
        "apply": "apply:apply",
    },
)

SUMMARIES = {
    "add": "Store a new secret.",
    "list": "List the stored secrets.",
    "show": "Show what is known of a secret, never its values.",
    "rotate": "Give a secret new values under the same id.",
    "delete": "Delete a secret for good.",
    "apply": "Store the secrets that a folder declares.",
}
