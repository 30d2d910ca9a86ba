"""What runs left: their pages and files, wherever they are kept, for who may see runs."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent.errors import ArtifactWithheld, UsageError
from agent.registry import Table
from agent.runs.pruning import Pruning
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.runner.house import House
    from agent.runs.comparing import Comparison
    from agent.runs.pruning import Pruned
    from agent.runs.report import ArtifactLine, Report
    from agent.runs.retention import Rule
    from agent.runs.shelf import Pushed, Shelf

# Few commands show a page.
_PAGES: Table[Callable[..., str]] = Table("agent.artifacts", {"report": "report_page:report_page"})
_COMPARING: Table[Callable[..., Any]] = Table(
    "agent.runs", {"comparing": "comparing:Comparing", "told": "comparing:Told"}
)
_READING: Table[Callable[..., Any]] = Table(
    "agent.artifacts", {"traces": "kept_trace:read_traces", "pages": "kept_pages:read_pages"}
)
_MOST_REQUESTS: Final = 20_000
PAGE: Final = "report.html"
_FROM_RECORD: Final = "the run left no page: this one is made from its record alone"


@dataclass(frozen=True, slots=True)
class Left:
    """Use cases on what a run left; ``shelf`` knows where it is."""

    house: House
    shelf: Shelf

    def page(self, run: str) -> str:
        """Give a run's page, as it was kept; for a run that could not leave one, of its record.

        Raises ``ArtifactWithheld`` where the page could not be shown to be clean, ``UsageError``
        where its file is gone, ``StoreFailed`` where it cannot be had now.
        """
        report = self._report(run)
        line = _page_line(report)
        if line is None:
            return _PAGES["report"](_of_record(report), ())
        with self.shelf.opened(report, _kept(report, line)) as path:
            return path.read_text("utf-8")

    @contextmanager
    def file(self, run: str, name: str) -> Iterator[Path]:
        """Give one artifact by its name (``screenshots/01-goto.jpeg``), as a file for the block.

        Raises as ``page`` does, and ``UsageError`` for a name the run left nothing under.
        """
        report = self._report(run)
        with self.shelf.opened(report, _named(report, name)) as path:
            yield path

    @contextmanager
    def files(self, run: str) -> Iterator[list[tuple[ArtifactLine, Path]]]:
        """Give everything a run left, each as a file for the block."""
        report = self._report(run)
        with _all_opened(self.shelf, report) as found:
            yield found

    def link(self, run: str, name: str, seconds: int) -> str:
        """Give an address at which one artifact can be had for so long; its path where it is here.

        Only what was kept has one: whoever has the address needs no other right.
        """
        report = self._report(run)
        return self.shelf.link(report, _named(report, name), seconds)

    def signed(self, run: str, name: str, seconds: int) -> str:
        """Give an address as ``link`` does, and never a path: it is for another machine.

        Raises ``UsageError`` where artifacts are kept in a folder.
        """
        address = self.link(run, name, seconds)
        if not address.startswith(("https://", "http://")):
            raise UsageError(
                "artifacts are kept in a folder here, and a folder signs no addresses",
                hint="those of /artifacts are good for an hour; or keep artifacts in a bucket",
            )
        return address

    def compare(self, first: str, second: str, *, exact: bool = False) -> Comparison:
        """Say where two runs part, by all that both left; with ``exact`` nothing is folded."""
        compared: Comparison = _COMPARING["comparing"](
            self._told(first), self._told(second), exact
        ).compared()
        return compared

    def _told(self, run: str) -> Any:
        report = self._report(run)
        parts: dict[str, Any] = {}
        kept = [line for line in report.artifacts if line.state == "kept"]
        with ExitStack() as stack:
            paths = [
                stack.enter_context(self.shelf.opened(report, line))
                for line in kept
                if line.kind == "trace"
            ]
            if paths:
                parts["recorded"] = _READING["traces"](paths, _MOST_REQUESTS)
                parts["pages"] = tuple(_READING["pages"](paths))
            for line in kept:
                if line.kind == "aria_snapshot":
                    path = stack.enter_context(self.shelf.opened(report, line))
                    parts["aria"] = tuple(path.read_text("utf-8").splitlines())
        return _COMPARING["told"](report, **parts)

    def push(self) -> Pushed:
        """Bring what waits on this machine to the store."""
        self.house.permit(Action.RUN)
        return self.shelf.push()

    def prune(self, rule: Rule, now: float, *, only_say: bool = False) -> Pruned:
        """Take away the project's runs that a rule does not keep; ``now`` in unix seconds.

        A rule that says nothing means the one of the settings. Raises ``UsageError`` where neither
        says what to keep.
        """
        self.house.permit(Action.PRUNE)
        rule = rule if rule.says_something else self.shelf.usual
        if not rule.says_something:
            raise UsageError(
                "what is to be kept?", hint="--keep N, --older AGE, or [runs] in playwright.config"
            )
        pruning = Pruning(self.house.store, self.shelf, self.shelf.going)
        return pruning.prune(rule, now, only_say=only_say)

    def traces(self, run: str) -> list[str]:
        """Name a run's traces, the last part at the end. Raises ``UsageError`` for none."""
        report = self._report(run)
        lines = [one for one in report.artifacts if (one.kind, one.state) == ("trace", "kept")]
        if not lines:
            raise UsageError(
                f"run {report.run_id} has no trace",
                hint="it ran with --tracing off, or the trace was withheld: runner runs show",
            )
        return [name_of(line) for line in lines]

    def _report(self, run: str) -> Report:
        self.house.permit(Action.SEE_RUNS)
        return self.house.store.report(run)


def name_of(line: ArtifactLine) -> str:
    """Name an artifact by its path below the run's folder; older reports have its path alone."""
    path = Path(line.path)
    inside = path.parent.name in ("screenshots", "files")
    return line.name or (f"{path.parent.name}/{path.name}" if inside else path.name)


@contextmanager
def _all_opened(shelf: Shelf, report: Report) -> Iterator[list[tuple[ArtifactLine, Path]]]:
    kept = [line for line in report.artifacts if line.state == "kept"]
    with ExitStack() as stack:
        yield [(line, stack.enter_context(shelf.opened(report, line))) for line in kept]


def _page_line(report: Report) -> ArtifactLine | None:
    of_kind = (line for line in report.artifacts if line.kind == "report")
    return next((line for line in of_kind if name_of(line).startswith(PAGE)), None)


def _named(report: Report, name: str) -> ArtifactLine:
    for line in report.artifacts:
        if name_of(line) == name:
            return _kept(report, line)
    raise UsageError(
        f"run {report.run_id} left nothing under the name {name!r:.120}",
        hint="runner runs show lists what it left",
    )


def _kept(report: Report, line: ArtifactLine) -> ArtifactLine:
    if line.state != "kept":
        raise ArtifactWithheld(
            f"{name_of(line)} of run {report.run_id} was withheld: {line.reason}",
            hint="runner runs show tells how the run ended",
        )
    return line


def _of_record(report: Report) -> dict[str, Any]:
    document = report.document()
    return document | {"notices": [*document["notices"], _FROM_RECORD]}
