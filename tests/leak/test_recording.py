"""A person types canaries into a recorded browser, with the keys of a real screen.

They are searched in every file while the browser is open and after it is closed, in what was said,
and in the memory of the runner and of Playwright's driver.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.leak.job import Workplace
from tests.leak.scan import below, find_in, find_under
from tests.standins.screen import HAS_PERSON, Hands, virtual_screen
from tests.standins.web import running_web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.standins.web import Sent, Web

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not HAS_PERSON, reason="needs Xvfb, xdotool and a browser with windows"),
]

USER, PASSWORD, CODE, KEY = "reception44ann", "Kumquat4417Lantern", "918273", "ak97kumquat55lamp"
CANARIES = {"username": USER, "password": PASSWORD, "code": CODE, "key": KEY}
NOTE = "harmless8841note"
# A page says in its title when keys go to it: before that they go nowhere.
READY = """<script>const watch = setInterval(() => {
  if (!document.hasFocus() || !document.activeElement.matches('[autofocus]')) return;
  document.title += ', ready';
  clearInterval(watch);
}, 20);</script>"""
FORM = f"""<title>Counter</title><form method="METHOD" action="/in">
<label>User <input name="user" autofocus></label>
<label>Password <input type="password" name="pw"></label>
<label>One-time code <input name="code"></label>
<label>API key <input name="key"></label>
<label>Note <input name="note"></label><button>Go</button></form>{READY}"""
# The page repeats what it was sent, where a click on it would put it into a target.
ECHO = f"""<title>Inside</title><button autofocus>{PASSWORD}</button>{READY}"""


@dataclass
class Recording:
    """A recording under way, in a process of its own."""

    process: asyncio.subprocess.Process
    hands: Hands
    said: bytes = b""

    async def heard(self, words: bytes) -> None:
        """Wait until something was said."""
        assert self.process.stderr
        while words not in self.said:
            more = await asyncio.wait_for(self.process.stderr.readline(), 100)
            assert more, self.said
            self.said += more

    async def end(self) -> int:
        assert self.process.stderr
        self.said += await asyncio.wait_for(self.process.stderr.read(), 100)
        return await asyncio.wait_for(self.process.wait(), 100)


@asynccontextmanager
async def recording(place: Workplace, url: str, output: Path) -> AsyncIterator[Recording]:
    with virtual_screen() as display:
        words = ["record", url, "-o", str(output)]
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("runner")),
            *words,
            env=place.environ | {"DISPLAY": display},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            one = Recording(process, Hands(display))
            await one.heard(b"recording: ")
            yield one
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


async def type_everything(one: Recording, web: Web) -> None:
    """Fill the form in and send it."""

    def type_it() -> None:
        one.hands.look_at("Counter")
        one.hands.look_at("Counter, ready")
        for text in (USER, PASSWORD, CODE, KEY, NOTE):
            one.hands.type(text)
            one.hands.press("Tab")
        one.hands.press("Return")
        one.hands.look_at("Inside, ready")

    await asyncio.to_thread(type_it)
    assert any(PASSWORD.encode() in sent.raw for sent in web.seen), "the site was sent it"


async def press_what_is_shown(one: Recording) -> None:
    """Press links that repeat what was typed."""
    await asyncio.to_thread(one.hands.press, "Return")
    await one.heard(b"an act at something that repeats what was typed")


def pages(method: str) -> Callable[[Sent], tuple[int, dict[str, str], bytes]]:
    def answer(sent: Sent) -> tuple[int, dict[str, str], bytes]:
        inside = sent.target.startswith("/in")
        page = ECHO if inside else FORM.replace("METHOD", method)
        return 200, {"content-type": "text/html"}, page.encode()

    return answer


def memory_of(pid: int) -> bytes:
    """What a process has written to, as far as it can be read."""
    found = []
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if rights.startswith("rw") and "/" not in line:
                try:
                    memory.seek(int(start, 16))
                    found.append(memory.read(int(end, 16) - int(start, 16)))
                except (OSError, OverflowError, ValueError):
                    continue
    return b"".join(found)


def held_in(content: bytes) -> set[str]:
    """Name what a blob holds, spelled as browsers keep texts; quick enough for a whole profile."""
    texts = CANARIES | {"note": NOTE}
    return {
        name
        for name, value in texts.items()
        if value.encode() in content or value.encode("utf-16-le") in content
    }


def look_around(place: Workplace, pid: int) -> dict[str, set[str]]:
    """Look into every file there is now, and into the runner's own memory."""
    seen: dict[str, set[str]] = {}
    for path in (path for folder in place.scanned for path in below(folder)):
        with suppress(OSError):
            seen[str(path)] = held_in(path.read_bytes())
    seen["memory"] = held_in(memory_of(pid)) if os.geteuid() == 0 else set()
    return {name: held for name, held in seen.items() if held}


@pytest.mark.parametrize(("method", "closed_by"), [("get", "Ctrl-C"), ("post", "the window")])
async def test_what_is_typed_into_credential_fields_is_in_no_file_while_recording_or_after(
    tmp_path: Path, method: str, closed_by: str
) -> None:
    place = Workplace(tmp_path / "user")
    output = place.folder / "out" / "task.json"
    async with running_web() as web:
        web.replies.append(pages(method))
        async with recording(place, f"{web.origin}/", output) as one:
            await type_everything(one, web)
            during = await asyncio.to_thread(look_around, place, one.process.pid)
            await press_what_is_shown(one)
            if closed_by == "Ctrl-C":
                # As a terminal does it: to the browser's processes as well.
                os.killpg(one.process.pid, signal.SIGINT)
            else:
                await asyncio.to_thread(one.hands.press, "ctrl+w")
            assert await one.end() == 0, one.said
    if method == "post":
        # An address that holds it is in memory, and what the page itself shows.
        assert during.pop("memory", {"note"}) == {"note"}
    assert {name: held for name, held in during.items() if name != "memory"} == {}
    assert find_under(place.scanned, CANARIES) == []
    assert list(find_in(one.said, CANARIES, "said")) == []
    # What is no credential is found by the same search, so it would have found the others.
    assert find_under([place.folder / "out"], {"note": NOTE})
    task = json.loads(output.read_text())
    assert [step["type"] for step in task["steps"]] == ["goto", "sign_in", "fill", "fill", "click"]
    assert b"that repeats what was typed" in one.said
