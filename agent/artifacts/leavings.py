"""Everything one run leaves, published from one place into one folder."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.artifacts.archive import write_private
from agent.artifacts.kept_trace import read_traces
from agent.artifacts.literal import scrubbed
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.browser.room import blames_disk, disk_full
from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from agent.artifacts.artifact import Artifact
    from agent.artifacts.film import Film
    from agent.artifacts.raw import Picture
    from agent.browser.folder import PrivateFolder
    from agent.errors import RunnerError
    from agent.vault.open import RunSecrets

PICTURES = "screenshots"
FILES = "files"
DOWNLOAD = "download"
PAGE = "report.html"
REPORTS = ("report.json", PAGE)
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
    _films: list[tuple[RawArtifact, tuple[Picture, ...]]] = field(default_factory=list)
    _files: list[RawArtifact] = field(default_factory=list)

    def take(self, kind: str, path: Path, name: str) -> None:
        """Remember a file of the private folder that a step wants kept; ``keep`` publishes it."""
        self._files.append(RawArtifact(kind, path, name))

    def take_film(self, film: Film) -> None:
        """Remember a film; ``keep`` publishes it."""
        self._films += [(raw, tuple(film.stills)) for raw in film.raw()]

    def keep(
        self,
        recordings: Sequence[Path],
        pictures: Sequence[Picture],
        extras: Sequence[RawArtifact] = (),
    ) -> None:
        """Publish the pictures, the files, the recorded trace, and what else there is.

        The trace may be in parts. Downloads among the ``extras`` are files like those of steps.
        """
        self._pictures = tuple(pictures)
        shown = _folder(self.destination / PICTURES) if pictures else self.destination
        for picture in pictures:
            self._publish(RawArtifact("screenshot", picture.path, f"{picture.name}.jpeg"), shown)
        self._files += [extra for extra in extras if extra.kind == DOWNLOAD]
        for file in self._named_apart():
            self._publish(file, _folder(self.destination / FILES))
        for number, recording in enumerate(recordings, start=1):
            name = "trace.zip" if number == len(recordings) else f"trace-{number}.zip"
            self._publish(RawArtifact("trace", recording, name), self.destination)
        for film, stills in self._films:
            self._publish(film, self.destination, stills)
        for extra in extras:
            if extra.kind != DOWNLOAD:
                self._publish(extra, self.destination)

    def tell(self, report: Mapping[str, Any], *, junit: bool = False) -> None:
        """Publish the report as one JSON document, as one page for people, and as JUnit XML."""
        forms = [("report", name) for name in REPORTS] + [("junit", JUNIT)] * junit
        for kind, name in forms:
            raw = self.folder.sub("raw") / f"raw-{name}"
            told = {**report, **self._recorded()} if name == PAGE else report
            write_private(raw, json.dumps(told, ensure_ascii=False).encode())
            self._publish(RawArtifact(kind, raw, name), self.destination)

    def _recorded(self) -> dict[str, Any]:
        """Give what the kept trace tells of network and console, for the page."""
        kept = [one.path for one in self.kept if (one.kind, one.state) == ("trace", "kept")]
        return {"recorded": asdict(read_traces(kept))} if kept else {}

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

    def cleaned_texts(self, texts: Sequence[str]) -> list[str]:
        """Mask whatever lines for people repeat of a secret."""
        clean: list[str] = scrubbed(list(texts), self.secrets.redactor)
        return clean

    def _named_apart(self) -> Iterator[RawArtifact]:
        """Give the files, a number before each further one of the same name."""
        names: Counter[str] = Counter()
        for file in self._files:
            names[file.name.casefold()] += 1
            number = names[file.name.casefold()]
            yield replace(file, name=file.name if number == 1 else f"{number}-{file.name}")

    def _publish(
        self, raw: RawArtifact, place: Path, stills: tuple[Picture, ...] | None = None
    ) -> None:
        _folder(place)
        pictures = self._pictures if stills is None else stills
        artifact = publish_now(raw, place, self.secrets, pictures=pictures)
        key = artifact.path.relative_to(self.destination).as_posix()
        self.kept.append(replace(artifact, key=key))


def _folder(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if blames_disk(error):
            raise disk_full(path) from None
        raise EnvironmentUnfit(
            f"nothing can be kept in {path}: {error.strerror}", hint="name another --output folder"
        ) from None
    return path
