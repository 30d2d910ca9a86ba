"""Random values, random writings: what the cleaner has cleaned, the gate finds nothing in.

Two thousand cases, six hundred of them in the quick part of the suite. A case is a value of 1 to
4,000 characters, written in one way, in a document beside words of its own; often with a second
value that is part of the first. The cleaner and the gate share no code, so where they agree, two
readings agree.
"""

from __future__ import annotations

import json
import random
import string
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.bodies import clean_body
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.artifacts.scanning import Limits, Scan
from agent.vault.needles import Needles
from agent.vault.open import RunSecrets
from agent.vault.redactor import Redactor
from tests.leak.recording import SPOTS, Recording
from tests.unit.vault.writings import WRITINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = 2000
PARTS = 10
QUICK_PARTS = 3
TRACES = 30
LENGTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 64)
LONG = (256, 1000, 4000)
COMMON = ("password", "admin", "Monday", "hotel guest", "true", "summer2024", "[REDACTED]", "html")
ALPHABETS = (
    string.ascii_letters + string.digits,
    string.digits,
    string.printable,
    "\"'`\\/<>&%+=#?;:,.{}[]()|~^$!@* ",
    "äöüßéñçøåЖщ漢字かな한글עבר",
    "🙂🚀👩‍👩‍👧é\u0301\u200bñ",
    "\x00\x01\x02\x07\x1b\t\n\r\x7f" + string.ascii_lowercase,
)
WRITTEN = tuple(name for name in WRITINGS if name[0] in "RJPFHBUXD")
FRAME = '{{"a": "the guest list of today", "b": {}, "c": [1, 2.5, null], "d": "seen it"}}'


def values(fuzz: random.Random, number: int) -> dict[str, str]:
    """One value or two, the second a part of the first."""
    if number % 20 == 0:
        first = fuzz.choice(COMMON)
    else:
        size = fuzz.choice(LONG) if number % 50 == 1 else fuzz.choice(LENGTHS)
        alphabet = fuzz.choice(ALPHABETS)
        first = "".join(fuzz.choice(alphabet) for _ in range(size))
    found = {"A.password": first}
    if fuzz.random() < 0.3 and len(first) > 2:
        start = fuzz.randrange(len(first) - 1)
        found["B.pin"] = first[start : start + fuzz.randint(1, len(first))]
    return found


def documents(fuzz: random.Random, value: str) -> Iterator[tuple[str, bytes]]:
    """The value in a JSON document, in plain text and in a page, in one writing each."""
    written = WRITINGS[fuzz.choice(WRITTEN)](value).decode("utf-8", "replace")
    yield "json", FRAME.format(json.dumps(f"so {written} it is")).encode()
    yield "txt", f"before {written} behind\nnext line\n".encode()
    escaped = written.replace("&", "&amp;").replace("<", "&lt;")
    yield "html", f"<p title='x'>hello <b>{escaped}</b></p>".encode()


@pytest.mark.parametrize(
    "part",
    [
        *range(QUICK_PARTS),
        *(pytest.param(n, marks=pytest.mark.slow) for n in range(QUICK_PARTS, PARTS)),
    ],
)
def test_cleaner_and_gate_agree(part: int) -> None:
    fuzz = random.Random(part)  # noqa: S311 - the same cases each time
    found = 0
    for number in range(CASES // PARTS):
        known = values(fuzz, number)
        redactor, needles = Redactor(), Needles()
        for label, value in known.items():
            redactor.add(label, value)
            needles.add(label, value)
        kind, content = list(documents(fuzz, known["A.password"]))[number % 3]
        scan = Scan(needles, Limits(seconds=600))
        before = scan.labels(content)
        clean = clean_body(content, kind, redactor)
        assert clean is not None or before, (part, number)
        if clean is None:
            continue  # dropped: nothing of it is kept
        left = scan.labels(clean)
        assert left == frozenset(), (part, number, kind, left)
        if kind == "json":
            assert json.loads(clean)["d"] == "seen it", "what is not secret stays"
        found += bool(before)
    assert found > CASES // PARTS // 3, "most cases must have something to find"


# One trace holds a value in each place there is: together they hold two thousand.
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, TRACES))]
)
def test_a_trace_full_of_random_values_stays_readable_by_the_viewers_loader(
    tmp_path: Path, seed: int
) -> None:
    fuzz = random.Random(20261122 + seed)  # noqa: S311 - the same values each time
    recording = Recording.plain()
    places = [spot for row in range(1, 14) for spot in SPOTS[row].values()]
    assert len(places) * TRACES >= CASES
    with RunSecrets(()) as secrets:
        for number, place in enumerate(places, start=seed):
            value = values(fuzz, number)["A.password"]
            if value in ("html", "true", "[REDACTED]"):
                continue  # words of the format itself and our own mark, see below
            secrets.learn(f"A.value-{number}", value)
            place(recording, WRITINGS[fuzz.choice(WRITTEN)](value))
        raw = RawArtifact("trace", tmp_path / "raw.zip", "trace.zip")
        raw.path.write_bytes(recording.packed())
        (tmp_path / "kept").mkdir()
        artifact = publish_now(raw, tmp_path / "kept", secrets)
    assert artifact.state == "kept", artifact.reason
    calls = sum(event["type"] == "before" for event in recording.trace)

    def ask(*words: str) -> str:
        asked = [sys.executable, "-m", "playwright", "trace", *words]
        done = subprocess.run(
            asked, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120
        )
        return done.stdout

    ask("open", str(artifact.path))
    shown = [line for line in ask("actions").splitlines() if line.strip()]
    assert len(shown) >= calls


@pytest.mark.parametrize("word", ["html", "snapshot", "viewport", "true", "after"])
def test_a_value_that_is_a_word_of_the_format_withholds_instead_of_breaking(
    tmp_path: Path, word: str
) -> None:
    raw = RawArtifact("trace", tmp_path / "raw.zip", "trace.zip")
    raw.path.write_bytes(Recording.plain().packed())
    with RunSecrets(()) as secrets:
        secrets.learn("A.password", word)
        artifact = publish_now(raw, tmp_path, secrets)
    assert artifact.state == "withheld"
    assert "(A.password)" in artifact.reason, "people must see why"
