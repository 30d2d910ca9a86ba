"""What a queue and many runs cost, beside the bare things they are made of.

``python -m benchmarks.scale [--quick] [queue] [stored] [logins] [memory]``. PostgreSQL must be
installed; a server of its own is started and goes again. Every figure is a ratio of two things
measured in turn.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.scale_logins import logins
from benchmarks.scale_memory import memory
from benchmarks.scale_queue import queue, stored
from fixtures.login_site.serving import running_site
from tests.standins.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = ("queue", "stored", "logins", "memory")


def main(words: list[str]) -> None:
    """Measure the parts that are named, or all of them."""
    quick = "--quick" in words
    wanted = [word for word in words if word in PARTS] or PARTS
    with tempfile.TemporaryDirectory() as folder, running_postgres() as url, running_site() as site:
        lines: dict[str, Iterator[str]] = {
            "queue": queue(url, Path(folder), quick=quick),
            "stored": stored(url, Path(folder), quick=quick),
            "logins": logins(url, site, Path(folder), quick=quick),
            "memory": memory(url, site, Path(folder), quick=quick),
        }
        for part in wanted:
            for line in lines[part]:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
