"""Clean what other tools left: told by its content which kind it is, then as our own is cleaned."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from agent.artifacts.artifact import Refused
from agent.artifacts.cleaning import Budget
from agent.artifacts.ocr import SIGNS
from agent.artifacts.publish import publish_now, withhold
from agent.artifacts.raw import RawArtifact
from agent.artifacts.sensitive import CUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.artifacts.artifact import Artifact
    from agent.vault.open import RunSecrets

LARGEST_BYTES = 4 * 1024 * 1024 * 1024
LONGEST_SECONDS = 1800.0

_HEAD = 64 * 1024
_LARGEST_PARSED = 16 * 1024 * 1024
_FIRST_KEY = 200
_BLOCK = 1024 * 1024
_MARK = re.compile(rb"\xe2\x80\xb9([\w.-]{1,80})\xe2\x80\xba|" + re.escape(CUT.encode()))
_MOVING = (b"\x1a\x45\xdf\xa3", b"\0\0\0")  # WebM, and the first box of an MP4
_BY_RULE = "cut by rule"
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed at one place: ``count`` marks of a label, values cut by rule, or members."""

    place: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A cleaned copy, or why there is none, and what is different in it."""

    artifact: Artifact
    changes: tuple[Change, ...] = ()


def scrub(path: Path, workplace: Path, destination: Path, secrets: RunSecrets) -> Scrubbed:
    """Clean a copy of ``path`` into ``destination``, checked by the gate, under a name of its own.

    ``workplace`` is a private folder for what is in the making. Never raises for what is in the
    file: one that cannot be shown to be clean is withheld.
    """
    entry = workplace / f"raw{path.suffix}"
    entry.symlink_to(path.resolve())
    try:
        raw = RawArtifact(kind_of(path), entry, f"{path.stem}.scrubbed{path.suffix}")
        budget = Budget(LONGEST_SECONDS, LARGEST_BYTES)
        artifact = publish_now(raw, destination, secrets, budget=budget)
    finally:
        entry.unlink()
    changes = tuple(_changes(path, artifact.path)) if artifact.state == "kept" else ()
    return Scrubbed(artifact, changes)


def scrub_named(path: Path, destination: Path, secrets: RunSecrets | None) -> Artifact:
    """Clean a file of another tool that lies in a private folder, under its own name.

    A picture or a video cannot be cleaned. Without ``secrets`` nobody knows what to look for.
    Either is withheld, and a note says why.
    """
    kind = "screenshot" if _is_seen(path) else kind_of(path)
    raw = RawArtifact(kind, path, path.name)
    if secrets is None:
        refusal = Refused("the values to look for could not be opened")
        return withhold(raw, destination, refusal)
    return publish_now(raw, destination, secrets, budget=Budget(LONGEST_SECONDS, LARGEST_BYTES))


def _is_seen(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16).startswith((*SIGNS, *_MOVING))


def kind_of(path: Path) -> str:
    """Tell by its content which kind of artifact a file is; anything else is taken for a log."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        return "har" if any(name.endswith(".har") for name in names) else "trace"
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if _PAGE.match(head):
        return "page_html"
    if head.lstrip()[:1] != b"{" or path.stat().st_size > _LARGEST_PARSED:
        return _kind_by_head(head)
    return _kind_of_document(path)


def _kind_by_head(head: bytes) -> str:
    """Tell what is too large to be parsed for this, or whole only in another program's eyes."""
    first = head[:_FIRST_KEY]
    if b'"log"' in first and (b'"entries"' in head or b'"creator"' in head):
        return "har"
    states = b'"cookies"' in first or b'"origins"' in first
    return "storage_state" if states and head.lstrip()[:1] == b"{" else "log"


def _kind_of_document(path: Path) -> str:
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return "log"
    if not isinstance(document, dict):
        return "log"
    if isinstance(document.get("log"), dict) and "entries" in document["log"]:
        return "har"
    if isinstance(document.get("cookies"), list) or isinstance(document.get("origins"), list):
        return "storage_state"
    return "log"


def _changes(before: Path, after: Path) -> Iterator[Change]:
    """Count what stands in the clean file and did not in the other, and what is gone."""
    old: Counter[str] = Counter()
    for _, marks in _marks(before):
        old += marks
    for place, marks in _marks(after):
        for what, count in sorted((marks - old).items()):
            yield Change(place, what, count)
    if zipfile.is_zipfile(before) and zipfile.is_zipfile(after):
        gone = _members(before) - _members(after)
        for folder, count in sorted(gone.items()):
            yield Change(folder, "left out", count)


def _marks(path: Path) -> Iterator[tuple[str, Counter[str]]]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield path.name, _counted(iter(lambda: file.read(_BLOCK), b""))
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                yield name, _counted(iter(lambda: member.read(_BLOCK), b""))


def _counted(blocks: Iterator[bytes]) -> Counter[str]:
    found: Counter[str] = Counter()
    rest = b""
    for block in blocks:
        text = rest + block
        # a mark at the end may go on in the next block
        cut = max(len(text) - 100, 0) if len(block) == _BLOCK else len(text)
        marks = [mark for mark in _MARK.finditer(text) if mark.start() < cut]
        found.update(mark[1].decode() if mark[1] else _BY_RULE for mark in marks)
        rest = text[max([cut, *(mark.end() for mark in marks[-1:])]) :]
    return found


def _members(path: Path) -> Counter[str]:
    with zipfile.ZipFile(path) as archive:
        return Counter(str(PurePosixPath(name).parent) for name in archive.namelist())
