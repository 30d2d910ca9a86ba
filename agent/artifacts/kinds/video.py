"""A film of a run: made of the camera's pictures alone, because no other can be vouched for."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from agent.artifacts.artifact import Refused
from agent.artifacts.webm import Reel, write_webm

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_WEBM = b"\x1a\x45\xdf\xa3"
_SIGN = 16


class VideoKind:
    """The cleaner of videos: a list of the camera's pictures and their times becomes a WebM file.

    A video that something else made is refused: its pixels cannot be cleaned later.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the film; ``Refused`` for a picture the camera does not vouch for."""
        reel = _reel(raw.path, cleaning)
        cleaning.budget.check_size(sum(path.stat().st_size for _, path in reel.stills))
        known = cleaning.camera_hashes()
        for _, path in reel.stills:
            cleaning.budget.check_time()
            if hashlib.sha256(path.read_bytes()).hexdigest() not in known:
                raise Refused("a picture that is not from the camera")
        target = cleaning.workspace / "video.webm"
        write_webm(target, reel)
        return target


def _reel(path: Path, cleaning: Cleaning) -> Reel:
    """Read the list; the last picture stands once more at the end, so that every player stays."""
    cleaning.budget.check_size(path.stat().st_size)
    with path.open("rb") as file:
        if file.read(_SIGN)[:4] == _WEBM:
            raise Refused("a video that is not from the camera")
    try:
        content = json.loads(path.read_bytes())
        stills = [(int(one["at"]), _beside(path, one)) for one in content["stills"]]
        width, height = (int(number) for number in content["size"])
        length = int(content["length"])
    except (ValueError, KeyError, TypeError):
        raise Refused("not a film of the camera") from None
    times = [at for at, _ in stills]
    if not times or times[0] < 0 or length <= times[-1] or times != sorted(set(times)):
        raise Refused("a film whose times do not fit")
    last = [(length - 1, stills[-1][1])] if length - 1 > times[-1] else []
    return Reel([*stills, *last], (width, height), length)


def _beside(path: Path, entry: dict[str, Any]) -> Path:
    """A picture that lies beside the list, and nowhere else."""
    found = path.resolve().parent / str(entry["file"])
    if found.parent != path.resolve().parent or not found.is_file() or found.is_symlink():
        raise Refused("a picture of the film is not there")
    return found
