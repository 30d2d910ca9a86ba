"""A run that keeps everything it can: each kind is there, opens, and holds no canary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from fixtures.login_site.serving import running_site
from tests.leak.job import Workplace
from tests.leak.scan import seen_in, stills_in, words_read
from tests.leak.test_main_job import leaks_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

EXTRAS = ("aria", "console", "download", "har", "html", "junit", "websocket")


def test_a_run_with_everything_switched_on_leaves_no_canary(tmp_path: Path) -> None:
    place = Workplace(tmp_path / "user")
    out = place.folder / "out"
    with running_site() as site:
        account = site.new_account(totp=True)
        secret = place.store(account, site.origin)
        words = place.run_words(secret, site)
        run = place.call(*words, "--video=on", *(f"--keep={extra}" for extra in EXTRAS))
    assert run.code == 0, run.stderr.decode()
    states = {line["kind"]: line["state"] for line in run.document["artifacts"]}
    assert {"har", "page_html", "aria_snapshot", "junit", "video"} <= states.keys()
    assert set(states.values()) == {"kept"}
    assert leaks_of(place, account, run) == []
    film = [words_read(still) for _, still in stills_in((out / "video.webm").read_bytes())]
    assert any("asecretwastypedintothispage" in text for text in film)
    assert any("grandmeridian" in text for text in film), "pages are there to be seen"
    assert not any(seen_in(text, account.username) for text in film)
    har = json.loads((out / "network.har").read_text())
    texts = [entry["response"]["content"].get("text", "") for entry in har["log"]["entries"]]
    assert any("<form" in text for text in texts), "bodies are there to be read"
    assert any("‹MANAGEMENT_LOGIN.username›" in text for text in texts)
    suite = ElementTree.parse(out / "junit.xml").getroot()  # noqa: S314 - our own file
    assert int(suite.get("tests", "0")) == len(run.document["steps"])
    assert "<body" in (out / "page.html").read_text()
    assert "- heading" in (out / "aria.yml").read_text()
