"""Two people, one login: both runs get in, each with a code of its own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.leak.job import Workplace

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.login_site.serving import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def codes_received(site: Site, since: int) -> list[str]:
    """Every six-digit form value that the hotel was sent."""
    bodies = [request.body for request in site.log[since:] if request.method == "POST"]
    return [code.decode() for body in bodies for code in re.findall(rb"=(\d{6})(?=&|$)", body)]


def test_two_runs_at_once_with_one_totp_secret_use_two_codes(site: Site, tmp_path: Path) -> None:
    place = Workplace(tmp_path / "user")
    secret = place.store(site.new_account(totp=True), site.origin)
    since = len(site.log)
    runs = [place.start(*place.run_words(secret, site)) for _ in range(2)]
    said = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], [errors.decode() for _, errors in said]
    assert [json.loads(output)["outcome"] for output, _ in said] == ["passed", "passed"]
    waits = sorted(json.loads(output)["steps"][0]["waited"] for output, _ in said)
    assert waits[1] <= 35
    codes = codes_received(site, since)
    assert len(codes) == 2
    assert len(set(codes)) == 2
