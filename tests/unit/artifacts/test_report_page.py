from __future__ import annotations

import io
import json
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from agent.artifacts.publish import publish_now
from agent.artifacts.raw import Picture, RawArtifact
from tests.unit.artifacts.conftest import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from agent.vault.open import RunSecrets

REPORT = {
    "run_id": "r-1",
    "task": "guests <today>",
    "status": "failed",
    "outcome": "step_failed",
    "steps": [
        {"index": 0, "type": "goto", "title": "Go to /", "status": "passed", "seconds": 0.5},
        {"index": 1, "type": "click", "title": f"Click {PASSWORD}", "status": "failed",
         "outcome": "step_failed", "seconds": 1.0},
    ],
    "result": {"guests": ["Ada"]},
    "artifacts": [{"kind": "trace", "path": "trace.zip", "state": "kept", "reason": ""}],
    "error": {"code": "step_failed", "message": f"no {PASSWORD} here", "hint": "look again"},
    "started_at": 1795328774.3,
    "seconds": 1.5,
}  # fmt: skip


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    path = tmp_path / "p.jpeg"
    path.write_bytes(file.getvalue())
    digest = sha256(file.getvalue()).hexdigest()
    return [Picture(path, name, 0.0, 8, 8, digest) for name in ("001 click", "afterwards")]


def published(tmp_path: Path, secrets: RunSecrets, name: str, pictures: list[Picture]) -> str:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "report").write_text(json.dumps(REPORT))
    artifact = publish_now(
        RawArtifact("report", raw / "report", name), tmp_path, secrets, pictures=pictures
    )
    assert artifact.state == "kept", artifact.reason
    return artifact.path.read_text()


class Requests(HTMLParser):
    """Collects every address an HTML page would ask for, and every script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {"src", "href", "srcset", "action", "data"}
        self.found += [value or "" for name, value in attrs if name in named]
        if tag in ("script", "link", "iframe") or any(name.startswith("on") for name, _ in attrs):
            self.found.append(tag)


def test_the_page_asks_for_nothing_and_tells_everything(
    tmp_path: Path, secrets: RunSecrets, pictures: list[Picture]
) -> None:
    page = published(tmp_path, secrets, "report.html", pictures)
    reader = Requests()
    reader.feed(page)
    assert len(reader.found) == 2
    assert all(found.startswith("data:image/jpeg;base64,") for found in reader.found)
    assert PASSWORD not in page
    for text in ("guests &lt;today&gt;", "Go to /", "look again", "1.00 s", "2026-11-22", "Ada",
                 "‹LOGIN.password›", 'alt="001 click, secrets painted over"'):  # fmt: skip
        assert text in page, text


def test_a_picture_stands_in_the_step_its_name_begins_with(
    tmp_path: Path, secrets: RunSecrets, pictures: list[Picture]
) -> None:
    page = published(tmp_path, secrets, "report.html", pictures)
    assert page.index("001 click") < page.index("<h2>Pictures</h2>") < page.index("afterwards")


def test_the_document_for_programs_is_marked(tmp_path: Path, secrets: RunSecrets) -> None:
    document = json.loads(published(tmp_path, secrets, "report.json", []))
    assert document["error"]["message"] == "no ‹LOGIN.password› here"
    assert document["steps"][0] == REPORT["steps"][0]
