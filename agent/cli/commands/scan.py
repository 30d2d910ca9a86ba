"""``runner scan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.options import as_json, no_input
from agent.cli.parts import PARTS
from agent.cli.sought import open_sought, sought_options
from agent.cli.speech import document, say, tell
from agent.errors import ArtifactWithheld

if TYPE_CHECKING:
    from agent.artifacts.folder_scan import Place

LARGEST_MEGABYTES = 16 * 1024


@click.command(cls=QuietCommand)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
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
    limits = PARTS["limits"](
        seconds=given["seconds"], size=LARGEST_MEGABYTES << 20, read_pictures=given["ocr"]
    )
    with open_sought(given) as sought:
        looking = PARTS["folder_scan"](sought.needles, limits)
        places = [_told(place, quiet=given["as_json"]) for place in looking.places(given["paths"])]
    if given["as_json"]:
        document({"files": looking.files, "bytes": looking.size, "hits": places})
    else:
        say(f"{looking.files} files, {looking.size / 1e6:.1f} MB, {len(places)} hits")
    return ArtifactWithheld.exit_code if places else 0


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
