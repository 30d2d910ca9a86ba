"""A file the browser downloaded: text is cleaned, anything else stays only if nothing is in it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY, clean_body, suffix_of

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_MEDIA = {"htm": "html", "csv": "txt", "log": "txt", "md": "txt"}


class DownloadKind:
    """The cleaner of downloads: what a site gives as a file must open as the site made it.

    So a file that is not text is not rewritten: it is kept as it is where no value is found in it,
    packed parts included, and refused otherwise.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean file; ``Refused`` when a value is in one that cannot be rewritten."""
        size = raw.path.stat().st_size
        cleaning.budget.check_size(size)
        target = cleaning.workspace / f"download{raw.path.suffix}"
        last = raw.name.rpartition(".")[2].lower()
        suffix = suffix_of("", f"x.{_MEDIA.get(last, last)}")
        content = raw.path.read_bytes()
        if suffix is not None and suffix != "jsonl" and size <= LARGEST_BODY:
            clean = clean_body(content, suffix, cleaning.secrets.redactor)
            if clean is not None:
                write_private(target, clean)
                return target
        found = cleaning.secrets.redactor.contains(content)
        if found:
            raise Refused("a value is in a file that cannot be rewritten", label=min(found))
        shutil.copyfile(raw.path, target)
        target.chmod(0o600)
        return target
