"""Choose files in a file field."""

from __future__ import annotations

import mimetypes
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.errors import StepFailed
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target
from agent.steps.values import shown
from agent.tasks.names import Name

if TYPE_CHECKING:
    from typing import Self

    from agent.steps.context import StepContext

LARGEST = 50 * 1024 * 1024


class Sent(BaseModel):
    """A file to send: one beside the task, a text with a name, or one a step has downloaded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=500,
            description="A file in the task's folder or below it, like data/rooms.csv.",
        ),
    ] = None
    name: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,99}$",
            description="What the site is told the file is called.",
        ),
    ] = None
    text: Annotated[
        str | None, Field(max_length=1_000_000, description="What is in it; goes with name.")
    ] = None
    download: Annotated[Name | None, Field(description="The save_as of a download step.")] = None

    @field_validator("path")
    @classmethod
    def _stays_below(cls, written: str | None) -> str | None:
        if written is not None:
            parts = PurePosixPath(written).parts
            if "\\" in written or any(part.startswith((".", "/", "~")) for part in parts):
                raise ValueError("a file in the task's folder or below it, and no hidden one")
        return written

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.path, self.text, self.download)) != 1:
            raise ValueError("needs exactly one of path, text, download")
        if self.text is not None and self.name is None:
            raise ValueError('"text" needs "name": what the file is called')
        return self

    @property
    def words(self) -> str:
        """Name the file."""
        return shown(self.name or self.path or f"what {self.download} downloaded")


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
    if sent.download is not None:
        if sent.download not in context.downloads:
            raise StepFailed(f"no step has downloaded {sent.download} yet")
        name, path = context.downloads[sent.download]
    else:
        name, path = Path(sent.path or "").name, _beside_the_task(sent.path or "", context)
    if not path.is_file():
        raise StepFailed(f"the file {shown(sent.path or name)} is not in the task's folder")
    if path.stat().st_size > LARGEST:
        raise StepFailed(f"the file {shown(name)} is larger than {LARGEST} bytes")
    return _as_playwright(sent.name or name, path.read_bytes())


def _beside_the_task(written: str, context: StepContext) -> Path:
    if context.task_folder is None:
        raise StepFailed("the task was given as text: it has no folder that files could be in")
    folder = context.task_folder.resolve()
    path = (folder / written).resolve()
    if not path.is_relative_to(folder):
        raise StepFailed(f"the file {shown(written)} leads out of the task's folder")
    return path


def _as_playwright(name: str, content: bytes) -> dict[str, Any]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {"name": name, "mimeType": kind, "buffer": content}
