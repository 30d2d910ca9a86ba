"""Options that several commands share."""

from __future__ import annotations

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
no_input = click.option("--no-input", is_flag=True, help="Never ask anything.")
from_stdin = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the values as one JSON object from stdin."
)
