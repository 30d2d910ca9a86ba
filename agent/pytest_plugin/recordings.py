"""What pytest-playwright records is written aside, and comes to the output clean or not at all.

Its ``--output`` is a private folder while tests run, in memory where there is room; so are the
folders that its driver and it keep raw files in. A killed suite leaves nothing in the output folder
that was not cleaned, and the next start of the runner removes the private one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import RunnerError
from agent.pytest_plugin.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from agent.vault.open import RunSecrets

# The fixtures in which pytest-playwright makes its temporary folder and starts its driver.
_STARTING = frozenset({"_pw_artifacts_folder", "playwright"})
_LINKED = frozenset({"Trace", "Screenshot", "Video"})


class Recordings:
    """The recordings of one pytest process; ``output`` is where they are wanted, if anywhere."""

    def __init__(self, config: pytest.Config, output: str | None) -> None:
        self._config = config
        self._stack = ExitStack()
        self._aside: Path | None = None
        self._fresh = not hasattr(config, "workerinput")
        self.output = Path(output).absolute() if output else None

    def begin(self, root: Path | None) -> None:
        """Have everything written aside from now on; ``root`` is used where memory is short."""
        if self._aside is not None or self.output is None:
            return
        folder = self._stack.enter_context(PARTS["private_folders"].create(root))
        self._aside = folder.path
        self._config.option.output = str(folder.sub("results"))
        if self._fresh:
            self.empty_output()

    def empty_output(self) -> None:
        """Remove what an earlier suite left, as pytest-playwright does when it starts."""
        self._fresh = False
        if self.output is not None:
            shutil.rmtree(self.output, ignore_errors=True)

    def place_of(self, path: Path) -> Path | None:
        """Give the place in the output folder of a path below the one aside."""
        if self._aside is None or self.output is None:
            return None
        results = self._aside / "results"
        return self.output / path.relative_to(results) if path.is_relative_to(results) else None

    @contextmanager
    def aside(self, fixture: str) -> Iterator[None]:
        """Make the private folder the one for temporary files, where recording starts."""
        if self._aside is None or fixture not in _STARTING:
            yield
            return
        place = self._aside / "tmp"
        place.mkdir(mode=0o700, exist_ok=True)
        before, known = tempfile.tempdir, os.environ.get("TMPDIR")
        tempfile.tempdir, os.environ["TMPDIR"] = str(place), str(place)
        try:
            yield
        finally:
            tempfile.tempdir = before
            os.environ.pop("TMPDIR")
            if known is not None:
                os.environ["TMPDIR"] = known

    def publish(
        self, secrets: Callable[[], RunSecrets | None], report: pytest.TestReport | None = None
    ) -> None:
        """Clean every file that lies aside into its place, and name the places in the report."""
        if self._aside is None or self.output is None:
            return
        results = self._aside / "results"
        places = {}
        for path in sorted(results.rglob("*")):
            if path.is_file() and not path.is_symlink():
                places[str(path)] = self._published(path, secrets())
        shutil.rmtree(results, ignore_errors=True)
        if report is not None:
            self._tell(report, places)

    def _published(self, path: Path, secrets: RunSecrets | None) -> Path:
        place = self.place_of(path) or path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        artifact = PARTS["scrub"](path, place.parent, secrets)
        found: Path = artifact.path
        return found

    def _tell(self, report: pytest.TestReport, places: dict[str, Path]) -> None:
        told = []
        for name, value in report.user_properties:
            place = places.get(str(value))
            told.append((name, self._shown(place) if place else value))
        told += [("runner_recording", self._shown(place)) for place in places.values()]
        report.user_properties = told
        extras: list[dict[str, Any]] | None = getattr(report, "extras", None)
        if places and extras:
            # What pytest-html would link to, or has read already, is the file as it was.
            extras[:] = [one for one in extras if one.get("name") not in _LINKED]

    def _shown(self, place: Path) -> str:
        with suppress(ValueError):
            return str(place.relative_to(self._config.invocation_params.dir))
        return str(place)

    def close(self, secrets: Callable[[], RunSecrets | None]) -> None:
        """Clean what came after the last test, and remove the folder aside."""
        with self._stack, suppress(RunnerError):
            self.publish(secrets)
