"""The commands of ``runner vault``; one file and one line each."""

import click

from agent.registry import Table

VAULT_COMMANDS: Table[click.Command] = Table(
    "agent.cli.vault",
    {
        "init": "init:init",
        "unlock": "unlock:unlock",
        "status": "status:status",
        "rotate": "rotate:rotate",
        "add-key": "add_key:add_key",
        "remove-key": "remove_key:remove_key",
        "export": "export:export",
        "import": "take:take",
        "verify": "verify:verify",
        "backup": "backup:backup",
        "restore": "restore:restore",
    },
)

SUMMARIES = {
    "init": "Make the vault.",
    "unlock": "Check that the vault opens.",
    "status": "Show what the vault opens with.",
    "rotate": "Rotate the keys that secrets are sealed with.",
    "add-key": "Add another way to open the vault.",
    "remove-key": "Remove a way to open the vault.",
    "export": "Write the secrets, with their values, to an age file.",
    "import": "Add the secrets of an export.",
    "verify": "Open everything in the vault, and check the audit trail.",
    "backup": "Write a sealed copy of the database.",
    "restore": "Put a backup in the database's place.",
}
