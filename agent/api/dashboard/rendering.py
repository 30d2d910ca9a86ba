"""Templates become pages: everything that is put into one is escaped, each page has its nonce."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2

from agent.api.dashboard.choices import needs
from agent.api.dashboard.words import FILTERS
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.errors import RunnerError

STATIC: Final = Path(__file__).parent.parent / "static"
_TEMPLATES: Final = Path(__file__).parent / "templates"

PLACES: Final = (
    ("/runs", "Runs", Action.SEE_RUNS),
    ("/figures", "Figures", Action.SEE_RUNS),
    ("/tasks", "Tasks", Action.SEE_TASKS),
    ("/secrets", "Secrets", Action.SEE),
    ("/schedules", "Schedules", Action.SEE_RUNS),
    ("/webhooks", "Webhooks", Action.WEBHOOKS),
    ("/people", "People", Action.SEE),
    ("/audit", "Audit", Action.AUDIT),
)
"""The pages that stand in the bar: path, title, and what one must be allowed to see it there."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says about what was just asked for; ``tone`` is good, bad, warn or nothing."""

    text: str
    hint: str = ""
    tone: str = ""

    @classmethod
    def of(cls, error: RunnerError) -> Said:
        """Say an error, which is one clear line and free of secrets."""
        return cls(error.message, error.hint, "bad")


@cache
def asset(name: str) -> str:
    """Give the address of a static file; it changes with its content, so it may be kept for ever.

    Raises ``FileNotFoundError`` for a file there is not: a template with a slip never ships.
    """
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:16]
    return f"/static/{name}?v={digest}"


@cache
def templates() -> jinja2.Environment:
    """Load the templates; a name that nobody gave is an error and no empty text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS, slot_needs=needs)
    environment.globals.update(asset=asset)
    return environment


def new_nonce() -> str:
    """Make the nonce of one answer: 128 random bits."""
    return secrets.token_urlsafe(16)


def render(name: str, /, **given: Any) -> str:
    """Render one template."""
    return templates().get_template(name).render(**given)
