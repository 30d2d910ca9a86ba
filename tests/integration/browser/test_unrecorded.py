"""What a person does while the recording is off is in no part of it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

_SEND = "(words) => fetch('/login', {method: 'POST', body: words}).then((sent) => sent.text())"


def _parts_with(words: str, parts: list[Path]) -> list[int]:
    found = []
    for number, part in enumerate(parts, start=1):
        with zipfile.ZipFile(part) as archive:
            if any(words.encode() in archive.read(name) for name in archive.namelist()):
                found.append(number)
    return found


async def test_what_a_page_sends_while_nobody_records_is_in_no_part(
    open_session: Opener, site: Site
) -> None:
    async with open_session(record=True) as session:
        page = session.page
        await page.goto(f"{site.origin}/login")
        await page.evaluate(_SEND, "sent-before")
        async with session.unrecorded():
            await page.evaluate(_SEND, "sent-meanwhile")
        await page.evaluate(_SEND, "sent-after")
        last = await session.stop_recording()
        assert last is not None
        parts = [*session.parts, last]
        assert _parts_with("sent-before", parts) == [1]
        assert _parts_with("sent-after", parts) == [2]
        assert _parts_with("sent-meanwhile", parts) == []
