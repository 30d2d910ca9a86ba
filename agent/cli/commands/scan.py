"""``runner scan``."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.parts import PARTS
from agent.cli.sought import open_sought, sought_options
from agent.cli.speech import document, say, tell
from agent.errors import ArtifactWithheld, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.artifacts.folder_scan import Place

LARGEST_MEGABYTES = 16 * 1024


@click.command(cls=QuietCommand)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--run",
    "runs",
    multiple=True,
    metavar="RUN",
    help="Look into all that a run left, wherever it is kept; repeat for more.",
)
@sought_options
@click.option(
    "--ocr/--no-ocr",
    default=True,
    show_default=True,
    help="Read pictures with tesseract, where it is installed.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=600,
    show_default=True,
    help="The longest time for one file.",
)
@no_input
@as_json
@click.pass_context
def scan(context: click.Context, /, **_: object) -> int:
    """Look for secrets in any file or folder.

    Every encoding is undone, and archives are opened. Names kind, place and label of each, never
    the value. Exit code 7 when something was found, or could not be looked into; 0 when all was
    looked at and nothing was there.
    """
    given = context.params
    if not given["paths"] and not given["runs"]:
        raise UsageError("what is to be looked into?", hint="runner scan PATH, or --run RUN")
    limits = PARTS["limits"](
        seconds=given["seconds"], size=LARGEST_MEGABYTES << 20, read_pictures=given["ocr"]
    )
    with open_sought(given) as sought, _of_runs(given["runs"]) as files:
        looking = PARTS["folder_scan"](sought.needles, limits)
        found = looking.places((*given["paths"], *files))
        places = [_told(place, quiet=given["as_json"]) for place in found]
    if given["as_json"]:
        document({"files": looking.files, "bytes": looking.size, "hits": places})
    else:
        say(f"{looking.files} files, {looking.size / 1e6:.1f} MB, {len(places)} hits")
    return ArtifactWithheld.exit_code if places else 0


@contextmanager
def _of_runs(runs: Sequence[str]) -> Iterator[list[Path]]:
    """Give the files that runs left, fetched from the store where they are there."""
    with ExitStack() as stack:
        left = open_runner().left if runs else None
        found = [stack.enter_context(left.files(run)) for run in runs] if left else []
        yield [path for files in found for _, path in files]


def _told(place: Place, *, quiet: bool) -> dict[str, Any]:
    hit = place.hit
    if not quiet:
        inside = f"!{hit.member}" if hit.member else ""
        label = f": {hit.label}" if hit.label else ""
        tell(f"{place.path}{inside}: {place.kind}: {hit.rule}{label}")
    return {
        "path": place.path,
        "kind": place.kind,
        "member": hit.member,
        "label": hit.label,
        "rule": hit.rule,
    }
