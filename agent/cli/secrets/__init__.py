"""The commands of ``runner secrets``; one file and one line each."""

import click

from agent.registry import Table

SECRET_COMMANDS: Table[click.Command] = Table(
    "agent.cli.secrets",
    {
        "add": "add:add",
        "totp": "totp:totp",
        "list": "list:list_command",
        "show": "show:show",
        "rotate": "rotate:rotate",
        "purge": "purge:purge",
        "move": "move:move",
        "reveal": "reveal:reveal",
        "origins": "origins:origins",
        "usage": "usage:usage",
        "sessions": "sessions:sessions",
        "unfreeze": "unfreeze:unfreeze",
        "compromised": "compromised:compromised",
        "delete": "delete:delete",
        "retire": "retire:retire",
        "apply": "apply:apply",
    },
)

SUMMARIES = {
    "add": "Store a new secret.",
    "totp": "Show the one-time code of now.",
    "list": "List the stored secrets.",
    "show": "Show what is known of a secret, never its values.",
    "rotate": "Give a secret new values under the same id.",
    "purge": "Destroy a secret's older versions.",
    "move": "Keep the values of a secret somewhere else.",
    "reveal": "Show one value of a masked secret for half a minute.",
    "origins": "Change the sites a secret may be used on.",
    "usage": "Tell what a secret was used for.",
    "sessions": "List and drop kept sessions.",
    "unfreeze": "Let a frozen secret be used again.",
    "compromised": "Freeze a secret that others may know, and stop its runs.",
    "delete": "Delete a test secret for good.",
    "retire": "Take a live secret out of use for good.",
    "apply": "Store the secrets that a folder declares.",
}
