from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from agent.artifacts import report_pictures
from agent.artifacts.page_shell import STYLE
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import Picture, RawArtifact
from agent.artifacts.report_page import report_page
from tests.unit.artifacts.conftest import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from agent.vault.open import RunSecrets

REPORT: dict[str, Any] = {
    "run_id": "r-1",
    "task": "guests <today>",
    "status": "failed",
    "outcome": "step_failed",
    "steps": [
        {"index": 0, "type": "goto", "title": "Go to /", "status": "passed", "seconds": 0.5},
        {"index": 1, "type": "click", "title": f"Click {PASSWORD}", "status": "failed",
         "outcome": "step_failed", "seconds": 1.0, "at": "2",
         "notes": [{"seen": f"a form, it says “{PASSWORD}”", "did": "filled", "seconds": 0.2}]},
    ],
    "result": {"guests": [{"name": "Ada"}], "count": 1},
    "artifacts": [
        {"kind": "trace", "path": "/x/trace.zip", "state": "kept", "reason": "",
         "name": "trace.zip", "size": 1_500_000},
        {"kind": "har", "path": "/x/network.har.withheld.json", "state": "withheld",
         "reason": "the gate: a value", "name": "network.har.withheld.json"},
    ],
    "error": {"code": "step_failed", "message": f"no {PASSWORD} here", "hint": "look again"},
    "started_at": 1795328774.3,
    "seconds": 1.5,
    "environment": {"browser": "chromium 156"},
    "notices": [f"no picture of {PASSWORD}"],
    "recorded": {
        "requests": [
            {"method": "GET", "url": f"https://a.example/?q={PASSWORD}", "status": 503,
             "kind": "document", "at": 1.0, "took": 12.0, "failure": "",
             "step": f"Click {PASSWORD}"},
        ],
        "console": [{"level": "error", "text": f"oh {PASSWORD}", "place": "", "at": 1, "step": ""}],
        "cut": False,
    },
}  # fmt: skip
UNPAIRED = {"meta", "br", "image", "rect", "use", "img"}


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    path = tmp_path / "p.jpeg"
    path.write_bytes(file.getvalue())
    digest = sha256(file.getvalue()).hexdigest()
    names = ("01-goto", "02-click", "afterwards")
    return [Picture(path, name, 0.0, 8, 8, digest) for name in names]


def published(tmp_path: Path, secrets: RunSecrets, name: str, pictures: list[Picture]) -> str:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "report").write_text(json.dumps(REPORT))
    artifact = publish_now(
        RawArtifact("report", raw / "report", name), tmp_path, secrets, pictures=pictures
    )
    assert artifact.state == "kept", artifact.reason
    return artifact.path.read_text()


class Reading(HTMLParser):
    """Collects what an HTML page asks for, its scripts, and whether its tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.unnamed: list[str] = []
        self.stack: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in {"src", "href", "srcset", "action", "data"} & given.keys():
            (self.links.add if given[name].startswith("#") else self.asked.append)(given[name])
        if tag in ("script", "link", "iframe", "base") or any(n.startswith("on") for n in given):
            self.asked.append(tag)
        if given.get("role") in ("img", "region") and not given.get("aria-label"):
            self.unnamed.append(tag)
        if "style" in given:
            self.asked.append("a style that the policy does not allow")
        self.ids += [given["id"]] if "id" in given else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        if tag not in UNPAIRED:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in UNPAIRED:
            assert self.stack.pop() == tag


def test_the_page_asks_for_nothing_and_tells_everything(
    tmp_path: Path, secrets: RunSecrets, pictures: list[Picture]
) -> None:
    page = published(tmp_path, secrets, "report.html", pictures)
    reading = Reading(page)
    assert len(reading.asked) == 3
    assert all(found.startswith("data:image/jpeg;base64,") for found in reading.asked)
    assert PASSWORD not in page
    for text in ("guests &lt;today&gt;", "Go to /", "look again", "1.00 s", "2026-11-22", "Ada",
                 "‹LOGIN.password›", "after: 02-click, secrets painted over", "chromium 156",
                 "1.5 MB", "network.har.withheld.json", "the gate: a value", "filled", "503",
                 "an error of its own during this step: GET https://a.example/"):  # fmt: skip
        assert text in page, text


def test_the_page_can_be_read_without_eyes_and_without_a_mouse(pictures: list[Picture]) -> None:
    reading = Reading(report_page(REPORT, pictures))
    assert reading.stack == []
    assert reading.unnamed == []
    assert {link[1:] for link in reading.links} <= set(reading.ids)
    assert len(reading.ids) == len(set(reading.ids))
    assert reading.headings[0] == 1
    pairs = zip(reading.headings, reading.headings[1:], strict=False)
    assert all(later - earlier <= 1 for earlier, later in pairs)


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    page = report_page(REPORT, [])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert policy
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_text_stands_out_in_light_and_in_dark() -> None:
    assert contrast("#777777", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")
    head, dark = STYLE.split("prefers-color-scheme: dark", 1)
    light = colours(head)
    for scheme in (light, light | colours(dark.split("}", 1)[0])):
        pairs = [(ink, on) for ink in ("ink", "dim", "accent", "good", "bad", "warn")
                 for on in ("paper", "card")]  # fmt: skip
        pairs += [(tone, f"{tone}-soft") for tone in ("good", "bad", "warn")]
        for ink, on in pairs:
            assert contrast(scheme[ink], scheme[on]) >= 4.5, (ink, on)


def hostile(value: Any, at: str = "") -> Any:
    """The same document with markup in every text, keys of results and environment included."""
    if isinstance(value, dict):
        return {
            (f"<b onclick=1>{key}" if at in ("result", "environment") else key): hostile(
                item, at or key
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [hostile(item, at) for item in value]
    return f"\"'><script>alert(1)</script>{value}" if isinstance(value, str) else value


def test_no_text_of_a_report_becomes_markup(pictures: list[Picture]) -> None:
    bad = [replace(picture, name=f"{picture.name}\"'><script>") for picture in pictures]
    page = report_page(hostile(REPORT), bad)
    assert "<script" not in page
    assert "<b onclick" not in page
    assert "&lt;script&gt;" in page
    reading = Reading(page)
    assert all(found.startswith("data:image/jpeg") for found in reading.asked)


def test_a_picture_stands_in_its_step_and_as_the_next_steps_before(
    pictures: list[Picture],
) -> None:
    page = report_page(REPORT, pictures)
    first, second = page.index('id="step-0"'), page.index('id="step-1"')
    assert first < page.index("after: 01-goto") < second < page.index("before: 01-goto")
    assert page.index("before: 01-goto") < page.index("after: 02-click", second)
    assert page.count("data:image/jpeg") == 3
    assert page.index('id="pictures"') < page.rindex("afterwards: afterwards")


def test_a_picture_that_a_step_named_like_another_is_not_taken_for_that(
    pictures: list[Picture],
) -> None:
    page = report_page(REPORT, [replace(pictures[0], name="02-things")])
    assert "after: 02-things" not in page
    assert "02-things: 02-things" in page


def test_where_pictures_do_not_fit_the_failed_steps_come_first(
    pictures: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_pictures, "MOST_BYTES", pictures[0].path.stat().st_size * 3 // 2)
    page = report_page(REPORT, pictures)
    assert page.count("data:image/jpeg") == 1
    assert "after: 02-click" in page
    assert "2 pictures did not fit into this page" in page


def test_a_report_that_holds_next_to_nothing_makes_a_page() -> None:
    page = report_page({"status": "interrupted", "error": {"code": "interrupted"}}, ())
    assert Reading(page).stack == []
    assert "No trace was kept" in page
    assert "runner resume RUN" in page


def test_the_document_for_programs_is_marked(tmp_path: Path, secrets: RunSecrets) -> None:
    document = json.loads(published(tmp_path, secrets, "report.json", []))
    assert document["error"]["message"] == "no ‹LOGIN.password› here"
    assert document["steps"][0] == REPORT["steps"][0]


def test_values_too_short_to_be_found_are_told_beside_the_runs_own_notices(
    tmp_path: Path, secrets: RunSecrets
) -> None:
    secrets.learn("LOGIN.pin", "7")
    document = json.loads(published(tmp_path, secrets, "report.json", []))
    assert document["notices"] == [
        "no picture of ‹LOGIN.password›",
        "too short to be searched for, masked by place only: LOGIN.pin",
    ]
