"""``runner fake-site``: the made-up site by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.login_site.gallery import GALLERY
from fixtures.login_site.shapes import SHAPES
from fixtures.login_site.visitor import Visitor
from tests.standins.processes import started

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def test_the_list_has_a_line_for_each_shape(call: Call) -> None:
    lines = call("fake-site", "--list").out.splitlines()
    assert [line.split()[0] for line in lines] == [*SHAPES, *GALLERY]
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_the_list_for_programs_says_how_each_case_ends(call: Call) -> None:
    listed = call("fake-site", "--list", "--json").document
    assert listed["captcha-after"]["ends"]["right"] == "captcha"
    assert set(listed) == {*SHAPES, *GALLERY}


def test_every_shape_is_served_where_the_site_says() -> None:
    runner = Path(sys.executable).with_name("runner")
    words = [str(runner), "fake-site", "--port", "0", "--json"]
    with started(words, stdout=subprocess.PIPE) as site:
        assert site.stdout is not None
        told = json.loads(site.stdout.readline())
        assert set(told["shapes"]) == {*SHAPES, *GALLERY}
        assert "ログイン" in Visitor().open(told["shapes"]["plain-ja"])
    assert site.returncode == 0
