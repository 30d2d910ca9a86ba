"""What a page says to assistive technology: the roles, names and texts, without typed values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.literal import clean_bytes
from agent.artifacts.sensitive import CUT
from agent.artifacts.trace_snapshots import mark_joined
from agent.artifacts.urls import clean_url, clean_urls_in

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

# A password field's value stands here in clear: every value of a field is cut.
_FIELD = re.compile(
    r"^(\s*- (?:textbox|searchbox|spinbutton|combobox)\b"
    r"(?: \"(?:[^\"\\]|\\.)*\")?[^:\n]*:)[ \t]+\S.*$",
    re.MULTILINE,
)
# The beginning of a line, its text, and the end.
_LINE = re.compile(
    r"^(\s*- (?:text: |[\w/]+: |[\w/]+ \")?)(.*?)((?:\"(?: \[[^\]\n]*\])*:?)?\n?)$", re.MULTILINE
)
_URL = re.compile(r"^(\s*- /url:[ \t]*)(\S.*)$", re.MULTILINE)


class AriaSnapshotKind:
    """The cleaner of aria snapshots, in the YAML that Playwright writes."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean snapshot; ``Refused`` when a value stays."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        text = raw.path.read_bytes().decode("utf-8", "replace")
        text = _FIELD.sub(rf'\1 "{CUT}"', text)
        text = _URL.sub(lambda found: f"{found[1]}{clean_url(found[2])}", text)
        redactor = cleaning.secrets.redactor
        pieces = _LINE.split(clean_urls_in(redactor.redact_text(text)))
        # a page's text may lie over several lines: what stands around it does not count
        mark_joined([(pieces, place) for place in range(2, len(pieces), 4)], redactor)
        clean = clean_bytes("".join(pieces).encode("utf-8", "replace"), redactor)
        if clean is None:
            raise Refused("a value stays after cleaning")
        target = cleaning.workspace / "aria.yml"
        write_private(target, clean)
        return target
