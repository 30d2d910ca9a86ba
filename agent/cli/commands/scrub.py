"""``runner scrub``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.options import as_json, no_input
from agent.cli.parts import PARTS
from agent.cli.sought import open_sought, sought_options
from agent.cli.speech import document, say, tell
from agent.errors import ArtifactWithheld, UsageError

if TYPE_CHECKING:
    from agent.artifacts.scrubbing import Scrubbed


@click.command(cls=QuietCommand)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@sought_options
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Put the clean copies into this folder; by default each beside its file.",
)
@no_input
@as_json
@click.pass_context
def scrub(context: click.Context, /, **_: object) -> int:
    """Clean traces, HAR files, storage states and logs of other tools.

    Each FILE is left as it is; a clean copy, checked by the gate, is written as NAME.scrubbed.EXT,
    and what is different in it told by count and place. Exit code 7 when a copy is withheld.
    """
    given = context.params
    done = []
    with open_sought(given) as sought, PARTS["private_folders"].create() as folder:
        for path in given["files"]:
            place = _made(given["output"] or path.parent)
            scrubbed = PARTS["scrub"](path, folder.path, place, sought)
            done.append(_told(path, scrubbed, quiet=given["as_json"]))
    if given["as_json"]:
        document({"files": done})
    withheld = any(each["state"] == "withheld" for each in done)
    return ArtifactWithheld.exit_code if withheld else 0


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from None
    return folder


def _told(path: Path, scrubbed: Scrubbed, *, quiet: bool) -> dict[str, Any]:
    artifact = scrubbed.artifact
    if not quiet:
        if artifact.state == "withheld":
            say(f"{path}: {artifact.kind}: withheld: {artifact.reason}")
        else:
            tell(f"{path}: {artifact.kind}: {artifact.path}")
            for change in scrubbed.changes:
                tell(f"  {change.place}: {change.count} × {change.what}")
    return {
        "path": str(path),
        "kind": artifact.kind,
        "state": artifact.state,
        "reason": artifact.reason,
        "clean": str(artifact.path) if artifact.state == "kept" else None,
        "changes": [
            {"place": each.place, "what": each.what, "count": each.count}
            for each in scrubbed.changes
        ],
    }
