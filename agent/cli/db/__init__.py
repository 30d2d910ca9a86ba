"""The commands of ``runner db``; one file and one line each."""

import click

from agent.registry import Table

DB_COMMANDS: Table[click.Command] = Table(
    "agent.cli.db",
    {"status": "status:status", "migrate": "migrate:migrate", "move": "move:move"},
)

SUMMARIES = {
    "status": "Show where the database is, how new its schema is, and what is in it.",
    "migrate": "Bring the database's schema up to date.",
    "move": "Move everything from the data folder's file to PostgreSQL.",
}
