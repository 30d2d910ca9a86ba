"""Everything one run leaves, published from one place into one folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.artifacts.archive import write_private
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from agent.artifacts.artifact import Artifact
    from agent.artifacts.raw import Picture
    from agent.browser.folder import PrivateFolder
    from agent.errors import RunnerError
    from agent.vault.open import RunSecrets

PICTURES = "screenshots"
DOWNLOADS = "downloads"
REPORTS = ("report.json", "report.html")
JUNIT = "junit.xml"


@dataclass(slots=True)
class Leavings:
    """The way from a run's private folder to ``destination``, made 0700 if absent.

    ``kept`` grows as artifacts are published, withheld ones included.
    """

    destination: Path
    folder: PrivateFolder
    secrets: RunSecrets
    kept: list[Artifact] = field(default_factory=list)
    _pictures: tuple[Picture, ...] = ()

    def keep(
        self,
        recording: Path | None,
        pictures: Sequence[Picture],
        extras: Sequence[RawArtifact] = (),
    ) -> None:
        """Publish the pictures, where there is one the recorded trace, and what else there is."""
        self._pictures = tuple(pictures)
        shown = _folder(self.destination / PICTURES) if pictures else self.destination
        for picture in pictures:
            self._publish(RawArtifact("screenshot", picture.path, f"{picture.name}.jpeg"), shown)
        if recording is not None:
            self._publish(RawArtifact("trace", recording, "trace.zip"), self.destination)
        for extra in extras:
            place = self.destination / DOWNLOADS if extra.kind == "download" else self.destination
            self._publish(extra, place)

    def tell(self, report: Mapping[str, Any], *, junit: bool = False) -> None:
        """Publish the report as one JSON document, as one page for people, and as JUnit XML."""
        text = json.dumps(report, ensure_ascii=False)
        forms = [("report", name) for name in REPORTS] + [("junit", JUNIT)] * junit
        for kind, name in forms:
            raw = self.folder.sub("raw") / f"raw-{name}"
            write_private(raw, text.encode())
            self._publish(RawArtifact(kind, raw, name), self.destination)

    def cleaned(self, error: RunnerError) -> RunnerError:
        """Mask whatever an error's words repeat of a secret; the same error is given back."""
        error.message = self.secrets.redactor.redact_text(error.message)
        error.hint = self.secrets.redactor.redact_text(error.hint)
        error.args = (error.message,)
        return error

    def cleaned_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Mask whatever a run's result repeats of a secret."""
        text = json.dumps(values, ensure_ascii=False, default=str)
        clean: dict[str, Any] = json.loads(self.secrets.redactor.redact_text(text))
        return clean

    def _publish(self, raw: RawArtifact, place: Path) -> None:
        _folder(place)
        self.kept.append(publish_now(raw, place, self.secrets, pictures=self._pictures))


def _folder(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentUnfit(
            f"nothing can be kept in {path}: {error.strerror}", hint="name another --output folder"
        ) from None
    return path
