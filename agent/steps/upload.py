"""Choose files in a file field."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from agent.errors import StepFailed
from agent.steps.context import StepResult
from agent.steps.sent import Sent
from agent.steps.step import Step
from agent.steps.target import Target
from agent.steps.values import shown

if TYPE_CHECKING:
    from agent.steps.context import StepContext

LARGEST = 50 * 1024 * 1024


class Upload(Step):
    """Choose files in a file field, or in the window that a click on the target opens.

    Example::

        {
            "type": "upload",
            "target": {"label": "Photo of the passport"},
            "files": [{"path": "photos/passport.jpeg"}]
        }
    """

    type: Literal["upload"] = "upload"
    target: Target
    files: Annotated[
        tuple[Sent, ...], Field(max_length=20, description="The files; none empties the field.")
    ]

    def words(self) -> str:
        """Name the files and the element."""
        return f"upload {', '.join(one.words for one in self.files) or 'nothing'} at " + (
            self.target.words
        )

    async def act(self, context: StepContext) -> StepResult:
        """Give the field the files; a button is clicked and its window given them."""
        page, limit = context.session.page, self.limit(context)
        files: list[Any] = [_content(one, context) for one in self.files]
        found = await self.target.pick(page, limit)
        if await found.evaluate("(one) => one.matches('input[type=file]')", timeout=limit):
            await found.set_input_files(files, timeout=limit)
            return StepResult()
        async with page.expect_file_chooser(timeout=limit) as coming:
            await found.click(timeout=limit)
        await (await coming.value).set_files(files, timeout=limit)
        return StepResult()


def _content(sent: Sent, context: StepContext) -> dict[str, Any]:
    if sent.text is not None:
        return _as_playwright(sent.name or "", sent.text.encode())
    name, path = sent.place(context)
    if path.stat().st_size > LARGEST:
        raise StepFailed(f"the file {shown(name)} is larger than {LARGEST} bytes")
    return _as_playwright(name, path.read_bytes())


def _as_playwright(name: str, content: bytes) -> dict[str, Any]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {"name": name, "mimeType": kind, "buffer": content}
