"""Options of the commands that take a TOTP key."""

from __future__ import annotations

from pathlib import Path

import click

qr = click.option(
    "--qr",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the TOTP key from the picture of its QR code (PNG, JPEG or WebP).",
)
account = click.option(
    "--account",
    metavar="ACCOUNT",
    help="Which account of an authenticator's export, where it holds several.",
)
