"""What the dashboard serves as it is: scripts of others, unchanged, and no address of others."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from agent.api.dashboard.rendering import STATIC, asset

VENDOR = STATIC / "vendor"
TEMPLATES = sorted((STATIC.parent / "dashboard" / "templates").iterdir())
_FAR = re.compile(r"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//""", re.IGNORECASE)
_INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)", re.I)


def test_each_script_of_others_is_the_one_of_the_manifest() -> None:
    packages = json.loads((VENDOR / "manifest.json").read_text("utf-8"))["packages"]
    wanted = {Path(path).name: sum_ for one in packages for path, sum_ in one["files"].items()}
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")
    }
    assert there == wanted


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.name for path in TEMPLATES])
def test_no_page_asks_another_host_or_holds_script_or_style_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not _FAR.search(text)
    assert not _INLINE.search(text)
    assert "| safe" not in text


def test_the_two_searches_find_what_they_are_for() -> None:
    assert _FAR.search('<img src="//cdn.example/a.png">')
    assert _INLINE.search('<p style="color: red">')
    assert _INLINE.search("<script>alert(1)</script>")


def test_a_static_file_that_changed_has_another_address() -> None:
    digest = hashlib.sha256((STATIC / "runner.css").read_bytes()).hexdigest()
    assert asset("runner.css") == f"/static/runner.css?v={digest[:16]}"
    with pytest.raises(FileNotFoundError):
        asset("no-such-file.css")
