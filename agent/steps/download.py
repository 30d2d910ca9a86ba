"""Download a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agent.errors import StepFailed
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target
from agent.tasks.names import Name

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Download(Step):
    """Click an element and keep the file that the site sends for it.

    The file is kept only if it can be shown to hold no secret. The result, where ``save_as`` names
    one, is the file's name and size; ``upload`` can send the file on.

    Example::

        {"type": "download", "target": {"role": "link", "name": "Invoice"}, "save_as": "invoice"}
    """

    type: Literal["download"] = "download"
    target: Target
    file: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
            description="What the file is called; by default as the site calls it.",
        ),
    ] = None
    save_as: Annotated[Name | None, Field(description="What the result is called.")] = None

    def words(self) -> str:
        """Name the element."""
        return f"download from {self.target.words}"

    def saves(self) -> str | None:
        """The name the file's name and size are saved under."""
        return self.save_as

    async def act(self, context: StepContext) -> StepResult:
        """Click, and wait until the file is there whole."""
        page, limit = context.session.page, self.limit(context)
        found = await self.target.pick(page, limit)
        async with page.expect_download(timeout=limit) as coming:
            await found.click(timeout=limit)
        download = await coming.value
        if await download.failure() is not None:
            raise StepFailed("the download broke off")
        name = self.file or download.suggested_filename
        folder = context.folder.sub("downloaded")
        path = folder / f"{len(list(folder.iterdir())):04d}"
        await download.save_as(path)
        context.session.take(download)
        context.keep_file("download", path, name)
        if self.save_as is not None:
            context.downloads[self.save_as] = (name, path)
        return StepResult(value={"file": name, "bytes": path.stat().st_size})
