"""Row 21 of the matrix: what can be read, by OCR, in every picture and film of every login shape.

A sign-in goes through a shape as it does in a run, filmed, with a picture after each move: as the
page is, with every password field shown as text, and with what was typed repeated on the page. No
value may be read in any of them. With the masks switched off the same pictures show one, so that no
shape is empty, and over all shapes each family of pictures shows one, so that no family is.

``python -m tests.leak.pixels [--headed] [--results FILE] [SHAPE …]`` does it; 1 when anything is
wrong. ``--headed`` needs a display: ``xvfb-run -a``. With ``--results`` a shape that is done is a
line of JSON in the file, and one that is clean there is not done again.

Of pictures with the same pixels one is read; while those of one shape are read, the next is signed
in to.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fixtures.login_site.gallery import GALLERY
from fixtures.login_site.serving import running_site
from tests.leak.sittings import FAMILIES, Looked, Reader, opener_in, photographed, unmasked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener


@dataclass(frozen=True, slots=True)
class Result:
    """What was seen of one shape: ``read`` with the masks, ``bare`` the families without them.

    ``typed`` says whether anything was typed: where nothing was, nothing can be read.
    """

    name: str
    pictures: int
    stills: int
    dropped: int
    read: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    typed: bool = True

    @property
    def wrong(self) -> str:
        """What is wrong with it, if anything."""
        if self.read:
            return f"LEAK {self.read}"
        return "EMPTY" if self.typed and not self.bare else ""

    def line(self) -> str:
        """Say it to a person."""
        nothing = "nothing is read" if self.typed else "nothing is typed"
        control = "values are read in: " + ", ".join(self.bare) if self.bare else nothing
        return (
            f"{self.name}: {self.wrong or 'clean'}, {self.pictures} pictures, {self.stills} of the"
            f" film, {self.dropped} not taken; without masks {control}\n"
        )


async def results_of(
    names: Sequence[str], opener: Opener, site: Site, reader: Reader, *, headed: bool
) -> AsyncIterator[Result]:
    """Look at shapes with and without masks; each result as it is there."""
    reading: asyncio.Task[Result] | None = None
    for name in names:
        masked = await photographed(opener, site, name, headed=headed)
        with unmasked():
            bare = await photographed(opener, site, name, headed=headed)
        if reading is not None:
            yield await reading
        reading = asyncio.create_task(asyncio.to_thread(_read, reader, masked, bare))
    if reading is not None:
        yield await reading


def _read(reader: Reader, masked: Looked, bare: Looked) -> Result:
    return Result(
        masked.name,
        len(masked.pictures),
        len(masked.stills),
        masked.dropped,
        reader.labels(masked),
        reader.families(bare),
        masked.typed,
    )


async def looked_at(names: Sequence[str], results: Path | None, *, headed: bool) -> list[Result]:
    """Look at the shapes that do not stand in the file; say each, and give all."""
    done = _done_before(results)
    reader = Reader()
    with (
        TemporaryDirectory() as folder,
        running_site() as site,
        opener_in(Path(folder), site) as opener,
    ):
        left = [name for name in names if name not in done]
        async for result in results_of(left, opener, site, reader, headed=headed):
            done[result.name] = result
            sys.stdout.write(result.line())
            sys.stdout.flush()
            if results is not None:
                with results.open("a") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
    sys.stdout.write(f"{reader.asked} pictures looked at, {reader.read} of them differ\n")
    return [done[name] for name in names]


def _done_before(results: Path | None) -> dict[str, Result]:
    """What an earlier sitting found clean."""
    lines: list[str] = []
    if results is not None:
        with suppress(FileNotFoundError):
            lines = results.read_text().splitlines()
    found = [Result(**json.loads(line)) for line in lines]
    return {result.name: result for result in found if not result.wrong}


def conclusion(results: Sequence[Result]) -> tuple[int, str]:
    """How many things are wrong, and the last lines for a person."""
    wrong = sum(bool(result.wrong) for result in results)
    shown = {family: sum(family in one.bare for one in results) for family in FAMILIES}
    empty = [family for family, count in shown.items() if not count]
    pictures = sum(result.pictures + result.stills for result in results)
    controls = ", ".join(f"{family} {count}" for family, count in shown.items())
    nothing = sum(not result.typed for result in results)
    said = f"{len(results)} shapes, {pictures} pictures, {wrong} wrong; {nothing} get no value\n"
    return wrong + len(empty), f"{said}without masks values are read in so many: {controls}\n"


def main() -> int:
    """Look at every shape, or at those named; 1 when anything is wrong."""
    asked = argparse.ArgumentParser("python -m tests.leak.pixels", description=__doc__)
    asked.add_argument("shapes", nargs="*", choices=[[], *GALLERY], metavar="SHAPE")
    asked.add_argument("--headed", action="store_true")
    asked.add_argument("--results", type=Path)
    words = asked.parse_args()
    names = words.shapes or list(GALLERY)
    wrong, said = conclusion(asyncio.run(looked_at(names, words.results, headed=words.headed)))
    sys.stdout.write(said)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
