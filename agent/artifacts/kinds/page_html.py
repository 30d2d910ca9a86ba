"""The HTML of a page as it stood: readable, without scripts, with every value marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY, clean_body
from agent.artifacts.harvest import Harvest

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_SCRIPT = re.compile(rb"(<script\b[^>]*>).*?(</script\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(rb"\s(?:src|href|srcdoc)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_DRAWN_IN = re.compile(rb"\ssrcdoc\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)


class PageHtmlKind:
    """The cleaner of pages: scripts and frames inside are emptied, fields and tokens masked."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean page; ``Refused`` when it is not text or too large."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        content = raw.path.read_bytes()
        if len(content) > LARGEST_BODY:
            raise Refused("larger than a page may be")
        with Harvest(cleaning.secrets) as harvest:
            harvest.from_body(content)
        still = _SCRIPT.sub(lambda script: _SOURCE.sub(b"", script[1]) + script[2], content)
        still = _DRAWN_IN.sub(b"", still)
        clean = clean_body(still, "html", cleaning.secrets.redactor)
        if clean is None:
            raise Refused("not text that can be cleaned")
        target = cleaning.workspace / "page.html"
        write_private(target, clean)
        return target
