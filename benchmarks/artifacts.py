"""What cleaning and checking cost, beside reading and re-zipping the same files without looking.

``make bench`` or ``python -m benchmarks.artifacts [small|large [PART …]]``. ``small`` measures a
recorded trace and made-up bodies with 1 to 200 values; ``large [PART …]`` the memory from 1 MB to
500 MB, of all kinds or of those named. Figures of speed are ratios of CPU time in one process;
memory is the peak of a process of its own for each size.
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
import string
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.artifacts.cleaning import Budget, Cleaning
from agent.artifacts.gate import inspect
from agent.artifacts.kinds import KINDS
from agent.artifacts.raw import RawArtifact
from agent.artifacts.scanning import Limits, Scan
from agent.vault.open import RunSecrets
from benchmarks.large_files import KINDS_THAT_GROW, made_events, made_file

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1024 * 1024
PATTERNS = (1, 10, 50, 200)
SIZES = (1, 10, 100, 500)
ROUNDS = 3
BODY = 256 * 1024
FLAT = 1.35
# A trace of events alone, no bodies: cleaned, and looked at by the gate.
OF_EVENTS = ("events", "events-gate")
BUDGET = Budget(seconds=7200.0, size=4096 * MEGABYTE)


@dataclass(frozen=True, slots=True)
class Job:
    """A trace to be cleaned, and where what is made of it goes."""

    trace: Path
    folder: Path


def page(dice: random.Random, size: int) -> bytes:
    """HTML and JSON of about ``size`` bytes, as much markup as text, no value in it."""
    words = [
        "".join(dice.choices(string.ascii_lowercase, k=dice.randint(2, 9))) for _ in range(900)
    ]
    parts: list[str] = []
    length = 0
    while length < size:
        row = (
            f'<tr class="{dice.choice(words)}"><td id="r{dice.randint(1, 9999)}">'
            f'<a href="/guest?id={dice.randint(1, 99)}">{" ".join(dice.choices(words, k=9))}</a>'
            f"</td><td>{dice.randint(1, 28)} November &amp; on</td></tr>\n"
        )
        parts.append(row)
        length += len(row)
    return "".join(parts).encode()


def made_trace(path: Path, megabytes: int, *, seed: int = 1) -> Path:
    """Write a trace whose stored bodies come to ``megabytes``."""
    dice = random.Random(seed)  # noqa: S311 - the same bodies each time
    bodies = [page(dice, BODY) for _ in range(8)]
    head = {
        "version": 10, "type": "context-options", "origin": "library", "browserName": "chromium",
        "wallTime": 1795340314250, "monotonicTime": 1306.0, "options": {},
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("trace.trace", json.dumps(head) + "\n")
        lines = []
        for number in range(megabytes * MEGABYTE // BODY):
            # no two are the same, so that nothing is found to be known
            body = bodies[number % len(bodies)] + f"<p>{number}</p>".encode()
            name = f"resources/{hashlib.sha256(body).hexdigest()[:40]}.html"
            archive.writestr(name, body)
            lines.append(_entry(number, name))
        archive.writestr("trace.network", "".join(lines))
    return path


def _entry(number: int, name: str) -> str:
    entry = {
        "startedDateTime": "2026-11-22T09:38:34.361Z", "time": 1, "timings": {},
        "request": {"method": "GET", "url": f"https://hotel.example/{number}", "headers": []},
        "response": {"status": 200, "content": {"mimeType": "text/html", "_file": name}},
    }  # fmt: skip
    return json.dumps({"type": "resource-snapshot", "snapshot": entry}) + "\n"


def secrets_of(count: int) -> RunSecrets:
    """So many values of a password's and a token's length."""
    dice = random.Random(7)  # noqa: S311 - values that protect nothing
    found = RunSecrets(())
    letters = string.ascii_letters + string.digits + "!/+&<"
    for number in range(count):
        found.learn(f"S{number}.password", "".join(dice.choices(letters, k=10 + number % 30)))
    return found


def rezip(job: Job) -> Path:
    """Read every member and write it again, without a look at it."""
    target = job.folder / "rezipped.zip"
    with zipfile.ZipFile(job.trace) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name), zipfile.ZIP_DEFLATED, compresslevel=1)
    return target


def clean(job: Job, secrets: RunSecrets, kind: str = "trace") -> Path:
    """Clean the trace, or a file of another kind, as a run does."""
    workspace = Path(tempfile.mkdtemp(dir=job.folder))
    raw = RawArtifact(kind, job.trace, job.trace.name)
    return KINDS[kind]().clean(raw, Cleaning(secrets, workspace, budget=BUDGET))


def check(path: Path, secrets: RunSecrets) -> None:
    """Let the gate look at a clean trace."""
    hits = inspect(path, secrets.needles, Limits(seconds=BUDGET.seconds, size=BUDGET.size))
    if hits:
        raise SystemExit(f"the gate found something in a clean trace: {hits[0].rule}")


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU a piece of work takes, the best of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def small(folder: Path) -> None:
    """Compare speeds, with few values and many."""
    job = Job(made_trace(folder / "small.zip", 4), folder)
    with zipfile.ZipFile(job.trace) as archive:
        size = sum(entry.file_size for entry in archive.infolist()) / MEGABYTE
    plain = cpu(partial(rezip, job))
    print_line(f"read and re-zip: {size / plain:.0f} MB/s")
    for count in PATTERNS:
        with secrets_of(count) as secrets:
            cleaned = clean(job, secrets)
            cleaning = cpu(partial(clean, job, secrets))
            checking = cpu(partial(check, cleaned, secrets))
        print_line(
            f"{count:3} values: cleaning {size / cleaning:.1f} MB/s, {cleaning / plain:.1f} × "
            f"re-zipping; gate {size / checking:.1f} MB/s, {checking / plain:.1f} ×"
        )


def large(folder: Path, chosen: list[str]) -> int:
    """Compare the memory of one process for each size; 1 when it grows with the size."""
    peaks = {}
    parts = chosen or ["trace", "gate", "stream", *OF_EVENTS, *KINDS_THAT_GROW]
    for size in SIZES:
        trace = made_trace(folder / f"{size}.zip", size)
        for part in parts:
            path = _file_for(part, trace, size)
            command = [sys.executable, "-m", __spec__.name, "one", part, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
            peak, seconds = done.stdout.split()
            peaks[part, size] = int(peak)
            print_line(f"{size:3} MB, {part}: peak {int(peak) / MEGABYTE:.0f} MB, {seconds} s CPU")
            if path != trace:
                path.unlink()
        trace.unlink()
    grown = {part: round(peaks[part, SIZES[-1]] / peaks[part, 10], 2) for part in parts}
    print_line(f"peak at {SIZES[-1]} MB over 10 MB: " + json.dumps(grown))
    return 1 if max(grown.values()) > FLAT else 0


def _file_for(part: str, trace: Path, size: int) -> Path:
    path = trace.with_suffix(f".{part}")
    if part in OF_EVENTS:
        return made_events(path, size, page)
    return made_file(part, path, size, page) if part in KINDS_THAT_GROW else trace


def one(part: str, trace: Path) -> None:
    """Do one piece of work on one trace in this process and tell its peak of memory."""
    with secrets_of(3) as secrets, tempfile.TemporaryDirectory(dir=trace.parent) as name:
        if part == "gate":
            check(_as_kept(trace, Path(name)), secrets)
        elif part == "stream":
            _search_text(trace, secrets)
        elif part == "events-gate":
            check(trace, secrets)
        else:
            clean(Job(trace, Path(name)), secrets, "trace" if part in OF_EVENTS else part)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print_line(f"{peak} {time.process_time():.1f}")


def _as_kept(trace: Path, folder: Path) -> Path:
    """The same bodies under the names the gate knows, without the cleaner's work."""
    target = folder / "trace.zip"
    with zipfile.ZipFile(trace) as old, zipfile.ZipFile(target, "w") as new:
        bodies = [each for each in old.namelist() if each.startswith("resources/")]
        for number, each in enumerate(bodies, start=1):
            entry = zipfile.ZipInfo(f"resources/r{number:06d}.html")
            new.writestr(entry, old.read(each), zipfile.ZIP_DEFLATED, compresslevel=1)
    return target


def _search_text(trace: Path, secrets: RunSecrets) -> None:
    """One stream as long as all bodies together."""
    size = trace.stem
    block = page(random.Random(3), MEGABYTE)  # noqa: S311 - the same text each time
    scan = Scan(secrets.needles, Limits(seconds=BUDGET.seconds, size=BUDGET.size))
    for _ in scan.stream((block for _ in range(int(size))), "stream"):
        raise SystemExit("the gate found something where nothing is")


def print_line(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Run the parts that were asked for; all but ``large`` by default."""
    if words[:1] == ["one"]:
        one(words[1], Path(words[2]))
        return 0
    with tempfile.TemporaryDirectory() as name:
        if words[:1] == ["large"]:
            return large(Path(name), words[1:])
        small(Path(name))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
