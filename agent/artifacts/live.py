"""What a person sees who takes a run over: pictures of its page, masked like all others.

A picture that the page loaded may be the very thing a person is needed for. So during a sign-in
that waits, or where the run has no secret, pictures are shown that stood in the page before
anything was typed into it; all else that cannot be read is painted over, as ever. Where there is no
mask there is no picture, but the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from agent.artifacts.camera import Camera

if TYPE_CHECKING:
    from playwright.async_api import Page

    from agent.artifacts.page_reading import Reading
    from agent.artifacts.seen_page import Box
    from agent.browser.session import Session

LARGEST: Final = 1_500_000
"""Bytes a picture may have that is passed on."""
_TOO_LARGE: Final = "the picture of the page is too large"
_MOVED: Final = "another page came while the picture was taken"


class Seen(NamedTuple):
    """A picture of the page, whose size is in CSS pixels; or ``unseen``: why there is none."""

    content: bytes = b""
    width: int = 0
    height: int = 0
    digest: str = ""
    unseen: str = ""


class LiveView:
    """Looks at the page a session works in; ``pictures``: whether the page's may be shown."""

    def __init__(self, session: Session, *, pictures: bool) -> None:
        self._session = session
        self._camera = LiveCamera(session, pictures=pictures)

    async def look(self) -> Seen:
        """Take one picture; nothing of it stays on the disk. Never raises."""
        page = self._session.page
        picture = await self._camera.capture("live")
        if picture is None:
            return Seen(unseen=self._camera.dropped.pop().reason)
        self._camera.frames.clear()
        try:
            content = picture.path.read_bytes()
        finally:
            picture.path.unlink(missing_ok=True)
        size = page.viewport_size
        if page is not self._session.page or size is None:
            return Seen(unseen=_MOVED)
        if len(content) > LARGEST:
            return Seen(unseen=_TOO_LARGE)
        return Seen(content, size["width"], size["height"], picture.sha256)


class LiveCamera(Camera):
    """A camera that shows pictures a page has loaded, where that gives nothing away."""

    def __init__(self, session: Session, *, pictures: bool) -> None:
        super().__init__(session)
        self._pictures = pictures
        self._harmless: set[str] = set()

    def _unread(self, page: Page, before: Reading, after: Reading) -> list[Box]:
        if not self._pictures:
            return super()._unread(page, before, after)
        media = [*before.media, *after.media]
        dark = [*before.dark, *after.dark]
        # A page that was opened since may show what another one told it.
        if any(one in self._session.typed_into for one in (page, *self._session.pages)):
            return [*(box for name, box in media if name not in self._harmless), *dark]
        # Nothing was typed here yet that a script could draw: what is there now may stay seen.
        names = {name for name, _ in before.media} & {name for name, _ in after.media}
        self._harmless = names - {""}
        return dark
